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

    whole : per component (`TWOFOLD` and, where wanted, `THREEFOLD`) the part; by_block : the same per block. moved :
    the most that a single row moves a component; moved_by_block : per block, what is explained by it.
    """

    whole: Mapping[str, Part]
    by_block: Mapping[str, Mapping[str, Part]]
    moved: Mapping[str, float]
    moved_by_block: Mapping[str, float]


def decompose(
    of: Design, y: Floats, w: Floats, first: Flags, cluster: Codes | None = None, *, threefold: bool = True
) -> Parts | str:
    """Decompose mean(y of first) - mean(y of the others), with weights w; or the reason why that cannot be.

    cluster : numbers from 0, none unused; rows of one are dependent. threefold : whether that form is wanted, too.
    """
    counted = w > 0
    if min(int((counted & first).sum()), int((counted & ~first).sum())) <= of.x.shape[1]:
        return FEW
    # Each side by itself, a before b: what belongs to one group is no sum over the other.
    order = np.concatenate([np.flatnonzero(first), np.flatnonzero(~first)])
    a = _Side.of(of, *(values[order[: int(first.sum())]] for values in (of.x, y, w)))
    b = _Side.of(of, *(values[order[int(first.sum()) :]] for values in (of.x, y, w)))
    if a is None or b is None:
        return COLLINEAR
    pooled = _Pooled.of(of, a, b)
    blocks = of.blocks
    mask = np.array([[name == block for block in blocks] for name in of.of], dtype=np.float64)
    away, step = a.mean - b.mean, a.beta - b.beta
    # How far every row of a, and of b, moves each component of each block.
    of_a, of_b = a.moving(of, mask), b.moving(of, mask)
    gap = [of_a(a.beta, a.mean), of_b(-b.beta, -b.mean)]
    explained = [of_a(pooled.beta) + pooled.moves(of, a, 1.0, away, mask),
                 of_b(-pooled.beta) + pooled.moves(of, b, 0.0, away, mask)]  # fmt: skip
    influence = {
        "gap": gap,
        "explained": explained,
        "unexplained": [gap[0] - explained[0], gap[1] - explained[1]],
    }
    if threefold:
        influence |= {
            "endowments": [of_a(b.beta), of_b(-b.beta, away)],
            "coefficients": [of_a(None, b.mean), of_b(step, -b.mean)],
            "interaction": [of_a(step, away), of_b(-step, -away)],
        }
    values = {
        "gap": a.mean * a.beta - b.mean * b.beta,
        "explained": away * pooled.beta,
        "endowments": away * b.beta,
        "coefficients": b.mean * step,
        "interaction": away * step,
    }
    values["unexplained"] = values["gap"] - values["explained"]
    whole: dict[str, Part] = {}
    by_block: dict[str, dict[str, Part]] = {block: {} for block in blocks}
    moved: dict[str, float] = {}
    moved_by_block: dict[str, float] = {}
    for name, (first_rows, second_rows) in influence.items():
        moves = np.concatenate([first_rows, second_rows])
        moves = np.column_stack([moves, moves.sum(axis=1)])
        moved[name] = float(np.abs(moves[:, -1]).max())
        if name == "explained":
            moved_by_block = dict(zip(blocks, np.abs(moves[:, :-1]).max(axis=0).tolist(), strict=True))
        sums = clustered(moves, None if cluster is None else cluster[order])
        scale = 1.0 if cluster is None else len(sums) / max(len(sums) - 1, 1)
        se = np.sqrt(scale * (sums**2).sum(axis=0))
        told = values[name] @ mask
        whole[name] = Part(float(told.sum()), float(se[-1]))
        for number, block in enumerate(blocks):
            by_block[block][name] = Part(float(told[number]), float(se[number]))
    return Parts(whole, by_block, moved, moved_by_block)


Moving = Callable[..., Floats]


@dataclass(frozen=True)
class _Side:
    """One group: its rows x, y, w; means and coefficients, [m]; the sums that both groups together are made of."""

    x: Floats
    y: Floats
    w: Floats
    centre: Floats
    mean: Floats
    beta: Floats
    gram: Floats
    cross: Floats
    bread: Floats

    @classmethod
    def of(cls, of: Design, x: Floats, y: Floats, w: Floats) -> _Side | None:
        """None where the covariates are collinear."""
        weighted = x if (w == 1).all() else x * w[:, None]
        gram, cross = np.asarray(x.T @ weighted), np.asarray(weighted.T @ y)
        if _is_collinear(x, w, gram):
            return None
        bread = np.asarray(np.linalg.inv(gram), dtype=np.float64)
        centre = weighted.sum(axis=0) / w.sum()
        return cls(x, y, w, centre, centre @ of.whole, of.expand @ (bread @ cross), gram, cross, bread)

    def moving(self, of: Design, mask: Floats) -> Moving:
        """How far every row moves the sum per block of means times coefficients: [rows, blocks].

        Called with the coefficients [m] that the means are taken with, and the means that the coefficients are.
        """
        share = self.w / self.w.sum()
        own = self.bread @ self.cross
        scores = self.w * (self.y - self.x @ own)

        def influence(coefficients: Floats | None, means: Floats | None = None) -> Floats:
            out = np.zeros((len(self.x), mask.shape[1]))
            if coefficients is not None:
                turned = of.whole @ (coefficients[:, None] * mask)
                out += share[:, None] * (self.x @ turned - self.centre @ turned)
            if means is not None:
                out += scores[:, None] * (self.x @ (self.bread @ (of.expand.T @ (means[:, None] * mask))))
            return out

        return influence


@dataclass(frozen=True)
class _Pooled:
    """The coefficients of both groups together, with one of the group (the last of `own`)."""

    own: Floats
    beta: Floats
    bread: Floats

    @classmethod
    def of(cls, of: Design, a: _Side, b: _Side) -> _Pooled:
        beside = a.centre * a.w.sum()
        gram = np.empty((len(beside) + 1, len(beside) + 1))
        gram[:-1, :-1], gram[:-1, -1], gram[-1, :-1], gram[-1, -1] = a.gram + b.gram, beside, beside, a.w.sum()
        bread = np.asarray(np.linalg.inv(gram), dtype=np.float64)
        own = bread @ np.append(a.cross + b.cross, a.w @ a.y)
        return cls(own, of.expand @ own[:-1], bread)

    def moves(self, of: Design, side: _Side, is_a: float, means: Floats, mask: Floats) -> Floats:
        """How far every row of a side moves these coefficients, times these means, per block."""
        scores = side.w * (side.y - side.x @ self.own[:-1] - is_a * self.own[-1])
        turned = self.bread[:, :-1] @ (of.expand.T @ (means[:, None] * mask))
        return scores[:, None] * (side.x @ turned[:-1] + is_a * turned[-1])


def _is_collinear(x: Floats, w: Floats, gram: Floats) -> bool:
    """Whether the covariates of the rows that count are; looked at closely only where their products leave a doubt."""
    norms = np.sqrt(np.diag(gram))
    if (norms == 0).any():
        return True
    if np.linalg.eigvalsh(gram / np.outer(norms, norms))[0] > CLEARLY:
        return False
    return is_collinear(x[w > 0])


CLEARLY = 1e-7
"""Scaled covariates with products whose least eigenvalue is above this are not collinear."""
