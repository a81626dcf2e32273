"""The area tables in `data/`, as rows of text. Who made them and how: `data/README.md`."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/NAME.csv`: one dict per row, every value text as written.

    >>> read_table("municipalities")[0]["name"]
    'Groningen'
    """
    text = files("kansen.geography").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
