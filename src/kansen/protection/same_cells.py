"""Where the same cells are in two lists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Shorts = NDArray[np.int32]


@njit(nogil=True, cache=True)
def _match(group: Shorts, area: Shorts, other_group: Shorts, other_area: Shorts, mine: Any, theirs: Any) -> int:
    count, j = 0, 0
    for i in range(len(group)):
        while j < len(other_group) and (
            other_group[j] < group[i] or (other_group[j] == group[i] and other_area[j] < area[i])
        ):
            j += 1
        if j < len(other_group) and other_group[j] == group[i] and other_area[j] == area[i]:
            mine[count], theirs[count] = i, j
            count += 1
    return count


def matched(
    group: Shorts, area: Shorts, other_group: Shorts, other_area: Shorts
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the same cells are in two lists that are sorted by group and area."""
    mine, theirs = np.empty((2, min(len(group), len(other_group))), np.int64)
    count = _match(group, area, other_group, other_area, mine, theirs)
    return mine[:count], theirs[:count]
