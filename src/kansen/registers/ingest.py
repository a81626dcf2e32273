"""Convert a delivered table once, to typed Parquet in the vault, and reuse it while nothing changed.

The converted table holds the requested columns in the order of the source rows, plus `row` (int64, from 0). It is
written aside and renamed when all checks have passed, so an interruption or a full disk leaves no partial table.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from kansen.errors import StorageError, TableError
from kansen.files import atomic_path, code_digest, make_folder, sha256, write_json
from kansen.progress import Progress, Quiet
from kansen.registers.catalogue import Column
from kansen.registers.checks import check_converted, check_source
from kansen.registers.convert import expression, quote_name, quote_text
from kansen.registers.find import FoundFile
from kansen.registers.sources import Source, announced_rows, open_source, unreadable
from kansen.registers.words import learn_words

FORMAT = 1
"""Raise this when the conversion changes: converted tables of another format are made again."""

_MEMORY = "2GB"


@dataclass(frozen=True)
class Ingested:
    """A converted table in the vault.

    `path` is Parquet with the columns `columns` and `row`; `reused` says that it was there already.
    """

    file: FoundFile
    path: Path
    rows: int
    columns: tuple[str, ...]
    bytes: int
    sha256: str
    reused: bool
    notes: tuple[str, ...]

    def provenance(self) -> dict[str, str | int | None]:
        """What the manifest of a release says about this input."""
        return {
            "table": self.file.table.id,
            "year": self.file.year,
            "path": self.file.relative,
            "format": self.file.format,
            "version": self.file.version,
            "rows": self.rows,
            "bytes": self.bytes,
            "sha256": self.sha256,
        }


def ingest(file: FoundFile, columns: Sequence[str], vault: Path, progress: Progress | None = None) -> Ingested:
    """Check and convert the `columns` (output names) of `file` into `vault`/registers, or reuse what is there.

    Keys are text (type before number, null when unknown), codes stripped text, days int32 since 1970-01-01 (a spell
    that is still open ends on 9999-12-31), whole numbers int32, amounts float64 in euros; missing is null.

    Raises `MissingInputError` (column not there), `TableError` (wrong content, truncated) and `StorageError`.

    Example::

        delivery = registers.find(root)
        table = registers.ingest(delivery.file("inpa", 2016), ["person", "inppersbrut"], vault)
        polars.read_parquet(table.path)
    """
    progress = progress or Quiet()
    wanted = [file.table.column(name, file.year) for name in dict.fromkeys(columns)]
    target = Path(vault) / "registers" / f"{file.table.id}{f'_{file.year}' if file.year else ''}.parquet"
    sidecar = target.with_suffix(".json")
    _check_readable(file)
    kept = _reusable(file, target, sidecar)
    if kept and {column.output for column in wanted} <= set(kept["columns"]):
        return _ingested(file, target, kept, reused=True)
    if kept:  # the same source was converted with other columns: keep those too, or two readers would alternate
        already = [file.table.column(name, file.year) for name in kept["columns"]]
        wanted = already + [column for column in wanted if column not in already]
    make_folder(target.parent)
    record = _convert(file, wanted, target, sidecar, progress)
    return _ingested(file, target, record, reused=False)


def _ingested(file: FoundFile, target: Path, record: dict[str, Any], *, reused: bool) -> Ingested:
    return Ingested(
        file=file,
        path=target,
        rows=record["rows"],
        columns=tuple(record["columns"]),
        bytes=record["source"]["bytes"],
        sha256=record["source"]["sha256"],
        reused=reused,
        notes=tuple(record["notes"]),
    )


def _check_readable(file: FoundFile) -> None:
    try:
        with file.path.open("rb"):
            pass
    except OSError as error:
        raise unreadable(file, os.strerror(error.errno) if error.errno else error) from error


def _stamp(path: Path) -> dict[str, int]:
    status = path.stat()
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _reusable(file: FoundFile, target: Path, sidecar: Path) -> dict[str, Any] | None:
    """The record of the converted table when source, declaration and software are still the same."""
    try:
        record = json.loads(sidecar.read_text(encoding="utf-8"))
        same = record["made_by"] == _made_by(file) and record["converted_bytes"] == target.stat().st_size
        source = record["source"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not same or source["path"] != file.relative:
        return None
    stamp = _stamp(file.path)
    if stamp["bytes"] != source["bytes"]:
        return None
    if stamp["mtime_ns"] != source["mtime_ns"]:
        if sha256(file.path) != source["sha256"]:
            return None
        record["source"] = {**source, **stamp}
        write_json(sidecar, record)
    return record


def _made_by(file: FoundFile) -> dict[str, str | int]:
    return {"software": code_digest("registers"), "format": FORMAT, "declaration": file.table.digest()}


def _convert(file: FoundFile, columns: list[Column], target: Path, sidecar: Path, progress: Progress) -> dict[str, Any]:
    outputs = [column.output for column in columns]
    before = _stamp(file.path)
    with ThreadPoolExecutor(1) as pool, atomic_path(target) as aside:
        # Named after `aside`, so that a later run sweeps them up when this one is killed.
        stage, spill = aside.with_name(f"{aside.stem}s.tmp"), aside.with_name(f"{aside.stem}d.tmp")
        digest = pool.submit(sha256, file.path)
        try:
            with (
                progress.task(f"Reading {file.path.name}", announced_rows(file), "rows") as task,
                _connection(file, target.parent, spill) as connection,
            ):
                source = open_source(connection, file, [p for c in columns for p in c.parts], stage, task)
                source = learn_words(connection, source, columns)
                check_source(connection, file, source, columns)
                connection.execute(_copy(columns, source, aside))
                check_converted(connection, file, f"read_parquet({quote_text(str(aside))})", outputs)
                if file.format == "parquet":
                    task.advance(source.rows)
            record = {
                "made_by": _made_by(file),
                "source": {"path": file.relative, **before, "sha256": digest.result()},
                "rows": source.rows,
                "columns": outputs,
                "converted_bytes": aside.stat().st_size,
                "notes": list(source.notes),
            }
        finally:
            stage.unlink(missing_ok=True)
            shutil.rmtree(spill, ignore_errors=True)
        if _stamp(file.path) != before:
            raise TableError(
                f"The register table {file.table.id} changed while it was being read",
                where=file.path,
                todo="wait until the file is complete and run the same command again",
            )
        sidecar.unlink(missing_ok=True)  # never an old record beside a new table
    write_json(sidecar, record)
    return record


def _copy(columns: list[Column], source: Source, aside: Path) -> str:
    fields = [f"{expression(column, source)} AS {quote_name(column.output)}" for column in columns]
    return (
        f"COPY (SELECT {', '.join(fields)}, file_row_number AS row FROM {source.scan}) "
        f"TO {quote_text(str(aside))} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 122880)"
    )


@contextmanager
def _connection(file: FoundFile, folder: Path, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of our own, bounded in memory, whose errors become one clear message."""
    connection = duckdb.connect()
    try:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute(f"SET threads = {max(os.cpu_count() or 1, 1)}")
        connection.execute(f"SET temp_directory = {quote_text(str(spill))}")
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET enable_progress_bar = false")
        # Statistics in a Parquet file leave NaN out; an optimizer that believes them skips the rows that have it.
        connection.execute("SET disabled_optimizers = 'statistics_propagation,filter_pushdown'")
        yield connection
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # how DuckDB tells of Ctrl-C
            raise KeyboardInterrupt from error
        raise
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
        raise  # a mistake of ours in the SQL, not of the file
    except duckdb.Error as error:
        reason = _storage_reason(str(error), folder) if isinstance(error, duckdb.IOException) else None
        if reason is not None:
            raise StorageError(
                "Cannot write",
                where=folder,
                found=reason,
                expected="a folder with enough free space that may be written to",
                todo="free some space or choose another folder, and run the same command again: "
                "finished steps are kept",
            ) from error
        raise unreadable(file, error) from error
    finally:
        connection.close()


def _storage_reason(message: str, folder: Path) -> str | None:
    """Why DuckDB could not write, when that is what its message says."""
    reasons = (
        "No space left on device",
        "Disk quota exceeded",
        "File too large",
        "Read-only file system",
        "max_temp_directory_size",
    )
    for reason in reasons:
        if reason in message:
            return reason
    return "Permission denied" if "Permission denied" in message and str(folder) in message else None
