"""Read published files once: their figures go aside on disk by outcome, and what showed about them is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.cohorts.declarations import Basis
from kansen.errors import TableError
from kansen.geography import Areas
from kansen.importing.csvfile import batches, line_of
from kansen.importing.digits import PLAIN, digits_of
from kansen.importing.kloof import kloof_batches
from kansen.importing.labels import LabelMap
from kansen.importing.places import Places
from kansen.importing.report import Report
from kansen.importing.rows import Converter, Seen
from kansen.importing.settle import Spill
from kansen.importing.sources import Source
from kansen.progress import Progress
from kansen.release.format import split_group


@dataclass
class Met:
    """What showed about the figures of one outcome: the smallest and largest, and per axis the levels of everybody."""

    low: float = np.inf
    high: float = -np.inf
    everybody: dict[str, set[str]] = field(default_factory=dict)


class Reading:
    """The files of an import as they are read: `seen` per file, `outcomes` per outcome, figures in `spill`."""

    def __init__(self, labels: LabelMap, areas: Areas, report: Report, spill: Spill) -> None:
        self.labels, self.report, self.spill = labels, report, spill
        self.places = Places(areas, report)
        self.converter = Converter(labels, self.places, report)
        self.groups = self.converter.groups
        self.seen: list[Seen] = []
        self.outcomes: dict[str, Met] = {}
        self._met = np.zeros(self.groups.per_axis * len(self.groups.axes), dtype=bool)

    def read(self, sources: Sequence[Source], progress: Progress) -> None:
        """Every file, once. Raises `TableError` for the first one that is wrong."""
        with progress.task("Reading published files", None, "rows") as task:
            for source in sources:
                seen = Seen(source, source.generations)
                seen.digits = None if source.is_rds else digits_of(source)
                first = sum(one.rows for one in self.seen)
                for batch in self._batches(source):
                    for outcome, rows in self.converter.convert(batch, seen, first):
                        self._keep(outcome, rows)
                    task.advance(batch.num_rows)
                self.seen.append(seen)
                self._note(source, seen)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(one.rows for one in self.seen)

    @property
    def positions(self) -> dict[str, set[str]]:
        """Per axis the positions that occur, in the order of axes."""
        found: dict[str, set[str]] = {}
        for axis, position, _, _, _ in self._groups_met():
            found.setdefault(axis, set()).add(position)
        return found

    @property
    def origins(self) -> set[str]:
        """The members of origin that occur."""
        return {origin for _, _, _, origin, _ in self._groups_met()}

    def _groups_met(self) -> Iterator[tuple[str, str, str, str, str]]:
        for number in np.flatnonzero(self._met).tolist():
            yield split_group(self.groups.name(number, self.groups.axes[number // self.groups.per_axis]))

    def basis(self, outcome: str) -> Basis:
        """Whether an outcome is by the child's own home or by the home at birth; `TableError` when it is by both."""
        bases = {basis: seen for seen in self.seen for basis in seen.bases.get(outcome, ())}
        if len(bases) > 1:
            raise TableError(
                "An outcome has areas of two kinds",
                where=bases["birth"].source.path,
                column="region_type",
                found=f"{outcome} by the home at birth, and in {bases['home'].source.name} by the child's own",
                expected="one of them",
                todo="import the two apart, or leave one out",
            )
        return "birth" if "birth" in bases else "home"

    def is_binary(self, outcome: str) -> bool | None:
        """Whether a file says that an outcome is binary; None where none says anything."""
        found = {one.binary[outcome] for one in self.seen if outcome in one.binary}
        return None if not found else True in found

    def digits(self, outcome: str) -> str | int:
        """How the numbers of an outcome are written, where all its files agree."""
        found = {one.digits for one in self.seen if outcome in one.outcomes and one.digits is not None}
        return found.pop() if len(found) == 1 else PLAIN

    def place_of(self, number: int) -> tuple[Source, int]:
        """The file and the line of a row."""
        for seen in self.seen:
            if number < seen.rows:
                return seen.source, line_of(seen.source, number)
            number -= seen.rows
        raise ValueError("no such row")

    def _batches(self, source: Source) -> Iterator[pa.RecordBatch]:
        return kloof_batches(source, self.labels, self.places, self.report) if source.is_rds else batches(source)

    def _keep(self, outcome: str, rows: NDArray[Any]) -> None:
        of = self.outcomes.setdefault(outcome, Met())
        of.low, of.high = min(of.low, rows["est"].min()), max(of.high, rows["est"].max())
        self._met |= np.bincount(rows["group"], minlength=len(self._met)) > 0
        everybody = rows[self.groups.is_everybody(rows["group"])]
        axis = self.groups.axis_of(everybody["group"])
        for number in np.unique(axis).tolist():
            places = np.unique(everybody["place"][axis == number]).tolist()
            of.everybody.setdefault(self.groups.axes[number], set()).update(self.places.met[at][0] for at in places)
        self.spill.add(outcome, rows)

    def _note(self, source: Source, seen: Seen) -> None:
        self.report.add("read", "file", seen.rows, file=source.name)
        if seen.rows == 0:
            self.report.add("note", "file without rows", file=source.name)
        elif not source.delimited:
            cut = "the last line does not end: perhaps the file was not copied whole"
            self.report.add("note", cut, file=source.name)
        for column in source.extra:
            self.report.add("dropped", f"column {column!r}: not kept", seen.rows, file=source.name)
