"""Summaries of durations in one number: exponential, Weibull, log-logistic and log-normal models.

All are log-linear: log T = mu + x b + sigma W, with W extreme-value (Weibull; exponential with sigma = 1), logistic or
normal. Durations that are cut off count with their survivor function. Source: Kalbfleisch and Prentice (2002), chapter
3; the signs and names are those of the table of Kennan's strikes in Greene, *Econometric Analysis*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtri

from kansen.errors import UsageError

Floats = NDArray[np.float64]
Family = Literal["exponential", "weibull", "log-logistic", "log-normal"]
FAMILIES: tuple[Family, ...] = ("exponential", "weibull", "log-logistic", "log-normal")
LEAST = 3
"""Fewest durations whose end is seen."""


@dataclass(frozen=True)
class Durations:
    """A fitted model of durations.

    location, location_se : mu. coefficients, coefficients_se : of the covariates on log duration. p : 1 / sigma, below
    one where a Weibull hazard falls; p_se : its error. rate : exp(-mu), the lambda of the exponential and the Weibull.
    median : exp(mu + sigma q), of somebody with covariates zero. log_likelihood : of the durations themselves.
    """

    family: Family
    location: float
    location_se: float
    coefficients: Floats
    coefficients_se: Floats
    p: float
    p_se: float
    rate: float
    median: float
    log_likelihood: float
    durations: int


def fit_durations(
    length: Floats,
    ended: NDArray[np.bool_] | None = None,
    covariates: Floats | None = None,
    family: Family = "weibull",
    weights: Floats | None = None,
) -> Durations | None:
    """Fit one family by maximum likelihood.

    length : durations above zero, shape (n,). ended : whether the end is seen; all by default. covariates : numbers of
    shape (n, k). weights : how often each counts, e.g. equal durations gathered.

    None where fewer than three ends are seen, where all durations are equal (of the exponential that does no harm), or
    where the covariates are collinear. Raises `UsageError` for durations that are not above zero, missing numbers,
    negative weights, or another family.

    >>> round(fit_durations(np.array([1.0, 2.0, 3.0]), family="exponential").rate, 6)
    0.5
    """
    time, seen, x, weight = _checked(length, ended, covariates, family, weights)
    if weight[seen].sum() < LEAST or (family != "exponential" and np.ptp(time) == 0):
        return None
    if np.linalg.matrix_rank(x * np.sqrt(weight)[:, None]) < x.shape[1]:
        return None
    y, k, free = np.log(time), x.shape[1], family != "exponential"

    def loss(parameters: Floats) -> float:
        sigma = np.exp(parameters[k]) if free else 1.0
        z = (y - x @ parameters[:k]) / sigma
        density, survivor = _LOGS[family](z)
        return -float((weight * np.where(seen, density - np.log(sigma), survivor)).sum())

    start = np.zeros(k + int(free))
    start[0] = np.log(np.average(time, weights=weight))
    best = minimize(loss, start, method="BFGS", options={"gtol": 1e-9 * weight.sum()})
    best = minimize(loss, best.x, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000})
    found = np.asarray(best.x)
    spread = np.sqrt(np.diag(np.linalg.inv(_second(loss, found))))
    sigma = float(np.exp(found[k])) if free else 1.0
    location = float(found[0])
    return Durations(
        family, location, float(spread[0]), found[1:k], spread[1:k], 1 / sigma,
        float(spread[k] / sigma) if free else 0.0, float(np.exp(-location)),
        float(np.exp(location + sigma * _MIDDLE[family])),
        -float(best.fun) - float((weight * y)[seen].sum()), int(weight.sum()),
    )  # fmt: skip


def _checked(
    length: Floats,
    ended: NDArray[np.bool_] | None,
    covariates: Floats | None,
    family: Family,
    weights: Floats | None,
) -> tuple[Floats, NDArray[np.bool_], Floats, Floats]:
    time = np.asarray(length, float)
    if family not in FAMILIES:
        raise UsageError("Unknown family of durations", found=family, expected=", ".join(FAMILIES))
    if not np.isfinite(time).all() or (time <= 0).any():
        raise UsageError(
            "Durations cannot be used", found=f"least {time.min(initial=np.inf):g}", expected="numbers above zero"
        )
    weight = np.ones(len(time)) if weights is None else np.asarray(weights, float)
    if weight.shape != time.shape or not np.isfinite(weight).all() or (weight < 0).any():
        raise UsageError("Weights cannot be used", found=f"shape {weight.shape}", expected="a number from 0 for each")
    seen = np.ones(len(time), bool) if ended is None else np.asarray(ended, bool)
    own = np.empty((len(time), 0)) if covariates is None else np.asarray(covariates, float).reshape(len(time), -1)
    if not np.isfinite(own).all():
        raise UsageError("Covariates cannot be used", found="missing numbers", expected="numbers only")
    return time, seen, np.column_stack([np.ones(len(time)), own]), weight


def _extreme(z: Floats) -> tuple[Floats, Floats]:
    return z - np.exp(z), -np.exp(z)


def _logistic(z: Floats) -> tuple[Floats, Floats]:
    return z - 2 * np.logaddexp(0, z), -np.logaddexp(0, z)


def _normal(z: Floats) -> tuple[Floats, Floats]:
    return -0.5 * z**2 - 0.5 * np.log(2 * np.pi), log_ndtr(-z)


_LOGS = {"exponential": _extreme, "weibull": _extreme, "log-logistic": _logistic, "log-normal": _normal}
"""Log density and log survivor of the standard error term."""
_HALF = float(np.log(np.log(2)))
_MIDDLE = {"exponential": _HALF, "weibull": _HALF, "log-logistic": 0.0, "log-normal": float(ndtri(0.5))}
"""Its median."""


def _second(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """Second derivatives by central differences."""
    size, step = len(at), 1e-4 * np.maximum(1.0, np.abs(at))
    out = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            one, other = np.zeros(size), np.zeros(size)
            one[i], other[j] = step[i], step[j]
            corners = loss(at + one + other) - loss(at + one - other) - loss(at - one + other) + loss(at - one - other)
            out[i, j] = corners / (4 * step[i] * step[j])
    return out
