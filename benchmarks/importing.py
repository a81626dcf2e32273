"""How fast published files become a release, and how much memory that takes.

Writes made-up csv files as they were published in 2026 (all cells, a reason where there is no figure), imports them in
a process of its own, exports the release again and compares two releases.

    python benchmarks/importing.py [OUTCOMES]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from kansen.geography import load_areas
from kansen.measures.vault import region_id, region_type
from kansen.moments.grid import load_grid

LEVELS = ("nl", "municipality", "wijk", "pc3", "pc4")
SHOWN = 0.15
"""What part of the cells has a figure."""


def write(folder: Path, outcome: str, seed: int) -> tuple[int, int]:
    """One file of an outcome; gives its rows and bytes."""
    rng, areas, grid = np.random.default_rng(seed), load_areas(), load_grid()
    groups = len(grid.groups)
    parts = []
    for level in LEVELS:
        ids = [region_id(level, area) for area in areas.ids(level)]
        cells = groups * len(ids)
        shown = rng.random(cells) < SHOWN
        est = rng.normal(31_000, 5_000, cells)
        half = rng.random(cells) * 2_000
        group = np.repeat(np.arange(groups), len(ids))
        labels = np.indices(grid.shape).reshape(4, -1)[:, group]
        of = [grid.positions, *(dimension.members for dimension in grid.dimensions)]
        names = ("income_group", "gender_group", "migration_group", "household_group")
        words = [pa.array([member.kansenkaart for member in members]) for members in of]
        columns: dict[str, pa.Array] = {
            "outcome": pa.array([outcome] * cells),
            "binary": pa.array(["FALSE"] * cells),
            **{name: word.take(pa.array(code)) for name, word, code in zip(names, words, labels, strict=True)},
            "region_type": pa.array([region_type(level)] * cells),
            "region_id": pa.array(ids).take(pa.array(np.tile(np.arange(len(ids)), groups))),
            "n": pa.array(np.where(shown, rng.integers(1, 900, cells) * 10, 10)),
        }
        for name, values in (("est", est), ("lwr", est - half), ("upr", est + half)):
            columns[name] = pa.array(values, mask=~shown)
        columns["reason_of_na"] = pa.array(np.where(shown, "", "1. fewer than 12 obs"))
        parts.append(pa.table(columns))
    table = pa.concat_tables(parts)
    path = folder / f"{outcome}.csv"
    with path.open("wb") as handle:
        handle.write(b"\xef\xbb\xbf")
        pa_csv.write_csv(table, handle, pa_csv.WriteOptions(quoting_style="needed"))
    return table.num_rows, path.stat().st_size


def run(*words: str) -> tuple[float, float, float]:
    """Seconds by the clock and of the processors, and GB at most, of a command in a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "kansen.cli", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"kansen {words[0]} ended with {status}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def main() -> None:
    """Write, import, export, compare, report."""
    outcomes = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "in").mkdir()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # its memory does not count
            names = [f"c35_made_up_{i}_income" for i in range(outcomes)]
            sizes = list(pool.map(write, [folder / "in"] * outcomes, names, range(outcomes)))
        rows, size = (sum(of) for of in zip(*sizes, strict=True))
        release, other = str(folder / "release"), str(folder / "other")
        spent, cpu, memory = run("import", str(folder / "in"), "--out", release)
        print(f"import: {rows:,} rows, {size / 1e9:.2f} GB in {spent:.1f} s ({cpu:.1f} CPU), at most {memory:.2f} GB")
        print(f"  {rows / spent:,.0f} rows per second, {rows / cpu:,.0f} per CPU second")
        spent, cpu, _ = run("export", "csv", release, str(folder / "csv"))
        figures = int(rows * SHOWN)
        print(f"export: about {figures:,} figures in {spent:.1f} s, {figures / cpu:,.0f} per CPU second")
        run("import", str(folder / "csv"), "--out", other)
        spent, cpu, _ = run("diff", release, other)
        print(f"diff:   the same in {spent:.1f} s, {figures / cpu:,.0f} cells per CPU second")


if __name__ == "__main__":
    main()
