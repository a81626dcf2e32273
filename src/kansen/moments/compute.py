"""From a cohort to the moments of every cell: sorted once per chain of levels, then one pass per few outcomes."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.cohorts.declarations import Basis, Outcome
from kansen.cohorts.ready import ReadyCohort
from kansen.geography import Areas
from kansen.moments import kernels
from kansen.moments.cells import COUNTS, MOMENTS, Cells
from kansen.moments.grid import Grid
from kansen.moments.kernels import FIELDS, LANES
from kansen.moments.source import CohortSource, resolve_levels
from kansen.moments.structure import Structure, build, plan_atoms
from kansen.progress import Progress, Quiet

Result = TypeVar("Result", covariant=True)
Source = Path | str | pa.Table | ReadyCohort


_LINE = 64
"""Bytes that come from memory at a time: an array that starts with them is read in as few as possible."""


class Room:
    """Memory that a thread uses again for every few outcomes: new memory costs more time than what is done with it."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...], kind: Any = np.float64) -> NDArray[Any]:
        """An array of that shape with whatever it last held; of a name there is one at a time."""
        size, kept = int(np.prod(shape)), self._arrays.get(name)
        if kept is None or kept.dtype != kind or len(kept) < size:
            whole = np.empty(size * np.dtype(kind).itemsize + _LINE, np.uint8)
            start = -whole.ctypes.data % _LINE
            kept = self._arrays[name] = whole[start : start + size * np.dtype(kind).itemsize].view(kind)
        return kept[:size].reshape(shape)


@dataclass(frozen=True)
class Part:
    """Moments of some areas of one level, for up to `LANES` outcomes.

    place : where each cell comes in the result of the chain (sorted by level, group and area). group : its group.
    values [cells, FIELDS, LANES] : n, ones, mx, my, sxx, sxy, syy; overwritten by the next part.
    """

    structure: Structure
    place: NDArray[np.int32]
    group: NDArray[np.int32]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """A cohort sorted and counted; the moments of any outcome take one more pass. Threads may share it."""

    source: CohortSource
    areas: Areas
    grid: Grid
    structures: tuple[Structure, ...]
    levels: tuple[str, ...]
    basis: Basis = "home"

    @property
    def cells(self) -> int:
        """How many cells are occupied, per outcome."""
        return sum(len(structure.rows) for structure in self.structures)

    def parts(
        self,
        outcomes: Sequence[Outcome],
        room: Room,
        values: Callable[[Outcome], NDArray[np.float64]] | None = None,
    ) -> Iterator[Part]:
        """The moments of up to `LANES` outcomes, chain after chain, in parts that fit the cache of a processor.

        values : gives the values of an outcome in file order, NaN where missing; by default those of the cohort.
        """
        rows = room.array("rows", (self.source.rows, LANES))
        rows[:, len(outcomes) :] = np.nan
        for lane, outcome in enumerate(outcomes):
            rows[:, lane] = (values or self.source.outcome)(outcome)
        for structure in self.structures:
            yield from _roll_up(rows, structure, room)

    def observed(self, room: Room, lane: int) -> NDArray[np.float64]:
        """The values of an outcome that `parts` was last asked for in this room, in file order, NaN where missing."""
        return room.array("rows", (self.source.rows, LANES))[:, lane]

    def outcomes(
        self,
        outcomes: Sequence[Outcome],
        room: Room,
        values: Callable[[Outcome], NDArray[np.float64]] | None = None,
    ) -> Iterator[tuple[Outcome, dict[str, Cells]]]:
        """The moments of up to `LANES` outcomes, each as a dict from level to `Cells`. values : as in `parts`."""
        found = {
            id(structure): (
                np.empty((len(outcomes), len(COUNTS), len(structure.rows)), np.int32),
                np.empty((len(outcomes), len(MOMENTS), len(structure.rows))),
            )
            for structure in self.structures
        }
        for part in self.parts(outcomes, room, values):
            counts, moments = found[id(part.structure)]
            rolled = np.moveaxis(part.values, 0, -1)
            for lane in range(len(outcomes)):
                counts[lane][:, part.place] = rolled[: len(COUNTS), lane]
                moments[lane][:, part.place] = rolled[len(COUNTS) :, lane]
        for lane, outcome in enumerate(outcomes):
            fields: dict[int, dict[str, NDArray[Any]]] = {
                structure: dict(zip((*COUNTS, *MOMENTS), (*counts[lane], *moments[lane]), strict=True))
                for structure, (counts, moments) in found.items()
            }
            yield outcome, {level: Cells(outcome.id, **of) for level, of in self.by_level(fields).items()}

    def by_level(self, values: Mapping[int, Mapping[str, NDArray[Any]]]) -> dict[str, dict[str, Any]]:
        """Values of the cells of each chain (by the identity of its structure), with what the cells are, per level.

        The fields are level, areas, groups, area, group and rows, and those given.
        """
        found = {}
        for structure in self.structures:
            shared = {"area": structure.area, "group": structure.group, "rows": structure.rows}
            for level in structure.levels:
                at = structure.cells_of(level)
                cells = {name: of[at] for name, of in (shared | dict(values[id(structure)])).items()}
                found[level] = {"level": level, "areas": self.areas.ids(level), "groups": self.grid.groups, **cells}
        return {level: found[level] for level in self.levels}


def _roll_up(rows: NDArray[np.float64], structure: Structure, room: Room) -> Iterator[Part]:
    lowest, plan = int(structure.base[1]), structure.plan
    sums = (plan.area_sum, plan.sum_source, plan.source, plan.area_cell, plan.cell_slot)
    children = np.diff(structure.run_start[structure.leaf_start])
    y = room.array("y", (int(children.max(initial=0)), LANES))
    above = room.array("above", (structure.above_atoms, FIELDS, LANES))
    work = room.array("work", (max(plan.most, 1), FIELDS, LANES))
    chunks = list(structure.chunks())
    out = room.array("out", (max(chunk.cells.stop - chunk.cells.start for chunk in chunks), FIELDS, LANES))
    for chunk in chunks:
        if chunk.areas[0] < lowest:
            kernels.roll_up_smallest(
                rows, structure.order, structure.x, structure.run_start, structure.run_above, structure.leaf_start,
                structure.leaf_area, chunk.leaves, *sums, above, y, work, out,
            )  # fmt: skip
        else:
            kernels.roll_up_larger(
                chunk.areas, lowest, structure.area_input, structure.input_source, structure.above_source, *sums,
                above, work, out,
            )  # fmt: skip
        count = chunk.cells.stop - chunk.cells.start
        yield Part(structure, structure.cell_place[chunk.cells], plan.cell_group[chunk.cells], out[:count])


PreparedCohort = Mapping[Basis, tuple[Prepared, ...]]
"""A cohort prepared for every grid: where its children grew up, and where they were born if an outcome asks for it."""


class Make(Protocol[Result]):
    """What turns a prepared cohort into a result per outcome."""

    def __call__(
        self, prepared: Sequence[Prepared], outcomes: Sequence[Outcome], room: Room, /
    ) -> Iterator[tuple[Outcome, Result]]: ...


def known_grids(cohorts: Sequence[Source], grids: Sequence[Grid]) -> tuple[Grid, ...]:
    """The first grid, and those of the others on whose axis any child of any cohort has a position."""
    sources = [CohortSource.open(cohort) for cohort in cohorts]
    first, *others = grids
    return (first, *(grid for grid in others if any(source.knows(grid.column) for source in sources)))


def prepare(cohort: Source, areas: Areas, grid: Grid, basis: Basis = "home", fewest: int = 1) -> Prepared:
    """Check a cohort's labels, ranks and areas, and sort it for every chain of levels.

    basis : whether a child counts where it grew up, or where its mother lived when it was born. fewest : cells with
    fewer children are left out.

    cohort : a Parquet file or an Arrow table with the columns of the cohort file (see docs/estimation.md), or a ready
        file with its spec.
    Raises `TableError`, `MissingInputError` or `EmptyResultError` for a cohort that cannot be used.
    """
    return prepare_grids(cohort, areas, grid, basis, fewest)[0]


def prepare_grids(
    cohort: Source, areas: Areas, grids: Grid | Sequence[Grid], basis: Basis = "home", fewest: int = 1
) -> tuple[Prepared, ...]:
    """A cohort prepared for every grid whose axis it knows, the first one in any case."""
    source = CohortSource.open(cohort)
    first, *others = (grids,) if isinstance(grids, Grid) else grids
    known = [first, *(grid.beside(first) for grid in others if source.knows(grid.column))]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        checked = pool.submit(source.check_persons)
        prepared = tuple(_prepare(source, areas, grid, basis, fewest, pool) for grid in known)
        checked.result()
    # What the columns were read into is given back, because threads will need it.
    pa.default_memory_pool().release_unused()
    return prepared


def prepare_cohort(
    cohort: Source, areas: Areas, grids: Grid | Sequence[Grid], outcomes: Sequence[Outcome], fewest: int = 1
) -> PreparedCohort:
    """A cohort prepared for every grid whose axis it knows, and for every basis that any of the outcomes has."""
    asked: dict[Basis, None] = dict.fromkeys(_basis(outcome) for outcome in outcomes)
    return {basis: prepare_grids(cohort, areas, grids, basis, fewest) for basis in asked}


def _prepare(
    source: CohortSource, areas: Areas, grid: Grid, basis: Basis, fewest: int, pool: ThreadPoolExecutor
) -> Prepared:
    if grid.codes:
        rank = np.zeros(source.rows)
        position = source.codes(grid.column, grid.codes)
    else:
        rank = source.ranks(grid.column)
        position = grid.slice_of(rank)
    codes = [source.codes(dimension.column, dimension.codes) for dimension in grid.dimensions]
    missing = [bool((c == len(d.codes)).any()) for c, d in zip(codes, grid.dimensions, strict=True)]
    atoms = plan_atoms(grid, missing)
    atom = position
    for size, code in zip(atoms.codes[1:], codes, strict=True):
        atom = atom * size + code

    def structure(chain: tuple[str, ...]) -> Structure | None:
        levels = resolve_levels(source, areas, chain, basis)
        sizes = {level: len(areas.ids(level)) for level in levels}
        return build(atoms, atom, rank, levels, sizes, fewest) if levels else None

    structures = tuple(found for found in pool.map(structure, areas.chains()) if found)
    known = {level for found in structures for level in found.levels}
    return Prepared(source, areas, grid, structures, tuple(level for level in areas.levels if level in known), basis)


def compute(
    cohort: Source | Prepared | PreparedCohort,
    areas: Areas,
    grid: Grid | Sequence[Grid],
    outcomes: Sequence[Outcome],
    make: Make[Result] | None = None,
    *,
    fewest: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Outcome, Result]]:
    """What `make` makes of each outcome, in the order given: by default its moments, a dict from level to `Cells`.

    grid : the groups; of several grids, those after the first are left out where nobody has a position on their axis,
        and of the others only the positions that not everybody has are computed.
    cohort : one that is prepared for all outcomes saves the time of doing so.
    make : gives its result for each of up to `LANES` outcomes of a cohort prepared for every grid, one after the other,
        in the thread that computed them: estimates, or a written file, so that few outcomes are in memory at a time. It
        is given memory to work in, of which nothing may be left in the result.
    fewest : cells with fewer children, observed or not, are left out: they are not added up, and take no room.
    threads : how many times `LANES` outcomes at a time; all cores by default. The result does not depend on it, to the
        last bit.
    """
    workers = max(1, threads or os.cpu_count() or 1)
    made: Make[Any] = make or _moments
    prepared: dict[Basis, tuple[Prepared, ...]] = {}
    blocks: list[tuple[tuple[Prepared, ...], list[Outcome]]] = []
    for basis, of_basis in groupby(outcomes, _basis):
        if basis not in prepared:
            prepared[basis] = _prepared(cohort, areas, grid, basis, fewest)
        left = list(of_basis)
        # A few outcomes are shared out, so that every thread has something to do.
        size = min(LANES, -(-len(left) // workers))
        blocks += [(prepared[basis], left[start : start + size]) for start in range(0, len(left), size)]
    cells = sum(part.cells * len(block) for of, block in blocks for part in of)

    own = threading.local()

    def one(of: tuple[Prepared, ...], block: Sequence[Outcome]) -> list[tuple[Outcome, Any]]:
        if not hasattr(own, "room"):
            own.room = Room()
        return list(made(of, block, own.room))

    waiting: deque[tuple[int, Future[list[tuple[Outcome, Any]]]]] = deque()
    to_do = iter(blocks)
    with (
        (progress or Quiet()).task("Estimating", cells, "cells") as task,
        ThreadPoolExecutor(workers) as pool,
    ):
        try:
            while True:
                while len(waiting) < workers and (block := next(to_do, None)) is not None:
                    waiting.append((sum(part.cells for part in block[0]), pool.submit(one, *block)))
                if not waiting:
                    return
                count, future = waiting.popleft()
                for outcome, result in future.result():
                    task.advance(count)
                    yield outcome, result
        finally:
            for _, future in waiting:
                future.cancel()


def _prepared(
    cohort: Source | Prepared | PreparedCohort, areas: Areas, grid: Grid | Sequence[Grid], basis: Basis, fewest: int
) -> tuple[Prepared, ...]:
    if isinstance(cohort, Prepared):
        return (cohort,)
    return cohort[basis] if isinstance(cohort, Mapping) else prepare_grids(cohort, areas, grid, basis, fewest)


def _basis(outcome: Outcome) -> Basis:
    return outcome.basis


def _moments(
    prepared: Sequence[Prepared], outcomes: Sequence[Outcome], room: Room
) -> Iterator[tuple[Outcome, dict[str, Cells]]]:
    """The moments on the first grid."""
    return prepared[0].outcomes(outcomes, room)
