"""The true figures of a vault, arranged like the published ones, to score what was reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kansen.errors import InputError
from kansen.measures.vault import region_id, region_type
from kansen.protection.audit.lattice import DIMENSIONS, Bools, Ints, Lattice
from kansen.protection.audit.material import Figures, Floats, Outcome, coded, plain
from kansen.protection.audit.regions import Regions

MOST_WRONG = 0.001
"""So small a share of figures may differ from the vault; beyond it, the vault is another release's."""

WIDE = 12.0
"""A figure with noise may be so many standard deviations of its noise from the truth."""

ReadTruth = Callable[[str, str], pa.Table | None]


@dataclass(frozen=True)
class Truth:
    """The occupied cells of one outcome: cell (area * groups + group, ascending), n, and the figure with its limits."""

    cell: Ints
    n: Ints
    est: Floats
    lwr: Floats
    upr: Floats

    def _at(self, cells: Ints) -> tuple[Ints, Bools]:
        place = np.searchsorted(self.cell, cells)
        place[place == len(self.cell)] = 0
        found = self.cell[place] == cells if len(self.cell) else np.zeros(len(cells), bool)
        return place, found

    def children(self, cells: Ints) -> Ints:
        """The number of children of cells."""
        place, found = self._at(cells)
        return np.where(found, self.n[place], 0) if len(self.n) else np.zeros(len(cells), np.int64)

    def ones(self, cells: Ints) -> Ints:
        """How many of them have a binary outcome, where the figure is a mean."""
        place, found = self._at(cells)
        if not len(self.n):
            return np.zeros(len(cells), np.int64)
        return np.where(found, np.round(self.n[place] * np.nan_to_num(self.est[place])), 0).astype(np.int64)

    def figures(self, cells: Ints) -> tuple[Floats, Floats, Floats]:
        """The unrounded figures of cells and their limits, NaN where there is none."""
        place, found = self._at(cells)
        if not len(self.n):
            nothing = np.full(len(cells), np.nan)
            return nothing, nothing, nothing
        est, lwr, upr = (np.where(found, of[place], np.nan) for of in (self.est, self.lwr, self.upr))
        return est, lwr, upr


def read_truth(
    read: ReadTruth, outcome: Outcome, groups: Mapping[str, Any], lattice: Lattice, regions: Regions
) -> Truth:
    """The vault's figures of all axes of an outcome."""
    cells: list[Ints] = []
    counts: list[Ints] = []
    figures: list[Floats] = []
    for axis, number in zip(groups["axes"], lattice.number, strict=True):
        table = read(outcome.id, axis["id"])
        if table is None:
            continue
        listed = [axis["positions"], *(groups[name] for name in DIMENSIONS)]
        columns = [axis["kansenkaart"], *(groups["columns"][name] for name in DIMENSIONS)]
        place = np.zeros(table.num_rows, dtype=np.int64)
        known = np.ones(table.num_rows, dtype=bool)
        for name, members in zip(columns, listed, strict=True):
            words = {member["kansenkaart"]: at for at, member in enumerate(members)}
            found, code = coded(table.column(name))
            at = np.array([words.get(word, -1) for word in found] or [-1], dtype=np.int64)[code]
            known &= at >= 0
            place = place * len(members) + np.maximum(at, 0)
        area = _areas(table, outcome, regions)
        rows = np.flatnonzero(known & (area >= 0))
        cells.append(area[rows] * lattice.size + number[place[rows]])
        counts.append(plain(table.column("n"))[rows].astype(np.int64))
        figures.append(np.stack([plain(table.column(name))[rows] for name in ("est", "lwr", "upr")]))
    cell, first = np.unique(np.concatenate(cells or [np.zeros(0, np.int64)]), return_index=True)
    n = np.concatenate(counts or [np.zeros(0, np.int64)])
    est, lwr, upr = np.concatenate(figures or [np.zeros((3, 0))], axis=1)[:, first]
    return Truth(cell, n[first], est, lwr, upr)


def _areas(table: pa.Table, outcome: Outcome, regions: Regions) -> Ints:
    types, kind = coded(table.column("region_type"))
    ids, code = coded(table.column("region_id"))
    out = np.full(table.num_rows, -1, dtype=np.int64)
    for level in regions.levels:
        name = region_type(level, outcome.basis)
        if name not in types:
            continue
        words = {region_id(level, area): regions.number(level, area) for area in regions.areas.ids(level)}
        place = np.array([words.get(word, -1) for word in ids] or [-1], dtype=np.int64)
        rows = np.flatnonzero(kind == types.index(name))
        out[rows] = place[code[rows]]
    return out


def require_same(truth: Truth, figures: Figures, lattice: Lattice, where: object) -> None:
    """`InputError` when the figures of a release cannot have come from this vault.

    Predictions with noise do not say: where ranks are too little spread, the mean of the band stands in their place,
    which the vault does not have.
    """
    figures = figures.rows(np.flatnonzero(lattice.means[figures.group] | figures.exact))
    if not len(figures):
        return
    true, _, _ = truth.figures(figures.area * lattice.size + figures.group)
    near = 0.5 * 10.0**-figures.decimals * (1 + 1e-6) + 1e-9 + WIDE * figures.noise_sd
    wrong = ~(np.abs(true - figures.est) <= near)
    if wrong.mean() > MOST_WRONG:
        raise InputError(
            "This is not the vault of this release",
            where=str(where),
            found=f"{int(wrong.sum()):,} of {len(figures):,} figures of {figures.id} are otherwise there, or absent",
            expected="the vault that was written together with the release",
            todo="name the right --vault, or leave it out",
        )
