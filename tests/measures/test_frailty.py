"""Duration dependence: found where there is any, and not where only people differ."""

from __future__ import annotations

import numpy as np
import pytest

from kansen.errors import UsageError
from kansen.measures.frailty import Dependence, Histories, dependence
from kansen.measures.spells import Spells, spells_of
from measures.lives import frail, simulate

YEARS = 20


def spells(seed: int, people: int, *, slope: float, variance: float, trend: float = 0.0) -> Spells:
    rng = np.random.default_rng(seed)
    leave = frail(rng, people, base=-0.6, slope=slope, variance=variance, trend=trend)
    return spells_of(simulate(rng, people, YEARS, enter=0.12, leave=leave))


def fit(of: Histories, frailty: str = "gamma") -> Dependence:
    found = dependence(of, frailty, time=np.arange(float(YEARS)))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_only_people_differ() -> None:
    """Raw hazards fall steeply; with the frailty nothing is left of it, and the variance and the trend are found."""
    of = Histories.of(spells(1, 40_000, slope=0.0, variance=0.5, trend=-0.03))
    raw, corrected = fit(of, "none"), fit(of)
    assert raw.slope < -0.3
    assert raw.p < 1e-100
    assert abs(corrected.z) < 3
    assert corrected.variance == pytest.approx(0.5, abs=0.06)
    assert corrected.trend is not None
    assert corrected.trend_se is not None
    assert abs(corrected.trend + 0.03) < 3 * corrected.trend_se
    assert corrected.log_likelihood > raw.log_likelihood + 100


def test_both_at_once() -> None:
    found = fit(Histories.of(spells(2, 40_000, slope=-0.3, variance=0.5)))
    assert abs(found.slope + 0.3) < 3 * found.slope_se
    assert found.p < 1e-6
    assert found.variance == pytest.approx(0.5, abs=0.08)


def test_nobody_differs() -> None:
    of = Histories.of(spells(3, 20_000, slope=-0.3, variance=0.0))
    for frailty in ("none", "gamma", "points"):
        found = fit(of, frailty)
        assert abs(found.slope + 0.3) < 4 * found.slope_se, frailty
        assert found.variance < 0.1


def test_mass_points_are_found() -> None:
    """Half of the people leave three times as easily as the others."""
    rng = np.random.default_rng(4)
    factor = np.where(rng.random(40_000) < 0.5, 0.5, 1.5)
    states = simulate(
        rng, len(factor), YEARS, enter=0.12, leave=lambda d, t: -np.expm1(-factor * np.exp(-0.6) * np.ones(len(d)))
    )
    found = fit(Histories.of(spells_of(states)), "points")
    assert abs(found.z) < 3
    assert found.variance == pytest.approx(0.25, abs=0.05)


def test_equal_histories_are_one_row_and_parts_add_up() -> None:
    of = spells(5, 2_000, slope=0.0, variance=0.5)
    whole = Histories.of(of)
    assert whole.count.sum() == len(np.unique(of.person))
    assert len(whole.count) < len(np.unique(of.person))
    even = of.person % 2 == 0
    parts = (Histories.of(of.take(even)) + Histories.of(of.take(~even))).gathered()
    assert np.array_equal(parts.count, whole.count)
    assert fit(parts).slope == pytest.approx(fit(whole).slope, abs=1e-6)


def test_likelihood_of_one_history_by_hand() -> None:
    """Somebody with spells of one and two years, of which the second is cut off: E[(1 - e^{-v h}) e^{-v h}]."""
    from kansen.measures.frailty import _log_likelihood  # pyright: ignore[reportPrivateUsage]

    of = Histories(np.array([[1, 4]]), np.array([[1, 2]]), np.array([[True, False]]), np.ones(1), 8)
    rate, variance = np.exp(-0.4), 0.7
    draws = np.random.default_rng(6).gamma(1 / variance, variance, 2_000_000)
    wanted = np.log(np.mean(-np.expm1(-draws * rate) * np.exp(-draws * rate)))
    given = np.array([-0.4, -0.4, -0.4, np.log(variance)])
    assert _log_likelihood(given, of, 3, None, "gamma") == pytest.approx(wanted, abs=0.003)


def test_too_few_spells_say_nothing() -> None:
    assert dependence(Histories.of(spells(7, 20, slope=0.0, variance=0.5))) is None
    assert dependence(Histories.of(spells_of(np.zeros((5, 4), np.int8)))) is None


@pytest.mark.parametrize(("longest", "time"), [(2, None), (5, np.zeros(3)), (5, np.full(YEARS, np.nan))])
def test_what_cannot_be_used(longest: int, time: np.ndarray | None) -> None:
    of = Histories.of(spells(8, 2_000, slope=0.0, variance=0.5))
    with pytest.raises(UsageError):
        dependence(of, longest=longest, time=time)


def false_alarms(draws: int, people: int, seed: int) -> tuple[float, float]:
    """How often dependence is found at 5 % where there is none, and how often the interval holds a slope of -0.3."""
    wrong = held = 0
    for draw in range(draws):
        none = dependence(Histories.of(spells(seed + 2 * draw, people, slope=0.0, variance=0.5)), longest=6)
        some = dependence(Histories.of(spells(seed + 2 * draw + 1, people, slope=-0.3, variance=0.5)), longest=6)
        assert none is not None
        assert some is not None
        wrong += none.p < 0.05
        held += abs(some.slope + 0.3) < 1.96 * some.slope_se
    return wrong / draws, held / draws


def test_false_alarms_are_few() -> None:
    wrong, held = false_alarms(40, 4_000, 100)
    assert wrong <= 0.17  # 5 %, four standard errors of 40 draws
    assert held >= 0.80


@pytest.mark.slow
def test_false_alarms_are_five_in_a_hundred() -> None:
    wrong, held = false_alarms(2_000, 8_000, 1_000)
    assert wrong == pytest.approx(0.05, abs=0.02)
    assert held == pytest.approx(0.95, abs=0.02)
