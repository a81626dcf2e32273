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
from kansen.measures.oaxaca import COMPONENTS, Design, Part, decompose, design
from kansen.measures.results import Estimate, estimate, nothing


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
    codes: Codes | None = of.clusters(cluster)
    if codes is not None:
        _, codes = np.unique(codes[rows], return_inverse=True)
    covariates = _design(of, rows, numbers, categories, blocks or {})
    found = decompose(covariates, of.numbers[y][rows], w, first, codes)
    n_a, n_b = int(first.sum()), int((~first).sum())
    if isinstance(found, str):
        none = nothing(found, n_a + n_b, confidence)
        return OaxacaBlinder(none, none, none, none, none, none, _detail({}), n_a, n_b, of.dropped)
    told = {name: estimate(part.value, part.se, n_a + n_b, confidence) for name, part in found.whole.items()}
    return OaxacaBlinder(
        told["gap"],
        told["endowments"],
        told["coefficients"],
        told["interaction"],
        told["explained"],
        told["unexplained"],
        _detail(found.by_block),
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
) -> Design:
    """The covariates of some rows; a value of a category that none of them has gets no regressor."""
    known = [*numbers, *categories]
    told = {name: block for block, names in blocks.items() for name in names}
    if set(told) - set(known):
        raise UsageError("A block has a covariate that is not there", found=sorted(set(told) - set(known)),
                         expected=", ".join(known))  # fmt: skip
    return design(
        len(rows),
        [(told.get(name, name), of.numbers[name][rows]) for name in numbers],
        [
            (told.get(name, name), np.unique(of.codes[name][rows], return_inverse=True)[1].astype(np.int64))
            for name in categories
        ],
    )


def _detail(by_block: Mapping[str, Mapping[str, Part]]) -> pa.Table:
    names = {"name": pa.array(list(by_block), pa.string())}
    for component in COMPONENTS:
        told = [parts[component] for parts in by_block.values()]
        names[component] = pa.array([one.value for one in told], pa.float64())
        names[f"se_{component}"] = pa.array([one.se for one in told], pa.float64())
    return pa.table(names)
