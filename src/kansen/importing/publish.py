"""`kansen import`: published files in, a release out, and a report of everything that is not simply kept.

Files are read once, in batches, and their figures kept aside on disk by outcome; then every outcome is settled (one
figure per cell), passed through protection as published, and written. Memory holds a batch, or one outcome.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts import Label, Outcome, load_themes
from kansen.cohorts.spec import OTHER, ReadyDeclaration
from kansen.errors import EmptyResultError, TableError
from kansen.files import guard_storage, make_folder
from kansen.geography import areas_from_hierarchy, load_areas
from kansen.importing import manifest
from kansen.importing.generations import generation_of_each
from kansen.importing.grids import grids
from kansen.importing.labels import Generation, PublishedCohort, load_labels
from kansen.importing.outcomes import declare, declare_cohort
from kansen.importing.reading import Reading
from kansen.importing.report import Report
from kansen.importing.settle import Settled, Spill, settle
from kansen.importing.sources import Notes, find_sources
from kansen.measures.vault import region_type
from kansen.progress import Progress, Quiet
from kansen.protection import Protected, already_published
from kansen.protection.published import protect_published
from kansen.release.format import split_group
from kansen.release.writer import ReleaseWriter

TITLE = Label("KansenKaart, zoals gepubliceerd", "KansenKaart, as published")


@dataclass(frozen=True)
class ImportResult:
    """What an import made: the release, how many files, rows and figures, and the report."""

    out: Path
    id: str
    files: int
    rows: int
    figures: int
    outcomes: tuple[str, ...]
    report: Report

    def line(self) -> str:
        """One sentence."""
        return (
            f"{self.figures:,} figures of {len(self.outcomes):,} outcomes, from {self.rows:,} rows in {self.files:,} "
            f"files, in {self.out}"
        )


def import_files(
    given: Sequence[Path],
    out: Path,
    *,
    report: Path | None = None,
    synthetic: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """The published tables in the given files and folders to a release at `out`; `report` gets what was done with them.

    synthetic : that the people are made up; a README.txt of an export of ours says so by itself.

    Raises `KansenError`s with one message each: `TableError` for a file that is wrong, with line and column,
    `EmptyResultError` when no figure is left. `out` is either complete or not there.
    """
    progress = progress or Quiet()
    ReleaseWriter.check_target(out, replace=replace)
    told, labels = Report(), load_labels()
    sources, notes = find_sources(given, labels, told)
    areas = load_areas()
    if notes.hierarchy:
        areas = areas_from_hierarchy(notes.hierarchy)
        labels = labels.with_region_types({region_type(level): level for level in areas.levels})
    make_folder(out.parent)
    # Named as `files.atomic_dir` names what it writes aside: what a process that died left behind is removed next time.
    name = f".{out.name}.{os.getpid()}-"
    with guard_storage(out), tempfile.TemporaryDirectory(dir=out.parent, prefix=name, suffix=".tmp") as aside:
        reading = Reading(labels, areas, told, Spill(Path(aside)))
        reading.read(sources, progress)
        work = _Publishing(reading, notes)
        id = work.write(out, synthetic=synthetic or notes.synthetic, replace=replace, progress=progress)
    if report is not None:
        told.write(report)
    return ImportResult(out, id, len(sources), reading.rows, work.figures, tuple(work.outcomes), told)


class _Publishing:
    """What was read, on its way into a release."""

    def __init__(self, reading: Reading, notes: Notes) -> None:
        self.reading, self.notes, self.report = reading, notes, reading.report
        self.groups, self.places = reading.groups, reading.places
        if not reading.outcomes:
            raise self._nothing()
        self.of = generation_of_each(reading.seen, reading.outcomes, reading.labels, self.report)
        self.areas = self.places.areas()
        self.used = grids(reading.labels, reading.positions, reading.origins)
        self.outcomes: list[str] = []
        self.figures = 0

    def _nothing(self) -> EmptyResultError:
        return EmptyResultError(
            "No figure is left to import",
            where=", ".join(seen.source.name for seen in self.reading.seen[:3]),
            found="; ".join(line.strip() for line in self.report.lines()[:3]) or "no rows",
            expected="at least one row with an estimate",
        )

    def write(self, out: Path, *, synthetic: bool, replace: bool, progress: Progress) -> str:
        """Settle every outcome and write the release; gives its id."""
        cohorts = self._declared()
        outcomes = [outcome for cohort in cohorts for outcome in cohort.outcomes]
        generations = manifest.listed_once(self.of)
        told = manifest.imported(self.reading, self.of, self.used)
        with (
            ReleaseWriter(
                out,
                cohorts=cohorts,
                grid=self.used,
                areas=self.areas,
                themes=(*load_themes(), OTHER),
                title=TITLE,
                synthetic=synthetic,
                inputs=manifest.inputs(self.reading, self.of),
                engine="imported",
                profile=manifest.profile(generations),
                replace=replace,
                progress=progress,
                attribution=manifest.attribution(generations, self.notes),
                imported=told,
            ) as writer,
            progress.task("Writing outcomes", len(outcomes), "outcomes") as task,
        ):
            for outcome in outcomes:
                found = settle(self.reading.spill.take(outcome.id), self.groups)
                self._judge(outcome.id, found)
                about = told["outcomes"][outcome.id]
                about["absent"] = self._absent(found, about)  # before the writer writes the manifest
                if len(found.rows):
                    self._add(writer, outcome, found)
                task.advance()
            if not self.figures:
                raise self._nothing()
        return writer.id

    def _declared(self) -> list[ReadyDeclaration]:
        """Cohorts with their outcomes, in the order in which they are shown: that of the label map, then by id."""
        labels, of = self.reading.labels, self.of
        ids = {id: labels.cohort(id, generation.id) for id, generation in of.items()}
        several = {cohort.id: {of[id].id for id in ids if ids[id].id == cohort.id} for cohort in ids.values()}
        order = [cohort.prefix for cohort in labels.cohorts]
        cohorts: dict[str, tuple[PublishedCohort, Generation, list[Outcome]]] = {}
        for id in sorted(of, key=lambda id: (order.index(ids[id].prefix), of[id].id, id)):
            cohort, generation = ids[id], of[id]
            name = f"{cohort.id}_{generation.id.lower()}" if len(several[cohort.id]) > 1 else cohort.id
            outcome = declare(
                id,
                generation,
                name,
                labels,
                publisher=manifest.publisher(generation, self.notes),
                basis=self.reading.basis(id),
                binary=self.reading.is_binary(id),
                bounds=(self.reading.outcomes[id].low, self.reading.outcomes[id].high),
            )
            if "EUR" in outcome.unit:
                self.report.add("note", f"outcomes in {outcome.unit}")
            cohorts.setdefault(name, (cohort, generation, []))[2].append(outcome)
        return [declare_cohort(name, *parts) for name, parts in cohorts.items()]

    def _judge(self, outcome: str, found: Settled) -> None:
        """Count what was repeated; figures that contradict each other are an error, unless two cohorts share the id."""
        add = self.report.add
        add("dropped", "rows that repeat another row to the digit", found.duplicates, example=outcome)
        add("note", "rows that repeat for everybody what another grid has", found.shared, example=outcome)
        several = "figures of everybody that differ between grids: the first is on the map, all go out in an export"
        add("kept", several, len(found.others), example=outcome)
        if not len(found.conflicts):
            return
        first, second = (self.reading.place_of(number) for number in found.conflicts[0].tolist())
        generation = self.of[outcome]
        cohorts = generation.id in self.reading.labels.cohort(outcome, generation.id).either
        if not cohorts and not generation.rds:
            raise TableError(
                "Two rows contradict each other",
                where=second[0].path,
                row=second[1],
                found=f"another figure of {outcome} for the cell of line {first[1]} of {first[0].name}"
                + (f", and {len(found.conflicts) - 1:,} more" if len(found.conflicts) > 1 else ""),
                expected="one figure per outcome, group and area",
            )
        whose = "of two cohorts whose files do not say which" if cohorts else "of places with the same name, it seems"
        what = f"cells with two figures, {whose}: neither is kept"
        add("dropped", what, len(found.conflicts), file=second[0].name, line=second[1], example=outcome)

    def _absent(self, found: Settled, told: Mapping[str, Any]) -> dict[str, list[list[str]]]:
        """Per axis the cells of everybody that other axes have and it has not, at levels of which it has some."""
        everybody = np.flatnonzero(self.groups.is_everybody(found.rows["group"]))
        rows, axes = found.rows[everybody], found.axes[everybody]
        absent: dict[str, list[list[str]]] = {}
        for axis, levels in told["everybody"].items():
            bits = [self.groups.axes.index(axis)]
            if axis == self.used[0].axis:  # stands for axes of which only everybody was published
                bits += [i for i, name in enumerate(self.groups.axes) if name not in [grid.axis for grid in self.used]]
            without = (axes & sum(1 << bit for bit in bits)) == 0
            for row in rows[without]:
                level, area = self.places.met[row["place"]]
                if level in levels:
                    parts = split_group(self.groups.name(int(row["group"]), axis))[2:]
                    absent.setdefault(axis, []).append([level, area, *parts])
        return absent

    def _add(self, writer: ReleaseWriter, outcome: Outcome, found: Settled) -> None:
        first, areas = self.used[0].axis, self.areas
        figures, groups = self._figures(found.rows, first)
        ids = {level: areas.ids(level) for level in figures}
        everybody = groups.index(f"{first}=all;all;all;all")
        writer.add(*protect_published(figures, outcome, ids, groups, everybody=everybody, source=manifest.PROFILE))
        self.figures += len(found.rows)
        self.outcomes.append(outcome.id)
        parts: list[Protected] = []
        for number in np.unique(found.other_axes).tolist():
            axis = self.groups.axes[number]
            figures, groups = self._figures(found.others[found.other_axes == number], axis)
            for level, columns in figures.items():
                parts.append(
                    already_published(outcome, level, areas.ids(level), groups, columns, source=manifest.PROFILE)
                )
        if parts:
            writer.add_others(outcome, parts)

    def _figures(
        self, rows: NDArray[Any], everybody: str
    ) -> tuple[dict[str, dict[str, NDArray[Any]]], tuple[str, ...]]:
        """Per level the columns of the figures, and the ids of their groups; everybody is of the axis `everybody`."""
        areas = self.areas
        level_of = np.array([areas.levels.index(level) for level, _ in self.places.met], dtype=np.int32)
        area_of = np.array([areas.index(level)[area] for level, area in self.places.met], dtype=np.int32)
        numbers, group = np.unique(rows["group"], return_inverse=True)
        names = [self.groups.name(number, everybody) for number in numbers.tolist()]
        whole = f"{everybody}=all;all;all;all"
        names += [] if whole in names else [whole]
        level = level_of[rows["place"]]
        figures: dict[str, dict[str, NDArray[Any]]] = {}
        for number in np.unique(level).tolist():
            here = level == number
            figures[areas.levels[number]] = {
                "area": area_of[rows["place"][here]],
                "group": group[here].astype(np.int32),
                "n": rows["n"][here].astype(np.int64),
                **{name: rows[name][here] for name in ("est", "lwr", "upr")},
            }
        return figures, tuple(names)
