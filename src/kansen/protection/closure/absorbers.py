"""Who stays silent, so that the others can be told exactly.

Of every region that has published regions in it, two of these publish nothing exact, nor does anything in them. What a
region and all its other parts publish then tells only the sum of the two. They have to hold every kind of child that
the rows of the region are about, or else some of that sum would be known: of neighbours in size the smallest two are
taken on which nearly all those rows stay independent of one another. Where there are none, nothing in the region is
told exactly.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.closure.kernels import EXTRA, append_row, look, reduce_row, roll_up, star
from kansen.protection.closure.lattice import Lattice
from kansen.protection.closure.spine import Spine

ENOUGH = 0.9
"""Of the rows of a region, this share has to stay independent on its two silent parts."""

FEWEST = 3
"""Regions with fewer parts than this have nothing exact in them: what is not silent would follow."""

WINDOWS = 24
"""Pairs that are tried at most."""

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]


def choose_absorbers(lattice: Lattice, spine: Spine, n: Shorts, allowed: NDArray[np.bool_], least: int) -> Shorts:
    """The two silent parts of every region, int32 [regions, 2]; -1 where nothing in a region is told exactly.

    n [regions, atoms] : children. allowed [groups] : the groups that may be published at all. least : children that a
    published cell needs.
    """
    out = np.full((spine.regions, 2), -1, np.int32)
    everybody = slice(int(lattice.first_atom[0]), int(lattice.first_atom[1]))
    total = n[:, everybody].sum(axis=1)
    for region in range(spine.regions):
        inside = spine.children[spine.children_start[region] : spine.children_start[region + 1]]
        inside = inside[total[inside] > 0]
        inside = inside[np.argsort(total[inside], kind="stable")]
        if len(inside) < FEWEST:
            continue
        rows = _passing(lattice, n[region], allowed, least)
        most = _rank(lattice, rows, n[[region]] > 0)
        step = max(1, (len(inside) - 1) // WINDOWS)
        for at in range(0, len(inside) - 1, step):
            pair = inside[at : at + 2]
            # Columns are not more than people in all grids: a pair with far fewer cannot do.
            if total[pair].sum() * len(lattice.slices) < most * ENOUGH:
                continue
            if _rank(lattice, rows, n[pair] > 0) >= ENOUGH * most:
                out[region] = pair
                break
    return out


def _passing(lattice: Lattice, n: NDArray[np.int32], allowed: NDArray[np.bool_], least: int) -> Ints:
    """The groups of one region that pass the rule, those with the fewest attributes first."""
    cells = np.zeros(lattice.cells, np.int64)
    roll_up(
        n.astype(np.int64), lattice.first_atom, lattice.first_cell, lattice.shapes, lattice.member_start,
        lattice.member_code, np.zeros((2, lattice.work), np.int64), cells,
    )  # fmt: skip
    found = np.flatnonzero(allowed & (cells[lattice.group_cell] >= least))
    return found[np.argsort(lattice.attributes[found], kind="stable")]


def _rank(lattice: Lattice, groups: Ints, occupied: NDArray[np.bool_]) -> int:
    """How many of the groups are independent, looked at where one of `occupied` [places, atoms] allows."""
    room = int(lattice.codes * (1 + np.sum(lattice.slices - 1)))
    columns, width = np.zeros((len(occupied) * room, len(lattice.slices)), np.int32), 0
    for place in occupied.astype(np.uint8):
        width = star(place, lattice.first_atom, lattice.slices, lattice.codes, columns, width)
    return _count(groups, lattice.group_grid, lattice.inside, columns, width)


@njit(nogil=True, cache=True)
def _count(groups: Ints, group_grid: Ints, inside: NDArray[np.uint8], columns: Shorts, width: int) -> int:
    rows, pivots = np.zeros((min(len(groups), width) + 1, width + EXTRA), np.int64), np.zeros(width + 1, np.int64)
    row, count = np.zeros(width + EXTRA, np.int64), 0
    for group in groups:
        look(group, group_grid[group], inside, columns, 0, width, row, 0)
        reduce_row(row, rows, pivots, count)
        count = append_row(row, width, rows, pivots, count)
    return count
