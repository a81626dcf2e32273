"""The figures of a release in memory, between protection's type and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Figures:
    """Shown figures of one outcome at one level, sorted by group, then area.

    `group` and `area` are positions in the lists of group and area ids; `n` is -1 where it is not told, limits are NaN
    where there is no interval, `noise_sd` is 0 where exact, `reliability` a position in `LETTERS`. Shapes: (cells,).
    """

    group: NDArray[np.int32]
    area: NDArray[np.int32]
    n: NDArray[np.int32]
    est: NDArray[np.float64]
    lwr: NDArray[np.float64]
    upr: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    reliability: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.est)

    def rows(self, which: slice | NDArray[Any]) -> Figures:
        """Some of the cells: a slice, or positions."""
        return Figures(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[Figures]) -> Figures:
        """Several sets of figures, one after the other."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            whole, none = np.empty(0, dtype=np.int32), np.empty(0)
            return cls(whole, whole, whole, none, none, none, none, np.empty(0, dtype=np.int8))
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))
