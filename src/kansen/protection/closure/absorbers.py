"""Who stays silent, so that the others can be told exactly.

Of every region that has published regions in it, two of these publish nothing exact, nor does anything in them. What a
region and all its other parts publish then tells only the sum of the two. They have to hold every kind of child that
the rows of the region are about, or else some of that sum would be known: of neighbours in size the smallest two are
taken on which nearly all those rows stay independent of one another, or nearly as many as on any. Where that is less
than half, nothing in the region is told exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.closure.kernels import Plan, append_row, look, reduce_row, room_of, star
from kansen.protection.closure.lattice import Lattice
from kansen.protection.closure.spine import Spine

ENOUGH = 0.9
"""Of the rows of a region, this share should stay independent on its two silent parts."""

TOO_FEW = 0.5
"""With less than this share on any two, nothing in a municipality is told exactly, for the sake of the whole."""

PLENTY = 20
"""The two silent parts of the country have so many children per row of it: there are enough municipalities."""

FEWEST = 3
"""Regions with fewer parts than this have nothing exact in them: what is not silent would follow."""

WINDOWS = 24
"""Pairs that are tried at most."""

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]


def choose_absorbers(
    lattice: Lattice,
    spine: Spine,
    n: Shorts,
    allowed: NDArray[np.bool_],
    least: int,
    kept: Mapping[int, Shorts],
) -> Shorts:
    """The two silent parts of every region, int32 [regions, 2]; -1 where nothing in a region is told exactly.

    n [regions, atoms] : children. allowed [groups] : the groups that may be published at all. least : children that a
    published cell needs. kept : the silent parts of regions for which they are chosen already.
    """
    out = np.full((spine.regions, 2), -1, np.int32)
    everybody = slice(0, int(lattice.plan.first_atom[1]))
    total = n[:, everybody].sum(axis=1)
    seen = n[largest_within(spine, n)]
    for region in range(spine.regions):
        if region in kept:
            out[region] = kept[region]
            continue
        inside = spine.children[spine.children_start[region] : spine.children_start[region + 1]]
        inside = inside[total[inside] > 0]
        inside = inside[np.argsort(total[inside], kind="stable")]
        if len(inside) < FEWEST:
            continue
        rows = _passing(lattice, n[region], allowed, least)
        most = _rank(lattice.plan, rows, (n[[region]] > 0).astype(np.uint8))
        ranks: dict[int, int] = {}
        pairs = range(0, len(inside) - 1, max(1, (len(inside) - 1) // WINDOWS))
        for at in pairs:
            few = spine.parent[region] < 0 and total[inside[at : at + 2]].sum() < PLENTY * most
            if few and at != pairs[-1]:
                continue
            ranks[at] = _rank(lattice.plan, rows, (seen[inside[at : at + 2]] > 0).astype(np.uint8))
            if ranks[at] >= ENOUGH * most:
                break
        best = max(ranks.values())
        # The country loses some groups rather than all that is in it.
        if best >= TOO_FEW * most or (spine.parent[region] < 0 and best):
            first = next(at for at, rank in ranks.items() if rank >= ENOUGH * best)
            out[region] = inside[first : first + 2]
    return out


def largest_within(spine: Spine, n: Shorts) -> Shorts:
    """Of every region the area of the smallest level in it with the most children; a region without any, itself."""
    total = n.sum(axis=1, dtype=np.int64)
    out = np.arange(spine.regions, dtype=np.int32)
    for region in range(spine.regions - 1, -1, -1):
        inside = spine.children[spine.children_start[region] : spine.children_start[region + 1]]
        if len(inside):
            out[region] = out[inside[np.argmax(total[out[inside]])]]
    return out


def _passing(lattice: Lattice, n: NDArray[np.int32], allowed: NDArray[np.bool_], least: int) -> Ints:
    """The groups of one region that pass the rule, those with the fewest attributes first."""
    found = np.flatnonzero(allowed & (lattice.roll_up(n)[lattice.plan.group_cell] >= least))
    return found[np.argsort(lattice.plan.attributes[found], kind="stable")]


@njit(nogil=True, cache=True)
def _rank(plan: Plan, groups: Ints, occupied: NDArray[np.uint8]) -> int:
    """How many of the groups are independent, looked at where one of `occupied` [places, atoms] allows."""
    columns, width = np.zeros((len(occupied) * room_of(plan), len(plan.slices)), np.int32), 0
    for place in range(len(occupied)):
        width = star(plan, occupied[place], columns, width)
    rows, pivots = np.zeros((min(len(groups), width) + 1, width), np.int64), np.zeros(width + 1, np.int64)
    row, count = np.zeros(width, np.int64), 0
    for group in groups:
        look(plan, group, columns, 0, width, row)
        reduce_row(row, rows, pivots, count)
        count = append_row(row, width, rows, pivots, count)
    return count
