"""Everybody's yearly incomes beside each other: what spells of low income are told from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import narwhals.stable.v2 as nw
import pyarrow.parquet as pq

from kansen import registers
from kansen.cohorts.prices import price_factor
from kansen.cohorts.tables import Tables
from kansen.cohorts.values import LAST_OLD, SERIES
from kansen.engine import Engine
from kansen.errors import UsageError
from kansen.files import make_folder
from kansen.progress import Progress, Quiet

AGES = (25, 60)
"""The ages, in completed years at the end of a calendar year, of which incomes are taken."""

AT_ONCE = 1_000_000
"""So many people are gathered at once: with twenty years of incomes each that takes an engine about a gigabyte."""


def income_column(year: int) -> str:
    """The column of a calendar year.

    >>> income_column(2003)
    'income_2003'
    """
    return f"income_{year}"


def build_panel(
    delivery: registers.Delivery,
    vault: Path,
    engine: Engine,
    years: Sequence[int],
    *,
    ages: tuple[int, int] = AGES,
    price_year: int = 2020,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write the gross personal incomes of all residents, and return the files (Parquet), in the order of persons.

    One row per person with an income in one of the `years`: person, birth_year, sex, and `income_YEAR` in euros of
    `price_year`. Null: no row, a negative or unknown amount, or an age in that year that is not among `ages`. A file
    holds at most `AT_ONCE` people, so that memory does not grow with the country.

    Raises `UsageError` for years that are not in a row, and `InputError`s of the tables that it reads.
    """
    _check_years(years)
    tables = Tables(delivery, vault, engine, progress or Quiet())
    folder = vault / "panel"
    make_folder(folder)
    people = folder / "people.parquet"
    engine.write(panel_people(tables, years, ages), people, sort_by=("person",))
    found: list[Path] = []
    with tables.progress.task("panel of incomes", unit="people") as task:
        for number, part in enumerate(parts_of(people)):
            found.append(folder / f"incomes-{number}.parquet")
            frame = panel_of(tables, engine.scan(people), part, years, ages, price_year)
            task.advance(engine.write(frame, found[-1], sort_by=("person",)))
    return tuple(found)


class Part(NamedTuple):
    """People from one key up to, and not with, another; None: no end on that side."""

    first: str | None
    end: str | None

    def of(self, frame: nw.LazyFrame) -> nw.LazyFrame:
        """The rows of these people."""
        if self.first is not None:
            frame = frame.filter(nw.col("person") >= self.first)
        return frame if self.end is None else frame.filter(nw.col("person") < self.end)


def parts_of(people: Path) -> list[Part]:
    """Everybody in order, `AT_ONCE` at a time. people : a file sorted by person."""
    with pq.ParquetFile(people) as file:
        keys = [batch.column(0)[0].as_py() for batch in file.iter_batches(AT_ONCE, columns=["person"])]
    return [Part(first, end) for first, end in pairwise([None, *keys[1:], None])]


def panel_people(tables: Tables, years: Sequence[int], ages: tuple[int, int]) -> nw.LazyFrame:
    """Who can be in a panel, as a frame that nothing was computed of yet: person, birth_year, sex."""
    born = nw.col("gbageboortejaar").cast(nw.Int64)
    sex = nw.when(nw.col("gbageslacht") == "1").then(nw.lit("men")).when(nw.col("gbageslacht") == "2")
    return (
        tables.scan("gbapersoon", ["person", "gbageboortejaar", "gbageslacht"])
        .filter(nw.col("gbageboortejaar").is_between(years[0] - ages[1], years[-1] - ages[0]))
        .select("person", birth_year=born, sex=sex.then(nw.lit("women")))
    )


def panel_of(
    tables: Tables, people: nw.LazyFrame, part: Part, years: Sequence[int], ages: tuple[int, int], price_year: int
) -> nw.LazyFrame:
    """The panel of some people, as a frame that nothing was computed of yet. people : those of `panel_people`.

    One year after another is put beside them: stacked and then gathered, the years of a person would be as many rows of
    twenty columns before they are one.
    """
    found = part.of(people)
    for year in years:
        table, column = _source(year)
        amounts = part.of(tables.yearly(table, [column], year)).filter(nw.col(column) >= 0)
        real = (nw.col(column).max() / price_factor(year, price_year)).alias(income_column(year))
        found = found.join(amounts.group_by("person").agg(real), on="person", how="left")
    names = [income_column(year) for year in years]
    of_age = {
        name: nw.when((year - nw.col("birth_year")).is_between(*ages)).then(nw.col(name))
        for year, name in zip(years, names, strict=True)
    }
    return found.filter(
        ~nw.all_horizontal(*[nw.col(name).is_null() for name in names], ignore_nulls=False)
    ).with_columns(**of_age)


def panel_requirements(years: Sequence[int]) -> list[registers.Requirement]:
    """The tables that a panel of these years is made of."""
    yearly = [(*_source(year), year) for year in years]
    return [
        registers.Requirement("gbapersoon", (), ("gbageboortejaar", "gbageslacht")),
        *[registers.Requirement(table, (year,), (column,)) for table, column, year in yearly],
    ]


def _source(year: int) -> tuple[str, str]:
    """Table and column of the gross personal incomes of a year."""
    return SERIES["personal"][0 if year <= LAST_OLD else 1]


def _check_years(years: Sequence[int]) -> None:
    if not years or list(years) != list(range(years[0], years[-1] + 1)):
        raise UsageError("The years of a panel cannot be used", found=list(years), expected="years in a row")
