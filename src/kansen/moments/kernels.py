"""The compiled part: moments of atoms, their merging, and the roll-up to every group of every area.

Kernels know no group, level or size by name: all of that comes in as arrays (`Structure`). They hold no state and
release the interpreter, so that threads can each take some outcomes. Sums are made in one fixed order, which is why the
result does not depend on the number of threads, nor on which outcomes are computed together.

A *cell* here is one cell (one area, one atom or group) of `LANES` outcomes side by side: an array [FIELDS, LANES] of n,
ones, mx, my, sxx, sxy, syy. Everything but these numbers is the same for all of them, so that a cell is looked up once
and merged with vector instructions. Those are written out for the compiler, because whether it finds them by itself
depends on its version and its switches, and costs a factor of five when it does not. A cell without observations is all
zeros, and merging it changes nothing. (All of it is in one file: compiled code is kept until this file changes.)

Sources: two passes over the values for the moments of an atom; Chan, Golub and LeVeque (1979), "Updating formulae and
a pairwise algorithm for computing sample variances", for merging.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

LANES = 4
"""Outcomes that are computed together: doubles in a vector register of common processors."""

FIELDS = 7
"""Numbers of a cell: n, ones, mx, my, sxx, sxy, syy."""

_intrinsic = cast(Any, intrinsic)  # which hides the first argument of what it decorates
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_BYTES = 8


def _pointers(context: Any, builder: Any, kind: Any, array: Any, cell: Any) -> list[Any]:
    """Where the vectors of one cell of an array [cells, FIELDS, LANES] are, one per field."""
    data = make_array(kind)(context, builder, array).data
    first = builder.mul(cell, ir.Constant(cell.type, FIELDS * LANES))
    return [
        builder.bitcast(
            builder.gep(data, [builder.add(first, ir.Constant(cell.type, field * LANES))]), _VECTOR.as_pointer()
        )
        for field in range(FIELDS)
    ]


def _load(builder: Any, pointers: list[Any]) -> list[Any]:
    return [builder.load(pointer, align=_BYTES) for pointer in pointers]


def _store(builder: Any, pointers: list[Any], values: list[Any]) -> None:
    for pointer, value in zip(pointers, values, strict=True):
        builder.store(value, pointer, align=_BYTES)


@_intrinsic
def merge_cell(typing_context: Any, to: Any, to_cell: Any, more: Any, more_cell: Any) -> Any:
    """Add the cell `more_cell` of the array `more` to the cell `to_cell` of `to`, both float64 [cells, FIELDS, LANES].

    With n and m observations, share = m / (n + m) and both = n * share: the means move by their difference times the
    share, the centred sums grow by those of the other and by the product of the differences times both.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        targets = _pointers(context, builder, signature.args[0], arguments[0], arguments[1])
        sources = _pointers(context, builder, signature.args[2], arguments[2], arguments[3])
        mine, ones, mx, my, sxx, sxy, syy = _load(builder, targets)
        theirs, more_ones, more_mx, more_my, more_sxx, more_sxy, more_syy = _load(builder, sources)
        zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
        total = builder.fadd(mine, theirs)
        some = builder.fcmp_ordered(">", total, zero)
        share = builder.fdiv(theirs, builder.select(some, total, one))
        both = builder.fmul(mine, share)
        arrives = builder.fcmp_ordered(">", theirs, zero)
        meets = builder.fcmp_ordered(">", both, zero)
        dx, dy = builder.fsub(more_mx, mx), builder.fsub(more_my, my)

        def moved(mean: Any, away: Any) -> Any:
            return builder.fadd(mean, builder.select(arrives, builder.fmul(away, share), zero))

        def grown(own: Any, other: Any, one_away: Any, other_away: Any) -> Any:
            product = builder.fmul(builder.fmul(one_away, other_away), both)
            return builder.fadd(own, builder.fadd(other, builder.select(meets, product, zero)))

        _store(
            builder,
            targets,
            [
                total,
                builder.fadd(ones, more_ones),
                moved(mx, dx),
                moved(my, dy),
                grown(sxx, more_sxx, dx, dx),
                grown(sxy, more_sxy, dx, dy),
                grown(syy, more_syy, dy, dy),
            ],
        )
        return context.get_dummy_value()

    return types.none(to, types.intp, more, types.intp), generate


@_intrinsic
def copy_cell(typing_context: Any, to: Any, to_cell: Any, source: Any, source_cell: Any) -> Any:
    """Put the cell `source_cell` of `source` in the place of the cell `to_cell` of `to`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        targets = _pointers(context, builder, signature.args[0], arguments[0], arguments[1])
        sources = _pointers(context, builder, signature.args[2], arguments[2], arguments[3])
        _store(builder, targets, _load(builder, sources))
        return context.get_dummy_value()

    return types.none(to, types.intp, source, types.intp), generate


@njit(nogil=True, cache=True)
def observe(y: Floats, x: Floats, first: int, last: int, cell: Floats) -> None:
    """Moments of the children first:last into `cell` [FIELDS, LANES]; y [children, LANES] (missing: NaN), x [children].

    Deviations are taken from the first value before they are averaged, so that the mean of equal values is that value
    to the last bit and their centred sums are zero.
    """
    for lane in range(LANES):
        n, ones = 0, 0
        x0, y0, sum_x, sum_y = 0.0, 0.0, 0.0, 0.0
        for i in range(first, last):
            value = y[i, lane]
            if np.isnan(value):
                continue
            if n == 0:
                x0, y0 = x[i], value
            n += 1
            if value == 1.0:
                ones += 1
            sum_x += x[i] - x0
            sum_y += value - y0
        mx, my, sxx, sxy, syy = x0, y0, 0.0, 0.0, 0.0
        if n > 1:
            mx, my = x0 + sum_x / n, y0 + sum_y / n
            for i in range(first, last):
                value = y[i, lane]
                if np.isnan(value):
                    continue
                dx, dy = x[i] - mx, value - my
                sxx += dx * dx
                sxy += dx * dy
                syy += dy * dy
        elif n == 1 and np.isnan(x0):
            sxx = sxy = np.nan
        cell[0, lane], cell[1, lane], cell[2, lane], cell[3, lane] = n, ones, mx, my
        cell[4, lane], cell[5, lane], cell[6, lane] = sxx, sxy, syy


@njit(nogil=True, cache=True)
def merge(to: Floats, more: Floats) -> None:
    """Add the cells `more` to the cells `to`, both [cells, FIELDS, LANES], one by one in place."""
    for cell in range(len(to)):
        merge_cell(to, cell, more, cell)


@njit(nogil=True, cache=True)
def sort(columns: Floats, order: Shorts, out: Floats) -> None:
    """The columns [LANES, children] in file order as rows in sorted order: out [children, LANES]."""
    for i in range(len(order)):
        source = order[i]
        for lane in range(LANES):
            out[i, lane] = columns[lane, source]


@njit(nogil=True, cache=True)
def _groups(
    used: Flags, cells: Floats, shapes: Ints, member_start: Ints, member_code: Ints, work_used: Flags, work: Floats
) -> int:
    """Roll the atoms of one area up, one dimension at a time; returns which half of the work space holds the groups.

    used [cells] : whether a cell holds anybody; what an unused cell holds is not read. A stage turns [outer, codes,
    inner] into [outer, members, inner]; row `stage` of `shapes` holds outer, codes, inner, members. Members of all
    stages are numbered on; member m is the sum of codes member_code[member_start[m]:...].
    """
    now, member0 = 0, 0
    for stage in range(shapes.shape[0]):
        outer, codes, inner, members = shapes[stage]
        source_used = used if stage == 0 else work_used[now]
        source_cells = cells if stage == 0 else work[now]
        now = 1 - now
        to_used, to_cells = work_used[now], work[now]
        for o in range(outer):
            for m in range(members):
                for i in range(inner):
                    to = (o * members + m) * inner + i
                    filled = False
                    for k in range(member_start[member0 + m], member_start[member0 + m + 1]):
                        source = (o * codes + member_code[k]) * inner + i
                        if source_used[source]:
                            if filled:
                                merge_cell(to_cells, to, source_cells, source)
                            else:
                                copy_cell(to_cells, to, source_cells, source)
                                filled = True
                    to_used[to] = filled
        member0 += members
    return now


@njit(nogil=True, cache=True)
def _add(used: Flags, cells: Floats, atom: int, one: Floats) -> None:
    """Add the only cell of `one` to an atom, which it may be the first of."""
    if used[atom]:
        merge_cell(cells, atom, one, 0)
    else:
        copy_cell(cells, atom, one, 0)
        used[atom] = True


@njit(nogil=True, cache=True)
def roll_up_smallest(
    y: Floats,
    x: Floats,
    run_start: Shorts,
    run_atom: Shorts,
    leaf_start: Shorts,
    leaf_area: Shorts,
    leaves: tuple[int, int],
    lowest: int,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    area_cell: Ints,
    cell_group: Shorts,
    top_used: Flags,
    top: Floats,
    work_used: Flags,
    work: Floats,
    out: Floats,
) -> None:
    """Cells of the areas of the smallest level that hold the leaves `leaves`; the atoms of larger areas on the way.

    y [children, LANES], x [children] : outcomes (NaN where missing) and parental rank in sorted order. run_start,
    run_atom : the runs of children of one atom. leaf_start : the runs of each leaf. leaf_area [leaves, levels] : the
    areas of a leaf, numbered on over the levels, those of the smallest level first (there are `lowest` of them); -1
    where not known; leaves of one smallest area are neighbours. shapes, member_start, member_code : see
    `structure.Atoms`. area_cell, cell_group : the occupied groups of each area. top_used, top [areas - lowest, atoms] :
    the atoms of the larger areas so far, added to. work_used, work [3, size] : room to work in. out [cells, FIELDS,
    LANES] receives the cells, area after area.
    """
    one = np.zeros((1, FIELDS, LANES))
    used, cells = work_used[2], work[2]
    used[:] = False
    first = -1
    for leaf in range(leaves[0], leaves[1]):
        area = leaf_area[leaf, 0]
        if first < 0 <= area:
            first = area_cell[area]
        for run in range(leaf_start[leaf], leaf_start[leaf + 1]):
            observe(y, x, run_start[run], run_start[run + 1], one[0])
            if area >= 0:
                _add(used, cells, run_atom[run], one)
            for level in range(1, leaf_area.shape[1]):
                above = leaf_area[leaf, level] - lowest
                if above >= 0:
                    _add(top_used[above], top[above], run_atom[run], one)
        if area >= 0 and (leaf + 1 == leaves[1] or leaf_area[leaf + 1, 0] != area):
            now = _groups(used, cells, shapes, member_start, member_code, work_used, work)
            for cell in range(area_cell[area], area_cell[area + 1]):
                copy_cell(out, cell - first, work[now], cell_group[cell])
            used[:] = False


@njit(nogil=True, cache=True)
def roll_up_larger(
    areas: tuple[int, int],
    lowest: int,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    area_cell: Ints,
    cell_group: Shorts,
    top_used: Flags,
    top: Floats,
    work_used: Flags,
    work: Floats,
    out: Floats,
) -> None:
    """Cells of the larger areas `areas`, from their atoms; arguments as in `roll_up_smallest`."""
    for area in range(areas[0], areas[1]):
        if area_cell[area + 1] > area_cell[area]:
            now = _groups(
                top_used[area - lowest], top[area - lowest], shapes, member_start, member_code, work_used, work
            )
            for cell in range(area_cell[area], area_cell[area + 1]):
                copy_cell(out, cell - area_cell[areas[0]], work[now], cell_group[cell])
