"""Halves of the children tell how much of the differences between areas is real."""

from __future__ import annotations

import numpy as np
import pytest

from kansen.errors import KansenError
from kansen.measures import half_reliability


def children(rng: np.random.Generator, areas: int = 300, homes: int = 50, real: float = 0.2) -> dict[str, np.ndarray]:
    """Two children per household, who share half of their variance; areas differ by `real` standard deviations."""
    area = np.repeat(np.arange(areas), 2 * homes)
    home = np.repeat(np.arange(areas * homes), 2)
    shared = rng.normal(0, np.sqrt(0.5), areas * homes)[home]
    y = real * rng.normal(0, 1, areas)[area] + shared + rng.normal(0, np.sqrt(0.5), len(area))
    return {"y": y, "area": area, "home": home}


def test_reliability_is_recovered_with_households_kept_together() -> None:
    found = half_reliability(children(np.random.default_rng(1)), "y", "area", "home")
    error = (1 + 0.5) / 100  # of the mean of 100 children, of whom two and two are alike by half
    assert found.reliability == pytest.approx(0.04 / (0.04 + error), abs=0.05)
    assert found.low <= found.reliability <= found.high
    assert (found.areas, found.n, found.dropped) == (300, 30_000, 0)


def test_splitting_siblings_apart_would_say_too_much() -> None:
    rows = children(np.random.default_rng(2))
    apart = half_reliability({**rows, "home": np.arange(len(rows["y"]))}, "y", "area", "home")
    assert apart.reliability > half_reliability(rows, "y", "area", "home").reliability + 0.02


def test_without_real_differences_there_is_none() -> None:
    assert half_reliability(children(np.random.default_rng(3), real=0.0), "y", "area", "home").reliability < 0.15


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = children(np.random.default_rng(4), areas=20)
    turned = {name: values[::-1] for name, values in rows.items()}
    first, second = (half_reliability(of, "y", "area", "home").reliability for of in (rows, turned))
    assert first == pytest.approx(second, abs=1e-12)


def test_what_cannot_be_told_has_a_reason_or_a_message() -> None:
    rows = children(np.random.default_rng(5), areas=10)
    assert half_reliability({**rows, "y": np.ones(len(rows["y"]))}, "y", "area", "home").reason == "no_variation"
    assert half_reliability({**rows, "area": np.zeros(len(rows["y"]))}, "y", "area", "home").reason == "too_few_areas"
    with pytest.raises(KansenError, match="income"):
        half_reliability(rows, "income", "area", "home")
    with pytest.raises(KansenError, match="split"):
        half_reliability(rows, "y", "area", "home", splits=0)
