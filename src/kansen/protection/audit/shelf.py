"""The figures of all outcomes, kept small, and which outcomes count the same children."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.lattice import Bools, Ints, Lattice
from kansen.protection.audit.material import Figures, Material, Outcome
from kansen.protection.audit.regions import Regions, twins

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


LARGEST = 500
"""In so many areas, the largest, it is tested whether categories hold everybody."""


def axes_with_gaps(shelf: list[Told], lattice: Lattice) -> list[str]:
    """Axes of categories of which the parts are told to be fewer than everybody somewhere."""
    found: list[str] = []
    areas = np.arange(LARGEST)[:, None, None] * lattice.size
    for cube, number in zip(lattice.cubes, lattice.number, strict=True):
        if cube.banded or not any(cube.whole):
            continue
        cells = areas + number.reshape(cube.shape[0], -1)
        whole = cube.whole.index(True)
        parts = [place for place, everybody in enumerate(cube.whole) if not everybody]
        for told in shelf:
            n = _n_of(told, cells)
            tested = (n >= 0).all(axis=1)  # [areas, groups without the position]
            if (n[:, whole] != n[:, parts].sum(axis=1))[tested].any():
                found.append(cube.axis)
                break
    return found


def _n_of(told: Told, cells: Ints) -> Ints:
    """The number of children of cells, -1 where it is not told."""
    if not len(told.cell):
        return np.full(cells.shape, -1, dtype=np.int64)
    place = np.searchsorted(told.cell, cells)
    place[place == len(told.cell)] = 0
    return np.where(told.cell[place] == cells, told.n[place], -1).astype(np.int64)


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


def share_twins(shelf: list[Told], regions: Regions, groups: int) -> None:
    """What is told of an area is known of an area of another level that is the same place (`regions.twins`)."""
    for children in dict.fromkeys(told.outcome.children for told in shelf):
        own = [told for told in shelf if told.outcome.children == children]
        table = np.full((regions.size, 2 * len(own)), np.nan)
        for number, told in enumerate(own):
            rows = np.flatnonzero((told.cell % groups == 0) & told.counted)
            area = told.cell[rows] // groups
            table[area, 2 * number], table[area, 2 * number + 1] = told.n[rows], told.est[rows]
        pairs = [pair for pair in twins(table) if regions.level_of(pair[0]) != regions.level_of(pair[1])]
        for told in own if pairs else ():
            _copy(told, pairs, groups)


def _copy(told: Told, pairs: list[tuple[int, int]], groups: int) -> None:
    area = told.cell // groups
    cells, rows = [told.cell], [np.arange(len(told.cell))]
    for one, other in pairs:
        at = np.flatnonzero(area == one)
        cells.append(other * groups + told.cell[at] % groups)
        rows.append(at)
    told.cell, first = np.unique(np.concatenate(cells), return_index=True)
    row = np.concatenate(rows)[first]
    told.n, told.ones, told.est = told.n[row], told.ones[row], told.est[row]


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
