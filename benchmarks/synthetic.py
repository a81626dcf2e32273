"""The synthetic Netherlands with all cohorts, at two scales: rows per second, peak memory, and how time grows.

    python benchmarks/synthetic.py [SMALL LARGE]     # default 0.1 1
    python benchmarks/synthetic.py FOLDER            # only count the rows of a country that is there

Seconds of the processor are told beside those of the clock: they are what is left when other programs run too. Growth
is the ratio of times over the ratio of scales: 1 is linear, below 1 is better.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq


def rows(root: Path) -> tuple[int, int, float]:
    """Rows and tables below a folder, without those of the truth, and their size in GB."""
    files = [path for path in root.rglob("*.parquet") if "truth" not in path.relative_to(root).parts]
    counted = sum(pq.read_metadata(path).num_rows for path in files)
    return counted, len(files), sum(path.stat().st_size for path in files) / 1e9


def run(scale: float, folder: Path) -> tuple[float, float]:
    """Make a country, print what it took, and return the seconds of the clock and of the processor."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "kansen.cli", "synth", str(folder), "--scale", str(scale)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    spent = time.perf_counter() - started
    assert os.waitstatus_to_exitcode(status) == 0
    count, tables, size = rows(folder)
    processor = usage.ru_utime + usage.ru_stime
    print(
        f"scale {scale:<5g} {count:>13,} rows in {tables} tables, {size:.2f} GB; {spent:.1f} s, of the processor"
        f" {processor:.1f} s; {count / spent:,.0f} rows per second, at most {usage.ru_maxrss / 1e6:.2f} GB of memory"
    )
    return spent, processor


def main() -> None:
    """Measure both scales and print how time grows, or count the rows of one folder."""
    if len(sys.argv) == 2:
        count, tables, size = rows(Path(sys.argv[1]))
        print(f"{count:,} rows in {tables} tables, {size:.2f} GB")
        return
    small, large = (float(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (0.1, 1.0)
    found = []
    for scale in (small, large):
        with tempfile.TemporaryDirectory() as folder:
            found.append(run(scale, Path(folder) / "registers"))
    for name, before, after in zip(("clock", "processor"), *found, strict=True):
        print(f"growth {name:<9} {after / before / (large / small):.2f} of linear from scale {small:g} to {large:g}")


if __name__ == "__main__":
    main()
