"""Read a release: figures, layers, areas and maps of a release directory. Knows nothing of how a release is made."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.errors import ReleaseError, UsageError
from kansen.files import read_json, sha256
from kansen.geography import Areas
from kansen.release import format as names
from kansen.release.area_tables import read_areas
from kansen.release.layers import Bundle, decode_layer


@dataclass(frozen=True)
class Layer:
    """One map layer. `body` is the gzip member that is sent; `cells` the number of figures in it."""

    body: bytes
    cells: int

    def json(self) -> dict[str, Any]:
        """The layer with its limits: outcome, level, group, areas, n, est, lwr, upr, reliability, perhaps noise_sd."""
        return decode_layer(self.body)


KEPT = 512
"""Layers that an opened release keeps as they were sent last: at most some 15 MB."""


class Release:
    """An opened release. Made by `open_release`; everything but the manifest is read when first asked for."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self._handles: dict[str, int] = {}
        self._bundles: dict[str, Bundle] = {}
        self._lock = threading.Lock()
        self._layer = lru_cache(KEPT)(self._read_layer)

    def __enter__(self) -> Release:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files that layers were read from."""
        with self._lock:
            for handle in self._handles.values():
                os.close(handle)
            self._handles.clear()
            self._bundles.clear()
        self._layer.cache_clear()

    # what there is

    @property
    def id(self) -> str:
        """The id of the release, 16 hexadecimal digits; follows from its content."""
        return str(self.manifest["id"])

    @cached_property
    def outcomes(self) -> dict[str, Any]:
        """Themes and outcomes: the content of `outcomes.json`."""
        return self._json(names.OUTCOMES)

    @cached_property
    def groups(self) -> dict[str, Any]:
        """Axes, positions, sexes, origins and households: the content of `groups.json`."""
        return self._json(names.GROUPS)

    @cached_property
    def attrition(self) -> dict[str, Any]:
        """How many children each rule left: the content of `attrition.json`."""
        return self._json(names.ATTRITION)

    @cached_property
    def areas(self) -> Areas:
        """The areas of the release."""
        try:
            return read_areas(self.path)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise self._damaged(names.AREAS, error) from error

    @property
    def audit(self) -> dict[str, Any] | None:
        """What an attack on this release found; None when no whole report of this release is attached."""
        report = read_json(self.path / names.AUDIT)
        return report if report and report.get("release") == self.id else None

    @property
    def effects(self) -> list[dict[str, Any]]:
        """Effects that were attached, apart from the figures; empty when there are none of this release."""
        attached = read_json(self.path / names.EFFECTS)
        effects: Any = attached.get("effects") if attached and attached.get("release") == self.id else None
        return effects if isinstance(effects, list) else []

    @cached_property
    def outcome_ids(self) -> tuple[str, ...]:
        """Ids of the outcomes, in the order in which they are shown."""
        return tuple(outcome["id"] for outcome in self.outcomes["outcomes"])

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Ids of the levels for which figures were released, from large to small."""
        return tuple(level["id"] for level in self.manifest["levels"])

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """Ids of all groups, those of the first axis first."""
        sexes, origins, households = ([m["id"] for m in self.groups[d]] for d in ("sex", "origin", "household"))
        return tuple(
            f"{axis['id']}={position['id']};{sex};{origin};{household}"
            for axis in self.groups["axes"]
            for position in axis["positions"]
            for sex in sexes
            for origin in origins
            for household in households
        )

    # figures

    def layer(self, outcome: str, level: str, group: str) -> Layer:
        """One map layer; empty when none of its figures is shown. `UsageError` for an id that this release lacks."""
        return self._layer(*self._checked(outcome, level, group))

    def figures(self, outcome: str, level: str, group: str) -> dict[str, NDArray[Any]]:
        """The same as columns of numbers, sorted by area: area, n, est, lwr, upr, noise_sd, reliability.

        `area` is the position in `areas.ids(level)`, n is -1 where it is not told, limits are NaN where there is no
        interval, `reliability` is a position in `release.format.LETTERS`. Shapes: (shown areas,).
        """
        of, at, stored = self._checked(outcome, level, group)
        return self._bundle(of).figures(at, self._stored[stored])

    def _checked(self, outcome: str, level: str, group: str) -> tuple[str, str, str]:
        """The three ids, and the group under which its figures are kept; `UsageError` for one that is not there."""
        self._check("outcome", outcome, self._outcome_set)
        self._check("level", level, self._level_set)
        self._check("group", group, self._group_set)
        return outcome, level, names.canonical_group(group, self._first_axis)

    def _read_layer(self, outcome: str, level: str, group: str) -> Layer:
        return Layer(*self._bundle(outcome).layer(level, self._stored[group], group, self.areas.ids(level)))

    def estimates(self, outcome: str) -> pa.Table:
        """All shown figures of an outcome, columns as `release.format.ESTIMATES`."""
        self._check("outcome", outcome, self._outcome_set)
        file = names.estimates_file(outcome)
        try:
            return pq.read_table(self.path / file)
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(file, error) from error

    def decompositions(self, outcome: str) -> pa.Table:
        """What gaps in an outcome go with, columns as `release.format.DECOMPOSITIONS`; no rows where it is not told."""
        self._check("outcome", outcome, self._outcome_set)
        file = names.decompositions_file(outcome)
        if file not in self.manifest["files"]:
            return names.DECOMPOSITIONS.empty_table()
        try:
            return pq.ParquetFile(self.path / file).read()
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(file, error) from error

    def others(self, outcome: str) -> pa.Table | None:
        """Imported figures of everybody that a further grid published otherwise; None when there is none.

        Columns axis, position, sex, origin, household, level, area, n, est, lwr, upr.
        """
        self._check("outcome", outcome, self._outcome_set)
        file = names.others_file(outcome)
        if file not in self.manifest["files"]:
            return None
        try:
            return pq.ParquetFile(self.path / file).read()
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(file, error) from error

    def area_figures(self, area: str, group: str | None = None, level: str | None = None) -> list[dict[str, Any]]:
        """The shown figures of one area in one group: outcome, n, est, lwr, upr, reliability, protection, noise_sd."""
        of_level = level or self.areas.level(area)
        self.areas.area(area, of_level)
        wanted = group or self.groups["default"]
        self._check("group", wanted, self._group_set)
        number = self._stored[names.canonical_group(wanted, self._first_axis)]
        position = self.areas.index(of_level)[area]
        found = []
        for outcome in self.outcome_ids if of_level in self._level_set else ():
            columns = self._bundle(outcome).figures(of_level, number)
            i = int(np.searchsorted(columns["area"], position))
            if i == len(columns["area"]) or columns["area"][i] != position:
                continue
            figure = {name: values[i].item() for name, values in columns.items() if name != "area"}
            limits = {name: None if np.isnan(figure[name]) else figure[name] for name in ("lwr", "upr")}
            told = {"n": None if figure["n"] < 0 else figure["n"], "est": figure["est"], **limits}
            protection = names.PROTECTIONS[1 if figure["noise_sd"] else 0]
            letter = names.LETTERS[figure["reliability"]]
            about = {"reliability": letter, "protection": protection, "noise_sd": figure["noise_sd"]}
            found.append({"outcome": outcome, **told, **about})
        return found

    # maps

    def geometry(self, level: str, view: str) -> bytes:
        """A map as compressed TopoJSON. `UsageError` when this release has no such map."""
        self._check("level", level, self._level_set)
        views = next(of["geometry"] for of in self.manifest["levels"] if of["id"] == level)
        self._check(f"{level} map", view, views)
        return (self.path / names.geometry_file(level, view)).read_bytes()

    # checks

    def verify(self) -> None:
        """Compare every file with its hash, the manifest with its id; `ReleaseError` names the first that differs."""
        files: dict[str, dict[str, Any]] = self.manifest["files"]
        for file, facts in files.items():
            found = sha256(self.path / file)
            if found != facts["sha256"]:
                raise ReleaseError(
                    "A file of the release was changed after it was written",
                    where=self.path / file,
                    found=f"SHA-256 {found[:16]}...",
                    expected=f"{facts['sha256'][:16]}... as in {names.MANIFEST}",
                    todo="get the release again from where it was published, or build it again",
                )
        if self.id != names.release_id(self.manifest):
            raise ReleaseError(
                "The manifest was changed after the release was written",
                where=self.path / names.MANIFEST,
                found=f"id {self.id}",
                expected=f"id {names.release_id(self.manifest)}, which follows from the content",
                todo="get the release again from where it was published, or build it again",
            )
        known = {*files, names.MANIFEST, names.AUDIT, names.EFFECTS}
        for path in sorted(self.path.rglob("*")):
            if path.is_file() and path.relative_to(self.path).as_posix() not in known:
                raise ReleaseError(
                    "A file lies in the release that is not part of it",
                    where=path,
                    expected=f"only the files that {names.MANIFEST} lists",
                    todo="move it elsewhere",
                )

    @cached_property
    def _outcome_set(self) -> dict[str, None]:
        return dict.fromkeys(self.outcome_ids)

    @cached_property
    def _level_set(self) -> dict[str, None]:
        return dict.fromkeys(self.levels)

    @cached_property
    def _group_set(self) -> dict[str, None]:
        return dict.fromkeys(self.group_ids)

    @cached_property
    def _stored(self) -> dict[str, int]:
        """The groups under which figures are stored, numbered as in the bundles."""
        ids = dict.fromkeys(names.canonical_group(group, self._first_axis) for group in self.group_ids)
        return {group: number for number, group in enumerate(ids)}

    @cached_property
    def _first_axis(self) -> str:
        return str(self.groups["axes"][0]["id"])

    def _check(self, what: str, found: str, known: Mapping[str, None] | Sequence[str]) -> None:
        if found not in known:
            near = get_close_matches(found, known, n=3, cutoff=0.5)
            expected = "Perhaps " + ", ".join(near) if near else ", ".join(list(known)[:12]) or "none"
            raise UsageError(f"This release has no {what} {found}", found=found, expected=expected)

    def _bundle(self, outcome: str) -> Bundle:
        bundle = self._bundles.get(outcome)
        if bundle is None:
            with self._lock:
                bundle = self._bundles.get(outcome)
                if bundle is None:
                    bundle = self._bundles[outcome] = self._open_bundle(outcome)
        return bundle

    def _open_bundle(self, outcome: str) -> Bundle:
        index, file = self._json(names.index_file(outcome)), names.layers_file(outcome)
        try:
            handle = self._handles[outcome] = os.open(self.path / file, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            return Bundle(partial(self._read_bytes, handle, file), index)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(file, error) from error

    def _read_bytes(self, handle: int, file: str, at: int, size: int) -> bytes:
        found = os.pread(handle, size, at)
        if len(found) != size:
            raise self._damaged(file, f"it ends at byte {at + len(found)}")
        return found

    def _json(self, file: str) -> dict[str, Any]:
        try:
            return orjson.loads((self.path / file).read_bytes())
        except (OSError, ValueError) as error:
            raise self._damaged(file, error) from error

    def _damaged(self, file: str, found: object) -> ReleaseError:
        return ReleaseError(
            "A file of the release is damaged",
            where=self.path / file,
            found=found,
            expected="the file as it was written",
            todo="get the release again from where it was published, or build it again",
        )


def open_release(path: Path | str) -> Release:
    """Open a release directory.

    Checks that it is one, of a format that this version reads, with all files there and of the right length; reads
    little more than the manifest, so it takes milliseconds. `Release.verify` compares contents.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    for file, facts in manifest["files"].items():
        try:
            size = (folder / file).stat().st_size
        except OSError:
            raise ReleaseError(
                "The release lacks a file",
                where=folder,
                found=f"no {file}",
                expected="every file that the manifest lists",
                todo="copy the whole directory, or build it again",
            ) from None
        if size != facts["bytes"]:
            raise ReleaseError(
                "A file of the release is damaged",
                where=folder / file,
                found=f"{size} bytes",
                expected=f"{facts['bytes']} bytes",
                todo="copy the whole directory again, or build it again",
            )
    return Release(folder, manifest)


_MEMBERS = ("id", "files", "levels", "title", "synthetic", "profile")


def _read_manifest(folder: Path) -> dict[str, Any]:
    todo = "give the directory that kansen build --out wrote"
    expected = f"a directory with {names.MANIFEST}"
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing there"
        raise ReleaseError("There is no release", where=folder, found=found, expected=expected, todo=todo)
    try:
        manifest = orjson.loads((folder / names.MANIFEST).read_bytes())
    except FileNotFoundError:
        inside = ", ".join(sorted(item.name for item in folder.iterdir())[:5]) or "an empty folder"
        raise ReleaseError("This is not a release", where=folder, found=inside, expected=expected, todo=todo) from None
    except (OSError, ValueError) as error:
        raise ReleaseError(
            "The manifest cannot be read", where=folder / names.MANIFEST, found=error, expected="JSON", todo=todo
        ) from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    version = names.FORMAT_PATTERN.fullmatch(str(found))
    if version is None:
        raise ReleaseError(
            "This is not a release",
            where=folder / names.MANIFEST,
            column="format",
            found=found,
            expected=names.FORMAT,
            todo=todo,
        )
    if found != names.FORMAT:
        raise ReleaseError(
            "This release has a format that this version of Kansen does not read",
            where=folder / names.MANIFEST,
            column="format",
            found=found,
            expected=names.FORMAT,
            todo="install a newer Kansen",
        )
    absent = [name for name in _MEMBERS if name not in manifest]
    if absent or not isinstance(manifest["files"], dict):
        raise ReleaseError(
            "The manifest lacks a member",
            where=folder / names.MANIFEST,
            found=", ".join(absent) or "files is not a table",
            expected=", ".join(_MEMBERS),
            todo="get the release again from where it was published, or build it again",
        )
    return manifest
