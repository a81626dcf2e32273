"""Who climbs and who falls: the table of fifths of parents by fifths of children."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from kansen.errors import UsageError
from kansen.measures.frames import Frame, columns
from kansen.measures.ranks import fractional_ranks
from kansen.measures.results import FEW, Estimate, estimate, nothing, quantile, wilson

Floats = NDArray[np.float64]
Kappa = Literal["linear", "quadratic"]


@dataclass(frozen=True)
class Transitions:
    """A transition matrix: rows are the classes of parents, columns those of children, from low to high.

    counts [k, k]. shares [k, k] : counts by their row; NaN-free: rows without children are None in `cell`.
    lwr, upr [k, k] : Wilson intervals of every cell by itself. joint_lwr, joint_upr : Goodman's, which hold for all
    cells of a row together. dropped : rows of the frame that lack a value.
    """

    counts: NDArray[np.int64]
    shares: Floats
    lwr: Floats
    upr: Floats
    joint_lwr: Floats
    joint_upr: Floats
    confidence: float
    dropped: int

    def cell(self, parents: int, child: int) -> Estimate:
        """The chance of class `child` for children of class `parents`, both counted from one, from the bottom."""
        k = len(self.counts)
        if not (1 <= parents <= k and 1 <= child <= k):
            raise UsageError("No such class", found=f"{parents}, {child}", expected=f"from 1 to {k}")
        row, column = parents - 1, child - 1
        n = int(self.counts[row].sum())
        if n == 0:
            return nothing(FEW, 0, self.confidence)
        share = float(self.shares[row, column])
        limits = float(self.lwr[row, column]), float(self.upr[row, column])
        return Estimate(share, sqrt(share * (1 - share) / n), *limits, n, self.confidence)

    @property
    def immobility(self) -> Estimate:
        """The trace: the sum of the chances to stay in the class of one's parents, from 0 to k; 1 if all is luck."""
        return self._trace(0.0, 1.0)

    @property
    def shorrocks(self) -> Estimate:
        """Shorrocks' index (k - trace) / (k - 1): 0 if nobody moves, 1 if parents do not matter (Shorrocks 1978)."""
        k = len(self.counts)
        return self._trace(k / (k - 1), -1 / (k - 1))

    def _trace(self, start: float, factor: float) -> Estimate:
        n = self.counts.sum(axis=1)
        if (n == 0).any():
            return nothing(FEW, int(n.sum()), self.confidence)
        stay = np.diag(self.shares)
        se = abs(factor) * sqrt(float((stay * (1 - stay) / n).sum()))
        return estimate(start + factor * float(stay.sum()), se, int(n.sum()), self.confidence)

    def kappa(self, weights: Kappa = "linear") -> Estimate:
        """Weighted kappa: how much nearer the classes of parents and children lie than by chance (Cohen 1968).

        weights : agreement falls with the distance of the classes, or with its square. Standard error: Fleiss, Cohen
        and Everitt (1969).
        """
        n, k = int(self.counts.sum()), len(self.counts)
        if n == 0:
            return nothing(FEW, 0, self.confidence)
        p = self.counts / n
        distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
        w = 1 - (distance if weights == "linear" else distance**2)
        rows, cols = p.sum(axis=1), p.sum(axis=0)
        observed, chance = float((w * p).sum()), float((w * np.outer(rows, cols)).sum())
        if chance == 1:
            return nothing("all parents and children are in one class", n, self.confidence)
        value = (observed - chance) / (1 - chance)
        by_row, by_column = w @ cols, w.T @ rows
        inner = w - (by_row[:, None] + by_column[None, :]) * (1 - value)
        variance = ((p * inner**2).sum() - (value - chance * (1 - value)) ** 2) / (n * (1 - chance) ** 2)
        return estimate(value, sqrt(max(float(variance), 0.0)), n, self.confidence)


def transition_matrix(
    frame: Frame,
    *,
    y: str,
    x: str,
    classes: int = 5,
    ranks: bool = False,
    omega: float = 0.5,
    confidence: float = 0.95,
) -> Transitions:
    """The transition matrix of `classes` classes of equal size.

    y, x : columns with the outcome of the child and of the parents. ranks : they are ranks from 0 to 1 already (of the
    whole country, say) and are cut as they are, a rank on a limit in the class below; else they are ranked here, over
    all complete rows. omega : what ties get. People with the same amount are in one class, so that classes around a
    mass point (a benefit, zero) can be larger or smaller than 1 / classes.
    """
    if classes < 2:
        raise UsageError("Too few classes", found=classes, expected="two or more")
    of = columns(frame, [y, x])
    placed: list[Floats] = []
    for name in (x, y):
        values = of.numbers[name] if ranks else fractional_ranks(of.numbers[name], omega)
        if ranks and len(values) and (float(values.min()) < 0 or float(values.max()) > 1):
            raise UsageError("Not ranks", found=f"{name} from {values.min():g} to {values.max():g}", expected="0 to 1")
        placed.append(values)
    return transitions_of(count_classes(placed[0], placed[1], classes), confidence, of.dropped)


def count_classes(x: Floats, y: Floats, classes: int = 5) -> NDArray[np.int64]:
    """How many children are in each class of parents and of children, by ranks from 0 to 1; [classes, classes]."""
    # The small number keeps 0.6 * 5 = 3.0000000000000004 in the third class.
    parents, own = (np.clip(np.ceil(of * classes - 1e-9).astype(np.int64) - 1, 0, classes - 1) for of in (x, y))
    return np.bincount(parents * classes + own, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def transitions_of(counts: NDArray[np.int64], confidence: float = 0.95, dropped: int = 0) -> Transitions:
    """A transition matrix from its counts, rows by parents."""
    z = quantile(confidence)
    n = counts.sum(axis=1, keepdims=True)
    held = np.broadcast_to(n, counts.shape).astype(np.float64)
    # Goodman (1965), On simultaneous confidence intervals for multinomial proportions: chi square at alpha / k.
    joint = sqrt(float(chdtri(1, (1 - confidence) / counts.shape[1])))
    return Transitions(
        counts,
        counts / np.maximum(n, 1),
        *wilson(counts.astype(np.float64), held, z),
        *wilson(counts.astype(np.float64), held, joint),
        confidence,
        dropped,
    )
