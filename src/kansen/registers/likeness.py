"""Files that look like a register table but are not taken for one, and why: so that nothing is left out in silence."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from kansen.registers.catalogue import OPEN_YEAR, Catalogue, Table

_SHORT = 3
"""A name of so few letters (DO, SCH, VEH) says little: it looks like the table only with a year behind it."""


def looks_like(path: Path, catalogue: Catalogue, formats: tuple[str, ...]) -> tuple[Table, str] | None:
    """The table that a file which was not taken resembles, and why it was not taken; None when it resembles none."""
    stem = path.name.split(".")[0]
    alike = [table for table in catalogue.tables.values() if _resembles(stem, table)]
    if not alike:
        return None
    of_other_years = [(table, name.year) for table in alike if (name := table.read_name(stem)) and name.year]
    if path.suffix[1:].lower() not in formats:
        kind = f"a {path.suffix} file" if path.suffix else "a file without extension"
        return alike[0], f"{kind}; .{', .'.join(formats)} are read"
    if path.name.count(".") == 1 and of_other_years:
        table, year = of_other_years[0]
        first, last = table.years or (0, OPEN_YEAR)
        span = f"from {first}" if last == OPEN_YEAR else f"{first}–{last}"
        return table, f"{year} is not a year of this table ({span})"
    return alike[0], f"the name differs from {expected_name(alike[0])}"


def expected_name(table: Table, year: int | None = None) -> str:
    """How a file of this table is called, for messages."""
    stem = table.files[0].replace("{year}", str(year) if year else "<year>")
    for token, text in (("[", ""), ("]", ""), ("{edition}", "<number>"), ("{version}", "<number>")):
        stem = stem.replace(token, text)
    return stem


def _resembles(stem: str, table: Table) -> bool:
    return any(_likeness(file).search(stem) for file in table.files)


@cache
def _likeness(file: str) -> re.Pattern[str]:
    """The first word of a declared name, on its own: INPA, but not INPAB; followed by whatever."""
    word = re.sub(r"\[[^\]]*\]|V?\{\w+\}", " ", file).split()[0]
    year = r"[ _]?\d{4}" if len(word) <= _SHORT else ""
    return re.compile(rf"(?<![A-Za-z]){re.escape(word)}(?:TAB|BUS)?{year}(?![A-Za-z])", re.IGNORECASE)
