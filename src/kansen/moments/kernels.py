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


@_intrinsic
def _see(typing_context: Any, sums: Any, y: Any, child: Any, x: Any) -> Any:
    """Count a child of y [children, LANES] with rank x in sums [1, FIELDS, LANES].

    These hold n, ones, x and y of the first child that is seen, the sums of what others differ from it, and nothing.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
        pointers = _pointers(context, builder, signature.args[0], arguments[0], ir.Constant(ir.IntType(64), 0))[:6]
        n, ones, x0, y0, sum_x, sum_y = _load(builder, pointers)
        value, rank = _child(context, builder, signature.args[1], arguments[1], arguments[2], arguments[3])
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

    return types.none(sums, y, types.intp, types.float64), generate


@_intrinsic
def _spread(typing_context: Any, cell: Any, y: Any, child: Any, x: Any) -> Any:
    """Add the squares of what a child differs from the means of the only cell of `cell`, [1, FIELDS, LANES].

    One child alone differs from nothing, even if its value is infinite; one without a rank leaves no spread of ranks.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero, one = (ir.Constant(_VECTOR, [value] * LANES) for value in (0.0, 1.0))
        pointers = _pointers(context, builder, signature.args[0], arguments[0], ir.Constant(ir.IntType(64), 0))
        n, _, mx, my, sxx, sxy, syy = _load(builder, pointers)
        value, rank = _child(context, builder, signature.args[1], arguments[1], arguments[2], arguments[3])
        seen = builder.fcmp_ordered("==", value, value)
        several = builder.and_(seen, builder.fcmp_ordered(">", n, one))
        dx = builder.select(seen, builder.fsub(rank, mx), zero)
        dy = builder.select(several, builder.fsub(value, my), zero)
        squares = (builder.fmul(dx, dx), builder.fmul(dx, dy), builder.fmul(dy, dy))
        sums = [builder.fadd(own, more) for own, more in zip((sxx, sxy, syy), squares, strict=True)]
        _store(builder, pointers[4:], sums)
        return context.get_dummy_value()

    return types.none(cell, y, types.intp, types.float64), generate


@njit(nogil=True, cache=True, error_model="numpy")
def observe(y: Floats, x: Floats, first: int, last: int, cell: Floats) -> None:
    """Moments of the children first:last into `cell` [1, FIELDS, LANES].

    y [children, LANES] : outcomes, NaN where missing. x [children] : parental ranks.

    Deviations are taken from the first value before they are averaged, so that the mean of equal values is that value
    to the last bit and their centred sums are zero.
    """
    cell[:] = 0.0
    for i in range(first, last):
        _see(cell, y, i, x[i])
    for lane in range(LANES):
        n = cell[0, 0, lane]
        if n > 1.0:
            cell[0, 2, lane] += cell[0, 4, lane] / n
            cell[0, 3, lane] += cell[0, 5, lane] / n
        cell[0, 4, lane] = cell[0, 5, lane] = 0.0
    for i in range(first, last):
        _spread(cell, y, i, x[i])


@njit(nogil=True, cache=True)
def merge(to: Floats, more: Floats) -> None:
    """Add the cells `more` to the cells `to`, both [cells, FIELDS, LANES], one by one in place."""
    for cell in range(len(to)):
        merge_cell(to, cell, more, cell)


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
def _add(used: Flags, cells: Floats, atom: int, more: Floats, cell: int) -> None:
    """Add a cell of `more` to an atom, which it may be the first of."""
    if used[atom]:
        merge_cell(cells, atom, more, cell)
    else:
        copy_cell(cells, atom, more, cell)
        used[atom] = True


@njit(nogil=True, cache=True)
def roll_up_smallest(
    rows: Floats,
    order: Shorts,
    x: Floats,
    run_start: Shorts,
    run_atom: Shorts,
    leaf_start: Shorts,
    leaf_area: Shorts,
    leaf_above: Shorts,
    leaves: tuple[int, int],
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    area_cell: Ints,
    cell_group: Shorts,
    above_used: Flags,
    above: Floats,
    y: Floats,
    work_used: Flags,
    work: Floats,
    out: Floats,
) -> None:
    """Cells of the areas of the smallest level that hold the leaves `leaves`; the atoms of what is above on the way.

    rows [children, LANES] : outcomes in file order, NaN where missing. order, x [children] : the sorted order of the
    children, and their parental ranks in it. run_start, run_atom : the runs of children of one atom. leaf_start : the
    runs of each leaf. leaf_area : the area of a leaf at the smallest level, -1 where not known; leaves of one area are
    neighbours. leaf_above : the combination of larger areas of each leaf. shapes, member_start, member_code : see
    `structure.Atoms`. area_cell, cell_group : the occupied groups of each area. above_used, above [combinations, atoms]
    : the atoms of the combinations so far, added to. y [children, LANES] and work_used, work [3, size] : room to work
    in, for the children of a leaf and the cells of an area. out [cells, FIELDS, LANES] receives the cells, area after
    area.
    """
    one = np.zeros((1, FIELDS, LANES))
    used, cells = work_used[2], work[2]
    used[:] = False
    first = -1
    for leaf in range(leaves[0], leaves[1]):
        area = leaf_area[leaf]
        if first < 0 <= area:
            first = area_cell[area]
        to_used, to = above_used[leaf_above[leaf]], above[leaf_above[leaf]]
        start, stop = run_start[leaf_start[leaf]], run_start[leaf_start[leaf + 1]]
        # All at once, because they are all over the memory, and many can be on their way together.
        for i in range(start, stop):
            for lane in range(LANES):
                y[i - start, lane] = rows[order[i], lane]
        here = x[start:stop]
        for run in range(leaf_start[leaf], leaf_start[leaf + 1]):
            observe(y, here, run_start[run] - start, run_start[run + 1] - start, one)
            _add(to_used, to, run_atom[run], one, 0)
            if area >= 0:
                _add(used, cells, run_atom[run], one, 0)
        if area >= 0 and (leaf + 1 == leaves[1] or leaf_area[leaf + 1] != area):
            now = _groups(used, cells, shapes, member_start, member_code, work_used, work)
            for cell in range(area_cell[area], area_cell[area + 1]):
                copy_cell(out, cell - first, work[now], cell_group[cell])
            used[:] = False


@njit(nogil=True, cache=True)
def roll_up_larger(
    areas: tuple[int, int],
    lowest: int,
    area_start: Shorts,
    area_above: Shorts,
    shapes: Ints,
    member_start: Ints,
    member_code: Ints,
    area_cell: Ints,
    cell_group: Shorts,
    above_used: Flags,
    above: Floats,
    work_used: Flags,
    work: Floats,
    out: Floats,
) -> None:
    """Cells of the larger areas `areas`, from the atoms of their combinations.

    Areas are numbered on over the levels, those of the smallest level first (there are `lowest` of them). area_start,
    area_above : the combinations of each larger area. Other arguments as in `roll_up_smallest`.
    """
    used, cells = work_used[2], work[2]
    for area in range(areas[0], areas[1]):
        used[:] = False
        for number in range(area_start[area - lowest], area_start[area - lowest + 1]):
            combination = area_above[number]
            for atom in range(above.shape[1]):
                if above_used[combination, atom]:
                    _add(used, cells, atom, above[combination], atom)
        if area_cell[area + 1] > area_cell[area]:
            now = _groups(used, cells, shapes, member_start, member_code, work_used, work)
            for cell in range(area_cell[area], area_cell[area + 1]):
                copy_cell(out, cell - area_cell[areas[0]], work[now], cell_group[cell])
