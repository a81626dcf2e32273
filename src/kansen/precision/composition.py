"""How much of a difference between two places goes with who is there, and how much lies within the same groups.

Kitagawa (1955), "Components of a difference between two rates", with the mean of both places as the standard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.errors import InputError

Floats = NDArray[np.float64]

MOST_HIDDEN = 0.2
"""Of the people of a place: with more of them in groups without a figure, nothing is said."""
TOO_MANY_HIDDEN = "too_many_hidden"
TOO_FEW_GROUPS = "too_few_groups"


@dataclass(frozen=True)
class Composition:
    """The parts of the difference of a place from another, in the outcome's unit; they add up.

    composition : what the difference would be if groups differed only in how large they are. rates : what is left, as
    much as the same groups differ. NaN with a `reason` where it cannot be said: `too_many_hidden` (groups without a
    figure hold more than `MOST_HIDDEN` of the people), `too_few_groups`. hidden : the share of people in such groups.
    """

    difference: float
    composition: float
    composition_se: float
    rates: float
    rates_se: float
    hidden: float
    reason: str | None = None

    def intervals(self, confidence: float = 0.95) -> dict[str, tuple[float, float, float]]:
        """Both parts with the limits of their intervals: value, lower, upper; none where they cannot be said."""
        if self.reason is not None:
            return {}
        half = float(ndtri(0.5 + confidence / 2))
        parts = {"composition": (self.composition, self.composition_se), "rates": (self.rates, self.rates_se)}
        return {name: (value, value - half * se, value + half * se) for name, (value, se) in parts.items()}


def composition(
    difference: float, people: float, n: Floats, est: Floats, se: Floats, other_n: Floats, other_est: Floats,
    other_se: Floats,
) -> Composition:  # fmt: skip
    """Split the difference (place less other) by groups that everybody of a place is in one of.

    people : everybody of the place. n, est, se : of its groups, NaN where there is no figure; other_n, ... : of the
    other place, of which every group has to be known. Shapes: (groups,).

    A group without a figure gets its part of the people that are left, after how large such groups are elsewhere, and
    the other place's figure: so what is unknown about it is never in the composition by its figure. Errors are of both
    figures and of shares of so many people, as if the places had nobody in common.

    Raises `InputError` for columns of different length and a group that the other place lacks.
    """
    columns = [np.asarray(one, np.float64) for one in (n, est, se, other_n, other_est, other_se)]
    if len({len(one) for one in columns}) > 1:
        raise InputError("The columns differ in length", found=", ".join(str(len(one)) for one in columns))
    n, est, se, other_n, other_est, other_se = columns
    if np.isnan(other_n).any() or np.isnan(other_est).any():
        raise InputError("The other place lacks the figure of a group", expected="every group that there is")
    told = ~(np.isnan(n) | np.isnan(est))
    left = max(people - float(n[told].sum()), 0.0) if told.any() else people
    hidden = left / people if people > 0 else 1.0
    if int(told.sum()) < 2:
        return _nothing(difference, hidden, TOO_FEW_GROUPS)
    if hidden > MOST_HIDDEN:
        return _nothing(difference, hidden, TOO_MANY_HIDDEN)
    size = np.where(told, n, 0.0)
    if (~told).any():
        size[~told] = left * other_n[~told] / other_n[~told].sum()
    own, other = size / size.sum(), other_n / other_n.sum()
    rate = np.where(told, est, other_est)
    error, other_error = (np.nan_to_num(one) for one in (np.where(told, se, 0.0), other_se))
    middle, apart = (rate + other_est) / 2, (rate - other_est) / 2
    by_share = float((own - other) @ middle)
    return Composition(
        difference,
        by_share,
        _error((own - other) / 2, error, other_error, middle, own, other, size.sum(), other_n.sum()),
        difference - by_share,
        _error((own + other) / 2, error, other_error, apart, own, other, size.sum(), other_n.sum()),
        hidden,
    )


def _error(
    weight: Floats, error: Floats, other_error: Floats, value: Floats, own: Floats, other: Floats, people: float,
    others: float,
) -> float:  # fmt: skip
    """Of a sum of weights times figures, plus that of shares drawn from so many people times values."""
    of_figures = float((weight**2 * (error**2 + other_error**2)).sum())
    of_shares = sum(
        max(float(share @ value**2 - (share @ value) ** 2), 0.0) / count
        for share, count in ((own, people), (other, others))
    )
    return float(np.sqrt(of_figures + of_shares))


def _nothing(difference: float, hidden: float, reason: str) -> Composition:
    return Composition(difference, np.nan, np.nan, np.nan, np.nan, hidden, reason)
