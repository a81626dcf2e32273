"""Tables of one row per child, as columns of numbers: what the measures on single children read.

A frame is an Arrow table, anything that hands its columns over by the Arrow stream interface (pandas, polars, DuckDB)
or a mapping from names to arrays. Rows that lack any value that a measure asks for are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.errors import MissingInputError, TableError, UsageError

Frame: TypeAlias = Any
"""A table with a row per child; see the module."""

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

WHERE = "the frame"


@dataclass(frozen=True)
class Columns:
    """The complete rows of a frame.

    numbers : columns of numbers, float64 [n]. codes, labels : columns of words, as places in their lists of words.
    n : complete rows. dropped : rows that lack a value.
    """

    numbers: Mapping[str, Floats]
    codes: Mapping[str, Codes]
    labels: Mapping[str, tuple[Any, ...]]
    n: int
    dropped: int

    def clusters(self, name: str | None) -> Codes | None:
        """The cluster of each row, None where there are no clusters."""
        return None if name is None else self.codes[name]

    def code(self, name: str, label: object) -> int:
        """The place of a word in a column; a `UsageError` lists those there are."""
        if label not in self.labels[name]:
            raise UsageError(
                "Nobody has this value",
                where=WHERE,
                column=name,
                found=repr(label),
                expected=", ".join(map(str, self.labels[name])),
            )
        return self.labels[name].index(label)


def columns(frame: Frame, numbers: Sequence[str], words: Sequence[str] = ()) -> Columns:
    """The complete rows of some columns.

    numbers : names of columns of numbers. words : of columns of which only equal and unequal count: groups, clusters.
    Words are sorted, so that the same frame in another order gives the same codes.

    Raises `MissingInputError` for a column that is not there, `TableError` for what is no table, numbers that are none,
    and infinite values.
    """
    table = as_table(frame)
    read = {name: _numbers(table, name) for name in dict.fromkeys(numbers)}
    coded = {name: _words(table, name) for name in dict.fromkeys(words)}
    whole = np.ones(table.num_rows, dtype=bool)
    for values in read.values():
        whole &= ~np.isnan(values)
    for codes, _ in coded.values():
        whole &= codes >= 0
    kept_codes: dict[str, Codes] = {}
    labels: dict[str, tuple[Any, ...]] = {}
    for name, (codes, named) in coded.items():
        used, kept_codes[name] = np.unique(codes[whole], return_inverse=True)
        labels[name] = tuple(named[code] for code in used.tolist())
    count = int(whole.sum())
    return Columns(
        {name: values[whole] for name, values in read.items()}, kept_codes, labels, count, table.num_rows - count
    )


def as_table(frame: Frame) -> pa.Table:
    """A frame as an Arrow table; a `TableError` for what is none."""
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, Mapping):
        named = {str(name): pa.array(np.asarray(values).tolist()) for name, values in frame.items()}
        if len({len(values) for values in named.values()}) > 1:
            raise TableError("The columns differ in length", where=WHERE, expected="as many values in each")
        return pa.table(named)
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    if hasattr(frame, "to_arrow"):
        return as_table(frame.to_arrow())
    raise TableError(
        "Not a table",
        where=WHERE,
        found=type(frame).__name__,
        expected="a pyarrow, pandas or polars table, or a mapping from names to values",
    )


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise MissingInputError(
            "The frame lacks a column", where=WHERE, column=name, found=", ".join(table.column_names)
        )
    return table.column(name)


def _numbers(table: pa.Table, name: str) -> Floats:
    column = _column(table, name)
    kind = column.type
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    elif not (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    ):
        raise TableError(
            "A column of numbers is not numeric", where=WHERE, column=name, found=f"type {kind}", expected="numbers"
        )
    values = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise TableError(
            "A value is infinite",
            where=WHERE,
            column=name,
            row=row + 1,
            found=values[row],
            expected="a finite number, or nothing where it is missing",
        )
    return values


def _words(table: pa.Table, name: str) -> tuple[Codes, tuple[Any, ...]]:
    column = _column(table, name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return np.full(table.num_rows, -1, dtype=np.int64), ()
    coded = column.dictionary_encode().combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    words = coded.dictionary.to_pylist()
    order = sorted(range(len(words)), key=lambda at: words[at])
    place = np.empty(len(words) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(words)), -1
    indices = coded.indices.cast(pa.int64()).fill_null(len(words)).to_numpy(zero_copy_only=False)
    return place[indices], tuple(words[at] for at in order)
