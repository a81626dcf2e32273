"""Standard errors from intervals, false discoveries, reliability, and changes over cohorts."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from kansen.errors import InputError
from kansen.precision import (
    adjusted,
    changes,
    differs,
    forecast,
    minimum_detectable_difference,
    reliability,
    shared_births,
    spearman_brown,
    split_half,
    standard_error,
)


def test_the_error_of_a_t_interval_comes_back() -> None:
    rng = np.random.default_rng(1)
    est, se, df = rng.normal(0, 1, 50), rng.uniform(0.1, 2, 50), rng.integers(1, 40, 50)
    half = student.ppf(0.975, df) * se
    assert standard_error(est - half, est + half, df) == pytest.approx(se)
    assert np.isnan(standard_error([np.nan], [np.nan])).all()
    with pytest.raises(InputError, match="above its upper"):
        standard_error([2.0], [1.0])


# false discoveries


def test_the_example_of_benjamini_and_hochberg(shared: Path) -> None:
    known = json.loads((shared / "vectors" / "statistics.json").read_text(encoding="utf-8"))["multiple_testing_BH1995"]
    p = known["p"]
    assert int((adjusted(p) <= 0.05).sum()) == known["bh_rejections_5pct"]
    assert int((adjusted(p, "holm") <= 0.05).sum()) == known["bonferroni_rejections_5pct"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)  # its Holm takes a tenth of a second
def test_adjusted_values_are_those_of_statsmodels(p: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    for method, theirs in (("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by")):
        assert adjusted(p, method) == pytest.approx(multipletests(p, method=theirs)[1])  # type: ignore[arg-type]


def test_unknown_values_do_not_count() -> None:
    found = adjusted([0.01, np.nan, 0.04], "holm")
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])
    with pytest.raises(InputError, match="above 1"):
        adjusted([1.5])
    with pytest.raises(InputError, match="method"):
        adjusted([0.5], "sidak")  # type: ignore[arg-type]


def test_false_discoveries_stay_below_their_rate() -> None:
    rng = np.random.default_rng(3)
    wrong = []
    for _ in range(400):
        truth = np.where(rng.random(100) < 0.7, 0.0, 3.0)
        found = differs(truth + rng.normal(0, 1, 100), np.ones(100), 0.0)
        wrong.append((found.differs & (truth == 0)).sum() / max(found.differs.sum(), 1))
    assert 0.02 < np.mean(wrong) < 0.05


def test_an_area_in_its_country_moves_with_it() -> None:
    """Two areas make the country: the variance of area less country is worked out from the areas alone."""
    share, se = np.array([0.25, 0.75]), np.array([0.4, 0.2])
    country = float(np.sqrt(share**2 @ se**2))
    found = differs([1.0, 2.0], se, 1.75, reference_se=country, overlap=share)
    assert found.se[0] == pytest.approx(0.75 * np.sqrt(se @ se))
    assert found.difference == pytest.approx([-0.75, 0.25])


def test_the_country_does_not_share_the_noise_of_an_area() -> None:
    """Two areas make the country, which is told without noise: 95 of 100 differences lie in their interval."""
    rng = np.random.default_rng(18)
    share, chance, noise = np.array([0.4, 0.6]), np.array([0.4, 0.3]), np.array([0.8, 0.1])
    drawn = rng.normal(0, 1, (20_000, 2)) * chance
    est, country = drawn + rng.normal(0, 1, (20_000, 2)) * noise, drawn @ share
    se = np.hypot(chance, noise)
    found = differs([0.0, 0.0], se, 0.0, reference_se=float(np.sqrt(share**2 @ chance**2)), overlap=share, noise=noise)
    assert (est - country[:, None]).std(axis=0) == pytest.approx(found.se, rel=0.02)


def test_an_area_that_is_the_whole_country_does_not_differ() -> None:
    found = differs([2.0], [0.5], 2.0, reference_se=0.5, overlap=[1.0])
    assert found.p.tolist() == [1.0]
    assert not found.differs.any()


def test_few_children_need_more_to_differ() -> None:
    few, many = (differs([2.3], [1.0], 0.0, df=[df]).p[0] for df in (9, 10_000))
    assert few == pytest.approx(2 * student.sf(2.3, 9))
    assert few > 0.04 > many
    with pytest.raises(InputError, match="reference"):
        differs([1.0], [1.0], float("nan"))


# reliability


def test_reliability_recovers_the_share_that_is_real() -> None:
    rng = np.random.default_rng(9)
    truth, se = rng.normal(0, 1, 4000), rng.uniform(0.5, 1.5, 4000)
    found = reliability(truth + rng.normal(0, se), se)
    assert found.signal == pytest.approx(1.0, abs=0.08)
    assert found.reliability == pytest.approx(1 / (1 + np.mean(se**2)), abs=0.03)
    assert reliability([1.0, 1.0, 1.0], [1.0] * 3).reason == "no_variation"
    assert reliability([1.0, 2.0], [1.0] * 2).reason == "too_few_areas"
    assert reliability([1.0, 1.1, 0.9], [1.0] * 3).reliability == 0


def test_weights_are_frequencies_of_areas() -> None:
    assert reliability([1, 2, 4], [0.1] * 3, [1, 1, 1]).variance == pytest.approx(np.var([1, 2, 4], ddof=1))
    assert reliability([1, 2, 4, 99], [0.1] * 4, [1, 1, 1, 0]).areas == 3


def test_halves_tell_the_reliability_of_the_whole() -> None:
    rng = np.random.default_rng(10)
    truth = rng.normal(0, 1, 5000)
    halves = [truth + rng.normal(0, np.sqrt(2), 5000) for _ in range(2)]
    found = split_half(*halves)
    assert found.reliability == pytest.approx(0.5, abs=0.03)  # the whole has an error variance of 1
    assert found.reliability == spearman_brown(found.correlation)
    assert split_half([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]).reason == "no_variation"
    assert split_half([1.0, np.nan], [1.0, 2.0]).reason == "too_few_areas"


def test_a_forecast_knows_what_is_noise() -> None:
    rng = np.random.default_rng(12)
    truth, se = rng.normal(5, 1, 3000), np.full(3000, 0.8)
    found = forecast(truth + rng.normal(0, se), se, truth + rng.normal(0, se), se)
    share = 1 / (1 + 0.64)
    assert found.weight == pytest.approx(share, abs=0.05)
    assert found.signal_correlation == pytest.approx(1.0, abs=0.06)
    assert found.r2 == pytest.approx(share**2, abs=0.05)
    assert forecast([1.0], [1.0], [1.0], [1.0]).reason == "too_few_areas"
    assert forecast([1.0] * 5, [1.0] * 5, np.arange(5.0), [1.0] * 5).reason == "no_variation"
    assert forecast(np.arange(5.0), [9.0] * 5, np.arange(5.0), [1.0] * 5).reason == "no_signal"


def test_the_detectable_difference_is_found_as_often_as_it_says() -> None:
    rng = np.random.default_rng(13)
    least = minimum_detectable_difference([0.3], [0.4])[0]
    drawn = rng.normal(least, 0.5, 20_000)
    assert (np.abs(drawn) > 1.959964 * 0.5).mean() == pytest.approx(0.8, abs=0.01)


# changes over cohorts


def test_cohorts_that_share_children_change_more_surely() -> None:
    apart = changes([[0.5], [0.6]], [[0.03], [0.04]])
    together = changes([[0.5], [0.6]], [[0.03], [0.04]], correlation=[[1, 0.5], [0.5, 1]])
    assert apart.se[0, 0] == pytest.approx(0.05)
    assert together.se[0, 0] == pytest.approx(np.sqrt(0.03**2 + 0.04**2 - 0.03 * 0.04))
    assert apart.change[0, 0] == pytest.approx(0.1)


def test_shared_births_are_the_correlation_of_overlapping_means() -> None:
    rng = np.random.default_rng(14)
    years = rng.normal(0, 1, (20_000, 8))
    early, late = years[:, :5].mean(axis=1), years[:, 3:].mean(axis=1)
    told = shared_births([(1981, 1985), (1984, 1988)])[0, 1]
    assert told == pytest.approx(np.corrcoef(early, late)[0, 1], abs=0.02)
    with pytest.raises(InputError, match="years of birth"):
        shared_births([(1985, 1981)])


def test_nothing_changed_is_said_in_five_of_a_hundred_only() -> None:
    rng = np.random.default_rng(15)
    se = rng.uniform(0.5, 1.5, (4, 4000))
    together = shared_births([(2000 + i, 2003 + i) for i in range(4)])
    noise = np.linalg.cholesky(together) @ rng.normal(0, 1, (4, 4000))
    found = changes(list(1.0 + noise * se), list(se), correlation=together, times=[2001, 2002, 2003, 2004])
    assert (found.p_all < 0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert ((found.lwr <= 0) & (found.upr >= 0)).mean() == pytest.approx(0.95, abs=0.008)
    assert ((found.lwr_all <= 0) & (found.upr_all >= 0)).all(axis=0).mean() >= 0.945
    assert (np.abs(found.trend) <= 1.959964 * found.trend_se).mean() == pytest.approx(0.95, abs=0.012)


def test_noise_is_no_shared_chance() -> None:
    """Cohorts that share half of their chance, with noise of their own as large as that: intervals still hold 95 %."""
    rng = np.random.default_rng(17)
    size, together = 20_000, np.array([[1.0, 0.6], [0.6, 1.0]])
    chance, noise = rng.uniform(0.5, 1.5, (2, size)), rng.uniform(0.5, 1.5, (2, size))
    drawn = (np.linalg.cholesky(together) @ rng.normal(0, 1, (2, size))) * chance
    est, se = 1.0 + drawn + rng.normal(0, noise), np.hypot(chance, noise)
    found = changes(list(est), list(se), correlation=together, noise=list(noise))
    assert ((found.lwr <= 0) & (found.upr >= 0)).mean() == pytest.approx(0.95, abs=0.005)
    assert (found.p_all < 0.05).mean() == pytest.approx(0.05, abs=0.005)
    # Taken for chance that both share, it would make errors too small.
    wrong = changes(list(est), list(se), correlation=together)
    assert ((wrong.lwr <= 0) & (wrong.upr >= 0)).mean() < 0.92
    with pytest.raises(InputError, match="number"):
        changes(list(est), list(se), noise=[noise[0]])


def test_a_trend_is_recovered_and_never_runs_over_a_break() -> None:
    est = [[1.0], [1.5], [2.0]]
    se = [[0.1], [0.2], [0.1]]
    found = changes(est, se, times=[2010, 2015, 2020])
    assert found.trend[0] == pytest.approx(0.1)
    broken = changes(est, se, breaks=[2])
    assert broken.broken.tolist() == [False, True]
    assert np.isnan(broken.trend).all()
    one = changes(est[:2], se[:2])
    assert broken.p_all == pytest.approx(one.p_all)


def test_a_missing_or_exact_figure_makes_no_wrong_change() -> None:
    found = changes([[1.0, 1.0], [np.nan, 2.0]], [[0.1, 0.0], [0.1, 0.0]])
    assert np.isnan(found.change[0, 0])
    assert (found.change[0, 1], found.se[0, 1]) == (1.0, 0.0)
    assert np.isnan(found.p_all).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"correlation": [[1, 2], [2, 1]]}, "correlation"),
        ({"correlation": np.eye(3)}, "correlation"),
        ({"times": [2, 1]}, "ascend"),
        ({"breaks": [2]}, "outside"),
        ({"confidence": 0}, "confidence"),
    ],
)
def test_bad_series_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        changes([[1.0], [2.0]], [[1.0], [1.0]], **options)  # type: ignore[arg-type]


def test_one_cohort_is_no_series() -> None:
    with pytest.raises(InputError, match="two cohorts"):
        changes([[1.0]], [[1.0]])


def test_changes_add_up() -> None:
    rng = np.random.default_rng(16)
    est = rng.normal(0, 1, (5, 3))
    found = changes(list(est), list(np.ones((5, 3))))
    assert found.change == pytest.approx(np.array([b - a for a, b in pairwise(est)]))
