"""Moments of the occupied cells of one outcome at one level: what every measure is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COUNTS = ("n", "ones")
"""The counts of a cell, in the order in which kernels keep them, before the moments. They add up."""

MOMENTS = ("mx", "my", "sxx", "sxy", "syy")
"""The means and centred sums of a cell, in the order in which kernels keep them. They merge after Chan et al."""


@dataclass(frozen=True)
class Cells:
    """Occupied cells (at least one child) of one outcome at one level, sorted by group, then area.

    Every array has one entry per cell. `area` counts in the ids `areas`, `group` in the ids `groups`. `rows` are
    children, `n` those whose outcome is observed, `ones` those whose outcome equals one. Over the n observed children,
    with x the parental rank and y the outcome: means `mx`, `my` and centred sums `sxx`, `sxy`, `syy` (zero where n is
    zero). The three with x are NaN where an observed child has no rank.
    """

    outcome: str
    level: str
    areas: tuple[str, ...]
    groups: tuple[str, ...]
    area: NDArray[np.int32]
    group: NDArray[np.int32]
    rows: NDArray[np.int32]
    n: NDArray[np.int32]
    ones: NDArray[np.int32]
    mx: NDArray[np.float64]
    my: NDArray[np.float64]
    sxx: NDArray[np.float64]
    sxy: NDArray[np.float64]
    syy: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.area)
