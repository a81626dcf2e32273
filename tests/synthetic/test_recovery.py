"""The estimator recovers the truth: 95 % intervals of thousands of replicated cells hold it 95 times in a hundred."""

from __future__ import annotations

import pandas as pd
import pytest

from kansen.synthetic.parameters import OUTCOMES
from synthetic import recovery


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return recovery.coverage(cells=1000, size=6000, seed=1)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_intervals_of_large_cells_hold_the_truth(found: pd.DataFrame, outcome: str) -> None:
    cells = found[(found.outcome == outcome) & recovery.enough(found)]
    assert len(cells) > 10_000
    assert cells.group.nunique() > 10
    assert 0.94 <= cells.holds.mean() <= 0.96


def test_small_cells_of_skewed_amounts_fall_short_and_that_is_seen(found: pd.DataFrame) -> None:
    costs = found[found.outcome == "c35_total_health_costs"]
    assert costs[costs.n < 30].holds.mean() < costs[costs.n >= 1000].holds.mean() - 0.01
