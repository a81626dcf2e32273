"""Choosing, region by region, the cells that may be told exactly. The kernel of `closure`: see there for the theorem."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.closure.kernels import (
    EXTRA,
    P,
    _residue,
    append_row,
    look,
    randoms,
    reduce_row,
    roll_up,
    solve_null,
    spread,
    star,
)

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@njit(nogil=True, cache=True)
def close_regions(
    chosen: Ints, parent: Shorts, absorbers: Shorts, n: Shorts, parts: Shorts, split: int, tested: int,
    least: int, allowed: Bytes, forced: Bytes, base: Shorts, base_start: Ints, base_from: Shorts,
    first_atom: Ints, first_cell: Ints, slices: Ints, codes: int, shapes: Ints, member_start: Ints, member_code: Ints,
    work_size: int, group_cell: Ints, group_grid: Ints, attributes: Ints, inside: Bytes, whole: Ints, part: Ints,
    prints: Ints, seed: int, published: Bytes, in_span: Bytes, counts: Shorts, own: Shorts, own_count: Shorts,
) -> None:  # fmt: skip
    """Choose the published groups of the regions `chosen`, for one statistic.

    parent [regions] : -1 for the root. absorbers [regions, 2] : the children that stay silent, -1 for a region without
    published children. n [regions, atoms] : children. parts [parts, regions, atoms] : of them, the first `split` are
    disjoint and hold all children; published rows are sums of the last of these. Of the parts from `tested` on a cell
    needs at least `least`. allowed [regions, groups] : what may be
    published. forced [regions, groups] : what may not be in the span either. base, base_start [regions + 1],
    base_from : per region the groups whose sums are known already, of all parts from base_from on. prints
    [EXTRA - 1, cells] : fingerprints of the cells as functions on all atoms. Lattice arguments as in `Lattice`.

    Written per region: published, in_span [regions, groups]; counts [parts, regions, groups]; own [regions, room] and
    own_count : the published groups that are independent of those before them.
    """
    grids, atoms, cells, groups = len(slices), first_atom[-1], first_cell[-1], len(group_cell)
    kinds = len(parts)
    room = int(codes * (1 + np.sum(slices - 1)))
    work = np.zeros((2, work_size), np.int64)
    flat = np.zeros(atoms, np.int64)
    counted = np.zeros((kinds + 1, cells), np.int64)
    occupied = np.zeros(atoms, np.uint8)
    columns = np.zeros((2 * room, grids), np.int32)
    others = np.zeros((room, grids), np.int32)
    blocks = np.zeros((2 * split * room, grids), np.int32)
    block_of = np.zeros(split + 1, np.int64)
    free = np.zeros(max(2 * room, 1), np.int64)
    vector = np.zeros(2 * room, np.int64)
    outside = np.zeros(cells, np.int64)
    seen = np.zeros(cells, np.int64)
    failing = np.zeros(cells, np.int64)
    fail_whole, fail_part = np.zeros(len(whole), np.int64), np.zeros(len(whole), np.int64)
    most = own.shape[1]
    row_room = np.zeros((most + 1) * (2 * room + EXTRA), np.int64)
    pivots = np.zeros(most + 1, np.int64)
    most_known = most + 1
    for region in range(len(base_start) - 1):
        most_known = max(most_known, most + 1 + base_start[region + 1] - base_start[region])
    block_room = np.zeros(most_known * (2 * split * room if split > 1 else 1), np.int64)
    block_pivots = np.zeros(most_known, np.int64)
    order_key = np.zeros(groups, np.int64)

    for region in chosen:
        published[region] = 0
        in_span[region] = 0
        own_count[region] = 0
        # What is in every cell, and which cells may not be known.
        for kind in range(kinds + 1):
            flat[:] = n[region] if kind == kinds else parts[kind, region]
            roll_up(flat, first_atom, first_cell, shapes, member_start, member_code, work, counted[kind])
        candidates = 0
        for group in range(groups):
            passes = True
            for kind in range(kinds):
                count = counted[kind, group_cell[group]]
                counts[kind, region, group] = count
                passes &= kind < tested or count >= least
            if passes and allowed[region, group]:
                # Fewest attributes first, then most children, then the order of the groups.
                order_key[candidates] = (attributes[group] << 48) + ((1 << 32) - 1 - counted[kinds, group_cell[group]] << 16) + group
                candidates += 1
        if candidates == 0:
            continue
        ordered = np.sort(order_key[:candidates])
        fails = 0
        for cell in range(cells):
            if counted[kinds, cell] > 0:
                for kind in range(tested, kinds):
                    if counted[kind, cell] < least:
                        failing[fails] = cell
                        fails += 1
                        break
        plain = fails
        for group in range(groups):
            if forced[region, group] and fails < cells:
                failing[fails] = group_cell[group]
                fails += 1
        fail_pairs = 0
        for pair in range(len(whole)):
            if counted[kinds, whole[pair]] > counted[kinds, part[pair]]:
                for kind in range(tested, kinds):
                    if counted[kind, whole[pair]] - counted[kind, part[pair]] < least:
                        fail_whole[fail_pairs], fail_part[fail_pairs] = whole[pair], part[pair]
                        fail_pairs += 1
                        break
        # Where rows are looked at.
        one = absorbers[region, 0]
        above = parent[region]
        width = 0
        for turn in range(2):
            # Of a region within another, and with others within it, one silent neighbour is looked at: fewer columns
            # than there are only hide more.
            for atom in range(atoms):
                here = n[region, atom] > 0
                if one >= 0:
                    here &= n[absorbers[region, turn], atom] > 0
                if above >= 0:
                    here &= n[absorbers[above, turn if one < 0 else 1], atom] > 0
                occupied[atom] = here
            if turn == 0 or one >= 0 or above >= 0:
                width = star(occupied, first_atom, slices, codes, columns, width)
        for atom in range(atoms):
            occupied[atom] = n[region, atom] > 0
        rest = star(occupied, first_atom, slices, codes, others, 0)
        randoms(seed + 4 * region, rest, free)
        flat[:] = 0
        spread(free, others, 0, rest, first_atom, flat)
        roll_up(flat, first_atom, first_cell, shapes, member_start, member_code, work, outside)
        for cell in range(cells):
            outside[cell] %= P
        randoms(seed + 4 * region + 1, width, free)
        block_width = 0
        if split > 1:
            for kind in range(split):
                block_of[kind] = block_width
                for turn in range(2 if one >= 0 else 1):
                    source = region if one < 0 else absorbers[region, turn]
                    for atom in range(atoms):
                        occupied[atom] = parts[kind, source, atom] > 0
                    block_width = star(occupied, first_atom, slices, codes, blocks, block_width)
            block_of[split] = block_width
        # The rows that are known already, where the parts are looked at.
        known = 0
        row = np.zeros(width + EXTRA, np.int64)
        rows = row_room[: (most + 1) * (width + EXTRA)].reshape((most + 1, width + EXTRA))
        block_rows = block_room[: most_known * block_width].reshape((most_known, block_width))
        block_row = np.zeros(block_width, np.int64)
        sound = True
        if split > 1:
            for at in range(base_start[region], base_start[region + 1]):
                group = base[at]
                block_row[:] = 0
                start = block_of[base_from[at]]
                look(group, group_grid[group], inside, blocks, start, block_width, block_row, start)
                reduce_row(block_row, block_rows, block_pivots, known)
                found = append_row(block_row, block_width, block_rows, block_pivots, known)
                sound &= found > known
                known = found
        if not sound:
            continue
        count = 0
        for key in ordered:
            group = key & 0xFFFF
            grid = group_grid[group]
            look(group, grid, inside, columns, 0, width, row, 0)
            row[width] = outside[group_cell[group]]
            row[width + 1] = prints[0, group_cell[group]]
            row[width + 2] = prints[1, group_cell[group]]
            reduce_row(row, rows, pivots, count)
            independent = False
            for k in range(width):
                if row[k]:
                    independent = True
                    break
            if not independent:
                # The same function as a sum of those before it: nothing new.
                if row[width + 1] == 0 and row[width + 2] == 0:
                    published[region, group] = 1
                continue
            if count == most:
                continue
            if split > 1:
                start = block_of[split - 1]
                block_row[:] = 0
                look(group, grid, inside, blocks, start, block_width, block_row, start)
                reduce_row(block_row, block_rows, block_pivots, known + count)
                if append_row(block_row, block_width, block_rows, block_pivots, known + count) == known + count:
                    continue
            append_row(row, width, rows, pivots, count)
            _look_through(
                free, width, rows, pivots, count + 1, vector, columns, first_atom, flat, first_cell, shapes,
                member_start, member_code, work, seen,
            )  # fmt: skip
            safe = True
            for k in range(fails):
                cell = failing[k]
                if (seen[cell] + outside[cell]) % P == 0:
                    safe = False
                    break
            if safe:
                for k in range(fail_pairs):
                    difference = seen[fail_whole[k]] + outside[fail_whole[k]] - seen[fail_part[k]] - outside[fail_part[k]]
                    if difference % P == 0:
                        safe = False
                        break
            if safe:
                own[region, count] = group
                count += 1
                published[region, group] = 1
        own_count[region] = count
        _look_through(
            free, width, rows, pivots, count, vector, columns, first_atom, flat, first_cell, shapes,
            member_start, member_code, work, seen,
        )  # fmt: skip
        for group in range(groups):
            in_span[region, group] = count > 0 and (seen[group_cell[group]] + outside[group_cell[group]]) % P == 0


@njit(nogil=True, cache=True)
def _look_through(
    free: Ints, width: int, rows: Ints, pivots: Ints, count: int, vector: Ints, columns: Shorts, first_atom: Ints,
    flat: Ints, first_cell: Ints, shapes: Ints, member_start: Ints, member_code: Ints, work: Ints, seen: Ints,
) -> None:  # fmt: skip
    """What a random vector that all rows are orthogonal to gives for every cell: zero for all that are in their span."""
    solve_null(free, width, rows, pivots, count, vector)
    flat[:] = 0
    spread(vector, columns, 0, width, first_atom, flat)
    roll_up(flat, first_atom, first_cell, shapes, member_start, member_code, work, seen)


@njit(nogil=True, cache=True)
def failing_rests(
    absorbers: Shorts, children_start: Ints, children: Shorts, in_span: Bytes, counts: Shorts, tested: int, least: int,
    forced: Bytes,
) -> Ints:  # fmt: skip
    """Where what is left of a region without all that lies in it and gives a group is too small.

    The smallest of those areas may not give it then: it is marked in `forced`. Returns these areas. Regions are
    numbered from large to small, children [children_start[r] : children_start[r + 1]].
    """
    regions, groups = in_span.shape
    kinds = len(counts)
    again = np.zeros(regions, np.uint8)
    given = np.zeros((regions, kinds), np.int64)
    stack = np.zeros(regions + 1, np.int32)
    for group in range(groups):
        for region in range(regions - 1, -1, -1):
            given[region] = 0
            for at in range(children_start[region], children_start[region + 1]):
                given[region] += given[children[at]]
            # What is known to be empty is in every span, and tells nothing.
            if not in_span[region, group] or np.sum(counts[:, region, group]) == 0:
                continue
            fails = False
            for kind in range(tested, kinds):
                fails |= counts[kind, region, group] - given[region, kind] < least
            given[region] = counts[:, region, group]
            if not fails or absorbers[region, 0] < 0:
                continue
            smallest, size, left = -1, 0, 0
            for at in range(children_start[region], children_start[region + 1]):
                stack[left] = children[at]
                left += 1
            while left:
                left -= 1
                area = stack[left]
                total = np.sum(counts[:, area, group])
                if in_span[area, group] and total > 0:
                    if not forced[area, group] and (smallest < 0 or total < size):
                        smallest, size = area, total
                    continue
                for at in range(children_start[area], children_start[area + 1]):
                    stack[left] = children[at]
                    left += 1
            if smallest >= 0:
                forced[smallest, group] = 1
                again[smallest] = 1
    return np.flatnonzero(again)
