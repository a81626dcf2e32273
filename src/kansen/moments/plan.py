"""Which sums make the groups of every area from its atoms: worked out once, the same for every outcome.

Which atoms an area has is the same for all outcomes, so which cells must be added up is, too. A plan lists these sums,
area by area, in the order in which they are made: atoms that come in several parts, then one dimension after the other
(`structure.Atoms`). A cell that only one other cell goes into is that cell, and is not made again; a sum that no group
of the result needs is not made at all. What is left is a list without a condition in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """The sums of every area, and where its groups are found after them.

    An area starts from its inputs, which are its cells 0, 1, ...; every sum makes the next cell. area_sum [areas + 1] :
    the sums of each area. sum_source [sums + 1], source : the cells that each sum adds up, in that order. area_cell
    [areas + 1] : the groups of each area that are in the result; cell_group, cell_rows, cell_slot : which group each
    is, its number of children, and which cell of its area. most : the most cells of one area.
    """

    area_sum: Shorts
    sum_source: Shorts
    source: Shorts
    area_cell: Shorts
    cell_group: Shorts
    cell_rows: Shorts
    cell_slot: Shorts
    most: int


def plan_sums(
    area_input: Ints,
    input_atom: Ints,
    input_rows: Ints,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    fewest: int = 1,
) -> Plan:
    """Plan the groups with at least `fewest` children of every area.

    area_input [areas + 1] : the inputs of each area. input_atom, input_rows : the atom that each is a part of, and its
    number of children. shapes, member_start, member_code : see `structure.Atoms`.
    """
    most = int(np.diff(area_input).max(initial=0))
    *lists, cells = _plan(area_input, input_atom, input_rows, most, shapes, member_start, member_code, max(fewest, 1))
    return Plan(*lists, most=cells)


@njit(nogil=True, cache=True)
def _longer(values: Shorts, size: int) -> Shorts:
    """The same list with room for `size` numbers."""
    if size <= len(values):
        return values
    longer = np.empty(max(size, 2 * len(values)), np.int32)
    longer[: len(values)] = values
    return longer


@njit(nogil=True, cache=True)
def _atoms(
    input_atom: Ints, input_rows: Ints, slot: Ints, rows: Ints, several: Flags, start: Ints, source: Ints
) -> tuple[int, int]:
    """Where each atom of an area is found, and the sums of those that come in several parts.

    Returns how many sums and sources there are.
    """
    count, used, inputs = 0, 0, len(input_atom)
    slot[: len(several)], several[:] = -1, False
    for i in range(inputs):
        atom = input_atom[i]
        if slot[atom] < 0:
            slot[atom], rows[atom] = i, input_rows[i]
        else:
            several[atom] = True
            rows[atom] += input_rows[i]
    for atom in np.flatnonzero(several):
        start[count], slot[atom] = used, inputs + count
        for i in range(inputs):
            if input_atom[i] == atom:
                source[used] = i
                used += 1
        count += 1
    return count, used


@njit(nogil=True, cache=True)
def _groups(
    inputs: int,
    count: int,
    used: int,
    slot: Ints,
    rows: Ints,
    start: Ints,
    source: Ints,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
) -> tuple[int, int]:
    """Where each group of an area is found, from where its atoms are, and the sums on the way.

    slot, rows [2, cells] : the atoms are in the first half; returns which half the groups are in, and how many sums
    there are.
    """
    now, member = 0, 0
    for stage in range(len(shapes)):
        outer, codes, inner, members = shapes[stage]
        then, now = now, 1 - now
        for o in range(outer):
            for m in range(members):
                for i in range(inner):
                    to, begin, total = (o * members + m) * inner + i, used, 0
                    for k in range(member_start[member + m], member_start[member + m + 1]):
                        of = (o * codes + member_code[k]) * inner + i
                        if slot[then, of] >= 0:
                            source[used] = slot[then, of]
                            total += rows[then, of]
                            used += 1
                    rows[now, to] = total
                    if used == begin:
                        slot[now, to] = -1
                    elif used == begin + 1:
                        slot[now, to] = source[begin]
                        used = begin
                    else:
                        start[count], slot[now, to] = begin, inputs + count
                        count += 1
        member += members
    start[count] = used
    return now, count


@njit(nogil=True, cache=True)
def _number(inputs: int, count: int, start: Ints, source: Ints, number: Ints) -> None:
    """Give the sums that are needed the numbers of their cells. number : 0 where a group needs one, else -1."""
    for at in range(count - 1, -1, -1):
        if number[at] == 0:
            for k in range(start[at], start[at + 1]):
                if source[k] >= inputs:
                    number[source[k] - inputs] = 0
    done = inputs
    for at in range(count):
        if number[at] == 0:
            number[at] = done
            done += 1


@njit(nogil=True, cache=True)
def _room(shapes: Ints, member_start: Ints, inputs: int) -> tuple[int, int, int]:
    """The most cells of a stage, sums and sources that an area with so many inputs can have."""
    atoms, member = shapes[0, 1] * shapes[0, 2], 0
    size, sums, sources = atoms, atoms, inputs
    for outer, _, inner, members in shapes:
        parts = member_start[member + members] - member_start[member]
        member += members
        size = max(size, outer * members * inner)
        sums += outer * members * inner
        sources += outer * inner * parts
    return size, sums, sources


@njit(nogil=True, cache=True)
def _plan(
    area_input: Ints,
    input_atom: Ints,
    input_rows: Ints,
    most: int,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    fewest: int,
) -> tuple[Shorts, Shorts, Shorts, Shorts, Shorts, Shorts, Shorts, int]:
    groups = shapes[-1, 0] * shapes[-1, 3]
    size, sums, sources = _room(shapes, member_start, most)
    # Of the area at hand: where each cell of a stage is found (-1: nowhere), how many children it has, and its sums.
    slot, rows = np.full((2, size), -1, np.int64), np.zeros((2, size), np.int64)
    several = np.zeros(shapes[0, 1] * shapes[0, 2], np.bool_)
    start, source, number = np.zeros(sums + 1, np.int64), np.zeros(sources, np.int64), np.zeros(sums, np.int64)
    # Of all areas.
    areas = len(area_input) - 1
    area_sum, area_cell = np.zeros(areas + 1, np.int32), np.zeros(areas + 1, np.int32)
    sum_source, all_sources = np.zeros(1, np.int32), np.zeros(1, np.int32)
    cell_group, cell_rows, cell_slot = np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32)
    cells_of_area = 0
    for area in range(areas):
        first, last = area_input[area], area_input[area + 1]
        inputs = last - first
        count, used = _atoms(input_atom[first:last], input_rows[first:last], slot[0], rows[0], several, start, source)
        now, count = _groups(inputs, count, used, slot, rows, start, source, shapes, member_start, member_code)
        number[:count] = -1
        cell = area_cell[area]
        cell_group, cell_rows = _longer(cell_group, cell + groups), _longer(cell_rows, cell + groups)
        cell_slot = _longer(cell_slot, cell + groups)
        for group in range(groups):
            if slot[now, group] >= 0 and rows[now, group] >= fewest:
                cell_group[cell], cell_rows[cell], cell_slot[cell] = group, rows[now, group], slot[now, group]
                cell += 1
                if slot[now, group] >= inputs:
                    number[slot[now, group] - inputs] = 0
        _number(inputs, count, start, source, number)
        done = area_sum[area]
        sum_source = _longer(sum_source, done + count + 1)
        to = int(sum_source[done])
        all_sources = _longer(all_sources, to + start[count])
        for at in range(count):
            if number[at] >= 0:
                for k in range(start[at], start[at + 1]):
                    all_sources[to] = source[k] if source[k] < inputs else number[source[k] - inputs]
                    to += 1
                done += 1
                sum_source[done] = to
        for k in range(area_cell[area], cell):
            if cell_slot[k] >= inputs:
                cell_slot[k] = number[cell_slot[k] - inputs]
        cells_of_area = max(cells_of_area, inputs + done - area_sum[area])
        area_sum[area + 1], area_cell[area + 1] = done, cell
    cells, done = area_cell[areas], area_sum[areas]
    return (
        area_sum,
        sum_source[: done + 1].copy(),
        all_sources[: sum_source[done]].copy(),
        area_cell,
        cell_group[:cells].copy(),
        cell_rows[:cells].copy(),
        cell_slot[:cells].copy(),
        cells_of_area,
    )
