"""The seam between cohorts and the machine that runs them: three methods, one class per engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import narwhals.stable.v2 as nw
import pyarrow as pa

from kansen.errors import UsageError

ENGINES = ("duckdb",)


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


def load_engine(name: str, scratch: Path) -> Engine:
    """The engine of that name; it may spill to the folder `scratch`."""
    if name == "duckdb":
        from kansen.engine.duckdb import DuckDBEngine

        return DuckDBEngine(scratch)
    raise UsageError("Unknown engine", found=name, expected=", ".join(ENGINES))
