"""The truth: realised outcomes fluctuate around their expectation, and no child contradicts itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kansen.synthetic.country import Country
from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, OUTCOMES
from kansen.synthetic.replicas import Superpopulation, replicate, superpopulation
from kansen.synthetic.truth import Background, Truth


@pytest.fixture(scope="module")
def population() -> Superpopulation:
    return superpopulation(scale=0.02, seed=3)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_realised_means_are_as_expected(population: Superpopulation, outcome: str) -> None:
    table = replicate(population, np.random.default_rng(11), cells=1, size=400_000)
    value = np.asarray(table.column(outcome))
    error = (value.mean() - population.mean(outcome)) / (value.std() / np.sqrt(len(value)))
    assert abs(error) < 4


def test_no_child_contradicts_itself(country: Country) -> None:
    drawn = country.adults.drawn
    assert not (drawn.employed & drawn.social_assistance).any()
    assert not (drawn.wo & ~drawn.hbo).any()
    assert (drawn.household_income >= drawn.income + drawn.partner_income).all()
    assert (drawn.partner_income[~drawn.partner] == 0).all()
    assert (drawn.income >= 0).all()
    assert 0.02 < (drawn.income == 0).mean() < 0.04


def test_expected_income_is_linear_in_rank_for_equal_children(country: Country) -> None:
    truth = country.truth
    n = 11
    same = np.zeros(n, np.int8)
    x = Background(np.linspace(0, 1, n), same.astype(bool), same, same, np.full(n, 5))
    np.testing.assert_allclose(np.diff(truth.income(x), 2), 0, atol=1e-8)


def test_place_effects_do_not_depend_on_the_seed(country: Country) -> None:
    again = Truth(country.places, country.truth.world)
    for name, effect in country.truth.place_effects.items():
        assert (again.place_effects[name] == effect).all()


def test_limits_leave_a_fifth_below_and_above(population: Superpopulation) -> None:
    low, high = population.limits
    assert population.truth.share_above(population.background, high).mean() == pytest.approx(0.2, abs=1e-6)
    assert population.truth.share_above(population.background, low).mean() == pytest.approx(0.8, abs=1e-6)


def test_expected_rank_averages_to_a_half(population: Superpopulation) -> None:
    assert population.expected["c35_income_perc"].mean() == pytest.approx(0.5, abs=0.002)


def test_each_factor_moves_income_as_declared(country: Country) -> None:
    truth, world = country.truth, country.truth.world["income"]
    one = Background(np.array([0.5]), np.array([False]), np.array([0]), np.array([0]), np.array([5]))
    base = truth.income(one)[0]
    for i, name in enumerate(ORIGINS):
        assert truth.income(replace(one, origin=np.array([i])))[0] / base == pytest.approx(world["origin"][name])
    for i, name in enumerate(HOUSEHOLDS):
        assert truth.income(replace(one, household=np.array([i])))[0] / base == pytest.approx(world["household"][name])
    assert truth.income(replace(one, woman=np.array([True])))[0] / base == pytest.approx(world["women"] / world["men"])


def test_the_line_of_a_part_is_least_squares(population: Superpopulation) -> None:
    part = population.within(population.background.rank <= 0.2)
    slope, intercept = np.polyfit(part.background.rank, part.expected["c35_income"], 1)
    assert part.line("c35_income", 0.1) == pytest.approx(intercept + 0.1 * slope)
    assert part.mean("c35_income") == pytest.approx(part.expected["c35_income"].mean())
