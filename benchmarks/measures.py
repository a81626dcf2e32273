"""Measures between generations, of all areas and groups at once, beside a regression per cell with statsmodels.

    python benchmarks/measures.py [--children N] [--sample N]

A made-up cohort (see `estimation.py`) with three ranks, their amounts and six binary outcomes. Every measure that the
cohort at 35 has is worked out for every area and group with parents of every position; then the same slopes for random
cells by `statsmodels.OLS`, filtered and fitted one by one. Last, `kansen.measures.rank_rank` on all children, and the
local slopes of `rank_rank_by` for every province.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pyarrow as pa
from estimation import cohort

from kansen import measures, moments
from kansen.cohorts import load_cohort
from kansen.cohorts.declarations import Outcome
from kansen.geography import Areas, load_areas


def with_outcomes(table: pa.Table, outcomes: list[Outcome]) -> pa.Table:
    """The cohort with values for these outcomes, which all go with the rank of the parents."""
    rng = np.random.default_rng(3)
    rank = table.column("income_rank").to_numpy()
    for outcome in outcomes:
        place = np.clip(0.3 + 0.4 * rank + rng.normal(0, 0.25, len(rank)), 0, 1)
        values = {"rank": place, "money": np.round(80_000 * place**2), "binary": (place > 0.6).astype(float)}
        table = table.append_column(outcome.id, pa.array(values[outcome.kind]))
    return table


def all_measures(table: pa.Table, areas: Areas, asked: list[measures.Asked], outcomes: list[Outcome]) -> int:
    """Work out everything, as the pipeline does; returns the number of figures."""
    grid, figures = moments.load_grid(), 0
    everybody = measures.everybody_of(grid)
    assert everybody is not None
    lines = moments.prepare(table, areas, everybody)

    def made(prepared, some, room):  # type: ignore[no-untyped-def]
        own = [one for one in asked if one.base in some]
        bands = [one.base for one in own if one.over.position]
        found = {of.id: estimates for of, estimates in measures.expectations(prepared[0], bands, room)} if bands else {}
        for worked in measures.work_out(lines, grid, own, found, room):
            yield worked.asked.outcome, sum(len(of) for of in worked.estimates.values())

    bases = list({one.base.id: one.base for one in asked}.values())
    for _, count in moments.compute(table, areas, grid, bases, made):
        figures += count
    return figures


def one_by_one(table: pa.Table, areas: Areas, sample: int) -> float:
    """Filter random cells and fit them with statsmodels; returns cells per second."""
    import statsmodels.api as sm

    rng, grid = np.random.default_rng(4), moments.load_grid()
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
    start = time.perf_counter()
    for _ in range(sample):
        area = areas.ids("municipality")[int(rng.integers(len(areas.ids("municipality"))))]
        inside = columns["municipality"] == area
        for dimension in grid.dimensions:
            member = dimension.members[int(rng.integers(len(dimension.members)))]
            inside &= np.isin(columns[dimension.column], member.of)
        if inside.sum() > 2:
            fitted = sm.OLS(columns["c35_income_perc"][inside], sm.add_constant(columns["income_rank"][inside])).fit()
            fitted.conf_int()
    return sample / (time.perf_counter() - start)


def main() -> None:
    """Run all and print rates."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--children", type=int, default=1_000_000)
    options.add_argument("--sample", type=int, default=60)
    given = options.parse_args()
    areas = load_areas()
    asked = measures.asked_of(load_cohort("age35").outcomes)
    needed = {one.base.id for one in asked} | {one.over.amount_of(one.base) for one in asked if one.over.amount}
    outcomes = [outcome for outcome in load_cohort("age35").outcomes if outcome.id in needed]
    table = with_outcomes(cohort(given.children, 0, areas), outcomes)
    start, used = time.perf_counter(), time.process_time()
    figures = all_measures(table, areas, asked, outcomes)
    clock, processor = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{len(asked)} measures, {given.children:,} children: {figures:,} figures in {clock:.1f} s "
        f"({processor:.1f} s of processor time), {figures / clock:,.0f} per second, at most {peak:.2f} GB"
    )
    rate = one_by_one(table, areas, given.sample)
    print(f"statsmodels, one cell after the other: {rate:.1f} cells per second; {figures / clock / rate:,.0f} times")
    start = time.perf_counter()
    measures.rank_rank(table, y="c35_income_perc", x="income_rank")
    print(f"rank_rank: {given.children / (time.perf_counter() - start):,.0f} children per second")
    province = np.array(areas.ids("province"))[areas.parent_index("municipality", "province")]
    named = dict(zip(areas.ids("municipality"), province, strict=True))
    table = table.append_column("province", pa.array([named[one] for one in table.column("municipality").to_pylist()]))
    start = time.perf_counter()
    measures.rank_rank_by(table, y="c35_income_perc", x="income_rank", by="province")
    print(f"rank_rank_by, 12 provinces: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
