"""The catalogue of register tables: where a table lies, how its files are called, and what may be in its columns.

The declarations are data (`declared/*.toml`, one file per theme); this module reads and validates them into frozen
dataclasses. Names of output columns are the delivered names in lower case, except for composite keys (`person`,
`household`, ...).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from kansen.errors import DeclarationError, MissingInputError, UsageError

Kind = Literal["key", "code", "date", "int", "money", "number"]
KeyShape = Literal["person", "dwelling", "school"]
Shape = Literal["snapshot", "yearly", "spells"]

OPEN_YEAR = 2100
"""The last year of a table that is still being made."""

_DECLARATIONS = Path(__file__).with_name("declared")
_COMMON = "codes.toml"
_TOKENS = {"year": r"\d{4}", "edition": r"\d+", "version": r"\d+"}
_TABLE_FIELDS = {
    "label", "folder", "file", "kind", "years", "keys", "unique", "required", "spell", "columns",
}  # fmt: skip
_COLUMN_FIELDS = {
    "name", "kind", "list", "missing", "range", "first", "last", "concept", "label", "words",
}  # fmt: skip


@dataclass(frozen=True)
class CodeList:
    """The codes a column may hold. `open` is a pattern for lists that CBS extends, such as countries."""

    id: str
    values: Mapping[str, str]
    missing: tuple[str, ...]
    open: str | None = None
    width: int = 0
    strip_zeros: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)

    def spoken(self) -> dict[str, str | None]:
        """What may stand for a code, in lower case: a label or another spelling; None for a word that means unknown."""
        words: dict[str, str | None] = {label.lower(): code for code, label in self.values.items()}
        words |= {alias.lower(): code for alias, code in self.aliases.items()}
        return words | {word.lower(): None for word in self.missing if word[:1].isalpha()}

    def knows(self, code: str) -> bool:
        """Whether `code` (normalised, not missing) may occur."""
        return code in self.values or (self.open is not None and re.fullmatch(self.open, code) is not None)

    def describe(self) -> str:
        """The allowed codes in words."""
        parts = [", ".join(self.values)] if self.values and self.open is None else []
        if self.open is not None:
            parts.append(f"text that matches {self.open}")
        if self.missing:
            parts.append("missing: " + " ".join(self.missing))
        return "; ".join(parts)


@dataclass(frozen=True)
class Column:
    """One delivered column of a table, or the two halves of a composite key.

    `output` is the name in the converted table; `parts` are the delivered names it is made of. `key` says what a
    composite key identifies, and is empty for other columns.
    """

    output: str
    parts: tuple[str, ...]
    kind: Kind
    codes: CodeList | None = None
    missing: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    words_are_missing: bool = False
    open_end: bool = False
    concept: str = ""
    label: str = ""
    key: KeyShape | None = None


@dataclass(frozen=True)
class FileName:
    """What the name of a file tells: which year, edition and version of a table it is."""

    year: int | None
    edition: int
    version: int


@dataclass(frozen=True)
class _Template:
    """A declared column before its year is known."""

    column: Column
    first: int | None = None
    last: int | None = None

    def at(self, year: int | None) -> bool:
        return year is None or ((self.first or 0) <= year <= (self.last or 9999))


@dataclass(frozen=True)
class Table:
    """One register table: how to find it and what it must look like."""

    id: str
    label: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    kind: Shape
    years: tuple[int, int] | None
    unique: tuple[str, ...]
    required: tuple[str, ...]
    spell: tuple[str, str] | None
    templates: tuple[_Template, ...] = field(repr=False)

    def read_name(self, stem: str) -> FileName | None:
        """What a file name (without extension) tells when it is this table's name, whatever its year; else None.

        >>> load_catalogue().table("inpa").read_name("INPA2016TABV10")
        FileName(year=2016, edition=0, version=10)
        """
        for file in self.files:
            match = _file_pattern(file).match(stem)
            if match is not None:
                found = match.groupdict()
                year = int(found["year"]) if found.get("year") else None
                return FileName(year, int(found.get("edition") or 0), int(found.get("version") or 0))
        return None

    def has_year(self, year: int | None) -> bool:
        """Whether a file of that year is this table. A file without a year always is."""
        return self.years is None or year is None or self.years[0] <= year <= self.years[1]

    def names(self, year: int | None) -> list[str]:
        """Output names of the columns of one year; columns of any year (`gem{y}`) are given as declared."""
        return [t.column.output for t in self.templates if t.at(year)]

    def column(self, output: str, year: int | None) -> Column:
        """The column of that output name in the file of `year`.

        Raises `MissingInputError` when the table never has it, or not in that year.
        """
        for template in self.templates:
            found = _fill(template.column, output)
            if found is not None and template.at(year):
                return found
        known = self.names(year)
        raise MissingInputError(
            f"The register table {self.id} has no column {output}" + (f" in {year}" if year else ""),
            where=f"catalogue of register tables, table {self.id}",
            found=output,
            expected="one of " + ", ".join(known),
            todo="ask for one of these names, or declare the column in the catalogue",
        )

    def named(self, concept: str, year: int) -> str:
        """The output name of a column whose delivered name changes over the years.

        >>> load_catalogue().table("hoogsteopl").named("attained", 2019)
        'oplnivsoi2021agg4hbmetnirwo'
        """
        for template in self.templates:
            if template.column.concept == concept and template.at(year):
                return template.column.output
        raise UsageError(
            f"The register table {self.id} has no column for {concept!r} in {year}",
            expected=sorted({t.column.concept for t in self.templates if t.column.concept}),
        )

    def digest(self) -> str:
        """A hash of the declaration: a converted table is reused only while it stays the same."""
        content = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class Catalogue:
    """All declared register tables, by id."""

    tables: Mapping[str, Table]

    def table(self, name: str) -> Table:
        """The table of that id; `UsageError` when nobody declared it."""
        if name not in self.tables:
            raise UsageError(
                f"The catalogue of register tables has no table {name!r}",
                expected="one of " + ", ".join(sorted(self.tables)),
            )
        return self.tables[name]

    def recognise(self, stem: str) -> Iterator[tuple[Table, FileName]]:
        """The tables that a file of that name (without extension) is."""
        for table in self.tables.values():
            name = table.read_name(stem)
            if name is not None and table.has_year(name.year):
                yield table, name


def _fill(column: Column, output: str) -> Column | None:
    """`column` when it is called `output`; a column of any year (`gem{y}`) is filled in with the year asked for."""
    if column.output == output:
        return column
    if "{y}" not in column.output:
        return None
    match = re.fullmatch(re.escape(column.output).replace(r"\{y\}", r"(\d{4})"), output)
    if match is None:
        return None
    parts = tuple(part.replace("{y}", match[1]) for part in column.parts)
    label = column.label.replace("{y}", match[1])
    return Column(output, parts, column.kind, column.codes, column.missing, column.range, label=label)


@cache
def _file_pattern(file: str) -> re.Pattern[str]:
    """Turn `INPA{year}TABV{version}` into an anchored pattern; `[...]` is a part that may be absent."""
    pattern = re.escape(file).replace(r"\[", "(?:").replace(r"\]", ")?")
    for token, digits in _TOKENS.items():
        pattern = pattern.replace(rf"\{{{token}\}}", f"(?P<{token}>{digits})")
    return re.compile(f"^{pattern}$", re.IGNORECASE)


def _wrong(where: str, what: str, found: object = None, expected: object = None) -> DeclarationError:
    return DeclarationError(what, where=f"catalogue of register tables, {where}", found=found, expected=expected)


def _strings(values: object) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    if isinstance(values, str):
        return (values,)
    return tuple(str(value) for value in values) if isinstance(values, list) else ()


def _code_list(name: str, raw: Mapping[str, Any]) -> CodeList:
    unknown = set(raw) - {"values", "missing", "open", "width", "zeros", "aliases"}
    if unknown:
        raise _wrong(f"list {name}", "Unknown field in a code list", sorted(unknown))
    return CodeList(
        id=name,
        values=dict(raw["values"]),
        missing=_strings(raw.get("missing")),
        open=raw.get("open"),
        width=int(raw.get("width", 0)),
        strip_zeros=raw.get("zeros") == "strip",
        aliases=dict(raw.get("aliases", {})),
    )


def _key(table: str, output: str, parts: list[str], shapes: Mapping[str, KeyShape]) -> _Template:
    if len(parts) != 2:
        raise _wrong(f"table {table}, key {output}", "A composite key has a type and a number", parts)
    if shapes.get(output) not in get_args(KeyShape):
        raise _wrong(f"table {table}, key {output}", "Unknown name of a key", output, sorted(shapes))
    return _Template(Column(output, tuple(parts), "key", label=f"key of the {output}", key=shapes[output]))


def _column(table: str, raw: Mapping[str, Any], lists: Mapping[str, CodeList], ends: set[str],
            defaults: Mapping[str, Any]) -> _Template:  # fmt: skip
    where = f"table {table}, column {raw.get('name')}"
    if set(raw) - _COLUMN_FIELDS or "name" not in raw:
        raise _wrong(where, "Unknown or missing field in a column", sorted(raw), sorted(_COLUMN_FIELDS))
    if raw.get("kind") not in get_args(Kind):
        raise _wrong(where, "Unknown kind of column", raw.get("kind"), list(get_args(Kind)))
    if (raw["kind"] == "code") != ("list" in raw) or raw.get("list", next(iter(lists))) not in lists:
        raise _wrong(where, "A code column, and only that, names a code list", raw.get("list"), sorted(lists))
    merged = {**defaults.get(raw["kind"], {}), **raw}
    bounds = merged.get("range")
    codes = lists[raw["list"]] if "list" in raw else None
    column = Column(
        output=raw["name"].lower(),
        parts=(raw["name"],),
        kind=raw["kind"],
        codes=codes,
        missing=codes.missing if codes else _strings(merged.get("missing")),
        range=(float(bounds[0]), float(bounds[1])) if bounds else None,
        words_are_missing=raw.get("words") == "missing",
        open_end=raw["name"] in ends,
        concept=raw.get("concept", ""),
        label=raw.get("label", ""),
    )
    return _Template(column, raw.get("first"), raw.get("last"))


def _table(name: str, raw: Mapping[str, Any], lists: Mapping[str, CodeList], common: Mapping[str, Any]) -> Table:
    if set(raw) - _TABLE_FIELDS:
        raise _wrong(f"table {name}", "Unknown field in a table", sorted(set(raw) - _TABLE_FIELDS))
    if raw["kind"] not in get_args(Shape):
        raise _wrong(f"table {name}", "Unknown kind of table", raw["kind"], list(get_args(Shape)))
    spell = raw.get("spell")
    ends = {spell[1]} if spell else set()
    templates = [_key(name, output, parts, common["keys"]) for output, parts in raw["keys"].items()]
    templates += [_column(name, column, lists, ends, common["defaults"]) for column in raw["columns"]]
    outputs = {template.column.output for template in templates}
    unique, required = _strings(raw.get("unique")), _strings(raw.get("required"))
    days = [part.lower() for part in spell] if spell else []
    missing = (set(unique) | set(required) | set(days)) - outputs
    if missing:
        raise _wrong(f"table {name}", "A key or spell names a column that is not declared", sorted(missing))
    return Table(
        id=name,
        label=raw["label"],
        folders=_strings(raw["folder"]),
        files=_strings(raw["file"]),
        kind=raw["kind"],
        years=tuple(raw["years"]) if "years" in raw else None,
        unique=unique,
        required=(*required, *days),
        spell=(days[0], days[1]) if spell else None,
        templates=tuple(templates),
    )


@cache
def load_catalogue() -> Catalogue:
    """Read and validate the catalogue of register tables.

    Raises `DeclarationError` when a declaration contradicts itself.
    """
    common = tomllib.loads((_DECLARATIONS / _COMMON).read_text(encoding="utf-8"))
    lists = {name: _code_list(name, content) for name, content in common["lists"].items()}
    tables: dict[str, Table] = {}
    for path in sorted(_DECLARATIONS.glob("*.toml")):
        if path.name == _COMMON:
            continue
        for name, content in tomllib.loads(path.read_text(encoding="utf-8"))["tables"].items():
            if name in tables:
                raise _wrong(f"{path.name}, table {name}", "A table is declared twice", name)
            tables[name] = _table(name, content, lists, common)
    return Catalogue(tables)
