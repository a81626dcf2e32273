"""The expected outcome of a group: its mean, or a least-squares line within a band, evaluated at one parental rank.

Formulas: mean and its t interval; simple regression with the classical standard error of a fitted value,
s2 * (1/n + (x0 - mx)**2 / sxx) with s2 = RSS / (n - 2) (any textbook, for example Draper and Smith, Applied Regression
Analysis, ch. 1). Which predictor counts as constant follows the KansenKaart estimator: the one for which
sqrt(sxx) < 1e-7 * sqrt(sum of x**2).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import stdtrit

from kansen.measures.declarations import load_measure
from kansen.moments import Cells, Grid

CONSTANT = 1e-7
"""Below this share of the size of x, its spread is rounding and the slope is left out."""

EXACT_FIT = 64 * np.finfo(np.float64).eps
"""Below this share of the spread of y, what a line leaves unexplained is rounding and counts as nothing."""


@dataclass(frozen=True)
class Estimates:
    """Figures of the occupied cells of one outcome at one level, unprotected: they stay in the vault.

    Arrays as in `Cells`; `est`, `lwr`, `upr` in the outcome's unit. `est` is NaN where nothing was observed, the limits
    are NaN where there are no degrees of freedom left.
    """

    outcome: str
    level: str
    areas: tuple[str, ...]
    groups: tuple[str, ...]
    area: NDArray[np.int32]
    group: NDArray[np.int32]
    rows: NDArray[np.int64]
    n: NDArray[np.int64]
    ones: NDArray[np.int64]
    est: NDArray[np.float64]
    lwr: NDArray[np.float64]
    upr: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.area)


@njit(nogil=True, cache=True)
def _fit(n, mx, my, sxx, sxy, syy, group, at, constant, exact, est, half, df):  # type: ignore[no-untyped-def]
    """Estimates, half widths before the t quantile, degrees of freedom; `at` is the rank per group, NaN for a mean."""
    for i in range(len(n)):
        m = n[i]
        half[i], df[i], est[i] = np.nan, 0, np.nan
        if m == 0:
            continue
        x0 = at[group[i]]
        slope = not np.isnan(x0) and m > 1 and np.sqrt(sxx[i]) >= constant * np.sqrt(sxx[i] + m * mx[i] * mx[i])
        slope = slope and sxx[i] > 0
        if not slope:
            est[i] = my[i]
            if m > 1:
                df[i] = m - 1
                half[i] = np.sqrt(syy[i] / (m - 1) / m)
            continue
        b = sxy[i] / sxx[i]
        away = x0 - mx[i]
        est[i] = my[i] + b * away
        if m > 2:
            rss = syy[i] - b * sxy[i]
            if rss < exact * syy[i]:
                rss = 0.0
            df[i] = m - 2
            half[i] = np.sqrt(rss / (m - 2) * (1.0 / m + away * away / sxx[i]))


def t_quantiles(df: NDArray[np.int64], confidence: float) -> NDArray[np.float64]:
    """Quantiles of Student's t for two-sided intervals, one per entry of `df`; NaN where `df` is zero.

    >>> t_quantiles(np.array([0, 10]), 0.95).round(6).tolist()
    [nan, 2.228139]
    """
    occurs = np.zeros(int(df.max(initial=0)) + 1, dtype=bool)
    occurs[df] = True
    occurs[0] = False
    different = np.flatnonzero(occurs)
    table = np.full(len(occurs), np.nan)
    table[different] = stdtrit(different.astype(np.float64), 0.5 + confidence / 2)
    return table[df]


def expectation(cells: Cells, grid: Grid, confidence: float | None = None) -> Estimates:
    """The expectation of every cell, with its interval.

    Position `all`: the mean, n - 1 degrees of freedom. A band: the least-squares line of y on x within the band at the
    declared rank, n - 2 degrees of freedom. Degenerate cells: nothing observed, no estimate; one child, its value and
    no interval; two children with different ranks, the exact line and no interval; equal ranks, the mean (n - 1);
    equal outcomes, an interval of no width.

    confidence : level of the interval; what the measure declares by default.
    """
    level = load_measure("expectation").confidence if confidence is None else confidence
    inner = int(np.prod(grid.shape[1:]))
    at = np.repeat([np.nan if p.at is None else p.at for p in grid.positions], inner)
    est, half, df = np.empty(len(cells)), np.empty(len(cells)), np.empty(len(cells), dtype=np.int64)
    _fit(
        cells.n,
        cells.mx,
        cells.my,
        cells.sxx,
        cells.sxy,
        cells.syy,
        cells.group,
        at,
        CONSTANT,
        EXACT_FIT,
        est,
        half,
        df,
    )
    half *= t_quantiles(df, level)
    shared = {item.name: getattr(cells, item.name) for item in fields(Estimates) if hasattr(cells, item.name)}
    return Estimates(**shared, est=est, lwr=est - half, upr=est + half)
