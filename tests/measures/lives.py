"""Lives drawn from a known truth: who enters a state, and who leaves it by the year of the spell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Leave = Callable[[NDArray[np.int64], int], NDArray[np.float64]]


def simulate(rng: np.random.Generator, people: int, years: int, *, enter: float, leave: Leave) -> NDArray[np.int8]:
    """States of people who all begin outside. leave : the chance to leave, by year of the spell and calendar year."""
    length = np.zeros(people, np.int64)
    out = np.zeros((people, years), np.int8)
    for year in range(1, years):
        draw = rng.random(people)
        stays = draw >= leave(np.maximum(length, 1), year - 1)
        length = np.where(length > 0, np.where(stays, length + 1, 0), draw < enter)
        out[:, year] = length > 0
    return out


def frail(
    rng: np.random.Generator, people: int, *, base: float, slope: float, variance: float, trend: float = 0.0
) -> Leave:
    """A complementary log-log hazard with own factors: log hazard = base + slope log d + trend t + log v."""
    factor = rng.gamma(1 / variance, variance, people) if variance else np.ones(people)

    def leave(length: NDArray[np.int64], year: int) -> NDArray[np.float64]:
        return -np.expm1(-factor * np.exp(base + slope * np.log(length) + trend * year))

    return leave
