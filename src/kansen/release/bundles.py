"""Write the bundle of an outcome: its figures as columns of small whole numbers, from which layers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.release.figures import Figures

MOST_DIGITS = 6
"""Figures with more decimals than this count as unrounded: their limits are stored as they are."""

_ALIGNED = 8
_MOST = float(np.iinfo(np.int32).max)

Shorts = NDArray[np.int32]
Floats = NDArray[np.float64]


def encode_bundle(outcome: str, levels: Mapping[str, Figures], groups: int) -> tuple[list[memoryview], dict[str, Any]]:
    """The figures of an outcome as one bundle, in parts that follow each other, and its index.

    groups : how many groups the release has. The index, the content of `layers/OUTCOME.json`, names per level and
    column its type (as numpy calls it), the byte at which it starts and its length. Columns: `start` (the first figure
    of each group, and the end of the last), area, n (-1: not told), est, margin (-1: no interval), skew, noise_sd,
    reliability (0 to 2: A to C); est, margin and skew in steps of the last digit, and noise_sd too where it has no
    more digits and its type is therefore a whole number; skew and noise_sd are left out where all are zero. Of figures
    that are not rounded (`digits` null) it holds est, lwr and upr as they are (NaN: no interval).
    """
    digits, steps = _in_steps(levels)
    parts: list[memoryview] = []
    index: dict[str, Any] = {}
    offset = 0
    for level, figures in levels.items():
        start = np.searchsorted(figures.group, np.arange(groups + 1, dtype=np.int32)).astype(np.int32)
        columns: dict[str, NDArray[Any]] = {"start": start, "area": figures.area, "n": figures.n}
        columns |= steps[level] if digits is not None else {name: getattr(figures, name) for name in _LIMITS}
        columns |= {"noise_sd": _noise_in_steps(figures.noise_sd, digits), "reliability": figures.reliability}
        index[level] = {}
        for name, values in columns.items():
            if name in ("skew", "noise_sd") and not values.any():
                continue
            stored = _smallest(values)
            index[level][name] = [stored.dtype.str, offset, len(stored)]
            parts += [np.ascontiguousarray(stored).data, memoryview(bytes(-stored.nbytes % _ALIGNED))]
            offset += stored.nbytes + parts[-1].nbytes
    return parts, {"outcome": outcome, "digits": digits, "levels": index}


def _noise_in_steps(noise_sd: Floats, digits: int | None) -> NDArray[Any]:
    """The noise in steps of the last digit of the figures, or as it is where it has more digits."""
    if digits is None:
        return noise_sd
    power = 10.0**digits
    steps = np.rint(noise_sd * power)
    whole = bool((steps <= _MOST).all() and (steps / power == noise_sd).all())
    return steps.astype(np.int64) if whole else noise_sd


_LIMITS = ("est", "lwr", "upr")


def _in_steps(levels: Mapping[str, Figures]) -> tuple[int | None, dict[str, dict[str, Shorts]]]:
    """The fewest decimals that hold all figures, and the figures in steps of the last one; None when unrounded."""
    for digits in range(MOST_DIGITS + 1):
        found: dict[str, dict[str, Shorts]] = {}
        for level, figures in levels.items():
            est, margin, skew = np.empty((3, len(figures)), np.int32)
            if not _steps(figures.est, figures.lwr, figures.upr, 10.0**digits, est, margin, skew):
                break
            found[level] = {"est": est, "margin": margin, "skew": skew}
        else:
            return digits, found
    return None, {}


@njit(nogil=True, cache=True)
def _steps(
    est: Floats, lwr: Floats, upr: Floats, power: float, out_est: Shorts, out_margin: Shorts, out_skew: Shorts
) -> bool:
    """Multiples of the last digit; False where a figure has more digits, is too large, or lies outside its limits."""
    for i in range(len(est)):
        e = np.rint(est[i] * power)
        if e / power != est[i] or abs(e) > _MOST:
            return False
        margin, skew = -1.0, 0.0
        if not (np.isnan(lwr[i]) and np.isnan(upr[i])):
            low, high = np.rint(lwr[i] * power), np.rint(upr[i] * power)
            margin, skew = e - low, (high - e) - (e - low)
            if not (low / power == lwr[i] and high / power == upr[i] and 0 <= margin <= _MOST and abs(skew) <= _MOST):
                return False
        out_est[i], out_margin[i], out_skew[i] = int(e), int(margin), int(skew)
    return True


def _smallest(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type that holds them all."""
    if values.dtype.kind == "f":
        return values.astype("<f8", copy=False)
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    kinds = ("u1", "i1", "<u2", "<i2", "<u4", "<i4")
    return values.astype(next(kind for kind in kinds if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max))
