"""Kitagawa's two parts of a difference, from figures alone: beside the same from single people, and in simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansen.errors import InputError
from kansen.measures import kitagawa
from kansen.precision import Composition, composition

KINDS = 4
SHARES = {"a": np.array([0.5, 0.2, 0.2, 0.1]), "b": np.array([0.7, 0.1, 0.1, 0.1])}
RATES = {"a": np.array([0.8, 0.6, 0.55, 0.5]), "b": np.array([0.85, 0.65, 0.5, 0.6])}


def people(rng: np.random.Generator, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    parts = []
    for place, size in sizes.items():
        kind = rng.choice(KINDS, size, p=SHARES[place])
        parts.append((np.full(size, place), kind, (rng.random(size) < RATES[place][kind]).astype(float)))
    place, kind, y = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {"place": place, "kind": kind, "y": y}


def figures(frame: dict[str, np.ndarray], place: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number, mean and standard error per kind."""
    rows = [frame["y"][(frame["place"] == place) & (frame["kind"] == kind)] for kind in range(KINDS)]
    return (
        np.array([len(y) for y in rows], float),
        np.array([y.mean() for y in rows]),
        np.array([y.std(ddof=1) / np.sqrt(len(y)) for y in rows]),
    )


def split(frame: dict[str, np.ndarray], **more: Any) -> Composition:
    y, place = frame["y"], frame["place"]
    difference = y[place == "a"].mean() - y[place == "b"].mean()
    own = more.get("own", figures(frame, "a"))
    return composition(difference, float((place == "a").sum()), *own, *figures(frame, "b"))


def test_the_same_as_from_single_people() -> None:
    frame = people(np.random.default_rng(1), {"a": 3_000, "b": 20_000})
    found, single = split(frame), kitagawa(frame, y="y", group="place", a="a", b="b", by=["kind"])
    for name in ("composition", "rates"):
        other = getattr(single, name)
        assert getattr(found, name) == pytest.approx(other.value, abs=1e-12)
        assert getattr(found, f"{name}_se") == pytest.approx(other.se, rel=1e-6)
    assert found.composition + found.rates == pytest.approx(found.difference)
    assert found.hidden == 0


def test_intervals_hold_the_truth() -> None:
    """95 % ± 1 of 10,000 draws, from numbers, means and errors of groups."""
    rng, hit = np.random.default_rng(2), np.zeros(2)
    own, other = SHARES["a"], SHARES["b"]
    truth = [(own - other) @ (RATES["a"] + RATES["b"]) / 2, (own + other) @ (RATES["a"] - RATES["b"]) / 2]
    for _ in range(10_000):
        drawn = []
        for place, size in (("a", 2_000), ("b", 20_000)):
            n = rng.multinomial(size, SHARES[place])
            est = rng.binomial(n, RATES[place]) / n
            drawn += [n.astype(float), est, np.sqrt(est * (1 - est) / (n - 1))]
        difference = drawn[0] @ drawn[1] / 2_000 - drawn[3] @ drawn[4] / 20_000
        found = composition(difference, 2_000, *drawn)
        parts = [(found.composition, found.composition_se), (found.rates, found.rates_se)]
        hit += [abs(part - true) <= 1.959964 * se for (part, se), true in zip(parts, truth, strict=True)]
    assert (np.abs(hit / 10_000 - 0.95) <= 0.01).all(), hit


def test_a_group_without_a_figure_gets_what_is_left_and_the_other_rate() -> None:
    frame = people(np.random.default_rng(3), {"a": 3_000, "b": 20_000})
    n, est, se = (column.copy() for column in figures(frame, "a"))
    filled = est.copy()
    filled[3] = figures(frame, "b")[1][3]
    for column in (n, est, se):
        column[3] = np.nan
    found = split(frame, own=(n, est, se))
    whole = split(frame, own=(figures(frame, "a")[0], filled, np.where(np.isnan(se), 0.0, se)))
    assert found.composition == pytest.approx(whole.composition)
    assert found.hidden == pytest.approx(1 - np.nansum(n) / 3_000)
    assert found.composition + found.rates == pytest.approx(found.difference)


@pytest.mark.parametrize(
    ("hidden", "reason"), [([0], "too_many_hidden"), ([1, 2, 3], "too_few_groups"), ([0, 1, 2, 3], "too_few_groups")]
)
def test_nothing_is_said_of_a_place_of_which_little_is_told(hidden: list[int], reason: str) -> None:
    frame = people(np.random.default_rng(4), {"a": 3_000, "b": 20_000})
    own = tuple(column.copy() for column in figures(frame, "a"))
    for column in own:
        column[hidden] = np.nan
    found = split(frame, own=own)
    assert (found.reason, np.isnan([found.composition, found.rates, found.rates_se]).all()) == (reason, True)


def test_wrong_input() -> None:
    one = np.array([10.0, 20.0])
    with pytest.raises(InputError, match="length"):
        composition(0.1, 30, one, one, one, one, one, one[:1])
    with pytest.raises(InputError, match="other place"):
        composition(0.1, 30, one, one, one, np.array([10.0, np.nan]), one, one)


@given(st.lists(st.tuples(*[st.floats(1, 1e4)] * 2, *[st.floats(-5, 5)] * 2), min_size=2, max_size=8))
def test_equal_places_and_equal_mixes(rows: list[tuple[float, float, float, float]]) -> None:
    """Of the same mix nothing goes with who is there; with equal figures per group all of it does."""
    n, other, est, other_est = (np.array(column) for column in zip(*rows, strict=True))
    zero = np.zeros(len(n))
    same_mix = composition(1.0, n.sum(), n, est, zero, 3 * n, other_est, zero)
    assert same_mix.composition == pytest.approx(0, abs=1e-9)
    gap = n @ est / n.sum() - other @ est / other.sum()
    same_rates = composition(gap, n.sum(), n, est, zero, other, est, zero)
    assert same_rates.rates == pytest.approx(0, abs=1e-9)
