"""How many children each rule of a cohort left, in numbers that may be told."""

from __future__ import annotations

from typing import Any

from kansen.cohorts import Attrition
from kansen.protection.protected import ProtectedAttrition, token

UNIT = 10
"""Counts are rounded to this and not told below it."""


def protect_attrition(attrition: Attrition) -> ProtectedAttrition:
    """Round every count to tens and leave out what is below ten.

    A row with fewer than ten children before or after the rule is left out; a smaller number of dropped children, also
    none, is told as None. Rows of the result: cohort, step, level, area, dimension, category, label, before, dropped,
    left.
    """
    rows, labels = [], attrition.labels()
    for step in [*attrition.steps(), *attrition.coded()]:
        if min(step["before"], step["left"]) < UNIT:
            continue
        row: dict[str, Any] = {"cohort": attrition.declaration.id}
        row |= {name: step[name] for name in ("step", "level", "area", "dimension", "category")}
        row["label"] = labels[step["step"]].as_dict()
        rows.append(row | {name: _rounded(step[name]) for name in ("before", "dropped", "left")})
    return ProtectedAttrition(rows=tuple(rows), _token=token())


def _rounded(count: int) -> int | None:
    return None if count < UNIT else (int(count) + UNIT // 2) // UNIT * UNIT
