"""Find the delivered tables below a folder: one walk, every table and year, the newest version as a number.

Version 10 is newer than version 9. One table delivered in several formats is one table: Parquet is read before SPSS,
SPSS before CSV before R, and a note says so. The declared folder is only a preference; a file elsewhere counts by its
name.
"""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kansen.errors import MissingInputError, TableError, UsageError
from kansen.registers.catalogue import Catalogue, Table, load_catalogue
from kansen.registers.likeness import expected_name, looks_like

FORMATS = ("parquet", "sav", "csv", "rds")
"""Known formats, the preferred one first."""


@dataclass(frozen=True)
class FoundFile:
    """One delivered file: which table, year and version it is."""

    table: Table = field(repr=False)
    root: Path
    path: Path
    format: str
    year: int | None
    edition: int
    version: int

    @property
    def relative(self) -> str:
        """The path below the root, with forward slashes."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def in_declared_folder(self) -> bool:
        """Whether the file lies where the catalogue expects it."""
        parent = "/" + self.path.parent.relative_to(self.root).as_posix().lower()
        return any(parent.endswith("/" + _filled(folder, self.year).lower()) for folder in self.table.folders)


@dataclass(frozen=True)
class Unused:
    """A file that is not read: which table it is or looks like, and why it was left.

    `same` says that it is the very table that is read, in another format or as a copy.
    """

    table: str
    path: Path
    why: str
    same: bool = False


@dataclass(frozen=True)
class Delivery:
    """What was found below `root`: the chosen file per table and year, and notes about choices made.

    `passed_over` are files of a table of which another one is read; `not_taken` only look like a table.
    """

    root: Path
    catalogue: Catalogue = field(repr=False)
    files: Mapping[tuple[str, int | None], FoundFile] = field(repr=False)
    notes: tuple[str, ...] = ()
    conflicts: Mapping[tuple[str, int | None], TableError] = field(default_factory=dict, repr=False)
    passed_over: tuple[Unused, ...] = field(default=(), repr=False)
    not_taken: tuple[Unused, ...] = field(default=(), repr=False)

    def years(self, table: str) -> list[int]:
        """The years in which a table was delivered, ascending."""
        self.catalogue.table(table)
        return sorted(year for name, year in self.files if name == table and year is not None)

    def file(self, table: str, year: int | None = None) -> FoundFile:
        """The file of a table; without a year the newest one.

        Raises `UsageError` for an undeclared table or a yearly table without a year, `MissingInputError` when nothing
        was delivered, and `TableError` when two different files claim to be the same table, year and version.
        """
        declared = self.catalogue.table(table)
        if year is None and declared.kind == "yearly":
            raise UsageError(f"The register table {table} has one file per year: say which year")
        if year is None:
            found = [key for key in self.files if key[0] == table]
            key = max(found, key=lambda one: one[1] or 0, default=(table, None))
        else:
            key = (table, year)
        if key in self.conflicts:
            raise self.conflicts[key]
        if key not in self.files:
            raise self._missing(declared, year)
        return self.files[key]

    def _missing(self, table: Table, year: int | None) -> MissingInputError:
        wanted = f"{table.id} of {year}" if year else table.id
        usual = f"{_folder(table, year)}/{expected_name(table, year)}"
        near = [str(one) for one in self.years(table.id)]
        return MissingInputError(
            f"The register table {wanted} is not there",
            where=self.root,
            found=f"the years {', '.join(near)} of this table" if near else _nearby(self.root, table),
            expected=f"{usual} as {_listed_formats()}, or anywhere below it",
            todo="put the table there, or name the folder that holds the register tables",
        )


def find(root: Path, catalogue: Catalogue | None = None) -> Delivery:
    """Look for every declared table below `root`.

    Raises `MissingInputError` when `root` is not a folder. Missing tables are reported when they are asked for.
    """
    catalogue = catalogue or load_catalogue()
    root = Path(root)
    if not root.is_dir():
        raise MissingInputError(
            "The folder with register tables is not there",
            where=root,
            found="a file" if root.exists() else "nothing",
            expected="a folder with the register tables as delivered",
            todo="check the path; `kansen synth DIR` writes a made-up set",
        )
    found: dict[tuple[str, int | None], list[FoundFile]] = {}
    not_taken: list[Unused] = []
    for path in _walk(root):
        recognised = list(_recognise(root, path, catalogue))
        for file in recognised:
            found.setdefault((file.table.id, file.year), []).append(file)
        alike = None if recognised else looks_like(path, catalogue, FORMATS)
        if alike is not None:
            not_taken.append(Unused(alike[0].id, path, alike[1]))
    choices = {key: _choose(found[key]) for key in sorted(found, key=lambda one: (one[0], one[1] or 0))}
    return Delivery(
        root,
        catalogue,
        files={key: choice.file for key, choice in choices.items()},
        notes=tuple(_notes(list(choices.values()))),
        conflicts={key: choice.conflict for key, choice in choices.items() if choice.conflict is not None},
        passed_over=tuple(
            Unused(file.table.id, file.path, why, same)
            for choice in choices.values()
            for file, why, same in choice.passed_over
        ),
        not_taken=tuple(not_taken),
    )


def _walk(root: Path) -> Iterator[Path]:
    """All files, in a fixed order; links are followed, loops are not, and what is hidden is skipped."""
    seen: set[str] = set()
    for folder, below, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder) / name


def _recognise(root: Path, path: Path, catalogue: Catalogue) -> Iterator[FoundFile]:
    if path.suffix[1:].lower() not in FORMATS:
        return
    for table, name in catalogue.recognise(path.stem):
        yield FoundFile(table, root, path, path.suffix[1:].lower(), name.year, name.edition, name.version)


@dataclass(frozen=True)
class _Choice:
    """The file that is read, the others with the reason why they are not, or why no choice can be made."""

    file: FoundFile
    passed_over: tuple[tuple[FoundFile, str, bool], ...] = ()
    older: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    conflict: TableError | None = None


def _choose(candidates: list[FoundFile]) -> _Choice:
    """Newest edition and version, then format; copies of what is left must be equal, the declared folder first."""
    newest = max((file.edition, file.version) for file in candidates)
    current = [file for file in candidates if (file.edition, file.version) == newest]
    older = [file for file in candidates if file not in current]
    best = min(FORMATS.index(file.format) for file in current)
    chosen = [file for file in current if FORMATS.index(file.format) == best]
    first, *copies = sorted(chosen, key=lambda file: not file.in_declared_folder)
    for other in copies:
        if not _equal(first.path, other.path):
            return _Choice(first, conflict=_twice(first, other))
    elsewhere = [file for file in current if file.format != first.format]
    return _Choice(
        first,
        passed_over=(
            *((file, f"{first.path.name} is newer", False) for file in older),
            *((file, f"delivered as {first.format} too, which is read", True) for file in elsewhere),
            *((file, f"an equal copy of {first.relative}", True) for file in copies),
        ),
        older=tuple(_unique(sorted(file.path.name for file in older))),
        formats=tuple(_unique(file.format for file in elsewhere)),
    )


def _twice(first: FoundFile, other: FoundFile) -> TableError:
    return TableError(
        f"The register table {first.table.id} was delivered twice, and the files differ",
        where=first.root,
        found=f"{first.relative} and {other.relative}",
        expected="one file per table, year and version",
        todo="remove the file that should not be used",
    )


def _notes(choices: list[_Choice]) -> Iterator[str]:
    """What a reader should know of the choices; tables that came in the same formats share a line."""
    doubles: dict[str, list[str]] = {}
    for choice in choices:
        file = choice.file
        if choice.formats:
            what = f"delivered as {' and '.join([file.format, *choice.formats])}, {file.format} is read"
            doubles.setdefault(what, []).append(file.path.stem)
        if choice.older:
            yield f"{file.path.name} is read, not the older {', '.join(choice.older)}"
        if not file.in_declared_folder and choice.conflict is None:
            yield f"{file.relative}: found outside the usual folder {_folder(file.table, file.year)}"
    for what, stems in doubles.items():
        yield f"{_listed(stems)}: {what}"


def _equal(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes; one that cannot be read equals none."""
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _listed(stems: list[str]) -> str:
    return ", ".join(stems) if len(stems) <= 4 else f"{', '.join(stems[:3])} and {len(stems) - 3} more tables"


def _listed_formats() -> str:
    return f".{', .'.join(FORMATS[:-1])} or .{FORMATS[-1]}"


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _filled(text: str, year: int | None) -> str:
    return text.replace("{year}", str(year) if year else "<year>")


def _folder(table: Table, year: int | None) -> str:
    return _filled(table.folders[0], year)


def _nearby(root: Path, table: Table) -> str:
    """What lies in or near the place where the table should have been, for the message."""
    place = root
    for part in table.folders[0].split("/"):
        if "{" in part or not (place / part).is_dir():
            break
        place /= part
    names = sorted(path.name + "/" * path.is_dir() for path in place.iterdir() if not path.name.startswith("."))
    where = place.relative_to(root).as_posix() if place != root else "the folder itself"
    if not names:
        return f"an empty folder ({where})"
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return f"in {where}: {', '.join(names[:6])}{more}"
