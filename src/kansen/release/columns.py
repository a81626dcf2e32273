"""Columns of an Arrow table, made of arrays without a copy where that can be."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def absent(mask: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """A mask only where it hides something: without one, numbers are not copied."""
    return mask if mask.any() else None


@cache
def text(words: tuple[str, ...]) -> pa.Array:
    """A list of words as a column; made once."""
    return pa.array(words, pa.string())


def worded(codes: NDArray[np.int32], words: pa.Array) -> pa.DictionaryArray:
    """A column of words by their places in a list, which are ours and need no check."""
    return pa.DictionaryArray.from_arrays(pa.array(codes), words, safe=False)
