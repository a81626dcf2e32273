"""From a cohort to the moments of every cell: sorted once per chain of levels, then one pass per outcome."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
import pyarrow as pa

from kansen.cohorts.declarations import Basis, Outcome
from kansen.cohorts.ready import ReadyCohort
from kansen.geography import Areas
from kansen.moments import kernels
from kansen.moments.cells import COUNTS, MOMENTS, Cells
from kansen.moments.grid import Grid
from kansen.moments.source import CohortSource, resolve_levels
from kansen.moments.structure import Structure, build, plan_atoms
from kansen.progress import Progress, Quiet

Result = TypeVar("Result")


@dataclass(frozen=True)
class Prepared:
    """A cohort sorted and counted; the moments of any outcome take one more pass. Threads may share it."""

    source: CohortSource
    areas: Areas
    grid: Grid
    structures: tuple[Structure, ...]
    levels: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How many cells are occupied, per outcome."""
        return sum(len(structure.rows) for structure in self.structures)

    def outcome(self, outcome: Outcome) -> dict[str, Cells]:
        """The moments of one outcome, per level from large to small."""
        y = self.source.outcome(outcome)
        found: dict[str, Cells] = {}
        for structure in self.structures:
            for level, parts in _roll_up(y, structure).items():
                found[level] = Cells(outcome.id, level, self.areas.ids(level), self.grid.groups, **parts)
        return {level: found[level] for level in self.levels}


def _roll_up(y: np.ndarray, structure: Structure) -> dict[str, dict[str, Any]]:
    """The fields of `Cells` per level of a chain."""
    size = len(structure.rows)
    counts = np.empty((len(COUNTS), size), dtype=np.int64)
    moments = np.empty((len(MOMENTS), size))
    atoms = structure.atoms
    kernels.roll_up(
        y, structure.x, structure.order, structure.run_start, structure.run_atom, structure.leaf_start,
        structure.leaf_area, int(structure.base[-1]), int(structure.base[1]), atoms.size, atoms.shapes,
        atoms.member_start, atoms.member_code, structure.cell_start, structure.cell_group, counts, moments,
    )  # fmt: skip
    found = {}
    for level in structure.levels:
        at = structure.cells_of(level)
        fields = dict(zip((*COUNTS, *MOMENTS), (*counts[:, at], *moments[:, at]), strict=True))
        found[level] = fields | {
            "area": structure.cell_area[at],
            "group": structure.cell_group[at],
            "rows": structure.rows[at],
        }
    return found


def prepare(cohort: Path | str | pa.Table | ReadyCohort, areas: Areas, grid: Grid, basis: Basis = "home") -> Prepared:
    """Check a cohort's labels, ranks and areas, and sort it for every chain of levels.

    basis : whether a child counts where it grew up, or where its mother lived when it was born.

    cohort : a Parquet file or an Arrow table with the columns of the cohort file (see docs/estimation.md), or a ready
        file with its spec.
    Raises `TableError`, `MissingInputError` or `EmptyResultError` for a cohort that cannot be used.
    """
    source = CohortSource.open(cohort)
    source.check_persons()
    rank = source.ranks(grid.column)
    codes = [source.codes(dimension) for dimension in grid.dimensions]
    missing = [bool((c == len(d.codes)).any()) for c, d in zip(codes, grid.dimensions, strict=True)]
    atoms = plan_atoms(grid, missing)
    atom = grid.slice_of(rank)
    for size, code in zip(atoms.codes[1:], codes, strict=True):
        atom = atom * size + code
    structures = []
    for chain in areas.chains():
        levels = resolve_levels(source, areas, chain, basis)
        if levels:
            sizes = {level: len(areas.ids(level)) for level in levels}
            structures.append(build(atoms, atom, rank, levels, sizes))
    known = {level for structure in structures for level in structure.levels}
    return Prepared(source, areas, grid, tuple(structures), tuple(level for level in areas.levels if level in known))


@overload
def compute(
    cohort: Path | str | pa.Table | ReadyCohort | Prepared, areas: Areas, grid: Grid, outcomes: Sequence[Outcome], *,
    then: None = None, threads: int | None = None, progress: Progress | None = None,
) -> Iterator[tuple[Outcome, dict[str, Cells]]]: ...  # fmt: skip
@overload
def compute(
    cohort: Path | str | pa.Table | ReadyCohort | Prepared, areas: Areas, grid: Grid, outcomes: Sequence[Outcome], *,
    then: Callable[[Outcome, dict[str, Cells]], Result], threads: int | None = None, progress: Progress | None = None,
) -> Iterator[tuple[Outcome, Result]]: ...  # fmt: skip
def compute(
    cohort: Path | str | pa.Table | ReadyCohort | Prepared,
    areas: Areas,
    grid: Grid,
    outcomes: Sequence[Outcome],
    *,
    then: Callable[[Outcome, dict[str, Cells]], object] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Outcome, object]]:
    """The moments of all outcomes, one after the other in the order given, each as a dict from level to `Cells`.

    then : what to make of each outcome's cells, in the thread that computed them; its result takes the place of the
        cells (estimates, a written file), so that few outcomes are in memory at a time.
    threads : how many outcomes at a time; all cores by default. The result does not depend on it, to the last bit.
    """
    prepared: dict[Basis, Prepared] = {}
    for outcome in outcomes:
        if outcome.basis not in prepared:
            ready = isinstance(cohort, Prepared)
            prepared[outcome.basis] = cohort if ready else prepare(cohort, areas, grid, outcome.basis)
    cells = sum(prepared[outcome.basis].cells for outcome in outcomes)
    workers = max(1, min(threads or os.cpu_count() or 1, len(outcomes)))

    def one(outcome: Outcome) -> object:
        found = prepared[outcome.basis].outcome(outcome)
        return found if then is None else then(outcome, found)

    waiting: deque[tuple[Outcome, Future[object]]] = deque()
    left = iter(outcomes)
    with (
        (progress or Quiet()).task("Estimating", cells, "cells") as task,
        ThreadPoolExecutor(workers) as pool,
    ):
        try:
            while True:
                while len(waiting) <= workers and (outcome := next(left, None)) is not None:
                    waiting.append((outcome, pool.submit(one, outcome)))
                if not waiting:
                    return
                outcome, future = waiting.popleft()
                result = future.result()
                task.advance(prepared[outcome.basis].cells)
                yield outcome, result
        finally:
            for _, future in waiting:
                future.cancel()
