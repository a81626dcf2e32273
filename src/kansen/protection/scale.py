"""How an outcome is read: its spread across areas, the classes of its colours, the reliability of a figure.

All of it is made from published (rounded) figures only, so that it tells nothing that they do not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome

BREAKS = (-1.5, -0.9, -0.3, 0.3, 0.9, 1.5)
"""Where the seven classes part, in standard deviations from the reference."""

STEPS_PER_CLASS = 4
"""Breaks are rounded to a step that fits at least this often into a middle class."""

REFERENCE_LABEL = {"nl": "het landelijke cijfer", "en": "the national figure"}

SIGNED = ("percentage points", "points of 100")
"""Units of differences, which may lie on either side of zero."""

_ROOM = 0.9
"""On the side of a bound (0, or 1 for fractions) the outermost break stays this share of the way to it."""


def spread_of(est: NDArray[np.float64]) -> float | None:
    """Standard deviation across areas of the figures for everybody; None with fewer than two areas, or no spread."""
    if len(est) < 2:
        return None
    spread = float(np.std(est, ddof=1))
    return float(f"{spread:.6g}") if spread > 0 else None


def readable_step(size: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is not above `size`.

    >>> readable_step(0.0034), readable_step(731.0)
    (0.002, 500.0)
    """
    power = 10.0 ** np.floor(np.log10(size))
    lead = size / power
    return float(f"{power * (5 if lead >= 5 else 2 if lead >= 2 else 1):.12g}")


def step_of(size: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is not below `size`.

    >>> step_of(0.0034), step_of(731.0)
    (0.005, 1000.0)
    """
    # One over a readable step is one too.
    return float(f"{1 / readable_step(1 / size):.6g}")


_TO: dict[str, Callable[[float], int]] = {"lwr": floor, "upr": ceil}
"""The ends of an interval are rounded outwards, so that it holds what it has to also on coarse steps."""


def in_steps(value: float, step: float, name: str = "est") -> float:
    """A figure, or the end of an interval (`lwr`, `upr`), in whole steps.

    >>> in_steps(0.031, 0.02), in_steps(0.031, 0.02, "lwr"), in_steps(0.031, 0.02, "upr")
    (0.04, 0.02, 0.04)
    """
    steps = float(value) / step
    return float(f"{_TO.get(name, round)(round(steps, 6)) * step:.6g}") + 0.0


def class_breaks(outcome: Outcome, reference: float | None, spread: float | None) -> dict[str, Any] | None:
    """The six limits of seven classes around the national figure, in readable numbers; None without a scale.

    reference : the published national figure. spread : standard deviation across areas. Returns the member `breaks` of
    an outcome in the API: reference, reference_label, values (ascending, in the outcome's unit), unit_step.
    """
    if reference is None or spread is None:
        return None
    below = above = spread
    if outcome.kind != "money" and outcome.unit not in SIGNED and reference > 0:
        below = min(below, _ROOM * reference / -BREAKS[0])
    if outcome.kind in ("binary", "share", "rank") and reference < 1:
        above = min(above, _ROOM * (1 - reference) / BREAKS[-1])
    step = readable_step(min(below, above) * (BREAKS[3] - BREAKS[2]) / STEPS_PER_CLASS)
    values = [reference + unit * (below if unit < 0 else above) for unit in BREAKS]
    rounded = [float(f"{round(value / step) * step:.12g}") + 0.0 for value in values]
    return {"reference": reference, "reference_label": REFERENCE_LABEL, "values": rounded, "unit_step": step}


LETTERS = ("A", "B", "C")
"""Degrees of reliability, from narrow to wide intervals."""


def reliability_of(
    lwr: NDArray[np.float64], upr: NDArray[np.float64], spread: float | None, limits: Mapping[str, float]
) -> NDArray[np.int8]:
    """The place in `LETTERS` by the half width of the interval in units of `spread`; C where either is not there."""
    out = np.full(len(lwr), 2, dtype=np.int8)
    if spread is not None:
        width = (upr - lwr) / (2 * spread)
        out -= width <= limits["B"]
        out -= width <= limits["A"]
    return out
