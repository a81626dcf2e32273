"""Oaxaca-Blinder: the part of a gap that goes with characteristics, and the part that does not.

Oaxaca (1973), Blinder (1973); the threefold form after Winsborough and Dickinson (1971); the pooled form with a
coefficient of the group after Jann (2008), "The Blinder-Oaxaca decomposition for linear regression models". Categories
are normalised after Yun (2005): a coefficient per category, which add up to zero, so that no figure depends on which
category a regression leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.errors import TableError, UsageError
from kansen.measures.frames import WHERE, Codes, Columns, Floats, Frame, columns
from kansen.measures.kitagawa import MEANING
from kansen.measures.mobility import is_collinear
from kansen.measures.results import COLLINEAR, FEW, Estimate, clustered, estimate, nothing

CONSTANT = "constant"
"""What the detail calls the part of the difference in coefficients that belongs to no covariate."""


@dataclass(frozen=True)
class OaxacaBlinder:
    """gap = mean(a) - mean(b), raw; and adjusted, beside it.

    Threefold: gap = endowments + coefficients + interaction, seen from b. Twofold: gap = explained + unexplained, with
    the coefficients of both groups together. detail : one row per covariate or block (`name`) with each component and
    its standard error; the unexplained part of a block includes no constant, which is a row of its own. meaning : what
    has to be said beside it. dropped : rows that lack a value.
    """

    gap: Estimate
    endowments: Estimate
    coefficients: Estimate
    interaction: Estimate
    explained: Estimate
    unexplained: Estimate
    detail: pa.Table
    n_a: int
    n_b: int
    dropped: int
    meaning: Mapping[str, str] = field(default_factory=lambda: MEANING)


@dataclass(frozen=True)
class _Design:
    """Regressors x [n, k], and the same with a column per category, whole [n, m].

    expand [m, k] : from the coefficients of x to those of `whole`. of : the block of each column of `whole`.
    """

    x: Floats
    expand: Floats
    whole: Floats
    of: tuple[str, ...]


def oaxaca_blinder(
    frame: Frame,
    *,
    y: str,
    group: str,
    a: object,
    b: object,
    numbers: Sequence[str] = (),
    categories: Sequence[str] = (),
    blocks: Mapping[str, Sequence[str]] | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> OaxacaBlinder:
    """Decompose the gap in the mean of y between the groups a and b (values of the column `group`).

    numbers, categories : covariates; categories are normalised. blocks : covariates that are told together, by name;
    every other one is a block of its own. weight : of each row, zero or more, any scale (survey weights). cluster :
    rows of one cluster are dependent.

    Standard errors by the delta method over means and coefficients alike, robust to unequal variances. Every estimate
    is None, with a reason, with fewer rows than coefficients in a group, and with collinear covariates within a group.
    Raises `InputError`s for columns, negative weights, and weights that are zero for a whole group.
    """
    wanted = [y, *numbers, *([weight] if weight else [])]
    of = columns(frame, wanted, [group, *categories, *([cluster] if cluster else [])])
    sides = [of.code(group, side) for side in (a, b)]
    rows = np.flatnonzero(np.isin(of.codes[group], sides))
    first = of.codes[group][rows] == sides[0]
    w = _weights(of, weight, rows, first)
    design = _design(of, rows, numbers, categories, blocks or {})
    values = of.numbers[y][rows]
    n_a, n_b = int(first.sum()), int((~first).sum())
    pooled = np.column_stack([design.x, first.astype(np.float64)])
    reason = None
    if min(int((w[first] > 0).sum()), int((w[~first] > 0).sum())) <= design.x.shape[1]:
        reason = FEW
    elif is_collinear(design.x[first & (w > 0)]) or is_collinear(design.x[~first & (w > 0)]):
        reason = COLLINEAR
    if reason:
        none = nothing(reason, n_a + n_b, confidence)
        return OaxacaBlinder(none, none, none, none, none, none, _detail([], {}, confidence), n_a, n_b, of.dropped)
    codes: Codes | None = of.clusters(cluster)
    if codes is not None:
        _, codes = np.unique(codes[rows], return_inverse=True)
    mean_a, of_mean_a = _mean(design.whole, w * first)
    mean_b, of_mean_b = _mean(design.whole, w * ~first)
    beta_a, of_beta_a = _regression(design.x, values, w * first, design.expand)
    beta_b, of_beta_b = _regression(design.x, values, w * ~first, design.expand)
    wide = np.column_stack([design.expand, np.zeros(len(design.expand))])
    beta, of_beta = _regression(pooled, values, w, wide)
    away, of_away = mean_a - mean_b, of_mean_a - of_mean_b
    step, of_step = beta_a - beta_b, of_beta_a - of_beta_b
    parts: dict[str, tuple[Floats, Floats]] = {
        "endowments": (away * beta_b, of_away * beta_b + away * of_beta_b),
        "coefficients": (mean_b * step, of_mean_b * step + mean_b * of_step),
        "interaction": (away * step, of_away * step + away * of_step),
        "explained": (away * beta, of_away * beta + away * of_beta),
    }
    gaps = mean_a * beta_a - mean_b * beta_b
    of_gaps = of_mean_a * beta_a + mean_a * of_beta_a - of_mean_b * beta_b - mean_b * of_beta_b
    parts["unexplained"] = (gaps - parts["explained"][0], of_gaps - parts["explained"][1])
    scale = 1.0

    def told(value: Floats, influence: Floats) -> Estimate:
        sums = clustered(influence.sum(axis=1), codes)
        factor = 1.0 if codes is None else len(sums) / max(len(sums) - 1, 1)
        se = float(np.sqrt(scale * factor * (sums @ sums))) / len(rows)
        return estimate(float(value.sum()), se, n_a + n_b, confidence)

    blocked = list(dict.fromkeys(design.of))
    found = {
        block: {
            name: told(value[columns_of], influence[:, columns_of])
            for name, (value, influence) in parts.items()
            for columns_of in [np.array([one == block for one in design.of])]
        }
        for block in blocked
    }
    whole = {name: told(*part) for name, part in parts.items()}
    return OaxacaBlinder(
        told(gaps, of_gaps),
        whole["endowments"],
        whole["coefficients"],
        whole["interaction"],
        whole["explained"],
        whole["unexplained"],
        _detail(blocked, found, confidence),
        n_a,
        n_b,
        of.dropped,
    )


def _weights(of: Columns, weight: str | None, rows: NDArray[np.int64], first: NDArray[np.bool_]) -> Floats:
    if weight is None:
        return np.ones(len(rows))
    w = of.numbers[weight][rows]
    check_weights(w, weight)
    for side in (first, ~first):
        if side.any() and w[side].sum() == 0:
            raise TableError("The weights of a group add up to zero", where=WHERE, column=weight, expected="more")
    return w * (len(w) / w.sum()) if w.sum() else w


def check_weights(w: Floats, name: str) -> None:
    """Refuse weights below zero, and weights that are all zero."""
    if (w < 0).any():
        raise TableError(
            "A weight is negative", where=WHERE, column=name, found=f"{w.min():g}", expected="zero or more"
        )
    if len(w) and w.sum() == 0:
        raise TableError("The weights add up to zero", where=WHERE, column=name, expected="some weight above zero")


def _design(
    of: Columns,
    rows: NDArray[np.int64],
    numbers: Sequence[str],
    categories: Sequence[str],
    blocks: Mapping[str, Sequence[str]],
) -> _Design:
    """A constant, the numbers, and per category one regressor fewer than it has values, as sums to zero."""
    known = [*numbers, *categories]
    told = {name: block for block, names in blocks.items() for name in names}
    if set(told) - set(known):
        raise UsageError("A block has a covariate that is not there", found=sorted(set(told) - set(known)),
                         expected=", ".join(known))  # fmt: skip
    x, whole, names = [np.ones(len(rows))], [np.ones(len(rows))], [CONSTANT]
    expands: list[Floats] = [np.ones((1, 1))]
    for name in numbers:
        x.append(of.numbers[name][rows])
        whole.append(x[-1])
        names.append(told.get(name, name))
        expands.append(np.ones((1, 1)))
    for name in categories:
        used, codes = np.unique(of.codes[name][rows], return_inverse=True)
        dummies = (codes[:, None] == np.arange(len(used))).astype(np.float64)
        whole += list(dummies.T)
        names += [told.get(name, name)] * len(used)
        x += list((dummies[:, :-1] - dummies[:, -1:]).T)
        expands.append(np.vstack([np.eye(len(used) - 1), -np.ones((1, len(used) - 1))]))
    expand = np.zeros((len(names), len(x)))
    row = column = 0
    for block in expands:
        expand[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return _Design(np.column_stack(x), expand, np.column_stack(whole), tuple(names))


def _mean(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """A weighted mean, [k], and the influence of every row, [n, k]."""
    share = w / w.mean()
    mean = share @ x / len(w)
    return mean, share[:, None] * (x - mean)


def _regression(x: Floats, y: Floats, w: Floats, expand: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares, expanded: coefficients [m], and the influence of every row, [n, m]."""
    bread = np.linalg.inv((x * w[:, None]).T @ x / len(y))
    beta = bread @ (x.T @ (w * y) / len(y))
    influence = (x * (w * (y - x @ beta))[:, None]) @ bread
    return expand @ beta, influence @ expand.T


COMPONENTS = ("endowments", "coefficients", "interaction", "explained", "unexplained")


def _detail(blocks: Sequence[str], found: Mapping[str, Mapping[str, Estimate]], confidence: float) -> pa.Table:
    names = {"name": pa.array(list(blocks), pa.string())}
    for component in COMPONENTS:
        told = [found[block][component] for block in blocks]
        names[component] = pa.array([one.value for one in told], pa.float64())
        names[f"se_{component}"] = pa.array([one.se for one in told], pa.float64())
    return pa.table(names)
