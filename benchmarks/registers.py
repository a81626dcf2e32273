"""How fast delivered tables become typed Parquet: rows per second, per table and format.

Writes made-up tables of ROWS rows to a temporary folder and converts each once, every step in a process of its own so
that peak memory is that of the step. The reader of `.sav` is also timed by itself: nothing can be faster than that::

    python benchmarks/registers.py [ROWS [FORMAT ...]]
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import readstat_arrow

from kansen import registers


def _digits(numbers: np.ndarray, width: int) -> pa.Array:
    """Whole numbers as text of a fixed width."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    letters = (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    return pa.array(np.ascontiguousarray(letters).view(f"S{width}").ravel()).cast(pa.string())


def _tables(rows: int) -> dict[str, tuple[str, pa.Table]]:
    """An address table and an income table with values as CBS writes them, by catalogue id."""
    rng = np.random.default_rng(1)
    letter = pa.array(["R"] * rows).dictionary_encode().cast(pa.string())
    person = _digits(rng.permutation(rows) + 100_000_000, 9)
    start = rng.integers(1980, 2010, rows) * 10_000 + rng.integers(1, 13, rows) * 100 + rng.integers(1, 29, rows)
    end = np.where(rng.random(rows) < 0.3, 99_991_231, start + 100_000)
    money = np.where(rng.random(rows) < 0.02, 9_999_999_999.0, np.round(rng.normal(35_000, 20_000, rows)))
    addresses = {
        "RINPERSOONS": letter,
        "RINPERSOON": person,
        "GBADATUMAANVANGADRESHOUDING": _digits(start, 8),
        "GBADATUMEINDEADRESHOUDING": _digits(end, 8),
        "SOORTOBJECTNUMMER": pa.array(["D"] * rows),
        "RINOBJECTNUMMER": _digits(rng.integers(0, rows, rows), 16),
    }
    incomes = {
        "RINPERSOONS": letter,
        "RINPERSOON": person,
        "INPPERSBRUT": pa.array(money),
        "INPPERSPRIM": pa.array(money),
        "RINPERSOONSHKW": letter,
        "RINPERSOONHKW": person,
    }
    return {
        "gbaadresobject": ("GBAADRESOBJECT2023BUSV1", pa.table(addresses)),
        "inpa": ("INPA2016TABV1", pa.table(incomes)),
    }


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    elif path.suffix == ".sav":
        readstat_arrow.write_sav(path, table)
    else:
        pyarrow.csv.write_csv(table, path)


FORMATS = ("parquet", "csv", "sav")


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock and of the processor, and the peak of memory in GB."""

    clock: float
    processor: float
    memory: float


def _deliver(name: str, rows: int, kind: str, root: Path) -> None:
    stem, table = _tables(rows)[name]
    _write(table, root / f"{stem}.{kind}")


def _spent(work: Callable[[], object]) -> Spent:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return Spent(clock, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


def _found(name: str, root: Path) -> registers.FoundFile:
    return registers.find(root).file(name, None if name == "gbaadresobject" else 2016)


def _read(name: str, root: Path) -> Spent:
    """The reader of .sav alone, which keeps nothing."""
    path = _found(name, root).path
    return _spent(lambda: readstat_arrow.open_sav(path).read_batches(lambda batch: None, batch_rows=1 << 17))


def _convert(name: str, root: Path) -> Spent:
    file = _found(name, root)
    return _spent(lambda: registers.ingest(file, file.table.names(file.year), root / "vault"))


def _alone(work: Callable[..., Any], *about: object) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *about).result()


def main(rows: int, formats: Sequence[str]) -> None:
    """Print one line per table and format, and one for the reader of .sav."""
    for name in ("gbaadresobject", "inpa"):
        for kind in formats:
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder)
                _alone(_deliver, name, rows, kind, root)
                steps = {kind: _convert, "again": _convert}
                if kind == "sav":
                    steps = {"its reader": _read, **steps}
                for step, work in steps.items():
                    spent: Spent = _alone(work, name, root)
                    print(
                        f"{name:15} {step:10} {rows / spent.clock / 1e6:8.2f} million rows per second, "
                        f"{rows / spent.processor / 1e6:8.2f} per CPU second; peak memory {spent.memory:.2f} GB",
                        flush=True,
                    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000, sys.argv[2:] or FORMATS)
