"""Spells: what they are, hazards against known answers and a second account, and truths that are found again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.measures.spells import (
    Spells,
    attrition_weights,
    hazard_table,
    risks,
    risks_by,
    spells_of,
    trend,
    turned,
    yearly_hazard,
)
from measures.lives import simulate

STATES = {"#": 1, ".": 0, "?": -1}
TABLES = arrays(np.int8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8), elements=st.integers(-1, 1))


def table(*rows: str) -> NDArray[np.int8]:
    """States as drawn: # inside, . outside, ? not known."""
    return np.array([[STATES[letter] for letter in row] for row in rows], np.int8)


def told(found: Spells) -> list[tuple[int, int, bool]]:
    return list(zip(found.start.tolist(), found.length.tolist(), found.ended.tolist(), strict=True))


@pytest.mark.parametrize(
    ("row", "plain", "bridged"),
    [
        (".##..", [(1, 2, True)], [(1, 2, True)]),
        ("#.#..", [(2, 1, True)], []),
        ("##...", [], []),  # when it began is not known
        ("?##..", [], []),
        (".##", [(1, 2, False)], [(1, 2, False)]),
        (".#?..", [(1, 1, False)], [(1, 1, False)]),
        (".#.#.", [(1, 1, True), (3, 1, True)], [(1, 3, False)]),
        (".#.#..", [(1, 1, True), (3, 1, True)], [(1, 3, True)]),
        (".#.", [(1, 1, True)], [(1, 1, False)]),
        (".#.?", [(1, 1, True)], [(1, 1, False)]),
        (".#..#", [(1, 1, True), (4, 1, False)], [(1, 1, True), (4, 1, False)]),
        ("?.#.", [(2, 1, True)], [(2, 1, False)]),
        ("??", [], []),
    ],
)
def test_spells(row: str, plain: list[tuple[int, int, bool]], bridged: list[tuple[int, int, bool]]) -> None:
    assert told(spells_of(table(row))) == plain
    assert told(spells_of(table(row), gap=1)) == bridged


def by_loop(states: NDArray[np.int8]) -> list[tuple[int, int, int, bool]]:
    """A second account, in words: every first year inside after one outside, up to the first that is not inside."""
    found: list[tuple[int, int, int, bool]] = []
    for person, row in enumerate(states.tolist()):
        for start in range(1, len(row)):
            if row[start] == 1 and row[start - 1] == 0:
                rest = next((at for at in range(start, len(row)) if row[at] != 1), len(row))
                found.append((person, start, rest - start, rest < len(row) and row[rest] == 0))
    return found


@settings(deadline=None)
@given(TABLES)
def test_spells_as_told_in_words(states: NDArray[np.int8]) -> None:
    found = spells_of(states)
    assert [(person, *rest) for person, rest in zip(found.person.tolist(), told(found), strict=True)] == by_loop(states)


@settings(deadline=None)
@given(TABLES)
def test_bridging_is_filling_single_years(states: NDArray[np.int8]) -> None:
    """The same spells as when single years outside are filled first; an end needs a second year outside."""
    filled = states.copy()
    filled[:, 1:-1][(states[:, :-2] == 1) & (states[:, 1:-1] == 0) & (states[:, 2:] == 1)] = 1
    bridged, whole = spells_of(states, gap=1), spells_of(filled)
    assert [row[:2] for row in told(bridged)] == [row[:2] for row in told(whole)]
    second = whole.start + whole.length + 1
    wide = np.column_stack([states, np.full(len(states), -1)])
    sure = whole.ended & (wide[whole.person, np.minimum(second, states.shape[1])] == 0)
    assert bridged.ended.tolist() == sure.tolist()


@settings(deadline=None)
@given(TABLES)
def test_risks_add_up_over_people_and_groups(states: NDArray[np.int8]) -> None:
    found = spells_of(states)
    whole = risks(found)
    parts = risks_by(found, found.person % 2, 2)
    assert np.array_equal((parts[0] + parts[1]).at_risk, whole.at_risk)
    assert whole.ended.sum() == found.ended.sum()
    assert whole.at_risk.sum() == (found.length - ~found.ended).sum()
    assert (turned(turned(states)) == states).all()


def test_hazards_by_hand() -> None:
    """Five spells: two end after a year, one is cut off then, one ends after two years, one after three."""
    found = hazard_table(risks(spells_of(table(".#...", ".#...", ".#?..", ".##..", ".###."))), longest=4)
    assert found.at_risk.tolist() == [4, 2, 1, 0]
    assert found.hazard[:3].tolist() == [0.5, 0.5, 1.0]
    assert found.se[0] == pytest.approx(0.25)
    assert found.survivor[:3].tolist() == [0.5, 0.25, 0.0]
    # Greenwood: S^2 (2 / (4 * 2) + 1 / (2 * 1)) after two years
    assert found.survivor_se[1] == pytest.approx(0.25 * np.sqrt(2 / 8 + 1 / 2))
    assert found.survivor_se[2] == 0
    assert np.isnan(found.hazard[3])


def test_weights_of_two_are_two_spells() -> None:
    found = spells_of(table(".#..", ".##.", ".#.."))
    twice = found.take(np.array([0, 0, 1, 2]))
    one, other = (hazard_table(risks(found, np.array([2.0, 1, 1]))), hazard_table(risks(twice)))
    assert np.allclose(one.hazard, other.hazard, equal_nan=True)
    for wrong in ([-1.0, 1, 1], [0.0, 0, 0], [np.nan, 1, 1], [1.0, 1]):
        with pytest.raises(UsageError, match="Weights"):
            risks(found, np.array(wrong))


@pytest.mark.parametrize(
    ("states", "gap"), [(table(".#"), 2), (np.array([[2]], np.int8), 0), (np.zeros(3, np.int8), 0)]
)
def test_what_cannot_be_used(states: NDArray[np.int8], gap: int) -> None:
    with pytest.raises(UsageError):
        spells_of(states, gap)


def test_nobody_has_no_hazard() -> None:
    found = hazard_table(risks(spells_of(table("....", "####"))))
    assert np.isnan(found.hazard).all()
    assert trend(np.arange(4), found.hazard, found.se) is None


def test_standardised_to_one_mix_of_lengths() -> None:
    """Hazards of 0.5 and 0.2 in every year give the same figure in every year, however many long spells there are."""
    states = simulate(np.random.default_rng(1), 60_000, 16, enter=0.2, leave=lambda d, t: np.where(d == 1, 0.5, 0.2))
    yearly = yearly_hazard(risks(spells_of(states)), 2)
    assert np.isnan(yearly.hazard[:2]).all()
    line = trend(np.arange(16), yearly.hazard, yearly.se)
    assert line is not None
    assert abs(line.z) < 3
    raw = trend(np.arange(16), yearly.raw, yearly.se)
    assert raw is not None
    assert raw.z < -10  # which only tells that spells got longer in the table


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_trend_is_weighted_least_squares(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, se = rng.normal(size=8), rng.uniform(0.1, 1, 8)
    found = trend(np.arange(8), y, se)
    assert found is not None
    design = np.column_stack([np.ones(8), np.arange(8)]) / se[:, None]
    beta, spread = np.linalg.lstsq(design, y / se, rcond=None)[0], np.linalg.inv(design.T @ design)
    assert (found.slope, found.se) == (pytest.approx(beta[1]), pytest.approx(spread[1, 1] ** 0.5))


class TestAttrition:
    def test_weights_stand_for_who_is_gone(self) -> None:
        """Leaving depends on the cell, and so does the figure: unweighted it is off, weighted it is right."""
        rng = np.random.default_rng(2)
        cell = rng.integers(0, 5, 100_000)
        y = cell + rng.normal(size=len(cell))
        seen = rng.random(len(cell)) < 0.95 - 0.15 * cell
        weight = attrition_weights(seen, cell)
        assert weight.sum() == pytest.approx(len(cell))
        assert abs(y[seen].mean() - y.mean()) > 0.2
        assert np.average(y, weights=weight) == pytest.approx(y.mean(), abs=0.02)

    def test_nobody_gone_is_no_weight(self) -> None:
        assert attrition_weights(np.ones(40, bool), np.zeros(40, np.int64)).tolist() == [1.0] * 40

    def test_a_cell_that_everybody_left(self) -> None:
        with pytest.raises(UsageError, match=r"cell 1: 0 of 30"):
            attrition_weights(np.arange(60) < 30, np.arange(60) // 30)


def coverage(draws: int, people: int, seed: int) -> tuple[float, float]:
    """How often the intervals of the hazard and of the survivor after three years hold the truth."""
    hazard = np.array([0.4, 0.3, 0.25])
    rng, held = np.random.default_rng(seed), np.zeros(2)
    for _ in range(draws):
        states = simulate(rng, people, 9, enter=0.3, leave=lambda d, t: hazard[np.minimum(d, 3) - 1])
        found = hazard_table(risks(spells_of(states)), longest=3)
        held[0] += abs(found.hazard[1] - 0.3) <= 1.96 * found.se[1]
        held[1] += abs(found.survivor[2] - 0.6 * 0.7 * 0.75) <= 1.96 * found.survivor_se[2]
    return held[0] / draws, held[1] / draws


def test_intervals_hold_the_truth() -> None:
    for share in coverage(400, 300, 3):
        assert 0.91 < share < 0.985  # 95 %, four standard errors of 400 draws


@pytest.mark.slow
def test_intervals_hold_the_truth_in_many_draws() -> None:
    for share in coverage(10_000, 1_000, 4):
        assert share == pytest.approx(0.95, abs=0.01)
