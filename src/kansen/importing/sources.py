"""The files of an import: found, recognised by their header, and told apart from what is not a published table."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from kansen.errors import MissingInputError, TableError, UsageError
from kansen.files import sha256
from kansen.importing.labels import AXES, LabelMap
from kansen.importing.report import Report

BOM = b"\xef\xbb\xbf"
SUFFIXES = (".csv", ".rds")
NOTE = "README.txt"
OWN_AREAS = "hierarchy.csv"
HIERARCHY = ("child_type", "child_id", "parent_type", "parent_id")
REQUIRED = ("outcome", "sex", "origin", "household", "region_type", "region_id", "n", "est", "lwr", "upr")

_HEADER_BYTES = 1 << 16
_ENOUGH = 5
"""A table with fewer known columns than this is no published table."""

_TOLD_APART = 3
"""So many known columns behind another delimiter show that it is the delimiter."""

_INSTEAD = {
    ".xlsx": "give the long csv files of the same figures: a workbook does not tell which width its BW_ columns hold"
}
"""What to give in the place of a file that looks like one of ours."""

_SYNTHETIC = "SYNTHETIC DATA"
_OURS = re.compile(r"^Release ([0-9a-f]{16}), made on ", re.M)


@dataclass(frozen=True)
class Source:
    """One file. `name` is its path below what was given; `columns` our name of each column: theirs.

    axis : of parental position, None for R files. generations : those whose files have such a header. extra : columns
    that are not read. delimited : whether the last line ends as the others do.
    """

    path: Path
    name: str
    bytes: int
    sha256: str
    columns: dict[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    axis: str | None = None
    generations: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    delimited: bool = True

    @property
    def is_rds(self) -> bool:
        """Whether it is an R file."""
        return self.path.suffix.lower() == ".rds"


@dataclass(frozen=True)
class Notes:
    """What lies beside the tables: whether a README.txt says that people are made up, and which releases of ours they
    are; and the hierarchy of areas of the publisher's own, if any."""

    synthetic: bool
    releases: tuple[str, ...]
    hierarchy: Path | None = None


def find_sources(given: Sequence[Path], labels: LabelMap, report: Report) -> tuple[list[Source], Notes]:
    """The tables in the given files and folders (walked), in order of name; each file and each content once.

    Raises `MissingInputError` for what is not there, `UsageError` when nothing was found, `TableError` for a file whose
    header is wrong.
    """
    found: dict[Path, tuple[str, bool]] = {}
    folders: set[Path] = set()
    for path in given:
        if path.is_dir():
            for inner in _walk(path):
                if inner.resolve() in found:
                    report.add("dropped", "file that was given twice; read once", file=_name(inner, path))
                found.setdefault(inner.resolve(), (_name(inner, path), False))
                folders.add(inner.parent)
            folders |= {path, *list(path.resolve().parents)[:2]}
        elif path.is_file():
            if path.suffix.lower() not in SUFFIXES:
                raise TableError(
                    "A file that cannot be imported", where=path, found=path.suffix or "no suffix",
                    expected=" or ".join(SUFFIXES), todo=_INSTEAD.get(path.suffix.lower()),
                )  # fmt: skip
            if path.resolve() in found:
                report.add("dropped", "file that was given twice; read once", file=path.name)
            found[path.resolve()] = (path.name, True)
            folders |= {path.parent, *list(path.resolve().parents)[1:3]}
        else:
            raise MissingInputError("A file to import is not there", where=path, expected="a file or a folder")
    sources: list[Source] = []
    hierarchies: dict[str, Path] = {}
    seen: dict[str, str] = {}
    for path, (name, asked) in sorted(found.items(), key=lambda item: (item[1][0], item[0])):
        if path.suffix.lower() not in SUFFIXES:
            if path.name != NOTE:
                report.add("note", "file that is no table; not read", file=name)
            continue
        digest = _hash(path)
        if digest in seen:
            report.add("dropped", f"file with the content of another ({seen[digest]}); read once", file=name)
            continue
        seen[digest] = name
        if (
            (asked or path.name == OWN_AREAS)
            and path.suffix.lower() == ".csv"
            and set(HIERARCHY) <= set(read_header(path))
        ):
            hierarchies[name] = path
            report.add("read", "hierarchy of areas that are the publisher's own", file=name)
            continue
        source = _source(path, name, digest, labels, asked)
        if source is None:
            report.add("note", "table that is not a published one; not read", file=name)
        else:
            sources.append(source)
    if not sources:
        raise UsageError(
            "Nothing to import",
            where=", ".join(str(path) for path in given),
            found=f"{len(found)} files, none of them a published table",
            expected="csv files with the columns outcome, income_group (or wealth_group, education_group), "
            "gender_group, ... or KansenKloof .rds files",
        )
    if len(hierarchies) > 1:
        raise UsageError(
            "There are several hierarchies of areas",
            where=", ".join(hierarchies),
            found=f"{len(hierarchies)} files with the columns {', '.join(HIERARCHY)}",
            expected="one",
            todo="import the tables of each hierarchy apart",
        )
    own = next(iter(hierarchies.values()), None)
    by_name = next((source for source in sources if own and source.is_rds), None)
    if by_name:
        raise UsageError(
            "KansenKloof tables have no areas of one's own",
            where=by_name.name,
            found=f"a hierarchy in {own}",
            expected="Dutch areas, by name",
            todo="import the two apart",
        )
    return sources, replace(_notes(folders), hierarchy=own)


def _hash(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise MissingInputError(
            "A file to import cannot be read", where=path, found=error.strerror, expected="a file that may be read"
        ) from error


def _walk(folder: Path) -> Iterable[Path]:
    for root, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(root) / name


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _notes(folders: Iterable[Path]) -> Notes:
    synthetic, releases = False, []
    for folder in sorted(folders):
        try:
            text = (folder / NOTE).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        synthetic |= _SYNTHETIC in text
        releases += _OURS.findall(text)
    return Notes(synthetic, tuple(dict.fromkeys(releases)))


def _source(path: Path, name: str, digest: str, labels: LabelMap, asked: bool) -> Source | None:
    size = path.stat().st_size
    if path.suffix.lower() == ".rds":
        kloof = frozenset(id for id, of in labels.generations.items() if of.rds)
        return Source(path, name, size, digest, generations=kloof)
    header = read_header(path)
    known = [column for column in header if column in labels.columns]
    if len(known) < _ENOUGH:
        _refuse_delimiter(path, header, labels)
        if not asked:
            return None
        raise TableError(
            "This is not a published table",
            where=path,
            row=1,
            found="the columns " + ", ".join(header[:12]) + (", ..." if len(header) > 12 else ""),
            expected="outcome, income_group (or wealth_group, education_group), gender_group, migration_group, ...",
        )
    return Source(
        path,
        name,
        size,
        digest,
        *_columns(path, header, labels),
        extra=tuple(column for column in header if column not in labels.columns),
        delimited=_ends(path, size),
    )


def read_header(path: Path) -> list[str]:
    """The names of the columns. Raises `TableError` for an empty file and for one that is not UTF-8 text."""
    with path.open("rb") as handle:
        start = handle.read(_HEADER_BYTES)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(
            "The file is not UTF-8 text", where=path, row=1, found="UTF-16", expected="UTF-8",
            todo="save it as csv UTF-8",
        )  # fmt: skip
    line = start.removeprefix(BOM).splitlines()[0] if start.removeprefix(BOM).strip() else b""
    if not line.strip():
        raise TableError("The file is empty", where=path, found="no header", expected="a header and rows")
    try:
        return [column.strip() for column in next(csv.reader([line.decode("utf-8")]))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(
            "The header cannot be read", where=path, row=1, found=error, expected="names with commas, in UTF-8"
        ) from error


def _refuse_delimiter(path: Path, header: Sequence[str], labels: LabelMap) -> None:
    line = ",".join(header)
    for sign, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if sum(part.strip(' "') in labels.columns for part in line.split(sign)) >= _TOLD_APART:
            raise TableError(
                "The file has the wrong delimiter",
                where=path,
                row=1,
                found=f"columns parted by {called}",
                expected="commas, and points in numbers, as the files were published",
                todo="import the file as it was published, not as a spreadsheet saved it",
            )


def _columns(
    path: Path, header: Sequence[str], labels: LabelMap
) -> tuple[dict[str, str], tuple[str, ...], str, frozenset[str]]:
    """Our name of each column, the header, the axis, and the generations that have such files."""
    found: dict[str, str] = {}
    for column in header:
        ours = labels.columns.get(column)
        if ours is None:
            continue
        if ours in found:
            raise TableError(
                "Two columns mean the same", where=path, column=column, row=1,
                found=f"{found[ours]} and {column}", expected="one of them",
            )  # fmt: skip
        found[ours] = column
    axes = [axis for axis in AXES if axis in found]
    if len(axes) > 1:
        raise TableError(
            "The file mixes measures of parental position", where=path, row=1,
            found=", ".join(found[axis] for axis in axes), expected="one of them in a file",
        )  # fmt: skip
    absent = [ours for ours in REQUIRED if ours not in found] + ([] if axes else ["income"])
    read = {id: one for id, one in labels.generations.items() if not one.rds}
    fitting = {id for id, one in read.items() if set(absent) == set(one.lacks)}
    if not fitting:
        theirs = {ours: name for name, ours in reversed(list(labels.columns.items()))}
        name = theirs[absent[0]] if absent[0] != "income" else "income_group, wealth_group or education_group"
        near = get_close_matches(
            name.split(",")[0], [column for column in header if column not in labels.columns], 1, 0.6
        )
        raise TableError(
            "The file lacks a column",
            where=path,
            column=name,
            row=1,
            found="the columns " + ", ".join(header),
            expected=f"a column {name}",
            todo=f"is it the column {near[0]}?" if near else None,
        )
    own = {id for id in fitting if any(column in read[id].header for column in header)}
    return found, tuple(header), axes[0], frozenset(own or fitting)


def _ends(path: Path, size: int) -> bool:
    with path.open("rb") as handle:
        handle.seek(max(size - 1, 0))
        return handle.read(1) in (b"\n", b"\r", b"")
