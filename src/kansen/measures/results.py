"""What a measure on single children returns: a figure with its standard error and interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from kansen.errors import UsageError

Floats = NDArray[np.float64]

FEW = "too few observations"
FLAT_X = "the position of the parents does not vary"
FLAT_Y = "the outcome does not vary"
COLLINEAR = "the covariates are collinear"
NO_FIT = "the estimation did not converge"


@dataclass(frozen=True)
class Estimate:
    """One figure: value, standard error, and the limits of its interval; None where there is none, with the `reason`.

    n : rows that it was made of. confidence : the level of the interval.
    """

    value: float | None
    se: float | None = None
    lwr: float | None = None
    upr: float | None = None
    n: int = 0
    confidence: float = 0.95
    reason: str | None = None


def estimate(value: float, se: float, n: int, confidence: float, df: float | None = None) -> Estimate:
    """A figure with the interval value +- quantile * se: of Student's t with `df`, else normal."""
    if not isfinite(value):
        return nothing("the figure is not a finite number", n, confidence)
    if not isfinite(se):
        return Estimate(float(value), n=n, confidence=confidence, reason=FEW)
    half = quantile(confidence, df) * se
    return Estimate(float(value), float(se), float(value - half), float(value + half), n, confidence)


def nothing(reason: str, n: int, confidence: float) -> Estimate:
    """No figure, and why."""
    return Estimate(None, n=n, confidence=confidence, reason=reason)


def quantile(confidence: float, df: float | None = None) -> float:
    """The quantile of a two-sided interval; a `UsageError` for a level that is none.

    >>> round(quantile(0.95), 6)
    1.959964
    """
    if not 0 < confidence < 1:
        raise UsageError("Not a level of confidence", found=confidence, expected="between 0 and 1")
    at = 0.5 + confidence / 2
    return float(ndtri(at) if df is None else stdtrit(df, at))


def wilson(ones: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """Limits of the Wilson interval of shares ones / n; NaN where n is zero.

    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> [round(float(limit[0]), 4) for limit in wilson(np.array([62.0]), np.array([778.0]), 1.959964)]
    [0.0627, 0.1009]
    """
    n = np.where(n > 0, n, np.nan)
    share = ones / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def clustered(influence: Floats, cluster: NDArray[np.int64] | None) -> Floats:
    """Sums of influences per cluster, those of a child where there are no clusters; shape (clusters, ...)."""
    if cluster is None:
        return influence
    of = influence.reshape(len(influence), -1)
    size = int(cluster.max(initial=-1)) + 1
    sums = np.stack([np.bincount(cluster, column, size) for column in of.T], axis=1).astype(np.float64)
    return sums.reshape(size, *influence.shape[1:])


def covariance(influence: Floats, cluster: NDArray[np.int64] | None = None) -> Floats:
    """The covariance of estimates from the influence of each row, [n, k] to [k, k]: sum of squares over n squared.

    With clusters times G / (G - 1), as Stata and R's sandwich do.
    """
    sums = clustered(influence, cluster)
    scale = 1.0 if cluster is None else len(sums) / max(len(sums) - 1, 1)
    return scale * (sums.T @ sums) / len(influence) ** 2


def se_of(influence: Floats, cluster: NDArray[np.int64] | None = None) -> float:
    """The standard error of one estimate from the influence of each row, [n]."""
    return sqrt(float(covariance(influence[:, None], cluster)[0, 0]))
