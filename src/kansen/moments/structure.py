"""Who is in which atom of which area: worked out once per chain of levels, the same for every outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.moments.grid import Grid

Ints = NDArray[np.int64]

ROOM = 2**40
"""Combinations of areas are numbered anew before their numbers, times the atoms, could outgrow 64 bits."""


@dataclass(frozen=True)
class Atoms:
    """The disjoint cells within an area and how they add up to groups, as arrays for the kernels.

    size : atoms per area. codes : how many there are per stage. shapes [stages, 4] : outer, codes, inner, members.
    member_start, member_code : the codes of each member, in one list. sums : per stage, which codes make up which
    member, bool [members, codes].
    """

    size: int
    codes: tuple[int, ...]
    shapes: Ints
    member_start: Ints
    member_code: Ints
    sums: tuple[NDArray[np.bool_], ...]


def plan_atoms(grid: Grid, with_missing: Sequence[bool]) -> Atoms:
    """Plan the roll-up of a grid: rank slices first, then sex, origin, household.

    `with_missing` says for each dimension whether children without a label occur. They get a code of their own, which
    counts in the members that sum all codes (everybody) and in no other.
    """
    sums = [grid.position_slices]
    for dimension, missing in zip(grid.dimensions, with_missing, strict=True):
        everybody = dimension.sums.all(axis=1, keepdims=True)
        sums.append(np.hstack([dimension.sums, everybody]) if missing else dimension.sums)
    codes = tuple(table.shape[1] for table in sums)
    members = tuple(table.shape[0] for table in sums)
    shapes = [
        (int(np.prod(members[:stage])), codes[stage], int(np.prod(codes[stage + 1 :])), members[stage])
        for stage in range(len(sums))
    ]
    rows = [row for table in sums for row in table]
    return Atoms(
        size=int(np.prod(codes)),
        codes=codes,
        shapes=np.array(shapes, dtype=np.int64),
        member_start=np.cumsum([0] + [int(row.sum()) for row in rows]).astype(np.int64),
        member_code=np.concatenate([np.flatnonzero(row) for row in rows]).astype(np.int64),
        sums=tuple(sums),
    )


@dataclass(frozen=True)
class Structure:
    """One chain of levels of one cohort, ready for `kernels.roll_up`, which documents the arrays.

    levels : from small to large. base [levels + 1] : where the areas of each level start when they are numbered on.
    rows : children per occupied cell.
    """

    levels: tuple[str, ...]
    base: Ints
    atoms: Atoms
    x: NDArray[np.float64]
    order: Ints
    run_start: Ints
    run_atom: Ints
    leaf_start: Ints
    leaf_area: Ints
    cell_start: Ints
    cell_group: NDArray[np.int32]
    cell_area: NDArray[np.int32]
    rows: Ints

    def cells_of(self, level: str) -> slice:
        """Where the cells of a level are."""
        number = self.levels.index(level)
        return slice(int(self.cell_start[self.base[number]]), int(self.cell_start[self.base[number + 1]]))


def build(
    atoms: Atoms, atom: Ints, rank: NDArray[np.float64], levels: Mapping[str, Ints], sizes: Mapping[str, int]
) -> Structure:
    """Sort the children of a cohort by leaf and atom, and list the occupied cells of every area.

    atom, rank : per child. levels : per level, from small to large, the area of each child (-1 unknown). sizes : how
    many areas each level has. A leaf is a combination of areas that occurs.
    """
    names = tuple(levels)
    base = np.cumsum([0] + [sizes[name] for name in names]).astype(np.int64)
    leaf = np.zeros(len(atom), dtype=np.int64)
    room = 1
    for name in names:
        room *= sizes[name] + 1
        if room > ROOM:
            leaf = np.unique(leaf, return_inverse=True)[1].astype(np.int64)
            room = (int(leaf.max(initial=0)) + 1) * (sizes[name] + 1)
        leaf = leaf * (sizes[name] + 1) + (levels[name] + 1)
    key = leaf * atoms.size + atom
    known = np.flatnonzero(np.any([levels[name] >= 0 for name in names], axis=0))
    order = known[np.argsort(key[known], kind="stable")]
    key = key[order]
    new_run = np.flatnonzero(np.diff(key, prepend=-1) != 0)
    run_key = key[new_run]
    new_leaf = np.flatnonzero(np.diff(run_key // atoms.size, prepend=-1) != 0)
    first = order[new_run[new_leaf]]
    leaf_area = np.stack([levels[name][first] for name in names], axis=1)
    leaf_area = np.where(leaf_area < 0, -1, leaf_area + base[:-1])
    run_start = np.append(new_run, len(order)).astype(np.int64)
    leaf_start = np.append(new_leaf, len(new_run)).astype(np.int64)
    run_atom = run_key % atoms.size
    run_area = np.repeat(leaf_area, np.diff(leaf_start), axis=0)
    occupied = _occupied(atoms, run_area, run_atom, np.diff(run_start), base)
    return Structure(names, base, atoms, rank[order], order, run_start, run_atom, leaf_start, leaf_area, *occupied)


def _occupied(
    atoms: Atoms, run_area: Ints, run_atom: Ints, run_rows: Ints, base: Ints
) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32], Ints]:
    """The cells with at least one child: (cell_start, group, area within its level, rows)."""
    starts, groups, areas, rows = [np.zeros(1, np.int64)], [], [], []
    for number in range(len(base) - 1):
        size = int(base[number + 1] - base[number])
        inside = run_area[:, number] >= 0
        at = (run_area[inside, number] - base[number]) * atoms.size + run_atom[inside]
        # Counts below 2**53 are exact in float64, where matrix products are fast.
        table = np.bincount(at, weights=run_rows[inside], minlength=size * atoms.size)
        for (outer, codes, inner, members), sums in zip(atoms.shapes, atoms.sums, strict=True):
            table = np.matmul(sums.astype(np.float64), table.reshape(size * outer, codes, inner))
            assert table.shape[1] == members
        table = table.reshape(size, -1)
        area, group = np.nonzero(table)
        starts.append(starts[-1][-1] + np.cumsum((table > 0).sum(axis=1)))
        groups.append(group.astype(np.int32))
        areas.append(area.astype(np.int32))
        rows.append(table[area, group].astype(np.int64))
    return np.concatenate(starts), np.concatenate(groups), np.concatenate(areas), np.concatenate(rows)
