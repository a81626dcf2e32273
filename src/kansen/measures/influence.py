"""How far one more child can move a figure: what noise has to hide.

The local sensitivity of Chetty and Friedman (2019), "A practical method to reduce privacy loss when disclosing
statistics based on small samples": the most that a statistic of a cell changes when a child is added, over the corners
of where a child can be. In closed form: adding (x0, y0) to a least-squares fit changes the prediction at p by
h / (1 + h0) * (y0 - yhat(x0)), with h = 1/n + (p - mx) (x0 - mx) / sxx and h0 = 1/n + (x0 - mx)**2 / sxx (the update of
least squares by one row, Sherman and Morrison). The corners are the ends of the band and of the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.moments import Grid

Floats = NDArray[np.float64]

AMOUNTS = ("money", "count")
"""Kinds of outcomes without ends of their own."""

TAIL = 10
"""Fewest children beyond the point where an amount is clipped."""

MANY = 0.1
"""From this share of the children on, a value that they have in common counts children, and is hidden as a count is."""

NEARLY_ALL = 0.95
"""An outcome has two values where this share of those who have not the usual one are equally far from it."""

SAMPLE = 5_000
"""Among so many children the value is looked for that many have."""


@dataclass(frozen=True)
class Steadiness:
    """When a line is steady enough for noise to hide one child.

    spread : least variance of the ranks in the band, as a share of that of evenly spread ranks. cap : the most that one
    child may move the line, times n, in ranges of the outcome. clip : the share of amounts at either end that counts
    with the amount at which it starts.
    """

    spread: float
    cap: float
    clip: float


class Usual(NamedTuple):
    """The value that most children have of an outcome that is not binary, where many have the same.

    share : how many have it, of those with the outcome known. apart : how far the others are from it, at the median.
    two : whether nearly all others are that far from it on one side, so that it divides children as a binary outcome.
    """

    value: float
    share: float
    apart: float
    two: bool


class Ends(NamedTuple):
    """The least and the most that a child counts with, and whether the outcome is known for every child.

    usual : of an outcome that is not binary, the value that at least `MANY` of the children have; None without one.
    """

    low: float
    high: float
    complete: bool
    usual: Usual | None = None


@njit(nogil=True, cache=True, inline="always")
def influence(n, mx, my, sxx, sxy, level, away, x_low, x_high, y_low, y_high):  # type: ignore[no-untyped-def]
    """The most that one added child changes level * mean + away * slope, the line through the means at mx + away.

    level 1 and away p - mx : the prediction at p. level 0 and away 1 : the slope.
    """
    slope = sxy / sxx
    most = 0.0
    for x0 in (x_low, x_high):
        beside = x0 - mx
        h = level / n + away * beside / sxx
        h0 = 1.0 / n + beside * beside / sxx
        fitted = my + slope * beside
        for y0 in (y_low, y_high):
            most = max(most, abs(h / (1.0 + h0) * (y0 - fitted)))
    return most


def slope_influence(
    n: Floats, mx: Floats, my: Floats, sxx: Floats, slope: Floats, y_ends: tuple[float, float]
) -> Floats:
    """The most that one added child, with parents of any rank, changes the slope of each line; see `influence`.

    n, mx, my, sxx, slope [cells] : the lines. y_ends : the least and the most of the outcome.
    """
    most = np.zeros(len(n))
    for x0 in (0.0, 1.0):
        beside = x0 - mx
        moved = (beside / sxx) / (1 + 1 / n + beside**2 / sxx)
        for y0 in y_ends:
            most = np.maximum(most, np.abs(moved * (y0 - my - slope * beside)))
    return most


@njit(nogil=True, cache=True)
def steady_part(values, group, least, at, x_ends, least_spread, y_ends, cap, first, steady, moves):  # type: ignore[no-untyped-def]
    """What noise may be added to, for the cells of a part (values [cells, FIELDS, LANES]) that hold enough.

    at, least_spread [groups] : the rank of the line (NaN for a mean) and the variance of ranks that it takes. x_ends
    [groups, 2], y_ends [outcomes, 2] : where a child can be. first [outcomes] : where the results start. steady : the
    line, or the mean where there is none or it is not steady. moves : n times the most that a child moves the line, NaN
    for a mean.
    """
    for i in range(len(group)):
        x0, of = at[group[i]], values[i]
        for lane in range(len(first)):
            m, hits = int(of[0, lane]), int(of[1, lane])
            if m < least[lane, 0] or hits < least[lane, 1] or m - hits < least[lane, 2]:
                continue
            to = first[lane]
            first[lane] = to + 1
            moves[lane, to] = np.nan
            if m == 0:
                steady[lane, to] = np.nan
                continue
            steady[lane, to] = of[3, lane]
            sxx = of[4, lane]
            if np.isnan(x0) or not sxx >= m * least_spread[group[i]] or m < 3:
                continue
            low, high = y_ends[lane, 0], y_ends[lane, 1]
            away = x0 - of[2, lane]
            most = m * influence(
                m, of[2, lane], of[3, lane], sxx, of[5, lane], 1.0, away,
                x_ends[group[i], 0], x_ends[group[i], 1], low, high,
            )  # fmt: skip
            if most <= cap * (high - low):
                moves[lane, to] = most
                steady[lane, to] = of[3, lane] + of[5, lane] / sxx * away


def ends_of(outcome: Outcome, values: Floats, clip: float) -> Ends:
    """The least and the most that a child can have: 0 and 1, or where the `clip` smallest and largest amounts start.

    values : of all children of a cohort, NaN where missing.

    The end is where at least `TAIL` children lie beyond, so that it tells of nobody, rounded outwards to two
    digits of the distance between the ends.
    """
    complete = not bool(np.isnan(values).any())
    if outcome.kind == "binary":
        return Ends(0.0, 1.0, complete)
    known = values[np.isfinite(values)]
    if outcome.kind not in AMOUNTS:
        return Ends(0.0, 1.0, complete, usual_of(known, 0.0, 1.0))
    beyond = min(max(TAIL, ceil(clip * len(known))), len(known) // 2)
    if beyond == 0:
        return Ends(0.0, 1.0, complete)
    parted = np.partition(known, (beyond, len(known) - 1 - beyond))
    low, high = float(parted[beyond]), float(parted[len(known) - 1 - beyond])
    if high <= low:
        return Ends(low, low + 1.0, complete)
    step = 10.0 ** (floor(log10(high - low)) - 1)
    low, high = floor(low / step) * step, ceil(high / step) * step
    return Ends(low, high, complete, usual_of(known, low, high))


def usual_of(known: Floats, low: float, high: float) -> Usual | None:
    """The value that at least `MANY` of the children have, amounts clipped at `low` and `high`; None without one.

    >>> usual_of(np.array([0.0, 0.0, 0.0, 500.0]), 0.0, 500.0)
    Usual(value=0.0, share=0.75, apart=500.0, two=True)
    """
    if not len(known):
        return None
    # Evenly spread over the children, whatever their order: a value that a tenth have is in it some five hundred times.
    chosen = np.random.default_rng(0).integers(0, len(known), SAMPLE) if len(known) > SAMPLE else np.arange(len(known))
    values, counts = np.unique(np.clip(known[chosen], low, high), return_counts=True)
    value = float(values[np.argmax(counts)])
    if counts.max() < len(chosen) * MANY / 2:
        return None
    away = np.clip(known, low, high) - value
    away = away[away != 0]
    share = 1 - len(away) / len(known)
    if share < MANY or not len(away):
        return None
    middle = float(np.partition(away, len(away) // 2)[len(away) // 2])
    two = bool((np.abs(away - middle) <= 0.01 * abs(middle)).mean() >= NEARLY_ALL)
    return Usual(value, share, abs(middle) if two else float(np.median(np.abs(away))), two)


def band_ends(grid: Grid) -> Floats:
    """The ends of the band of each group, 0 and 1 where it has none; shape (groups, 2)."""
    ends = [position.range or (0.0, 1.0) for position in grid.positions]
    return np.repeat(np.array(ends), int(np.prod(grid.shape[1:])), axis=0)


def least_spread(grid: Grid, spread: float) -> Floats:
    """The least variance of ranks in the band of each group: that share of the variance of evenly spread ranks."""
    ends = band_ends(grid)
    return spread * (ends[:, 1] - ends[:, 0]) ** 2 / 12
