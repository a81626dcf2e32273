"""Breaks in series: what changed in how outcomes are measured, so that figures must not be read as a development."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

FOLLOWS = 2
"""So many years after the last one of a cohort is the next cohort measured at the latest."""


@dataclass(frozen=True)
class Break:
    """What changed in how outcomes are measured, from a year on."""

    id: str
    year: int
    outcomes: tuple[str, ...]
    label: dict[str, str]

    def concerns(self, outcome: str) -> bool:
        """Whether it is about an outcome, by its id."""
        return any(re.search(part, outcome) for part in self.outcomes)

    def lies_between(self, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
        """Whether one of two outcomes (as in `outcomes.json`) was measured before it, and the other after."""
        if not all(self.concerns(of["id"]) for of in (earlier, later)):
            return False
        first, last = years_of(earlier), years_of(later)
        return bool(first and last) and min(first) < self.year <= max(last)

    def lies_by(self, outcome: Mapping[str, Any]) -> bool:
        """Whether it lies in the years of an outcome, or between these and those of the cohort before or after."""
        years = years_of(outcome)
        return bool(years) and self.concerns(outcome["id"]) and min(years) <= self.year <= max(years) + FOLLOWS


@cache
def load_breaks() -> tuple[Break, ...]:
    """The breaks that are declared in `breaks.toml`."""
    text = resources.files("kansen.release").joinpath("breaks.toml").read_text(encoding="utf-8")
    return tuple(Break(**{**one, "outcomes": tuple(one["outcomes"])}) for one in tomllib.loads(text)["break"])


def breaks_of(outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The breaks to tell beside the figures of an outcome (as in `outcomes.json`): id, year and label of each."""
    return [{"id": one.id, "year": one.year, "label": one.label} for one in load_breaks() if one.lies_by(outcome)]


def years_of(outcome: Mapping[str, Any]) -> tuple[int, ...]:
    """The first and last year in which an outcome was measured; nothing where it does not say."""
    return tuple(int(year) for year in re.findall(r"\d{4}", outcome.get("years") or ""))
