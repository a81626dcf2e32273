"""How often a 95 % interval holds the truth, by size of the cell: `python benchmarks/coverage.py`.

Cells are drawn from the synthetic world's truth (`kansen.synthetic.replicate`), estimated like any cohort, and compared
with the expectation of their superpopulation: of the mean (everybody), and of the line within a band of parental rank.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kansen import moments, synthetic
from kansen.cohorts import load_cohort
from kansen.geography import areas_from_hierarchy
from kansen.measures import expectation

ROOMY = 50
"""Ones and zeros that a binary outcome needs in a cell that is called large."""


@dataclass(frozen=True)
class Coverage:
    """Cells of one outcome and position: whether the interval held the truth, bool [cells], and what is in the cell."""

    outcome: str
    kind: str
    position: str
    held: np.ndarray
    ones: np.ndarray
    size: int

    @property
    def roomy(self) -> np.ndarray:
        """Cells with enough ones and zeros; all cells of an outcome that is not binary."""
        if self.kind != "binary":
            return np.ones(len(self.held), dtype=bool)
        return np.minimum(self.ones, self.size - self.ones) >= ROOMY


def replicate(cells: int, size: int, positions: tuple[str, ...], seed: int = 1) -> Iterator[Coverage]:
    """Draw, estimate and compare `cells` cells of `size` children for every outcome of the cohort and each position."""
    grid, people = moments.load_grid(), synthetic.superpopulation(scale=0.05)
    rank, inner = people.background.rank, len(grid.groups) // len(grid.positions)
    with tempfile.TemporaryDirectory() as folder:
        rows = ["child_type,child_id,parent_type,parent_id", *(f"cell,C{number},nl,NL" for number in range(cells))]
        path = Path(folder) / "cells.csv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        areas = areas_from_hierarchy(path)
    for number, position in enumerate(grid.positions):
        if position.id not in positions:
            continue
        inside = people
        if position.range is not None:
            inside = people.within((rank >= position.range[0]) & (rank <= position.range[1]))
        table = synthetic.replicate(inside, np.random.default_rng([seed, number]), cells=cells, size=size)
        drawn = [outcome for outcome in load_cohort("age35").outcomes if outcome.id in table.column_names]
        for outcome, found in moments.compute(table, areas, grid, drawn):
            cell = expectation(found["cell"], grid)
            here = cell.group == number * inner
            truth = inside.mean(outcome.id) if position.at is None else inside.line(outcome.id, position.at)
            held = (cell.lwr[here] <= truth) & (truth <= cell.upr[here])
            yield Coverage(outcome.id, outcome.kind, position.id, held, cell.ones[here], size)


def main() -> None:
    """Print one line per size and kind of outcome."""
    print("| children in the cell | cells | incomes and amounts | ranks | binary, 50 ones and zeros | binary, fewer |")
    print("|---|---|---|---|---|---|")
    for size, cells in ((10, 4000), (30, 4000), (100, 3000), (300, 2000), (1000, 2000)):
        found = list(replicate(cells, size, ("all", "very_low", "mid", "very_high")))
        parts = {
            "money": [c.held for c in found if c.kind == "money"],
            "rank": [c.held for c in found if c.kind == "rank"],
            "roomy": [c.held for c in found if c.kind == "binary" and c.roomy.mean() > 0.95],
            "fewer": [c.held for c in found if c.kind == "binary" and c.roomy.mean() <= 0.95],
        }
        shares = [f"{100 * np.concatenate(part).mean():.1f} %" if part else "" for part in parts.values()]
        print(f"| {size} | {sum(len(c.held) for c in found):,} | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    main()
