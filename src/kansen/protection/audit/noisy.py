"""Figures with noise of some areas, gathered while outcomes are read, and the attack that averages their noise away."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.averages import SURE, Composition, Observed, composition, guess
from kansen.protection.audit.bounds import Bounds
from kansen.protection.audit.lattice import Ints
from kansen.protection.audit.material import Figures, Material
from kansen.protection.audit.programmes import Unit
from kansen.protection.audit.report import Score
from kansen.protection.audit.shelf import Denominator, Told
from kansen.protection.audit.tiers import SMALL, Check, Findings

AREAS = 400
"""Of so many areas figures with noise are kept."""

FAMILY = 4
"""A parent is looked at together with up to so many parts."""

REDRAWN = 0.01
"""Noise is taken to be drawn again for every outcome when more than this share of the numbers of children differ."""

VARIANCE, REACH, EPSILON = 3.0, 6, 2.0
"""What is taken to be the variance, the largest size and the scale of the noise where a release does not tell."""

Floats = NDArray[np.float64]


@dataclass
class _Sums:
    total: Floats
    count: Ints
    least: Floats
    most: Floats

    @classmethod
    def of(cls, shape: tuple[int, int]) -> _Sums:
        return cls(np.zeros(shape), np.zeros(shape, np.int64), np.full(shape, np.inf), np.full(shape, -np.inf))


@dataclass
class NoiseSample:
    """Numbers of children with noise, of the areas of some units and the largest area, over all outcomes.

    `units` speak of rows of the tables; `areas` gives the area of each row, the largest one in the first.
    """

    areas: Ints
    units: tuple[Unit, ...]
    sums: dict[str, _Sums] = field(default_factory=dict)
    ones: dict[str, Observed] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def gather(self, figures: Figures, material: Material, children: str) -> None:
        """Take in what an outcome tells with noise."""
        place = np.full(material.regions.size, -1, dtype=np.int64)
        place[self.areas] = np.arange(len(self.areas))
        rows = np.flatnonzero(place[figures.area] >= 0)
        shape = (len(self.areas), material.lattice.size)
        at = (place[figures.area[rows]], figures.group[rows])
        noisy = ~figures.exact[rows] & (figures.n[rows] >= 0)
        if not noisy.any():
            return
        n = figures.n[rows].astype(np.float64)
        where = (at[0][noisy], at[1][noisy])
        with self.lock:
            sums = self.sums.setdefault(children, _Sums.of(shape))
            sums.total[where] += n[noisy]
            sums.count[where] += 1
            sums.least[where] = np.minimum(sums.least[where], n[noisy])
            sums.most[where] = np.maximum(sums.most[where], n[noisy])
        if figures.binary:
            mean = material.lattice.means[figures.group[rows]] & (n > 0)
            rows, n = rows[mean], n[mean]
            ones = Observed(np.round(n * figures.est[rows], 2), (n * figures.noise_sd[rows]) ** 2)
            self.see(figures, rows, ones, material)

    def see(self, figures: Figures, rows: Ints, ones: Observed, material: Material) -> None:
        """Take in how many have a binary outcome, with other noise than what was taken in before.

        rows : of the figures, which `ones` are of.
        """
        place = np.full(material.regions.size, -1, dtype=np.int64)
        place[self.areas] = np.arange(len(self.areas))
        here = place[figures.area[rows]] >= 0
        where = (place[figures.area[rows[here]]], figures.group[rows[here]])
        shape = (len(self.areas), material.lattice.size)
        with self.lock:
            of = self.ones.setdefault(figures.id, Observed(np.full(shape, np.nan), np.zeros(shape)))
            value, variance = of.value[where], of.variance[where]
            again = np.isfinite(value) & (variance > 0)
            share = np.divide(variance, variance + ones.variance[here], out=np.ones_like(value), where=again)
            of.value[where] = np.where(again, value + share * (ones.value[here] - value), ones.value[here])
            of.variance[where] = share * ones.variance[here]


def noise_sample(material: Material) -> NoiseSample:
    """The same areas every time: parents of a few parts with those, and other areas alone, of those that have figures.

    The first outcome says which have.
    """
    regions = material.regions
    there = np.zeros(regions.size, dtype=bool)
    for outcome in material.outcomes[:1]:
        there[material.figures(outcome).area] = True
    nests = regions.nestings(regions.levels)
    rng = np.random.default_rng(2)
    chosen: list[list[int]] = []
    room = min(AREAS, regions.size)
    parents = [
        [int(nest.parent[p]), *nest.child[nest.start[p] : nest.start[p + 1]].tolist()]
        for nest, p in ((nest, p) for nest in nests for p in range(len(nest.parent)))
        if there[nest.parent[p]] and 2 <= nest.start[p + 1] - nest.start[p] <= FAMILY
    ]
    for number in rng.permutation(len(parents)).tolist():
        if sum(map(len, chosen)) < room // 2:
            chosen.append(parents[number])
    alone = rng.permutation(np.flatnonzero(there))[: room // 2].tolist()
    areas = list(dict.fromkeys([0, *(area for family in chosen for area in family), *alone]))
    row = {area: number for number, area in enumerate(areas)}
    units = [Unit(tuple(row[part] for part in parts), row[parent]) for parent, *parts in chosen]
    units += [Unit((row[area],)) for area in alone]
    order = rng.permutation(len(units))
    return NoiseSample(np.array(areas, dtype=np.int64), tuple(units[number] for number in order))


def attack_noise(
    denominator: Denominator, sample: NoiseSample, material: Material, found: Findings, check: Check | None, most: int
) -> None:
    """Guess numbers of children from all outcomes that count the same ones, on up to `most` units."""
    sums = sample.sums.get(denominator.children)
    if sums is None:
        return
    shared = sums.count > 1
    redrawn = shared.any() and (sums.least < sums.most)[shared].mean() > REDRAWN
    variance, reach, _ = noise_of(material.parameters)
    value = np.divide(sums.total, sums.count, out=np.full(sums.total.shape, np.nan), where=sums.count > 0)
    draws = np.maximum(sums.count, 1) if redrawn else 1
    table = np.where(sums.count > 0, variance / draws, 0.0)
    _fill(value, table, denominator.cell, denominator.n, sample, material)
    if material.parameters.get("noise"):
        _limits(sums, value, table > 0, reach, material, found.score("noise"), check, sample)
    _guesses(Observed(value, table), sample, material, found, check, most, reach)


def _limits(
    sums: _Sums,
    value: Floats,
    noisy: NDArray[np.bool_],
    reach: int,
    material: Material,
    score: Score,
    check: Check | None,
    sample: NoiseSample,
) -> None:
    """The true number is no further than `reach` from every noisy one: bounds, tightened with exact neighbours."""
    area, group = np.nonzero(np.isfinite(value) & ~noisy)
    bounds = Bounds.of(len(value), value.shape[1], area, group, value[area, group].astype(np.int64))
    bounds.lo[noisy] = np.maximum(sums.most[noisy] - reach, 0)
    bounds.hi[noisy] = sums.least[noisy] + reach
    bounds.broken |= (bounds.lo > bounds.hi).any(axis=1)
    bounds.settle(material.lattice.equations, [])
    sure = bounds.certain & noisy & (bounds.lo > 0)
    score.reached += int(sure.sum())
    score.small += int((sure & (bounds.lo < SMALL)).sum())
    if check is not None and sure.any():
        area, group = np.nonzero(sure)
        true = check(sample.areas[area] * material.lattice.size + group)
        score.right += int((true == bounds.lo[area, group]).sum())
        score.scored += len(true)


def attack_noisy_ones(
    told: Told, sample: NoiseSample, material: Material, found: Findings, check: Check | None, most: int
) -> None:
    """Guess how many have a binary outcome."""
    observed = sample.ones.get(told.outcome.id)
    if observed is None:
        return
    sure = told.ones >= 0
    _fill(observed.value, observed.variance, told.cell[sure], told.ones[sure], sample, material)
    _guesses(observed, sample, material, found, check, most, 10 * noise_of(material.parameters).most)


class Noise(NamedTuple):
    """The noise on counts: its variance and largest size; and n times the noise on the mean of what is from 0 to 1."""

    variance: float
    most: int
    mean: float


def noise_of(parameters: Mapping[str, Any]) -> Noise:
    """What a profile tells of its noise, or what is taken to be where it does not."""
    told: Mapping[str, Any] = parameters.get("noise") or {}
    epsilon = float(told.get("epsilon", EPSILON))
    return Noise(float(told.get("variance", VARIANCE)), int(told.get("most", REACH)), sqrt(2) / epsilon)


def _fill(
    value: Floats, variance: Floats, cell: Ints, exact: NDArray[np.int32], sample: NoiseSample, material: Material
) -> None:
    """Put exact counts in the tables."""
    place = np.full(material.regions.size, -1, dtype=np.int64)
    place[sample.areas] = np.arange(len(sample.areas))
    rows = np.flatnonzero(place[cell // material.lattice.size] >= 0)
    at = (place[cell[rows] // material.lattice.size], cell[rows] % material.lattice.size)
    value[at], variance[at] = exact[rows], 0.0


def _guesses(
    observed: Observed,
    sample: NoiseSample,
    material: Material,
    found: Findings,
    check: Check | None,
    most: int,
    reach: int,
) -> None:
    score = found.score("noise")
    if not np.isfinite(observed.value[0]).any():
        return
    of: Composition = composition(material.lattice, observed.value[0])
    told = np.isfinite(observed.value).any(axis=1)
    done = 0
    for unit in sample.units:
        if done >= most:
            break
        if not np.isfinite(observed.value[list(unit.leaves)]).any():
            continue
        done += 1
        made = guess(unit, observed, of, reach)
        for place, leaf in enumerate(unit.leaves):
            hidden = ~(np.isfinite(observed.value[leaf]) & (observed.variance[leaf] == 0))
            value, sure = made.value[place], hidden & (made.probability[place] >= SURE)
            score.tried += int(hidden.sum())
            score.reached += int((sure & (value > 0)).sum())
            score.small += int((sure & (value > 0) & (value < SMALL)).sum())
            score.empty += int((sure & (value == 0)).sum())
            if check is not None:
                groups = np.flatnonzero(hidden & (value > 0) & (value < SMALL))
                true = check(sample.areas[leaf] * material.lattice.size + groups)
                score.right += int((true == value[groups]).sum())
                score.scored += len(groups)
    found.look("noise", done, int(told.sum()))
