"""Measures over an outcome through the wall: told where the figures that they are a function of are told exactly.

Whoever knows an exact figure is taken to know all sums behind it (docs/closure.md), and so knows everything that is a
function of these sums. A slope, a prediction, a gap or a corner adds nothing to that. Where one of the figures carries
noise, or is absent, the measure is absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.measures.over import Worked
from kansen.protection.profiles import Profile
from kansen.protection.protect import summary_of
from kansen.protection.protected import Protected, ProtectedSummary, token
from kansen.protection.scale import reliability_of


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
    summary = summary_of(columns, outcome)
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
