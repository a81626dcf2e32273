"""Moments of a set of children do not depend on how the set is split before it is merged."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kansen.moments.kernels import FIELDS, LANES, merge, observe

amounts = st.floats(-1e6, 1e6, allow_nan=False) | st.sampled_from([0.0, 1.0, np.nan, 30_000.0])
children = st.lists(st.tuples(st.floats(0, 1), *[amounts] * LANES), min_size=1, max_size=60)


def of(x: np.ndarray, *lanes: np.ndarray) -> np.ndarray:
    """A cell [FIELDS, LANES] of children with these outcomes; lanes that are not given are missing."""
    y = np.full((len(x), LANES), np.nan)
    for lane, values in enumerate(lanes):
        y[:, lane] = values
    cell = np.full((1, FIELDS, LANES), -1.0)
    observe(y, x, 0, len(x), cell, 0)
    return cell[0]


def merged(parts: list[np.ndarray]) -> np.ndarray:
    whole = np.zeros((1, FIELDS, LANES))
    for part in parts:
        merge(whole, part[None])
    return whole[0]


def plain(y: np.ndarray, x: np.ndarray) -> list[float]:
    """The same by other sums, of one outcome."""
    seen = ~np.isnan(y)
    x, y = x[seen], y[seen]
    if not len(y):
        return [0.0] * FIELDS
    dx, dy = x - x.mean(), y - y.mean()
    return [len(y), (y == 1).sum(), x.mean(), y.mean(), (dx * dx).sum(), (dx * dy).sum(), (dy * dy).sum()]


@settings(max_examples=300, deadline=None)
@given(children, st.data())
def test_merging_parts_equals_the_whole(rows: list[tuple[float, ...]], data: st.DataObject) -> None:
    x, *lanes = np.array(rows).T.copy()
    cuts = data.draw(st.lists(st.integers(0, len(x)), max_size=5).map(sorted))
    bounds = zip([0, *cuts], [*cuts, len(x)], strict=True)
    found = merged([of(x[first:last], *(y[first:last] for y in lanes)) for first, last in bounds])
    for lane, y in enumerate(lanes):
        expected = np.array(plain(y, x))
        assert found[:2, lane].tolist() == expected[:2].tolist()
        top = max(1.0, np.abs(np.nan_to_num(y)).max())
        scale = np.array([1, top, len(x), top * len(x), top**2 * len(x)])
        np.testing.assert_allclose(found[2:, lane] / scale, expected[2:] / scale, rtol=1e-10, atol=1e-14)


@settings(max_examples=100, deadline=None)
@given(children, st.permutations(range(LANES)))
def test_an_outcome_does_not_depend_on_those_beside_it(rows: list[tuple[float, ...]], lanes: list[int]) -> None:
    x, *y = np.array(rows).T.copy()
    half = len(x) // 2
    beside = merged([of(x[:half], *(of_[:half] for of_ in y)), of(x[half:], *(of_[half:] for of_ in y))])
    for lane in lanes:
        alone = merged([of(x[:half], y[lane][:half]), of(x[half:], y[lane][half:])])
        assert alone[:, 0].tobytes() == beside[:, lane].tobytes()


@given(st.floats(-1e9, 1e9), st.integers(1, 50), st.integers(0, 50))
def test_equal_values_keep_their_value(value: float, first: int, second: int) -> None:
    cell = merged([of(np.full(size, 0.3), np.full(size, value)) for size in (first, second)])
    assert cell[:, 0].tolist() == [first + second, (first + second) * (value == 1), 0.3, value, 0, 0, 0]
    assert not cell[:, 1:].any()


def test_an_empty_side_is_not_spoiled_by_infinite_values() -> None:
    endless = of(np.array([0.5]), np.array([np.inf]))
    nobody = of(np.array([0.5]), np.array([np.nan]))
    for parts in ([endless, nobody], [nobody, endless]):
        assert merged(parts)[:, 0].tolist() == [1, 0, 0.5, np.inf, 0, 0, 0]


def test_a_child_without_a_rank_leaves_no_line() -> None:
    cell = merged([of(np.array([np.nan]), np.array([2.0])), of(np.array([0.5]), np.array([4.0]))])
    assert cell[[0, 3, 6], 0].tolist() == [2, 3, 2]
    assert np.isnan(cell[[2, 4, 5], 0]).all()


def test_counts_and_moments_by_hand() -> None:
    cell = of(np.array([0.1, 0.2, 0.4, 0.9]), np.array([1.0, np.nan, 0.0, 1.0]))[:, 0]
    assert cell[:2].tolist() == [3, 2]
    np.testing.assert_allclose(cell[2:4], [1.4 / 3, 2 / 3])
    x, y = np.array([0.1, 0.4, 0.9]), np.array([1.0, 0.0, 1.0])
    np.testing.assert_allclose(cell[4:], [3 * x.var(), 3 * np.cov(x, y, ddof=0)[0, 1], 3 * y.var()])
