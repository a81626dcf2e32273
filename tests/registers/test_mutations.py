"""Every table of the catalogue, spoilt in every way that we could think of: one clear error, or a converted table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kansen.errors import KansenError
from kansen.registers import Table, find, ingest, load_catalogue
from kansen.registers.readiness import Needs, Requirement, check
from kansen.registers.report import as_json, as_text
from registers import declared
from registers.declared import FORMATS, ROWS, Columns, outputs, stem, valid

ODD: list[Any] = [
    None, "", " ", "-", "----", "---------", "x", "é", "0", "00", "12", " 12 ", "-1", "1.5", "1e5", "1_0", "0x10", "١",
    "999999999", "9999999999", "99999999999", "9" * 30, "88888888", "99991231", "20000230", "00000000", "2000-02-29",
    "Onbepaalde tijd", "nan", "inf", "R", "r", "'; DROP TABLE x; --", '"', "a,b", "a\nb", "\ufeff", "\x00",
]  # fmt: skip
NUMBERS: list[Any] = [
    None, 0.0, -0.0, 1.0, 1.5, -1.0, 12.0, 9999.0, 88888888.0, 99991231.0, 20000230.0, 999999999.0, 99999999999.0, 1e15,
    1e308, float("nan"), float("inf"), -float("inf"),
]  # fmt: skip


def write(path: Path, columns: Columns, kind: str) -> None:
    """Write the columns; a combination that the format cannot hold is not tried."""
    try:
        declared.write(path, columns, kind)
    except Exception:  # the writer's own limits, not ours
        assume(False)


def every_column(data: st.DataObject, columns: Columns) -> str:
    return data.draw(st.sampled_from(sorted(columns)))


def drop(data: st.DataObject, columns: Columns) -> None:
    del columns[every_column(data, columns)]


def rename(data: st.DataObject, columns: Columns) -> None:
    name = every_column(data, columns)
    to = data.draw(st.sampled_from([name.lower(), name.upper(), name + " ", name[:-1] or "x", "é" + name]))
    content = columns.pop(name)
    columns[to] = content


def double(data: st.DataObject, columns: Columns) -> None:
    name = every_column(data, columns)
    columns[name.swapcase()] = columns[name]


def inject(data: st.DataObject, columns: Columns) -> None:
    name = every_column(data, columns)
    given_values = columns[name]
    content = given_values.to_pylist() if isinstance(given_values, pa.Array) else list(given_values)
    assume(content)
    pool = NUMBERS if content and isinstance(content[0], float) else ODD
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.sampled_from(pool))
    columns[name] = content


def retype(data: st.DataObject, columns: Columns) -> None:
    name = every_column(data, columns)
    count = len(columns[name])
    made: list[Callable[[], Any]] = [
        lambda: [data.draw(st.sampled_from(NUMBERS)) for _ in range(count)],
        lambda: [data.draw(st.sampled_from(ODD)) for _ in range(count)],
        lambda: list(range(count)),
        lambda: [True] * count,
        lambda: pa.array([date(1999, 1, 2)] * count),
        lambda: pa.array([datetime(1999, 1, 2)] * count),
        lambda: pa.array([datetime(1999, 1, 2, tzinfo=UTC)] * count),
        lambda: pa.nulls(count),
        lambda: pa.array([[1]] * count),
        lambda: pa.array(["12"] * count).dictionary_encode(),
        lambda: pa.array([b"12"] * count),
    ]
    columns[name] = data.draw(st.sampled_from(made))()


def repeat(data: st.DataObject, columns: Columns) -> None:
    for name, content in columns.items():
        columns[name] = pa.concat_arrays([content] * 2) if isinstance(content, pa.Array) else content * 2


def empty(data: st.DataObject, columns: Columns) -> None:
    for name, content in columns.items():
        columns[name] = content[:0] if isinstance(content, pa.Array) else pa.array([], pa.string())


def shift(data: st.DataObject, columns: Columns) -> None:
    """The columns of one kind get each other's values."""
    first, second = every_column(data, columns), every_column(data, columns)
    columns[first], columns[second] = columns[second], columns[first]


def truncate(data: st.DataObject, content: bytes) -> bytes:
    return content[: data.draw(st.integers(0, len(content)))]


def flip(data: st.DataObject, content: bytes) -> bytes:
    assume(content)
    out = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        out[data.draw(st.integers(0, len(out) - 1))] = data.draw(st.integers(0, 255))
    return bytes(out)


def append(data: st.DataObject, content: bytes) -> bytes:
    return content + data.draw(st.sampled_from([b"\n", b"x", b"\0" * 8, b'"', content]))


def reencode(data: st.DataObject, content: bytes) -> bytes:
    to = data.draw(st.sampled_from(["utf-16", "utf-8-sig", "cp1252"]))
    return content.decode("utf-8", "replace").encode(to, "replace")


def mark(data: st.DataObject, content: bytes) -> bytes:
    """Another encoding than the file names, and a letter in one byte."""
    return content.replace(b"UTF-8", data.draw(st.sampled_from([b"UTF-7", b"CP037", b"x????"]))).replace(b"a", b"\xe7")


ON_COLUMNS = [drop, rename, double, inject, inject, inject, retype, retype, repeat, empty, shift]
ON_BYTES = [truncate, flip, append, reencode, mark]


@pytest.mark.parametrize("name", sorted(load_catalogue().tables))
@pytest.mark.parametrize("kind", FORMATS)
def test_the_declared_table_is_accepted(name: str, kind: str, root: Path, vault: Path) -> None:
    table = load_catalogue().table(name)
    title, year = stem(table)
    columns = valid(table, year)
    write(root / f"{title}.{kind}", columns, kind)
    file = find(root).file(name, year)
    assert ingest(file, outputs(table, year), vault).rows == ROWS


SOME = settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
TABLES = pytest.mark.parametrize("name", sorted(load_catalogue().tables))


@TABLES
@settings(SOME, max_examples=12)
@given(data=st.data())
def test_a_spoilt_table_is_refused_or_converted(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    spoil_and_convert(name, data, tmp_path_factory.mktemp("spoilt"))


@pytest.mark.slow
@TABLES
@settings(SOME, max_examples=150)
@given(data=st.data())
def test_many_spoilt_tables_are_refused_or_converted(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    spoil_and_convert(name, data, tmp_path_factory.mktemp("spoilt"))


def spoil_and_convert(name: str, data: st.DataObject, folder: Path) -> None:
    """Draw a table, change its columns, write it in a format, change the bytes of the file, and convert it."""
    table = load_catalogue().table(name)
    title, year = stem(table)
    columns = valid(table, year)
    kind = data.draw(st.sampled_from(FORMATS))
    for change in data.draw(st.lists(st.sampled_from(ON_COLUMNS), max_size=3)):
        assume(columns)
        change(data, columns)
    assume(columns and len({len(content) for content in columns.values()}) == 1)
    rows = len(next(iter(columns.values())))
    try:
        path = folder / "tables" / f"{title}.{kind}"
        path.parent.mkdir()
        write(path, columns, kind)
        spoil = data.draw(st.none() | st.sampled_from(ON_BYTES))
        if spoil is not None:
            path.write_bytes(spoil(data, path.read_bytes()))
        attempt(folder, table, year, rows if spoil is None else None)
    finally:
        shutil.rmtree(folder)


def attempt(folder: Path, table: Table, year: int | None, rows: int | None) -> None:
    """Check the delivery and convert the table; whatever is wrong with it is one `KansenError`, and leaves nothing."""
    wanted = tuple(outputs(table, year))
    years = (year,) if year and table.kind == "yearly" else ()
    report = check(find(folder / "tables"), {"one": Needs((Requirement(table.id, years, wanted),))})
    assert as_text(report)
    assert as_json(report)
    vault = folder / "vault"
    try:
        made = ingest(report.delivery.file(table.id, year), wanted, vault)
    except KansenError as error:
        refused = error.exit_code == 2
        assert refused
        assert list((vault / "registers").glob("*")) == []
        return
    content = pq.read_table(made.path)
    assert content.num_rows == made.rows
    assert rows is None or made.rows == rows
    assert content.column_names == [*wanted, "row"]
    assert content["row"].to_pylist() == list(range(made.rows))
