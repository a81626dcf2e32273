"""Numbers behind a printed share: what its interval, or its digits, tell of the children.

n = 1 + p (1 - p) t**2 / h**2 with t at n - 1 degrees of freedom, and p n is a whole number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.measures import load_measure
from kansen.measures.expectation import t_quantiles
from kansen.protection.audit.lattice import Ints
from kansen.protection.audit.material import Figures, Material
from kansen.protection.audit.report import Score
from kansen.protection.audit.tiers import SMALL, Findings

MOST = 2_000
"""A cell whose interval allows more numbers of children than this is not tried."""

SAMPLE = 400
"""So many figures of an outcome that carry noise, or tell an n that may not be the interval's, are tried."""

SURE = 0.9
"""What fits has to be true with this probability to count: as many fit by chance as in figures that were shuffled."""

Floats = NDArray[np.float64]


def invert_intervals(est: Floats, lwr: Floats, upr: Floats, decimals: int, confidence: float) -> tuple[Ints, Ints]:
    """Children and successes behind printed shares and their intervals: (n, ones), -1 where none or several fit.

    Every n that the printed half width allows is tried with every number of successes that the printed share allows;
    what prints the same three numbers fits. Cells for which more than `MOST` numbers would have to be tried are left.
    """
    error = 0.5 * 10.0**-decimals + 1e-12
    n, ones = np.full(len(est), -1), np.full(len(est), -1)
    quantile = float(ndtri(0.5 + confidence / 2))
    for i in range(len(est)):
        half, p = (upr[i] - lwr[i]) / 2, est[i]
        if not (half > error and 0 < p < 1):
            continue
        low = int(1 + p * (1 - p) * quantile**2 / (half + error) ** 2)
        if low > MOST:
            continue
        widest = t_quantiles(np.array([max(low - 1, 1)]), confidence)[0]
        high = int(1 + p * (1 - p) * widest**2 / (half - error) ** 2) + 1
        if high - low > MOST:
            continue
        tried = np.arange(max(2, low), high + 1)
        success = np.round(tried * p)
        share = success / tried
        width = t_quantiles(tried - 1, confidence) * np.sqrt(share * (1 - share) / (tried - 1))
        fits = (np.abs(share - p) <= error) & (np.abs(share - width - lwr[i]) <= error)
        fits &= np.abs(share + width - upr[i]) <= error
        if fits.sum() == 1:
            n[i], ones[i] = tried[fits][0], success[fits][0]
    return n, ones


def attack_intervals(figures: Figures, material: Material, found: Findings) -> None:
    """Solve n and successes of shares whose n is withheld, is noisy, or is that of another denominator."""
    score = found.score("intervals")
    if not figures.binary:
        return
    usable = material.lattice.means[figures.group] & np.isfinite(figures.lwr) & (figures.est > 0) & (figures.est < 1)
    withheld = usable & figures.exact & (figures.n < 0)
    rows = np.flatnonzero(withheld)
    n, ones = _solve(figures, rows)
    score.add(_counted(n, ones, n >= 0))
    score.tried += len(rows)
    noisy = np.flatnonzero(usable & ~figures.exact)
    score.add(_beyond_chance(figures, _some(noisy)))
    if material.has_group_n:
        score.add(
            _beyond_chance(figures, _some(np.flatnonzero(usable & figures.exact & (figures.n >= 0))), missing=True)
        )


def _some(rows: Ints) -> Ints:
    return rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]


def _solve(figures: Figures, rows: Ints) -> tuple[Ints, Ints]:
    confidence = load_measure("expectation").confidence
    return invert_intervals(figures.est[rows], figures.lwr[rows], figures.upr[rows], figures.decimals, confidence)


def _counted(n: Ints, ones: Ints, of: NDArray[np.bool_]) -> Score:
    small = of & ((n < SMALL) | (np.minimum(ones, n - ones) < SMALL))
    return Score(reached=int(of.sum()), small=int(small.sum()))


def _beyond_chance(figures: Figures, rows: Ints, missing: bool = False) -> Score:
    """What fits, if clearly more figures fit than when every share is given another one's interval.

    missing : compare with the n that is told; a few children less have no outcome.
    """
    if len(rows) < 2:
        return Score(tried=len(rows))
    n, ones = _solve(figures, rows)
    fits = (n >= 0) & (n != figures.n[rows])
    half = (figures.upr[rows] - figures.lwr[rows]) / 2
    other = np.roll(half, 1)
    confidence = load_measure("expectation").confidence
    est = figures.est[rows]
    chance, _ = invert_intervals(est, est - other, est + other, figures.decimals, confidence)
    expected = int(((chance >= 0) & (chance != figures.n[rows])).sum())
    if fits.sum() == 0 or 1 - (expected + 1) / fits.sum() < SURE:
        return Score(tried=len(rows))
    if missing:
        few = fits & (figures.n[rows] - n < SMALL) & (figures.n[rows] > n)
        return Score(tried=len(rows), reached=int(fits.sum()), small=int(few.sum()))
    score = _counted(n, ones, fits)
    score.tried = len(rows)
    return score
