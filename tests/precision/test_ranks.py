"""Rank sets: known answers, a second implementation, coverage, and input that cannot be."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansen.errors import InputError
from kansen.precision import rank_sets


def pisa(shared: Path) -> tuple[list[str], list[float], list[float]]:
    with (shared / "vectors" / "pisa2018.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [row["jurisdiction"] for row in rows]
    return names, [float(row["math_score"]) for row in rows], [float(row["math_se"]) for row in rows]


def test_pisa_as_csranks_has_it(shared: Path) -> None:
    names, est, se = pisa(shared)
    found = rank_sets(est, se, draws=5000)
    known = json.loads((shared / "vectors" / "statistics.json").read_text(encoding="utf-8"))["csranks_pisa2018_math"]
    for name, rank, low, high, low_all, high_all in known["rows"]:
        i = names.index(name)
        assert found.rank[i] == rank
        assert (found.low_all[i], found.high_all[i]) == (low_all, high_all), name
        assert abs(found.low[i] - low) <= 1, name  # both come from simulations
        assert abs(found.high[i] - high) <= 1, name


def plain_sets(est: np.ndarray, se: np.ndarray, rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Simultaneous sets written once more, with a list of directed pairs."""
    count = len(est)
    active = [(i, j) for i in range(count) for j in range(count) if i != j]
    z = rng.standard_normal((draws, count)) * se
    better: set[tuple[int, int]] = set()
    while active:
        i, j = np.array(active).T
        error = np.sqrt(se[i] ** 2 + se[j] ** 2)
        critical = np.quantile(((z[:, i] - z[:, j]) / error).max(axis=1), 0.95)
        new = {pair for pair, value in zip(active, (est[i] - est[j]) / error, strict=True) if value > critical}
        if not new:
            break
        better |= new
        active = [pair for pair in active if pair not in new]
    low = np.array([1 + sum((k, i) in better for k in range(count)) for i in range(count)])
    high = np.array([count - sum((i, k) in better for k in range(count)) for i in range(count)])
    return low, high


def test_a_second_implementation_finds_nearly_the_same() -> None:
    rng = np.random.default_rng(5)
    est, se = rng.normal(0, 1, 25), rng.uniform(0.05, 0.5, 25)
    found = rank_sets(est, se, draws=20_000)
    low, high = plain_sets(est, se, rng, 20_000)
    assert np.abs(found.low_all - low).max() <= 1
    assert np.abs(found.high_all - high).max() <= 1
    assert (found.low_all == low).mean() > 0.9


def coverage(worlds: int, draws: int) -> tuple[float, float]:
    """How often simultaneous sets hold all ranks, and marginal sets the rank of their area, with ties in the truth."""
    rng = np.random.default_rng(7)
    together, alone = 0, 0.0
    for world in range(worlds):
        truth = np.round(rng.normal(0, 1, 15), 1 if world % 2 else 8)
        se = rng.uniform(0.1, 0.6, 15)
        found = rank_sets(truth + rng.normal(0, se), se, draws=draws)
        best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
        worst = (truth[None, :] >= truth[:, None]).sum(axis=1)
        together += bool(((found.low_all <= best) & (worst <= found.high_all)).all())
        alone += float(((found.low <= best) & (worst <= found.high)).mean())
    return together / worlds, alone / worlds


def test_sets_hold_the_truth_often_enough() -> None:
    together, alone = coverage(300, 500)
    assert together >= 0.92
    assert alone >= 0.94


@pytest.mark.slow
def test_sets_hold_the_truth_over_many_worlds() -> None:
    together, alone = coverage(10_000, 1000)
    assert together >= 0.94
    assert alone >= 0.94


FIGURES = st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 2)), min_size=1, max_size=12)


@given(FIGURES)
@settings(max_examples=60, deadline=None)
def test_the_rank_lies_in_its_sets_and_they_in_each_other(rows: list[tuple[float, float]]) -> None:
    est, se = np.array(rows).T
    found = rank_sets(est, se, draws=200)
    last = found.rank + np.array([(est == one).sum() for one in est]) - 1
    assert (found.low <= found.rank).all()
    assert (found.high >= last).all()
    assert (found.low_all >= 1).all()
    assert (found.high_all <= len(est)).all()


@given(FIGURES, st.floats(0.1, 10), st.floats(-100, 100))
@settings(max_examples=40, deadline=None)
def test_the_unit_does_not_matter(rows: list[tuple[float, float]], times: float, more: float) -> None:
    est, se = np.round(np.array(rows), 3).T
    assert (rank_sets(est, se, draws=200).low_all == rank_sets(est * times + more, se * times, draws=200).low_all).all()


def test_lowest_first_turns_the_places_round() -> None:
    found = rank_sets([3.0, 2.0, 1.0], [0.01] * 3, highest_first=False)
    assert found.rank.tolist() == [3, 2, 1]
    assert found.low_all.tolist() == [3, 2, 1]


def test_areas_within_areas_are_ranked_among_their_own() -> None:
    est = [5.0, 1.0, 9.0, 3.0, 7.0]
    found = rank_sets(est, [0.01] * 5, within=[0, 0, 1, 1, -1])
    assert found.rank.tolist() == [1, 2, 1, 2, 0]
    assert found.of.tolist() == [2, 2, 2, 2, 0]
    assert found.tier.tolist() == [1, 2, 1, 2, 0]


def test_without_a_figure_no_rank_and_without_an_error_any_rank() -> None:
    found = rank_sets([5.0, np.nan, 1.0, 3.0], [0.01, 0.01, 0.01, np.nan])
    assert found.rank.tolist() == [1, 0, 3, 2]
    assert (found.low_all[3], found.high_all[3]) == (1, 3)
    assert (found.low_all[0], found.high_all[0]) == (1, 2)


def test_exact_figures_have_certain_ranks_and_equal_ones_share_theirs() -> None:
    found = rank_sets([2.0, 2.0, 1.0], [0.0, 0.0, 0.0])
    assert found.low_all.tolist() == [1, 1, 3]
    assert found.high_all.tolist() == [2, 2, 3]


def test_figures_that_cannot_be_told_apart_are_one_tier() -> None:
    assert rank_sets([1.0, 1.1, 0.9, -9.0], [1.0] * 4).tier.tolist() == [1, 1, 1, 2]


def test_the_same_figures_give_the_same_sets() -> None:
    rng = np.random.default_rng(3)
    est, se = rng.normal(0, 1, 40), rng.uniform(0.2, 0.4, 40)
    first, second = rank_sets(est, se), rank_sets(est, se)
    assert first.low.tolist() == second.low.tolist()
    assert first.high_all.tolist() == second.high_all.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], [1.0]), "differ in length"),
        (([1.0], [-1.0]), "impossible number"),
        (([np.inf], [1.0]), "impossible number"),
        ((["a"], [1.0]), "must be numbers"),
        (([[1.0]], [1.0]), "one column"),
        ((np.zeros(1001), np.ones(1001)), "Too many areas"),
    ],
)
def test_bad_figures_are_refused(arguments: tuple[object, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rank_sets(*arguments)  # type: ignore[arg-type]


def test_bad_settings_are_refused() -> None:
    with pytest.raises(InputError, match="confidence"):
        rank_sets([1.0], [1.0], confidence=95)
    with pytest.raises(InputError, match="simulations"):
        rank_sets([1.0], [1.0], draws=3)
    with pytest.raises(InputError, match="length"):
        rank_sets([1.0], [1.0], within=[0, 1])


def test_nothing_in_nothing_out() -> None:
    assert len(rank_sets([], []).rank) == 0
