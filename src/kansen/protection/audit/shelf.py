"""The figures of all outcomes, kept small, and which outcomes count the same children."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.lattice import Bools, Ints
from kansen.protection.audit.material import Figures, Material, Outcome

AGREE = 5
"""So many shared cells at least must agree before two outcomes are taken to count the same children."""


@dataclass
class Told:
    """The exact figures of one outcome: cells (area * groups + group, ascending), n and ones (-1 not told), est."""

    outcome: Outcome
    cell: Ints
    n: NDArray[np.int32]
    ones: NDArray[np.int32]
    est: NDArray[np.float64]
    decimals: int
    figures: int

    @property
    def counted(self) -> Bools:
        """Which of them tell a number of children."""
        return self.n >= 0


def put_away(figures: Figures, outcome: Outcome, material: Material) -> Told:
    """Keep what is exact."""
    rows = np.flatnonzero(figures.exact)
    cell = figures.area[rows] * material.lattice.size + figures.group[rows]
    order = np.argsort(cell, kind="stable")
    rows, cell = rows[order], cell[order]
    ones = figures.ones(material.lattice.means)[rows]
    return Told(
        outcome,
        cell,
        figures.n[rows].astype(np.int32),
        ones.astype(np.int32),
        figures.est[rows],
        figures.decimals,
        len(figures),
    )


@dataclass
class Denominator:
    """Outcomes that count the same children: what any of them tells of n is known for all. `cell`, `n`: the union."""

    children: str
    told: list[Told] = field(default_factory=list)
    cell: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    n: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def agrees(self, other: Told) -> bool:
        """Whether every n that both tell is the same, and there are enough of those."""
        cell, n = other.cell[other.counted], other.n[other.counted]
        place = np.searchsorted(self.cell, cell)
        place[place == len(self.cell)] = 0
        shared = self.cell[place] == cell if len(self.cell) else np.zeros(len(cell), bool)
        return bool(shared.sum() >= AGREE and (self.n[place[shared]] == n[shared]).all())

    def add(self, other: Told) -> None:
        """Take in an outcome and what it tells of n."""
        self.told.append(other)
        cell = np.concatenate([self.cell, other.cell[other.counted]])
        n = np.concatenate([self.n, other.n[other.counted]])
        self.cell, first = np.unique(cell, return_index=True)
        self.n = n[first]


def denominators(shelf: list[Told], always: bool) -> list[Denominator]:
    """Outcomes by the children that they count. always : that the profile says it is the group, for all outcomes."""
    found: list[Denominator] = []
    for told in shelf:
        own = [of for of in found if of.children == told.outcome.children]
        place = next((of for of in own if always or of.agrees(told)), None)
        if place is None:
            place = Denominator(told.outcome.children)
            found.append(place)
        place.add(told)
    return found
