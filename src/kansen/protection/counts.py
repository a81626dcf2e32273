"""Noise on counts: whole numbers from a table of probabilities, drawn with the key of the cell.

The table is that of the cell-key method: of all distributions on the whole numbers from -min(n, most) to most with mean
zero and the declared variance, the one of greatest entropy, p(z) proportional to exp(a z + b z**2) (Giessing 2016,
"Computational issues in the design of transition probabilities and disclosure risk estimation for additive noise").
So no count becomes negative, and zero stays zero. The table is public: what is secret is the key.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]


@cache
def noise_table(variance: float, most: int) -> Floats:
    """Probabilities [most + 1, 2 * most + 1] of the noise -most ... most on a count of 0, 1, ..., `most` or more.

    A count too small for the variance gets half of what it could have (of 1, at most `most / 2`).

    >>> table = noise_table(3.0, 6)
    >>> z = np.arange(-6, 7)
    >>> round(float(table[6] @ z**2), 9), float(table[0, 6])
    (3.0, 1.0)
    """
    table = np.zeros((most + 1, 2 * most + 1))
    table[0, most] = 1.0
    for n in range(1, most + 1):
        z = np.arange(-n, most + 1, dtype=np.float64)
        table[n, most - n :] = _greatest_entropy(z, min(variance, n * most / 2))
    table.setflags(write=False)
    return table


def _greatest_entropy(z: Floats, variance: float) -> Floats:
    """Probabilities on `z` with mean zero and that variance."""
    from scipy.optimize import root  # which takes a tenth of a second, and no profile without noise needs it

    def weights(at: Floats) -> Floats:
        exponent = at[0] * z + at[1] * z * z
        powers = np.exp(exponent - exponent.max())
        return powers / powers.sum()

    def missed(at: Floats) -> Floats:
        p = weights(at)
        return np.array([p @ z, p @ (z * z) - variance])

    found = root(missed, np.array([0.0, -0.5 / variance]), tol=1e-13)
    return weights(found.x)


@njit(nogil=True, cache=True)
def _draw(n: Counts, u: Floats, steps: Floats, most: int, out: Counts) -> None:
    """n plus the noise whose step of the distribution function (steps [most + 1, 2 * most + 1]) holds u."""
    for i in range(len(n)):
        row = min(n[i], most)
        z = 0
        while z < 2 * most and u[i] >= steps[row, z]:
            z += 1
        out[i] = n[i] + z - most


def with_noise(n: NDArray[np.integer], u: Floats, variance: float, most: int) -> Counts:  # pyright: ignore[reportMissingTypeArgument,reportUnknownParameterType]
    """Counts with noise: never negative, zero where they are zero, at most `most` away.

    u : for each count a number between 0 and 1 that looks random.
    """
    # Rounded, so that another order of summing does not move a step.
    steps = np.round(np.cumsum(noise_table(variance, most), axis=1), 12)
    out = np.empty(len(n), np.int32)
    _draw(np.ascontiguousarray(n, dtype=np.int32), np.ascontiguousarray(u), steps, most, out)
    return out
