"""The same cohort on both engines: seconds, children per second and their ratio, from registers that are converted.

    python benchmarks/engines.py [SCALE ...]     # default 0.02 0.1

Starting Spark is told apart: it is the same few seconds at every scale. On one machine Spark is the slower engine; what
it is for is the registers that one machine cannot hold.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from kansen import registers, synthetic
from kansen.cohorts import build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas

COHORT = "age35"


def follow(engine: str, folder: Path) -> tuple[float, float, int, Path]:
    """Seconds to start, seconds to follow the cohort, children of the birth years, and the cohort file."""
    vault = folder / "vault"
    shutil.rmtree(vault / "cohorts", ignore_errors=True)
    delivery, areas, declared = registers.find(folder / "registers"), load_areas(), load_cohort(COHORT)
    started = time.perf_counter()
    runner = load_engine(engine, vault / "scratch")
    ready = time.perf_counter()
    build_cohort(declared, delivery, vault, runner, areas)
    done = time.perf_counter()
    runner.close()
    stages = vault / "cohorts" / COHORT
    kept = folder / f"{engine}.parquet"
    shutil.copy(stages / "cohort.parquet", kept)
    return ready - started, done - ready, pq.read_metadata(stages / "born.parquet").num_rows, kept


def compare(scale: float, folder: Path) -> None:
    """Measure both engines at one scale; the registers are converted before the clock starts."""
    synthetic.write(folder / "registers", scale=scale, cohorts=(COHORT,))
    follow("duckdb", folder)
    seconds: dict[str, float] = {}
    files: list[bytes] = []
    for engine in ("duckdb", "spark"):
        start, seconds[engine], children, path = follow(engine, folder)
        files.append(path.read_bytes())
        rate = children / seconds[engine]
        print(f"scale {scale:<5g} {engine:<6} {seconds[engine]:7.1f} s  {rate:9,.0f} children/s  start {start:4.1f} s")
    ratio = seconds["spark"] / seconds["duckdb"]
    same = "the same bytes" if files[0] == files[1] else "DIFFERENT FILES"
    print(f"scale {scale:<5g} Spark takes {ratio:.1f} times as long as DuckDB; the cohort files hold {same}")


def main() -> None:
    """Measure the scales of the command line."""
    for scale in [float(word) for word in sys.argv[1:]] or [0.02, 0.1]:
        with tempfile.TemporaryDirectory() as folder:
            compare(scale, Path(folder))


if __name__ == "__main__":
    main()
