"""Confidence sets for ranks: which places an area can have, given how uncertain all figures are.

After Mogstad, Romano, Shaikh and Wilhelm (2024), "Inference for ranks with applications to mobility across
neighbourhoods and academic achievement across countries", Review of Economic Studies 91. Differences of pairs are
tested in both directions; the critical value is a quantile of the largest studentised difference that chance gives
among the directions still under test, and the directions that were rejected leave step by step.

- A *marginal* set holds the rank of one area, chosen beforehand, with the given confidence.
- *Simultaneous* sets hold the ranks of all areas together, so the one that stands out may be read too.

Both are conservative: they hold the truth at least as often as they say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from kansen.errors import InputError
from kansen.precision.columns import CONFIDENCE, SEED, Flags, Floats, figures, probability

DRAWS = 1000
MOST = 1000
"""The most areas that are ranked together: sets of more would be wide, and the pairs many."""

_STEPS = 50


@dataclass(frozen=True)
class RankSets:
    """Ranks with their confidence sets, one entry per area; 0 where an area has no figure.

    Attributes
    ----------
    rank : the place by the figure alone; equal figures share the best place. Rank 1 is the highest figure.
    low, high : the marginal set: the best and the worst place that the area can have.
    low_all, high_all : the simultaneous set.
    of : among how many areas with a figure.
    tier : areas that cannot be told from the first of their tier, simultaneously; from 1.
    """

    rank: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    low_all: NDArray[np.int64]
    high_all: NDArray[np.int64]
    of: NDArray[np.int64]
    tier: NDArray[np.int64]


def rank_sets(
    est: ArrayLike,
    se: ArrayLike,
    *,
    within: ArrayLike | None = None,
    highest_first: bool = True,
    confidence: float = CONFIDENCE,
    draws: int = DRAWS,
    seed: int = SEED,
) -> RankSets:
    """Confidence sets for the ranks of areas.

    est, se : figures and their standard errors (noise included), shape (areas,). Without a figure (NaN) an area is not
    ranked; with a figure but no standard error it may have any place, and nothing is compared with it.
    within : whole numbers, the area around each (wijken: their municipality), so that areas are ranked among those
    they share it with; negative: not ranked. highest_first : whether rank 1 is the highest figure.
    draws : simulations behind a critical value. seed : where they start; the same figures give the same sets.

    Estimates of different areas count as independent: areas that do not overlap are. `InputError` for more than 1,000
    areas in one set, negative standard errors, columns of different length.

    >>> found = rank_sets([3.0, 2.9, 1.0], [0.1, 0.1, 0.1])
    >>> list(zip(found.low_all.tolist(), found.high_all.tolist()))
    [(1, 2), (1, 2), (3, 3)]
    """
    of, errors, _ = figures(est, se)
    alpha = 1 - probability(confidence, "confidence")
    if draws < 100:
        raise InputError("Too few simulations for a critical value", found=draws, expected="100 draws or more")
    around = np.zeros(len(of), np.int64) if within is None else np.array(within, dtype=np.int64, ndmin=1)
    if len(around) != len(of):
        raise InputError("Columns differ in length", column="within", found=len(around), expected=len(of))
    found = np.zeros((7, len(of)), np.int64)
    for area in np.unique(around[around >= 0]).tolist():
        members = np.flatnonzero((around == area) & ~np.isnan(of))
        if len(members) > MOST:
            raise InputError(
                "Too many areas for one ranking",
                found=f"{len(members)} areas",
                expected=f"{MOST} or fewer",
                todo="rank them within the areas around them: within=...",
            )
        if len(members):
            signed = of[members] if highest_first else -of[members]
            found[:, members] = _rank_one(signed, errors[members], alpha, draws, seed)
    return RankSets(*found)


def _rank_one(est: Floats, se: Floats, alpha: float, draws: int, seed: int) -> NDArray[np.int64]:
    """The seven columns of `RankSets` for one set of areas."""
    count = len(est)
    spread = np.nan_to_num(se)
    noise = np.ascontiguousarray((np.random.default_rng(seed).standard_normal((draws, count)) * spread).T)
    # Without a standard error nothing is known of a difference; of two exact figures it is certain.
    error = np.sqrt(se[:, None] ** 2 + se[None, :] ** 2)
    difference = est[:, None] - est[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(error > 0, difference / error, np.where(error == 0, np.sign(difference) * np.inf, 0.0))
        inverse = np.where(error > 0, 1 / error, 0.0)
    statistic[np.isnan(statistic)] = 0.0
    place = min(draws - 1, int(np.ceil((1 - alpha) * draws)) - 1)
    together = _step_down(statistic, inverse, noise, place)
    low, high = _step_down_each(statistic, inverse, noise, place)
    ahead = est[None, :] > est[:, None]
    order = np.lexsort((np.arange(count), -est))
    return np.stack(
        [
            1 + ahead.sum(axis=1),
            low,
            high,
            1 + together.sum(axis=0),
            count - together.sum(axis=1),
            np.full(count, count),
            _tiers(together, order),
        ]
    ).astype(np.int64)


def _tiers(higher: Flags, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """From the highest figure down: a new tier starts at the first area that is clearly below the last one's first."""
    found = np.empty(len(order), np.int64)
    first, number = int(order[0]), 1
    for area in order.tolist():
        if higher[first, area]:
            first, number = area, number + 1
        found[area] = number
    return found


def _step_down(statistic: Floats, inverse: Floats, noise: Floats, place: int) -> Flags:
    """Which first area (row) is higher than which second (column), for all pairs together. Shape (areas, areas)."""
    higher = np.isposinf(statistic)
    for _ in range(_STEPS):
        largest = _largest(inverse, noise, higher)
        critical = np.partition(largest, place)[place]
        found = (statistic > critical) & (statistic > 0)
        if not (found & ~higher).any():
            break
        higher |= found
    return higher


def _step_down_each(
    statistic: Floats, inverse: Floats, noise: Floats, place: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best and worst place of each area, by the pairs that it is part of only."""
    count = len(statistic)
    low, high = np.empty(count, np.int64), np.empty(count, np.int64)
    for area in range(count):
        own = statistic[area]
        above, below = np.isneginf(own), np.isposinf(own)
        for _ in range(_STEPS):
            largest = _largest_of(area, inverse[area], noise, above, below)
            critical = np.partition(largest, place)[place]
            now_below, now_above = (own > critical) & (own > 0), (-own > critical) & (own < 0)
            if not ((now_below & ~below) | (now_above & ~above)).any():
                break
            below |= now_below
            above |= now_above
        low[area], high[area] = 1 + above.sum(), count - below.sum()
    return low, high


@njit(nogil=True, cache=True, fastmath=True)
def _largest(inverse: Floats, noise: Floats, higher: Flags) -> Floats:
    """Per draw the largest statistic among the directions under test; never below 0. `noise` has one row per area."""
    count, draws = noise.shape
    found = np.zeros(draws)
    for i in range(count):
        for j in range(i):
            _add_pair(found, noise[i], noise[j], inverse[i, j], not higher[i, j], not higher[j, i])
    return found


@njit(nogil=True, cache=True, fastmath=True)
def _largest_of(area: int, inverse: Floats, noise: Floats, above: Flags, below: Flags) -> Floats:
    """The same for the pairs of one area."""
    count, draws = noise.shape
    found = np.zeros(draws)
    for j in range(count):
        _add_pair(found, noise[area], noise[j], inverse[j], not below[j], not above[j])
    return found


@njit(nogil=True, cache=True, fastmath=True, inline="always")
def _add_pair(found: Floats, own: Floats, other: Floats, scale: float, is_up: bool, is_down: bool) -> None:
    """Let the statistic of a pair count in the directions that are under test: up, own above other, and down."""
    if scale == 0.0:
        return
    if is_up and is_down:
        for draw in range(len(found)):
            found[draw] = max(found[draw], abs(own[draw] - other[draw]) * scale)
    elif is_up or is_down:
        signed = scale if is_up else -scale
        for draw in range(len(found)):
            found[draw] = max(found[draw], (own[draw] - other[draw]) * signed)
