"""A table as its declaration says, for every declaration of the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from kansen.registers import Column, Table
from registers import rdata, world

Columns = dict[str, list[Any] | pa.Array]

ROWS = 6
FORMATS = ("parquet", "sav", "csv", "rds")
EXAMPLES = {
    r"[A-Z]": "E", r"[0-9]{2}[A-Z]{2}": "25PZ",
    r"\d": "1", r"\d{1,2}": "8", r"\d{1,3}": "12", r"[1-9]\d{3}": "1011", r"\d{4}": "0363",
    r"\d{6}": "036344", r"[0-9A-Z]{1,8}": "12A", r"[0-9A-Za-z ]{1,20}": "BO",
}  # fmt: skip


def stem(table: Table, version: int = 1) -> tuple[str, int | None]:
    """A name of the table, in the last year that it has."""
    year = min(table.years[1], 2018) if table.years else 2023 if "{year}" in table.files[0] else None
    name = table.files[0].replace("{year}", str(year)).replace("{edition}", "3").replace("{version}", str(version))
    return name.replace("[", "").replace("]", ""), year


def outputs(table: Table, year: int | None) -> list[str]:
    """The names of the columns when they are converted."""
    return [name.replace("{y}", "2023") for name in table.names(year)]


def columns(table: Table, year: int | None, kinds: tuple[str, ...]) -> list[Column]:
    """The columns of some kinds."""
    found = [table.column(name, year) for name in outputs(table, year)]
    return [column for column in found if column.kind in kinds]


def valid(table: Table, year: int | None) -> Columns:
    """Values that the declaration allows, by delivered name."""
    out: Columns = {}
    for name in outputs(table, year):
        column = table.column(name, year)
        for place, part in enumerate(column.parts):
            out[part] = list(_values(column, place))
    return out


def _values(column: Column, part: int) -> list[str] | list[float]:
    if column.kind == "key":
        types, numbers = {
            "person": ("R", [f"{i:09d}" for i in range(ROWS)]),
            "dwelling": ("D", [f"A{i}" for i in range(ROWS)]),
            "school": ("x/9=", ["00"] * ROWS),
        }[column.key or "person"]
        return [types] * ROWS if part == 0 else numbers
    if column.codes is not None:
        one = next(iter(column.codes.values), "") or EXAMPLES[column.codes.open or ""]
        if column.output in ("oplnr", "cto"):  # the keys of the reference tables
            return [f"{i:06d}" for i in range(1, ROWS + 1)]
        return [one] * ROWS
    if column.kind == "date":
        return ["99991231" if column.open_end else "19990102"] * ROWS
    if column.kind == "int":
        return [str(int((column.range or (1, 1))[0]) + 1)] * ROWS
    return [100.5] * ROWS


def write(path: Path, content: Columns, kind: str) -> None:
    """Write a table in any format."""
    if kind == "rds":
        plain = {name: rdata.vector(list(values)) for name, values in content.items()}
        path.write_bytes(rdata.frame(plain, len(next(iter(content.values())))))
    else:
        world.write(path.parent, path.stem, content, kind)  # type: ignore[arg-type]
