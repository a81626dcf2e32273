"""Choosing, region by region, the cells that may be told exactly: the kernel of `closure`.

Candidates are taken one by one, those with the fewest attributes first. One is told if

- looked at where somebody lives both here and in the silent parts, it is independent of those that were taken: then
  what is known to be empty, or turns out to be, gives nothing away;
- looked at where those live who have the outcome, and where those live who have not, it is independent too: then there
  are other numbers, all of them above zero, that make the same published figures, and no zero follows;
- no cell that is too small follows from it and those that were taken. A random vector to which all of them are
  orthogonal tells: it is orthogonal to what follows from them, and (but for one chance in 2**31) to nothing else.

One that is, as a function of the kinds of children, a sum of those taken says nothing new, and is told.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.closure.kernels import (
    EXTRA,
    P,
    Plan,
    append_row,
    look,
    randoms,
    reduce_row,
    roll_up,
    room_of,
    see,
    solve_null,
    star,
)

TOGETHER = 16
"""Candidates that are looked at together."""

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Bytes = NDArray[np.uint8]


class Tree(NamedTuple):
    """The regions, numbered from large to small.

    parent [regions] : -1 for the root. absorbers [regions, 2] : the parts that stay silent, -1 for a region in which
    nothing is published. largest [regions] : the area of the smallest level within each region with the most children.
    children_start [regions + 1], children : the parts of each region.
    """

    parent: Shorts
    absorbers: Shorts
    largest: Shorts
    children_start: Ints
    children: Shorts


class Counts(NamedTuple):
    """Children per atom of every region.

    n [regions, atoms] : all. parts [parts, regions, atoms] : some of them. The first `split` parts are disjoint and
    hold all children; the published sums are of the last of those. Of the parts from `tested` on every cell that is
    told, or follows, needs `least`.
    """

    n: Shorts
    parts: Shorts
    split: int
    tested: int
    least: int


class Known(NamedTuple):
    """What is told already, per region the groups [start[r]:start[r + 1]]: sums of all parts from `first` on."""

    group: Shorts
    start: Ints
    first: Shorts


class Result(NamedTuple):
    """published, in_span [regions, groups] : what is told, and what follows from it. counts [parts, regions, groups] :
    how many of each part there are. own [regions, room], own_count : the published groups that are independent, in the
    order in which they were taken. vector [regions, atoms] : a random vector that all of them are orthogonal to.
    """

    published: Bytes
    in_span: Bytes
    counts: Shorts
    own: Shorts
    own_count: Shorts
    vector: Shorts


class Around(NamedTuple):
    """A random vector over the kinds of children there can be in every region, see `look_around`.

    atoms [regions, atoms], cells [regions, cells] : what it gives for each.
    """

    atoms: Shorts
    cells: Shorts


@njit(nogil=True, cache=True)
def close_regions(
    chosen: Ints, plan: Plan, tree: Tree, of: Counts, known: Known, allowed: Bytes, forced: Bytes, prints: Ints,
    around: Around, seed: int, out: Result,
) -> None:  # fmt: skip
    """Choose the published groups of the regions `chosen`, for one statistic.

    allowed [regions, groups] : what may be told. forced [regions, groups] : what may not follow, whatever its size.
    prints [2, cells] : fingerprints of the cells as functions of all kinds of children.
    """
    grids, atoms, cells, groups = len(plan.slices), plan.first_atom[-1], plan.first_cell[-1], len(plan.group_cell)
    room, most = room_of(plan), out.own.shape[1]
    most_known = most + 1
    for region in range(len(known.start) - 1):
        most_known = max(most_known, most + 1 + known.start[region + 1] - known.start[region])
    work, flat = np.zeros((2, plan.work), np.int64), np.zeros(atoms, np.int64)
    counted = np.zeros((len(of.parts) + 1, cells), np.int64)
    candidates = np.zeros(groups, np.int64)
    failing = np.zeros(cells + groups, np.int64)
    pairs = np.zeros((2, len(plan.whole)), np.int64)
    columns = np.zeros((2 * room, grids), np.int32)
    blocks = np.zeros((2 * of.split * room, grids), np.int32)
    told, occupied, starts = np.zeros(cells, np.uint8), np.zeros(atoms, np.uint8), np.zeros(of.split + 1, np.int64)
    free, vector = np.zeros(2 * room, np.int64), np.zeros(2 * room, np.int64)
    outside, seen = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    row_room, pivots = np.zeros((most + 1) * (2 * room + EXTRA), np.int64), np.zeros(most + 1, np.int64)
    block_room = np.zeros(most_known * (2 * of.split * room if of.split > 1 else 0), np.int64)
    block_pivots = np.zeros(most_known, np.int64)

    for region in chosen:
        out.published[region] = 0
        out.in_span[region] = 0
        out.own_count[region] = 0
        out.vector[region] = around.atoms[region]
        _count(region, plan, of, flat, work, counted)
        for kind in range(len(of.parts)):
            for group in range(groups):
                out.counts[kind, region, group] = counted[kind, plan.group_cell[group]]
        count = _candidates(region, plan, of, counted, allowed, candidates)
        if count == 0:
            continue
        ordered = np.sort(candidates[:count])
        fails = _too_small(region, plan, of, counted, forced, failing)
        fail_pairs = _too_near(plan, of, counted, pairs)

        _, width = _shared_columns(region, plan, tree, of, occupied, columns)
        outside[:] = around.cells[region]
        randoms(seed + region, width, free)
        rows = row_room[: (most + 1) * (width + EXTRA)].reshape((most + 1, width + EXTRA))
        row = np.zeros(width + EXTRA, np.int64)

        block_width = _block_columns(region, plan, tree, of, occupied, blocks, starts) if of.split > 1 else 0
        block_rows = block_room[: most_known * block_width].reshape((most_known, block_width))
        block_row = np.zeros(block_width, np.int64)
        base = 0
        if of.split > 1:
            base = _tell_known(region, plan, known, blocks, starts, block_rows, block_row, block_pivots)
            if base < 0:
                continue

        # A few candidates are taken at a time; where something small follows, half of them, until it is one.
        taken, done, size = 0, 0, TOGETHER
        told[:] = 0
        while done < count:
            last, before = min(done + size, count), taken
            for key in ordered[done:last]:
                group = key & 0xFFFF
                cell = plan.group_cell[group]
                if _near(int(cell), told, pairs[:, :fail_pairs]):
                    continue
                look(plan, group, columns, 0, width, row)
                row[width] = outside[cell]
                row[width + 1], row[width + 2] = prints[0, cell], prints[1, cell]
                reduce_row(row, rows, pivots, taken)
                if not row[:width].any():
                    told[cell] = out.published[region, group] = row[width + 1] == 0 and row[width + 2] == 0
                    continue
                if taken == most:
                    continue
                if of.split > 1:
                    block_row[:] = 0
                    look(plan, group, blocks, starts[of.split - 1], block_width, block_row)
                    reduce_row(block_row, block_rows, block_pivots, base + taken)
                    if append_row(block_row, block_width, block_rows, block_pivots, base + taken) == base + taken:
                        continue
                append_row(row, width, rows, pivots, taken)
                out.own[region, taken] = group
                told[cell] = out.published[region, group] = 1
                taken += 1
            safe = True
            if taken > before:
                solve_null(free, width, rows, pivots, taken, vector)
                see(plan, vector, columns, width, outside, flat, work, seen)
                safe = not _tells(seen, failing[:fails], pairs[:, :fail_pairs])
            if not safe:
                taken = before
                for key in ordered[done:last]:
                    told[plan.group_cell[key & 0xFFFF]] = out.published[region, key & 0xFFFF] = 0
                if last - done > 1:
                    size = (last - done) // 2
                    continue
            done, size = last, min(2 * size, TOGETHER)
        out.own_count[region] = taken
        if taken:
            solve_null(free, width, rows, pivots, taken, vector)
            see(plan, vector, columns, width, outside, flat, work, seen)
            for group in range(groups):
                out.in_span[region, group] = seen[plan.group_cell[group]] == 0
            # What the vector gives for atoms is still in `flat`.
            for atom in range(atoms):
                out.vector[region, atom] = (flat[atom] + around.atoms[region, atom]) % P


@njit(nogil=True, cache=True)
def look_around(plan: Plan, tree: Tree, n: Shorts, seed: int, out: Around) -> None:
    """A random vector over the kinds of children there can be in every region.

    What there can be in a region is what there can be in any of its parts, or among those of no known part. It is the
    share of a vector on columns that a choice of published cells does not touch.
    """
    regions, atoms = n.shape
    flat, own = np.zeros((regions, atoms), np.int64), np.zeros(atoms, np.int64)
    columns = np.zeros((room_of(plan), len(plan.slices)), np.int32)
    occupied, weights = np.zeros(atoms, np.uint8), np.zeros(len(columns), np.int64)
    work, cells = np.zeros((2, plan.work), np.int64), np.zeros(plan.first_cell[-1], np.int64)
    for region in range(regions - 1, -1, -1):
        own[:] = n[region]
        for at in range(tree.children_start[region], tree.children_start[region + 1]):
            own -= n[tree.children[at]]
            flat[region] += flat[tree.children[at]]
        occupied[:] = own > 0
        width = star(plan, occupied, columns, 0)
        randoms(seed + region, width, weights)
        for k in range(width):
            for grid in range(columns.shape[1]):
                flat[region, plan.first_atom[grid] + columns[k, grid]] += weights[k]
        flat[region] %= P
        roll_up(plan, flat[region], work, cells)
        out.atoms[region] = flat[region]
        out.cells[region] = cells % P


@njit(nogil=True, cache=True)
def _count(region: int, plan: Plan, of: Counts, flat: Ints, work: Ints, counted: Ints) -> None:
    """How many of each part there are in every cell, and after the parts how many children."""
    for kind in range(len(of.parts)):
        flat[:] = of.parts[kind, region]
        roll_up(plan, flat, work, counted[kind])
    flat[:] = of.n[region]
    roll_up(plan, flat, work, counted[len(of.parts)])


@njit(nogil=True, cache=True)
def _candidates(region: int, plan: Plan, of: Counts, counted: Ints, allowed: Bytes, candidates: Ints) -> int:
    """Groups that pass the rule, by fewest attributes, then most children; the numbers end in the group."""
    kinds, found = len(of.parts), 0
    for group in range(len(plan.group_cell)):
        cell = plan.group_cell[group]
        passes = allowed[region, group] > 0
        for kind in range(of.tested, kinds):
            passes &= counted[kind, cell] >= of.least
        if passes:
            fewer = (1 << 30) - counted[kinds, cell]
            candidates[found] = (plan.attributes[group] << 48) + (fewer << 16) + group
            found += 1
    return found


@njit(nogil=True, cache=True)
def _too_small(region: int, plan: Plan, of: Counts, counted: Ints, forced: Bytes, failing: Ints) -> int:
    """Cells that somebody lives in and that may not follow."""
    kinds, found = len(of.parts), 0
    for cell in range(counted.shape[1]):
        fails = False
        for kind in range(of.tested, kinds):
            fails |= counted[kind, cell] < of.least
        if fails and counted[kinds, cell] > 0:
            failing[found] = cell
            found += 1
    for group in range(len(plan.group_cell)):
        if forced[region, group]:
            failing[found] = plan.group_cell[group]
            found += 1
    return found


@njit(nogil=True, cache=True)
def _too_near(plan: Plan, of: Counts, counted: Ints, pairs: Ints) -> int:
    """Groups within one another of which the difference may not follow."""
    kinds, found = len(of.parts), 0
    for pair in range(len(plan.whole)):
        whole, part = plan.whole[pair], plan.part[pair]
        fails = False
        for kind in range(of.tested, kinds):
            fails |= counted[kind, whole] - counted[kind, part] < of.least
        if fails and counted[kinds, whole] > counted[kinds, part]:
            pairs[0, found], pairs[1, found] = whole, part
            found += 1
    return found


@njit(nogil=True, cache=True)
def _near(cell: int, told: Bytes, pairs: Ints) -> bool:
    """Whether a cell that is told already differs from this one by too little: what `_tells` would find too."""
    for pair in range(pairs.shape[1]):
        if (pairs[0, pair] == cell and told[pairs[1, pair]]) or (pairs[1, pair] == cell and told[pairs[0, pair]]):
            return True
    return False


@njit(nogil=True, cache=True)
def _tells(seen: Ints, failing: Ints, pairs: Ints) -> bool:
    """Whether anything that may not follow does. seen [cells] : products with the vector, residues."""
    for pair in range(pairs.shape[1]):
        if seen[pairs[0, pair]] == seen[pairs[1, pair]]:
            return True
    return bool(np.any(seen[failing] == 0))


@njit(nogil=True, cache=True)
def _shared_columns(
    region: int, plan: Plan, tree: Tree, of: Counts, occupied: Bytes, columns: Shorts
) -> tuple[int, int]:
    """Columns where somebody lives here and, if anything in the region is told or it lies in one, in the silent parts.

    What kinds of children there can be is known best of the areas of the smallest level: in each region that is looked
    at, the largest of those stands for it. A region that has silent parts and lies in another is looked at in one of
    the silent parts of that. Columns that are left out can only hide more.
    Returns where the columns of the second silent part start, and how many there are.
    """
    above = tree.parent[region]
    inner = tree.absorbers[region, 0] >= 0
    middle, width = 0, 0
    for turn in range(2 if inner or above >= 0 else 1):
        for atom in range(len(occupied)):
            here = tree.absorbers[region, turn] if inner else region
            lives = of.n[tree.largest[here], atom] > 0
            if above >= 0:
                lives &= of.n[tree.largest[tree.absorbers[above, 1 if inner else turn]], atom] > 0
            occupied[atom] = lives
        middle, width = width, star(plan, occupied, columns, width)
    return middle, width


@njit(nogil=True, cache=True)
def _block_columns(
    region: int, plan: Plan, tree: Tree, of: Counts, occupied: Bytes, blocks: Shorts, starts: Ints
) -> int:  # fmt: skip
    """Columns where each part lives, part after part, in the silent parts of a region or else in itself.

    starts [split + 1] : where those of each part start. Returns how many there are.
    """
    inner = tree.absorbers[region, 0] >= 0
    width = 0
    for kind in range(of.split):
        starts[kind] = width
        for turn in range(2 if inner else 1):
            occupied[:] = of.parts[kind, tree.absorbers[region, turn] if inner else region] > 0
            width = star(plan, occupied, blocks, width)
    starts[of.split] = width
    return width


@njit(nogil=True, cache=True)
def _tell_known(
    region: int, plan: Plan, known: Known, blocks: Shorts, starts: Ints, rows: Ints, row: Ints, pivots: Ints
) -> int:  # fmt: skip
    """Put the sums that are told already into `rows`; how many, or -1 where they are not independent there."""
    count = 0
    for at in range(known.start[region], known.start[region + 1]):
        row[:] = 0
        look(plan, known.group[at], blocks, int(starts[known.first[at]]), len(row), row)
        reduce_row(row, rows, pivots, count)
        found = append_row(row, len(row), rows, pivots, count)
        if found == count:
            return -1
        count = found
    return count


@njit(nogil=True, cache=True)
def telling_silence(chosen: Ints, plan: Plan, tree: Tree, of: Counts, around: Around, out: Result) -> Ints:
    """Those of the regions of which what they and their other parts tell gives a small cell of a silent part away.

    A vector over the children of all parts that is orthogonal to what every part tells and, summed, to what the region
    tells, is orthogonal to all that follows about a silent part too.
    """
    regions, atoms, cells = len(tree.parent), plan.first_atom[-1], plan.first_cell[-1]
    room, grids, most = room_of(plan), len(plan.slices), out.own.shape[1]
    telling = np.zeros(regions, np.uint8)
    work, flat, sums = np.zeros((2, plan.work), np.int64), np.zeros(atoms, np.int64), np.zeros(atoms, np.int64)
    counted, failing = np.zeros((len(of.parts) + 1, cells), np.int64), np.zeros(cells + len(plan.group_cell), np.int64)
    nothing = np.zeros((regions, len(plan.group_cell)), np.uint8)
    columns, occupied = np.zeros((2 * room, grids), np.int32), np.zeros(atoms, np.uint8)
    vector, seen, outside = np.zeros(2 * room, np.int64), np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    rows, pivots = np.zeros((most + 1, 2 * room + 1), np.int64), np.zeros(most + 1, np.int64)
    row = np.zeros(2 * room + 1, np.int64)
    for region in chosen:
        if tree.absorbers[region, 0] < 0 or out.own_count[region] == 0:
            continue
        middle, width = _shared_columns(region, plan, tree, of, occupied, columns)
        # What all parts give without the columns, and those of no known part.
        sums[:] = around.atoms[region]
        for at in range(tree.children_start[region], tree.children_start[region + 1]):
            part = tree.children[at]
            sums += out.vector[part]
            sums -= around.atoms[part]
        sums %= P
        roll_up(plan, sums, work, outside)
        count = 0
        for number in range(out.own_count[region]):
            group = out.own[region, number]
            look(plan, group, columns, 0, width, row)
            row[width] = outside[plan.group_cell[group]] % P
            reduce_row(row[: width + 1], rows[:, : width + 1], pivots, count)
            count = append_row(row[: width + 1], width, rows[:, : width + 1], pivots, count)
        vector[:] = 0
        randoms(region, width, vector)
        solve_null(vector.copy(), width, rows[:, : width + 1], pivots, count, vector)
        for turn in range(2):
            silent = tree.absorbers[region, turn]
            first, last = (0, middle) if turn == 0 else (middle, width)
            # A silent part, and the area of the smallest level in it that stands for it.
            for step in range(2):
                area = silent if step == 0 else tree.largest[silent]
                if step == 1 and area == silent:
                    break
                flat[:] = around.atoms[area]
                for k in range(first, last):
                    for grid in range(grids):
                        flat[plan.first_atom[grid] + columns[k, grid]] += vector[k]
                roll_up(plan, flat, work, seen)
                flat_counted = _count_and_fail(int(area), plan, of, nothing, sums, work, counted, failing)
                for number in range(flat_counted):
                    if seen[failing[number]] % P == 0:
                        telling[region] = 1
                        break
    return np.flatnonzero(telling)


@njit(nogil=True, cache=True)
def _count_and_fail(
    region: int, plan: Plan, of: Counts, forced: Bytes, flat: Ints, work: Ints, counted: Ints, failing: Ints
) -> int:  # fmt: skip
    """The cells of a region that may not follow."""
    _count(region, plan, of, flat, work, counted)
    return _too_small(region, plan, of, counted, forced, failing)
