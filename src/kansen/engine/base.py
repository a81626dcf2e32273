"""The seam between cohorts and the machine that runs them: three methods, one class per engine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import narwhals.stable.v2 as nw
import pyarrow as pa

from kansen.errors import InputError, UsageError

ENGINES = ("duckdb", "spark")

MEMORY_LIMIT = os.environ.get("KANSEN_MEMORY", "3GB")
"""What an engine on this machine may use before it spills to disk."""


class Engine(Protocol):
    """Runs lazy frames that were made of `scan`."""

    name: str

    def scan(self, path: Path) -> nw.LazyFrame:
        """A lazy frame over one Parquet file that exists."""
        ...

    def write(self, frame: nw.LazyFrame, path: Path, sort_by: Sequence[str]) -> int:
        """Run the frame, write it to `path` in that order (aside, then renamed) and return the number of rows."""
        ...

    def collect(self, frame: nw.LazyFrame) -> pa.Table:
        """Run the frame and return its rows, for small results."""
        ...

    def close(self) -> None:
        """Give back what the engine holds: memory, connections, a session that it started."""
        ...


def load_engine(name: str, scratch: Path) -> Engine:
    """The engine of that name; it may spill to the folder `scratch`. Close it when all is done.

    Raises `UsageError` for a name that is none, and `EngineError` when the engine cannot start.
    """
    if name == "duckdb":
        from kansen.engine.duckdb import DuckDBEngine

        return DuckDBEngine(scratch)
    if name == "spark":
        from kansen.engine.spark import SparkEngine

        return SparkEngine(scratch)
    raise UsageError("Unknown engine", found=name, expected=", ".join(ENGINES))


def require_file(path: Path) -> None:
    """Refuse a file that is gone: an engine may answer it with an empty table. Raises `InputError`."""
    if not path.is_file():
        raise InputError("A file of the vault is gone", where=path, todo="run the command again without the vault")
