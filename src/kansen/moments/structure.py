"""Who is in which atom of which area: worked out once per chain of levels, the same for every outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kansen.moments.grid import Grid

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]

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

    def of_group(self, group: int) -> NDArray[np.bool_]:
        """Which atoms make up a group, bool [size]."""
        members = np.unravel_index(group, [len(table) for table in self.sums])
        found = np.ones(1, dtype=bool)
        for table, member in zip(self.sums, members, strict=True):
            found = np.logical_and.outer(found, table[member]).reshape(-1)
        return found


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


CHUNK = 1 << 14
"""Cells whose moments are in memory at a time: few enough to stay in the cache between two kernels."""


@dataclass(frozen=True)
class Chunk:
    """Areas of one level that are rolled up together, with the leaves of those of the smallest level."""

    areas: tuple[int, int]
    leaves: tuple[int, int]
    cells: slice


@dataclass(frozen=True)
class Structure:
    """One chain of levels of one cohort, ready for the kernels, which document the arrays.

    levels : from small to large. base [levels + 1] : where the areas of each level start when they are numbered on.
    above : how many combinations of areas of the larger levels there are.
    area_cell [areas + 1], cell_group, cell_place : the occupied cells of each area, their groups, and where each comes
    in the result, which is sorted by level, group and area. level_cell [levels + 1] : where the cells of each level are
    in the result. group, area, rows : group, area within its level and number of children of every cell of the result.
    """

    levels: tuple[str, ...]
    base: Ints
    atoms: Atoms
    x: NDArray[np.float64]
    order: Shorts
    run_start: Shorts
    run_atom: Shorts
    leaf_start: Shorts
    leaf_area: Shorts
    leaf_above: Shorts
    above: int
    area_start: Shorts
    area_above: Shorts
    area_cell: Ints
    cell_group: Shorts
    cell_place: Shorts
    level_cell: Ints
    group: Shorts
    area: Shorts
    rows: Shorts

    def cells_of(self, level: str) -> slice:
        """Where the cells of a level are in the result."""
        number = self.levels.index(level)
        return slice(int(self.level_cell[number]), int(self.level_cell[number + 1]))

    def children(self, cell: int) -> Ints:
        """The children of a cell of the result, as places in the sorted order, by looking them up."""
        level = int(np.searchsorted(self.level_cell, cell, side="right")) - 1
        area = int(self.area[cell]) + int(self.base[level])
        if level == 0:
            leaves = np.arange(*np.searchsorted(self.leaf_area, (area, area + 1)))
        else:
            larger = area - int(self.base[1])
            above = self.area_above[self.area_start[larger] : self.area_start[larger + 1]]
            leaves = np.flatnonzero(np.isin(self.leaf_above, above))
        runs = _ranges(self.leaf_start[leaves], self.leaf_start[leaves + 1])
        runs = runs[self.atoms.of_group(int(self.group[cell]))[self.run_atom[runs]]]
        return _ranges(self.run_start[runs], self.run_start[runs + 1])

    def chunks(self) -> Iterator[Chunk]:
        """All areas, in chunks of about `CHUNK` cells; the first holds the leaves of no area of the smallest level too.

        Larger areas come after the smaller ones that they consist of.
        """
        for number, (start, stop) in enumerate(pairwise(self.base.tolist())):
            first = start
            while first < stop:
                enough = int(np.searchsorted(self.area_cell, self.area_cell[first] + CHUNK, side="right")) - 1
                last = min(max(enough, first + 1), stop)
                leaves = (0, 0)
                if number == 0:
                    ends = np.searchsorted(self.leaf_area, (first, last)).tolist()
                    leaves = (0 if first == start else ends[0], ends[1])
                yield Chunk((first, last), leaves, slice(int(self.area_cell[first]), int(self.area_cell[last])))
                first = last


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
    leaf_start = np.append(new_leaf, len(new_run))
    run_start = np.append(new_run, len(order))
    run_atom = run_key % atoms.size
    run_area = np.repeat(leaf_area, np.diff(leaf_start), axis=0)
    # The smallest area makes way for a constant, so that a chain of one level has one combination, of nothing.
    above, leaf_above = np.unique(np.where(np.arange(len(names)) == 0, -1, leaf_area), axis=0, return_inverse=True)
    of_larger, level = np.nonzero(above >= 0)
    by_area = np.argsort(above[of_larger, level], kind="stable")
    larger, of_larger = above[of_larger, level][by_area], of_larger[by_area]
    group, area, rows, level_cell = _occupied(atoms, run_area, run_atom, np.diff(run_start), base)
    numbered = area + np.repeat(base[:-1], np.diff(level_cell))
    place = np.argsort(numbered, kind="stable")
    area_cell = np.searchsorted(numbered[place], np.arange(base[-1] + 1)).astype(np.int64)
    return Structure(
        levels=names,
        base=base,
        atoms=atoms,
        x=rank[order],
        order=_short(order),
        run_start=_short(run_start),
        run_atom=_short(run_atom),
        leaf_start=_short(leaf_start),
        leaf_area=_short(leaf_area[:, 0]),
        leaf_above=_short(leaf_above.reshape(-1)),
        above=len(above),
        area_start=_short(np.searchsorted(larger, np.arange(base[1], base[-1] + 1))),
        area_above=_short(of_larger),
        area_cell=area_cell,
        cell_group=_short(group[place]),
        cell_place=_short(place),
        level_cell=level_cell,
        group=_short(group),
        area=_short(area),
        rows=_short(rows),
    )


def _ranges(first: Shorts, last: Shorts) -> Ints:
    """All numbers of all ranges, one range after the other."""
    sizes = (last - first).astype(np.int64)
    return np.repeat(first.astype(np.int64) - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))


def _short(values: NDArray[np.int64]) -> Shorts:
    """Half the room: no cohort has 2**31 children, and no chain of levels as many cells."""
    return np.ascontiguousarray(values, dtype=np.int32)


def _occupied(atoms: Atoms, run_area: Ints, run_atom: Ints, run_rows: Ints, base: Ints) -> tuple[Ints, ...]:
    """The cells with at least one child, by level, group and area: (group, area within its level, rows, level_cell)."""
    starts, groups, areas, rows = [0], [], [], []
    for number in range(len(base) - 1):
        size = int(base[number + 1] - base[number])
        inside = run_area[:, number] >= 0
        at = run_atom[inside] * size + (run_area[inside, number] - base[number])
        # Counts below 2**53 are exact in float64, where matrix products are fast.
        table = np.bincount(at, weights=run_rows[inside], minlength=size * atoms.size)
        for (outer, codes, inner, members), sums in zip(atoms.shapes, atoms.sums, strict=True):
            table = np.matmul(sums.astype(np.float64), table.reshape(outer, codes, inner * size))
            assert table.shape[1] == members
        table = table.reshape(-1, size)
        group, area = np.nonzero(table)
        starts.append(starts[-1] + len(group))
        groups.append(group)
        areas.append(area)
        rows.append(table[group, area].astype(np.int64))
    return np.concatenate(groups), np.concatenate(areas), np.concatenate(rows), np.array(starts)
