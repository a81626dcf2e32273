"""The declared truth of the synthetic Netherlands (`world.toml`), as nested mappings."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

ORIGINS = ("none", "turkey", "morocco", "suriname", "dutch_caribbean", "other")
HOUSEHOLDS = ("two", "single", "other")
SEXES = ("men", "women")
OUTCOMES = (
    "c35_income",
    "c35_income_perc",
    "c35_top_20_income",
    "c35_bottom_20_income",
    "c35_household_income",
    "c35_employed",
    "c35_social_assistance",
    "c35_hbo_attained",
    "c35_wo_attained",
    "c35_mhc",
    "c35_total_health_costs",
)
BASE_YEAR = 2020
"""Money of the truth is in euros of this year, except care costs."""


@cache
def load_world() -> dict[str, Any]:
    """The parameters as declared.

    >>> load_world()["families"]["children"]
    900000
    """
    return tomllib.loads(files("kansen.synthetic").joinpath("world.toml").read_text(encoding="utf-8"))


@cache
def load_youth() -> dict[str, Any]:
    """The parameters of the children born from 1993 on: `world.toml` with what `youth.toml` says instead or besides.

    >>> load_youth()["families"]["children_per_year"]
    180000
    """
    own = tomllib.loads(files("kansen.synthetic").joinpath("youth.toml").read_text(encoding="utf-8"))
    return _overlaid(load_world(), own)


def _overlaid(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for name, value in above.items():
        inner = both.get(name)
        both[name] = _overlaid(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return both


@cache
def price_level(year: int) -> float:
    """Consumer prices of `year` relative to 2020, from the one price table that Kansen carries."""
    text = files("kansen").joinpath("cohorts", "data", "cpi.csv").read_text(encoding="utf-8")
    index = {int(row["year"]): float(row["cpi"]) for row in csv.DictReader(text.splitlines())}
    return index[year] / index[BASE_YEAR]


def by_code(table: dict[str, float], names: tuple[str, ...]) -> np.ndarray:
    """The values of `table` in the order of `names`, float64."""
    return np.array([table[name] for name in names], dtype=float)
