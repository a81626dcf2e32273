"""Income against income: the elasticity between generations, and who earns more than their parents.

The elasticity (IGE) is the slope of log income on the log income of parents (Solon 1992, "Intergenerational income
mobility in the United States"). That of the expectation is the slope of log E[y | x], estimated by Poisson pseudo
maximum likelihood (Santos Silva and Tenreyro 2006, "The log of gravity"; Mitnik and Grusky 2020 for incomes), which
keeps incomes of zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.measures.frames import Floats, Frame, columns
from kansen.measures.results import (
    FEW,
    FLAT_X,
    FLAT_Y,
    NO_FIT,
    Estimate,
    clustered,
    covariance,
    estimate,
    nothing,
    quantile,
    wilson,
)


@dataclass(frozen=True)
class Elasticity:
    """An elasticity between generations.

    left_out : rows with an income of which no logarithm can be taken. dropped : rows that lack an income.
    """

    elasticity: Estimate
    intercept: Estimate
    left_out: int
    dropped: int


def ige(frame: Frame, *, y: str, x: str, cluster: str | None = None, confidence: float = 0.95) -> Elasticity:
    """The elasticity by least squares of log y on log x.

    y, x : incomes in any unit. Rows with an income of zero or less in either are left out, and counted: what they do to
    the elasticity is the known weakness of this measure; `ige_expectation` keeps zeros of y. Standard errors are
    classical, or by cluster (with G / (G - 1) (n - 1) / (n - 2), as Stata).
    """
    of = columns(frame, [y, x], [cluster] if cluster else [])
    good = (of.numbers[y] > 0) & (of.numbers[x] > 0)
    left_out, n = int((~good).sum()), int(good.sum())
    a, b = np.log(of.numbers[x][good]), np.log(of.numbers[y][good])
    reason = _hindrance(a, b)
    if reason:
        none = nothing(reason, n, confidence)
        return Elasticity(none, none, left_out, of.dropped)
    z = np.column_stack([np.ones(n), a])
    bread = np.linalg.inv(z.T @ z)
    coefficients = bread @ (z.T @ b)
    residual = b - z @ coefficients
    codes = of.clusters(cluster)
    if codes is None:
        v, df = bread * float(residual @ residual) / (n - 2), n - 2
    else:
        _, codes = np.unique(codes[good], return_inverse=True)
        v = covariance((z * residual[:, None]) @ bread * n, codes) * (n - 1) / (n - 2)
        df = int(codes.max())
    intercept, slope = _both(coefficients, v, n, confidence, df)
    return Elasticity(slope, intercept, left_out, of.dropped)


def ige_expectation(
    frame: Frame, *, y: str, x: str, cluster: str | None = None, confidence: float = 0.95
) -> Elasticity:
    """The elasticity of the expected income, by Poisson pseudo maximum likelihood of y on log x; zeros of y count.

    Rows with a negative y, or an x of zero or less, are left out and counted. Standard errors: robust, or by cluster.
    """
    of = columns(frame, [y, x], [cluster] if cluster else [])
    good = (of.numbers[y] >= 0) & (of.numbers[x] > 0)
    left_out, n = int((~good).sum()), int(good.sum())
    a, b = np.log(of.numbers[x][good]), of.numbers[y][good]
    reason = _hindrance(a, b)
    fitted = None if reason else _poisson(a, b)
    if fitted is None:
        none = nothing(reason or NO_FIT, n, confidence)
        return Elasticity(none, none, left_out, of.dropped)
    coefficients, z, mean, bread = fitted
    codes = of.clusters(cluster)
    if codes is not None:
        _, codes = np.unique(codes[good], return_inverse=True)
    v = covariance((z * (b - mean)[:, None]) @ bread * n, codes)
    intercept, slope = _both(coefficients, v, n, confidence, None)
    return Elasticity(slope, intercept, left_out, of.dropped)


def _hindrance(a: Floats, b: Floats) -> str | None:
    if len(a) < 3:
        return FEW
    if np.ptp(a) == 0:
        return FLAT_X
    return FLAT_Y if np.ptp(b) == 0 else None


def _both(coefficients: Floats, v: Floats, n: int, confidence: float, df: int | None) -> list[Estimate]:
    return [
        estimate(float(value), sqrt(max(float(v[i, i]), 0.0)), n, confidence, df)
        for i, value in enumerate(coefficients)
    ]


def _poisson(a: Floats, b: Floats, most: int = 100) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Coefficients, regressors, fitted means and the inverse of the information, by Newton's method with halved steps.

    None where it does not end: when all that is above zero lies at one end of x, there is no largest likelihood.
    """
    z = np.column_stack([np.ones(len(a)), a - a.mean()])
    scale = float(b.mean())
    coefficients = np.zeros(2)

    def likelihood(at: Floats) -> float:
        with np.errstate(over="ignore"):  # too long a step, which is halved
            return float(np.mean(b / scale * (z @ at) - np.exp(z @ at)))

    for _ in range(most):
        mean = np.exp(z @ coefficients)
        information = (z * mean[:, None]).T @ z
        if not np.linalg.cond(information) < 1e12:
            return None
        step = np.linalg.solve(information, z.T @ (b / scale - mean))
        # Near the end the likelihood only rounds: the last step, of which the square is below rounding, is taken whole.
        last = float(np.abs(step).max()) < 1e-7
        now, size = likelihood(coefficients), 1.0
        while not last and likelihood(coefficients + size * step) < now and size > 1e-8:
            size /= 2
        coefficients = coefficients + size * step
        if last:
            whole = np.column_stack([np.ones(len(a)), a])
            own = np.array([coefficients[0] + np.log(scale) - coefficients[1] * a.mean(), coefficients[1]])
            mean = np.exp(whole @ own)
            information = (whole * mean[:, None]).T @ whole
            return own, whole, mean, np.linalg.inv(information).astype(np.float64)
    return None


@dataclass(frozen=True)
class OutEarning:
    """The share of children who earn more than their parents did, in money of the same worth.

    factor : what the incomes of parents were multiplied by. prices : which index, and between which years.
    """

    share: Estimate
    factor: float
    prices: str
    dropped: int


def out_earn(
    frame: Frame,
    *,
    y: str,
    x: str,
    index: Mapping[int, float],
    years: tuple[int, int],
    name: str = "consumer price index",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> OutEarning:
    """The share of children with a larger income than their parents at the same prices.

    y, x : the child's income in euros of years[0], the parents' in euros of years[1]. index : the price index by year.
    name : what it is called. Equal incomes are not larger. Compare incomes of the same kind (personal, household) and
    measured at about the same age; the measure has a ceiling at the top of the parents' distribution. The interval is
    Wilson's, or normal by cluster.
    """
    for year in years:
        if not index.get(year, 0.0) > 0:
            raise UsageError(
                "The price index lacks a year",
                found=year,
                expected="years from " + ", ".join(map(str, sorted(index))),
                todo="give an index that has both years",
            )
    factor = index[years[0]] / index[years[1]]
    of = columns(frame, [y, x], [cluster] if cluster else [])
    more = (of.numbers[y] > of.numbers[x] * factor).astype(np.float64)
    told = f"{name}, parents' incomes of {years[1]} in euros of {years[0]}"
    return OutEarning(_share(more, of.clusters(cluster), confidence), factor, told, of.dropped)


def _share(ones: Floats, cluster: NDArray[np.int64] | None, confidence: float) -> Estimate:
    n = len(ones)
    if n == 0:
        return nothing(FEW, 0, confidence)
    share = float(ones.mean())
    if cluster is None:
        lwr, upr = wilson(np.array([ones.sum()]), np.array([float(n)]), quantile(confidence))
        return Estimate(share, sqrt(share * (1 - share) / n), float(lwr[0]), float(upr[0]), n, confidence)
    groups = len(clustered(ones, cluster))
    if groups < 2:
        return nothing(FEW, n, confidence)
    se = sqrt(float(covariance((ones - share)[:, None], cluster)[0, 0]))
    return estimate(share, se, n, confidence, groups - 1)
