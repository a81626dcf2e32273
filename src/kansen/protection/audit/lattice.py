"""The groups that everybody knows of: how they nest and add up, over all axes of the parents' position together.

Everything here is made from `groups.json`. The axes share their groups of everybody, so one array [areas, groups] holds
what is known of all grids at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = ("sex", "origin", "household")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class GroupCube:
    """The groups of one axis as a cube: position, sex, origin, household, in the order of `groups.json`.

    `whole` says which positions hold everybody. `slices` says which disjoint slices of the rank (or categories) make up
    each position, bool [positions, slices]; of a rank, the last slice is "not known". `codes` says which codes make up
    each sex, origin and household, bool [members, codes].
    """

    axis: str
    members: tuple[tuple[str, ...], ...]
    whole: tuple[bool, ...]
    slices: Bools
    codes: tuple[Bools, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of positions, sexes, origins and households."""
        return tuple(len(of) for of in self.members)

    @property
    def size(self) -> int:
        """Number of groups."""
        return int(np.prod(self.shape))

    def everybody(self) -> Bools:
        """Which groups are of the position that holds everybody, bool [groups]."""
        return np.repeat(np.array(self.whole), self.size // len(self.whole))


def read_cube(groups: Mapping[str, Any], axis: str) -> GroupCube:
    """The cube of one axis, from the content of `groups.json`."""
    of = next(item for item in groups["axes"] if item["id"] == axis)
    positions = of["positions"]
    return GroupCube(
        axis=axis,
        members=(tuple(p["id"] for p in positions), *(tuple(m["id"] for m in groups[d]) for d in DIMENSIONS)),
        whole=tuple(not p["range"] and not p.get("of") for p in positions),
        slices=_slices(positions),
        codes=tuple(_codes([m["of"] for m in groups[d]]) for d in DIMENSIONS),
    )


def _codes(members: Sequence[Sequence[str]]) -> Bools:
    words = list(dict.fromkeys(code for of in members for code in of)) or ["all"]
    return np.array([[word in of or not of for word in words] for of in members])


def _slices(positions: Sequence[Mapping[str, Any]]) -> Bools:
    """Bands cut at all their bounds, with the inclusive ends of `moments.Grid.slices`; categories are slices."""
    if any(p.get("of") for p in positions):
        return _codes([p.get("of") or () for p in positions])
    bands = [p["range"] for p in positions]
    starts, ends = {b[0] for b in bands if b}, {b[1] for b in bands if b}
    cuts = sorted({(bound, 0) for bound in starts - {0.0}} | {(bound, 1) for bound in ends - {1.0}})
    # A slice lies between two cuts; a cut (bound, 0) is just below the bound, (bound, 1) just above it.
    edges = [(-1.0, 0), *cuts, (2.0, 0)]
    table = np.zeros((len(positions), len(edges)), dtype=bool)
    for row, band in enumerate(bands):
        if not band:
            table[row] = True
            continue
        for column, (low, high) in enumerate(pairwise(edges)):
            table[row, column] = (low >= (band[0], 0) or band[0] <= 0) and (high <= (band[1], 1) or band[1] >= 1)
    return table


@dataclass(frozen=True)
class Equations:
    """Sums among the groups of one area: group `whole[e]` holds the disjoint groups part[start[e]:start[e + 1]].

    Where `exact[e]` it holds nobody else; otherwise it may.
    """

    whole: Ints
    start: Ints
    part: Ints
    exact: Bools

    def of_group(self, groups: int) -> tuple[Ints, Ints]:
        """Per group the equations it occurs in, as (start [groups + 1], equations)."""
        lengths = np.diff(self.start)
        group = np.concatenate([self.whole, self.part])
        equation = np.concatenate([np.arange(len(self.whole)), np.repeat(np.arange(len(self.whole)), lengths)])
        order = np.argsort(group, kind="stable")
        return np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))]), equation[order]


def _packings(cells: Bools, inside: Sequence[int]) -> set[frozenset[int]]:
    """Every choice of disjoint members to which no further one can be added."""
    clash = {m: {o for o in inside if o != m and (cells[m] & cells[o]).any()} for m in inside}
    found: set[frozenset[int]] = set()

    def grow(chosen: frozenset[int], left: frozenset[int]) -> None:
        if not left:
            found.add(chosen)
            return
        first = min(left)
        for member in sorted({first} | (clash[first] & left)):  # one of these is in every complete choice
            grow(chosen | {member}, left - {member} - clash[member])

    if inside:
        grow(frozenset(), frozenset(inside))
    return found


def _sums(cells: Bools) -> list[tuple[int, tuple[int, ...], bool]]:
    """Which members hold which disjoint others, and whether those make it up: (whole, parts, exact).

    cells : which codes or slices make up which member, bool [members, codes].
    """
    found: list[tuple[int, tuple[int, ...], bool]] = []
    for whole, own in enumerate(cells):
        inside = [m for m, of in enumerate(cells) if of.any() and not (of & ~own).any() and (own & ~of).any()]
        for parts in sorted(_packings(cells, inside), key=sorted):
            union = np.logical_or.reduce([cells[m] for m in parts])
            found.append((whole, tuple(sorted(parts)), bool((union == own).all())))
    return found


def equations(cube: GroupCube) -> Equations:
    """Every declared sum: along sex, origin and household, and the bands of rank or the categories within everybody.

    Categories of the parents are taken to hold everybody together, as they do in every cohort that has them.

    >>> from kansen.moments import load_grid
    >>> cube = read_cube(load_grid().public(), "income")
    >>> int(equations(cube).exact.sum())      # 144 of men and women, 162 of origins
    306
    """
    found = [(0, *sums) for sums in _sums(cube.slices)]
    for number, codes in enumerate(cube.codes, start=1):
        found += [(number, *sums) for sums in _sums(codes)]
    flat = np.arange(cube.size).reshape(cube.shape)
    wholes: list[Ints] = [np.zeros(0, np.int64)]
    parts: list[Ints] = []
    exacts: list[Bools] = [np.zeros(0, bool)]
    for dimension, whole, members, exact in found:
        lines = np.moveaxis(flat, dimension, -1).reshape(-1, cube.shape[dimension])
        wholes.append(lines[:, whole])
        parts += list(lines[:, list(members)])
        exacts.append(np.full(len(lines), exact))
    return Equations(
        whole=np.concatenate(wholes),
        start=np.cumsum([0, *(len(of) for of in parts)]).astype(np.int64),
        part=np.concatenate([np.zeros(0, np.int64), *parts]),
        exact=np.concatenate(exacts),
    )


@dataclass(frozen=True)
class Lattice:
    """All groups of all axes; a group of everybody has one number under every axis.

    `number` gives per axis the number of each group of its cube.
    """

    cubes: tuple[GroupCube, ...]
    number: tuple[Ints, ...]
    size: int

    @cached_property
    def equations(self) -> Equations:
        """The sums of all axes; those of everybody once."""
        seen: dict[tuple[int, tuple[int, ...]], bool] = {}
        for cube, number in zip(self.cubes, self.number, strict=True):
            rules = equations(cube)
            for whole, first, last, exact in zip(
                number[rules.whole].tolist(), rules.start[:-1], rules.start[1:], rules.exact.tolist(), strict=True
            ):
                seen[(whole, tuple(number[rules.part[first:last]].tolist()))] = exact
        parts = [part for _, part in seen]
        return Equations(
            whole=np.array([whole for whole, _ in seen], dtype=np.int64),
            start=np.cumsum([0, *(len(of) for of in parts)]).astype(np.int64),
            part=np.array([member for of in parts for member in of], dtype=np.int64),
            exact=np.array(list(seen.values()), dtype=bool),
        )

    @cached_property
    def means(self) -> Bools:
        """Groups whose figure is the mean of everybody in them, not a prediction at a rank; bool [groups]."""
        mean = np.zeros(self.size, dtype=bool)
        for cube, number in zip(self.cubes, self.number, strict=True):
            banded = not _categorical(cube)
            mean[number] = cube.everybody() | (not banded)
        return mean

    @cached_property
    def nested(self) -> tuple[Ints, Ints]:
        """Pairs of groups (outer, inner) of which one holds the other and the rest is no group of the lattice."""
        exact = self.equations
        halves = {
            (int(whole), int(part))
            for whole, first, last, complete in zip(
                exact.whole, exact.start[:-1], exact.start[1:], exact.exact, strict=True
            )
            if complete and last - first == 2
            for part in exact.part[first:last]
        }
        pairs: dict[tuple[int, int], None] = {}
        for cube, number in zip(self.cubes, self.number, strict=True):
            holds = np.ones((1, 1), dtype=bool)
            for table in (cube.slices, *cube.codes):
                own = ~(table[None, :, :] & ~table[:, None, :]).any(axis=2)
                holds = np.kron(holds, own).astype(bool)
            outer, inner = np.nonzero(holds)
            for pair in zip(number[outer].tolist(), number[inner].tolist(), strict=True):
                if pair[0] != pair[1] and pair not in halves:
                    pairs[pair] = None
        found = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        return found[:, 0].copy(), found[:, 1].copy()

    @cached_property
    def rests(self) -> int:
        """How many combinations of sex, origin and household codes there are."""
        return int(np.prod([of.shape[1] for of in self.cubes[0].codes]))

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Slices per axis."""
        return tuple(cube.slices.shape[1] for cube in self.cubes)

    @cached_property
    def unknowns(self) -> int:
        """Unknown counts per area: slices of the first axis, and of each further axis all but one, times rests."""
        return self.rests * (self.widths[0] + sum(width - 1 for width in self.widths[1:]))

    @cached_property
    def functionals(self) -> NDArray[np.int64]:
        """Every group as a sum of the unknown counts, int64 [groups, unknowns]: entries 0, 1 and -1.

        The last slice of a further axis is what all slices of the first one leave: people are the same on every axis.
        """
        found = np.zeros((self.size, self.unknowns), dtype=np.int64)
        for axis, number in enumerate(self.number):
            found[number] = self.reduce(axis, self.parts[axis])
        return found

    @cached_property
    def parts(self) -> tuple[NDArray[np.int64], ...]:
        """Per axis which slices and rests make up each group of its cube: 0 or 1 [groups, slices * rests]."""
        return tuple(_kron([cube.slices, *cube.codes]) for cube in self.cubes)

    @cached_property
    def extended(self) -> tuple[tuple[Bools, ...], ...]:
        """Per axis and dimension the members, and after them single slices, codes and what members leave over."""
        return tuple(tuple(_extended(table) for table in (cube.slices, *cube.codes)) for cube in self.cubes)

    def reduce(self, axis: int, sums: NDArray[Any]) -> NDArray[np.int64]:
        """Sums over the slices and rests of one axis [rows, slices * rests] in the unknown counts [rows, unknowns]."""
        rows = sums.astype(np.int64).reshape(len(sums), self.widths[axis], self.rests)
        out = np.zeros((len(sums), self.unknowns // self.rests, self.rests), dtype=np.int64)
        if axis == 0 or self.widths[axis] == 0:
            out[:, : self.widths[0]] = rows
        else:
            last = rows[:, -1:]
            start = self.widths[0] + sum(width - 1 for width in self.widths[1:axis])
            out[:, : self.widths[0]] = last
            out[:, start : start + self.widths[axis] - 1] = rows[:, :-1] - last
        return out.reshape(len(sums), self.unknowns)

    def expand(self, solution: NDArray[np.int64], axis: int, prime: int) -> NDArray[np.int64]:
        """All slices and rests of one axis [slices, sex, origin, household codes] from the unknown counts."""
        own = solution.reshape(-1, self.rests)
        if axis == 0:
            values = own[: self.widths[0]]
        else:
            start = self.widths[0] + sum(width - 1 for width in self.widths[1:axis])
            some = own[start : start + self.widths[axis] - 1]
            last = (own[: self.widths[0]].sum(axis=0) - some.sum(axis=0)) % prime
            values = np.concatenate([some, last[None]])
        return values.reshape(self.widths[axis], *(of.shape[1] for of in self.cubes[axis].codes))


def _categorical(cube: GroupCube) -> bool:
    bands = [row for row, whole in zip(cube.slices, cube.whole, strict=True) if not whole]
    return bool(bands) and all(row.sum() >= 1 for row in bands) and bool(np.logical_or.reduce(bands).all())


def _extended(members: Bools) -> Bools:
    rows = [tuple(row) for row in members.tolist()]
    single = [tuple(row) for row in np.eye(members.shape[1], dtype=bool).tolist()]
    left = [tuple(not cell for cell in row) for row in rows]
    more = [row for row in dict.fromkeys([*single, *left]) if row not in rows and any(row)]
    return np.array([*rows, *more], dtype=bool)


def _kron(tables: Sequence[Bools]) -> NDArray[np.int64]:
    out = np.ones((1, 1), dtype=np.int64)
    for table in tables:
        out = np.kron(out, table.astype(np.int64))
    return out


def read_lattice(groups: Mapping[str, Any]) -> Lattice:
    """The lattice of all axes of `groups.json`.

    >>> from kansen.moments import load_grid
    >>> lattice = read_lattice(load_grid().public())
    >>> lattice.size, lattice.unknowns
    (432, 360)
    """
    cubes = tuple(read_cube(groups, axis["id"]) for axis in groups["axes"])
    shared = next((cube.whole.index(True) for cube in cubes[:1] if any(cube.whole)), None)
    numbers: list[Ints] = []
    size = 0
    for place, cube in enumerate(cubes):
        number = np.empty(cube.shape, dtype=np.int64)
        for position, whole in enumerate(cube.whole):
            if place and whole and shared is not None:
                number[position] = numbers[0].reshape(cubes[0].shape)[shared]
            else:
                count = number[position].size
                number[position] = np.arange(size, size + count).reshape(number[position].shape)
                size += count
        numbers.append(number.ravel())
    return Lattice(cubes, tuple(numbers), size)
