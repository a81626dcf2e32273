"""The sums behind Oaxaca-Blinder: parts of a gap per block of covariates, and how far every row moves each of them.

Nothing here is as large as rows times categories but the regressors themselves: parts are sums over blocks, and so are
their influences. Formulas and sources: `kansen.measures.decomposition`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kansen.measures.frames import Codes, Flags, Floats
from kansen.measures.mobility import is_collinear
from kansen.measures.results import COLLINEAR, FEW, clustered

CONSTANT = "constant"
"""What the detail calls the part of the difference in coefficients that belongs to no covariate."""

TWOFOLD = ("gap", "explained", "unexplained")
THREEFOLD = ("endowments", "coefficients", "interaction")
COMPONENTS = (*THREEFOLD, "explained", "unexplained")


@dataclass(frozen=True)
class Design:
    """Regressors x [n, k]: a constant, the numbers, and per category one fewer than it has values, as sums to zero.

    expand [m, k] : from the coefficients of x to one per number and per value of a category, which add up to zero.
    whole [k, m] : x @ whole has a column per number and per value. of : the block of each of these m.
    """

    x: Floats
    expand: Floats
    whole: Floats
    of: tuple[str, ...]

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks, the constant first."""
        return tuple(dict.fromkeys(self.of))


def design(n: int, numbers: Sequence[tuple[str, Floats]], categories: Sequence[tuple[str, Codes]]) -> Design:
    """The regressors of n rows. numbers, categories : a block, and a value or code (from 0, none unused) per row."""
    x, names = [np.ones(n)], [CONSTANT]
    expands, wholes = [np.ones((1, 1))], [np.ones((1, 1))]
    for block, values in numbers:
        x.append(values)
        names.append(block)
        expands.append(np.ones((1, 1)))
        wholes.append(np.ones((1, 1)))
    shares: list[tuple[int, int]] = []
    for block, codes in categories:
        size = int(codes.max(initial=0)) + 1
        last = (codes == size - 1).astype(np.float64)
        x += [(codes == code).astype(np.float64) - last for code in range(size - 1)]
        names += [block] * size
        expands.append(np.vstack([np.eye(size - 1), -np.ones((1, size - 1))]))
        # The last value is (1 - sum of the columns) / size, each other one its column more than that.
        wholes.append(np.hstack([np.eye(size - 1), np.zeros((size - 1, 1))]) - 1 / size)
        shares.append((sum(len(one) for one in expands[:-1]), size))
    expand = _diagonal(expands)
    whole = _diagonal(wholes)
    for first, size in shares:
        whole[0, first : first + size] = 1 / size
    return Design(np.column_stack(x), expand, whole, tuple(names))


def _diagonal(blocks: Sequence[Floats]) -> Floats:
    out = np.zeros((sum(len(one) for one in blocks), sum(one.shape[1] for one in blocks)))
    row = column = 0
    for one in blocks:
        out[row : row + one.shape[0], column : column + one.shape[1]] = one
        row, column = row + one.shape[0], column + one.shape[1]
    return out


@dataclass(frozen=True)
class Part:
    """A part of a gap, with its standard error."""

    value: float
    se: float


@dataclass(frozen=True)
class Parts:
    """What a gap is made of.

    whole : per component (`TWOFOLD` and `THREEFOLD`) the part; by_block : the same per block. moved : per component,
    the most that a single row moves it, or a block of it.
    """

    whole: Mapping[str, Part]
    by_block: Mapping[str, Mapping[str, Part]]
    moved: Mapping[str, float]


def decompose(of: Design, y: Floats, w: Floats, first: Flags, cluster: Codes | None = None) -> Parts | str:
    """Decompose mean(y of first) - mean(y of the others), with weights w; or the reason why that cannot be.

    cluster : numbers from 0, none unused; rows of one are dependent.
    """
    counted = w > 0
    if min(int((counted & first).sum()), int((counted & ~first).sum())) <= of.x.shape[1]:
        return FEW
    if is_collinear(of.x[first & counted]) or is_collinear(of.x[~first & counted]):
        return COLLINEAR
    a, b = _Side.of(of, y, w * first), _Side.of(of, y, w * ~first)
    beta, of_beta = _pooled(of, y, w, first)
    blocks = of.blocks
    mask = np.array([[name == block for block in blocks] for name in of.of], dtype=np.float64)
    away, step = a.mean - b.mean, a.beta - b.beta

    def mean_of(side: _Side, coefficients: Floats) -> Floats:
        return side.of_mean(of, coefficients[:, None] * mask)

    def beta_of(side: _Side, means: Floats) -> Floats:
        return side.of_beta(of, means[:, None] * mask)

    influence = {
        "gap": mean_of(a, a.beta) + beta_of(a, a.mean) - mean_of(b, b.beta) - beta_of(b, b.mean),
        "explained": mean_of(a, beta) - mean_of(b, beta) + of_beta(away[:, None] * mask),
        "endowments": mean_of(a, b.beta) - mean_of(b, b.beta) + beta_of(b, away),
        "coefficients": mean_of(b, step) + beta_of(a, b.mean) - beta_of(b, b.mean),
        "interaction": mean_of(a, step) - mean_of(b, step) + beta_of(a, away) - beta_of(b, away),
    }
    influence["unexplained"] = influence["gap"] - influence["explained"]
    values = {
        "gap": a.mean * a.beta - b.mean * b.beta,
        "explained": away * beta,
        "endowments": away * b.beta,
        "coefficients": b.mean * step,
        "interaction": away * step,
    }
    values["unexplained"] = values["gap"] - values["explained"]
    n = len(y)
    whole: dict[str, Part] = {}
    by_block: dict[str, dict[str, Part]] = {block: {} for block in blocks}
    moved: dict[str, float] = {}
    for name, moves in influence.items():
        joined = np.column_stack([moves, moves.sum(axis=1)])
        moved[name] = float(np.abs(joined).max()) / n
        sums = clustered(joined, cluster)
        scale = 1.0 if cluster is None else len(sums) / max(len(sums) - 1, 1)
        se = np.sqrt(scale * (sums**2).sum(axis=0)) / n
        told = values[name] @ mask
        whole[name] = Part(float(told.sum()), float(se[-1]))
        for number, block in enumerate(blocks):
            by_block[block][name] = Part(float(told[number]), float(se[number]))
    return Parts(whole, by_block, moved)


@dataclass(frozen=True)
class _Side:
    """One group: means and coefficients, [m], and what the influence of a row on them is made of."""

    mean: Floats
    beta: Floats
    share: Floats
    centre: Floats
    scores: Floats
    bread: Floats

    @classmethod
    def of(cls, of: Design, y: Floats, w: Floats) -> _Side:
        share = w / w.mean()
        centre = share @ of.x / len(w)
        bread = np.linalg.inv((of.x * w[:, None]).T @ of.x / len(y))
        beta = bread @ (of.x.T @ (w * y) / len(y))
        return cls(centre @ of.whole, of.expand @ beta, share, centre, w * (y - of.x @ beta), bread)

    def of_mean(self, of: Design, coefficients: Floats) -> Floats:
        """How far every row moves the means, times these coefficients [m, blocks]: [n, blocks]."""
        turned = of.whole @ coefficients
        return self.share[:, None] * (of.x @ turned - self.centre @ turned)

    def of_beta(self, of: Design, means: Floats) -> Floats:
        """How far every row moves the coefficients, times these means [m, blocks]: [n, blocks]."""
        return self.scores[:, None] * (of.x @ (self.bread @ (of.expand.T @ means)))


def _pooled(of: Design, y: Floats, w: Floats, first: Flags) -> tuple[Floats, Callable[[Floats], Floats]]:
    """The coefficients of both groups together, with one of the group, [m]; and their influence, as `_Side.of_beta`."""
    weighted, side = of.x * w[:, None], first.astype(np.float64)
    beside = weighted.T @ side
    gram = np.empty((len(beside) + 1, len(beside) + 1))
    gram[:-1, :-1], gram[:-1, -1], gram[-1, :-1], gram[-1, -1] = weighted.T @ of.x, beside, beside, w @ side
    bread = np.linalg.inv(gram / len(y))
    beta = bread @ (np.append(weighted.T @ y, (w * side) @ y) / len(y))
    scores = w * (y - of.x @ beta[:-1] - side * beta[-1])

    def influence(means: Floats) -> Floats:
        turned = bread[:, :-1] @ (of.expand.T @ means)
        return scores[:, None] * (of.x @ turned[:-1] + side[:, None] * turned[-1])

    return of.expand @ beta[:-1], influence
