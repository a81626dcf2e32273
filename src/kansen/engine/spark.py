"""The distributed engine: Spark, for registers that one machine cannot hold, with the same figures as DuckDB.

Spark computes; the rows of a finished stage go through one task into files beside the target, and DuckDB in this
process puts them in order in one file. So both engines leave the same file: same schema, same order, same row groups.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq

from kansen.engine.base import require_file
from kansen.engine.duckdb import DuckDBEngine
from kansen.engine.sessions import open_session, quiet_about_pandas
from kansen.errors import EngineError, StorageError, UsageError
from kansen.files import atomic_path, make_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large|Read-only file system")
_MEMORY = re.compile(r"OutOfMemoryError|Java heap space|memory limit|Not enough memory", re.I)
_UNSEEN = re.compile(r"PATH_NOT_FOUND|FileNotFoundException|FAILED_READ_FILE\.FILE_NOT_EXIST|No such file or directory")
_LOST = re.compile(r"UNAVAILABLE|Connection refused|Connection reset|SparkContext (was|has been) (shut ?down|stopped)")


class SparkEngine:
    """Spark behind the engine seam. `scratch` is where a Spark of our own spills and keeps its log.

    Every machine of a cluster must see the vault under the same path.
    """

    name = "spark"

    def __init__(self, scratch: Path) -> None:
        make_folder(scratch)
        _address(scratch)
        self._writer = DuckDBEngine(scratch)
        self._session = open_session(scratch)

    def scan(self, path: Path) -> nw.LazyFrame:
        require_file(path)
        with _plain_errors(path):
            # Told the columns, Spark does not start a job to look them up; a stage scans dozens of files.
            native = self._session.spark.read.schema(_columns(pq.read_schema(path))).parquet(_address(path))
            return cast(nw.LazyFrame, nw.from_native(native))

    def write(self, frame: nw.LazyFrame, path: Path, sort_by: Sequence[str]) -> int:
        with atomic_path(path) as aside:
            # Named after `aside`, so that a later run sweeps them up when this one is killed.
            parts = aside.with_name(f"{aside.stem}s.tmp")
            try:
                with _plain_errors(path):
                    found = self._write_parts(frame, parts)
                return self._writer.put(self._writer.scan_parts(found), aside, sort_by, of=path)
            finally:
                shutil.rmtree(parts, ignore_errors=True)

    def collect(self, frame: nw.LazyFrame) -> pa.Table:
        with _plain_errors("a result in memory"):
            return cast(pa.Table, frame.collect("pyarrow").to_native())

    def close(self) -> None:
        self._session.stop()
        self._writer.close()

    def _write_parts(self, frame: nw.LazyFrame, parts: Path) -> list[Path]:
        native = cast("DataFrame", frame.to_native())
        # One task writes: of a folder that the machines do not share this one would see a part of the rows only.
        native.repartition(1).write.parquet(_address(parts), compression="zstd")
        found = sorted(parts.glob("*.parquet"))
        if not found:  # no rows; or written where this machine cannot see it
            rows = self.collect(frame)
            if rows.num_rows:
                raise _not_shared(parts.parent)
            make_folder(parts)
            found = [parts / "empty.parquet"]
            pq.write_table(rows, found[0])
        return found


_TYPES = {
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.string(): "string",
}


def _columns(schema: pa.Schema) -> str:
    """The columns of a Parquet file as Spark declares them."""
    return ", ".join(f"`{field.name}` {_TYPES[field.type]}" for field in schema)


def _address(path: Path) -> str:
    """The path as Spark reads it, on the shared file system whatever the default of the cluster is."""
    whole = str(path.resolve())
    odd = sorted(set(whole) & set("[]{}*?\\"))
    if odd:
        raise UsageError(
            "Spark takes this path for a pattern",
            where=whole,
            found="".join(odd),
            expected="a vault without any of [ ] { } * ? \\ in its path",
            todo="choose another --vault",
        )
    return f"file://{whole}"


def _not_shared(where: Path | str) -> EngineError:
    return EngineError(
        "Spark and this machine do not see the same files",
        where=where,
        expected="a vault on a file system that every machine of the cluster sees under the same path",
        todo="choose such a folder with --vault",
    )


@contextmanager
def _plain_errors(where: Path | str) -> Iterator[None]:
    """Spark's words for a full disk, too little memory, an unseen file and a lost session in ours."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with quiet_about_pandas():
            yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        said = str(error)
        if _FULL.search(said) or _MEMORY.search(said):
            raise StorageError(
                "The engine could not write",
                where=where,
                found=_line_with(said, _FULL if _FULL.search(said) else _MEMORY),
                expected="enough disk space and memory",
                todo="free some space, or set KANSEN_MEMORY to what may be used (for example 8GB), and run again",
            ) from error
        if _UNSEEN.search(said):
            raise _not_shared(where) from error
        if isinstance(error, ConnectionError) or _LOST.search(said):
            raise EngineError(
                "The session with Spark was lost",
                where=where,
                found=said.splitlines()[0] if said else type(error).__name__,
                todo="see that Spark runs, and run the same command again: finished steps are kept",
            ) from error
        raise


def _line_with(text: str, pattern: re.Pattern[str]) -> str:
    return next(line.strip() for line in text.splitlines() if pattern.search(line))
