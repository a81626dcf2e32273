"""What measures over an outcome tell of the outcome itself, and of how many children.

A corner of the transition matrix is the share of a binary outcome in a band of parents: how many have it, where
otherwise only a prediction at the middle of the band is told. A slope with its interval, and the share of the variance
that goes with it, tell together through how many children the line goes. The interval of a slope of a binary outcome
tells how far its values spread, and so how many have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.measures import load_measure, load_over
from kansen.measures.declarations import Over
from kansen.measures.expectation import t_quantiles
from kansen.measures.results import wilson
from kansen.protection.audit.averages import Observed
from kansen.protection.audit.families import shared
from kansen.protection.audit.intervals import MOST, SAMPLE
from kansen.protection.audit.lattice import Ints, Lattice
from kansen.protection.audit.material import Figures, Outcome, read_outcome
from kansen.protection.audit.noisy import Noise
from kansen.protection.audit.report import Score
from kansen.protection.audit.shelf import Told
from kansen.protection.audit.tiers import SMALL, Findings
from kansen.protection.audit.truth import Truth

Floats = NDArray[np.float64]

EVEN = 1 / 12
"""The variance of evenly spread ranks."""

CHANCE, PLACES = 0.8, 0.2
"""The variance of the ranks of n children is off from that by CHANCE / n (squared, in shares of it), and by places."""

MIDDLE = 0.1
"""Of a share so near to a half, the spread does not tell how many have the outcome."""


@dataclass(frozen=True)
class Measured:
    """A measure as a release tells it: the outcome that its figures stand under, and what it is."""

    outcome: Outcome
    over: Over


def read_measures(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Measured, ...]]:
    """The entries of `outcomes.json` that are measures, by the id of the outcome that they are over."""
    known = {over.id: over for over in load_over()}
    found: dict[str, tuple[Measured, ...]] = {}
    for content in outcomes:
        base, over = content.get("of"), known.get(str(content.get("measure")))
        if base is not None and over is not None:
            found[base] = (*found.get(base, ()), Measured(read_outcome(content), over))
    return found


class Beside:
    """The figures of the measures over one outcome, and those of the outcome itself."""

    def __init__(
        self, figures: Figures, measures: Sequence[Measured], read: Callable[[Outcome], Figures], lattice: Lattice
    ) -> None:
        self.figures, self.lattice = figures, lattice
        self._cell = figures.area * lattice.size + figures.group
        self._order = np.argsort(self._cell, kind="stable")
        self.measures = [(one.over, read(one.outcome)) for one in measures]

    def children(self, area: Ints, group: Ints) -> Ints:
        """The number of children that the outcome itself is told of, -1 where it is not told."""
        return np.where((row := self._row(area, group)) >= 0, self.figures.n[row], -1)

    def shares(self, area: Ints, group: Ints) -> Floats:
        """The figure of the outcome itself, NaN where it is not told."""
        return np.where((row := self._row(area, group)) >= 0, self.figures.est[row], np.nan)

    def _row(self, area: Ints, group: Ints) -> Ints:
        row = np.full(len(area), -1, dtype=np.int64)
        asked, place = shared(area * self.lattice.size + group, self._cell[self._order])
        row[asked] = self._order[place]
        return row

    def corners(self) -> list[Figures]:
        """The corners of a binary outcome as shares of the bands that they are of, with the number of those."""
        if not self.figures.binary:
            return []
        found: list[Figures] = []
        for over, figures in self.measures:
            if over.how == "corner":
                group = band_of(self.lattice, over.position or "", figures.group)
                some = group >= 0
                of = replace(figures, id=self.figures.id, binary=True, group=group)
                of = of.rows(np.flatnonzero(some))
                found.append(replace(of, n=self.children(of.area, of.group)))
        return found

    def slopes(self) -> list[tuple[Over, Figures]]:
        """The slopes over the outcome."""
        return [(over, figures) for over, figures in self.measures if over.how == "slope"]


def band_of(lattice: Lattice, position: str, group: Ints) -> Ints:
    """The groups of a band of parents that go with groups of everybody, on the first axis; -1 where there is none."""
    cube, number = lattice.cubes[0], lattice.number[0]
    if position not in cube.members[0]:
        return np.full(len(group), -1, dtype=np.int64)
    inner = cube.size // cube.shape[0]
    place = np.full(lattice.size, -1, dtype=np.int64)
    everybody = np.flatnonzero(cube.everybody())
    place[number[everybody]] = everybody % inner
    at = place[group]
    return np.where(at >= 0, number[cube.members[0].index(position) * inner + np.maximum(at, 0)], -1)


def add_corners(told: Told, corners: Sequence[Figures], lattice: Lattice) -> None:
    """Put how many of a band have a binary outcome with what is told of it, where a corner tells it exactly."""
    for corner in corners:
        ones = corner.ones(np.ones(lattice.size, dtype=bool))
        sure = np.flatnonzero(ones >= 0)
        there, place = shared(corner.area[sure] * lattice.size + corner.group[sure], told.cell)
        told.ones[place] = ones[sure[there]]


def attack_corners(corners: Sequence[Figures], found: Findings) -> None:
    """Solve children and successes of corners from their intervals: those of whom the outcome is known."""
    score = found.score("measures")
    for corner in corners:
        counted = corner.ones(np.ones(int(corner.group.max(initial=0)) + 1, dtype=bool)) >= 0
        if counted.any():  # of all children of the band: they are with the sums of the outcome
            score.tried += int(counted.sum())
            continue
        rows = np.flatnonzero(corner.exact & np.isfinite(corner.lwr) & (corner.est > 0) & (corner.est < 1))
        rows = rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]
        n, ones = _solve_wilson(corner, rows)
        left = corner.n[rows] - n
        few = (n >= 0) & (np.minimum(ones, n - ones) < SMALL)
        few |= (n >= 0) & (corner.n[rows] >= 0) & (left > 0) & (left < SMALL)
        # What many have, or lack, is no hidden figure.
        score.add(Score(tried=len(rows), reached=int(few.sum()), small=int(few.sum())))


def _solve_wilson(corner: Figures, rows: Ints) -> tuple[Ints, Ints]:
    """Numbers of children and of successes behind shares with Wilson intervals; -1 where none or several fit."""
    error = 0.5 * 10.0**-corner.decimals + 1e-12
    z = float(ndtri(0.5 + load_measure("expectation").confidence / 2))
    n, ones = np.full((2, len(rows)), -1)
    for i, row in enumerate(rows.tolist()):
        most = int(corner.n[row]) if corner.n[row] >= 0 else MOST
        tried = np.arange(1, min(most, MOST) + 1)
        success = np.round(tried * corner.est[row])
        low, high = wilson(success, tried.astype(np.float64), z)
        fits = np.abs(success / tried - corner.est[row]) <= error
        fits &= (np.abs(low - corner.lwr[row]) <= error) & (np.abs(high - corner.upr[row]) <= error)
        if fits.sum() == 1:
            n[i], ones[i] = tried[fits][0], success[fits][0]
    return n, ones


def attack_lines(beside: Beside, found: Findings) -> None:
    """Solve how many children exact lines go through, and so how many are left out: parents without a known rank.

    b ** 2 / Var b = r ** 2 (n - 2) / (1 - r ** 2), and the share told is 1 - (1 - r ** 2) (n - 1) / (n - 2).
    """
    score = found.score("measures")
    shares = [figures for over, figures in beside.measures if over.how == "explained"]
    for over, slope in beside.slopes():
        for share in shares:
            mine, theirs = _shared(slope, share, beside.lattice.size)
            some = slope.exact[mine] & share.exact[theirs] & (share.est[theirs] > 0) & np.isfinite(slope.lwr[mine])
            mine, theirs = mine[some], theirs[some]
            chosen = np.arange(len(mine))[:: max(1, len(mine) // SAMPLE)][:SAMPLE]
            told = beside.children(slope.area[mine], slope.group[mine])
            score.tried += len(chosen)
            for i in chosen.tolist():
                if not 3 <= told[i] <= MOST:
                    continue
                fits = _lines_that_fit(slope, share, int(mine[i]), int(theirs[i]), int(told[i]), over.scale)
                few = len(fits) == 1 and 0 < told[i] - fits[0] < SMALL
                score.add(Score(reached=int(few), small=int(few)))


def _lines_that_fit(slope: Figures, share: Figures, row: int, other: int, most: int, scale: float) -> Ints:
    """With which numbers of children a slope, its interval and the share of the variance are printed as they are."""
    n = np.arange(3, most + 1)
    t = t_quantiles(n - 2, load_measure("expectation").confidence)
    b, half = abs(slope.est[row]) / scale, (slope.upr[row] - slope.lwr[row]) / 2 / scale
    error, other_error = (0.5 * 10.0**-of.decimals for of in (slope, share))
    error /= scale
    unexplained = [(1 - share.est[other] - side * other_error) * (n - 2) / (n - 1) for side in (1, -1)]
    low, high = (np.clip(1 - of, 1e-9, 1 - 1e-9) for of in unexplained[::-1])
    # half = b t ((1 - r2) / (r2 (n - 2))) ** 1/2
    least = max(b - error, 0.0) * t * np.sqrt((1 - high) / (high * (n - 2)))
    largest = (b + error) * t * np.sqrt((1 - low) / (low * (n - 2)))
    return n[(least <= half + error) & (largest >= half - error)]


def _shared(one: Figures, other: Figures, groups: int) -> tuple[Ints, Ints]:
    _, mine, theirs = np.intersect1d(
        one.area * groups + one.group, other.area * groups + other.group, assume_unique=True, return_indices=True
    )
    return mine, theirs


def ones_by_corner(corner: Figures, variance: float) -> tuple[Ints, Observed]:
    """How many of a band have a binary outcome, as far as corners with noise tell: (rows, observed).

    variance : of the noise on counts, which the number of children of the band has.
    """
    rows = np.flatnonzero(~corner.exact & (corner.n > 0))
    n, est = corner.n[rows].astype(np.float64), corner.est[rows]
    return rows, Observed(n * est, (n * corner.noise_sd[rows]) ** 2 + est**2 * variance)


def ones_by_spread(beside: Beside, slope: Figures, scale: float, noise: Noise) -> tuple[Ints, Observed]:
    """How many have a binary outcome, as far as the intervals of slopes with noise tell: (rows, observed).

    The interval holds s ** 2 / sxx; sxx is about n / 12, s ** 2 + b ** 2 / 12 is p (1 - p). The mean that s ** 2 is
    made of has the noise of a count, and sxx / n that of a mean.
    """
    n = beside.children(slope.area, slope.group).astype(np.float64)
    share = beside.shares(slope.area, slope.group)
    b, sd = slope.est / scale, slope.noise_sd / scale
    df = np.maximum(n.astype(np.int64) - 2, 1)
    half = (slope.upr - slope.lwr) / 2 / scale / t_quantiles(df, load_measure("expectation").confidence)
    spread = half**2 - sd**2
    product = n * EVEN * spread + b**2 * EVEN
    usable = ~slope.exact & (n >= SMALL) & (spread > 0) & (product < 0.25) & (np.abs(share - 0.5) > MIDDLE)
    rows = np.flatnonzero(usable)
    n, product, share, spread = n[rows], product[rows], share[rows], spread[rows]
    root = np.sqrt(1 - 4 * product)
    p = np.where(share < 0.5, (1 - root) / 2, (1 + root) / 2)
    off = n * spread * EVEN * np.sqrt(CHANCE / n + PLACES**2 + (noise.mean / (EVEN * n)) ** 2)
    return rows, Observed(n * p, noise.variance + (n * off / root) ** 2)


def with_corners(truth: Truth, corners: Sequence[tuple[str, Truth]], lattice: Lattice) -> Truth:
    """True figures of a binary outcome, with its true shares in the bands that corners are of.

    corners : per position the true figures of the corner.
    """
    est = truth.est.copy()
    for position, of in corners:
        area, group = of.cell // lattice.size, of.cell % lattice.size
        band = band_of(lattice, position, group)
        some = np.flatnonzero(band >= 0)
        there, place = shared(area[some] * lattice.size + band[some], truth.cell)
        est[place] = of.est[some[there]]
    return replace(truth, est=est)
