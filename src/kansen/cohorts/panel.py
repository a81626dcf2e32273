"""Everybody's yearly incomes in one table: what spells of low income are told from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals.stable.v2 as nw

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
) -> Path:
    """Write the gross personal incomes of all residents, and return the file (Parquet, sorted by person).

    One row per person with an income in one of the `years`: person, birth_year, sex, and `income_YEAR` in euros of
    `price_year`. Null: no row, a negative or unknown amount, or an age in that year that is not among `ages`. Years are
    stacked and gathered per person, so that what is held at once is a row per person; the engine spills to disk.

    Raises `UsageError` for years that are not in a row, and `InputError`s of the tables that it reads.
    """
    _check_years(years)
    tables = Tables(delivery, vault, engine, progress or Quiet())
    folder = vault / "panel"
    make_folder(folder)
    path = folder / "incomes.parquet"
    with tables.progress.task("panel of incomes", unit="people") as task:
        task.advance(engine.write(panel_of(tables, years, ages, price_year), path, sort_by=("person",)))
    return path


def panel_of(tables: Tables, years: Sequence[int], ages: tuple[int, int], price_year: int) -> nw.LazyFrame:
    """The panel as a frame that nothing was computed of yet: what `build_panel` writes."""
    born = nw.col("gbageboortejaar").cast(nw.Int64)
    sex = nw.when(nw.col("gbageslacht") == "1").then(nw.lit("men")).when(nw.col("gbageslacht") == "2")
    people = (
        tables.scan("gbapersoon", ["person", "gbageboortejaar", "gbageslacht"])
        .filter(nw.col("gbageboortejaar").is_between(years[0] - ages[1], years[-1] - ages[0]))
        .select("person", birth_year=born, sex=sex.then(nw.lit("women")))
    )
    frames: list[nw.LazyFrame] = []
    for year in years:
        table, column = _source(year)
        amounts = tables.yearly(table, [column], year).filter(nw.col(column) >= 0)
        real = nw.col(column) / price_factor(year, price_year)
        frames.append(amounts.select("person", amount=real, year=nw.lit(year).cast(nw.Int64)))
    gathered = (
        nw.concat(frames, how="vertical")
        .group_by("person")
        .agg(
            *[nw.when(nw.col("year") == year).then(nw.col("amount")).max().alias(income_column(year)) for year in years]
        )
    )
    of_age = {
        income_column(year): nw.when((year - nw.col("birth_year")).is_between(*ages)).then(nw.col(income_column(year)))
        for year in years
    }
    return people.join(gathered, on="person", how="inner").with_columns(**of_age)


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
