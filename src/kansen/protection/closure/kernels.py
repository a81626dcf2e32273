"""Linear algebra modulo a prime over the cells of one area: the numbers work of closing a region.

Rows are published cells. A row is a vector with an entry per *column*; a column is a place where the row, as a function
of the atoms, is looked at: one atom of each grid, the kind of child that counts in those. Everything is exact: numbers
are residues modulo `P`. What is independent modulo P is independent; what is not in a span modulo P is not in it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

P = (1 << 31) - 1
"""A Mersenne prime, so that products fit 64 bits and residues take no division."""

EXTRA = 3
"""Entries of a row after its columns: what columns outside contribute to the null vector, and two fingerprints."""

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@njit(nogil=True, cache=True, inline="always")
def _residue(x):  # type: ignore[no-untyped-def]
    """x modulo P, for 0 <= x < 2**62."""
    x = (x & P) + (x >> 31)
    x = (x & P) + (x >> 31)
    return x - P if x >= P else x


@njit(nogil=True, cache=True, inline="always")
def _random(seed, number):  # type: ignore[no-untyped-def]
    """A residue other than zero that follows from two numbers (splitmix64)."""
    z = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(number) * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64(1) + np.int64(z % np.uint64(P - 1))


@njit(nogil=True, cache=True)
def _inverse(x: int) -> int:
    """The residue whose product with x is one (Fermat)."""
    result, base, power = 1, x, P - 2
    while power:
        if power & 1:
            result = _residue(result * base)
        base = _residue(base * base)
        power >>= 1
    return result


class Plan(NamedTuple):
    """The arrays of a `Lattice`, as kernels take them: see there."""

    first_atom: Ints
    first_cell: Ints
    slices: Ints
    codes: int
    shapes: Ints
    member_start: Ints
    member_code: Ints
    work: int
    group_cell: Ints
    group_grid: Ints
    attributes: Ints
    inside: Bytes
    whole: Ints
    part: Ints


@njit(nogil=True, cache=True)
def roll_up(plan: Plan, atoms: Ints, work: Ints, cells: Ints) -> None:
    """The sums of a flat vector over atoms, for every cell. work [2, plan.work] : room to work in."""
    member = 0
    for grid in range(plan.shapes.shape[0]):
        now = 0
        length = plan.first_atom[grid + 1] - plan.first_atom[grid]
        work[0, :length] = atoms[plan.first_atom[grid] : plan.first_atom[grid + 1]]
        for stage in range(4):
            outer, codes, inner, members = plan.shapes[grid, stage]
            source, to = work[now], work[1 - now]
            for o in range(outer):
                for m in range(members):
                    start, stop = plan.member_start[member + m], plan.member_start[member + m + 1]
                    at = (o * members + m) * inner
                    first = (o * codes + plan.member_code[start]) * inner
                    for i in range(inner):
                        to[at + i] = source[first + i]
                    for k in range(start + 1, stop):
                        more = (o * codes + plan.member_code[k]) * inner
                        for i in range(inner):
                            to[at + i] += source[more + i]
            member += members
            now = 1 - now
        size = plan.first_cell[grid + 1] - plan.first_cell[grid]
        cells[plan.first_cell[grid] : plan.first_cell[grid + 1]] = work[now, :size]


@njit(nogil=True, cache=True)
def room_of(plan: Plan) -> int:
    """The most columns that `star` adds."""
    return int(plan.codes * (1 + np.sum(plan.slices - 1)))


@njit(nogil=True, cache=True)
def star(plan: Plan, occupied: Bytes, columns: Shorts, count: int) -> int:
    """Columns at which every function that adds up over the grids shows what it is on the occupied kinds of children.

    occupied [atoms] : which atoms hold anybody. A kind of child is possible where each of its atoms is occupied. Per
    sex, origin and household the first occupied slices of all grids are one column, and each other occupied slice of a
    grid, with the first ones of the other grids, is one more: a sum of a function per grid that vanishes on these
    vanishes on every combination. They are added to columns [room, grids] after the first `count`; returns the new
    count.
    """
    grids, codes = len(plan.slices), plan.codes
    base = np.zeros(grids, np.int32)
    for code in range(codes):
        possible = True
        for grid in range(grids):
            found = -1
            for s in range(plan.slices[grid]):
                if occupied[plan.first_atom[grid] + s * codes + code]:
                    found = s
                    break
            if found < 0:
                possible = False
                break
            base[grid] = found * codes + code
        if not possible:
            continue
        columns[count] = base
        count += 1
        for grid in range(grids):
            for s in range(base[grid] // codes + 1, plan.slices[grid]):
                if occupied[plan.first_atom[grid] + s * codes + code]:
                    columns[count] = base
                    columns[count, grid] = s * codes + code
                    count += 1
    return count


@njit(nogil=True, cache=True)
def reduce_row(row: Ints, rows: Ints, pivots: Ints, count: int) -> None:
    """Take the first `count` rows, whose pivots are one, out of a row, in place."""
    for i in range(count):
        factor = _residue(row[pivots[i]])
        if factor:
            factor = P - factor
            basis = rows[i]
            for k in range(len(row)):
                x = row[k] + factor * basis[k]
                x = (x & P) + (x >> 31)
                row[k] = (x & P) + (x >> 31)
            row[pivots[i]] = 0
    for k in range(len(row)):
        if row[k] >= P:
            row[k] -= P


@njit(nogil=True, cache=True)
def append_row(row: Ints, columns: int, rows: Ints, pivots: Ints, count: int) -> int:
    """Add a reduced row after the first `count`, if it has a pivot among its `columns` first entries.

    Returns the new count.
    """
    for k in range(columns):
        if row[k]:
            factor = _inverse(row[k])
            for j in range(len(row)):
                rows[count, j] = _residue(row[j] * factor)
            pivots[count] = k
            return count + 1
    return count


@njit(nogil=True, cache=True)
def solve_null(free: Ints, columns: int, rows: Ints, pivots: Ints, count: int, vector: Ints) -> None:
    """A vector over the columns that every row, with its entry after the columns, is orthogonal to.

    free [columns] : its random entries, of those that are no pivots.
    """
    vector[:columns] = free[:columns]
    for i in range(count):
        vector[pivots[i]] = 0
    for i in range(count - 1, -1, -1):
        total = rows[i, columns]
        for k in range(columns):
            x = total + rows[i, k] * vector[k]
            total = (x & P) + (x >> 31)
        vector[pivots[i]] = P - _residue(total) if _residue(total) else 0


@njit(nogil=True, cache=True)
def look(plan: Plan, group: int, columns: Shorts, first: int, last: int, row: Ints) -> None:
    """The value of a group at the columns first:last, into the same places of a row."""
    grid = plan.group_grid[group]
    for k in range(first, last):
        row[k] = plan.inside[group, columns[k, grid]]


@njit(nogil=True, cache=True)
def randoms(seed: int, count: int, out: Ints) -> None:
    """Residues other than zero that follow from the seed."""
    for k in range(count):
        out[k] = _random(seed, k)


@njit(nogil=True, cache=True)
def see(
    plan: Plan, vector: Ints, columns: Shorts, width: int, outside: Ints, flat: Ints, work: Ints, cells: Ints
) -> None:  # fmt: skip
    """The product of every cell with a vector, modulo P.

    vector [width] : over `columns`. outside [cells] : residues, what other columns add. flat [atoms], work : room to
    work in; the first keeps what the vector gives for atoms, not reduced.
    """
    flat[:] = 0
    for k in range(width):
        for grid in range(columns.shape[1]):
            flat[plan.first_atom[grid] + columns[k, grid]] += vector[k]
    roll_up(plan, flat, work, cells)
    for cell in range(len(cells)):
        cells[cell] = _residue(cells[cell] + outside[cell])
