"""Cells per second of the estimator, beside a plain least-squares fit per cell: `python benchmarks/estimation.py`.

A made-up cohort (uniform ranks, people over the real wijken and postcodes) is written to Parquet and estimated from
there for every group of every area; random cells are then filtered and fitted one by one with `numpy.linalg.lstsq` in
the same process. Options: --children, --outcomes, --sample (cells fitted one by one), --threads.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kansen import measures, moments
from kansen.cohorts import Label, Outcome
from kansen.geography import Areas, load_areas

TEXT = Label("-", "-")


def declared(number: int) -> Outcome:
    """Amounts and binary outcomes in turn."""
    kind = "binary" if number % 2 else "money"
    texts = (TEXT,) * 6
    return Outcome(f"y{number}", "made_up", kind, "-", "none", "-", "-", "-", *texts, "-")


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
        "sex": labels(["men", "women"], [0.5, 0.5]),
        "origin": labels(origins, [0.78, 0.04, 0.04, 0.03, 0.01, 0.10]),
        "household_type": labels(["single", "two", "other"], [0.17, 0.80, 0.03]),
        "income_rank": rank,
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


def main() -> None:
    """Run both and print the rates."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--children", type=int, default=1_000_000)
    options.add_argument("--outcomes", type=int, default=10)
    options.add_argument("--sample", type=int, default=60)
    options.add_argument("--threads", type=int)
    given = options.parse_args()
    areas, grid = load_areas(), moments.load_grid()
    table = cohort(given.children, given.outcomes, areas)
    outcomes = [declared(number) for number in range(given.outcomes)]

    def estimate(cohort: Path | pa.Table, threads: int | None) -> int:
        def done(_: Outcome, cells: dict[str, moments.Cells]) -> int:
            return sum(len(measures.expectation(found, grid)) for found in cells.values())

        return sum(n for _, n in moments.compute(cohort, areas, grid, outcomes, then=done, threads=threads))

    estimate(table.slice(0, 1000), given.threads)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        pq.write_table(table, path)
        start = time.perf_counter()
        occupied = estimate(path, given.threads)
        spent = time.perf_counter() - start
    nominal = sum(len(areas.ids(level)) for level in areas.levels) * len(grid.groups) * given.outcomes
    print(f"children {given.children:,}, outcomes {given.outcomes}, cells {nominal:,} of which {occupied:,} occupied")
    print(f"all cells:   {spent:.2f} s, {nominal / spent:,.0f} cells per second ({occupied / spent:,.0f} occupied)")
    print(
        f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, the made-up cohort included"
    )
    rate = one_by_one(table, areas, grid, given.sample)
    print(f"one by one:  {rate:,.1f} cells per second ({given.sample} cells filtered and fitted)")
    print(f"ratio:       {nominal / spent / rate:,.0f}")


if __name__ == "__main__":
    main()
