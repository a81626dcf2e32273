"""Levels of education (the four-digit codes of OPLNIVSOI) and who has which."""

from __future__ import annotations

import numpy as np

LEVELS = {
    "1112": 0.03, "1211": 0.02, "1212": 0.11, "1213": 0.03, "1220": 0.03, "1221": 0.03, "1222": 0.04,
    "2110": 0.02, "2111": 0.13, "2112": 0.18, "2120": 0.02, "2121": 0.27, "2130": 0.01, "2131": 0.05, "2132": 0.03,
}  # fmt: skip
"""Levels below hbo and their shares there, from low to high."""
HBO_LEVELS = {"3110": 0.02, "3111": 0.05, "3112": 0.85, "3211": 0.08}
WO_LEVELS = {"3113": 0.12, "3212": 0.82, "3213": 0.06}
ALL_LEVELS = (*LEVELS, *HBO_LEVELS, *WO_LEVELS)
FIRST_HBO, FIRST_WO = len(LEVELS), len(LEVELS) + len(HBO_LEVELS)
"""Positions in ALL_LEVELS from which a level is hbo or more, and university."""


def level_of(reached: np.ndarray, hbo: np.ndarray, wo: np.ndarray) -> np.ndarray:
    """The level (position in ALL_LEVELS, int8) of who stands at `reached` (0-1) in the order of education.

    hbo, wo : the chances of at least hbo and of university, all of shape (n,).
    """
    below = np.searchsorted(np.cumsum(list(LEVELS.values()))[:-1], reached / np.maximum(1 - hbo, 1e-9))
    within = (reached - (1 - hbo)) / np.maximum(hbo - wo, 1e-9)
    college = FIRST_HBO + np.searchsorted(np.cumsum(list(HBO_LEVELS.values()))[:-1], within)
    above = (reached - (1 - wo)) / np.maximum(wo, 1e-9)
    university = FIRST_WO + np.searchsorted(np.cumsum(list(WO_LEVELS.values()))[:-1], above)
    return np.select([reached > 1 - wo, reached > 1 - hbo], [university, college], below).astype(np.int8)
