"""`kansen import`: published files in, a release out, and a report of everything that is not simply kept.

Files are read once, in batches, and their figures kept aside on disk by outcome; then every outcome is settled (one
figure per cell), passed through protection as published, and written. Memory holds a batch, or one outcome.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.cohorts import Label, Outcome, load_themes
from kansen.cohorts.declarations import Basis
from kansen.cohorts.spec import OTHER, ReadyDeclaration
from kansen.errors import EmptyResultError, TableError
from kansen.files import guard_storage, make_folder
from kansen.geography import Areas, load_areas
from kansen.importing.csvfile import batches, line_of
from kansen.importing.digits import PLAIN, digits_of
from kansen.importing.generations import generation_of_each
from kansen.importing.grids import grids
from kansen.importing.kloof import kloof_batches
from kansen.importing.labels import Generation, LabelMap, load_labels
from kansen.importing.outcomes import declare, declare_cohort
from kansen.importing.places import Places
from kansen.importing.report import Report
from kansen.importing.rows import Converter, Seen
from kansen.importing.settle import Settled, Spill, settle
from kansen.importing.sources import Notes, Source, find_sources
from kansen.moments import Grid
from kansen.progress import Progress, Quiet
from kansen.protection import Protected, already_published
from kansen.protection.published import protect_published
from kansen.release.format import split_group
from kansen.release.writer import ReleaseWriter

TITLE = Label("KansenKaart, zoals gepubliceerd", "KansenKaart, as published")
PROFILE = "published"


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


@dataclass
class _Outcome:
    """What showed about one outcome while it was read."""

    low: float = np.inf
    high: float = -np.inf
    everybody: dict[str, dict[str, None]] = field(default_factory=dict)


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
    make_folder(out.parent)
    with guard_storage(out), tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.import-") as aside:
        work = _Import(labels, load_areas(), told, Spill(Path(aside)), progress)
        work.read(sources)
        id = work.write(out, notes, synthetic=synthetic or notes.synthetic, replace=replace)
    if report is not None:
        told.write(report)
    rows, figures = sum(seen.rows for seen in work.seen), work.figures
    return ImportResult(out, id, len(sources), rows, figures, tuple(work.spill.outcomes), told)


class _Import:
    """The state of one import."""

    def __init__(self, labels: LabelMap, areas: Areas, report: Report, spill: Spill, progress: Progress) -> None:
        self.labels, self.report, self.spill, self.progress = labels, report, spill, progress
        self.places = Places(areas, report)
        self.converter = Converter(labels, self.places, report)
        self.groups = self.converter.groups
        self.met = np.zeros(self.groups.per_axis * len(self.groups.axes), dtype=bool)
        self.seen: list[Seen] = []
        self.outcomes: dict[str, _Outcome] = {}
        self.figures = 0

    # reading

    def read(self, sources: Sequence[Source]) -> None:
        """Every file, once."""
        with self.progress.task("Reading published files", None, "rows") as task:
            for source in sources:
                seen = Seen(source, source.generations)
                seen.digits = None if source.is_rds else digits_of(source)
                first = sum(one.rows for one in self.seen)
                for batch in self._batches(source):
                    for outcome, rows in self.converter.convert(batch, seen, first):
                        self._keep(outcome, rows)
                    task.advance(batch.num_rows)
                self.seen.append(seen)
                self.report.add("read", "file", seen.rows, file=source.name)
                self._note(source, seen)

    def _batches(self, source: Source) -> Iterator[pa.RecordBatch]:
        return kloof_batches(source, self.labels, self.places, self.report) if source.is_rds else batches(source)

    def _keep(self, outcome: str, rows: NDArray[Any]) -> None:
        of = self.outcomes.setdefault(outcome, _Outcome())
        of.low, of.high = min(of.low, rows["est"].min()), max(of.high, rows["est"].max())
        self.met |= np.bincount(rows["group"], minlength=len(self.met)) > 0
        everybody = rows[self.groups.is_everybody(rows["group"])]
        axis = self.groups.axis_of(everybody["group"])
        for number in np.unique(axis).tolist():
            levels = of.everybody.setdefault(self.groups.axes[number], {})
            for place in np.unique(everybody["place"][axis == number]).tolist():
                levels[self.places.met[place][0]] = None
        self.spill.add(outcome, rows)

    def _note(self, source: Source, seen: Seen) -> None:
        if seen.rows == 0:
            self.report.add("note", "file without rows", file=source.name)
        elif not source.delimited:
            self.report.add(
                "note", "the last line does not end: perhaps the file was not copied whole", file=source.name
            )
        for column in source.extra:
            self.report.add("dropped", f"column {column!r}: not kept", seen.rows, file=source.name)

    # writing

    def write(self, out: Path, notes: Notes, *, synthetic: bool, replace: bool) -> str:
        """Settle every outcome and write the release; gives its id."""
        if not self.outcomes:
            raise EmptyResultError(
                "No figure is left to import",
                where=", ".join(seen.source.name for seen in self.seen[:3]),
                found="; ".join(line.strip() for line in self.report.lines()[:3]) or "no rows",
                expected="at least one row with an estimate",
            )
        of = generation_of_each(self.seen, self.outcomes, self.labels, self.report)
        areas = self.places.areas()
        used = self._grids()
        cohorts, outcomes = self._declared(of, notes)
        generations = {one.id: one for one in of.values()}
        imported = self._imported(of, used)
        with (
            ReleaseWriter(
                out,
                cohorts=cohorts,
                grid=used,
                areas=areas,
                themes=(*load_themes(), OTHER),
                title=TITLE,
                synthetic=synthetic,
                inputs=self._inputs(of),
                engine="imported",
                profile=_profile(generations.values()),
                replace=replace,
                progress=self.progress,
                attribution=_attribution(generations.values(), notes),
                imported=imported,
            ) as writer,
            self.progress.task("Writing outcomes", len(outcomes), "outcomes") as task,
        ):
            for outcome in outcomes:
                found = settle(self.spill.take(outcome.id), self.groups)
                self._judge(outcome.id, found, of[outcome.id])
                about = imported["outcomes"][outcome.id]
                about["absent"] = self._absent(found, about, used)  # before the writer writes the manifest
                if len(found.rows):
                    self._add(writer, outcome, found, areas, used)
                task.advance()
        return writer.id

    def _grids(self) -> list[Grid]:
        positions: dict[str, set[str]] = {}
        origins: set[str] = set()
        for number in np.flatnonzero(self.met).tolist():
            axis = self.groups.axes[number // self.groups.per_axis]
            _, position, _, origin, _ = split_group(self.groups.name(number, axis))
            positions.setdefault(axis, set()).add(position)
            origins.add(origin)
        return grids(self.labels, positions, origins)

    def _declared(self, of: Mapping[str, Generation], notes: Notes) -> tuple[list[ReadyDeclaration], list[Outcome]]:
        """Cohorts and outcomes, in the order in which they are shown: as the label map lists cohorts, then by id."""
        ids = {id: self.labels.cohort(id, generation.id) for id, generation in of.items()}
        several = {cohort.id: {of[id].id for id in ids if ids[id].id == cohort.id} for cohort in ids.values()}
        order = [cohort.prefix for cohort in self.labels.cohorts]
        cohorts: dict[str, tuple[Any, Generation, list[Outcome]]] = {}
        for id in sorted(of, key=lambda id: (order.index(ids[id].prefix), of[id].id, id)):
            cohort, generation = ids[id], of[id]
            name = f"{cohort.id}_{generation.id.lower()}" if len(several[cohort.id]) > 1 else cohort.id
            outcome = declare(
                id,
                generation,
                name,
                self.labels,
                publisher=_publisher(generation, notes),
                basis=self._basis(id),
                binary=_flag(self.seen, id),
                bounds=(self.outcomes[id].low, self.outcomes[id].high),
            )
            cohorts.setdefault(name, (cohort, generation, []))[2].append(outcome)
        declared = [declare_cohort(name, *parts) for name, parts in cohorts.items()]
        return declared, [outcome for cohort in declared for outcome in cohort.outcomes]

    def _basis(self, outcome: str) -> Basis:
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

    def _judge(self, outcome: str, found: Settled, generation: Generation) -> None:
        """Count what was repeated; figures that contradict each other are an error, unless two cohorts share the id."""
        add = self.report.add
        add("dropped", "rows that repeat another row to the digit", found.duplicates, example=outcome)
        add("note", "rows that repeat for everybody what another grid has", found.shared, example=outcome)
        several = "figures of everybody that differ between grids: the first is on the map, all go out in an export"
        add("kept", several, len(found.others), example=outcome)
        if not len(found.conflicts):
            return
        first, second = (self._place_of(number) for number in found.conflicts[0].tolist())
        if generation.id not in self.labels.cohort(outcome, generation.id).either:
            raise TableError(
                "Two rows contradict each other",
                where=second[0].path,
                row=second[1],
                found=f"another figure of {outcome} for the cell of line {first[1]} of {first[0].name}"
                + (f", and {len(found.conflicts) - 1:,} more" if len(found.conflicts) > 1 else ""),
                expected="one figure per outcome, group and area",
            )
        add(
            "dropped", "cells with two figures, of two cohorts whose files do not say which: neither is kept",
            len(found.conflicts), file=second[0].name, line=second[1], example=outcome,
        )  # fmt: skip

    def _absent(self, found: Settled, told: Mapping[str, Any], used: Sequence[Grid]) -> dict[str, list[list[str]]]:
        """Per axis the cells of everybody that other axes have and it has not, at levels of which it has some."""
        everybody = np.flatnonzero(self.groups.is_everybody(found.rows["group"]))
        rows, axes = found.rows[everybody], found.axes[everybody]
        absent: dict[str, list[list[str]]] = {}
        for axis, levels in told["everybody"].items():
            bits = [self.groups.axes.index(axis)]
            if axis == used[0].axis:  # stands for axes of which only everybody was published
                bits += [i for i, name in enumerate(self.groups.axes) if name not in [grid.axis for grid in used]]
            without = (axes & sum(1 << bit for bit in bits)) == 0
            for row in rows[without]:
                level, area = self.places.met[row["place"]]
                if level in levels:
                    parts = split_group(self.groups.name(int(row["group"]), axis))[2:]
                    absent.setdefault(axis, []).append([level, area, *parts])
        return absent

    def _place_of(self, number: int) -> tuple[Source, int]:
        """The file and the line of a row."""
        for seen in self.seen:
            if number < seen.rows:
                return seen.source, line_of(seen.source, number)
            number -= seen.rows
        raise ValueError("no such row")

    def _add(self, writer: ReleaseWriter, outcome: Outcome, found: Settled, areas: Areas, used: Sequence[Grid]) -> None:
        first = used[0].axis
        figures, groups = self._figures(found.rows, areas, first)
        ids = {level: areas.ids(level) for level in figures}
        everybody = groups.index(f"{first}=all;all;all;all")
        writer.add(*protect_published(figures, outcome, ids, groups, everybody=everybody, source=PROFILE))
        self.figures += len(found.rows)
        parts: list[Protected] = []
        for number in np.unique(found.other_axes).tolist():
            axis = self.groups.axes[number]
            figures, groups = self._figures(found.others[found.other_axes == number], areas, axis)
            for level, columns in figures.items():
                parts.append(already_published(outcome, level, areas.ids(level), groups, columns, source=PROFILE))
        if parts:
            writer.add_others(outcome, parts)

    def _figures(
        self, rows: NDArray[Any], areas: Areas, everybody: str
    ) -> tuple[dict[str, dict[str, NDArray[Any]]], tuple[str, ...]]:
        """Per level the columns of the figures, and the ids of their groups; everybody is of the axis `everybody`."""
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

    # what the manifest tells

    def _inputs(self, of: Mapping[str, Generation]) -> list[dict[str, Any]]:
        return [
            {
                "file": seen.source.name,
                "bytes": seen.source.bytes,
                "sha256": seen.source.sha256,
                "rows": seen.rows,
                "generations": sorted({of[id].id for id in seen.outcomes if id in of}),
            }
            for seen in self.seen
        ]

    def _imported(self, of: Mapping[str, Generation], used: Sequence[Grid]) -> dict[str, Any]:
        """What only the files tell: their generation per outcome, and of which levels each axis has everybody."""
        everybody: dict[str, dict[str, list[str]]] = {}
        for id in sorted(of):
            levels: dict[str, set[str]] = {}
            for axis, listed in self.outcomes[id].everybody.items():
                shown = axis if axis in [grid.axis for grid in used] else used[0].axis
                levels.setdefault(shown, set()).update(listed)
            order = self.places.known.levels
            everybody[id] = {axis: [one for one in order if one in met] for axis, met in levels.items()}
        generations = {
            one.id: {"label": one.label.as_dict(), "price_year": one.price_year, "n_rounded_to": one.n_in}
            for one in sorted(set(of.values()), key=lambda one: one.id)
        }
        return {
            "generations": generations,
            "outcomes": {
                id: {"generation": of[id].id, "digits": _digits(self.seen, id), "everybody": everybody[id]}
                for id in sorted(of)
            },
        }


def _flag(seen: Iterable[Seen], outcome: str) -> bool | None:
    found = {one.binary[outcome] for one in seen if outcome in one.binary}
    return None if not found else True in found


def _digits(seen: Iterable[Seen], outcome: str) -> str | int:
    """How numbers of an outcome are written, where all its files agree."""
    found = {one.digits for one in seen if outcome in one.outcomes and one.digits is not None}
    return found.pop() if len(found) == 1 else PLAIN


def _publisher(generation: Generation, notes: Notes) -> Label:
    if not notes.releases:
        return generation.publisher
    ids = ", ".join(notes.releases)
    return Label(f"Cijfers: uitvoer van de Kansen-release {ids}", f"Figures: export of the Kansen release {ids}")


def _attribution(generations: Iterable[Generation], notes: Notes) -> list[Label]:
    return list(dict.fromkeys(_publisher(one, notes) for one in sorted(generations, key=lambda one: one.id)))


def _profile(generations: Iterable[Generation]) -> dict[str, Any]:
    """What is known of how the publishers protected their figures; nothing was withheld or added here."""
    listed = sorted(generations, key=lambda one: one.id)
    parts = [Label(f"{one.label.nl}: {one.rule.nl}", f"{one.label.en}: {one.rule.en}") for one in listed]
    rounded = {one.id: one.n_in for one in listed if one.n_in > 1}
    return {
        "id": PROFILE,
        "label": {"nl": "Zoals gepubliceerd", "en": "As published"},
        "description": {
            "nl": " ".join(["Overgenomen zoals gepubliceerd, tot op het laatste cijfer.", *(p.nl for p in parts)]),
            "en": " ".join(["Taken over as published, to the last digit.", *(p.en for p in parts)]),
        },
        "parameters": {"generations": [one.id for one in listed], **({"n_rounded_to": rounded} if rounded else {})},
    }
