"""Empirical Bayes with a prior that may differ with precision.

Where precise areas are another kind of area (large municipalities are cities), one prior for all shrinks towards the
wrong place. Chen (2025), "Empirical Bayes when estimation precision predicts parameters" (CLOSE): theta_i = m(se_i) +
sd(se_i) * t_i, where m and sd are smooth functions of the standard error and t_i has one distribution for all areas:
the normal one, or whichever fits best (nonparametric maximum likelihood on a grid).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kansen.errors import InputError
from kansen.precision.bayes import Shrunk
from kansen.precision.columns import CONFIDENCE, Floats, figures, probability

FEWEST = 30
"""Areas below which no smooth function of the standard error is fitted."""

_GRID = 300
_ROUNDS = 2000
_SETTLED = 1e-9


def shrink_close(
    est: ArrayLike,
    se: ArrayLike,
    *,
    shape: Literal["normal", "any"] = "normal",
    bandwidth: float | None = None,
    confidence: float = CONFIDENCE,
) -> Shrunk:
    """Shrink figures towards what is expected of areas of their own precision.

    est, se : figures and standard errors, shape (areas,); NaN where there is none, and where a figure is exact (se 0)
    it stays what it is. shape : the distribution of t: `normal`, or `any`.
    bandwidth : of the local lines in log(se); by default 1.5 * sd(log se) * areas^(-1/5).

    m is a local line of est on log(se), sd^2 one of (est - m)^2 - se^2, kept above 2 / (n + 2) of the first term, with
    n the areas that the line rests on (an estimator of Kubokawa, Robert and Saleh). Intervals hold t's distribution as
    known: they are a little too narrow, most so with few areas. With fewer than 30 areas, or standard errors that are
    all equal, nothing is shrunk: `too_few_areas`, `equal_precision`.
    """
    raw, errors, known = figures(est, se)
    probability(confidence, "confidence")
    if shape not in ("normal", "any"):
        raise InputError("There is no such shape", found=shape, expected="normal or any")
    known = known[errors[known] > 0]
    if len(known) < FEWEST:
        return Shrunk.nothing(raw, errors, "too_few_areas")
    y, s = raw[known], errors[known]
    at = np.log(s)
    if float(np.std(at)) < 1e-6:
        return Shrunk.nothing(raw, errors, "equal_precision")
    width = 1.5 * float(np.std(at)) * len(known) ** -0.2 if bandwidth is None else float(bandwidth)
    if not width > 0:
        raise InputError("The bandwidth must be positive", found=bandwidth)
    weights = _local_weights(at, width)
    m = weights @ y
    squares = weights @ (y - m) ** 2
    resting = 1 / np.maximum((weights**2).sum(axis=1), 1e-12)
    positive = np.maximum(squares, 1e-12 * float(np.var(y)) + 1e-300)
    sd = np.sqrt(np.maximum(positive - s * s, 2 / (resting + 2) * positive))
    z, nu = (y - m) / sd, s / sd
    mean, variance = _normal(z, nu) if shape == "normal" else _any(z, nu)
    post, post_sd = m + sd * mean, sd * np.sqrt(variance)
    found = {"post": post, "post_sd": post_sd, "prior": m, "prior_sd": sd, "weight": 1 / (1 + nu * nu)}
    return Shrunk.of(raw, errors, known, found, np.empty(0), confidence)


def _local_weights(x: Floats, width: float) -> Floats:
    """Rows of weights that give the local line at each x: Epanechnikov, as wide as the 15 nearest at least."""
    apart = x[None, :] - x[:, None]
    near = np.partition(np.abs(apart), min(15, len(x) - 1), axis=1)[:, min(15, len(x) - 1)]
    h = np.maximum(width, near * 1.0001 + 1e-12)[:, None]
    kernel = np.maximum(1 - (apart / h) ** 2, 0.0)
    s0, s1, s2 = kernel.sum(1), (kernel * apart).sum(1), (kernel * apart * apart).sum(1)
    # A little ridge: a line through areas of nearly the same precision is their mean.
    denominator = s0 * s2 - s1 * s1 + 1e-6 * (s0 * h[:, 0]) ** 2
    line = kernel * (s2[:, None] + 1e-6 * s0[:, None] * h**2 - s1[:, None] * apart)
    return line / denominator[:, None]


def _normal(z: Floats, nu: Floats) -> tuple[Floats, Floats]:
    weight = 1 / (1 + nu * nu)
    return weight * z, nu * nu * weight


def _any(z: Floats, nu: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of t given z, under the distribution on a grid that makes the z most likely (EM)."""
    grid = np.linspace(z.min(), z.max(), _GRID)
    likelihood = np.exp(-0.5 * ((z[:, None] - grid) / nu[:, None]) ** 2) / nu[:, None]
    mass = np.full(_GRID, 1 / _GRID)
    before = -np.inf
    for _ in range(_ROUNDS):
        total = likelihood @ mass
        mass = mass * (likelihood / total[:, None]).mean(axis=0)
        now = float(np.log(total).mean())
        if now - before < _SETTLED:
            break
        before = now
    posterior = likelihood * mass
    posterior /= posterior.sum(axis=1, keepdims=True)
    mean = posterior @ grid
    return mean, posterior @ grid**2 - mean**2
