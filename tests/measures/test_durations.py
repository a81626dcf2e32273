"""Models of durations against published ones: Kennan's strikes, as in the textbook of Greene."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kansen.errors import UsageError
from kansen.measures.durations import FAMILIES, fit_durations

STRIKES = {
    0.01138: (7, 9, 13, 14, 26, 29, 52, 130),
    0.02299: (9, 37, 41, 49, 52, 119),
    -0.03957: (3, 17, 19, 28, 72, 99, 104, 114, 152, 153, 216),
    -0.05467: (15, 61, 98),
    0.00535: (2, 25, 85),
    0.07427: (3, 10),
    0.0645: (1, 2, 2, 3, 3, 4, 8, 11, 22, 23, 27, 32, 33, 35, 43, 43, 44, 100),
    -0.10443: (5, 49),
    -0.007: (2, 12, 12, 21, 21, 27, 38, 42, 117),
}
"""Days that strikes lasted (Kennan 1985), by industrial production."""
DAYS = np.array([day for days in STRIKES.values() for day in days], float)
PRODUCTION = np.array([level for level, days in STRIKES.items() for _ in days])


def test_the_published_table(shared: Path) -> None:
    known = json.loads((shared / "vectors" / "statistics.json").read_text())["durations_kennan_strikes"]
    found = {family: fit_durations(DAYS, family=family) for family in FAMILIES}
    exponential, weibull, logistic, normal = (found[family] for family in FAMILIES)
    assert exponential is not None
    assert weibull is not None
    assert logistic is not None
    assert normal is not None
    assert exponential.rate == pytest.approx(known["exponential_lambda"], abs=5e-6)
    assert weibull.rate == pytest.approx(known["weibull"]["lambda"], abs=5e-8)
    assert weibull.p == pytest.approx(known["weibull"]["p"], abs=5e-6)
    assert weibull.log_likelihood == pytest.approx(known["weibull"]["loglik"], abs=5e-7)
    assert logistic.p == pytest.approx(known["loglogistic_p"], abs=5e-6)
    assert normal.location == pytest.approx(known["lognormal"]["mu"], abs=2e-5)
    assert normal.p == pytest.approx(known["lognormal"]["p"], abs=5e-6)
    # The log-normal has a closed form, which the published figures were an iteration short of.
    assert normal.location == pytest.approx(np.log(DAYS).mean(), abs=1e-7)
    assert 1 / normal.p == pytest.approx(np.log(DAYS).std(), abs=1e-7)


def test_dependence_goes_when_production_comes_in(shared: Path) -> None:
    known = json.loads((shared / "vectors" / "statistics.json").read_text())["durations_kennan_strikes"]
    found = fit_durations(DAYS, covariates=PRODUCTION)
    assert found
    assert found.p == pytest.approx(known["weibull_with_iprod"]["p"], abs=5e-6)
    assert found.coefficients[0] == pytest.approx(known["weibull_with_iprod"]["coef_iprod_AFT"], abs=5e-5)


def test_equal_durations_may_be_gathered() -> None:
    values, count = np.unique(DAYS, return_counts=True)
    one, other = fit_durations(DAYS), fit_durations(values, weights=count.astype(float))
    assert one is not None
    assert other is not None
    assert (other.p, other.p_se) == (pytest.approx(one.p, abs=1e-6), pytest.approx(one.p_se, abs=1e-5))


def test_cut_off_durations_count_as_lasting_longer() -> None:
    rng = np.random.default_rng(1)
    real, limit = rng.weibull(0.8, 20_000) * 10, 12.0
    found = fit_durations(np.minimum(real, limit), real < limit)
    assert found
    assert abs(found.p - 0.8) < 4 * found.p_se
    assert abs(found.location - np.log(10)) < 4 * found.location_se


@pytest.mark.parametrize("family", FAMILIES)
def test_too_little_says_nothing(family: str) -> None:
    assert fit_durations(np.array([1.0, 2.0]), family=family) is None  # type: ignore[arg-type]
    assert fit_durations(DAYS, np.zeros(len(DAYS), bool), family=family) is None  # type: ignore[arg-type]
    if family != "exponential":
        assert fit_durations(np.full(9, 3.0), family=family) is None  # type: ignore[arg-type]
    twice = np.column_stack([PRODUCTION, 2 * PRODUCTION])
    assert fit_durations(DAYS, covariates=twice, family=family) is None  # type: ignore[arg-type]


def test_what_cannot_be_used() -> None:
    for wrong in ([0.0, 1, 2], [-1.0, 1, 2], [np.nan, 1, 2]):
        with pytest.raises(UsageError, match="above zero"):
            fit_durations(np.array(wrong))
    with pytest.raises(UsageError, match="family"):
        fit_durations(DAYS, family="gompertz")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="Weights"):
        fit_durations(DAYS, weights=-np.ones(len(DAYS)))
    with pytest.raises(UsageError, match="Covariates"):
        fit_durations(DAYS, covariates=np.full(len(DAYS), np.nan))


def coverage(draws: int, seed: int) -> float:
    rng, held = np.random.default_rng(seed), 0
    for _ in range(draws):
        found = fit_durations(rng.weibull(0.8, 300) * 10)
        assert found
        held += abs(found.p - 0.8) < 1.96 * found.p_se
    return held / draws


def test_intervals_hold_the_truth() -> None:
    assert coverage(60, 2) > 0.83


@pytest.mark.slow
def test_intervals_hold_the_truth_in_many_draws() -> None:
    assert coverage(2_000, 3) == pytest.approx(0.95, abs=0.02)
