"""Consumer prices: euros of one year in euros of another."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from kansen.errors import InputError

FILE = Path(__file__).parent / "data" / "cpi.csv"


@cache
def price_index(path: Path = FILE) -> dict[int, float]:
    """The consumer price index per calendar year (2015 = 100, CBS 83131NED)."""
    with path.open(encoding="utf-8", newline="") as handle:
        return {int(row["year"]): float(row["cpi"]) for row in csv.DictReader(handle)}


def price_factor(year: int, base: int) -> float:
    """What an amount of `year` is divided by to get euros of `base`.

    >>> price_factor(2020, 2020)
    1.0
    """
    index = price_index()
    for wanted in (year, base):
        if wanted not in index:
            raise InputError(
                "No consumer price index for a year",
                where=FILE.name,
                column="year",
                found=wanted,
                expected=f"{min(index)}-{max(index)}",
                todo="add the published index to the table",
            )
    return index[year] / index[base]
