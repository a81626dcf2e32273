"""Empirical Bayes: known answers, recovered truth, coverage, and degenerate input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansen.errors import InputError
from kansen.precision import paule_mandel, shrink, shrink_close, shrink_rates


def test_marshall_as_spdep_and_esda_have_it(shared: Path) -> None:
    """Sudden infant deaths in the hundred counties of North Carolina, 1974 to 1978."""
    libpysal, smoothing = pytest.importorskip("libpysal"), pytest.importorskip("esda.smoothing")
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"))
    deaths, births = (np.array(table.by_col(name), dtype=float) for name in ("SID74", "BIR74"))
    table.close()
    found = shrink_rates(deaths, births)
    known = json.loads((shared / "vectors" / "statistics.json").read_text(encoding="utf-8"))["eb_marshall_sids74"]
    assert found.mean == pytest.approx(known["b"], rel=1e-6)
    assert found.between == pytest.approx(known["a"], rel=1e-6)
    assert found.post[:6] == pytest.approx(known["first6"], rel=1e-8)
    assert found.post == pytest.approx(smoothing.Empirical_Bayes(deaths, births).r.ravel(), rel=1e-12)


def test_marshall_by_hand() -> None:
    found = shrink_rates([1, 5, 30, np.nan, 2], [100, 100, 200, 50, 0])
    assert found.mean == pytest.approx(0.09)
    assert found.between == pytest.approx(0.0038 - 0.09 / (400 / 3))
    assert found.post[0] == pytest.approx(0.09 - 0.08 * 0.003125 / (0.003125 + 0.0009))
    assert np.isnan(found.post[3:]).all()


def test_rates_without_a_difference_beyond_chance_are_all_the_mean() -> None:
    found = shrink_rates([10, 11, 9], [100, 100, 100])
    assert found.between == 0
    assert found.post == pytest.approx(0.1)
    assert shrink_rates([0, 0], [10, 20]).post.tolist() == [0.0, 0.0]
    assert shrink_rates([1], [10]).reason == "too_few_areas"


def test_paule_mandel_solves_its_equation_and_meets_the_equal_case() -> None:
    rng = np.random.default_rng(2)
    se = rng.uniform(0.2, 1.0, 60)
    y = rng.normal(3, 1.5, 60) + rng.normal(0, se)
    tau2 = paule_mandel(y, se)
    w = 1 / (se**2 + tau2)
    mean = (w * y).sum() / w.sum()
    assert (w * (y - mean) ** 2).sum() == pytest.approx(59, rel=1e-9)
    assert paule_mandel(y, np.full(60, 0.5)) == pytest.approx(np.var(y, ddof=1) - 0.25)
    assert paule_mandel([1.0, 1.01, 0.99], [1.0, 1.0, 1.0]) == 0.0


def test_equal_errors_are_the_james_stein_estimator() -> None:
    y = np.random.default_rng(1).normal(0, 2, 20)
    found = shrink(y, np.ones(20))
    spread = ((y - y.mean()) ** 2).sum()
    # tau2 + 1 = spread / (k - 1), times Morris' factor (k - 3) / (k - 1): the factor 1 - (k - 3) / spread.
    assert found.post == pytest.approx(y.mean() + (1 - 17 / spread) * (y - y.mean()))


def simulated(rng: np.random.Generator, areas: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    x, se = rng.normal(0, 1, areas), rng.uniform(0.3, 2.0, areas)
    truth = 10 + 2 * x + rng.normal(0, 1.0, areas)
    return truth, truth + rng.normal(0, se), se, x


def coverage(worlds: int, areas: int) -> float:
    rng = np.random.default_rng(11)
    inside = 0.0
    for _ in range(worlds):
        truth, y, se, x = simulated(rng, areas)
        found = shrink(y, se, x)
        inside += float(((found.lwr <= truth) & (truth <= found.upr)).mean())
    return inside / worlds


def test_intervals_hold_the_truth() -> None:
    assert coverage(200, 50) == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
@pytest.mark.parametrize("areas", [40, 342])
def test_intervals_hold_the_truth_over_many_worlds(areas: int) -> None:
    assert coverage(10_000 if areas < 100 else 2000, areas) == pytest.approx(0.95, abs=0.01)


def test_shrinking_with_a_covariate_comes_nearer_to_the_truth() -> None:
    truth, y, se, x = simulated(np.random.default_rng(4), 400)
    with_x, without = shrink(y, se, x), shrink(y, se)
    errors = [((of - truth) ** 2).mean() for of in (with_x.post, without.post, y)]
    assert errors[0] < errors[1] < errors[2]
    assert with_x.coefficients == pytest.approx([10, 2], abs=0.3)
    assert with_x.prior_sd[0] == pytest.approx(1.0, abs=0.3)


def test_precision_that_predicts_gets_a_prior_of_its_own() -> None:
    """Precise areas are worse off: one prior pulls them up, CLOSE does not."""
    rng = np.random.default_rng(6)
    se = np.exp(rng.uniform(-3, 0.5, 600))
    truth = 2 * np.log(se) + 0.2 * rng.choice([-1.0, 1.0], 600)
    y = truth + rng.normal(0, se)
    one = ((shrink(y, se).post - truth) ** 2).mean()
    for shape in ("normal", "any"):
        found = shrink_close(y, se, shape=shape)
        assert ((found.post - truth) ** 2).mean() < one / 3
        assert ((found.lwr <= truth) & (truth <= found.upr)).mean() > 0.9
    assert found.est.tolist() == y.tolist()


def test_any_shape_finds_two_kinds_of_areas() -> None:
    rng = np.random.default_rng(8)
    se = rng.uniform(0.5, 0.8, 800)
    truth = rng.choice([-2.0, 2.0], 800)
    y = truth + rng.normal(0, se)
    normal, free = (((shrink_close(y, se, shape=shape).post - truth) ** 2).mean() for shape in ("normal", "any"))
    assert free < normal / 2


def test_few_areas_and_equal_precision_are_not_shrunk() -> None:
    assert shrink([1.0, 2.0], [1.0, 1.0]).reason == "too_few_areas"
    assert np.isnan(shrink([1.0, 2.0], [1.0, 1.0]).post).all()
    assert shrink_close([1.0] * 10, [1.0] * 10).reason == "too_few_areas"
    assert shrink_close(np.arange(40.0), np.ones(40)).reason == "equal_precision"


def test_exact_figures_stay_and_missing_ones_are_not_made_up() -> None:
    y = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, np.nan])
    found = shrink(y, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.nan, 1.0])
    assert found.post[0] == pytest.approx(1.0)
    assert np.isnan(found.post[6:]).all()


def test_no_variation_is_one_figure_for_all() -> None:
    found = shrink([3.0] * 8, [1.0] * 8)
    assert found.post == pytest.approx(3.0)
    assert np.isfinite(found.post_sd).all()
    assert shrink([3.0] * 8, [0.0] * 8).post == pytest.approx(3.0)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), min_size=7, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_shrunk_figure_lies_between_its_own_and_the_prior(rows: list[tuple[float, float]]) -> None:
    est, se = np.array(rows).T
    found = shrink(est, se)
    low, high = np.minimum(est, found.prior), np.maximum(est, found.prior)
    slack = 1e-6 * (1 + np.abs(est).max())
    assert np.isfinite(found.post_sd).all()
    assert ((found.post >= low - slack) & (found.post <= high + slack)).all()


def test_bad_covariates_are_refused() -> None:
    y, se = np.arange(10.0), np.ones(10)
    with pytest.raises(InputError, match="collinear"):
        shrink(y, se, np.column_stack([y, 2 * y]))
    with pytest.raises(InputError, match="collinear"):
        shrink(y, se, np.ones(10))
    with pytest.raises(InputError, match="one row per area"):
        shrink(y, se, np.ones(9))
    with pytest.raises(InputError, match="not known"):
        paule_mandel([np.nan], [1.0])
    with pytest.raises(InputError, match="shape"):
        shrink_close(y, se, shape="round")  # type: ignore[arg-type]
