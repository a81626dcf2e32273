"""Linear programmes: the least and the most that a hidden cell can be when no group has fewer than nobody.

One programme finds every slice that must be empty in all solutions (as many slices as possible are made positive at
once, on any scale); with those taken out, all sums are tried again. Two more give the bounds of one cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from kansen.protection.audit.lattice import Bools, Ints, Lattice
from kansen.protection.audit.modular import Span
from kansen.protection.audit.spans import Follows, follows, rows_of

NEAR = 1e-6
"""How near a solution must be to a whole number, or to zero, to be taken for it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """Areas that are looked at together: `leaves`, and the area `parent` that they make up (None for one area alone).

    Numbers are rows of the tables of a sample.
    """

    leaves: tuple[int, ...]
    parent: int | None = None


@dataclass(frozen=True)
class Programme:
    """Unknown counts of the leaves of a unit, as many as `slices` per leaf: equal @ x = value, x >= 0."""

    equal: Any
    value: Floats
    slices: int


def slices_of(lattice: Lattice) -> int:
    """All slices of all axes times rests: the counts of one area that cannot be negative."""
    return sum(lattice.widths) * lattice.rests


def _sums(lattice: Lattice) -> NDArray[np.float64]:
    """Every group as a sum of slices and rests [groups, slices]; the first axis speaks for everybody."""
    found = np.zeros((lattice.size, slices_of(lattice)))
    start = 0
    for width, parts, number in zip(lattice.widths, lattice.parts, lattice.number, strict=True):
        stop = start + width * lattice.rests
        fresh = ~found[number].any(axis=1)
        found[number[fresh], start:stop] = parts[fresh]
        start = stop
    return found


def _same_people(lattice: Lattice) -> NDArray[np.float64]:
    """Slices of every further axis hold the same people as those of the first: rows that are zero."""
    rests, rows, start = lattice.rests, [], lattice.widths[0] * lattice.rests
    first = np.tile(np.eye(rests), lattice.widths[0])
    for width in lattice.widths[1:]:
        row = np.zeros((rests, slices_of(lattice)))
        row[:, : first.shape[1]] = first
        row[:, start : start + width * rests] = -np.tile(np.eye(rests), width)
        rows.append(row)
        start += width * rests
    return np.concatenate(rows) if rows else np.zeros((0, slices_of(lattice)))


@dataclass(frozen=True)
class Tables:
    """The sums of a lattice, made once: groups in slices, and what holds of all."""

    lattice: Lattice
    sums: Any
    same: Any

    @classmethod
    def of(cls, lattice: Lattice) -> Tables:
        """The tables of a lattice."""
        return cls(lattice, sparse.csr_matrix(_sums(lattice)), sparse.csr_matrix(_same_people(lattice)))


def programme(unit: Unit, told: NDArray[np.int32], tables: Tables) -> Programme:
    """What is told of a unit [rows, groups] as equations."""
    slices, count = slices_of(tables.lattice), len(unit.leaves)
    blocks: list[Any] = []
    values: list[Floats] = []
    for place, leaf in enumerate(unit.leaves):
        groups = np.flatnonzero(told[leaf] >= 0)
        own: Any = sparse.vstack([tables.sums[groups], tables.same])
        row: list[Any] = [sparse.csr_matrix((own.shape[0], slices))] * count
        row[place] = own
        blocks.append(sparse.hstack(row))
        values.append(np.concatenate([told[leaf, groups], np.zeros(tables.same.shape[0])]))
    if unit.parent is not None:
        groups = np.flatnonzero(told[unit.parent] >= 0)
        blocks.append(sparse.hstack([tables.sums[groups]] * count))
        values.append(told[unit.parent, groups].astype(np.float64))
    return Programme(sparse.csr_matrix(sparse.vstack(blocks)), np.concatenate(values), slices)


def both(children: Programme, ones: Programme) -> Programme:
    """The children of a unit as those who have an outcome and those who have it not: first the ones, then the zeros."""
    zero = sparse.csr_matrix(ones.equal.shape)
    equal = sparse.vstack([sparse.hstack([ones.equal, zero]), sparse.hstack([children.equal, children.equal])])
    return Programme(sparse.csr_matrix(equal), np.concatenate([ones.value, children.value]), children.slices)


def must_be_empty(of: Programme) -> Bools | None:
    """Which unknowns are zero in every solution; None when there is no solution at all (or it was not found)."""
    rows, size = of.equal.shape
    # Unknowns: x, u <= x with 0 <= u <= 1, and the scale t >= 1 of the right-hand side.
    equal = sparse.hstack([of.equal, sparse.csr_matrix((rows, size)), sparse.csr_matrix(-of.value[:, None])])
    eye = sparse.identity(size)
    below = sparse.hstack([-eye, eye, sparse.csr_matrix((size, 1))])
    cost = np.concatenate([np.zeros(size), -np.ones(size), [0.0]])
    bounds = [(0, None)] * size + [(0, 1)] * size + [(1, None)]
    found = linprog(cost, A_ub=below, b_ub=np.zeros(size), A_eq=equal, b_eq=np.zeros(rows), bounds=bounds)
    return None if found.x is None else np.asarray(found.x[size : 2 * size] < 0.5)


def interval(of: Programme, target: Floats, live: Bools) -> tuple[float, float] | None:
    """The least and the most that a sum of unknowns can be; None when the programme has no solution.

    live : unknowns that may be positive.
    """
    equal, cost = of.equal[:, live], target[live]
    limits = []
    for sign in (1.0, -1.0):
        found = linprog(sign * cost, A_eq=equal, b_eq=of.value, bounds=(0, None))
        if found.status == 3:
            limits.append(np.inf)
        elif found.x is None:
            return None
        else:
            limits.append(sign * found.fun)
    return float(limits[0]), float(limits[1])


def whole_number(limits: tuple[float, float]) -> int | None:
    """The only whole number between two limits, None when there are several.

    >>> whole_number((4.2, 5.9)), whole_number((4.2, 6.0))
    (5, None)
    """
    low, high = np.ceil(limits[0] - NEAR), np.floor(limits[1] + NEAR)
    return int(low) if low == high else None


def target_of(unit: Unit, leaf: int, group: int, tables: Tables, parts: int = 1) -> Floats:
    """A group of one leaf as a sum of unknowns; with two parts of the unknowns, of the first."""
    slices = slices_of(tables.lattice)
    out = np.zeros(parts * slices * len(unit.leaves))
    start = unit.leaves.index(leaf) * slices
    out[start : start + slices] = tables.sums[group].toarray().ravel()
    return out


def follows_without(empty: Bools, told: NDArray[np.int32], tables: Tables) -> Follows | None:
    """All sums of one area again, without slices that must be empty; None when they contradict each other."""
    lattice = tables.lattice
    rows, start = [], 0
    for axis, width in enumerate(lattice.widths):
        stop = start + width * lattice.rests
        dead = np.flatnonzero(empty[start:stop])
        unit = np.zeros((len(dead), width * lattice.rests), dtype=np.int64)
        unit[np.arange(len(dead)), dead] = 1
        rows.append(lattice.reduce(axis, unit))
        start = stop
    zeros = np.concatenate(rows)
    groups = np.flatnonzero(told >= 0)
    span = Span.empty(lattice.unknowns).plus(rows_of(lattice, groups, told[groups].astype(np.int64)))
    span = span.with_zeros(np.concatenate([zeros, np.zeros((len(zeros), 1), np.int64)], axis=1))
    if span.broken:
        return None
    return follows(span, lattice, np.random.default_rng(0))


def units_of(areas: Ints, told: NDArray[np.int32], families: dict[int, list[list[int]]], most: int,
             parts: int) -> list[Unit]:  # fmt: skip
    """Up to `most` units of a sample: parents of a few parts with those, and areas alone, in turn."""
    place = {int(area): number for number, area in enumerate(areas)}
    known = told.max(axis=1) >= 0
    joint = [
        Unit(tuple(place[part] for part in family), place[parent])
        for parent, ways in families.items()
        for family in ways
        if 1 < len(family) <= parts and known[place[parent]]
    ]
    alone = [Unit((int(number),)) for number in np.flatnonzero(known)]
    rng = np.random.default_rng(1)
    chosen: list[Unit] = []
    for units, room in ((joint, most // 4), (alone, most)):
        order: Sequence[int] = rng.permutation(len(units)).tolist()
        chosen += [units[number] for number in order[: room - (len(chosen) if units is alone else 0)]]
    return chosen
