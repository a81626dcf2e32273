"""What is left over: one published group less another within it, and an area less the parts of it that are told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.audit.differences import UNKNOWN, Known, Nests
from kansen.protection.audit.lattice import Bools, Ints, Lattice

MOST_SETS = 4
"""Of the sets of areas that are left over by some group, so many are attacked per parent, the commonest first."""


@dataclass(frozen=True)
class Rests:
    """Remainders that follow: how many there are with anybody in them, and how many of those rest on few."""

    tried: int
    small: int


@njit(nogil=True, cache=True)
def _pairs(n, ones, outer, inner, few):  # type: ignore[no-untyped-def]
    """Over all areas: pairs of published groups with somebody between them, those with few, and those with few ones."""
    tried, small, events = 0, 0, 0
    for area in range(n.shape[0]):
        for k in range(len(outer)):
            a, b = n[area, outer[k]], n[area, inner[k]]
            if a < 0 or b < 0 or a <= b:
                continue
            rest = a - b
            tried += 1
            if rest < few:
                small += 1
                continue
            one, other = ones[area, outer[k]], ones[area, inner[k]]
            have = one - other
            if one >= 0 and other >= 0 and 0 <= have <= rest and (have < few or rest - have < few):
                events += 1
    return tried, small, events


def between_groups(n: NDArray[np.int32], lattice: Lattice, few: int) -> Rests:
    """Differences of two published groups of one area that are no group of their own.

    n : published counts of the areas that have any, int32 [areas, groups], -1 where not told.
    """
    outer, inner = lattice.nested
    tried, small, _ = _pairs(n, np.full_like(n, -1), outer, inner, few)
    return Rests(tried, small)


def events_between_groups(n: NDArray[np.int32], ones: NDArray[np.int32], lattice: Lattice, few: int) -> Rests:
    """The same differences for ones: those with enough children, of whom few have the outcome or have it not."""
    outer, inner = lattice.nested
    _, _, events = _pairs(n, ones, outer, inner, few)
    return Rests(events, events)


def unions(n: Known, ones: Known | None, told: Bools, nests: Nests, lattice: Lattice, few: int) -> Rests:
    """What all children that are not told have together, as one area, with the sums of groups applied to it.

    n, ones : what follows by differencing; with ones, only unions of enough children with few ones or zeros count.
    told : which cells are published, bool [areas, groups]. Unions of one child are left to the sums of levels. Where an
    area is not complete, people without a code are in the union.
    """
    rows: list[tuple[Ints, Ints]] = []
    for nest, _ in nests:
        some = told[nest.parent].any(axis=1)
        for number in np.flatnonzero(some & (np.diff(nest.start) >= 2)).tolist():
            children = nest.child[nest.start[number] : nest.start[number + 1]]
            rows += _of_parent(n, ones, told, int(nest.parent[number]), children)
    if not rows:
        return Rests(0, 0)
    count, have = (Known(np.array([row[which] for row in rows], dtype=np.int32)) for which in (0, 1))
    count.difference_groups(lattice.equations)
    found = count.value > 0
    few_children = found & (count.value < few)
    if ones is None:
        return Rests(int(found.sum()), int(few_children.sum()))
    have.difference_groups(lattice.equations)
    events = found & ~few_children & (have.value >= 0)
    events &= (have.value < few) | (count.value - have.value < few)
    return Rests(int(events.sum()), int(events.sum()))


def _of_parent(n: Known, ones: Known | None, told: Bools, parent: int, children: Ints) -> list[tuple[Ints, Ints]]:
    """Per set of children that some groups leave over: n and ones of their union per group, UNKNOWN where not known."""
    groups = np.flatnonzero(told[parent])
    absent = ~told[np.ix_(children, groups)]
    packed = np.packbits(absent, axis=0).T.copy()
    _, first, counts = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_counts=True)
    sets = absent[:, first].T
    sizes = sets.sum(axis=1)
    usable = np.flatnonzero((sizes >= 2) & (sizes < len(children)))
    chosen = usable[np.argsort(-counts[usable], kind="stable")][:MOST_SETS]
    found: list[tuple[Ints, Ints]] = []
    tables = [(of.value[parent, groups], of.value[np.ix_(children, groups)]) for of in (n, ones) if of is not None]
    for left in sets[chosen]:
        fits = ~absent[~left].any(axis=0)
        values = [np.full(n.value.shape[1], UNKNOWN, dtype=np.int64) for _ in range(2)]
        for row, (own, parts) in zip(values, tables, strict=False):
            outside = parts[~left]
            rest = own - outside.sum(axis=0)
            row[groups] = np.where(fits & (own >= 0) & (outside >= 0).all(axis=0) & (rest >= 0), rest, UNKNOWN)
        found.append((values[0], values[1]))
    return found
