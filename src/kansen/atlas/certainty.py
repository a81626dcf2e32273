"""How sure a layer is, as plain data: places, shrunk figures, differences, reliability, neighbours, changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen import precision
from kansen.errors import MissingInputError, UsageError
from kansen.release import Release
from kansen.release.neighbourhood import touching
from kansen.release.precise import Ranked, changed, column, differences, ranked, shrunk

_DIGITS = 3
"""Of standard errors: significant digits."""
_RATE = 0.05


def precision_of(release: Release, outcome: str, level: str, group: str, less: str | None = None) -> dict[str, Any]:
    """What `certainty_models.Ranks` describes, of a group or its differences from another. `UsageError`: unknown id."""
    found = ranked(release, outcome, level, group, less=less)
    of, (_, small) = found.column, shrunk(release, outcome, level, group, less=less)
    round_to = _decimals(release, outcome, level, group)
    return {
        "outcome": outcome,
        "level": level,
        "group": group,
        "less": less,
        "areas": list(of.areas),
        "se": _significant(of.se),
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


def _significant(values: NDArray[Any] | Sequence[float]) -> list[float | None]:
    """Sizes of errors, to a few significant digits."""
    return [None if np.isnan(one) else float(f"{one:.{_DIGITS}g}") for one in values]


def _decimals(release: Release, outcome: str, level: str, group: str) -> int:
    """So many decimals the figures of a layer have; enough where they are not rounded."""
    told = release.layer(outcome, level, group).json()["digits"]
    return 6 if told is None else int(told)


def reliability_of(release: Release, outcome: str, level: str, group: str, less: str | None = None) -> dict[str, Any]:
    """What `certainty_models.Reliable` describes. `UsageError` for an unknown id."""
    of = column(release, outcome, level, group, less=less)
    found = precision.reliability(of.est, of.se)
    detectable = precision.minimum_detectable_difference(of.se[~np.isnan(of.se)])
    middle = float(np.median(detectable)) if len(detectable) else np.nan
    spread, detectable_in_half = _significant([np.sqrt(found.signal), middle])
    return {
        "outcome": outcome,
        "level": level,
        "group": group,
        "less": less,
        "areas": found.areas,
        "reliability": _rounded(np.array([found.reliability]), 3)[0],
        "spread": spread,
        "detectable": detectable_in_half,
        "reason": found.reason,
    }


def neighbours_of(release: Release, outcome: str, level: str, group: str, less: str | None = None) -> dict[str, Any]:
    """What `certainty_models.Neighbours` describes. `UsageError` for an unknown id."""
    of = column(release, outcome, level, group, less=less)
    views = next(one["geometry"] for one in release.manifest["levels"] if one["id"] == level)
    view = views[0] if views else None
    told: dict[str, Any] = {"moran": None, "expected": None, "p": None, "taking_part": 0, "reason": None}
    per_area: dict[str, Any] = {
        "kind": [None] * len(of.areas), "p_adjusted": [None] * len(of.areas), "island": [False] * len(of.areas)
    }  # fmt: skip
    try:
        reason = "no_map" if view is None else None
        if view is not None:
            near = touching(release, outcome, level, group, view, less=less)
            whole, local = near.moran(), near.clusters(rate=_RATE)
            reason = whole.reason
            numbers = _rounded(np.array([whole.value, whole.expected, whole.p]), 4)
            told |= dict(zip(("moran", "expected", "p"), numbers, strict=True))
            told["taking_part"] = whole.areas
            per_area = {
                "kind": [local.kind[i] or None for i in of.position.tolist()],
                "p_adjusted": _rounded(local.p_adjusted[of.position], 4),
                "island": local.islands[of.position].tolist(),
            }
    except MissingInputError:
        reason = "no_library"
    about = {"outcome": outcome, "level": level, "group": group, "less": less, "view": view}
    return {**about, **told, "reason": reason, "areas": list(of.areas), **per_area}


def changes_of(release: Release, outcome: str, level: str, group: str, earlier: str | None = None) -> dict[str, Any]:
    """What `certainty_models.ChangedFrom` describes: since the nearest earlier cohort, where no other is named.

    `UsageError` for an unknown id, and for an outcome that is not the same measure of an earlier cohort.
    """
    column(release, outcome, level, group)  # says which id there is instead
    known = next(one.get("earlier", []) for one in release.outcomes["outcomes"] if one["id"] == outcome)
    before = earlier or next(iter(known), None)
    if before is None or before not in known:
        raise UsageError(
            f"{outcome} is not known as the same measure of an earlier cohort"
            + ("" if before is None else f", {before}"),
            found=before,
            expected=", ".join(known) or "no earlier cohort of this outcome",
        )
    found = changed(release, before, outcome, level, group)
    of, first, last = found.changes, found.earlier, found.later
    digits = max(_decimals(release, one, level, group) for one in (before, outcome))
    together = np.where((first.n >= 0) & (last.n >= 0), first.n + last.n, -1)
    is_told = ~np.isnan(found.p_adjusted) & (not found.breaks)
    return {
        "outcome": outcome,
        "earlier": before,
        "level": level,
        "group": group,
        "areas": list(found.areas),
        "n": [n if n >= 0 else None for n in together.tolist()],
        "est_earlier": _rounded(first.est, digits),
        "est_later": _rounded(last.est, digits),
        "change": _rounded(last.est - first.est, digits),
        "se": _significant(of.se[0]),
        "lwr": _rounded(of.lwr[0], digits),
        "upr": _rounded(of.upr[0], digits),
        "noise_sd": [one or 0.0 for one in _significant(np.hypot(first.noise_sd, last.noise_sd))],
        "p_adjusted": _rounded(found.p_adjusted, 4),
        "differs": [bool(p <= _RATE) if told else None for p, told in zip(found.p_adjusted, is_told, strict=True)],
        "correlation": round(found.correlation, 4),
        "breaks": [{"id": one.id, "year": one.year, "label": one.label} for one in found.breaks],
    }
