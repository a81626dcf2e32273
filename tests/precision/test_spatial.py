"""Spatial autocorrelation: by hand, known, and with islands and hidden areas."""

from __future__ import annotations

import sys
import warnings
from itertools import combinations

import esda
import libpysal
import numpy as np
import pytest

from kansen.errors import InputError, MissingInputError
from kansen.precision.spatial import KINDS, clusters, moran

SIDE = 12


def grid() -> list[tuple[int, int]]:
    """Neighbours on a board of 12 x 12."""
    across = [(i * SIDE + j, i * SIDE + j + 1) for i in range(SIDE) for j in range(SIDE - 1)]
    return across + [(a, a + SIDE) for a in range(SIDE * (SIDE - 1))]


def by_hand(y: np.ndarray, pairs: list[tuple[int, int]]) -> float:
    """Moran's I with weights that add up to one per area."""
    w = np.zeros((len(y), len(y)))
    for a, b in pairs:
        w[a, b] = w[b, a] = 1
    w /= w.sum(axis=1, keepdims=True)
    z = y - y.mean()
    return float(len(y) / w.sum() * (z @ w @ z) / (z @ z))


def test_moran_by_hand() -> None:
    y = np.random.default_rng(1).normal(0, 1, SIDE**2)
    found = moran(y, grid())
    assert found.value == pytest.approx(by_hand(y, grid()))
    assert found.expected == pytest.approx(-1 / (SIDE**2 - 1))
    assert found.p > 0.05


def test_a_slope_is_a_pattern_and_a_hidden_area_is_not_made_up() -> None:
    y = np.add.outer(np.arange(SIDE), np.arange(SIDE)).ravel().astype(float)
    assert moran(y, grid()).p == 0.001
    y[17] = np.nan
    shown = [area for area in range(SIDE**2) if area != 17]
    place = {area: i for i, area in enumerate(shown)}
    left = [(place[a], place[b]) for a, b in grid() if 17 not in (a, b)]
    assert moran(y, grid()).value == pytest.approx(by_hand(y[shown], left))
    assert np.isnan(clusters(y, grid()).value[17])


def test_clusters_of_high_and_low_are_named_and_chance_is_not() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(0, 0.3, (SIDE, SIDE))
    assert set(clusters(y.ravel(), grid(), permutations=1999).kind) == {""}
    y[:4, :4] += 3
    y[-4:, -4:] -= 3
    found = clusters(y.ravel(), grid(), permutations=1999)
    kinds = np.array(found.kind).reshape(SIDE, SIDE)
    assert (kinds[1:3, 1:3] == "high_high").all()
    assert (kinds[-3:-1, -3:-1] == "low_low").all()
    assert set(found.kind) <= {*KINDS, ""}
    assert (kinds[5:7, :3] == "").all()


def test_false_discoveries_stay_below_their_rate() -> None:
    named = 0
    for seed in range(40):
        y = np.random.default_rng(seed).normal(0, 1, SIDE**2)
        named += any(clusters(y, grid(), permutations=999, rate=0.1, seed=seed).kind)
    assert named <= 10  # 4 expected


def test_local_p_values_are_those_of_esda() -> None:
    """With other draws: apart by what so many permutations leave to chance."""
    y, permutations = np.random.default_rng(9).normal(0, 1, SIDE**2), 4999
    y[:30] += 0.8
    neighbours: dict[int, list[int]] = {area: [] for area in range(SIDE**2)}
    for a, b in grid():
        neighbours[a].append(b)
        neighbours[b].append(a)
    weights = libpysal.weights.W(neighbours)
    weights.transform = "r"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = esda.Moran_Local(y, weights, permutations=permutations, seed=3, n_jobs=1, keep_simulations=True)
    above, below = (
        (theirs.rlisas >= theirs.Is[:, None]).sum(axis=1),
        (theirs.rlisas <= theirs.Is[:, None]).sum(axis=1),
    )
    told = np.minimum(2 * (1 + np.minimum(above, below)) / (1 + permutations), 1)
    ours = clusters(y, grid(), permutations=permutations)
    assert ours.value == pytest.approx(theirs.Is)
    error = 2 * np.sqrt(2 * (told / 2) * (1 - told / 2) / permutations)
    assert (np.abs(ours.p - told) < 4.5 * error + 1e-3).all()
    assert np.abs(ours.p - told).mean() < 0.02


def test_local_p_values_are_exact_where_all_orders_can_be_counted() -> None:
    """A ring of nine: the two neighbours of an area are any pair of the eight others."""
    y = np.array([5.0, 4.0, 1.0, 0.0, 2.5, 3.0, 7.0, 6.5, 1.5])
    ring = [(i, (i + 1) % 9) for i in range(9)]
    found = clusters(y, ring, permutations=9999)
    z = y - y.mean()
    for area in range(9):
        others = [z[other] for other in range(9) if other != area]
        sums = np.array([z[area] * (a + b) for a, b in combinations(others, 2)])
        own = z[area] * (z[area - 1] + z[(area + 1) % 9])
        exact = 2 * min((sums >= own - 1e-9).mean(), (sums <= own + 1e-9).mean())
        assert found.p[area] == pytest.approx(min(exact, 1), abs=0.04), area


def test_rates_are_standardised_for_their_size() -> None:
    """Small areas in one half only: their rates vary more, which is no pattern."""
    people = np.where(np.arange(SIDE**2) < 72, 20.0, 2000.0)
    ones = np.random.default_rng(3).binomial(people.astype(int), 0.3).astype(float)
    assert moran(ones, grid(), population=people).p > 0.05
    people[5] = 0
    assert not moran(ones, grid(), population=people).islands[5]


def test_islands_are_named_and_take_no_part() -> None:
    y = np.random.default_rng(4).normal(0, 1, SIDE**2 + 1)
    found = moran(y, grid())
    assert found.islands.tolist() == [False] * SIDE**2 + [True]
    assert found.areas == SIDE**2
    assert np.isnan(clusters(y, grid()).p[-1])


def test_too_few_areas_and_no_variation_have_a_reason() -> None:
    assert moran([1.0, 2.0], [(0, 1)]).reason == "too_few_areas"
    assert clusters([1.0, 2.0], []).reason == "too_few_areas"
    assert moran(np.ones(SIDE**2), grid()).reason == "no_variation"
    assert clusters(np.ones(SIDE**2), grid()).reason == "no_variation"


def test_the_same_figures_give_the_same_answer_and_chance_goes_on_as_it_was() -> None:
    y = np.random.default_rng(5).normal(0, 1, SIDE**2)
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    first, second = moran(y, grid()), moran(y, grid())
    assert first.p == second.p
    assert clusters(y, grid()).p == pytest.approx(clusters(y, grid()).p)
    assert np.random.get_state()[1].tolist() == before


def test_bad_neighbours_are_refused() -> None:
    with pytest.raises(InputError, match="not there"):
        moran([1.0, 2.0], [(0, 2)])


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "esda", None)
    with pytest.raises(MissingInputError, match=r"kansen\[analysis\]"):
        moran(np.random.default_rng(1).normal(0, 1, SIDE**2), grid())
