"""Whether neighbouring areas are alike: Moran's I, and clusters with control of false discoveries.

Computed by esda and libpysal (the extra `kansen[analysis]`). Areas without a figure take no part: nothing is imputed,
and their neighbours have one neighbour less. Areas without a neighbour (islands) are named and take no part either.
Which areas count as neighbours is part of any result: tell it along.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kansen.errors import InputError, MissingInputError
from kansen.precision.columns import SEED, Flags, Floats, column, probability, spread_over
from kansen.precision.discovery import Method, adjusted

FEWEST = 8
"""Areas with a figure and a neighbour, below which permutations say little."""

PERMUTATIONS = 999
_AT_ONCE = 500

KINDS = ("high_high", "low_high", "low_low", "high_low")
"""An area and its neighbours: both above the mean, below among high ones, both below, above among low ones."""


@dataclass(frozen=True)
class Autocorrelation:
    """Moran's I over a level. expected : without any pattern, -1 / (areas - 1). p : one-sided, from permutations.

    areas : that took part. islands : areas with a figure and without a neighbour that has one, shape (areas of the
    level,).
    reason : `too_few_areas` or `no_variation` when there is no answer, else None.
    """

    value: float
    expected: float
    p: float
    areas: int
    islands: Flags
    reason: str | None = None


@dataclass(frozen=True)
class Clusters:
    """Local Moran's I, one entry per area of the level; NaN for areas that took no part.

    value, p, p_adjusted : local statistic, its two-sided p from conditional permutations, and among all areas.
    kind : one of `KINDS` for areas named at the rate, "" elsewhere. islands, reason : as in `Autocorrelation`.
    """

    value: Floats
    p: Floats
    p_adjusted: Floats
    kind: tuple[str, ...]
    islands: Flags
    reason: str | None = None


def moran(
    est: ArrayLike,
    pairs: ArrayLike,
    *,
    population: ArrayLike | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Autocorrelation:
    """Moran's I with weights that add up to 1 for every area (Moran 1950; Cliff and Ord 1981).

    est : figures, shape (areas,), NaN where there is none. pairs : positions of neighbours, shape (pairs, 2), each pair
    once or twice. population : with it, `est` are numbers of people who have something out of so many, and the rates
    are standardised for their size (Assunção and Reis 1999), so that small areas do not make a pattern of their own.
    """
    of, people, known, islands, weights = _prepared(est, pairs, population)
    none = Autocorrelation(np.nan, np.nan, np.nan, len(known), islands)
    if len(known) < FEWEST:
        return _because(none, "too_few_areas")
    esda = _load("esda")
    y = of[known]
    if np.ptp(y if people is None else y / people[known]) == 0:
        return _because(none, "no_variation")
    with _seeded(seed):
        if people is None:
            found = esda.Moran(y, weights, permutations=permutations)
        else:
            found = esda.Moran_Rate(y, people[known], weights, permutations=permutations)
    return Autocorrelation(float(found.I), float(found.EI), float(found.p_sim), len(known), islands)


def clusters(
    est: ArrayLike,
    pairs: ArrayLike,
    *,
    population: ArrayLike | None = None,
    permutations: int = PERMUTATIONS,
    method: Method = "bh",
    rate: float = 0.05,
    seed: int = SEED,
) -> Clusters:
    """Areas that are like, or unlike, their neighbours (Anselin 1995), with p-values adjusted for how many there are.

    Arguments as of `moran`; method, rate : as of `kansen.precision.discovery`. With P permutations no p lies below 2 /
    (P + 1): take more of them for many areas, or nothing can be named.
    """
    probability(rate, "rate")
    of, people, known, islands, weights = _prepared(est, pairs, population)
    none = np.full(len(of), np.nan)
    empty = Clusters(none, none, none, ("",) * len(of), islands)
    if len(known) < FEWEST:
        return _because(empty, "too_few_areas")
    esda = _load("esda")
    y = of[known]
    if np.ptp(y if people is None else y / people[known]) == 0:
        return _because(empty, "no_variation")
    if people is None:
        found = esda.Moran_Local(y, weights, permutations=0)
    else:
        found = esda.Moran_Local_Rate(y, people[known], weights, permutations=0)
    z = np.asarray(found.z, np.float64).ravel()
    near = [np.array(weights.neighbors[i], np.int64) for i in range(len(known))]
    p = spread_over(len(of), known, _conditional(z, near, permutations, seed))
    together = adjusted(p, method)
    kind = [""] * len(of)
    for place, quadrant in zip(known.tolist(), found.q.tolist(), strict=True):
        if together[place] <= rate:
            kind[place] = KINDS[int(quadrant) - 1]
    return Clusters(spread_over(len(of), known, found.Is), p, together, tuple(kind), islands)


def _prepared(
    est: ArrayLike, pairs: ArrayLike, population: ArrayLike | None
) -> tuple[Floats, Floats | None, NDArray[np.int64], Flags, Any]:
    """Figures, people, the areas that take part, islands, and the weights between those that take part."""
    of = column(est, "est", least=None if population is None else 0.0)
    people = None if population is None else column(population, "population", size=len(of), least=0.0)
    has = ~np.isnan(of) if people is None else ~np.isnan(of) & (np.nan_to_num(people) > 0)
    near = _neighbours(pairs, len(of))
    near = near[has[near].all(axis=1)]
    with_neighbour = np.zeros(len(of), np.bool_)
    with_neighbour[near.ravel()] = True
    known = np.flatnonzero(has & with_neighbour)
    weights = _weights(near, known, len(of)) if len(known) >= FEWEST else None
    return of, people, known, has & ~with_neighbour, weights


def _neighbours(pairs: ArrayLike, size: int) -> NDArray[np.int64]:
    """Pairs of neighbours, each once, smaller position first; `InputError` for positions that are not there."""
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    if len(found) and not (found.min() >= 0 and found.max() < size):
        raise InputError(
            "A pair of neighbours names an area that is not there", column="pairs", expected=f"below {size}"
        )
    found = np.sort(found[found[:, 0] != found[:, 1]], axis=1)
    return np.unique(found, axis=0) if len(found) else found


def _weights(near: NDArray[np.int64], known: NDArray[np.int64], size: int) -> Any:
    """Weights of libpysal in which the neighbours of every area count 1 together."""
    place = np.full(size, -1)
    place[known] = np.arange(len(known))
    neighbours: dict[int, list[int]] = {i: [] for i in range(len(known))}
    for a, b in place[near].tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    made = _load("libpysal.weights").W(neighbours, silence_warnings=True)
    made.transform = "r"
    return made


def _conditional(z: Floats, near: list[NDArray[np.int64]], permutations: int, seed: int) -> Floats:
    """Two-sided p-values of local Moran's I: an area stays where it is, all others change places (Anselin 1995).

    z : figures less their mean, shape (areas,). near : positions of the neighbours of each area.
    Twice the smaller share of permutations in which the neighbours of an area give as much or more, or as little or
    less, than its own; 1 at most. All areas use the same draws, as esda does: its own permutations are compiled anew in
    every process, for half a minute, and keep every draw of every area.
    """
    drawn = _draws(len(z), max(len(own) for own in near), permutations, seed)
    found = np.empty(len(z))
    for area, own in enumerate(near):
        # The area itself is not among those that change places.
        others = drawn[:, : len(own)]
        simulated = z[area] * z[others + (others >= area)].mean(axis=1)
        value = z[area] * z[own].mean()
        # Equal but for rounding is equal: with ties both sides count it.
        slack = 1e-12 * (abs(value) + float(np.abs(z).max()) * abs(float(z[area])))
        above, below = (simulated >= value - slack).sum(), (simulated <= value + slack).sum()
        found[area] = min(2 * (1 + min(above, below)) / (1 + permutations), 1.0)
    return found


def _draws(areas: int, most: int, permutations: int, seed: int) -> NDArray[np.int64]:
    """The first places of random orders of all areas but one, shape (permutations, most)."""
    rng = np.random.default_rng(seed)
    found = np.empty((permutations, most), np.int64)
    for start in range(0, permutations, _AT_ONCE):
        rows = min(_AT_ONCE, permutations - start)
        orders = rng.permuted(np.tile(np.arange(areas - 1), (rows, 1)), axis=1)
        found[start : start + rows] = orders[:, :most]
    return found


def _load(name: str) -> Any:
    """A library of the extra, or what to do to get it."""
    try:
        with warnings.catch_warnings():
            # What these libraries say of their own dependencies is not about our figures.
            warnings.simplefilter("ignore")
            return import_module(name)
    except ImportError as error:
        raise MissingInputError(
            "A library for spatial statistics is not installed",
            found=f"no {error.name}",
            expected="esda and libpysal",
            todo="install them with: pip install 'kansen[analysis]'",
        ) from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Permutations that start at a seed; esda takes them from numpy's global generator, which is left as it was."""
    state = np.random.get_state()
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        np.random.set_state(state)


_Found = TypeVar("_Found", Autocorrelation, Clusters)


def _because(found: _Found, reason: str) -> _Found:
    return replace(found, reason=reason)
