"""What goes in: columns of figures with their standard errors, checked once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from kansen.errors import InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Wholes = NDArray[np.int64]

CONFIDENCE = 0.95
SEED = 20261121
"""Simulations start here, so that the same figures give the same answer on every machine."""


def column(values: ArrayLike, name: str, *, size: int | None = None, least: float | None = None) -> Floats:
    """A column of numbers, NaN where not known. `InputError` for text, infinite numbers, another size, or too small.

    size : how many numbers it must have. least : no number may lie below it.
    """
    try:
        found = np.array(values, dtype=np.float64, ndmin=1)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers", column=name, expected="a column of numbers, null or NaN") from None
    if found.ndim != 1:
        raise InputError(f"{name} must be one column", column=name, found=f"shape {found.shape}")
    if size is not None and len(found) != size:
        raise InputError("Columns differ in length", column=name, found=len(found), expected=size)
    with np.errstate(invalid="ignore"):
        wrong = np.isinf(found) | (found < least if least is not None else False)
    if wrong.any():
        row = int(np.argmax(wrong))
        expected = "finite numbers" if least is None else f"finite numbers, {least:g} or more"
        raise InputError(f"{name} has an impossible number", column=name, row=row, found=found[row], expected=expected)
    return found


def figures(est: ArrayLike, se: ArrayLike) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Estimates, standard errors (both (areas,)), and the positions where both are known.

    A standard error of 0 says that the figure is exact. `InputError` when a standard error is negative.
    """
    of = column(est, "est")
    errors = column(se, "se", size=len(of), least=0.0)
    return of, errors, np.flatnonzero(~np.isnan(of) & ~np.isnan(errors))


def probability(value: float, name: str) -> float:
    """A number between 0 and 1, both excluded; `InputError` otherwise."""
    if not 0.0 < value < 1.0:
        raise InputError(f"{name} must lie between 0 and 1", found=value, expected="for example 0.95")
    return float(value)


def spread_over(size: int, positions: NDArray[Any], values: ArrayLike, empty: float = np.nan) -> Floats:
    """Values at their positions in a column of `size`, `empty` elsewhere."""
    found = np.full(size, empty)
    found[positions] = values
    return found


def standard_error(
    lwr: ArrayLike, upr: ArrayLike, df: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> Floats:
    """The standard errors that published intervals were made from; NaN where there is none. Shape (areas,).

    Half the interval over the quantile of Student's t with `df` degrees of freedom, or of the normal distribution where
    `df` is left out, NaN or below 1. The interval of a figure with noise covers the noise, so the error does too.
    `InputError` when a lower limit lies above its upper limit.

    >>> standard_error([1.04], [4.96]).round(3).tolist(), standard_error([0.0], [2.0], [10]).round(4).tolist()
    ([1.0], [0.4488])
    """
    low = column(lwr, "lwr")
    high = column(upr, "upr", size=len(low))
    with np.errstate(invalid="ignore"):
        crossed = low > high
    if crossed.any():
        row = int(np.argmax(crossed))
        raise InputError("A lower limit lies above its upper limit", column="lwr", row=row, found=low[row])
    freedom = np.full(len(low), np.inf) if df is None else column(df, "df", size=len(low))
    freedom = np.where(freedom >= 1, freedom, np.inf)
    return (high - low) / 2 / stdtrit(freedom, (1 + probability(confidence, "confidence")) / 2)
