"""Attacks on a release: what an outsider works out from public numbers alone.

Differencing: a whole and all parts but one give that part; all parts give the whole; a whole that its known parts use
up leaves nobody for the others. Each new number may give the next, so this is repeated until nothing more follows.
Inversion: a printed share and its t interval
give the number of children and of successes, n = 1 + p (1 - p) t**2 / h**2 with t at n - 1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.measures.expectation import t_quantiles
from kansen.protection.knowledge import UNKNOWN, Equations, Ints, Nesting

MOST = 2_000
"""A cell whose interval allows more numbers of children than this is not tried."""


@njit(nogil=True, cache=True, inline="always")
def _learn(known: Ints, whole: int, part: Ints, first: int, last: int, exact: bool) -> int:
    """Apply one equation to the flat array `known`; returns how many numbers were learnt (negative ones never)."""
    total, missing, unknown = 0, 0, -1
    for i in range(first, last):
        value = known[part[i]]
        if value < 0:
            missing += 1
            unknown = part[i]
        else:
            total += value
    if known[whole] < 0:
        if missing == 0 and exact:
            known[whole] = total
            return 1
        return 0
    rest = known[whole] - total
    if missing == 0 or rest < 0:
        return 0
    if rest == 0:
        for i in range(first, last):
            if known[part[i]] < 0:
                known[part[i]] = 0
        return missing
    if missing == 1 and exact:
        known[unknown] = rest
        return 1
    return 0


@njit(nogil=True, cache=True)
def _within(
    known: Ints, fresh: NDArray[np.bool_], whole: Ints, start: Ints, part: Ints, exact: NDArray[np.bool_]
) -> int:
    """All equations in the areas of known [areas, groups] that have something fresh, until nothing more follows."""
    learnt = 0
    for area in range(known.shape[0]):
        if not fresh[area]:
            continue
        fresh[area] = False
        row = known[area]
        more = 1
        while more > 0:
            more = 0
            for e in range(len(whole)):
                more += _learn(row, whole[e], part, start[e], start[e + 1], exact[e])
            learnt += more
    return learnt


@njit(nogil=True, cache=True)
def _between(
    parents: Ints,
    children: Ints,
    fresh_parents: NDArray[np.bool_],
    fresh_children: NDArray[np.bool_],
    start: Ints,
    child_area: Ints,
    closed: NDArray[np.bool_],
) -> int:
    """Every group of every parent [areas, groups] against its children; exact where the parent is closed."""
    learnt = 0
    most = 0
    for parent in range(parents.shape[0]):
        most = max(most, start[parent + 1] - start[parent])
    values, at = np.empty(most + 1, np.int64), np.arange(1, most + 1)
    for parent in range(parents.shape[0]):
        first, count = start[parent], start[parent + 1] - start[parent]
        if count == 0:
            continue
        for group in range(parents.shape[1]):
            values[0] = parents[parent, group]
            for i in range(count):
                values[i + 1] = children[child_area[first + i], group]
            more = _learn(values, 0, at, 0, count, closed[parent])
            if more == 0:
                continue
            learnt += more
            if values[0] != parents[parent, group]:
                parents[parent, group] = values[0]
                fresh_parents[parent] = True
            for i in range(count):
                if children[child_area[first + i], group] != values[i + 1]:
                    children[child_area[first + i], group] = values[i + 1]
                    fresh_children[child_area[first + i]] = True
    return learnt


def difference_groups(
    known: Mapping[str, Ints], rules: Equations, fresh: Mapping[str, NDArray[np.bool_]] | None = None
) -> int:
    """Difference the groups of every area to a fixpoint, in place; returns how many numbers were learnt.

    fresh : areas per level that something new is known about, all when None; cleared on return.
    """
    if fresh is None:
        fresh = {level: np.asarray((of >= 0).any(axis=1)) for level, of in known.items()}
    return sum(
        _within(of, fresh[level], rules.whole, rules.start, rules.part, rules.exact) for level, of in known.items()
    )


def closed_parents(published: Mapping[str, Ints], nesting: Nesting, everybody: int = 0) -> NDArray[np.bool_]:
    """In which parents nobody lacks a code of the finer level, as far as a reader can tell; bool [parents].

    A parent is tested where its own total and that of all its children are published: the sums agree exactly or they do
    not. Where they agree, it is closed. Where nothing can be tested, it counts as closed only when every test made of
    these two levels (three at least) agreed; one that fails shows that children without a code exist.
    """
    parents, children = published[nesting.parent][:, everybody], published[nesting.child][:, everybody]
    of = np.repeat(np.arange(len(parents)), np.diff(nesting.start))
    values = children[nesting.child_area]
    total = np.bincount(of, weights=values, minlength=len(parents))
    complete = np.bincount(of, weights=values >= 0, minlength=len(parents)) == np.diff(nesting.start)
    tested = complete & (parents >= 0) & (np.diff(nesting.start) > 0)
    agreed = tested & (total == parents)
    return agreed | (~tested & (tested.sum() >= 3) & (agreed.sum() == tested.sum()))


def difference_levels(
    known: Mapping[str, Ints], rules: Equations, nests: Sequence[Nesting], closed: Sequence[NDArray[np.bool_]]
) -> int:
    """Difference groups and levels to a fixpoint, in place, after the groups; returns how many numbers were learnt."""
    fresh = {level: np.zeros(len(of), dtype=bool) for level, of in known.items()}
    learnt = 0
    while True:
        more = 0
        for nest, shut in zip(nests, closed, strict=True):
            above, below = nest.parent, nest.child
            more += _between(known[above], known[below], fresh[above], fresh[below], nest.start, nest.child_area, shut)
        if more == 0:
            return learnt
        learnt += more + difference_groups(known, rules, fresh)


def invert_intervals(
    est: NDArray[np.float64], lwr: NDArray[np.float64], upr: NDArray[np.float64], decimals: int, confidence: float
) -> tuple[Ints, Ints]:
    """Children and successes behind printed shares and their intervals: (n, ones), UNKNOWN where several fit.

    Every n that the printed half width allows is tried with every number of successes that the printed share allows;
    what prints the same three numbers fits. Cells for which more than `MOST` numbers would have to be tried are left.
    """
    error = 0.5 * 10.0**-decimals + 1e-12
    n, ones = np.full(len(est), UNKNOWN), np.full(len(est), UNKNOWN)
    quantile = float(ndtri(0.5 + confidence / 2))
    for i in range(len(est)):
        half, p = (upr[i] - lwr[i]) / 2, est[i]
        if not (half > error and 0 < p < 1):
            continue
        low = int(1 + p * (1 - p) * quantile**2 / (half + error) ** 2)
        widest = t_quantiles(np.array([max(low - 1, 1)]), confidence)[0]
        high = int(1 + p * (1 - p) * widest**2 / (half - error) ** 2) + 1
        if high - low > MOST:
            continue
        tried = np.arange(max(2, low), high + 1)
        success = np.round(tried * p)
        share = success / tried
        width = t_quantiles(tried - 1, confidence) * np.sqrt(share * (1 - share) / (tried - 1))
        fits = (np.abs(share - p) <= error) & (np.abs(share - width - lwr[i]) <= error)
        fits &= np.abs(share + width - upr[i]) <= error
        if fits.sum() == 1:
            n[i], ones[i] = tried[fits][0], success[fits][0]
    return n, ones
