"""Measures over an outcome through the wall: told where the figures that they are a function of are told exactly.

Whoever knows an exact figure is taken to know all sums behind it (docs/closure.md), and so knows everything that is a
function of these sums. A slope, a prediction, a gap or a corner adds nothing to that. Where one of the figures carries
noise, or is absent, the measure is absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.measures.over import Worked
from kansen.protection.profiles import Profile
from kansen.protection.protect import summary_of
from kansen.protection.protected import Protected, ProtectedSummary, token
from kansen.protection.scale import readable_step, reliability_of


def protect_over(
    worked: Worked, told: Sequence[Protected], profile: Profile
) -> tuple[ProtectedSummary, list[Protected]]:
    """All levels of one measure over an outcome; rounded and graded as the outcome is.

    told : what is told of the outcome itself, on the same grid. The number of children is that of the outcome's figure
    of the group.
    """
    outcome = worked.asked.outcome
    of_level = {part.level: part for part in told if part.outcome.id == worked.asked.base.id}
    columns = {
        level: _columns(worked, level, of_level[level], profile) for level in worked.estimates if level in of_level
    }
    summary = replace(summary_of(columns, outcome), transitions=_transitions(worked, columns, profile), _token=token())
    return summary, [
        Protected(
            outcome=outcome,
            level=level,
            areas=worked.estimates[level].areas,
            groups=worked.estimates[level].groups,
            **found,
            reliability=reliability_of(found["lwr"], found["upr"], summary.spread, profile.reliability),
            profile=profile.id,
            _token=token(),
        )
        for level, found in columns.items()
    ]


FEWEST_PER_STEP = 20
"""So many children at least does one step of a rounded transition matrix stand for."""


def _transitions(
    worked: Worked, columns: Mapping[str, Mapping[str, NDArray[Any]]], profile: Profile
) -> dict[str, Any] | None:
    """The transition matrix of the country, where the measure itself is told of everybody in the country.

    None where a cell has fewer children than a figure needs. Shares are rounded so that a step stands for at least
    `FEWEST_PER_STEP` children of the smallest row; rows then need not add up to one.
    """
    whole = columns.get("nl", {})
    if worked.classes is None or not whole or not (whole["group"] == 0).any():
        return None
    least = max(profile.min_n, profile.min_ones)
    if int(worked.classes.min()) < least:
        return None
    rows = worked.classes.sum(axis=1)
    # One over a readable step is one too: the smallest that is not below what is asked for.
    step = float(f"{1 / readable_step(float(rows.min()) / FEWEST_PER_STEP):.6g}")
    shares = np.round(worked.classes / rows[:, None] / step) * step
    return {"classes": len(rows), "step": step, "shares": [[float(f"{one:.6g}") for one in row] for row in shares]}


def _columns(worked: Worked, level: str, told: Protected, profile: Profile) -> dict[str, NDArray[Any]]:
    """The figures of a level whose every need is told exactly."""
    of, needs = worked.estimates[level], worked.needs[level].astype(np.int64)
    exact = np.flatnonzero(told.noise_sd == 0)
    row = np.full((len(told.groups), len(told.areas)), -1, dtype=np.int64)
    row[told.group[exact], told.area[exact]] = exact
    known = (row[needs, of.area[:, None].astype(np.int64)] >= 0).all(axis=1) & np.isfinite(of.est)
    which = np.flatnonzero(known)
    digits = profile.decimals[worked.asked.outcome.kind] if profile.rounded else None
    found: dict[str, NDArray[Any]] = {"group": of.group[which], "area": of.area[which]}
    found["n"] = told.n[row[of.group[which], of.area[which]]]
    for name in ("est", "lwr", "upr"):
        values = getattr(of, name)[which]
        found[name] = (values.copy() if digits is None else np.round(values, digits)) + 0.0
    found["noise_sd"] = np.broadcast_to(0.0, len(which))
    order = np.lexsort((found["area"], found["group"]))
    return {name: values[order] for name, values in found.items()}
