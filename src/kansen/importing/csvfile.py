"""Stream a published csv file in batches, and say precisely where it is wrong.

Arrow reads fast but tells little about a mistake, so a file that it refuses is read again, line by line, until the
first line that is wrong; that costs time only where the import ends anyway.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from kansen.errors import TableError
from kansen.importing.sources import BOM, Source

NUMBERS = ("n", "est", "lwr", "upr")
MISSING = ["", "NA", "NaN", "nan"]
BLOCK = 1 << 22
"""Bytes of text read at a time."""

_WORDS = pa.dictionary(pa.int32(), pa.string())
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)|", re.I)


def batches(source: Source, block: int = BLOCK) -> Iterator[pa.RecordBatch]:
    """The rows in batches: numbers as float64 (null where missing), all other columns as dictionaries of texts.

    Columns have our names. Raises `TableError` with file, line and column.
    """
    theirs = {name: ours for ours, name in source.columns.items()}
    kinds = {name: pa.float64() if ours in NUMBERS else _WORDS for name, ours in theirs.items()}
    try:
        with pa_csv.open_csv(
            source.path,
            read_options=pa_csv.ReadOptions(block_size=block, column_names=list(source.header), skip_rows=1),
            parse_options=pa_csv.ParseOptions(newlines_in_values=False),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(theirs), column_types=kinds, null_values=MISSING, strings_can_be_null=False
            ),
        ) as reader:
            for batch in reader:
                yield batch.rename_columns([theirs[name] for name in batch.schema.names])
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise _located(source, error) from error
    except (pa.ArrowException, OSError) as error:
        raise TableError("The file cannot be read", where=source.path, found=error, expected="a csv file") from error


def line_of(source: Source, row: int) -> int:
    """The line in the file of a row that was read (the first is 0); lines that are empty are no rows.

    In an R file rows are counted from 1.
    """
    if source.is_rds:
        return row + 1
    number = 0
    for number, (line, _) in enumerate(_lines(source.path), start=1):
        if number > 1 and line.strip(b"\r\n"):
            row -= 1
            if row < 0:
                return number
    return number


def wrong(
    source: Source, row: int, ours: str, what: str, found: object, expected: object, todo: str | None = None
) -> TableError:
    """The error about one value of a row that was read."""
    return TableError(
        what, where=source.path, column=source.columns.get(ours, ours), row=line_of(source, row),
        found=found, expected=expected, todo=todo,
    )  # fmt: skip


def _located(source: Source, error: Exception) -> TableError:
    """The first line that is wrong, as one error."""
    for number, (raw, ended) in enumerate(_lines(source.path), start=1):
        if number > 1 and raw.strip(b"\r\n"):
            told = _mistake(source, number, raw, ended)
            if told is not None:
                return told
    return TableError("The file cannot be read", where=source.path, found=error, expected="a csv file")


def _mistake(source: Source, number: int, raw: bytes, ended: bool) -> TableError | None:
    def told(what: str, column: str | None, found: object, expected: object, todo: str | None = None) -> TableError:
        return TableError(what, where=source.path, column=column, row=number, found=found, expected=expected, todo=todo)

    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = min(raw[: error.start].count(b","), len(source.header) - 1)
        byte = f"the byte 0x{raw[error.start]:02x}"
        return told("The file is not UTF-8 text", source.header[place], byte, "UTF-8", "save it as csv UTF-8")
    try:
        values = next(csv.reader([line.rstrip("\r\n")], strict=True))
    except csv.Error as error:
        return told("A line cannot be read", None, error, f"{len(source.header)} values with commas between them")
    if len(values) != len(source.header):
        cut = len(values) < len(source.header) and not ended
        return told(
            "The last line is cut off" if cut else "A line has another number of columns than the header",
            None, f"{len(values)} values", f"{len(source.header)} values",
            "get the file again: it was not copied whole" if cut else None,
        )  # fmt: skip
    by_name = dict(zip(source.header, values, strict=True))
    for ours in NUMBERS:
        value = by_name.get(source.columns.get(ours, ""), "")
        if value not in MISSING and not _NUMBER.fullmatch(value.strip()):
            todo = "numbers have a point, not a comma" if re.fullmatch(r"-?\d+,\d+", value) else None
            return told("A number is not a number", source.columns[ours], repr(value), "digits, or nothing", todo)
    return None


def _lines(path: Path) -> Iterator[tuple[bytes, bool]]:
    """The lines of a file as bytes, and whether each of them ends."""
    with path.open("rb") as handle:
        for number, line in enumerate(handle):
            yield (line.removeprefix(BOM) if number == 0 else line), line.endswith((b"\n", b"\r"))
