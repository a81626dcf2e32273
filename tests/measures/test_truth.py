"""The truth of the synthetic world is recovered: intervals of large cells hold it as often as they say.

Small cells are another matter (skewed incomes, few ones): benchmarks/coverage.py reports them, docs/estimation.md shows
the table.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

POSITIONS = ("all", "very_low", "mid", "very_high")


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("coverage_of_intervals", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_intervals_of_large_cells_hold_the_truth(coverage: ModuleType) -> None:
    """Blocks in which (nearly) every cell has 50 ones and zeros: choosing cells by their ones would bend the share."""
    found = [c for c in coverage.replicate(500, 1000, POSITIONS) if c.roomy.mean() > 0.99]
    held = np.concatenate([c.held[c.roomy] for c in found])
    assert len(held) > 15_000
    assert {c.kind for c in found} == {"money", "rank", "binary"}
    assert abs(held.mean() - 0.95) < 0.01
    for position in POSITIONS:
        own = np.concatenate([c.held[c.roomy] for c in found if c.position == position])
        assert abs(own.mean() - 0.95) < 0.01, position


def test_small_cells_are_reported(coverage: ModuleType, record_property: Callable[[str, object], None]) -> None:
    found = list(coverage.replicate(300, 30, POSITIONS))
    shares = {(c.outcome, c.position): float(c.held.mean()) for c in found}
    for (outcome, position), share in shares.items():
        record_property(f"{outcome} {position} n=30", share)
    ranks = [share for (outcome, _), share in shares.items() if outcome.endswith("_perc")]
    assert np.mean(ranks) == pytest.approx(0.95, abs=0.03), "ranks are not skewed: small cells are honest too"


@pytest.mark.slow
def test_each_outcome_holds_on_its_own(coverage: ModuleType) -> None:
    for c in coverage.replicate(3000, 1000, ("all", "very_low"), seed=2):
        if c.roomy.mean() > 0.99:
            assert abs(c.held[c.roomy].mean() - 0.95) < 0.015, (c.outcome, c.position)
