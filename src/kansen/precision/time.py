"""The same measure over cohorts, on the same areas: changes with joint standard errors, and breaks in the series.

Cohorts that share children have figures that move together; `shared_births` says how much. A break is something that
changed in how a measure is made between two cohorts (a new definition of income, another test): a change across a break
is not told as a change of chances, and no trend runs over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

from kansen.errors import InputError
from kansen.precision.columns import CONFIDENCE, Floats, column, probability


@dataclass(frozen=True)
class Changes:
    """Changes between cohorts that follow each other, and the trend over all; NaN where one of both has no figure.

    Shapes: changes (cohorts - 1, areas), trend (areas,).

    Attributes
    ----------
    change, se, lwr, upr : later less earlier figure, and its interval by itself.
    lwr_all, upr_all : intervals that hold together for all changes of an area (Bonferroni).
    broken : per change, whether a break lies between its cohorts, shape (cohorts - 1,).
    trend, trend_se : change per step of `times`, generalised least squares; NaN where a break lies in the series.
    p_all : whether anything changed at all between the cohorts without a break between them (Wald), shape (areas,).
    """

    change: Floats
    se: Floats
    lwr: Floats
    upr: Floats
    lwr_all: Floats
    upr_all: Floats
    broken: NDArray[np.bool_]
    trend: Floats
    trend_se: Floats
    p_all: Floats


def shared_births(windows: Sequence[tuple[int, int]]) -> Floats:
    """The correlation of figures of cohorts by their years of birth, first and last: shared years over the root of
    both.

    It is that of means over children of which those in both cohorts count with the same value. Shape (cohorts,
    cohorts).

    >>> shared_births([(1981, 1985), (1984, 1988)]).tolist()
    [[1.0, 0.4], [0.4, 1.0]]
    """
    years = [set(range(first, last + 1)) for first, last in windows]
    if not all(years):
        raise InputError("A cohort has no years of birth", found=list(windows), expected="(first, last), first <= last")
    return np.array([[len(a & b) / np.sqrt(len(a) * len(b)) for b in years] for a in years])


def changes(
    est: Sequence[ArrayLike],
    se: Sequence[ArrayLike],
    *,
    correlation: ArrayLike | None = None,
    noise: Sequence[ArrayLike] | None = None,
    times: ArrayLike | None = None,
    breaks: Sequence[int] = (),
    confidence: float = CONFIDENCE,
) -> Changes:
    """Changes over cohorts with joint standard errors.

    est, se : per cohort a column over the same areas, from early to late, shape (areas,).
    correlation : of the figures of two cohorts of the same area, shape (cohorts, cohorts); left out, none (other
    children).
    noise : standard deviations of what protection added to the figures, as `est`; `se` includes it. Every figure has
    noise of its own, which no correlation is about. Left out, none.
    times : when each cohort was (the middle year of birth), ascending; left out, 0, 1, 2, ...
    breaks : numbers of the cohorts before which the measure changed: 1 is between the first and the second.

    `InputError` for fewer than two cohorts, columns of different length, and a correlation that cannot be.

    >>> found = changes([[1.0], [3.0]], [[3.0], [4.0]])
    >>> found.change.tolist(), found.se.tolist()
    ([[2.0]], [[5.0]])
    """
    if len(est) < 2 or len(est) != len(se):
        raise InputError(
            "A change needs two cohorts", found=f"{len(est)} and {len(se)} columns", expected="two or more"
        )
    size = len(column(est[0], "est"))
    y = np.stack([column(one, "est", size=size) for one in est])
    errors = np.stack([column(one, "se", size=size, least=0.0) for one in se])
    cohorts = len(y)
    together = _correlation(correlation, cohorts)
    when = np.arange(cohorts, dtype=np.float64) if times is None else column(times, "times", size=cohorts)
    if not (np.diff(when) > 0).all():
        raise InputError("The times of the cohorts must ascend", column="times", found=when.tolist())
    if any(not 0 < one < cohorts for one in breaks):
        raise InputError("A break lies outside the series", found=list(breaks), expected=f"1 to {cohorts - 1}")
    own = _sampling(errors, noise)
    broken = np.isin(np.arange(1, cohorts), np.array(list(breaks), dtype=np.int64))
    both = own[1:] * own[:-1] * np.array([together[i, j] for i, j in pairwise(range(cohorts))])[:, None]
    change = y[1:] - y[:-1]
    error = np.sqrt(np.maximum(errors[1:] ** 2 + errors[:-1] ** 2 - 2 * both, 0.0))
    error[np.isnan(change)] = np.nan
    change = np.where(np.isnan(error), np.nan, change)
    alpha = 1 - probability(confidence, "confidence")
    alone, all_of_them = (float(ndtri(1 - a / 2)) * error for a in (alpha, alpha / (cohorts - 1)))
    trend, trend_se = _trend(y, errors, own, together, when) if not broken.any() else (np.full((2, size), np.nan))
    p_all = _anything(y, errors, own, together, broken)
    return Changes(
        change, error, change - alone, change + alone, change - all_of_them, change + all_of_them,
        broken, trend, trend_se, p_all,
    )  # fmt: skip


def _correlation(given: ArrayLike | None, cohorts: int) -> Floats:
    if given is None:
        return np.eye(cohorts)
    found = np.array(given, dtype=np.float64)
    is_one = found.shape == (cohorts, cohorts) and np.allclose(found, found.T) and np.allclose(np.diag(found), 1)
    if not is_one or float(np.linalg.eigvalsh(found).min()) < -1e-9:
        raise InputError(
            "This correlation of cohorts cannot be",
            found=found.tolist(),
            expected=f"a symmetric {cohorts} x {cohorts} table with ones on its diagonal and no negative variance",
        )
    return found


def _sampling(errors: Floats, noise: Sequence[ArrayLike] | None) -> Floats:
    """The part of the standard errors that chance makes, noise taken out."""
    if noise is None:
        return errors
    if len(noise) != len(errors):
        raise InputError("Columns differ in number", column="noise", found=len(noise), expected=len(errors))
    added = np.stack([column(one, "noise", size=errors.shape[1], least=0.0) for one in noise])
    return np.sqrt(np.maximum(errors**2 - added**2, 0.0))


def _covariance(errors: Floats, own: Floats, together: Floats) -> Floats:
    """Of the figures of one area: what cohorts share is shared chance, never noise. Shape (cohorts, cohorts)."""
    return together * np.outer(own, own) + np.diag(errors**2 - own**2)


def _trend(y: Floats, errors: Floats, own: Floats, together: Floats, when: Floats) -> tuple[Floats, Floats]:
    """Generalised least squares of each area's figures on time, with the errors as known."""
    design = np.column_stack([np.ones(len(when)), when - when.mean()])
    trend, error = np.full((2, y.shape[1]), np.nan)
    for area in range(y.shape[1]):
        s = errors[:, area]
        if np.isnan(y[:, area]).any() or np.isnan(s).any() or not (s > 0).all():
            continue
        inverse = np.linalg.pinv(_covariance(s, own[:, area], together), hermitian=True)
        bread = np.linalg.pinv(design.T @ inverse @ design, hermitian=True)
        trend[area] = (bread @ design.T @ inverse @ y[:, area])[1]
        error[area] = np.sqrt(max(bread[1, 1], 0.0))
    return trend, error


def _anything(y: Floats, errors: Floats, own: Floats, together: Floats, broken: NDArray[np.bool_]) -> Floats:
    """The p-value of no change at all between cohorts without a break between them."""
    steps = np.flatnonzero(~broken)
    found = np.full(y.shape[1], np.nan)
    if not len(steps):
        return found
    contrast = np.zeros((len(steps), len(y)))
    contrast[np.arange(len(steps)), steps] = -1
    contrast[np.arange(len(steps)), steps + 1] = 1
    for area in range(y.shape[1]):
        s = errors[:, area]
        if np.isnan(y[:, area]).any() or np.isnan(s).any() or not (s > 0).all():
            continue
        covariance = contrast @ _covariance(s, own[:, area], together) @ contrast.T
        difference = contrast @ y[:, area]
        wald = float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference)
        found[area] = float(chdtrc(int(np.linalg.matrix_rank(covariance, hermitian=True)), wald))
    return found
