"""How much of the differences between areas is real.

signal variance = variance of the figures - mean squared standard error; reliability = signal variance / variance.
Halves of the children of every area give the same without standard errors (Spearman 1910, Brown 1910).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from kansen.errors import InputError
from kansen.precision.columns import Floats, column, figures, probability


@dataclass(frozen=True)
class Reliability:
    """Of the areas of one level. Variances in the unit of the figure squared; NaN with a `reason` where not known.

    Attributes
    ----------
    areas : how many have a figure and a standard error.
    variance, error, signal : of the figures, of their errors on average, and what is left (at least 0).
    reliability : signal / variance, 0 to 1.
    reason : `too_few_areas` or `no_variation`, else None.
    """

    areas: int
    variance: float
    error: float
    signal: float
    reliability: float
    reason: str | None = None


def reliability(est: ArrayLike, se: ArrayLike, weights: ArrayLike | None = None) -> Reliability:
    """Signal variance and reliability of figures.

    weights : how much each area counts (people, for example), shape (areas,); left out, all the same.
    The variance is unbiased for equal weights: sum w (est - mean)^2 / (1 - sum w^2), with weights that add up to 1.

    >>> reliability([1.0, 2.0, 3.0, 4.0], [0.5, 0.5, 0.5, 0.5]).reliability
    0.85
    """
    of, errors, known = figures(est, se)
    w = np.ones(len(of)) if weights is None else column(weights, "weights", size=len(of), least=0.0)
    known = known[w[known] > 0]
    if len(known) < 3:
        return Reliability(len(known), np.nan, np.nan, np.nan, np.nan, "too_few_areas")
    w = w[known] / w[known].sum()
    y, s = of[known], errors[known]
    mean = float(w @ y)
    variance = float(w @ (y - mean) ** 2 / (1 - w @ w))
    error = float(w @ s**2)
    if variance <= 0:
        return Reliability(len(known), 0.0, error, 0.0, np.nan, "no_variation")
    signal = max(variance - error, 0.0)
    return Reliability(len(known), variance, error, signal, signal / variance)


@dataclass(frozen=True)
class Agreement:
    """How two columns of figures of the same areas go together.

    Attributes
    ----------
    areas : how many have both. correlation : as they are.
    reliability : of halves, by Spearman and Brown: what the correlation would be of two whole samples.
    reason : `too_few_areas` or `no_variation`, else None.
    """

    areas: int
    correlation: float
    reliability: float
    reason: str | None = None


def spearman_brown(correlation: float, times: float = 2.0) -> float:
    """The reliability of a sample `times` as large as those that correlate so: t r / (1 + (t - 1) r).

    >>> spearman_brown(0.5)
    0.6666666666666666
    """
    return times * correlation / (1 + (times - 1) * correlation)


def split_half(first: ArrayLike, second: ArrayLike, weights: ArrayLike | None = None) -> Agreement:
    """Reliability from the figures of two halves of the children of every area, split by household.

    first, second : figures of the same areas, shape (areas,), NaN where a half has none. A negative correlation means
    that nothing is reliable: 0.
    """
    a = column(first, "first")
    b = column(second, "second", size=len(a))
    w = np.ones(len(a)) if weights is None else column(weights, "weights", size=len(a), least=0.0)
    known = np.flatnonzero(~np.isnan(a) & ~np.isnan(b) & (w > 0))
    if len(known) < 3:
        return Agreement(len(known), np.nan, np.nan, "too_few_areas")
    found = _correlation(a[known], b[known], w[known] / w[known].sum())
    if np.isnan(found):
        return Agreement(len(known), np.nan, np.nan, "no_variation")
    return Agreement(len(known), found, max(spearman_brown(found), 0.0) if found > -1 else 0.0)


def _correlation(a: Floats, b: Floats, w: Floats) -> float:
    da, db = a - w @ a, b - w @ b
    spread = float(np.sqrt((w @ da**2) * (w @ db**2)))
    smallest = 1e-14 * float(np.abs(a).max() * np.abs(b).max())
    return float(w @ (da * db)) / spread if spread > smallest else float("nan")


@dataclass(frozen=True)
class Forecast:
    """How well the figures of one cohort tell those of another.

    Attributes
    ----------
    areas : how many have both. correlation : as they are. signal_correlation : between what is real in both, noise
    taken away; 1 says that only noise changed. r2 : of the later figures, told by `weight` times the earlier one and
    the rest their mean. weight : that makes the expected error least. rmse : the root mean square error that is left,
    noise of the later figures included.
    reason : `too_few_areas`, `no_variation`, or `no_signal` (nothing but noise in one of both), else None.
    """

    areas: int
    correlation: float
    signal_correlation: float
    weight: float
    r2: float
    rmse: float
    reason: str | None = None


def forecast(earlier: ArrayLike, earlier_se: ArrayLike, later: ArrayLike, later_se: ArrayLike) -> Forecast:
    """What an earlier cohort says of a later one, over the same areas; cohorts must not share children.

    Each area is told from a line through all other areas (left out one by one), so `r2` and `rmse` are what to expect
    for an area that is not in the data; r2 may be negative.
    """
    a, a_error, known = figures(earlier, earlier_se)
    b, b_error, also = figures(later, later_se)
    if len(a) != len(b):
        raise InputError("Columns differ in length", column="later", found=len(b), expected=len(a))
    both = np.intersect1d(known, also)
    none = dict.fromkeys(("correlation", "signal_correlation", "weight", "r2", "rmse"), np.nan)
    if len(both) < 5:
        return Forecast(len(both), **none, reason="too_few_areas")
    x, y, w = a[both], b[both], np.full(len(both), 1 / len(both))
    r = _correlation(x, y, w)
    if np.isnan(r):
        return Forecast(len(both), **none, reason="no_variation")
    dx, dy = x - x.mean(), y - y.mean()
    slope = float(dx @ dy / (dx @ dx))
    left = (dy - slope * dx) / (1 - 1 / len(x) - dx**2 / (dx @ dx))
    r2, rmse = 1 - float(left @ left / (dy @ dy)), float(np.sqrt(np.mean(left**2)))
    signals = [reliability(a[both], a_error[both]), reliability(b[both], b_error[both])]
    if min(one.signal for one in signals) <= 0:
        return Forecast(len(both), r, np.nan, slope, r2, rmse, "no_signal")
    covariance = float(dx @ dy) / (len(x) - 1)
    return Forecast(len(both), r, covariance / float(np.sqrt(signals[0].signal * signals[1].signal)), slope, r2, rmse)


def minimum_detectable_difference(
    se: ArrayLike, se_other: ArrayLike = 0.0, *, confidence: float = 0.95, power: float = 0.8
) -> Floats:
    """The smallest true difference that a two-sided test finds with the given power, in the unit of the figures.

    (z at 1 - (1 - confidence) / 2, plus z at power) times the root of se^2 + se_other^2. NaN where an error is not
    known.

    >>> minimum_detectable_difference([0.01]).round(4).tolist()
    [0.028]
    """
    own = column(se, "se", least=0.0)
    other = column(se_other, "se_other", least=0.0)
    if len(other) not in (1, len(own)):
        raise InputError("Columns differ in length", column="se_other", found=len(other), expected=len(own))
    both = (1 + probability(confidence, "confidence")) / 2, probability(power, "power")
    return float(sum(ndtri(both))) * np.sqrt(own**2 + other**2)
