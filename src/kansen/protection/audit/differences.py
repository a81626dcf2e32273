"""Differencing: what follows from sums of counts of which all but one are known.

A whole and all its parts but one give that part; all parts give the whole; a whole that its known parts use up leaves
nobody for the others. Each new number may give the next, so this is repeated until nothing more follows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.audit.lattice import Bools, Equations, Ints
from kansen.protection.audit.regions import Nesting

UNKNOWN = -1

Counts = NDArray[np.int32]
Nests = list[tuple[Nesting, Bools]]


@njit(nogil=True, cache=True)
def _learn(known, whole, members, exact, learnt):  # type: ignore[no-untyped-def]
    """Apply one sum to `known` [places]; puts the places learnt in `learnt` and gives how many (negatives never)."""
    total, missing, unknown = 0, 0, -1
    for m in members:
        value = known[m]
        if value < 0:
            missing += 1
            unknown = m
        else:
            total += value
    if known[whole] < 0:
        if missing == 0 and exact:
            known[whole] = total
            learnt[0] = whole
            return 1
        return 0
    rest = known[whole] - total
    if missing == 0 or rest < 0:
        return 0
    if rest == 0:
        count = 0
        for m in members:
            if known[m] < 0:
                known[m] = 0
                learnt[count] = m
                count += 1
        return count
    if missing == 1 and exact:
        known[unknown] = rest
        learnt[0] = unknown
        return 1
    return 0


@njit(nogil=True, cache=True)
def _line_up(group, of_start, of_group, waiting, queue, last):  # type: ignore[no-untyped-def]
    """Put the sums that a group is in, and that are not waiting yet, at the end of the queue; gives the new end."""
    for k in range(of_start[group], of_start[group + 1]):
        e = of_group[k]
        if not waiting[e]:
            waiting[e] = True
            queue[last % len(queue)] = e
            last += 1
    return last


@njit(nogil=True, cache=True)
def learn_groups(known, fresh, whole, start, part, exact, of_start, of_group):  # type: ignore[no-untyped-def]
    """Sums of groups in the areas [areas, groups] with a fresh cell, until nothing more follows; clears `fresh`."""
    groups, count = known.shape[1], len(whole)
    waiting = np.zeros(count, np.bool_)
    queue = np.empty(count, np.int64)
    learnt = np.empty(groups, np.int64)
    for area in range(known.shape[0]):
        row, first, last = known[area], 0, 0
        for g in range(groups):
            if fresh[area, g]:
                fresh[area, g] = False
                last = _line_up(g, of_start, of_group, waiting, queue, last)
        while first < last:
            e = queue[first % count]
            first += 1
            waiting[e] = False
            new = _learn(row, whole[e], part[start[e] : start[e + 1]], exact[e], learnt)
            for i in range(new):
                last = _line_up(learnt[i], of_start, of_group, waiting, queue, last)


@njit(nogil=True, cache=True)
def learn_levels(known, wanted, fresh, parent, start, child, closed):  # type: ignore[no-untyped-def]
    """Every group of the parents that are wanted (or have a child that is) against their children, in place.

    wanted [areas] : where something is new; areas that learn something are added. fresh [areas, groups] : what was
    learnt is marked. Gives how much was.
    """
    most, total = 1, 0
    for p in range(len(parent)):
        most = max(most, start[p + 1] - start[p] + 1)
    values, learnt = np.empty(most, known.dtype), np.empty(most, np.int64)
    places = np.arange(1, most)
    for p in range(len(parent)):
        own, first, last = parent[p], start[p], start[p + 1]
        if first == last:
            continue
        look = wanted[own]
        for k in range(first, last):
            look = look or wanted[child[k]]
        if not look:
            continue
        for g in range(known.shape[1]):
            values[0] = known[own, g]
            if values[0] < 0 and (not closed[p] or known[child[first], g] < 0):
                continue
            for k in range(first, last):
                values[k - first + 1] = known[child[k], g]
            new = _learn(values, 0, places[: last - first], closed[p], learnt)
            for i in range(new):
                area = own if learnt[i] == 0 else child[first + learnt[i] - 1]
                known[area, g] = values[learnt[i]]
                fresh[area, g] = True
                wanted[area] = True
                total += 1
    return total


@dataclass
class Known:
    """Counts that are known [areas, groups], UNKNOWN where not."""

    value: Counts

    @classmethod
    def of(cls, areas: int, groups: int, cell: Ints, value: Counts) -> Known:
        """Counts of some cells (area * groups + group)."""
        table = np.full((areas, groups), UNKNOWN, dtype=np.int32)
        table.ravel()[cell] = value
        return cls(table)

    def difference_groups(self, rules: Equations, fresh: Bools | None = None) -> None:
        """Difference the groups of every area. fresh : cells that something is new about, all known ones by default."""
        of_start, of_group = rules.of_group(self.value.shape[1])
        start = self.value >= 0 if fresh is None else fresh
        learn_groups(self.value, start, rules.whole, rules.start, rules.part, rules.exact, of_start, of_group)

    def difference_levels(self, rules: Equations, nests: Nests) -> None:
        """Difference levels and groups, after the groups."""
        wanted = np.ones(len(self.value), dtype=bool)
        fresh = np.zeros(self.value.shape, dtype=bool)
        while True:
            learnt = 0
            for nest, closed in nests:
                learnt += learn_levels(self.value, wanted, fresh, nest.parent, nest.start, nest.child, closed)
            if learnt == 0:
                return
            rows = np.flatnonzero(fresh.any(axis=1))
            sub = Known(self.value[rows])
            sub.difference_groups(rules, fresh[rows])
            self.value[rows] = sub.value
            fresh[rows] = False
            wanted[:] = False
            wanted[rows] = True
