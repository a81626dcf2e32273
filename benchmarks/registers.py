"""How fast delivered tables become typed Parquet: rows per second, per table and format.

Writes made-up tables of ROWS rows to a temporary folder and converts each once::

    python benchmarks/registers.py [ROWS]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

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


def main(rows: int) -> None:
    """Print one line per table and format."""
    for name, (stem, table) in _tables(rows).items():
        for kind in ("parquet", "csv", "sav"):
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder)
                _write(table, root / f"{stem}.{kind}")
                file = registers.find(root).file(name, None if name == "gbaadresobject" else 2016)
                columns = file.table.names(file.year)
                start, cpu = time.perf_counter(), time.process_time()
                registers.ingest(file, columns, root / "vault")
                spent, used = time.perf_counter() - start, time.process_time() - cpu
                start = time.perf_counter()
                registers.ingest(file, columns, root / "vault")
                again = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(
                f"{name:15} {kind:8} {rows / spent / 1e6:6.2f} million rows per second ({rows / used / 1e6:.2f} per "
                f"CPU second), reused in {again * 1e3:.1f} ms, peak memory so far {peak:.2f} GB"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000)
