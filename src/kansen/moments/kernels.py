"""The compiled part: moments of atoms, their merging, and the roll-up to every group of every area.

Kernels know no group, level or size by name: all of that comes in as arrays (`Structure`). They hold no state and
release the interpreter, so that threads can each take an outcome. Sums are made in one fixed order, which is why the
result does not depend on the number of threads.

Sources: two passes over the values for the moments of an atom; Chan, Golub and LeVeque (1979), "Updating formulae and
a pairwise algorithm for computing sample variances", for merging.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(nogil=True, cache=True, inline="always")
def _merge(counts: Ints, moments: Floats, to: int, more_counts: Ints, more: Floats, source: int) -> None:
    """Add the cell `source` of (more_counts, more) to the cell `to` of (counts, moments)."""
    mine, theirs = counts[to, 1], more_counts[source, 1]
    for field in range(counts.shape[1]):
        counts[to, field] += more_counts[source, field]
    if theirs == 0:
        return
    if mine == 0:
        for field in range(moments.shape[1]):
            moments[to, field] = more[source, field]
        return
    share = theirs / (mine + theirs)
    both = mine * share
    dx = more[source, 0] - moments[to, 0]
    dy = more[source, 1] - moments[to, 1]
    moments[to, 0] += dx * share
    moments[to, 1] += dy * share
    moments[to, 2] += more[source, 2] + dx * dx * both
    moments[to, 3] += more[source, 3] + dx * dy * both
    moments[to, 4] += more[source, 4] + dy * dy * both


@njit(nogil=True, cache=True)
def merge(counts: Ints, moments: Floats, more_counts: Ints, more: Floats) -> None:
    """Merge two sets of cells of the same shape, in place: counts int64 [cells, fields], moments float64 [cells, 5]."""
    for cell in range(len(counts)):
        _merge(counts, moments, cell, more_counts, more, cell)


@njit(nogil=True, cache=True)
def observe(y: Floats, x: Floats, order: Ints, first: int, last: int, counts: Ints, moments: Floats) -> None:
    """Moments of the children order[first:last], into row 0 of `counts` and `moments`; a missing y is NaN.

    Deviations are taken from the first value before they are averaged, so that the mean of equal values is that value
    to the last bit and their centred sums are zero.
    """
    n, ones = 0, 0
    x0, y0, sum_x, sum_y = 0.0, 0.0, 0.0, 0.0
    for i in range(first, last):
        value = y[order[i]]
        if np.isnan(value):
            continue
        if n == 0:
            x0, y0 = x[i], value
        n += 1
        if value == 1.0:
            ones += 1
        sum_x += x[i] - x0
        sum_y += value - y0
    counts[0, 0], counts[0, 1], counts[0, 2] = last - first, n, ones
    if n == 0:
        moments[0, :] = 0.0
        return
    mx, my = x0 + sum_x / n, y0 + sum_y / n
    sxx, sxy, syy = 0.0, 0.0, 0.0
    if n > 1:
        for i in range(first, last):
            value = y[order[i]]
            if np.isnan(value):
                continue
            dx, dy = x[i] - mx, value - my
            sxx += dx * dx
            sxy += dx * dy
            syy += dy * dy
    elif np.isnan(mx):
        sxx = sxy = np.nan
    moments[0, 0], moments[0, 1], moments[0, 2], moments[0, 3], moments[0, 4] = mx, my, sxx, sxy, syy


@njit(nogil=True, cache=True)
def _groups(
    counts: Ints, moments: Floats, shapes: Ints, member_start: Ints, member_code: Ints, work: Ints, means: Floats
) -> int:
    """Roll the atoms of one area up, one dimension at a time; returns which half of the work space holds the groups.

    A stage turns [outer, codes, inner] into [outer, members, inner]; row `stage` of `shapes` holds outer, codes, inner,
    members. Members of all stages are numbered on; member m is the sum of codes member_code[member_start[m]:...].
    """
    now, member0 = 0, 0
    for stage in range(shapes.shape[0]):
        outer, codes, inner, members = shapes[stage]
        source_counts = counts if stage == 0 else work[now]
        source_means = moments if stage == 0 else means[now]
        now = 1 - now
        for o in range(outer):
            for m in range(members):
                for i in range(inner):
                    to = (o * members + m) * inner + i
                    work[now, to, :] = 0
                    for k in range(member_start[member0 + m], member_start[member0 + m + 1]):
                        source = (o * codes + member_code[k]) * inner + i
                        if source_counts[source, 0] > 0:
                            _merge(work[now], means[now], to, source_counts, source_means, source)
        member0 += members
    return now


@njit(nogil=True, cache=True)
def _write(
    area: int,
    now: int,
    work: Ints,
    means: Floats,
    cell_start: Ints,
    cell_group: NDArray[np.int32],
    out_counts: Ints,
    out_moments: Floats,
) -> None:
    """Copy the occupied groups of one area to their place in the result; cells without observations are all zero."""
    for cell in range(cell_start[area], cell_start[area + 1]):
        group = cell_group[cell]
        for field in range(out_counts.shape[0]):
            out_counts[field, cell] = work[now, group, field]
        observed = work[now, group, 1] > 0
        for field in range(out_moments.shape[0]):
            out_moments[field, cell] = means[now, group, field] if observed else 0.0


@njit(nogil=True, cache=True)
def roll_up(
    y: Floats,
    x: Floats,
    order: Ints,
    run_start: Ints,
    run_atom: Ints,
    leaf_start: Ints,
    leaf_area: Ints,
    areas: int,
    lowest: int,
    atoms: int,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    cell_start: Ints,
    cell_group: NDArray[np.int32],
    out_counts: Ints,
    out_moments: Floats,
) -> None:
    """Moments of one outcome for every group of every area of a chain of levels.

    y : outcome per child in file order, NaN where missing. x : parental rank in sorted order. order : sorted order of
    the children. run_start, run_atom : the runs of children of one atom. leaf_start : the runs of each leaf.
    leaf_area [leaves, levels] : the areas of a leaf, numbered on over the levels, those of the smallest level first
    (there are `lowest` of them); -1 where not known; leaves of one smallest area are neighbours. areas : of all levels
    together. atoms, shapes, member_start, member_code : see `structure.Atoms`. cell_start, cell_group : the occupied
    groups of each area. out_counts [fields, cells] and out_moments [5, cells] receive the result.
    """
    fields, size = out_counts.shape[0], atoms
    for stage in range(shapes.shape[0]):
        size = max(size, shapes[stage, 0] * shapes[stage, 2] * shapes[stage, 3])
    work, means = np.zeros((2, size, fields), np.int64), np.zeros((2, size, out_moments.shape[0]))
    low_counts, low = np.zeros((atoms, fields), np.int64), np.zeros((atoms, out_moments.shape[0]))
    high_counts = np.zeros((areas - lowest, atoms, fields), np.int64)
    high = np.zeros((areas - lowest, atoms, out_moments.shape[0]))
    one_counts, one = np.zeros((1, fields), np.int64), np.zeros((1, out_moments.shape[0]))
    leaves = len(leaf_start) - 1
    for leaf in range(leaves):
        area = leaf_area[leaf, 0]
        for run in range(leaf_start[leaf], leaf_start[leaf + 1]):
            observe(y, x, order, run_start[run], run_start[run + 1], one_counts, one)
            atom = run_atom[run]
            if area >= 0:
                _merge(low_counts, low, atom, one_counts, one, 0)
            for level in range(1, leaf_area.shape[1]):
                above = leaf_area[leaf, level]
                if above >= 0:
                    _merge(high_counts[above - lowest], high[above - lowest], atom, one_counts, one, 0)
        if area >= 0 and (leaf + 1 == leaves or leaf_area[leaf + 1, 0] != area):
            now = _groups(low_counts, low, shapes, member_start, member_code, work, means)
            _write(area, now, work, means, cell_start, cell_group, out_counts, out_moments)
            low_counts[:, :] = 0
    for area in range(lowest, areas):
        if cell_start[area + 1] > cell_start[area]:
            now = _groups(
                high_counts[area - lowest], high[area - lowest], shapes, member_start, member_code, work, means
            )
            _write(area, now, work, means, cell_start, cell_group, out_counts, out_moments)
