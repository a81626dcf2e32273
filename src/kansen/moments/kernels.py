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

Shorts = NDArray[np.int32]
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


def _child(context: Any, builder: Any, kind: Any, array: Any, child: Any, x: Any) -> tuple[Any, Any]:
    """The outcomes of a child in an array [children, LANES], and its rank as often, as vectors."""
    data = make_array(kind)(context, builder, array).data
    first = builder.gep(data, [builder.mul(child, ir.Constant(child.type, LANES))])
    value = builder.load(builder.bitcast(first, _VECTOR.as_pointer()), align=_BYTES)
    rank = ir.Constant(_VECTOR, ir.Undefined)
    for lane in range(LANES):
        rank = builder.insert_element(rank, x, ir.Constant(ir.IntType(32), lane))
    return value, rank


@_intrinsic
def merge_cells(typing_context: Any, to: Any, to_cell: Any, of: Any, one: Any, more: Any, other: Any) -> Any:
    """Put the sum of the cell `one` of the array `of` and the cell `other` of `more` in the place `to_cell` of `to`.

    All are float64 [cells, FIELDS, LANES].

    With n and m observations, share = m / (n + m) and both = n * share: the means move by their difference times the
    share, the centred sums grow by those of the other and by the product of the differences times both.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        targets = _pointers(context, builder, signature.args[0], arguments[0], arguments[1])
        own, others = (_pointers(context, builder, signature.args[at], *arguments[at : at + 2]) for at in (2, 4))
        mine, ones, mx, my, sxx, sxy, syy = _load(builder, own)
        theirs, more_ones, more_mx, more_my, more_sxx, more_sxy, more_syy = _load(builder, others)
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

    return types.none(to, types.intp, of, types.intp, more, types.intp), generate


@_intrinsic
def copy_cell(typing_context: Any, to: Any, to_cell: Any, source: Any, source_cell: Any) -> Any:
    """Put the cell `source_cell` of `source` in the place of the cell `to_cell` of `to`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        targets = _pointers(context, builder, signature.args[0], arguments[0], arguments[1])
        sources = _pointers(context, builder, signature.args[2], arguments[2], arguments[3])
        _store(builder, targets, _load(builder, sources))
        return context.get_dummy_value()

    return types.none(to, types.intp, source, types.intp), generate


@_intrinsic
def _see(typing_context: Any, sums: Any, cell: Any, y: Any, child: Any, x: Any) -> Any:
    """Count a child of y [children, LANES] with rank x in one cell of sums [cells, FIELDS, LANES].

    It holds n, ones, x and y of the first child that is seen, the sums of what others differ from it, and nothing.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
        pointers = _pointers(context, builder, signature.args[0], arguments[0], arguments[1])[:6]
        n, ones, x0, y0, sum_x, sum_y = _load(builder, pointers)
        value, rank = _child(context, builder, signature.args[2], *arguments[2:])
        seen = builder.fcmp_ordered("==", value, value)
        first = builder.and_(seen, builder.fcmp_ordered("==", n, zero))
        later = builder.and_(seen, builder.fcmp_ordered(">", n, zero))
        hit = builder.fcmp_ordered("==", value, one)
        _store(
            builder,
            pointers,
            [
                builder.fadd(n, builder.select(seen, one, zero)),
                builder.fadd(ones, builder.select(hit, one, zero)),
                builder.select(first, rank, x0),
                builder.select(first, value, y0),
                builder.fadd(sum_x, builder.select(later, builder.fsub(rank, x0), zero)),
                builder.fadd(sum_y, builder.select(later, builder.fsub(value, y0), zero)),
            ],
        )
        return context.get_dummy_value()

    return types.none(sums, types.intp, y, types.intp, types.float64), generate


@_intrinsic
def _spread(typing_context: Any, cells: Any, cell: Any, y: Any, child: Any, x: Any) -> Any:
    """Add the squares of what a child differs from the means of one cell of `cells`, [cells, FIELDS, LANES].

    One child alone differs from nothing, even if its value is infinite; one without a rank leaves no spread of ranks.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
        pointers = _pointers(context, builder, signature.args[0], arguments[0], arguments[1])
        n, _, mx, my, sxx, sxy, syy = _load(builder, pointers)
        value, rank = _child(context, builder, signature.args[2], *arguments[2:])
        seen = builder.fcmp_ordered("==", value, value)
        several = builder.and_(seen, builder.fcmp_ordered(">", n, one))
        dx = builder.select(seen, builder.fsub(rank, mx), zero)
        dy = builder.select(several, builder.fsub(value, my), zero)
        squares = (builder.fmul(dx, dx), builder.fmul(dx, dy), builder.fmul(dy, dy))
        sums = [builder.fadd(own, more) for own, more in zip((sxx, sxy, syy), squares, strict=True)]
        _store(builder, pointers[4:], sums)
        return context.get_dummy_value()

    return types.none(cells, types.intp, y, types.intp, types.float64), generate


@_intrinsic
def _fetch(typing_context: Any, rows: Any, child: Any) -> Any:
    """Ask for the outcomes of a child in an array [children, LANES] that will be needed soon."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        first = builder.gep(data, [builder.mul(arguments[1], ir.Constant(arguments[1].type, LANES))])
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(ask, [builder.bitcast(first, byte), flag(0), flag(3), flag(1)])  # to read, to keep, as data
        return context.get_dummy_value()

    return types.none(rows, types.intp), generate


@njit(nogil=True, cache=True, error_model="numpy")
def observe(y: Floats, x: Floats, first: int, last: int, cells: Floats, cell: int) -> None:
    """Moments of the children first:last into one cell of `cells` [cells, FIELDS, LANES].

    y [children, LANES] : outcomes, NaN where missing. x [children] : parental ranks.

    Deviations are taken from the first value before they are averaged, so that the mean of equal values is that value
    to the last bit and their centred sums are zero.
    """
    cells[cell] = 0.0
    for i in range(first, last):
        _see(cells, cell, y, i, x[i])
    for lane in range(LANES):
        n = cells[cell, 0, lane]
        if n > 1.0:
            cells[cell, 2, lane] += cells[cell, 4, lane] / n
            cells[cell, 3, lane] += cells[cell, 5, lane] / n
        cells[cell, 4, lane] = cells[cell, 5, lane] = 0.0
    for i in range(first, last):
        _spread(cells, cell, y, i, x[i])


@njit(nogil=True, cache=True)
def merge(to: Floats, more: Floats) -> None:
    """Add the cells `more` to the cells `to`, both [cells, FIELDS, LANES], one by one in place."""
    for cell in range(len(to)):
        merge_cells(to, cell, to, cell, more, cell)


@njit(nogil=True, cache=True)
def _sum(to: Floats, cell: int, of: Floats, source: Shorts, first: int, last: int) -> None:
    """Put the sum of the cells source[first:last] of `of` in a cell of `to`, added up in that order."""
    if last == first + 1:
        copy_cell(to, cell, of, source[first])
        return
    merge_cells(to, cell, of, source[first], of, source[first + 1])
    for k in range(first + 2, last):
        merge_cells(to, cell, to, cell, of, source[k])


@njit(nogil=True, cache=True)
def _groups(
    area: int,
    inputs: int,
    area_sum: Shorts,
    sum_source: Shorts,
    source: Shorts,
    area_cell: Shorts,
    cell_slot: Shorts,
    work: Floats,
    out: Floats,
    to: int,
) -> int:
    """Make the sums of one area, whose inputs are the first cells of `work`, and put its groups in out[to:].

    Returns where the groups end. See `plan.Plan` for the arrays.
    """
    for number in range(area_sum[area], area_sum[area + 1]):
        _sum(work, inputs, work, source, sum_source[number], sum_source[number + 1])
        inputs += 1
    for cell in range(area_cell[area], area_cell[area + 1]):
        copy_cell(out, to, work, cell_slot[cell])
        to += 1
    return to


AHEAD = 64
"""Children whose outcomes are asked for before they are needed: they lie all over the memory, which is slow to answer
but can be asked many things at a time."""


@njit(nogil=True, cache=True)
def roll_up_smallest(
    rows: Floats,
    order: Shorts,
    x: Floats,
    run_start: Shorts,
    run_above: Shorts,
    leaf_start: Shorts,
    leaf_area: Shorts,
    leaves: tuple[int, int],
    area_sum: Shorts,
    sum_source: Shorts,
    source: Shorts,
    area_cell: Shorts,
    cell_slot: Shorts,
    above: Floats,
    y: Floats,
    work: Floats,
    out: Floats,
) -> None:
    """Cells of the areas of the smallest level that hold the leaves `leaves`; the atoms of what is above on the way.

    rows [children, LANES] : outcomes in file order, NaN where missing. order, x [children] : the sorted order of the
    children, and their parental ranks in it. run_start : the runs of children of one atom. run_above : where in `above`
    each run is added; ~ of that where it is the first, which is put there. leaf_start : the runs of each leaf.
    leaf_area : the area of a leaf at the smallest level, -1 where not known; leaves of one area are neighbours.
    area_sum, sum_source, source, area_cell, cell_slot : see `plan.Plan`; inputs are the runs of an area. above
    [atoms of combinations of larger areas, FIELDS, LANES]. y [children, LANES] and work [cells, FIELDS, LANES] : room
    to work in, for the children of a leaf and the cells of an area. out [cells, FIELDS, LANES] receives the cells, area
    after area.
    """
    inputs = to = 0
    for leaf in range(leaves[0], leaves[1]):
        area = leaf_area[leaf]
        start, stop = run_start[leaf_start[leaf]], run_start[leaf_start[leaf + 1]]
        for i in range(start, stop):
            _fetch(rows, order[min(i + AHEAD, len(order) - 1)])
            for lane in range(LANES):
                y[i - start, lane] = rows[order[i], lane]
        here = x[start:stop]
        for run in range(leaf_start[leaf], leaf_start[leaf + 1]):
            observe(y, here, run_start[run] - start, run_start[run + 1] - start, work, inputs)
            if run_above[run] < 0:
                copy_cell(above, ~run_above[run], work, inputs)
            else:
                merge_cells(above, run_above[run], above, run_above[run], work, inputs)
            if area >= 0:
                inputs += 1
        if area >= 0 and (leaf + 1 == leaves[1] or leaf_area[leaf + 1] != area):
            to = _groups(area, inputs, area_sum, sum_source, source, area_cell, cell_slot, work, out, to)
            inputs = 0


@njit(nogil=True, cache=True)
def roll_up_larger(
    areas: tuple[int, int],
    lowest: int,
    area_input: Shorts,
    input_source: Shorts,
    above_source: Shorts,
    area_sum: Shorts,
    sum_source: Shorts,
    source: Shorts,
    area_cell: Shorts,
    cell_slot: Shorts,
    above: Floats,
    work: Floats,
    out: Floats,
) -> None:
    """Cells of the larger areas `areas`, from the atoms of their combinations.

    Areas are numbered on over the levels, those of the smallest level first (there are `lowest` of them). area_input :
    the atoms of each larger area, its inputs. input_source, above_source : what each is the sum of in `above`. Other
    arguments as in `roll_up_smallest`.
    """
    to = 0
    for area in range(areas[0], areas[1]):
        first, last = area_input[area - lowest], area_input[area - lowest + 1]
        for number in range(first, last):
            _sum(work, number - first, above, above_source, input_source[number], input_source[number + 1])
        to = _groups(area, last - first, area_sum, sum_source, source, area_cell, cell_slot, work, out, to)
