"""Which areas differ from a reference, when many are looked at together.

- Holm (1979): with the given confidence not one of the areas named is named wrongly.
- Benjamini and Hochberg (1995): of the areas named at most the given share is expected to be wrong; for independent
  figures, or figures that depend positively.
- Benjamini and Yekutieli (2001): the same however figures depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from kansen.errors import InputError
from kansen.precision.columns import Flags, Floats, column, figures, probability, spread_over

Method = Literal["holm", "bh", "by"]


def adjusted(p: ArrayLike, method: Method = "bh") -> Floats:
    """p-values adjusted for how many there are; NaN stays NaN and does not count. Shape (tests,).

    An area is named at a rate of 5 % when its adjusted value is 0.05 or below. `InputError` for values outside 0 to 1.

    >>> adjusted([0.01, 0.02, 0.5], "holm").round(3).tolist(), adjusted([0.01, 0.02, 0.5]).round(3).tolist()
    ([0.03, 0.04, 0.5], [0.03, 0.03, 0.5])
    """
    given = column(p, "p", least=0.0)
    known = np.flatnonzero(~np.isnan(given))
    if (given[known] > 1).any():
        raise InputError("A p-value lies above 1", column="p", found=float(given[known].max()), expected="0 to 1")
    count = len(known)
    order = np.argsort(given[known], kind="stable")
    ordered, place = given[known][order], np.arange(1, count + 1)
    if method == "holm":
        found = np.maximum.accumulate(ordered * (count - place + 1)) if count else ordered
    elif method in ("bh", "by"):
        more = float((1 / place).sum()) if method == "by" else 1.0
        found = np.minimum.accumulate((ordered * count * more / place)[::-1])[::-1] if count else ordered
    else:
        raise InputError("There is no such method", found=method, expected="holm, bh or by")
    return spread_over(len(given), known[order], np.minimum(found, 1.0))


@dataclass(frozen=True)
class Differences:
    """How areas differ from a reference, one entry per area; NaN without a figure or standard error.

    Attributes
    ----------
    difference, se : figure less reference, and its standard error.
    p, p_adjusted : two-sided, by itself and among all.
    differs : whether the area is named.
    """

    difference: Floats
    se: Floats
    p: Floats
    p_adjusted: Floats
    differs: Flags


def differs(
    est: ArrayLike,
    se: ArrayLike,
    reference: float,
    *,
    reference_se: float = 0.0,
    overlap: ArrayLike | None = None,
    noise: ArrayLike | None = None,
    df: ArrayLike | None = None,
    method: Method = "bh",
    rate: float = 0.05,
) -> Differences:
    """Which figures differ from a reference such as the country's.

    reference, reference_se : the figure compared with, and its standard error.
    overlap : which share of the reference's people live in each area: a country holds its areas, so their figures move
    together. The variance of est - reference is se^2 - 2 overlap s^2 + reference_se^2, with s^2 = se^2 - noise^2.
    noise : standard deviation of what protection added to each figure, which `se` includes and the reference does not
    share; left out, none.
    df : degrees of freedom of each figure; left out, the normal distribution. method, rate : see this module.

    >>> differs([1.0, 1.0, 9.0], [1.0, 1.0, 1.0], 2.0).differs.tolist()
    [False, False, True]
    """
    of, errors, known = figures(est, se)
    probability(rate, "rate")
    own = float(column([reference], "reference")[0])
    own_error = float(column([reference_se], "reference_se", least=0.0)[0])
    if np.isnan(own) or np.isnan(own_error):
        raise InputError("The reference has no figure or no standard error", found=own, expected="two numbers")
    shared = np.zeros(len(of)) if overlap is None else column(overlap, "overlap", size=len(of), least=0.0)
    shared = np.minimum(np.nan_to_num(shared), 1.0)
    added = np.zeros(len(of)) if noise is None else column(noise, "noise", size=len(of), least=0.0)
    alone = np.minimum(np.nan_to_num(added) ** 2, errors**2)
    chance = errors**2 - alone
    difference = spread_over(len(of), known, of[known] - own)
    # An area that is nearly the whole reference cannot differ more than the rest of it allows.
    variance = alone + np.maximum(chance * (1 - 2 * shared) + own_error**2, chance * (1 - shared) ** 2)
    error = spread_over(len(of), known, np.sqrt(variance[known]))
    freedom = np.full(len(of), np.inf) if df is None else column(df, "df", size=len(of))
    freedom = np.where(freedom >= 1, freedom, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(difference == 0, 0.0, np.abs(difference) / error)
    p = spread_over(len(of), known, 2 * stdtr(freedom[known], -statistic[known]))
    together = adjusted(p, method)
    return Differences(difference, error, p, together, np.nan_to_num(together, nan=1.0) <= rate)
