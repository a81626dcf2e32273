"""Which areas the costly attacks look at: all of a small release, whole municipalities with their wijken of a large
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.differences import Nests
from kansen.protection.audit.lattice import Bools, Ints
from kansen.protection.audit.regions import Nesting

SEED = 20_261
"""The choice is the same every time."""


@dataclass(frozen=True)
class Sample:
    """Some areas (ascending, so that what lies in an area comes after it), and how they add up among themselves.

    `nests` speak of places among `areas`; a parent of which not all parts are there, is not complete. `families` gives
    per area its complete partitions. `whole` says that no area is left out.
    """

    areas: Ints
    nests: Nests
    families: dict[int, list[list[int]]]
    whole: bool

    def rows(self, table: NDArray[np.int32]) -> NDArray[np.int32]:
        """The rows of a table [areas, groups] that are of the sample."""
        return table if self.whole else table[self.areas]


def choose(told: Ints, nests: Nests, cost: NDArray[np.float64], work: float, seed: int = SEED) -> Sample:
    """Areas worth `work` at most, of those that matter.

    told : figures per area. cost : of looking at each. Areas that tell something, and the parts of them, matter. All
    of them are taken if that is not too much work; otherwise parents with their parts at random until it is used up.
    """
    matter = told > 0
    for nest, _ in reversed(nests):  # from large to small
        parent = np.repeat(nest.parent, np.diff(nest.start))
        matter[nest.child] |= matter[parent]
    if cost[matter].sum() <= work:
        return _sample(np.flatnonzero(matter), nests, whole=bool(matter.all()))
    chosen = np.zeros(len(told), dtype=bool)
    parents = [(nest, number) for nest, _ in nests for number in range(len(nest.parent))]
    inner = {area for nest, _ in nests for area in nest.parent.tolist()}
    lowest = [
        (nest, number)
        for nest, number in parents
        if told[nest.parent[number]]
        and not inner & set(nest.child[nest.start[number] : nest.start[number + 1]].tolist())
    ]
    left = work
    for place in np.random.default_rng(seed).permutation(len(lowest)).tolist():
        nest, number = lowest[place]
        own = np.append(nest.child[nest.start[number] : nest.start[number + 1]], nest.parent[number])
        price = float(cost[own].sum())
        if price <= left:
            chosen[own] = True
            left -= price
        if left < work / 50:
            break
    return _sample(np.flatnonzero(chosen & matter), nests, whole=False)


def _sample(areas: Ints, nests: Nests, whole: bool) -> Sample:
    size = int(max((nest.child.max(initial=0) for nest, _ in nests), default=0)) + 1
    place = np.full(max(size, int(areas.max(initial=0)) + 1), -1, dtype=np.int64)
    place[areas] = np.arange(len(areas))
    kept: Nests = []
    families: dict[int, list[list[int]]] = {}
    for nest, closed in nests:
        parents: list[int] = []
        children: list[Sequence[int]] = []
        complete: list[bool] = []
        for number, parent in enumerate(nest.parent.tolist()):
            own = nest.child[nest.start[number] : nest.start[number + 1]]
            inside = own[place[own] >= 0]
            if parent >= len(place) or place[parent] < 0 or not len(inside):
                continue
            parents.append(int(place[parent]))
            children.append(place[inside].tolist())
            complete.append(bool(closed[number]) and len(inside) == len(own))
            if complete[-1]:
                families.setdefault(parent, []).append(own.tolist())
        if parents:
            start = np.cumsum([0, *(len(of) for of in children)]).astype(np.int64)
            flat = np.array([child for of in children for child in of], dtype=np.int64)
            kept.append(
                (Nesting(nest.child_level, nest.parent_level, np.array(parents), start, flat), np.array(complete))
            )
    return Sample(areas, kept, families, whole)


def cost_of(cells: Bools, unknowns: int) -> NDArray[np.float64]:
    """What linear algebra on the published cells of each area costs, in multiplications."""
    told = np.minimum(cells.sum(axis=1).astype(np.float64), unknowns)
    return 2e6 + 30 * unknowns + told**2 * unknowns
