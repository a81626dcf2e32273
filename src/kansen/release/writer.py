"""Write a release: the one module right of the wall that knows `kansen.protection`, and takes only what it returns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

import kansen
from kansen.cohorts.declarations import CohortDeclaration, Label, Outcome, Theme
from kansen.cohorts.spec import ReadyDeclaration
from kansen.errors import UsageError
from kansen.files import HashedFile, atomic_dir, guard_storage, sha256, write_json
from kansen.geography import Areas
from kansen.moments.grid import Grid
from kansen.progress import Progress, Quiet
from kansen.protection.protected import Protected, ProtectedAttrition, ProtectedSummary
from kansen.release import format as names
from kansen.release.area_tables import level_content, write_areas
from kansen.release.breaks import breaks_of
from kansen.release.bundles import encode_bundle
from kansen.release.columns import absent, text, worded
from kansen.release.figures import Figures
from kansen.release.maps import draw_map
from kansen.release.series import earlier_outcomes
from kansen.release.told import told_of

LICENCE = {
    "id": "CC-BY-4.0",
    "label": {"nl": "Naamsvermelding 4.0 Internationaal", "en": "Attribution 4.0 International"},
    "url": "https://creativecommons.org/licenses/by/4.0/",
}
ATTRIBUTION = (
    Label(
        nl="Namen, indeling en kerncijfers van gebieden: CBS en Kadaster, CC BY 4.0",
        en="Names, hierarchy and key figures of areas: Statistics Netherlands and Kadaster, CC BY 4.0",
    ),
)
_FIGURE = ("n", "est", "lwr", "upr")
_BESIDE = ("transitions", "spells", "weighted", "decompositions")
"""What some outcomes have besides, of the whole country."""
_ROWS = 1 << 20
"""Figures that are compressed together."""

Draw = Callable[[Areas, str, str], bytes]


class ReleaseWriter:
    """Writes a release directory aside and renames it into place when the block ends well; otherwise nothing is left.

    ::

        with ReleaseWriter(out, cohorts=cohorts, grid=grid, areas=areas, ...) as writer:
            for outcome, estimates in ...:
                writer.add(*protect_outcome(estimates, outcome, profile))
            writer.add_attrition(attrition)
        print(writer.id)

    `add` may be called from several threads, in any order: the same figures give the same bytes. Raises `UsageError`
    when `out` holds a release already (unless `replace`) or anything else, TypeError for whatever did not come from
    protection.

    Parameters
    ----------
    out : the directory to make.
    cohorts, grid, areas, themes : the declarations behind the figures; several grids share the position `all`.
    title : what the release is called.
    synthetic : whether the people are made up.
    inputs : what it was made of, one dict with hashes each; part of the id.
    engine : where the cohort was computed.
    profile : id, label, description and the parameters of the protection profile that may be told.
    compat : what was done as the published pipeline does it: the name of the whole, and the quirks; None: nothing.
    created : ISO 8601 moment, now when None; the only member that the id does not cover.
    replace : whether an existing release may be replaced.
    attribution : who must be named, in addition to the sources of the area tables.
    imported : what is known of figures that somebody else published; None: they are our own.
    draw : how a map of a level is drawn; given areas, level and view, returns packed TopoJSON.
    """

    def __init__(
        self,
        out: Path,
        *,
        cohorts: Sequence[CohortDeclaration | ReadyDeclaration],
        grid: Grid | Sequence[Grid],
        areas: Areas,
        themes: Sequence[Theme],
        title: Label,
        synthetic: bool,
        inputs: Sequence[dict[str, Any]],
        engine: str,
        profile: dict[str, Any],
        compat: dict[str, Any] | None = None,
        created: str | None = None,
        progress: Progress | None = None,
        replace: bool = False,
        attribution: Sequence[Label] = (),
        imported: dict[str, Any] | None = None,
        draw: Draw = draw_map,
    ) -> None:
        self.out = Path(out)
        self.areas = areas
        self.id = ""
        self._cohorts, self._themes = tuple(cohorts), tuple(themes)
        self._grids = (grid,) if isinstance(grid, Grid) else tuple(grid)
        self._groups = tuple(dict.fromkeys(self._stored(group) for grid in self._grids for group in grid.groups))
        self._group_index = {group: i for i, group in enumerate(self._groups)}
        self._facts = {
            "title": title.as_dict(),
            "synthetic": synthetic,
            "engine": engine,
            "profile": profile,
            "compat": compat,
            "inputs": list(inputs),
            "attribution": [label.as_dict() for label in (*(ATTRIBUTION if areas.shipped else ()), *attribution)],
            **({"imported": imported} if imported is not None else {}),
        }
        self._created = created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._progress = progress or Quiet()
        self._replace, self._draw = replace, draw
        self._lock = threading.Lock()
        self._summaries: dict[str, ProtectedSummary] = {}
        self._hashes: dict[str, dict[str, Any]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._levels: set[str] = set()
        self._cells = 0
        self._attrition: list[ProtectedAttrition] = []
        self._aside: AbstractContextManager[Path] | None = None
        self._folder = self.out

    @staticmethod
    def check_target(out: Path, *, replace: bool = False) -> None:
        """Refuse a place that is taken: by a release unless it may be replaced, by anything else in any case."""
        if not out.exists() or (out.is_dir() and not any(out.iterdir())):
            return
        if not names.is_release(out):
            raise UsageError(
                "The place for the release is taken by something else",
                where=out,
                found="a file" if out.is_file() else "a folder with other content",
                expected="a new or empty folder",
                todo="choose another folder for --out",
            )
        if not replace:
            raise UsageError(
                "There is a release already, and a release is never changed",
                where=out,
                found=f"a folder with {names.MANIFEST}",
                expected="a new or empty folder",
                todo="choose another folder for --out, or give --replace",
            )

    def __enter__(self) -> ReleaseWriter:
        self.check_target(self.out, replace=self._replace)
        self._aside = atomic_dir(self.out)
        self._folder = self._aside.__enter__()
        for name in ("areas", "estimates", "layers"):
            (self._folder / name).mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        aside, self._aside = self._aside, None
        if aside is None:
            raise RuntimeError("the writer was not entered")
        if kind is None:
            try:
                self._finish()
            except BaseException as failed:
                aside.__exit__(type(failed), failed, failed.__traceback__)
                raise
        return aside.__exit__(kind, error, trace)

    def add(self, summary: ProtectedSummary, protected: Iterable[Protected]) -> None:
        """Write the figures of one outcome: its estimates and its map layers."""
        parts = list(protected)
        require(summary, ProtectedSummary)
        for part in parts:
            require(part, Protected)
        outcome = summary.outcome
        with self._lock:
            if outcome.id in self._summaries:
                raise ValueError(f"outcome {outcome.id} was added before")
            self._summaries[outcome.id] = summary
        figures = self._figures(outcome, parts)
        with guard_storage(self.out):
            schema = self._schema(outcome)
            # Amounts hardly repeat, which makes a dictionary slow and large; byte by byte they compress.
            split = ["n", "noise_sd", *(("est", "lwr", "upr") if outcome.kind == "money" else ())]
            with self._hashed(names.estimates_file(outcome.id)) as file:
                pq.write_table(
                    pa.concat_tables(
                        [schema.empty_table(), *(self._estimates(level, of, schema) for level, of in figures)]
                    ),
                    file,
                    compression="zstd",
                    compression_level=1,
                    use_dictionary=[n for n in schema.names if n not in split],  # pyright: ignore[reportArgumentType]
                    use_byte_stream_split=split,  # pyright: ignore[reportArgumentType]
                    row_group_size=_ROWS,
                    max_rows_per_page=_ROWS,  # small pages compress badly
                    write_statistics=False,  # of a million rows they help nobody, and take half of the time
                )
            bundle, index = encode_bundle(outcome.id, dict(figures), len(self._groups))
            with self._hashed(names.layers_file(outcome.id)) as file:
                file.writelines(bundle)
            with self._hashed(names.index_file(outcome.id)) as file:
                file.write(orjson.dumps(index))
        if summary.gap_parts:
            self._add_gap_parts(summary)
        # Figures are sorted by group: each one begins where the number changes.
        shown = sorted(
            {number for _, of in figures for number in of.group[np.diff(of.group, prepend=-1) != 0].tolist()}
        )
        with self._lock:
            self._told[outcome.id] = told_of([names.split_group(self._groups[number]) for number in shown])
            self._levels |= {level for level, _ in figures}
            self._cells += sum(len(of) for _, of in figures)

    def _add_gap_parts(self, summary: ProtectedSummary) -> None:
        """Write what gaps in an outcome go with."""
        with guard_storage(self.out):
            file = names.decompositions_file(summary.outcome.id)
            (self._folder / file).parent.mkdir(exist_ok=True)
            table = pa.Table.from_pylist(list(summary.gap_parts), schema=names.DECOMPOSITIONS)
            with self._hashed(file) as handle:
                pq.write_table(table, handle, compression="zstd")

    @contextmanager
    def _hashed(self, file: str) -> Iterator[HashedFile]:
        """A new file of the release; what the manifest says of it is noted when it is written."""
        with HashedFile(self._folder / file) as handle:
            yield handle
        with self._lock:
            self._hashes[file] = {"bytes": handle.written, "sha256": handle.sha256}

    def add_others(self, outcome: Outcome, protected: Iterable[Protected]) -> None:
        """Keep imported figures of everybody that a further grid published otherwise: for exports, on no map.

        Their groups name that grid, although the position `all` is one cell of all grids.
        """
        parts = list(protected)
        for part in parts:
            require(part, Protected)
        columns: dict[str, list[pa.Array]] = {}
        for part in parts:
            split = [names.split_group(group) for group in part.groups]
            for number, name in enumerate(names.GROUP_COLUMNS):
                words = pa.array([of[number] for of in split], pa.string())
                columns.setdefault(name, []).append(words.take(pa.array(part.group)))
            columns.setdefault("level", []).append(pa.array([part.level] * part.cells, pa.string()))
            columns.setdefault("area", []).append(pa.array(part.areas, pa.string()).take(pa.array(part.area)))
            columns.setdefault("n", []).append(pa.array(part.n, pa.int32(), mask=part.n < 0))
            for name in ("est", "lwr", "upr"):
                columns.setdefault(name, []).append(pa.array(getattr(part, name), pa.float64(), from_pandas=True))
        path = self._folder / names.others_file(outcome.id)
        with guard_storage(self.out):
            path.parent.mkdir(exist_ok=True)
            table = pa.table({name: pa.chunked_array(chunks) for name, chunks in columns.items()})
            pq.write_table(table, path, compression="zstd")

    def add_attrition(self, attrition: ProtectedAttrition) -> None:
        """Keep how many children each rule of a cohort left; once per cohort."""
        require(attrition, ProtectedAttrition)
        self._attrition.append(attrition)

    # parts

    def _stored(self, group: str) -> str:
        return names.canonical_group(group, self._grids[0].axis)

    def _figures(self, outcome: Outcome, parts: Sequence[Protected]) -> list[tuple[str, Figures]]:
        """The figures per level, from large to small areas, each sorted by group and area."""
        by_level: dict[str, list[Figures]] = {}
        for part in parts:
            if part.outcome.id != outcome.id:
                raise ValueError(f"figures of {part.outcome.id} were added with the summary of {outcome.id}")
            by_level.setdefault(part.level, []).append(self._placed(part))
        found = []
        for level in self.areas.levels:
            if level not in by_level:
                continue
            joined = Figures.join(by_level.pop(level))
            step, beside = np.diff(joined.group), np.diff(joined.area)
            if ((step < 0) | ((step == 0) & (beside <= 0))).any():
                key = joined.group.astype(np.int64) * len(self.areas.ids(level)) + joined.area
                order = np.argsort(key, kind="stable")
                joined, key = joined.rows(order), key[order]
                if (np.diff(key) == 0).any():
                    raise ValueError(f"{outcome.id}: a cell of the level {level} was given twice")
            found.append((level, joined))
        if by_level:
            raise ValueError(f"{outcome.id}: the areas have no level {', '.join(by_level)}")
        return found

    def _placed(self, part: Protected) -> Figures:
        """The same figures with the group and area numbers of this release."""
        ids = self.areas.ids(part.level)
        if part.areas == ids:
            area = part.area
        else:
            index = self.areas.index(part.level)
            area = np.array([index[area] for area in part.areas], dtype=np.int32)[part.area]
        numbers = [self._group_index[self._stored(group)] for group in part.groups]
        group = part.group if numbers == list(range(len(numbers))) else np.array(numbers, dtype=np.int32)[part.group]
        n, est, lwr, upr = part.n, part.est, part.lwr, part.upr
        if not np.isfinite(est).all() or (np.isnan(lwr) != np.isnan(upr)).any():
            raise ValueError(f"{part.outcome.id}: an estimate is not finite, or an interval has one limit only")
        place, n = area.astype(np.int32, copy=False), n.astype(np.int32, copy=False)
        return Figures(group, place, n, est, lwr, upr, part.noise_sd, part.reliability)

    def _schema(self, outcome: Outcome) -> pa.Schema:
        about = {"format": names.FORMAT, "outcome": outcome.id, "unit": outcome.unit}
        return names.ESTIMATES.with_metadata({"kansen": orjson.dumps(about)})

    @cached_property
    def _first_area(self) -> dict[str, np.int32]:
        sizes = [len(self.areas.ids(level)) for level in self.areas.levels]
        return dict(zip(self.areas.levels, np.cumsum([0, *sizes], dtype=np.int32), strict=False))

    @cached_property
    def _group_words(self) -> dict[str, tuple[NDArray[np.int32], pa.Array]]:
        """Per column of the group, the place of each group's word in the list of its words."""
        split = [names.split_group(name) for name in self._groups]
        found: dict[str, tuple[NDArray[np.int32], pa.Array]] = {}
        for position, name in enumerate(names.GROUP_COLUMNS):
            words = tuple(dict.fromkeys(parts[position] for parts in split))
            found[name] = (np.array([words.index(parts[position]) for parts in split], np.int32), text(words))
        return found

    @cached_property
    def _area_words(self) -> tuple[pa.Array, pa.Array]:
        """The levels, and the areas of all levels: the same words for all levels, so that these make one column."""
        return text(self.areas.levels), text(
            tuple(area for level in self.areas.levels for area in self.areas.ids(level))
        )

    def _estimates(self, level: str, figures: Figures, schema: pa.Schema) -> pa.Table:
        # Figures are sorted by group: words are looked up once per stretch of equal ones.
        first = np.flatnonzero(np.diff(figures.group, prepend=-1))
        stretch = np.diff(np.append(first, len(figures)))
        columns: dict[str, pa.Array] = {
            name: worded(np.repeat(codes[figures.group[first]], stretch), words)
            for name, (codes, words) in self._group_words.items()
        }
        levels, areas = self._area_words
        columns["level"] = worded(np.full(len(figures), self.areas.levels.index(level), np.int32), levels)
        columns["area"] = worded(figures.area + self._first_area[level], areas)
        columns["n"] = pa.array(figures.n, pa.int32(), mask=absent(figures.n < 0))
        for name in ("est", "lwr", "upr", "noise_sd"):
            values = getattr(figures, name)
            columns[name] = pa.array(values, pa.float64(), mask=absent(np.isnan(values)))
        columns["protection"] = worded((figures.noise_sd > 0).astype(np.int32), text(names.PROTECTIONS))
        columns["reliability"] = worded(figures.reliability.astype(np.int32), text(names.LETTERS))
        return pa.table([columns[name] for name in schema.names], schema=schema)

    def _finish(self) -> None:
        folder = self._folder
        with guard_storage(self.out):
            write_json(folder / names.OUTCOMES, self._outcomes())
            write_json(folder / names.GROUPS, self._public_groups())
            (folder / names.ATTRITION).write_bytes(orjson.dumps(self._dropped()) + b"\n")
            write_areas(folder, self.areas)
            levels = [level for level in self.areas.levels if level in self._levels]
            maps = [(level, view) for level in levels for view in self.areas.info(level).views]
            with self._progress.task("Drawing the maps", len(maps), "maps") as task:
                for level, view in maps:
                    (folder / names.geometry_file(level, view)).write_bytes(self._draw(self.areas, level, view))
                    task.advance()
            manifest = self._manifest(levels)
            self.id = manifest["id"]
            write_json(folder / names.MANIFEST, manifest)

    def _outcomes(self) -> dict[str, Any]:
        order = [outcome.id for cohort in self._cohorts for outcome in cohort.outcomes]
        last = len(order)
        places = {id: order.index(of) if (of := summary.outcome.of or id) in order else last
                  for id, summary in self._summaries.items()}  # fmt: skip
        listed = sorted(self._summaries, key=lambda id: (places[id], self._summaries[id].outcome.of is not None, id))
        shown = [self._summaries[id] for id in listed]
        used = {summary.outcome.theme for summary in shown}
        public = {summary.outcome.id: summary.outcome.public() for summary in shown}
        earlier = earlier_outcomes([*public.values()], [cohort.public() for cohort in self._cohorts])
        return {
            "themes": [{"id": t.id, "label": t.label.as_dict()} for t in self._themes if t.id in used],
            "outcomes": [
                {
                    **public[summary.outcome.id],
                    "national": summary.national and {name: summary.national.get(name) for name in _FIGURE},
                    "spread": summary.spread,
                    "breaks": summary.breaks,
                    "series_breaks": breaks_of(public[summary.outcome.id]),
                    "earlier": earlier[summary.outcome.id],
                    "told": self._told[summary.outcome.id],
                    **{name: told for name in _BESIDE if (told := getattr(summary, name))},
                }
                for summary in shown
            ],
        }

    def _dropped(self) -> dict[str, Any]:
        """What each rule left, as columns; the words of a step once."""
        rows = [row for told in self._attrition for row in told.rows]
        columns = ("cohort", "step", "level", "area", "dimension", "category", "before", "dropped", "left")
        labels = {row["step"]: row["label"] for row in rows if "label" in row}
        return {"steps": labels, **{name: [row[name] for row in rows] for name in columns}}

    def _public_groups(self) -> dict[str, Any]:
        first, *others = [grid.public() for grid in self._grids]
        return {**first, "axes": [*first["axes"], *(axis for other in others for axis in other["axes"])]}

    def _manifest(self, levels: Sequence[str]) -> dict[str, Any]:
        nominal = len(self._summaries) * len(self._groups) * sum(len(self.areas.ids(level)) for level in levels)
        used = {summary.outcome.cohort for summary in self._summaries.values()}
        manifest: dict[str, Any] = {
            "id": "",
            "format": names.FORMAT,
            "created": self._created,
            "software": {"name": "kansen", "version": kansen.__version__},
            **self._facts,
            "grid": {"axes": [grid.axis for grid in self._grids], "groups": len(self._groups)},
            "levels": [self._level(level) for level in levels],
            "cohorts": [cohort.public() for cohort in self._cohorts if cohort.id in used],
            "counts": {"published": self._cells, "withheld": nominal - self._cells, "nominal": nominal},
            "licence": LICENCE,
            "files": self._files(),
        }
        return {**manifest, "id": names.release_id(manifest)}

    def _level(self, level: str) -> dict[str, Any]:
        content = level_content(self.areas.info(level))
        shown = {name: content[name] for name in ("id", "label", "singular", "definition", "vintage")}
        return {**shown, "areas": len(self.areas.ids(level)), "geometry": content["views"]}

    def _files(self) -> dict[str, dict[str, Any]]:
        for path in self._folder.rglob("*"):
            file = path.relative_to(self._folder).as_posix()
            if path.is_file() and file not in self._hashes:
                self._hashes[file] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
        return dict(sorted(self._hashes.items()))


def require(item: object, kind: type) -> None:
    """Refuse what protection did not return: `TypeError` for anything but this kind."""
    if type(item) is not kind:
        raise TypeError(
            f"a release takes {kind.__name__} from kansen.protection and nothing else, not {type(item).__name__}: "
            "pass figures through protection first"
        )
