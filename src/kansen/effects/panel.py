"""A panel of the same areas in every year, and which of them a policy reached when.

A merger of municipalities is not a policy: rows of former municipalities count to the municipality they are part of
now, in every year, so no area begins, ends or changes its composition within the panel.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.effects.regress import codes, numbers, table_of
from kansen.errors import InputError
from kansen.geography.changes import history

Floats = NDArray[np.float64]
NEVER = 0
"""First treated year of areas that the policy never reached."""
ROW_OF_MANY = 10
"""A row with this weight or more stands for people together, not for one."""


@dataclass(frozen=True)
class Panel:
    """Means per area and year. Shapes: y, people and moved (areas, years), weight and first (areas,).

    Attributes
    ----------
    areas, years : ids, and whole years. y : means. people : the weights behind each; weight : those of an area in an
    average year. moved : how much the row that moves a mean most does, of rows that stand for fewer than ten people.
    first : the first year that the policy reached an area from its first day on; `NEVER` otherwise.
    left_out : area and why: `divided`, `partly` (some former part had the policy), `gaps` (a year is missing), `always`
    (there from the first year on, so nothing is known of before).
    merged : former municipalities that were counted to another one.
    """

    areas: tuple[str, ...]
    years: tuple[int, ...]
    y: Floats
    people: Floats
    moved: Floats
    weight: Floats
    first: NDArray[np.int64]
    left_out: tuple[tuple[str, str], ...]
    merged: tuple[tuple[str, str], ...]


def start_of(date: object, area: str) -> int:
    """The first whole year of a policy: that of a first of January, else the next. `InputError` for what is no date."""
    if isinstance(date, int) or (isinstance(date, str) and len(date) == 4 and date.isdigit()):
        return int(date)
    try:
        day = date if isinstance(date, datetime.date) else datetime.date.fromisoformat(str(date))
    except ValueError:
        raise InputError(
            "The date of a policy cannot be read", where=area, found=date, expected="2015-01-01, or a year"
        ) from None
    return day.year if (day.month, day.day) == (1, 1) else day.year + 1


def make_panel(frame: Any, outcome: str, policy: Mapping[str, object], weight: str | None = None) -> Panel:
    """Bring rows together per area and year.

    frame : rows of people or of areas: area, year, the outcome, and perhaps a weight. policy : area and the day (or
    year) from which it holds. The year in which a policy starts halfway is left out for that area's treatment: it
    counts as before.

    `InputError` for a column that is missing, no row, a weight that is negative or all zero, an area of the policy
    that has no row, and fewer than two years or areas.
    """
    kinds = {"area": "text", "year": "whole", outcome: "number", **({weight: "number"} if weight else {})}
    table = table_of(frame, kinds, "The rows")
    value, year = numbers(table, outcome), numbers(table, "year")
    people = numbers(table, weight) if weight else np.ones(len(value))
    if (people < 0).any() or not np.nansum(people) > 0:
        raise InputError("Weights must be positive", column=weight, expected="no negative weight, and some above zero")
    place, names = codes(table["area"])
    now, merged, divided = _now(names)
    unknown = sorted({area for area in policy if area not in names and area not in now.values()})
    if unknown:
        raise InputError(
            "An area of the policy has no rows", found=", ".join(unknown[:3]), expected="areas of the rows"
        )
    known = np.isfinite(value) & ~np.isnan(year) & (place >= 0) & (np.nan_to_num(people) > 0)
    known &= np.array([name not in divided for name in names] + [False])[place]
    target = sorted({now[name] for name in names if name not in divided})
    years = sorted({int(one) for one in year[known]})
    if len(target) < 2 or len(years) < 2:
        found = f"{len(target)} areas, {len(years)} years"
        raise InputError("A panel needs two areas and two years, or more", found=found)
    at = {name: i for i, name in enumerate(target)}
    area = np.array([at.get(now.get(name, ""), 0) for name in names])[place[known]]
    when = np.searchsorted(years, year[known])
    key, size = area * len(years) + when, len(target) * len(years)
    w = np.asarray(np.bincount(key, people[known], size), np.float64).reshape(len(target), len(years))
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.bincount(key, people[known] * value[known], size).reshape(w.shape) / w
    moved = _moved(value[known], people[known], key, w, y)
    first, partly = _first(policy, names, now, target)
    out = [(name, "divided") for name in sorted(divided)]
    keep = []
    for i, name in enumerate(target):
        why = (
            "partly" if name in partly
            else "gaps" if np.isnan(y[i]).any()
            else "always" if first[i] != NEVER and first[i] <= years[0]
            else ""
        )  # fmt: skip
        if why:
            out.append((name, why))
        else:
            keep.append(i)
    rows = np.array(keep, np.int64)
    late = np.where(first[rows] > years[-1], NEVER, first[rows])
    return Panel(
        tuple(target[i] for i in keep), tuple(years), y[rows], w[rows], moved[rows], w[rows].mean(axis=1), late,
        tuple(out), tuple(merged),
    )  # fmt: skip


def _moved(value: Floats, people: Floats, key: NDArray[np.int64], w: Floats, y: Floats) -> Floats:
    """How much each mean moves without the row that moves it most; rows of a whole area are no one's. Shape as y."""
    others = w.ravel()[key] - people
    alone = (others <= 0) | (people >= ROW_OF_MANY)
    shift = np.abs(value - np.nan_to_num(y.ravel()[key])) * people / np.where(alone, 1.0, others)
    most = np.zeros(w.size)
    np.maximum.at(most, key, np.where(alone, 0.0, shift))
    return most.reshape(w.shape)


def _now(names: list[str]) -> tuple[dict[str, str], list[tuple[str, str]], set[str]]:
    """What each area is part of now, the former municipalities among them, and those that were divided over several."""
    now, merged, divided = {}, [], set()
    for name in names:
        steps = history(name)
        now[name] = steps[-1].new_code if steps else name
        if any(step.kind == "divided" for step in steps):
            divided.add(name)
        elif steps:
            merged.append((name, now[name]))
    return now, merged, divided


def _first(
    policy: Mapping[str, object], names: list[str], now: Mapping[str, str], target: list[str]
) -> tuple[NDArray[np.int64], set[str]]:
    """The first year per area of now, and the areas whose former parts do not have one and the same."""
    whole = {area: start_of(date, area) for area, date in policy.items()}
    found, partly = [], set()
    for area in target:
        parts = [name for name in names if now[name] == area] or [area]
        starts = {whole.get(area, whole.get(part, NEVER)) for part in parts}
        if len(starts) > 1:
            partly.add(area)
        found.append(min(starts))
    return np.array(found, np.int64), partly
