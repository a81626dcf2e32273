"""Noise averaged away: the best guess of a number of children from every figure about it, with and without noise.

Every published count is the true one, or the true one with noise of a known variance; counts of groups that overlap,
and of an area and its parts, speak of the same children. The guess is the normal posterior of all of them together. The
prior expects an area to be like the country: a slice of a group with mean m has variance m + m**2 / 2, as places
differ. Exact counts have no variance, noisy ones that of the noise, redrawn or not. A count is a whole number, not
negative, and no further from its noisy figure than the noise can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import nnls

from kansen.protection.audit.lattice import Bools, Ints, Lattice
from kansen.protection.audit.programmes import Unit

Floats = NDArray[np.float64]

SURE = 0.9
"""A guess with this posterior probability counts as recovered."""

DIFFERENT = 0.5
"""How much places differ in composition: the squared coefficient of variation of a slice beyond chance."""

EXACT = 1e-4
"""Variance given to an exact count, so that equations stay solvable."""


@dataclass(frozen=True)
class Composition:
    """Expected share of every group in everybody [groups], and the two parts of the covariance of groups in a place of
    size 1: that of chance, and that of places being different [groups, groups].
    """

    mean: Floats
    chance: Floats
    places: Floats


def composition(lattice: Lattice, counts: Floats) -> Composition:
    """What the country is made of, from its published counts per group (NaN where there is none).

    Attributes are taken to be independent of each other within the country.
    """
    tables = [[cube.slices, *cube.codes] for cube in lattice.cubes]
    total = counts[0] if np.isfinite(counts[0]) else float(np.nanmax(counts, initial=1.0))
    shares: list[list[Floats]] = []
    for axis, cube in enumerate(lattice.cubes):
        number = lattice.number[axis].reshape(cube.shape)
        own: list[Floats] = []
        for dimension, table in enumerate(tables[axis]):
            at = [0] * len(cube.shape)
            values = []
            for member in range(cube.shape[dimension]):
                at[dimension] = member
                values.append(counts[number[tuple(at)]] / total)
            own.append(_shares(table, np.array(values)))
        shares.append(own)
    size = lattice.size
    mean = np.zeros(size)
    for axis, number in enumerate(lattice.number):
        value = np.ones(1)
        for table, share in zip(tables[axis], shares[axis], strict=True):
            value = np.kron(value, table @ share)
        mean[number] = value
    return Composition(mean, *(_covariance(lattice, tables, shares, power) for power in (1, 2)))


def _shares(table: Bools, values: Floats) -> Floats:
    """Shares of the parts, from those of sums of them: not negative, together 1; evenly spread where nothing tells."""
    told = np.isfinite(values)
    count = table.shape[1]
    pull = 1e-3
    rows = np.concatenate([table[told].astype(float), np.full((1, count), 10.0), pull * np.eye(count)])
    right = np.concatenate([values[told], [10.0], np.full(count, pull / count)])
    found, _ = nnls(rows, right)
    return found / found.sum()


def _covariance(lattice: Lattice, tables: list[list[Bools]], shares: list[list[Floats]], power: int) -> Floats:
    """Per pair of groups the sum over their common slices of the share to a power."""
    out = np.zeros((lattice.size, lattice.size))
    everyone = [float((of[0] ** power).sum()) for of in shares]
    axes = range(len(lattice.cubes))
    for one, two in product(axes, axes):
        matrix = np.ones((1, 1))
        for dimension, (a, b) in enumerate(zip(tables[one], tables[two], strict=True)):
            weight = shares[one][dimension] ** power
            if dimension == 0 and one != two:
                part = np.outer(a @ weight, b @ (shares[two][0] ** power))
                part *= np.prod([everyone[axis] for axis in axes if axis not in (one, two)])
            else:
                part = (a * weight) @ b.T.astype(float)
                if dimension == 0:
                    part *= np.prod([everyone[axis] for axis in axes if axis != one])
            matrix = np.kron(matrix, part)
        out[np.ix_(lattice.number[one], lattice.number[two])] = matrix
    return out


@dataclass(frozen=True)
class Observed:
    """Published counts of some areas [areas, groups]: `value` (NaN where none) and the variance of their noise."""

    value: Floats
    variance: Floats


@dataclass(frozen=True)
class Guess:
    """Per leaf and group of a unit the most likely count and its posterior probability [leaves, groups]."""

    value: Ints
    probability: Floats


def guess(unit: Unit, observed: Observed, of: Composition, reach: int) -> Guess:
    """The best guesses of the counts of a unit. reach : the most that noise can be."""
    leaves = len(unit.leaves)
    told: list[Ints] = []
    for row in (*unit.leaves, *([] if unit.parent is None else [unit.parent])):
        told.append(np.flatnonzero(np.isfinite(observed.value[row])))
    sizes = _sizes(unit, observed, of)
    covariance = [size * of.chance + DIFFERENT * size**2 * of.places for size in sizes]
    rows = [(unit.leaves[place], groups, [place]) for place, groups in enumerate(told[:leaves])]
    if unit.parent is not None:
        rows.append((unit.parent, told[leaves], list(range(leaves))))
    starts = np.cumsum([0, *(len(groups) for _, groups, _ in rows)])
    together = np.zeros((starts[-1], starts[-1]))
    surprise = np.zeros(starts[-1])
    for a, (area, groups, ones) in enumerate(rows):
        own = slice(starts[a], starts[a + 1])
        expected = of.mean[groups] * sum(sizes[place] for place in ones)
        surprise[own] = observed.value[area, groups] - expected
        for b, (_, others, twos) in enumerate(rows):
            common = [place for place in ones if place in twos]
            block = sum((covariance[place][np.ix_(groups, others)] for place in common), np.zeros((1, 1)))
            together[own, starts[b] : starts[b + 1]] = block
    noise = np.concatenate([observed.variance[area, groups] for area, groups, _ in rows])
    together[np.diag_indices(len(together))] += np.maximum(noise, EXACT)
    factor = cho_factor(together, check_finite=False)
    weights = cho_solve(factor, surprise, check_finite=False)
    found = Guess(np.zeros((leaves, len(of.mean)), np.int64), np.zeros((leaves, len(of.mean))))
    for place, leaf in enumerate(unit.leaves):
        links = np.zeros((len(of.mean), starts[-1]))
        for b, (_, groups, among) in enumerate(rows):
            if place in among:
                links[:, starts[b] : starts[b + 1]] = covariance[place][:, groups]
        mean = of.mean * sizes[place] + links @ weights
        explained = np.einsum("ij,ji->i", links, cho_solve(factor, links.T, check_finite=False))
        prior = np.maximum(np.diag(covariance[place]), EXACT)
        # A rare group that seems larger than expected varies as one of its own size: what is open stays open.
        left = np.maximum(prior - explained, 0) / prior
        variance = np.maximum(left * np.maximum(prior, mean), EXACT)
        noisy = np.where(observed.variance[leaf] > EXACT, observed.value[leaf], np.nan)
        found.value[place], found.probability[place] = most_likely(mean, np.sqrt(variance), noisy, reach)
    return found


def _sizes(unit: Unit, observed: Observed, of: Composition) -> list[float]:
    """About how many children there are in every leaf: what is told of everybody, or follows from other groups."""
    sizes = []
    for leaf in unit.leaves:
        value = observed.value[leaf]
        if np.isfinite(value[0]):
            sizes.append(max(float(value[0]), 1.0))
            continue
        told = np.isfinite(value) & (of.mean > 0)
        sizes.append(max(float(np.max(value[told] / of.mean[told] * 0.5, initial=10.0)), 1.0))
    return sizes


def most_likely(mean: Floats, sd: Floats, noisy: Floats, reach: int) -> tuple[Ints, Floats]:
    """The whole number with the largest posterior probability, and that probability.

    >>> value, probability = most_likely(np.array([3.1]), np.array([0.2]), np.array([np.nan]), 6)
    >>> int(value[0]), bool(probability[0] > 0.99)
    (3, True)
    """
    width = int(np.ceil(6 * min(float(sd.max(initial=0.0)), 60.0))) + 1
    middle = np.maximum(np.round(mean), 0)
    steps = np.arange(-width, width + 1)
    tried = middle[:, None] + steps[None, :]
    # Relative to the nearest number that can be: where that is far from the mean, those below zero would overflow.
    size = -0.5 * ((tried - mean[:, None]) / sd[:, None]) ** 2 + 0.5 * ((middle - mean) / sd)[:, None] ** 2
    weight = np.exp(np.where(tried < 0, -np.inf, size))
    far = np.isfinite(noisy)[:, None] & (np.abs(tried - noisy[:, None]) > reach)
    weight[far] = 0
    total = weight.sum(axis=1)
    total[total == 0] = np.inf
    best = weight.argmax(axis=1)
    rows = np.arange(len(mean))
    return tried[rows, best].astype(np.int64), weight[rows, best] / total
