"""How sure a layer is, as plain data: places, shrunk figures, and differences from the country."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.release import Release
from kansen.release.precise import Ranked, differences, ranked, shrunk

_DIGITS = 3
"""Of standard errors: significant digits."""


def precision_of(release: Release, outcome: str, level: str, group: str, less: str | None = None) -> dict[str, Any]:
    """What `models.Ranks` describes, of a group or of its differences from another. `UsageError` for an unknown id."""
    found = ranked(release, outcome, level, group, less=less)
    of, (_, small) = found.column, shrunk(release, outcome, level, group, less=less)
    decimals = release.layer(outcome, level, group).json()["digits"]
    round_to = 6 if decimals is None else decimals
    return {
        "outcome": outcome,
        "level": level,
        "group": group,
        "less": less,
        "areas": list(of.areas),
        "se": [None if np.isnan(one) else float(f"{one:.{_DIGITS}g}") for one in of.se.tolist()],
        **_places(found),
        "post": _rounded(small.post, round_to),
        "post_lwr": _rounded(small.lwr, round_to),
        "post_upr": _rounded(small.upr, round_to),
        "weight": _rounded(small.weight, 3),
        "shrunk_reason": small.reason,
        **_differences(release, outcome, level, group, less, len(of.areas)),
    }


def _places(found: Ranked) -> dict[str, Any]:
    places = {
        name: [place or None for place in getattr(found.sets, name).tolist()]
        for name in ("rank", "low", "high", "low_all", "high_all", "of", "tier")
    }
    return {**places, "within": list(found.within) if any(found.within) else None}


def _differences(
    release: Release, outcome: str, level: str, group: str, less: str | None, areas: int
) -> dict[str, Any]:
    unknown: dict[str, Any] = {"p_adjusted": [None] * areas, "differs": [None] * areas}
    if less is not None:  # how much of the country's difference an area is, is not that of one group
        return unknown
    try:
        _, found = differences(release, outcome, level, group)
    except UsageError:  # the country has no figure of this group
        return unknown
    told = ~np.isnan(found.p_adjusted)
    flags = [bool(one) if known else None for one, known in zip(found.differs, told, strict=True)]
    return {"p_adjusted": _rounded(found.p_adjusted, 4), "differs": flags}


def _rounded(values: NDArray[Any], digits: int) -> list[float | None]:
    return [None if np.isnan(one) else round(one, digits) + 0.0 for one in values.tolist()]
