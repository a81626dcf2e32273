"""The embedded engine: DuckDB in this process, spilling to disk above its memory limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from kansen.engine.base import MEMORY_LIMIT, require_file
from kansen.errors import StorageError
from kansen.files import atomic_path, make_folder


class DuckDBEngine:
    """DuckDB behind the engine seam. `scratch` is where it spills what does not fit in memory."""

    name = "duckdb"

    def __init__(self, scratch: Path) -> None:
        make_folder(scratch)
        self._connection = duckdb.connect()
        self._connection.execute("SET memory_limit = ?", [MEMORY_LIMIT])
        self._connection.execute("SET temp_directory = ?", [str(scratch)])
        # With statistics a file would say that some columns miss nothing: a schema that depends on the rows.
        self._connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        # Rows are sorted on purpose before they are written, so the order in which threads finish does not matter.
        self._connection.execute("SET preserve_insertion_order = false")

    def scan(self, path: Path) -> nw.LazyFrame:
        require_file(path)
        return self.scan_parts([path])

    def scan_parts(self, paths: Sequence[Path]) -> nw.LazyFrame:
        """A lazy frame over files of the same columns, one below the other."""
        return cast(nw.LazyFrame, nw.from_native(self._connection.read_parquet([str(path) for path in paths])))

    def write(self, frame: nw.LazyFrame, path: Path, sort_by: Sequence[str]) -> int:
        with atomic_path(path) as aside:
            return self.put(frame, aside, sort_by, of=path)

    def put(self, frame: nw.LazyFrame, aside: Path, sort_by: Sequence[str], of: Path) -> int:
        """The rows of a frame in order in one file that will become `of`; returns how many."""
        with _plain_errors(of):
            relation = cast(duckdb.DuckDBPyRelation, frame.sort(*sort_by).to_native())
            relation.write_parquet(str(aside), compression="zstd", row_group_size=122_880)
            return ParquetFile(aside).metadata.num_rows

    def collect(self, frame: nw.LazyFrame) -> pa.Table:
        with _plain_errors("a result in memory"):
            return cast(pa.Table, frame.collect("pyarrow").to_native())

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _plain_errors(where: Path | str) -> Iterator[None]:
    """DuckDB's words for a full disk and for Ctrl-C in ours."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise StorageError(
            "The engine could not write",
            where=where,
            found=str(error).splitlines()[0],
            expected="enough disk space and memory",
            todo="free some space, or set KANSEN_MEMORY to what may be used (for example 8GB), and run again",
        ) from error
    except RuntimeError as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
