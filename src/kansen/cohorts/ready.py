"""A ready cohort file as Kansen reads it: renamed, with our labels and area codes, and nothing copied that is right.

Only the columns that say who a child is and where it lived are converted, as dictionaries of few distinct values; ranks
and outcomes stay in the file and are read when their turn comes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kansen.cohorts.spec import ReadyDeclaration, Spec
from kansen.errors import DeclarationError, EmptyResultError, MissingInputError, TableError
from kansen.files import sha256
from kansen.geography import Areas

_PREFIXES = {"province": ("PV", 2), "corop": ("CR", 2), "municipality": ("GM", 4), "wijk": ("WK", 6)}
"""The letters and digits of the codes of the shipped levels; postcodes are digits without letters."""

_UNKNOWN = re.compile(r"-*")
"""Codes that mean that the area is not known: nothing, or dashes."""

FEWEST = 10
"""A year of birth with fewer children is not told as the first or last one."""


@dataclass(frozen=True)
class ReadyCohort:
    """A cohort file with its spec: what the moments read in place of a cohort that Kansen followed itself.

    path : the file, as it was delivered. names : their name of each of our columns that is called otherwise.
    keys : the converted columns (labels and areas), in the order of the file's rows; they come before the file's own.
    inputs : what the release says it was made of, with hashes. attrition : None, because nobody was followed here.
    """

    declaration: ReadyDeclaration
    path: Path
    names: Mapping[str, str]
    keys: pa.Table
    inputs: tuple[dict[str, Any], ...]
    attrition: None = None

    @property
    def rows(self) -> ReadyCohort:
        """Where the rows are, for `moments.compute`."""
        return self


def read_ready(
    path: Path,
    spec: Spec,
    areas: Areas,
    codes: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
) -> ReadyCohort:
    """Check the columns of a cohort file against its spec and convert its labels and area codes.

    codes : our labels of each column that has labels. optional : the same of columns that need not be there.
    Raises `MissingInputError` for a missing file or column, `TableError` for a file, type or label that cannot be used,
    `AreaError` for unknown areas, `DeclarationError` when the spec names a level that does not exist, and
    `EmptyResultError` for a file without rows.
    """
    file = _File.open(path)
    with ThreadPoolExecutor(1) as pool:
        hashed = pool.submit(sha256, path)
        declaration, keys = _converted(file, spec, areas, codes, optional or {})
        sources = {"cohort": path, "spec": spec.path, **({"hierarchy": spec.hierarchy} if spec.hierarchy else {})}
        inputs = [
            {
                "table": name,
                "file": source.name,
                "bytes": source.stat().st_size,
                "sha256": hashed.result() if source is path else sha256(source),
            }
            for name, source in sources.items()
        ]
    return ReadyCohort(declaration, path, spec.columns, pa.table(keys), tuple(inputs))


def _converted(
    file: _File,
    spec: Spec,
    areas: Areas,
    codes: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]],
) -> tuple[ReadyDeclaration, dict[str, pa.DictionaryArray]]:
    """What the spec declares, with the years of birth, and the columns of labels and areas as we call them."""
    for level in spec.levels:
        if level not in areas.levels[1:]:
            raise DeclarationError(
                "The spec names an area level that does not exist",
                where=f"{spec.path}, table areas.columns, key {level}",
                found=level,
                expected=", ".join(areas.levels[1:]),
            )
    outcomes = [outcome.id for outcome in spec.cohort.outcomes]
    for name in ("person", "income_rank", *spec.columns, *outcomes):
        file.require(name, spec.columns.get(name, name))
    for level, column in spec.levels.items():
        file.require(level, column)
    keys: dict[str, pa.DictionaryArray] = {}
    there = {name: of for name, of in optional.items() if spec.columns.get(name, name) in file.schema.names}
    for name, known in {**codes, **there}.items():
        column = spec.columns.get(name, name)
        file.require(name, column)
        keys[name] = _labels(file, name, column, known, spec.labels.get(name, {}))
    for level in areas.levels[1:]:
        column = spec.levels.get(level, level)
        if column in file.schema.names:
            keys[level] = _areas(file, level, column, areas)
    declaration = spec.cohort
    if declaration.births is None:
        declaration = replace(declaration, births=_births(file, spec.columns.get("birth_year", "birth_year")))
    return declaration, keys


@dataclass(frozen=True)
class _File:
    """An opened cohort file; columns are read one at a time."""

    path: Path
    schema: pa.Schema

    @classmethod
    def open(cls, path: Path) -> _File:
        if not path.is_file():
            found = "a folder" if path.is_dir() else "nothing"
            raise MissingInputError("The cohort file is not there", where=path, found=found, expected="a Parquet file")
        try:
            meta = pq.read_metadata(path)
            schema = meta.schema.to_arrow_schema()
        except (pa.ArrowException, OSError) as error:
            raise TableError(
                "The cohort file cannot be read", where=path, found=error, expected="a whole Parquet file"
            ) from error
        if meta.num_rows == 0:
            raise EmptyResultError("The cohort is empty", where=path, found="0 rows", expected="a row per child")
        for name in schema.names:
            if schema.names.count(name) > 1:
                raise TableError("Two columns have the same name", where=path, column=name, expected="each name once")
        return cls(path, schema)

    def require(self, ours: str, theirs: str) -> None:
        """Refuse a file without a column that is needed, with names that look like it."""
        if theirs in self.schema.names:
            return
        near = get_close_matches(theirs, self.schema.names, 3, 0.5) + get_close_matches(ours, self.schema.names, 3, 0.5)
        called = f" ({ours} in the spec)" if ours != theirs else ""
        names = ", ".join(self.schema.names[:40]) + (", ..." if len(self.schema.names) > 40 else "")
        raise MissingInputError(
            "The cohort file lacks a column",
            where=self.path,
            column=theirs + called,
            found=f"columns {names}",
            expected=f"a column {theirs}",
            todo=(f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else "")
            + "add the column, or say in the spec what it is called",
        )

    def column(self, name: str) -> pa.ChunkedArray:
        """One column; text as a dictionary, because it is codes."""
        try:
            with pq.ParquetFile(self.path, read_dictionary=[name]) as file:
                return file.read(columns=[name]).column(0)
        except (pa.ArrowException, OSError) as error:
            raise TableError(
                "A column cannot be read", where=self.path, column=name, found=error, expected="a whole Parquet file"
            ) from error

    def distinct(self, name: str, expected: str) -> tuple[list[str | None], np.ndarray, pa.Array]:
        """A column of codes: the distinct ones as text, how often each occurs, and the position of each row's code.

        Text, categories and whole numbers are codes; a number with a fraction, true and false, dates and lists are not.
        """
        column = self.column(name)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_null(kind):
            return [], np.zeros(0, dtype=np.int64), pa.nulls(len(column), pa.int32())
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if not (text or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise TableError(
                "A column of codes is neither text nor whole numbers",
                where=self.path, column=name, found=f"type {kind}", expected=expected,
            )  # fmt: skip
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        whole = encoded.unify_dictionaries().combine_chunks()
        whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
        indices = whole.indices.cast(pa.int32())
        values = whole.dictionary.to_pylist()
        counts = np.bincount(indices.drop_null().to_numpy(zero_copy_only=False), minlength=len(values))
        words: list[str | None] = []
        for position, value in enumerate(values):
            if not counts[position]:
                words.append(None)
                continue
            if isinstance(value, float) and not value.is_integer():
                row = int(pc.index(indices, pa.scalar(position, pa.int32())).as_py()) + 1
                raise TableError(
                    "A code is not a whole number",
                    where=self.path, column=name, row=row, found=f"{value:g}", expected=expected,
                )  # fmt: skip
            words.append(None if value is None else value if isinstance(value, str) else str(int(value)))
        return words, counts, indices


def _recoded(indices: pa.Array, codes: Sequence[str | None]) -> pa.DictionaryArray:
    """Our code of every row, as a dictionary; codes that are None are missing."""
    ours = {code: place for place, code in enumerate(sorted({code for code in codes if code is not None}))}
    short = pa.int16() if len(ours) < 1 << 15 else pa.int32()
    to = pa.array([None if code is None else ours[code] for code in codes], short)
    return pa.DictionaryArray.from_arrays(to.take(indices), pa.array(list(ours), pa.string()))


def _labels(
    file: _File, name: str, column: str, known: Sequence[str], mapped: Mapping[str, str]
) -> pa.DictionaryArray:  # fmt: skip
    expected = ", ".join([*mapped, *(code for code in known if code not in mapped)]) + ", or null"
    words, counts, indices = file.distinct(column, expected)
    codes = [None if word is None else mapped.get(word, word if word in known else "") for word in words]
    wrong = [i for i, code in enumerate(codes) if code == "" and counts[i]]
    if wrong:
        told = ", ".join(f"{words[i]!r} in {counts[i]} row{'s' if counts[i] > 1 else ''}" for i in wrong[:5])
        raise TableError(
            "Unknown label" if len(wrong) == 1 else f"{len(wrong)} unknown labels",
            where=file.path,
            column=column,
            row=int(pc.index(indices, pa.scalar(wrong[0], pa.int32())).as_py()) + 1,
            found=told + (", ..." if len(wrong) > 5 else ""),
            expected=expected,
            todo=f"say in the spec under [labels.{name}] which of our labels it is",
        )
    return _recoded(indices, [code or None for code in codes])


def _areas(file: _File, level: str, column: str, areas: Areas) -> pa.DictionaryArray:
    words, counts, indices = file.distinct(column, f"codes of {level}, or null")
    codes = [_code(word, level, areas.shipped) for word in words]
    used = [code for code, count in zip(codes, counts, strict=True) if count and code is not None]
    areas.require(used, level, where=f"{file.path}, column {column}")
    index = areas.index(level)
    return _recoded(indices, [code if code in index else None for code in codes])


def _code(word: str | None, level: str, shipped: bool) -> str | None:
    """An area code as we write it, None where it means unknown.

    >>> _code("0363", "municipality", True), _code("36344", "wijk", True), _code("1061", "pc4", True)
    ('GM0363', 'WK036344', '1061')
    """
    if word is None or _UNKNOWN.fullmatch(word.strip()):
        return None
    if shipped and level in _PREFIXES and word.isdecimal():
        letters, digits = _PREFIXES[level]
        return letters + word.zfill(digits)
    return word


def _births(file: _File, column: str) -> tuple[int, int] | None:
    """The first and the last year of birth that enough children have; None when there is no such year or column."""
    if column not in file.schema.names:
        return None
    words, counts, _ = file.distinct(column, "years of birth, or null")
    wrong = [word for word in words if word is not None and not re.fullmatch(r"[12]\d{3}", word)]
    if wrong:
        raise TableError(
            "A year of birth is not a year", where=file.path, column=column, found=wrong[0], expected="four digits"
        )
    years = [int(word) for word, count in zip(words, counts, strict=True) if word and count >= FEWEST]
    return (min(years), max(years)) if years else None
