"""How much of an area's difference from the country goes with who grew up there: of published figures alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen import precision
from kansen.errors import UsageError
from kansen.release.precise import column
from kansen.release.reader import Release

DIMENSIONS = ("origin", "sex")
"""Those of which everybody is in exactly one group that is told: positions overlap, some households are not told."""
COUNTRY = "NL"
NOT_TOLD = "not_told"
_UNKNOWN = precision.Composition(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, NOT_TOLD)
_WHOLES = ("all", "any")
"""Groups that hold others of the same dimension."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Composed:
    """The parts of the difference of an area from the country, and of whom both consist. Shapes: (kinds,).

    kinds : ids of the dimension. share, est : of the area, NaN where the group has no figure; country_share,
    country_est : of the country.
    """

    parts: precision.Composition
    level: str
    kinds: tuple[str, ...]
    share: Floats
    est: Floats
    country_share: Floats
    country_est: Floats


def composed(release: Release, outcome: str, area: str, group: str | None = None, by: str = "origin") -> Composed:
    """Split the difference of an area from the country, in a group, by the groups of one dimension within it.

    All parts are NaN, with the reason `not_told`, where the area has no figure or number, or the country lacks those of
    a group. `UsageError` for an unknown id, a dimension that cannot be split by, and a group that is split already;
    `AreaError` for an unknown area.
    """
    group = group or str(release.groups["default"])
    level = release.areas.area(area).level
    if by not in DIMENSIONS:
        raise UsageError(f"Places cannot be split by {by}", found=by, expected=", ".join(DIMENSIONS))
    position = ("sex", "origin", "household").index(by)
    axis, *members = group.split(";")
    if len(members) != 3 or members[position] != "all":
        raise UsageError(f"This group is of one {by} only, or is none", found=group, expected=f"a group of every {by}")
    kinds = tuple(one["id"] for one in release.groups[by] if one["id"] not in _WHOLES)

    def of(at: str, place: str, kind: str) -> tuple[float, float, float]:
        id = ";".join([axis, *members[:position], kind, *members[position + 1 :]])
        found = column(release, outcome, at, id)
        row = found.areas.index(place) if place in found.areas else -1
        if row < 0 or found.n[row] < 0:
            return np.nan, np.nan, np.nan
        return float(found.n[row]), float(found.est[row]), float(found.se[row])

    own, country = (of(at, place, "all") for at, place in ((level, area), (COUNTRY.lower(), COUNTRY)))
    theirs = np.array([of(COUNTRY.lower(), COUNTRY, kind) for kind in kinds]).T
    here = np.array([of(level, area, kind) for kind in kinds]).T
    shares = (here[0] / own[0], here[1], theirs[0] / theirs[0].sum(), theirs[1])
    if np.isnan([own[0], country[0]]).any() or np.isnan(theirs[:2]).any():
        return Composed(_UNKNOWN, level, kinds, *shares)
    parts = precision.composition(own[1] - country[1], own[0], *here, *theirs)
    return Composed(parts, level, kinds, *shares)
