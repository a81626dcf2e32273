"""Who is in which atom of which area: worked out once per chain of levels, the same for every outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.moments.grid import Grid
from kansen.moments.plan import Plan, plan_sums

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
    above : how many combinations of areas of the larger levels there are, above_atoms : how many atoms of them are
    occupied. leaf_above, area_start, area_above : the combination of each leaf, and those of each larger area. plan :
    the groups with enough children, area after area; cell_place : where each of these cells comes in the result, which
    is sorted by level, group and area. level_cell [levels + 1] : where the cells of each level are in the result.
    group, area, rows : group, area within its level and number of children of every cell of the result.
    """

    levels: tuple[str, ...]
    base: Ints
    atoms: Atoms
    x: NDArray[np.float64]
    order: Shorts
    run_start: Shorts
    run_atom: Shorts
    run_above: Shorts
    leaf_start: Shorts
    leaf_area: Shorts
    leaf_above: Shorts
    above: int
    above_atoms: int
    area_start: Shorts
    area_above: Shorts
    area_input: Shorts
    input_source: Shorts
    above_source: Shorts
    plan: Plan
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
                enough = int(np.searchsorted(self.plan.area_cell, self.plan.area_cell[first] + CHUNK, side="right")) - 1
                last = min(max(enough, first + 1), stop)
                leaves = (0, 0)
                if number == 0:
                    ends = np.searchsorted(self.leaf_area, (first, last)).tolist()
                    leaves = (0 if first == start else ends[0], ends[1])
                yield Chunk(
                    (first, last), leaves, slice(int(self.plan.area_cell[first]), int(self.plan.area_cell[last]))
                )
                first = last


def build(
    atoms: Atoms,
    atom: Ints,
    rank: NDArray[np.float64],
    levels: Mapping[str, Ints],
    sizes: Mapping[str, int],
    fewest: int = 1,
) -> Structure:
    """Sort the children of a cohort by leaf and atom, and plan the cells of every area with at least `fewest` of them.

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
    run_rows = np.diff(run_start)
    # The smallest area makes way for a constant, so that a chain of one level has one combination, of nothing.
    above, leaf_above = np.unique(np.where(np.arange(len(names)) == 0, -1, leaf_area), axis=0, return_inverse=True)
    leaf_above = leaf_above.reshape(-1)
    of_larger, level = np.nonzero(above >= 0)
    by_area = np.argsort(above[of_larger, level], kind="stable")
    larger, of_larger = above[of_larger, level][by_area], of_larger[by_area]
    area_start = np.searchsorted(larger, np.arange(base[1], base[-1] + 1))
    # The atoms of combinations, what each run adds to them, and what each larger area sums of them.
    run_key = np.repeat(leaf_above, np.diff(leaf_start)) * atoms.size + run_atom
    above_key, first_run, run_above = np.unique(run_key, return_index=True, return_inverse=True)
    above_rows = np.bincount(run_above, run_rows).astype(np.int64)
    run_above[first_run] = ~run_above[first_run]
    starts = np.searchsorted(above_key, np.arange(len(above) + 1) * atoms.size)
    parts = _ranges(starts[of_larger], starts[of_larger + 1])
    part_key = np.repeat(larger, np.diff(starts)[of_larger]) * atoms.size + above_key[parts] % atoms.size
    by_atom = np.argsort(part_key, kind="stable")
    parts, part_key = parts[by_atom], part_key[by_atom]
    input_source = np.flatnonzero(np.diff(part_key, prepend=-1))
    input_key = part_key[input_source]
    area_input = np.searchsorted(input_key, np.arange(base[1], base[-1] + 1) * atoms.size)
    run_leaf = np.searchsorted(leaf_area[:, 0], np.arange(base[1] + 1))
    plan = plan_sums(
        np.concatenate([leaf_start[run_leaf[:-1]], len(run_atom) + area_input]),
        np.concatenate([run_atom, input_key % atoms.size]),
        np.concatenate([run_rows, np.add.reduceat(above_rows[parts], input_source) if len(parts) else parts]),
        atoms.shapes,
        atoms.member_start,
        atoms.member_code,
        fewest,
    )
    # Areas are numbered on, and so cells are by level already: what is left is to sort each level by group.
    level_of = np.repeat(np.repeat(np.arange(len(names)), np.diff(base)), np.diff(plan.area_cell))
    cell_area = np.repeat(np.arange(base[-1]) - np.repeat(base[:-1], np.diff(base)), np.diff(plan.area_cell))
    groups = int(atoms.shapes[-1, 0] * atoms.shapes[-1, 3])
    by_group = np.argsort(_short(level_of * groups + plan.cell_group), kind="stable")
    cell_place = np.empty(len(by_group), np.int32)
    cell_place[by_group] = np.arange(len(by_group), dtype=np.int32)
    return Structure(
        levels=names,
        base=base,
        atoms=atoms,
        x=rank[order],
        order=_short(order),
        run_start=_short(run_start),
        run_atom=_short(run_atom),
        run_above=_short(run_above),
        leaf_start=_short(leaf_start),
        leaf_area=_short(leaf_area[:, 0]),
        leaf_above=_short(leaf_above),
        above=len(above),
        above_atoms=len(above_key),
        area_start=_short(area_start),
        area_above=_short(of_larger),
        area_input=_short(area_input),
        input_source=_short(np.append(input_source, len(parts))),
        above_source=_short(parts),
        plan=plan,
        cell_place=cell_place,
        level_cell=plan.area_cell[base].astype(np.int64),
        group=plan.cell_group[by_group],
        area=_short(cell_area[by_group]),
        rows=plan.cell_rows[by_group],
    )


def _ranges(first: NDArray[Any], last: NDArray[Any]) -> Ints:
    """All numbers of all ranges, one range after the other."""
    sizes = (last - first).astype(np.int64)
    return np.repeat(first.astype(np.int64) - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))


def _short(values: NDArray[np.int64]) -> Shorts:
    """Half the room: no cohort has 2**31 children, and no chain of levels as many cells."""
    return np.ascontiguousarray(values, dtype=np.int32)
