"""The same lazy frame on both engines, and tables full of what engines disagree about."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from kansen.engine import Engine

Make = Callable[..., nw.LazyFrame]

KEYS = ["R000000001", "R000000002", "R000000003", "----", "", None]

CODES = [
    "6030",
    "0",
    "00",
    " 12",
    "12 ",
    "-",
    "------",
    "é",
    "ß1",
    "1061",
    "88888888",
    "+7",
    "-7",
    "7.0",
    "",
    " ",
    None,
]

TYPES: dict[str, pa.DataType] = {
    "key": pa.string(),
    "other": pa.string(),
    "year": pa.int32(),
    "month": pa.int32(),
    "day": pa.int32(),
    "small": pa.int32(),
    "whole": pa.int64(),
    "start": pa.int32(),
    "end": pa.int32(),
    "amount": pa.float64(),
    "share": pa.float64(),
    "digits": pa.string(),
    "code": pa.string(),
    "flag": pa.bool_(),
}
"""The columns of a table of `tables()`, beside `id`, which counts its rows."""

# Amounts as registers hold them, and doubles that lie between two of those.
amounts = st.one_of(
    st.integers(-10_000_000, 100_000_000).map(lambda cents: cents / 100),
    st.sampled_from([0.0, 0.5, 1.5, 2.5, -0.5, -2.5, 1e-7, 5e-7, 0.0000015, 1 / 3, 45_000.0, 45_000.000000000007]),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: value + 0.0),  # -0.0 is 0.0 past ingest
)

rows = st.tuples(
    st.sampled_from(KEYS),
    st.sampled_from(KEYS),
    st.none() | st.integers(1890, 2110),
    st.none() | st.integers(0, 14),
    st.none() | st.integers(-1, 33),
    st.none() | st.integers(-7, 7),
    st.none() | st.integers(-(2**40), 2**40),
    st.none() | st.integers(0, 60),
    st.none() | st.integers(0, 60),
    st.none() | amounts,
    st.none() | st.integers(0, 10**6).map(lambda ppm: ppm / 10**6),
    st.none() | st.integers(0, 99_999).map(str),
    st.sampled_from(CODES),
    st.none() | st.booleans(),
)


def tables(at_least: int = 0) -> st.SearchStrategy[pa.Table]:
    """Tables of up to sixty rows, with nulls everywhere but in `id`."""
    return st.lists(rows, min_size=at_least, max_size=60).map(table)


def table(content: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows in the order of `TYPES` as a table."""
    columns = list(zip(*content, strict=True)) or [() for _ in TYPES]
    arrays = {name: pa.array(values, kind) for (name, kind), values in zip(TYPES.items(), columns, strict=True)}
    return pa.table({"id": pa.array(range(len(content)), pa.int64()), **arrays})


class Both:
    """Two engines that must agree; tables go through Parquet files, as they do in a build."""

    def __init__(self, first: Engine, second: Engine, folder: Path) -> None:
        self.engines, self.folder = (first, second), folder

    def equal(self, make: Make, *content: pa.Table) -> pa.Table:
        """The rows of `make(frame, ...)`, which both engines must give in every bit, whatever their order."""
        paths = [self.folder / f"{uuid.uuid4().hex}.parquet" for _ in content]
        for path, one in zip(paths, content, strict=True):
            pq.write_table(one, path)
        first, second = (engine.collect(make(*[engine.scan(path) for path in paths])) for engine in self.engines)
        for path in paths:
            path.unlink()
        assert {field.name: field.type for field in first.schema} == {field.name: field.type for field in second.schema}
        for name in first.column_names:
            assert _sorted(first.select(_with_id(first, name))) == _sorted(second.select(_with_id(second, name))), name
        assert _sorted(first) == _sorted(second)
        return first


def _with_id(found: pa.Table, name: str) -> list[str]:
    return ["id", name] if "id" in found.column_names and name != "id" else [name]


def _sorted(found: pa.Table) -> list[tuple[Any, ...]]:
    content = [tuple(_bits(value) for value in row.values()) for row in found.to_pylist()]
    return sorted(content, key=repr)


def _bits(value: object) -> object:
    return (value, struct.pack(">d", value)) if isinstance(value, float) else value
