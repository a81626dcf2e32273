"""All cells of one area as sums of atoms: the published groups of every grid, and the slices between their bands.

An *atom* of a grid is one slice of the parental position of one sex, origin and household; every child is in one atom
of each grid. A vector over atoms is flat: the atoms of the first grid, those of the second, and so on. A *cell* is a
sum of atoms of one grid. The lattice holds the published groups, and beside them the cells that they make up without
being published: single slices and codes (a household of another kind, a child whose sex is not known), and all but one
of the members of a dimension (not two parents, of not very low income).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.moments import Grid
from kansen.moments.structure import plan_atoms
from kansen.protection.closure.kernels import Plan, roll_up

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Lattice:
    """The cells of an area.

    plan : arrays for the kernels. first_atom, first_cell [grids + 1] : where the atoms and the cells of each grid
    start. slices [grids] : its slices of the position (one more than it names, for those without one). codes : atoms
    per slice. shapes [grids, 4, 4], member_start, member_code : the roll-up in four stages, see
    `moments.structure.Atoms`; members are numbered on over the stages of all grids. work : how many cells a stage has
    at most. group_cell [groups] : the cell of each published group, grid after grid. group_grid : its grid. attributes
    : how many of its four attributes are not `all`. inside [groups, atoms of a grid] : which atoms of its grid make up
    a group. whole, part [pairs] : cells of published groups of which the first holds the second.
    """

    plan: Plan

    @property
    def atoms(self) -> int:
        """Length of a flat vector over atoms."""
        return int(self.plan.first_atom[-1])

    @property
    def cells(self) -> int:
        """Length of a flat vector over cells."""
        return int(self.plan.first_cell[-1])

    @property
    def groups(self) -> int:
        """Published groups of all grids."""
        return len(self.plan.group_cell)

    def of_grid(self, grid: int) -> Ints:
        """The groups of a grid, among those of all grids."""
        return np.flatnonzero(self.plan.group_grid == grid)

    def roll_up(self, atoms: NDArray[np.integer[Any]]) -> Ints:
        """The sums of a flat vector over atoms, for every cell."""
        cells = np.zeros(self.cells, np.int64)
        roll_up(self.plan, atoms.astype(np.int64), np.zeros((2, self.plan.work), np.int64), cells)
        return cells


def build_lattice(grids: Sequence[Grid], missing: Sequence[bool]) -> Lattice:
    """The lattice of grids that share sex, origin and household.

    missing : whether children without a sex, an origin, a household occur. Of the grids after the first only the
    positions that not everybody has are published: see `Grid.beside`.
    """
    tables = [[_with_more(table) for table in plan_atoms(grid, missing).sums] for grid in grids]
    codes = int(np.prod([table.shape[1] for table in tables[0][1:]]))
    shapes, starts, members, group_cell, group_grid, attributes, wholes, parts = [], [0], [], [], [], [], [], []
    first_atom, first_cell = [0], [0]
    for number, (grid, of) in enumerate(zip(grids, tables, strict=True)):
        sizes = [table.shape for table in of]
        for stage, (rows, columns) in enumerate(sizes):
            outer = int(np.prod([size[0] for size in sizes[:stage]]))
            inner = int(np.prod([size[1] for size in sizes[stage + 1 :]]))
            shapes.append((outer, columns, inner, rows))
            for row in of[stage]:
                found = np.flatnonzero(row)
                members.append(found)
                starts.append(starts[-1] + len(found))
        numbers = np.arange(int(np.prod([size[0] for size in sizes]))).reshape([size[0] for size in sizes])
        named = numbers[np.ix_(*(range(size) for size in grid.shape))].reshape(-1)
        group_cell.append(first_cell[-1] + named)
        group_grid.append(np.full(len(named), number))
        attributes.append(_attributes(grid))
        first_atom.append(first_atom[-1] + int(np.prod([size[1] for size in sizes])))
        first_cell.append(first_cell[-1] + numbers.size)
    atoms = max(np.diff(first_atom))
    inside = np.zeros((sum(len(of) for of in group_cell), atoms), dtype=np.uint8)
    row = 0
    for grid, of in zip(grids, tables, strict=True):
        for members_of in product(*(range(size) for size in grid.shape)):
            atom = np.ones(1, dtype=bool)
            for table, member in zip(of, members_of, strict=True):
                atom = np.logical_and.outer(atom, table[member]).reshape(-1)
            inside[row, : len(atom)] = atom
            row += 1
    cells = np.concatenate(group_cell)
    wholes, parts = _nested(grids, tables, np.concatenate(group_grid))
    stages = np.array(shapes, dtype=np.int64).reshape(len(grids), 4, 4)
    plan = Plan(
        first_atom=np.array(first_atom),
        first_cell=np.array(first_cell),
        slices=np.array([of[0].shape[1] for of in tables]),
        codes=codes,
        shapes=stages,
        member_start=np.array(starts),
        member_code=np.concatenate(members),
        work=int(max((stages[..., 0] * stages[..., 3] * stages[..., 2]).max(), atoms)),
        group_cell=cells,
        group_grid=np.concatenate(group_grid),
        attributes=np.concatenate(attributes),
        inside=inside,
        whole=cells[wholes],
        part=cells[parts],
    )
    return Lattice(plan)


def _with_more(table: Flags) -> Flags:
    """The members of a dimension, each of its codes, and all but each member: what adding and taking away gives."""
    known = {row.tobytes() for row in table}
    more = {row.tobytes(): row for row in (*np.eye(table.shape[1], dtype=bool), *~table) if row.any()}
    return np.vstack([table, *(row[None] for name, row in more.items() if name not in known)])


def _attributes(grid: Grid) -> Ints:
    """How many attributes of each group differ from everybody."""
    narrow = [np.array([not position.everybody for position in grid.positions])]
    narrow += [~dimension.sums.all(axis=1) for dimension in grid.dimensions]
    count = np.zeros(1, dtype=np.int64)
    for of in narrow:
        count = np.add.outer(count, of.astype(np.int64)).reshape(-1)
    return count


def _nested(grids: Sequence[Grid], tables: Sequence[Sequence[Flags]], group_grid: Ints) -> tuple[Ints, Ints]:
    """Pairs of groups of which the first holds the second and more, as numbers of groups.

    Positions of different grids hold one another only where one of them holds everybody.
    """
    # One position dimension for all grids together: a slice of each grid, everybody in all of them.
    positions = [(number, row) for number, grid in enumerate(grids) for row in range(len(grid.positions))]

    def holds(one: tuple[int, int], other: tuple[int, int]) -> bool:
        wide, narrow = tables[one[0]][0][one[1]], tables[other[0]][0][other[1]]
        return bool(wide.all()) or (one[0] == other[0] and bool((wide | ~narrow).all()))

    position = np.array([[holds(one, other) for other in positions] for one in positions])
    found = position
    for number in range(3):
        table = tables[0][number + 1][: grids[0].shape[number + 1]]
        inner = np.array([[bool((wide | ~narrow).all()) for narrow in table] for wide in table])
        found = np.kron(found, inner).astype(bool)
    np.fill_diagonal(found, False)
    assert len(found) == len(group_grid)
    wholes, parts = np.nonzero(found)
    return wholes, parts
