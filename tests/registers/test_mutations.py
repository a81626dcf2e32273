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
from kansen.registers.catalogue import Column
from kansen.registers.readiness import Needs, Requirement, check
from kansen.registers.report import as_json, as_text
from registers import rdata, world

Columns = dict[str, list[Any] | pa.Array]

ROWS = 6
FORMATS = ("parquet", "sav", "csv", "rds")
EXAMPLES = {
    r"[A-Z]": "E", r"\d": "1", r"\d{1,2}": "8", r"\d{1,3}": "12", r"[1-9]\d{3}": "1011", r"\d{4}": "0363",
    r"\d{6}": "036344", r"[0-9A-Z]{1,8}": "12A", r"[0-9A-Za-z ]{1,20}": "BO",
}  # fmt: skip
ODD: list[Any] = [
    None, "", " ", "-", "----", "---------", "x", "é", "0", "00", "12", " 12 ", "-1", "1.5", "1e5", "1_0", "0x10", "١",
    "999999999", "9999999999", "99999999999", "9" * 30, "88888888", "99991231", "20000230", "00000000", "2000-02-29",
    "Onbepaalde tijd", "nan", "inf", "R", "r", "'; DROP TABLE x; --", '"', "a,b", "a\nb", "\ufeff", "\x00",
]  # fmt: skip
NUMBERS: list[Any] = [
    None, 0.0, -0.0, 1.0, 1.5, -1.0, 12.0, 9999.0, 88888888.0, 99991231.0, 20000230.0, 999999999.0, 99999999999.0, 1e15,
    1e308, float("nan"), float("inf"), -float("inf"),
]  # fmt: skip


def stem(table: Table) -> tuple[str, int | None]:
    """A name of the table, in the last year that it has."""
    year = min(table.years[1], 2018) if table.years else 2023 if "{year}" in table.files[0] else None
    name = table.files[0].replace("{year}", str(year)).replace("{edition}", "3").replace("{version}", "1")
    return name.replace("[", "").replace("]", ""), year


def values(column: Column, part: int) -> list[str] | list[float]:
    """What a column may hold."""
    if column.kind == "key":
        types, numbers = {
            "person": ("R", [f"{i:09d}" for i in range(ROWS)]),
            "dwelling": ("D", [f"A{i}" for i in range(ROWS)]),
            "school": ("x/9=", ["00"] * ROWS),
        }[column.key or "person"]
        return [types] * ROWS if part == 0 else numbers
    if column.codes is not None:
        one = next(iter(column.codes.values), "") or EXAMPLES[column.codes.open or ""]
        if f"{column.output}" in ("oplnr", "cto"):  # the keys of the reference tables
            return [f"{i:06d}" for i in range(1, ROWS + 1)]
        return [one] * ROWS
    if column.kind == "date":
        return ["99991231" if column.open_end else "19990102"] * ROWS
    if column.kind == "int":
        return [str(int((column.range or (1, 1))[0]) + 1)] * ROWS
    return [100.5] * ROWS


def valid(table: Table, year: int | None) -> Columns:
    """A table as its declaration says."""
    out: Columns = {}
    for name in table.names(year):
        column = table.column(name.replace("{y}", "2023"), year)
        for place, part in enumerate(column.parts):
            out[part] = list(values(column, place))
    return out


def write(path: Path, columns: Columns, kind: str) -> None:
    """Write the columns; a combination that the format cannot hold is not tried."""
    try:
        if kind == "rds":
            plain = {name: rdata.vector(list(values)) for name, values in columns.items()}
            path.write_bytes(rdata.frame(plain, len(next(iter(columns.values())))))
        else:
            world.write(path.parent, path.stem, columns, kind)  # type: ignore[arg-type]
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
    wanted = [column.replace("{y}", "2023") for column in table.names(year)]
    assert ingest(file, wanted, vault).rows == ROWS


@pytest.mark.parametrize("name", sorted(load_catalogue().tables))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoilt_table_is_refused_or_converted(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = load_catalogue().table(name)
    title, year = stem(table)
    columns = valid(table, year)
    kind = data.draw(st.sampled_from(FORMATS))
    for change in data.draw(st.lists(st.sampled_from(ON_COLUMNS), max_size=3)):
        assume(columns)
        change(data, columns)
    assume(columns and len({len(content) for content in columns.values()}) == 1)
    rows = len(next(iter(columns.values())))
    folder = tmp_path_factory.mktemp("spoilt")
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
    wanted = tuple(column.replace("{y}", "2023") for column in table.names(year))
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
