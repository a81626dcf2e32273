"""The register tables of one delivery as lazy frames: found, converted once, and remembered for the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from kansen import registers
from kansen.engine import Engine, day
from kansen.progress import Progress, Quiet

LAST_KERN = 2010
"""The last year in which households were those of the family core."""

LAST_BY_TRAINING = 2012
"""The last year in which the table of education holds numbers of trainings instead of levels."""


class Tables:
    """Scans tables of a delivery through an engine. Every table that was used is in `inputs`, in order of first use;
    `touched` has the names of those that were scanned since it was last cleared."""

    def __init__(
        self, delivery: registers.Delivery, vault: Path, engine: Engine, progress: Progress | None = None
    ) -> None:
        self.delivery, self.vault, self.engine, self.progress = delivery, vault, engine, progress or Quiet()
        self.inputs: dict[str, dict[str, Any]] = {}
        self.touched: set[str] = set()

    def scan(self, table: str, columns: Sequence[str], year: int | None = None) -> nw.LazyFrame:
        """The columns `columns` (and `row`, the place in the source) of a table, of one year where it has several.

        A column may be asked for by its concept (`attained`) where its delivered name changes over the years.
        """
        file = self.delivery.file(table, year)
        names = {column: _delivered_name(file, column) for column in columns}
        ingested = registers.ingest(file, list(names.values()), self.vault, self.progress)
        for note in () if ingested.reused else ingested.notes:
            self.progress.say(note)
        name = f"{table} {year or ''}".strip()
        self.inputs.setdefault(name, ingested.provenance())
        self.touched.add(name)
        frame = self.engine.scan(ingested.path)
        return frame.rename({name: column for column, name in names.items() if name != column})

    def has(self, table: str, year: int | None = None) -> bool:
        """Whether a table (of that year) was delivered."""
        return any(name == table and year in (None, at) for name, at in self.delivery.files)

    def yearly(
        self, table: str, columns: Sequence[str], year: int, *, household_of_income: bool = False
    ) -> nw.LazyFrame:
        """The columns of a yearly table per `person`; a table of households is reached through the link of that year.

        A column that the table of that year does not have yet is missing for everybody. `household` may be asked for.
        household_of_income : somebody's household is the one that stands beside their personal income.
        """
        file = self.delivery.file(table, year)
        key = "person" if "person" in file.table.names(year) else "household"
        wanted = [column for column in columns if column != "household"]
        here = [column for column in wanted if _has(file, column)]
        asked = ["household"] if "household" in columns and key == "person" else []
        frame = self.scan(table, [key, *asked, *here], year).drop("row")
        if key == "household":
            frame = self._members(year, household_of_income).join(frame, on="household", how="inner")
        absent = [nw.lit(None).cast(nw.Float64).alias(column) for column in wanted if column not in here]
        present = [column for column in columns if column not in wanted or column in here]
        return frame.select("person", *present, *absent).select("person", *columns)

    def _members(self, year: int, household_of_income: bool) -> nw.LazyFrame:
        """`person` and `household` of a year, from the link table or the incomes; the other where it is not there."""
        link, incomes = ("koppel_kern", "persoonink") if year <= LAST_KERN else ("koppel", "inpa")
        first, second = (incomes, link) if household_of_income else (link, incomes)
        table = first if year in self.delivery.years(first) or year not in self.delivery.years(second) else second
        members = self.scan(table, ["person", "household"], year).drop("row")
        return members.filter(~nw.col("household").is_null())

    def attained(self, year: int) -> nw.LazyFrame:
        """`person` and the level of education `attained` in a year; until 2012 by the number of the training."""
        if year > LAST_BY_TRAINING:
            return self.yearly("hoogsteopl", ["attained"], year)
        trainings = self.scan("hoogsteopl_old", ["person", "oplnrhb"], year).drop("row")
        types = self.scan("opleidingsnrref", ["oplnr", "cto2021v"]).select(oplnrhb="oplnr", cto="cto2021v")
        levels = self.scan("ctoref", ["cto", "oplnivsoi2016agg4hb"]).select("cto", attained="oplnivsoi2016agg4hb")
        return (
            trainings.join(types, on="oplnrhb", how="inner")
            .join(levels, on="cto", how="inner")
            .select("person", "attained")
        )

    def is_spells(self, table: str) -> bool:
        """Whether the table holds spells rather than one file per year."""
        return self.delivery.catalogue.table(table).kind == "spells"

    def spell_ends(self, table: str) -> tuple[str, str]:
        """The names of the columns with the first and last day of the spells."""
        ends = self.delivery.catalogue.table(table).spell
        assert ends is not None, "a declared table of spells names its ends"
        return ends[0].lower(), ends[1].lower()

    def on_day(self, spells: nw.LazyFrame, start: str, end: str, key: str, when: nw.LazyFrame) -> nw.LazyFrame:
        """The spells that hold a given day; of several, the first in the delivered file.

        `when` has the columns `key` and `day` (one row per key). Returns the spells' columns, one row per key at most.
        """
        holding = spells.join(when.select(key, "day"), on=key, how="inner").filter(
            (nw.col(start) <= nw.col("day")) & (nw.col("day") <= nw.col(end))
        )
        first = holding.group_by(key).agg(nw.col("row").min())
        return holding.join(first, on=[key, "row"], how="inner").drop("day")


def _has(file: registers.FoundFile, column: str) -> bool:
    return column in file.table.names(file.year) or any(
        template.column.concept == column and template.at(file.year) for template in file.table.templates
    )


def _delivered_name(file: registers.FoundFile, column: str) -> str:
    concepts = {template.column.concept for template in file.table.templates}
    return file.table.named(column, file.year or 0) if column in concepts else column


def days_present(spells: nw.LazyFrame, start: str, end: str) -> nw.LazyFrame:
    """Days per person that spells cover of a window, both ends counted; a day in several spells counts once.

    `spells` has `person`, the two ends and the window as `from_day` and `to_day` (day numbers); gives `person`, `days`.
    """
    clipped = spells.with_columns(
        clip_from=nw.max_horizontal(start, "from_day"), clip_to=nw.min_horizontal(end, "to_day")
    ).filter(nw.col("clip_from") <= nw.col("clip_to"))
    order = ("clip_from", "clip_to")
    # How far the spells up to this one reach, and how far those before it did: only days after that are new.
    reach = clipped.with_columns(reach=nw.col("clip_to").cum_max().over("person", order_by=order))
    before = reach.with_columns(before=nw.col("reach").shift(1).over("person", order_by=order))
    first = nw.max_horizontal("clip_from", nw.col("before").fill_null(nw.col("clip_from") - 1) + 1)
    days = nw.max_horizontal(nw.col("clip_to") - first + 1, nw.lit(0)).cast(nw.Int64)
    return before.with_columns(days=days).group_by("person").agg(nw.col("days").sum().cast(nw.Int64))


def days_between(spells: nw.LazyFrame, start: str, end: str) -> nw.LazyFrame:
    """As `days_present`, but counted as published (Q13): last day minus first day of each spell, added up."""
    days = nw.min_horizontal(end, "to_day") - nw.max_horizontal(start, "from_day")
    inside = spells.with_columns(days=days.cast(nw.Int64)).filter(nw.col("days") >= 0)
    return inside.group_by("person").agg(nw.col("days").sum().cast(nw.Int64))


def first_day(year: int) -> int:
    """1 January as a day number."""
    return day(year, 1, 1)


def last_day(year: int) -> int:
    """31 December as a day number."""
    return day(year, 12, 31)
