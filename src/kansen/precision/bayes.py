"""Empirical Bayes: every figure beside what it would be expected to be, weighed by how precise it is.

- `shrink`: theta_i ~ N(x_i'delta, tau2), figure_i ~ N(theta_i, se_i^2). tau2 after Paule and Mandel (1982); the
interval
  after Morris (1983), "Parametric empirical Bayes inference", JASA 78, which covers that delta and tau2 are estimated.
- `shrink_rates`: Marshall (1991), "Mapping disease and mortality rates using empirical Bayes estimators", for counts.
- `kansen.precision.close`: a prior that may differ with precision.

Shrunk figures are for reading one area. Never rank them or regress on them as if they were data: their spread is too
small. The raw figure therefore stays beside every shrunk one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtri

from kansen.errors import InputError
from kansen.precision.columns import CONFIDENCE, Floats, column, figures, probability, spread_over

FEWEST = 5
"""Areas beyond the number of coefficients, below which nothing is shrunk: Morris' correction needs more than two."""


@dataclass(frozen=True)
class Shrunk:
    """Figures and what is expected of them, one entry per area; NaN where an area has no figure or nothing was shrunk.

    Attributes
    ----------
    est, se : the raw figures and their standard errors.
    post, post_sd, lwr, upr : the shrunk figures, their standard deviations and intervals.
    prior, prior_sd : what is expected of the area before its own figure counts, and how far areas lie around that.
    weight : how much the own figure counts, 0 to 1.
    coefficients : of the constant and the covariates.
    reason : why nothing was shrunk (`too_few_areas`), else None.
    """

    est: Floats
    se: Floats
    post: Floats
    post_sd: Floats
    lwr: Floats
    upr: Floats
    prior: Floats
    prior_sd: Floats
    weight: Floats
    coefficients: Floats
    reason: str | None = None

    @classmethod
    def nothing(cls, est: Floats, se: Floats, reason: str) -> Shrunk:
        """The raw figures only, and why."""
        none = np.full(len(est), np.nan)
        return cls(est, se, none, none, none, none, none, none, none, np.empty(0), reason)

    @classmethod
    def of(
        cls,
        est: Floats,
        se: Floats,
        known: np.ndarray,
        found: Mapping[str, Floats],
        coefficients: Floats,
        confidence: float,
    ) -> Shrunk:
        """What was found of the areas at the positions `known`: post, post_sd, prior, prior_sd and weight."""
        columns = {name: spread_over(len(est), known, values) for name, values in found.items()}
        half = float(ndtri((1 + confidence) / 2)) * columns["post_sd"]
        limits = {"lwr": columns["post"] - half, "upr": columns["post"] + half}
        return cls(est=est, se=se, coefficients=coefficients, reason=None, **columns, **limits)


def design_of(covariates: ArrayLike | None, known: np.ndarray, size: int) -> tuple[Floats, np.ndarray]:
    """A constant and the covariates of the areas where all are known, and which areas those are.

    covariates : shape (areas,) or (areas, covariates). `InputError` when they are collinear or of another length.
    """
    if covariates is None:
        return np.ones((len(known), 1)), known
    given = np.array(covariates, dtype=np.float64)
    given = given[:, None] if given.ndim == 1 else given
    if given.ndim != 2 or len(given) != size:
        raise InputError("Covariates must have one row per area", found=f"shape {given.shape}", expected=f"{size} rows")
    known = known[np.isfinite(given[known]).all(axis=1)]
    design = np.column_stack([np.ones(len(known)), given[known]])
    scale = np.linalg.norm(design, axis=0)
    scaled = design / np.where(scale > 0, scale, 1.0)
    if len(known) > design.shape[1] and np.linalg.matrix_rank(scaled, tol=1e-8) < design.shape[1]:
        raise InputError(
            "The covariates are collinear",
            found=f"{given.shape[1]} covariates of {np.linalg.matrix_rank(scaled, tol=1e-8) - 1} dimensions",
            expected="covariates of which none follows from the others or is the same everywhere",
            todo="leave one out",
        )
    return design, known


def shrink(
    est: ArrayLike, se: ArrayLike, covariates: ArrayLike | None = None, *, confidence: float = CONFIDENCE
) -> Shrunk:
    """Normal empirical Bayes with one prior for all areas.

    est, se : figures and standard errors (noise included), shape (areas,); NaN where there is none.
    covariates : shape (areas,) or (areas, covariates); without one (NaN) an area is not shrunk.

    Morris (1983), section 5: with W_i = 1 / (se_i^2 + tau2), B_i = (k - r - 2) / (k - r) * se_i^2 W_i; shrunk figure
    is (1 - B_i) est_i + B_i x_i'delta; its variance is se_i^2 (1 - (k - r_i) / k * B_i) + v_i (est_i - x_i'delta)^2
    with r_i = k W_i x_i'(X'WX)^-1 x_i and v_i = 2 / (k - r - 2) * B_i^2 (mean se^2 + tau2) / (se_i^2 + tau2).

    >>> found = shrink([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0] * 6)
    >>> found.post.round(3).tolist()
    [1.429, 2.257, 3.086, 3.914, 4.743, 5.571]
    """
    raw, errors, known = figures(est, se)
    probability(confidence, "confidence")
    design, known = design_of(covariates, known, len(raw))
    k, r = design.shape
    if k - r < FEWEST:
        return Shrunk.nothing(raw, errors, "too_few_areas")
    y, variance = raw[known], errors[known] ** 2
    tau2 = paule_mandel(y, errors[known], design)
    total = variance + max(tau2, _tiny(y, errors[known]))
    w = 1 / total
    coefficients, bread = _least_squares(y, design, w)
    prior = design @ coefficients
    b = (k - r - 2) / (k - r) * variance * w
    post = (1 - b) * y + b * prior
    leverage = k * w * np.einsum("ij,jk,ik->i", design, bread, design)
    v = 2 / (k - r - 2) * b * b * (float(np.average(variance, weights=w)) + tau2) * w
    sd = np.sqrt(np.maximum(variance * (1 - (k - leverage) / k * b), 0) + v * (y - prior) ** 2)
    found = {"post": post, "post_sd": sd, "prior": prior, "prior_sd": np.full(k, np.sqrt(tau2)), "weight": 1 - b}
    return Shrunk.of(raw, errors, known, found, coefficients, confidence)


def _tiny(y: Floats, errors: Floats) -> float:
    """A variance that is nothing beside the figures', so that exact figures do not divide by zero."""
    size = max(float(np.mean(y * y)), float(np.mean(errors * errors)))
    return 1e-14 * (size if size > 1e-200 else 1.0)


def _least_squares(y: Floats, design: Floats, w: Floats) -> tuple[Floats, Floats]:
    root = np.sqrt(w)[:, None]
    bread = np.linalg.pinv((design * root).T @ (design * root))
    return np.asarray(bread @ (design.T @ (w * y)), np.float64), np.asarray(bread, np.float64)


def paule_mandel(est: ArrayLike, se: ArrayLike, design: ArrayLike | None = None) -> float:
    """How far areas truly lie around what is expected of them: the variance tau2, in the unit of `est` squared.

    The tau2 at which the squared residuals, weighed by 1 / (se_i^2 + tau2), add up to areas less coefficients; 0 when
    they are smaller than that without any (Paule and Mandel 1982, J. Res. Natl. Bur. Stand. 87). All figures must be
    known.

    >>> round(paule_mandel([1.0, 2.0, 3.0, 4.0], [0.5, 0.5, 0.5, 0.5]), 4)
    1.4167
    """
    y, errors, known = figures(est, se)
    if len(known) < len(y) or not len(y):
        raise InputError("Some figures are not known", expected="an estimate and a standard error for every area")
    x = np.ones((len(y), 1)) if design is None else np.array(design, dtype=np.float64)
    target = len(y) - x.shape[1]
    floor = errors**2 + _tiny(y, errors)

    def excess(tau2: float) -> float:
        w = 1 / (floor + tau2)
        coefficients, _ = _least_squares(y, x, w)
        return float(w @ (y - x @ coefficients) ** 2) - target

    if target <= 0 or excess(0.0) <= 0:
        return 0.0
    top = float(np.var(y)) * len(y)
    while excess(top) > 0:
        top *= 4
    return _root(excess, top)


def _root(falling: Callable[[float], float], top: float) -> float:
    """Where a function that falls from above 0 to below it between 0 and `top` is 0."""
    found: Any = brentq(falling, 0.0, top, xtol=1e-12 * top)
    return float(found)


@dataclass(frozen=True)
class Rates:
    """Raw and shrunk rates, one entry per area. between : variance between areas (Marshall's a). mean : of all."""

    raw: Floats
    post: Floats
    weight: Floats
    between: float
    mean: float
    reason: str | None = None


def shrink_rates(events: ArrayLike, population: ArrayLike) -> Rates:
    """Rates of areas, shrunk to the overall rate without any distribution (Marshall 1991).

    events, population : counts, shape (areas,); NaN or nobody: no rate. `InputError` for negative counts.

    m = sum events / sum population, s2 = sum n_i (rate_i - m)^2 / sum n_i, a = s2 - m / mean(n), at least 0; the shrunk
    rate is m + a / (a + m / n_i) (rate_i - m).

    >>> shrink_rates([1, 5, 30], [100, 100, 200]).post.round(4).tolist()
    [0.0279, 0.0589, 0.1424]
    """
    ones = column(events, "events", least=0.0)
    people = column(population, "population", size=len(ones), least=0.0)
    known = np.flatnonzero(~np.isnan(ones) & (people > 0))
    none = np.full(len(ones), np.nan)
    if len(known) < 2:
        return Rates(none, none, none, np.nan, np.nan, "too_few_areas")
    x, n = ones[known], people[known]
    raw, mean = x / n, float(x.sum() / n.sum())
    s2 = float(n @ (raw - mean) ** 2 / n.sum())
    between = max(s2 - mean / float(n.mean()), 0.0)
    if mean == 0.0:
        weight = np.zeros(len(known))
    else:
        weight = between / (between + mean / n)
    post = mean + weight * (raw - mean)
    columns = {"raw": raw, "post": post, "weight": weight}
    spread = {name: spread_over(len(ones), known, of) for name, of in columns.items()}
    return Rates(**spread, between=between, mean=mean, reason=None)
