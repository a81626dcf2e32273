"""How numbers were written: without needless digits, as R does, or with a fixed number of them, or always with a point.

A number is the same whether it was written 28592 or 28592.0; an export gives back the form in which a file wrote it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from itertools import islice

from kansen.importing.sources import Source

SAMPLE = 2_000
"""Lines that are looked at."""

PLAIN, POINT = "plain", "point"
_DECIMAL = re.compile(r"-?\d+(?:\.(\d+))?")


def digits_of(source: Source) -> str | int | None:
    """How a csv file writes estimates and limits, from its first lines: `digits_in`."""
    columns = [source.columns[name] for name in ("est", "lwr", "upr")]
    with source.path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        rows = islice(csv.DictReader(handle), SAMPLE)
        return digits_in(row.get(column) or "" for row in rows for column in columns)


def digits_in(texts: Iterable[str]) -> str | int | None:
    """`plain`: no needless digits. `point`: whole numbers end in .0. A number: all have so many behind the point.

    None when there is no number among the texts.

    >>> digits_in(["31000", "0.5", ""]), digits_in(["31000.0", "0.25"]), digits_in(["0.50", "12.25", "3.10"])
    ('plain', 'point', 2)
    """
    behind = [match[1] or "" for text in texts if (match := _DECIMAL.fullmatch(text.strip()))]
    if not behind:
        return None
    needless = [digits for digits in behind if digits.endswith("0")]
    if not needless:
        return PLAIN
    if all(digits == "0" for digits in needless) and "" not in behind:
        return POINT
    lengths = {len(digits) for digits in behind}
    return lengths.pop() if len(lengths) == 1 else PLAIN
