"""How often the 95 % intervals of Kansen's own estimator hold the known truth, by the number of children in a cell.

::

    PYTHONPATH=tests python -m synthetic.recovery

prints the table of docs/synthetic.md. Cells are replicated straight from the truth, so no register is involved.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from kansen import moments
from kansen.cohorts import load_cohort
from kansen.geography import Areas, areas_from_hierarchy
from kansen.measures import expectation
from kansen.synthetic import Superpopulation, replicate, superpopulation
from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, OUTCOMES, SEXES

SIZES = (10, 30, 100, 300, 1000, 10**9)


def expectations(population: Superpopulation, grid: moments.Grid) -> pd.DataFrame:
    """The truth of every group and outcome, index the group ids; NaN for groups that the population lacks."""
    x = population.background
    members = {
        "sex": (x.woman.astype(int), SEXES),
        "origin": (x.origin, ORIGINS),
        "household": (x.household, HOUSEHOLDS),
    }
    rows = {}
    for group in grid.groups:
        names = group.split("=")[1].split(";")
        position = next(p for p in grid.positions if p.id == names[0])
        who = np.ones(len(x), bool)
        for dimension, name in zip(grid.dimensions, names[1:], strict=True):
            of = next(member.of for member in dimension.members if member.id == name)
            code, labels = members[dimension.column.removesuffix("_type")]
            who &= np.isin(code, [labels.index(label) for label in of])
        if position.range is not None:
            who &= (x.rank >= position.range[0]) & (x.rank <= position.range[1])
        if who.sum() < 3:
            continue
        part = population.within(who)
        rows[group] = [part.mean(name) if position.at is None else part.line(name, position.at) for name in OUTCOMES]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(OUTCOMES)).reindex(grid.groups)


def places_of(cells: int) -> Areas:
    """The country and so many places in it: C0, C1, ..."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.csv"
        lines = [f"cell,C{number},nl,NL" for number in range(cells)]
        path.write_text("\n".join(["child_type,child_id,parent_type,parent_id", *lines]), encoding="utf-8")
        return areas_from_hierarchy(path)


def coverage(*, cells: int, size: int, seed: int, outcomes: Sequence[str] = OUTCOMES) -> pd.DataFrame:
    """One row per cell (outcome, group, replicate) with `n`, `ones`, `binary`, and whether its interval `holds`.

    Each of `cells` places has `size` children of all groups, so that cells of every size occur; all places are drawn
    from the same superpopulation.
    """
    population = superpopulation(scale=0.05, seed=seed)
    grid, areas = moments.load_grid(), places_of(cells)
    table = replicate(population, np.random.default_rng([seed, 99]), cells=cells, size=size)
    truth = expectations(population, grid)
    declared = {outcome.id: outcome for outcome in load_cohort("age35").outcomes}
    parts = []
    for outcome, of_levels in moments.compute(table, areas, grid, [declared[name] for name in outcomes]):
        found = expectation(of_levels["cell"], grid)
        wanted = truth[outcome.id].to_numpy()[found.group]
        parts.append(
            pd.DataFrame(
                {
                    "outcome": outcome.id,
                    "binary": outcome.kind == "binary",
                    "group": found.group,
                    "n": found.n,
                    "ones": found.ones,
                    "holds": (found.lwr <= wanted) & (wanted <= found.upr),
                }
            )[~np.isnan(wanted) & (found.n >= SIZES[0])]
        )
    return pd.concat(parts, ignore_index=True)


def enough(found: pd.DataFrame) -> pd.Series:
    """Cells for which the interval is claimed: 1,000 children, and 50 ones and zeros where the outcome is binary."""
    return (found.n >= 1000) & (~found.binary | ((found.ones >= 50) & (found.n - found.ones >= 50)))


def by_size(found: pd.DataFrame) -> pd.DataFrame:
    """Coverage in percent and number of cells, per outcome and class of size."""
    names = [f"{low}–{high - 1}" if high < 10**9 else f"{low} and more" for low, high in pairwise(SIZES)]
    size = pd.cut(found.n, SIZES, right=False, labels=names)
    table = found.groupby(["outcome", size], observed=True).holds.mean().unstack() * 100
    claimed = found[enough(found)].groupby("outcome").holds.agg(["mean", "size"])
    table["claimed"] = claimed["mean"] * 100
    table["cells claimed"] = claimed["size"]
    return table.reindex(list(dict.fromkeys(found.outcome)))


def main() -> None:
    """Print the table."""
    table = by_size(coverage(cells=1000, size=6000, seed=1))
    print("| outcome | " + " | ".join(map(str, table.columns)) + " |")
    print("|---" * (len(table.columns) + 1) + "|")
    for name, row in table.iterrows():
        print(f"| `{name}` | " + " | ".join(f"{value:.1f}" for value in row[:-1]) + f" | {row.iloc[-1]:,.0f} |")


if __name__ == "__main__":
    main()
