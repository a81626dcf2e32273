"""Amounts as registers hold them: whole euros, codes for what is not observed, words where a number belongs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING_WEALTH = 99_999_999_999
"""Code of net worth that is not known."""


NOT_OBSERVED = "Particulier huishouden zonder waargenomen inkomen"
"""Words that stand where primary income is not observed."""


def in_words(amount: np.ndarray, code: int) -> pa.Array:
    """Whole amounts as text, with words for the amount `code`."""
    digits = pa.array(amount).cast(pa.string())
    return pc.call_function("if_else", [pa.array(amount == code), pa.scalar(NOT_OBSERVED), digits])


def whole(amount: np.ndarray) -> np.ndarray:
    """Rounded to whole euros, int64 of shape (n,)."""
    return np.rint(amount).astype(np.int64)


def disposable(gross: np.ndarray) -> np.ndarray:
    """Disposable income: gross income less a progressive levy, whole euros of shape (n,).

    >>> disposable(np.array([20_000, 60_000])).tolist()
    [15899, 41422]
    """
    return whole((0.58 + 0.30 * np.exp(-np.maximum(gross, 0) / 60_000)) * gross)
