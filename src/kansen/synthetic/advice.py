"""Test advice, teacher's advice and reconsidered advice at the end of primary school, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.interpolate import RegularGridInterpolator
from scipy.special import ndtr, ndtri

SCORES = np.linspace(-3.2, 3.2, 65)
OFFSETS = np.linspace(-0.9, 0.9, 19)
NODES = ndtri((np.arange(2000) + 0.5) / 2000)
"""Grid of indices and of what the teacher adds, and points of equal weight for the noise of the score."""
VMBO_GT, HAVO, VWO = "42", "60", "70"
"""First advice of the three levels that are told apart."""
LOWEST_WITH_ROOM, HIGHEST_WITH_ROOM = "20", "60"
"""Lowest test advice that an advice can be under, highest that one can be over."""


@dataclass(frozen=True)
class Advice:
    """Advices of pupils, arrays of shape (pupils,): positions in the test's and the teacher's codes.

    test : by the score. teacher : the first advice. final : after reconsideration. revised : whether that changed it.
    """

    test: np.ndarray
    teacher: np.ndarray
    final: np.ndarray
    revised: np.ndarray


class Adviser:
    """How scores become advices, from the part `advice` of `youth.toml`."""

    def __init__(self, part: dict[str, Any]) -> None:
        self.part = part
        self.test_codes: list[str] = part["codes"]
        self.teacher_codes: list[str] = part["teacher_codes"]
        self.test_limits = np.asarray(part["limits"], float)
        self.teacher_limits = np.asarray(part["teacher_limits"], float)
        self.first, self.last = np.asarray(part["correct"]).T
        self.agreement = float(part["agreement"])
        codes = [int(code) for code in self.test_codes]
        # a reconsidered advice is the teacher's code for what the test says
        self.reconsidered = np.searchsorted([int(code) for code in self.teacher_codes], codes, side="right") - 1

    def draw(
        self,
        rng: np.random.Generator,
        index: np.ndarray,
        noise: np.ndarray,
        offset: np.ndarray,
        revised: np.ndarray,
    ) -> Advice:
        """Advices of pupils with a score of `index + noise`.

        offset : what the teacher adds. revised : chance that an advice below the test is reconsidered.
        """
        test = np.searchsorted(self.test_limits, index + noise, side="right")
        own = np.sqrt(1 - self.agreement**2) * rng.standard_normal(len(index))
        view = index + offset + self.agreement * noise + own
        teacher = np.searchsorted(self.teacher_limits, view, side="right")
        changed = (test > self.last[teacher]) & (rng.random(len(index)) < revised)
        final = np.where(changed, self.reconsidered[test], teacher)
        return Advice(test.astype(np.int8), teacher.astype(np.int8), final.astype(np.int8), changed)

    def test_chance(self, level: str, index: np.ndarray) -> np.ndarray:
        """Probability that the test advice is `level` (VMBO_GT, HAVO or VWO) or higher."""
        return ndtr(index - self.test_limits[self.test_codes.index(level) - 1])

    def final_chance(self, level: str, index: np.ndarray, offset: np.ndarray, revised: np.ndarray) -> np.ndarray:
        """Probability that the final advice is `level` or higher."""
        first = ndtr(index + offset - self.teacher_limits[self.teacher_codes.index(level) - 1])
        return first + revised * self._read(level, index, offset)

    def room(self, side: str, index: np.ndarray) -> np.ndarray:
        """Probability of a test advice that leaves room for an advice `under` or `over` it."""
        if side == "over":
            return 1 - ndtr(index - self.test_limits[self.test_codes.index(HIGHEST_WITH_ROOM)])
        return ndtr(index - self.test_limits[self.test_codes.index(LOWEST_WITH_ROOM) - 1])

    def under_chance(self, index: np.ndarray, offset: np.ndarray, revised: np.ndarray) -> np.ndarray:
        """Probability that the final advice is below the test."""
        return (1 - revised) * self._read("under", index, offset)

    def over_chance(self, index: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """Probability that the final advice is above the test."""
        return self._read("over", index, offset)

    def _read(self, name: str, index: np.ndarray, offset: np.ndarray) -> np.ndarray:
        points = np.column_stack([np.clip(index, SCORES[0], SCORES[-1]), np.clip(offset, OFFSETS[0], OFFSETS[-1])])
        return self._tables[name](points)

    @cached_property
    def _tables(self) -> dict[str, RegularGridInterpolator]:
        """Probabilities over the grid, by quadrature over the noise of the score."""
        names = ("under", "over", VMBO_GT, HAVO, VWO)
        values = {name: np.empty((len(SCORES), len(OFFSETS))) for name in names}
        sd = np.sqrt(1 - self.agreement**2)
        for i, score in enumerate(SCORES):
            test = np.searchsorted(self.test_limits, score + NODES, side="right")
            target = self.reconsidered[test]
            for j, offset in enumerate(OFFSETS):
                mean = score + offset + self.agreement * NODES
                below = ndtr((self.teacher_limits[:, None] - mean) / sd)
                below = np.vstack([np.zeros(len(NODES)), below, np.ones(len(NODES))])
                chance = np.diff(below, axis=0)
                under = chance * (test > self.last[:, None])
                values["under"][i, j] = under.sum() / len(NODES)
                values["over"][i, j] = (chance * (test < self.first[:, None])).sum() / len(NODES)
                for level in (VMBO_GT, HAVO, VWO):
                    limit = self.teacher_codes.index(level)
                    values[level][i, j] = (under[:limit] * (target >= limit)).sum() / len(NODES)
        return {name: RegularGridInterpolator((SCORES, OFFSETS), table) for name, table in values.items()}
