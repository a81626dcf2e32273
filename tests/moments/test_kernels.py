"""Moments of a set of children do not depend on how the set is split before it is merged."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kansen.moments.kernels import merge, observe

amounts = st.floats(-1e6, 1e6, allow_nan=False) | st.sampled_from([0.0, 1.0, np.nan, 30_000.0])
children = st.lists(st.tuples(st.floats(0, 1), amounts), min_size=1, max_size=60)


def of(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts, moments = np.zeros((1, 3), np.int64), np.zeros((1, 5))
    observe(y, x, np.arange(len(y)), 0, len(y), counts, moments)
    return counts, moments


@settings(max_examples=300, deadline=None)
@given(children, st.data())
def test_merging_parts_equals_the_whole(rows: list[tuple[float, float]], data: st.DataObject) -> None:
    x, y = np.array(rows).T.copy()
    cuts = data.draw(st.lists(st.integers(0, len(x)), max_size=5).map(sorted))
    counts, moments = np.zeros((1, 3), np.int64), np.zeros((1, 5))
    for first, last in zip([0, *cuts], [*cuts, len(x)], strict=True):
        merge(counts, moments, *of(x[first:last], y[first:last]))
    whole_counts, whole = of(x, y)
    assert (counts == whole_counts).all()
    top = max(1.0, np.abs(np.nan_to_num(y)).max())
    scale = np.array([1, top, len(x), top * len(x), top**2 * len(x)])
    np.testing.assert_allclose(moments[0] / scale, whole[0] / scale, rtol=1e-10, atol=1e-14)


@given(st.floats(-1e9, 1e9), st.integers(1, 50), st.integers(0, 50))
def test_equal_values_keep_their_value(value: float, first: int, second: int) -> None:
    counts, moments = of(np.full(first, 0.3), np.full(first, value))
    merge(counts, moments, *of(np.full(second, 0.3), np.full(second, value)))
    assert moments[0].tolist() == [0.3, value, 0, 0, 0]
    assert counts[0, 1] == first + second


def test_counts_and_moments_by_hand() -> None:
    counts, moments = of(np.array([0.1, 0.2, 0.4, 0.9]), np.array([1.0, np.nan, 0.0, 1.0]))
    assert counts.tolist() == [[4, 3, 2]]
    np.testing.assert_allclose(moments[0, :2], [1.4 / 3, 2 / 3])
    x, y = np.array([0.1, 0.4, 0.9]), np.array([1.0, 0.0, 1.0])
    np.testing.assert_allclose(moments[0, 2:], [3 * x.var(), 3 * np.cov(x, y, ddof=0)[0, 1], 3 * y.var()])
