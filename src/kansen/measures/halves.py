"""Reliability from the children themselves: two halves of every area, split by household.

Children of one household share more than their area, so they stay in one half. The correlation of the halves' figures
over areas, corrected for their being halves (Spearman 1910, Brown 1910), is the share of the differences between areas
that is real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kansen.errors import UsageError
from kansen.measures.frames import Columns, Floats, Frame, columns
from kansen.precision import split_half

FEWEST = 5
"""Children of each half, below which an area takes no part."""

SEED = 20261121


@dataclass(frozen=True)
class HalfReliability:
    """What halves of the children say of one outcome over areas.

    reliability : mean over the splits, 0 to 1. low, high : the smallest and largest of the splits. areas : that took
    part, on average over the splits. n, dropped : children, and rows that lack a value. reason : why there is no number
    (then NaN): `too_few_areas` or `no_variation`, else None.
    """

    reliability: float
    low: float
    high: float
    areas: float
    n: int
    dropped: int
    reason: str | None = None


def half_reliability(
    frame: Frame, y: str, area: str, household: str, *, splits: int = 20, seed: int = SEED
) -> HalfReliability:
    """Split-half reliability of an outcome over areas.

    frame : one row per child. y : the outcome, a number. area, household : columns of which only equal and unequal
    count.
    splits : how often households are split anew; the mean over them does not depend on the luck of one.

    Areas weigh by their children. Raises what `columns` raises, and `UsageError` for less than one split.

    >>> rows = {"y": [1.0, 0.0] * 60, "area": ["a", "b"] * 60, "home": list(range(120))}
    >>> half_reliability(rows, "y", "area", "home").reason
    'too_few_areas'
    """
    if splits < 1:
        raise UsageError("A reliability needs a split", found=splits, expected="1 or more")
    of = columns(frame, [y], [area, household])
    rng = np.random.default_rng(seed)
    found = [_one(of, y, area, household, rng) for _ in range(splits)]
    told = np.array([value for value, _, _ in found if not np.isnan(value)])
    areas = float(np.mean([number for _, number, _ in found]))
    if not len(told):
        none = float("nan")
        return HalfReliability(none, none, none, areas, of.n, of.dropped, found[0][2])
    return HalfReliability(float(told.mean()), float(told.min()), float(told.max()), areas, of.n, of.dropped)


def _one(of: Columns, y: str, area: str, household: str, rng: np.random.Generator) -> tuple[float, int, str | None]:
    """Reliability, areas and reason of one split."""
    homes, areas = len(of.labels[household]), len(of.labels[area])
    is_second = np.zeros(homes, dtype=np.int64)
    is_second[rng.permutation(homes)[: homes // 2]] = 1
    key = of.codes[area] * 2 + is_second[of.codes[household]]
    n = np.bincount(key, minlength=2 * areas).reshape(areas, 2)
    total = np.bincount(key, of.numbers[y], 2 * areas).reshape(areas, 2)
    enough = (n >= FEWEST).all(axis=1)
    means: Floats = np.full(n.shape, np.nan)
    means[enough] = total[enough] / n[enough]
    found = split_half(means[:, 0], means[:, 1], n.sum(axis=1))
    return found.reliability, found.areas, found.reason
