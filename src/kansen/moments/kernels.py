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
from numba.core import cgutils, types
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


def _merged(builder: Any, mine: list[Any], theirs: list[Any]) -> list[Any]:
    """The vectors of two cells together.

    With n and m observations, share = m / (n + m) and both = n * share: the means move by their difference times the
    share, the centred sums grow by those of the other and by the product of the differences times both.
    """
    n, ones, mx, my, sxx, sxy, syy = mine
    more, more_ones, more_mx, more_my, more_sxx, more_sxy, more_syy = theirs
    zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
    total = builder.fadd(n, more)
    some = builder.fcmp_ordered(">", total, zero)
    share = builder.fdiv(more, builder.select(some, total, one))
    both = builder.fmul(n, share)
    arrives = builder.fcmp_ordered(">", more, zero)
    meets = builder.fcmp_ordered(">", both, zero)
    dx, dy = builder.fsub(more_mx, mx), builder.fsub(more_my, my)

    def moved(mean: Any, away: Any) -> Any:
        return builder.fadd(mean, builder.select(arrives, builder.fmul(away, share), zero))

    def grown(own: Any, other: Any, one_away: Any, other_away: Any) -> Any:
        product = builder.fmul(builder.fmul(one_away, other_away), both)
        return builder.fadd(own, builder.fadd(other, builder.select(meets, product, zero)))

    return [
        total,
        builder.fadd(ones, more_ones),
        moved(mx, dx),
        moved(my, dy),
        grown(sxx, more_sxx, dx, dx),
        grown(sxy, more_sxy, dx, dy),
        grown(syy, more_syy, dy, dy),
    ]


@_intrinsic
def merge_cell(typing_context: Any, to: Any, to_cell: Any, more: Any, more_cell: Any) -> Any:
    """Add a cell of the array `more` to a cell of `to`, both float64 [cells, FIELDS, LANES]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        targets, sources = (_pointers(context, builder, signature.args[i], *arguments[i : i + 2]) for i in (0, 2))
        _store(builder, targets, _merged(builder, _load(builder, targets), _load(builder, sources)))
        return context.get_dummy_value()

    return types.none(to, types.intp, more, types.intp), generate


@_intrinsic
def sum_cells(typing_context: Any, to: Any, to_cell: Any, of: Any, source: Any, first: Any, last: Any) -> Any:
    """Put the sum of the cells source[first:last] of `of`, at least one, in the cell `to_cell` of `to`.

    They are added up in that order, in registers: what is being added up need not be stored and read in between.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, _, cells, numbers, start, stop = arguments
        places = make_array(signature.args[3])(context, builder, numbers).data

        def cell(at: Any) -> list[Any]:
            place = builder.sext(builder.load(builder.gep(places, [at])), at.type)
            return _load(builder, _pointers(context, builder, signature.args[2], cells, place))

        sums = [cgutils.alloca_once_value(builder, value) for value in cell(start)]
        second = builder.add(start, ir.Constant(start.type, 1))
        with cgutils.for_range(builder, stop, second) as loop:
            merged = _merged(builder, [builder.load(sum) for sum in sums], cell(loop.index))
            for sum, value in zip(sums, merged, strict=True):
                builder.store(value, sum)
        targets = _pointers(context, builder, signature.args[0], *arguments[:2])
        _store(builder, targets, [builder.load(sum) for sum in sums])
        return context.get_dummy_value()

    return types.none(to, types.intp, of, source, types.intp, types.intp), generate


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
def _observe(typing_context: Any, cells: Any, cell: Any, y: Any, x: Any, first: Any, last: Any) -> Any:
    """See `observe`.

    One child alone differs from nothing, even if its value is infinite; one without a rank leaves no spread of ranks.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, _, outcomes, ranks, start, stop = arguments
        zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
        places = make_array(signature.args[3])(context, builder, ranks).data

        def child(at: Any) -> tuple[Any, Any, Any]:
            rank = builder.load(builder.gep(places, [at]))
            value, rank = _child(context, builder, signature.args[2], outcomes, at, rank)
            return value, rank, builder.fcmp_ordered("==", value, value)

        # Counts, x and y of the first child that is seen, and the sums of what others differ from it.
        kept = [cgutils.alloca_once_value(builder, zero) for _ in range(6)]
        with cgutils.for_range(builder, stop, start) as loop:
            value, rank, seen = child(loop.index)
            n, ones, x0, y0, sum_x, sum_y = (builder.load(of) for of in kept)
            leads = builder.and_(seen, builder.fcmp_ordered("==", n, zero))
            follows = builder.and_(seen, builder.fcmp_ordered(">", n, zero))
            hit = builder.fcmp_ordered("==", value, one)
            now = [
                builder.fadd(n, builder.select(seen, one, zero)),
                builder.fadd(ones, builder.select(hit, one, zero)),
                builder.select(leads, rank, x0),
                builder.select(leads, value, y0),
                builder.fadd(sum_x, builder.select(follows, builder.fsub(rank, x0), zero)),
                builder.fadd(sum_y, builder.select(follows, builder.fsub(value, y0), zero)),
            ]
            for of, more in zip(kept, now, strict=True):
                builder.store(more, of)
        n, ones, x0, y0, sum_x, sum_y = (builder.load(of) for of in kept)
        several = builder.fcmp_ordered(">", n, one)
        mx, my = (
            builder.select(several, builder.fadd(of, builder.fdiv(sums, n)), of)
            for of, sums in ((x0, sum_x), (y0, sum_y))
        )
        squares = [cgutils.alloca_once_value(builder, zero) for _ in range(3)]
        with cgutils.for_range(builder, stop, start) as loop:
            value, rank, seen = child(loop.index)
            dx = builder.select(seen, builder.fsub(rank, mx), zero)
            dy = builder.select(builder.and_(seen, several), builder.fsub(value, my), zero)
            for of, one_away, other_away in zip(squares, (dx, dx, dy), (dx, dy, dy), strict=True):
                builder.store(builder.fadd(builder.load(of), builder.fmul(one_away, other_away)), of)
        targets = _pointers(context, builder, signature.args[0], *arguments[:2])
        _store(builder, targets, [n, ones, mx, my, *(builder.load(of) for of in squares)])
        return context.get_dummy_value()

    return types.none(cells, types.intp, y, x, types.intp, types.intp), generate


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


@njit(nogil=True, cache=True)
def observe(y: Floats, x: Floats, first: int, last: int, cells: Floats, cell: int) -> None:
    """Moments of the children first:last into one cell of `cells` [cells, FIELDS, LANES].

    y [children, LANES] : outcomes, NaN where missing. x [children] : parental ranks.

    Deviations are taken from the first value before they are averaged, so that the mean of equal values is that value
    to the last bit and their centred sums are zero.
    """
    _observe(cells, cell, y, x, first, last)


@njit(nogil=True, cache=True)
def merge(to: Floats, more: Floats) -> None:
    """Add the cells `more` to the cells `to`, both [cells, FIELDS, LANES], one by one in place."""
    for cell in range(len(to)):
        merge_cell(to, cell, more, cell)


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
        sum_cells(work, inputs, work, source, sum_source[number], sum_source[number + 1])
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
                merge_cell(above, run_above[run], work, inputs)
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
            sum_cells(work, number - first, above, above_source, input_source[number], input_source[number + 1])
        to = _groups(area, last - first, area_sum, sum_source, source, area_cell, cell_slot, work, out, to)
