"""Open a delivered file as one DuckDB relation, whatever its format.

Parquet is scanned where it lies. SPSS and CSV are first streamed, batch by batch and only the columns that are
needed, into a Parquet file aside, so that the same checks and conversions run on every format. An R file is read whole,
because R writes the names of the columns last.
"""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kansen.errors import MissingInputError, TableError
from kansen.files import guard_storage
from kansen.progress import Task
from kansen.registers.find import FoundFile
from kansen.registers.rds import RdsError, read_rds

if TYPE_CHECKING:
    import readstat_arrow

TypeClass = Literal["text", "number", "date"]
T = TypeVar("T")


def _readstat() -> Any:
    """The reader of SPSS files. It takes long to load, and most commands read none."""
    import readstat_arrow

    return readstat_arrow


def _damaged() -> tuple[type[Exception], ...]:
    """What the readers of the formats raise on a file that is not whole."""
    return (pa.ArrowException, _readstat().ReadstatError, RdsError, OSError)


_BATCH = 1 << 17
_STAGED: dict[str, Any] = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}
"""How the copy aside is written: it is read a few times and removed, and must not slow the reader of the source."""

_DELIMITERS = (",", ";", "\t")
_TAIL = 1 << 16


@dataclass(frozen=True)
class Source:
    """A relation `scan` with the delivered columns and `file_row_number`, and what the file says about itself.

    `names` maps a delivered name from the catalogue to the name in the file (case may differ); `types` says per
    delivered name whether text, a number or a date was found; `labels` and `missing` are the file's own declarations,
    and `spoken` the words that stand for codes in it.
    """

    scan: str
    rows: int
    names: Mapping[str, str]
    types: Mapping[str, TypeClass]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    spoken: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def open_source(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, wanted: Sequence[str], stage: Path, task: Task
) -> Source:
    """Open `file` with the delivered columns `wanted`. `stage` is a path for the streamed copy of SPSS and CSV.

    Raises `MissingInputError` for a column that is not in the file, and `TableError` for a file that cannot be read.
    """
    with _reading(file):
        if file.format == "parquet":
            return _parquet(connection, file, wanted)
        return {"sav": _sav, "csv": _csv, "rds": _rds}[file.format](connection, file, wanted, stage, task)


@dataclass(frozen=True)
class Header:
    """What the first bytes of a file tell: its columns, and its rows where the format announces them."""

    columns: tuple[str, ...] | None
    rows: int | None = None


def read_header(file: FoundFile) -> Header:
    """The columns and rows that a file announces, without reading its data. An R file announces neither.

    Raises `TableError` for a file that cannot be read.
    """
    with _reading(file):
        if file.format == "parquet":
            with pq.ParquetFile(file.path) as handle:
                return Header(tuple(handle.schema_arrow.names), handle.metadata.num_rows)
        if file.format == "sav":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", _readstat().ReadstatWarning)  # told when the table is read
                (schema, rows, _), _ = _decoded(
                    lambda encoding: _readstat().read_sav_metadata(file.path, encoding=encoding)
                )
            return Header(tuple(schema.names), rows)
        if file.format == "csv":
            with file.path.open("rb") as handle:
                return Header(tuple(_split(_first_line(file, handle.readline()).decode("cp1252", "replace"))[0]))
    return Header(None)


def match_columns(file: FoundFile, wanted: Sequence[str], present: Sequence[str]) -> dict[str, str]:
    """Find every wanted column among those present, whatever the case of its letters.

    Raises `MissingInputError` for one that is not there, `TableError` for one that is there twice.
    """
    by_lower = {name.lower(): name for name in present}
    for name in wanted:
        same = [one for one in present if one.lower() == name.lower()]
        if len(same) > 1:
            raise TableError(
                f"The register table {file.table.id} has one column more than once",
                where=file.path,
                column=name,
                found=", ".join(same),
                expected="one column of that name, whatever the case of its letters",
                todo="remove or rename the columns that should not be read",
            )
        if name.lower() not in by_lower:
            near = difflib.get_close_matches(name.lower(), by_lower, n=4, cutoff=0.6)
            shown = [by_lower[one] for one in near] or list(present[:8])
            raise MissingInputError(
                f"The register table {file.table.id} misses a column",
                where=file.path,
                column=name,
                found=f"{len(present)} columns, {'near' if near else 'such as'}: {', '.join(shown)}",
                expected=name,
                todo="deliver the table with this column, or correct its name in the file",
            )
    return {name: by_lower[name.lower()] for name in wanted}


def unreadable(file: FoundFile, found: object) -> TableError:
    """The message for a file that is truncated or damaged."""
    return TableError(
        f"The register table {file.table.id} cannot be read",
        where=file.path,
        found=" ".join(str(found).split())[:300],
        expected=f"a complete .{file.format} file",
        todo="the file is probably truncated or damaged: copy it again",
    )


@contextmanager
def _reading(file: FoundFile) -> Iterator[None]:
    """Turn what a damaged file makes its reader raise into one clear message."""
    try:
        yield
    except UnicodeError as error:
        raise unreadable(file, f"text that cannot be decoded ({error})") from error
    except _damaged() as error:
        raise unreadable(file, error) from error


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _scan(path: Path) -> str:
    return f"read_parquet({_quote(_escape_glob(str(path)))}, file_row_number = true)"


def _escape_glob(path: str) -> str:
    """DuckDB reads paths as glob patterns; a folder may well be called `[2023]`."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _type_class(file: FoundFile, name: str, kind: pa.DataType) -> TypeClass:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return "date"
    if pa.types.is_null(kind):
        return "text"
    raise TableError(
        f"The register table {file.table.id} has a column of a type that cannot be used",
        where=file.path,
        column=name,
        found=str(kind),
        expected="text, a number or a date (without a time zone)",
    )


def _finish(connection: duckdb.DuckDBPyConnection, file: FoundFile, path: Path, schema: pa.Schema, rows: int,
            names: dict[str, str], **more: object) -> Source:  # fmt: skip
    if rows == 0:
        raise TableError(
            f"The register table {file.table.id} is empty",
            where=file.path,
            found="0 rows",
            expected="at least one row",
            todo="deliver the table again, or remove the file when another version should be read",
        )
    types = {name: _type_class(file, name, schema.field(inside).type) for name, inside in names.items()}
    return Source(_scan(path), rows, names, types, **more)  # type: ignore[arg-type]


def _parquet(connection: duckdb.DuckDBPyConnection, file: FoundFile, wanted: Sequence[str]) -> Source:
    with pq.ParquetFile(file.path) as handle:
        schema, rows = handle.schema_arrow, handle.metadata.num_rows
        names = match_columns(file, wanted, schema.names)
    return _finish(connection, file, file.path, schema, rows, names)


def _sav(connection: duckdb.DuckDBPyConnection, file: FoundFile, wanted: Sequence[str], stage: Path,
         task: Task) -> Source:  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", _readstat().ReadstatWarning)
        read, otherwise = _decoded(lambda encoding: _stream_sav(file, wanted, stage, task, encoding))
    notes = [f"{file.path.name}: {warning.message}" for warning in caught]
    if otherwise:
        notes.append(f"{file.path.name}: its text is not in the encoding that it names; read as Windows-1252")
    missing, ranges = _declared_missing(read.meta, read.names)
    labels = {
        name: {
            _code_text(one["value"]): str(one.get("label") or "") for one in read.meta.value_labels.get(inside) or ()
        }
        for name, inside in read.names.items()
    }
    return _finish(connection, file, stage, read.schema, read.rows, read.names, labels=labels, missing=missing,
                   missing_ranges=ranges, notes=tuple(dict.fromkeys(notes)))  # fmt: skip


@dataclass(frozen=True)
class _Streamed:
    schema: pa.Schema
    rows: int
    names: dict[str, str]
    meta: readstat_arrow.Metadata


def _stream_sav(file: FoundFile, wanted: Sequence[str], stage: Path, task: Task, encoding: str | None) -> _Streamed:
    schema, _, meta = _readstat().read_sav_metadata(file.path, encoding=encoding)
    names = match_columns(file, wanted, schema.names)
    reader = _readstat().open_sav(
        file.path, columns=list(names.values()), preserve_user_missing=True, encoding=encoding
    )
    if reader.num_rows == 0:
        return _Streamed(reader.schema, 0, names, meta)
    with guard_storage(stage.parent), pq.ParquetWriter(stage, reader.schema, **_STAGED) as writer:

        def take(batch: pa.RecordBatch) -> None:
            writer.write_batch(batch)
            task.advance(batch.num_rows)

        rows = reader.read_batches(take, batch_rows=_BATCH)
    if reader.num_rows is not None and rows != reader.num_rows:
        raise unreadable(file, f"{rows} rows where the file announces {reader.num_rows}")
    return _Streamed(reader.schema, rows, names, meta)


def _decoded(read: Callable[[str | None], T]) -> tuple[T, bool]:
    """What `read` gives in the encoding that an SPSS file names and, where that is wrong, in Windows-1252.

    Also whether the latter was needed. Old files name no encoding, and some were saved under another one.
    """
    try:
        return read(None), False
    except _readstat().ReadstatError as error:
        if "invalid byte sequence" not in str(error):
            raise
        return read("WINDOWS-1252"), True


def _declared_missing(
    meta: readstat_arrow.Metadata, names: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[float, float]]]:
    """The values, and the range, that an SPSS file itself declares missing, per delivered name."""
    values: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, tuple[float, float]] = {}
    for name, inside in names.items():
        declared: dict[str, Any] = dict(meta.missing_values.get(inside) or {})
        single = [*declared.get("values", []), *([declared["value"]] if "value" in declared else [])]
        if single:
            values[name] = tuple(_code_text(one) for one in single)
        if "lo" in declared:
            ranges[name] = (float(declared["lo"]), float(declared["hi"]))
    return values, ranges


def _code_text(value: object) -> str:
    """A labelled or declared value as text: 1.0 is written 1."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv(connection: duckdb.DuckDBPyConnection, file: FoundFile, wanted: Sequence[str], stage: Path,
         task: Task) -> Source:  # fmt: skip
    header, encoding = _header(file)
    present, delimiter = _split(header)
    names = match_columns(file, wanted, present)
    schema = pa.schema([(name, pa.string()) for name in names.values()])
    rows = 0
    wrong: list[pa_csv.InvalidRow] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    try:
        with (
            pa_csv.open_csv(
                file.path,
                read_options=pa_csv.ReadOptions(
                    block_size=1 << 23, encoding=encoding, column_names=present, skip_rows=1
                ),
                parse_options=pa_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=refuse),
                convert_options=pa_csv.ConvertOptions(column_types=schema, include_columns=schema.names),
            ) as reader,
            guard_storage(stage.parent),
            pq.ParquetWriter(stage, schema, **_STAGED) as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
                task.advance(batch.num_rows)
    except pa.ArrowInvalid as error:
        if wrong:
            raise _ragged(file, wrong[0], encoding) from error
        if "Empty CSV" not in str(error):
            raise unreadable(file, error) from error
    return _finish(connection, file, stage, schema, rows, names)


def _rds(connection: duckdb.DuckDBPyConnection, file: FoundFile, wanted: Sequence[str], stage: Path,
         task: Task) -> Source:  # fmt: skip
    frame = read_rds(file.path)
    names = match_columns(file, wanted, list(frame.columns))
    table = pa.table({inside: frame.columns[inside] for inside in names.values()})
    for name, inside in names.items():
        _type_class(file, name, table.schema.field(inside).type)
    with guard_storage(stage.parent):
        pq.write_table(table, stage, **_STAGED)
    task.advance(table.num_rows)
    labels = {name: frame.labels[inside] for name, inside in names.items() if inside in frame.labels}
    return _finish(connection, file, stage, table.schema, table.num_rows, names, labels=labels)


def _ragged(file: FoundFile, row: pa_csv.InvalidRow, encoding: str) -> TableError:
    """The message for a line with too few or too many values. Its content is not told: it is about a person."""
    text = row.text.encode(encoding)
    with file.path.open("rb") as handle:
        number = next((i for i, line in enumerate(handle) if line.rstrip(b"\r\n") == text), None)
    return TableError(
        f"The register table {file.table.id} has a line with too few or too many values",
        where=file.path,
        row=number,
        found=f"{row.actual_columns} values",
        expected=f"{row.expected_columns}, as in the header",
        todo="the file is probably truncated or damaged: copy it again",
    )


def _split(header: str) -> tuple[list[str], str]:
    """The names in a header line, and what separates them."""
    delimiter = max(_DELIMITERS, key=header.count)
    return [name.strip().strip('"') for name in header.split(delimiter)], delimiter


def _first_line(file: FoundFile, line: bytes) -> bytes:
    """The header line without mark and line end. Refuses what is no text of one byte per letter."""
    first = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    if not first.strip():
        raise unreadable(file, "no header line")
    if b"\0" in first:
        raise unreadable(file, "text in UTF-16 or UTF-32, or no text at all; save it as UTF-8")
    return first


def _header(file: FoundFile) -> tuple[str, str]:
    """The first line of a CSV file, and its encoding: UTF-8 (with or without a mark), else Windows-1252.

    Refuses what is no such text, and a file whose last line was cut within quotation marks.
    """
    encoding = "utf-8"
    with file.path.open("rb") as handle:
        first = _first_line(file, handle.readline())
        handle.seek(0)
        while block := handle.read(1 << 24):
            if not _is_utf8(block):
                encoding = "cp1252"
                break
        handle.seek(max(handle.seek(0, os.SEEK_END) - _TAIL, 0))
        last = handle.read().rstrip(b"\r\n").rpartition(b"\n")[2]
    if last.count(b'"') % 2:
        raise unreadable(file, "the last line ends within quotation marks")
    return first.decode(encoding, errors="replace"), encoding


def _is_utf8(block: bytes) -> bool:
    """Whether the bytes decode as UTF-8, give or take a letter that the block's borders cut through."""
    if block.isascii():
        return True
    start = next((i for i, byte in enumerate(block[:4]) if byte & 0xC0 != 0x80), 0)
    try:
        block[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(block) - start - 4
    return True
