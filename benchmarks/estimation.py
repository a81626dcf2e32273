"""The whole grid: from a cohort in Parquet to a release, beside a plain least-squares fit per cell.

    python benchmarks/estimation.py [--children N] [--outcomes N] [--axes income,wealth,education]
                                    [--profile NAME] [--vault]

A made-up cohort (uniform ranks, people over the real wijken and postcodes by population) is written to Parquet. A
process of its own then does what `kansen estimate` does with it: every group of every area of every outcome, protected
by the `kansenkaart` rule unless told otherwise, written as a release, with its start-up and the maps; with --vault the
unprotected figures of all occupied cells are written too. Last, random cells of the same file are filtered and fitted
one by one with `numpy.linalg.lstsq`, for the ratio and for the hours that a grid takes that way.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kansen import moments
from kansen.geography import Areas, load_areas
from kansen.release import open_release

KINDS = ("money", "binary")
"""Amounts and binary outcomes in turn."""

GRID = {"income": 432, "wealth": 432, "education": 288}
"""Groups of a grid as published, position `all` in each."""


def cohort(children: int, outcomes: int, areas: Areas) -> pa.Table:
    """People over the real wijken and postcodes, by population."""
    rng = np.random.default_rng(1)

    def places(level: str) -> tuple[np.ndarray, np.ndarray]:
        weight = np.nan_to_num(areas.table(level).population) + 1
        index = rng.choice(len(weight), children, p=weight / weight.sum())
        return index, np.array(areas.ids(level))[index]

    def labels(values: list[str], weights: list[float]) -> np.ndarray:
        return np.array(values)[rng.choice(len(values), children, p=weights)]

    wijk, wijk_id = places("wijk")
    rank = rng.random(children)
    origins = ["none", "turkey", "morocco", "suriname", "dutch_caribbean", "other"]
    columns = {
        "person": np.arange(children),
        "sex": labels(["men", "women"], [0.5, 0.5]),
        "origin": labels(origins, [0.78, 0.04, 0.04, 0.03, 0.01, 0.10]),
        "household_type": labels(["single", "two", "other"], [0.17, 0.80, 0.03]),
        "income_rank": rank,
        "wealth_rank": rng.permutation(children) / children,
        "parent_education": labels(["university", "hpe", "other"], [0.15, 0.25, 0.60]),
        "municipality": np.array(areas.ids("municipality"))[areas.parent_index("wijk", "municipality")[wijk]],
        "wijk": wijk_id,
        "pc4": places("pc4")[1],
    }
    for number in range(outcomes):
        y = rng.random(children) < 0.1 + 0.4 * rank if number % 2 else np.exp(rng.normal(9.8 + 0.5 * rank, 0.7))
        columns[f"y{number}"] = pa.array(y.astype(float), mask=rng.random(children) < 0.05)
    return pa.table(columns)


def one_by_one(table: pa.Table, areas: Areas, grid: moments.Grid, sample: int) -> float:
    """Filter and fit random cells of municipalities and wijken; returns cells per second."""
    rng = np.random.default_rng(2)
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
    levels = ("municipality", "wijk")
    start = time.perf_counter()
    for _ in range(sample):
        level = int(rng.integers(2))
        area = int(rng.integers(len(areas.ids(levels[level]))))
        codes = tuple(int(rng.integers(size)) for size in grid.shape)
        inside = columns[levels[level]] == areas.ids(levels[level])[area]
        for dimension, code in zip(grid.dimensions, codes[1:], strict=True):
            inside &= np.isin(columns[dimension.column], dimension.members[code].of)
        position = grid.positions[codes[0]]
        x, y = columns["income_rank"], columns["y0"]
        if position.range is not None:
            inside &= (x >= position.range[0]) & (x <= position.range[1])
        inside &= ~np.isnan(y)
        x, y = x[inside], y[inside]
        if len(y) > 2:
            design = np.ones((len(y), 1)) if position.at is None else np.column_stack([np.ones(len(y)), x])
            np.linalg.lstsq(design, y, rcond=None)
    return sample / (time.perf_counter() - start)


def spec(outcomes: int) -> str:
    """What `kansen estimate` must know of the cohort."""
    head = '[cohort]\nid = "made_up"\nsynthetic = true\n'
    return head + "".join(f'[[outcome]]\nid = "y{i}"\nkind = "{KINDS[i % 2]}"\n' for i in range(outcomes))


def groups(axes: Sequence[str], folder: Path) -> Path:
    """The declared groups with these axes only."""
    declared = tomllib.loads(moments.GROUPS.read_text(encoding="utf-8"))
    text = moments.GROUPS.read_text(encoding="utf-8")
    for axis in declared["axis"]:
        if axis not in axes:
            parts = re.split(r"(?m)^(?=\[)", text)
            text = "".join(part for part in parts if not re.match(rf"\[+axis\.{axis}[\].]", part))
    path = folder / "groups.toml"
    path.write_text(text, encoding="utf-8")
    return path


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds of the clock, seconds of the processors and peak memory in GB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(told.decode())
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def main() -> None:
    """Run both and print the rates."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--children", type=int, default=1_000_000)
    options.add_argument("--outcomes", type=int, default=80)
    options.add_argument("--axes", default="income")
    options.add_argument("--profile", default="kansenkaart")
    options.add_argument("--vault", action="store_true")
    options.add_argument("--sample", type=int, default=60, help="cells fitted one by one")
    options.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    areas, axes = load_areas(), given.axes.split(",")
    if given.make:
        pq.write_table(cohort(given.children, given.outcomes, areas), given.make)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, few, out = folder / "cohort.parquet", folder / "few.parquet", folder / "release"
        # In a process of its own: what a parent holds counts as memory of those that it starts.
        make = [sys.executable, __file__, "--outcomes", str(given.outcomes), "--make"]
        measured([*make, str(path), "--children", str(given.children)])
        measured([*make, str(few), "--children", "1000"])
        (folder / "spec.toml").write_text(spec(given.outcomes), encoding="utf-8")
        command = [sys.executable, "-m", "kansen.cli", "estimate", "--spec", str(folder / "spec.toml")]
        command += ["--profile", given.profile, "--groups", str(groups(axes, folder))]
        command += [] if given.vault else ["--no-vault"]
        measured([*command, str(few), "--out", str(folder / "first")])  # compiles, if need be
        clock, processor, memory = measured([*command, str(path), "--out", str(out)])
        with open_release(out) as release:
            figures = release.manifest["counts"]["published"]
        size = {part: sum(f.stat().st_size for f in (out / part).iterdir()) for part in ("estimates", "layers")}
        columns = ["sex", "origin", "household_type", "income_rank", "municipality", "wijk", "y0"]
        rate = one_by_one(pq.read_table(path, columns=columns), areas, moments.load_grid(), given.sample)
    cells = sum(len(areas.ids(level)) for level in areas.levels) * given.outcomes * sum(GRID[axis] for axis in axes)
    print(f"children {given.children:,}, outcomes {given.outcomes}, axes {', '.join(axes)}: {cells:,} cells")
    print(f"release:     {clock:.1f} s, of the processors {processor:.1f} s, at most {memory:.2f} GB")
    print(f"rate:        {cells / clock:,.0f} cells per second; {processor / 3600:.4f} core-hours")
    told = ", ".join(f"{bytes / figures:.1f} in {part}" for part, bytes in size.items())
    print(f"figures:     {figures:,}; bytes a figure {told}")
    hours = cells / rate / 3600
    print(f"one by one:  {rate:,.1f} cells per second, {hours:,.0f} core-hours ({given.sample} cells tried)")
    print(f"ratio:       {cells / processor / rate:,.0f} per core")


if __name__ == "__main__":
    main()
