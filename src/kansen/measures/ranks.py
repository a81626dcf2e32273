"""Ranks with ties by one convention, and what one child does to the ranks of the others: in O(n log n)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kansen.errors import UsageError

Floats = NDArray[np.float64]


def check_omega(omega: float) -> None:
    """Refuse a convention for ties that is none."""
    if not 0 <= omega <= 1:
        raise UsageError(
            "Not a convention for ties", found=f"omega={omega}", expected="from 0 (least rank) to 1 (largest rank)"
        )


def fractional_ranks(values: Floats, omega: float = 1.0) -> Floats:
    """The place of each value among all, divided by their number; equal values share theirs by `omega`.

    omega 1 : equal values get their largest place, 0 : their smallest, 0.5 : the mean of their places. R(v) = omega
    F(v) + (1 - omega) (F(v-) + 1/n) (Chetverikov and Wilhelm 2023).

    >>> fractional_ranks(np.array([10.0, 20.0, 20.0, 30.0])).tolist()
    [0.25, 0.75, 0.75, 1.0]
    >>> fractional_ranks(np.array([10.0, 20.0, 20.0, 30.0]), 0.5).tolist()
    [0.25, 0.625, 0.625, 1.0]
    """
    ordered = np.sort(values)
    at_most = np.searchsorted(ordered, values, side="right")
    below = np.searchsorted(ordered, values, side="left")
    return (omega * at_most + (1 - omega) * (below + 1)) / max(len(values), 1)


def sums_above(at: Floats, values: Floats, weights: Floats, omega: float) -> Floats:
    """For each of `at`: the sum of the weights of `values` above it, of those equal to it for `omega`.

    at [m], values [n], weights [n, k]; returns [m, k]. This is the sum over j of w_j I(at, value_j), with I(u, v) =
    omega 1{u <= v} + (1 - omega) 1{u < v}: the rank of v is the mean of I(u, v) over all u,
    but for a constant.
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    total = np.concatenate([np.cumsum(weights[order][::-1], axis=0)[::-1], np.zeros((1, weights.shape[1]))])
    from_here = total[np.searchsorted(ordered, at, side="left")]
    beyond = total[np.searchsorted(ordered, at, side="right")]
    return omega * from_here + (1 - omega) * beyond
