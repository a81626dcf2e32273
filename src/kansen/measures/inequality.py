"""Inequality of amounts: Gini, Theil, mean logarithmic deviation, and what of it lies between groups."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from kansen.errors import UsageError
from kansen.measures.frames import Frame, columns
from kansen.measures.results import Floats

Inequality = Literal["theil", "mld"]


class Split(NamedTuple):
    """All inequality = that between groups + that within them."""

    total: float
    between: float
    within: float


def gini(values: Floats) -> float | None:
    """The Gini coefficient of amounts of zero or more; None for none at all, or zeros only.

    >>> round(gini(np.array([1.0, 1.0, 4.0])), 4)
    0.3333
    """
    values = np.sort(np.asarray(values, dtype=np.float64))
    _refuse(values, zero=True)
    n, total = len(values), float(values.sum())
    if n == 0 or total == 0:
        return None
    return float((2 * np.arange(1, n + 1) - n - 1) @ values / (n * total))


def inequality_between(frame: Frame, *, y: str, by: str, index: Inequality = "theil") -> Split | None:
    """An index of the amounts y, and how much of it lies between the groups of the column `by`.

    Theil (1967): T = mean of (y / mean) log(y / mean), which takes zeros; MLD = mean of log(mean / y), which does not.
    None for no rows, or zeros only.
    """
    of = columns(frame, [y], [by])
    values, codes = of.numbers[y], of.codes[by]
    _refuse(values, zero=index == "theil")
    if of.n == 0 or values.sum() == 0:
        return None
    mean = values.mean()
    share = np.bincount(codes) / of.n
    relative = np.bincount(codes, values) / np.bincount(codes) / mean
    if index == "theil":
        total = float(_times_log(values / mean).mean())
        between = float(share @ _times_log(relative))
    else:
        total, between = float(-np.log(values / mean).mean()), float(-(share @ np.log(relative)))
    return Split(total, between, total - between)


def _times_log(values: Floats) -> Floats:
    return values * np.log(np.where(values > 0, values, 1.0))


def _refuse(values: Floats, *, zero: bool) -> None:
    wrong = values < 0 if zero else values <= 0
    if np.isnan(values).any() or wrong.any():
        raise UsageError(
            "An amount that this index cannot take",
            found=f"{int(wrong.sum() + np.isnan(values).sum())} of {len(values)} amounts",
            expected="zero or more" if zero else "above zero",
            todo="leave them out, and say so beside the figure",
        )
