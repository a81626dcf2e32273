"""Mobility between generations: how strongly the position of parents sets that of their children.

Rank-rank regression with the standard errors of Chetverikov and Wilhelm (2023), "Inference for rank-rank regressions":
ranks are estimated, and usual standard errors, robust ones too, are wrong. Absolute upward mobility after Chetty,
Hendren, Kline and Saez (2014), "Where is the land of opportunity?".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.measures.frames import Floats, Frame, columns
from kansen.measures.ranks import check_omega, fractional_ranks, sums_above
from kansen.measures.results import COLLINEAR, FEW, FLAT_X, FLAT_Y, Estimate, covariance, estimate, nothing, quantile

Ranked = Literal["both", "y", "x"]

P25 = 0.25
"""The parental rank at which absolute upward mobility is read, by convention."""


@dataclass(frozen=True)
class RankRank:
    """A rank-rank regression: R(y) = intercept + slope R(x) + covariates.

    at : the expected rank at some parental ranks, with every covariate at zero; at 0.25 it is absolute upward mobility.
    covariance : of intercept, slope and covariates, in that order. n : complete rows, dropped : rows that lack a value.
    """

    intercept: Estimate
    slope: Estimate
    at: Mapping[float, Estimate]
    covariates: Mapping[str, Estimate]
    covariance: NDArray[np.float64] | None
    n: int
    dropped: int


def rank_rank(
    frame: Frame,
    *,
    y: str,
    x: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    omega: float = 1.0,
    ranked: Ranked = "both",
    at: Sequence[float] = (P25,),
    confidence: float = 0.95,
) -> RankRank:
    """The rank-rank slope with the standard errors of Chetverikov and Wilhelm.

    y, x : columns with the outcome of the child and of the parents, in any unit; they are ranked here, over all
    complete rows, from 0 to 1. covariates : columns of numbers. cluster : children of one cluster are dependent.
    omega : what ties get (`fractional_ranks`). ranked : "y" or "x" ranks only that one, and takes the other as it is.
    at : parental ranks at which the expected rank of the child is wanted.

    Each estimate is None, with a reason, for no more rows than there are coefficients, for a constant x or y, and for
    collinear covariates. Intervals are normal: they hold for many children.

    Raises `InputError`s for columns that are not there or no numbers, and for an omega outside 0 to 1.

    >>> import numpy as np
    >>> parents = np.arange(100.0)
    >>> found = rank_rank({"child": parents + 30 * np.cos(parents), "parents": parents}, y="child", x="parents")
    >>> round(found.slope.value, 3), round(found.at[0.25].value, 3)
    (0.797, 0.302)
    """
    check_omega(omega)
    quantile(confidence)
    of = columns(frame, [y, x, *covariates], [cluster] if cluster else [])
    values, positions = of.numbers[y], of.numbers[x]
    ry = fractional_ranks(values, omega) if ranked != "x" else values
    rx = fractional_ranks(positions, omega) if ranked != "y" else positions
    z = np.column_stack([np.ones(of.n), rx, *(of.numbers[name] for name in covariates)])
    reason = _hindrance(ry, rx, z)
    if reason:
        none = nothing(reason, of.n, confidence)
        return RankRank(none, none, dict.fromkeys(at, none), dict.fromkeys(covariates, none), None, of.n, of.dropped)
    everyone = np.ones(of.n, dtype=bool)
    coefficients, influence = _fit(values, positions, ry, rx, z, everyone, omega, ranked)
    v = covariance(influence, of.clusters(cluster))

    def told(weights: Floats) -> Estimate:
        return estimate(
            float(weights @ coefficients), float(np.sqrt(max(weights @ v @ weights, 0.0))), of.n, confidence
        )

    unit = np.eye(z.shape[1])
    return RankRank(
        told(unit[0]),
        told(unit[1]),
        {rank: told(unit[0] + rank * unit[1]) for rank in at},
        {name: told(unit[2 + number]) for number, name in enumerate(covariates)},
        v,
        of.n,
        of.dropped,
    )


def rank_rank_by(
    frame: Frame,
    *,
    y: str,
    x: str,
    by: str,
    cluster: str | None = None,
    omega: float = 1.0,
    at: float = P25,
    confidence: float = 0.95,
) -> pa.Table:
    """A rank-rank regression within each group, with ranks among everybody: local slopes with national ranks.

    Returns one row per group, sorted: the column `by`, n, intercept, se_intercept, slope, se_slope, lwr_slope,
    upr_slope, at, se_at (the expected rank at parental rank `at`), reason (null where there is a slope). Standard
    errors take into account that the ranks of one group depend on the children of all others. Time grows with rows
    times groups.
    """
    check_omega(omega)
    of = columns(frame, [y, x], [by, *([cluster] if cluster else [])])
    values, positions, group = of.numbers[y], of.numbers[x], of.codes[by]
    ry, rx = fractional_ranks(values, omega), fractional_ranks(positions, omega)
    z = np.column_stack([np.ones(of.n), rx])
    z_quantile = quantile(confidence)
    rows: list[dict[str, object]] = []
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(of.labels[by]) + 1))
    for number, label in enumerate(of.labels[by]):
        inside = np.zeros(of.n, dtype=bool)
        inside[order[starts[number] : starts[number + 1]]] = True
        row: dict[str, object] = {by: label, "n": int(inside.sum())}
        reason = _hindrance(ry[inside], rx[inside], z[inside])
        if reason is None:
            coefficients, influence = _fit(values, positions, ry, rx, z, inside, omega, "both")
            v = covariance(influence, of.clusters(cluster))
            reading = np.array([1.0, at])
            intercept, slope = coefficients.tolist()
            se_intercept, se_slope = np.sqrt(np.maximum(np.diag(v), 0.0)).tolist()
            row |= {
                "intercept": intercept,
                "se_intercept": se_intercept,
                "slope": slope,
                "se_slope": se_slope,
                "lwr_slope": slope - z_quantile * se_slope,
                "upr_slope": slope + z_quantile * se_slope,
                "at": float(reading @ coefficients),
                "se_at": float(np.sqrt(max(reading @ v @ reading, 0.0))),
            }
        rows.append(row | {"reason": reason})
    numbers = ("intercept", "se_intercept", "slope", "se_slope", "lwr_slope", "upr_slope", "at", "se_at")
    return pa.table(
        {
            by: [row[by] for row in rows],
            "n": pa.array([row["n"] for row in rows], pa.int64()),
            **{name: pa.array([row.get(name) for row in rows], pa.float64()) for name in numbers},
            "reason": pa.array([row["reason"] for row in rows], pa.string()),
        }
    )


def _hindrance(ry: Floats, rx: Floats, z: Floats) -> str | None:
    """Why there is no regression, if so."""
    if len(ry) < z.shape[1] + 1:
        return FEW
    if np.ptp(rx) == 0:
        return FLAT_X
    if np.ptp(ry) == 0:
        return FLAT_Y
    return COLLINEAR if is_collinear(z) else None


def is_collinear(z: Floats, tolerance: float = 1e-10) -> bool:
    """Whether a column of a matrix is a combination of the others, up to rounding; also when one is all zeros."""
    norms = np.sqrt((z * z).sum(axis=0))
    if (norms == 0).any():
        return True
    singular = np.linalg.svd(np.linalg.qr(z / norms, mode="r"), compute_uv=False)
    return bool(singular[-1] < tolerance * singular[0])


def _fit(
    values: Floats,
    positions: Floats,
    ry: Floats,
    rx: Floats,
    z: Floats,
    inside: NDArray[np.bool_],
    omega: float,
    ranked: Ranked,
) -> tuple[Floats, Floats]:
    """Coefficients of the rows `inside`, and the influence of every row on them, [n, k].

    The moments are mean of z (ry - z'b) over the rows inside. A child enters by its own row, and by the ranks of all
    others: h_i = z_i e_i + mean over j of z_j (I(y_i, y_j) - slope I(x_i, x_j)) + mean over j of e_j I(x_i, x_j) in the
    equation of x; its influence is (mean z z')^-1 h_i.
    """
    n = len(values)
    own = z[inside]
    m = own.T @ own / n
    coefficients = np.linalg.solve(m, own.T @ ry[inside] / n)
    residual = ry[inside] - own @ coefficients
    h = np.zeros_like(z)
    h[inside] = own * residual[:, None]
    # Centred at the ranks themselves, as the package csranks does.
    if ranked != "x":
        h += (sums_above(values, values[inside], own, omega) - own.T @ ry[inside]) / n
    if ranked != "y":
        slope = coefficients[1]
        weights = np.column_stack([own * -slope, residual])
        moved = sums_above(positions, positions[inside], weights, omega) / n
        h += moved[:, :-1] + slope * (own.T @ rx[inside]) / n
        h[:, 1] += moved[:, -1] - residual @ rx[inside] / n
    return coefficients.astype(np.float64), np.linalg.solve(m, h.T).T.astype(np.float64)


@dataclass(frozen=True)
class Crosswalk:
    """What a place on the ladder is in money: the mean amount at each step of ranks.

    rank [steps] : the mean rank of each step. amount [steps] : its mean amount. fewest : children of the smallest step.
    """

    rank: NDArray[np.float64]
    amount: NDArray[np.float64]
    fewest: int

    def amount_at(self, rank: float) -> float:
        """The amount at a rank, on straight lines between the steps; the end steps beyond them."""
        return float(np.interp(rank, self.rank, self.amount))

    def slope_at(self, rank: float) -> float:
        """Amount per whole ladder, around a rank: over the step on either side."""
        width = 1.0 / max(len(self.rank), 1)
        low, high = max(rank - width, float(self.rank[0])), min(rank + width, float(self.rank[-1]))
        return (self.amount_at(high) - self.amount_at(low)) / (high - low) if high > low else 0.0

    def convert(self, found: Estimate) -> Estimate:
        """An expected rank in money, the crosswalk taken as known: of a whole country it is, all but exactly."""
        if found.value is None or found.se is None or found.lwr is None or found.upr is None:
            return found
        return Estimate(
            self.amount_at(found.value),
            self.slope_at(found.value) * found.se,
            self.amount_at(found.lwr),
            self.amount_at(found.upr),
            found.n,
            found.confidence,
        )


def crosswalk(ranks: Floats, amounts: Floats, steps: int = 100, fewest: int = 20) -> Crosswalk | None:
    """The mean amount at each of `steps` steps of ranks, of at least `fewest` children each; None with too few.

    ranks, amounts : per child, NaN where missing. Steps are of equal width in ranks; where one has fewer children, all
    are made wider.
    """
    known = ~(np.isnan(ranks) | np.isnan(amounts))
    ranks, amounts = ranks[known], amounts[known]
    while steps > 1:
        step = np.clip(np.ceil(ranks * steps).astype(np.int64) - 1, 0, steps - 1)
        n = np.bincount(step, minlength=steps)
        # A mass point of equal incomes leaves the steps around it empty: those say nothing.
        filled = n > 0
        if n[filled].min(initial=len(ranks)) >= fewest and filled.sum() > 1:
            means = [np.bincount(step, values, steps)[filled] / n[filled] for values in (ranks, amounts)]
            return Crosswalk(means[0], np.maximum.accumulate(means[1]), int(n[filled].min()))
        steps //= 2
    return None


def upward_mobility(
    frame: Frame,
    *,
    y: str,
    x: str,
    amount: str | None = None,
    at: float = P25,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """Absolute upward mobility: the expected rank of children of parents at rank `at`, and that rank in money.

    y, x : as in `rank_rank`. amount : the column with the child's income in the unit of the answer, `y` by default.
    The second figure reads the first off the national crosswalk of ranks to mean amounts (100 steps).
    """
    rank = rank_rank(frame, y=y, x=x, at=(at,), cluster=cluster, confidence=confidence).at[at]
    of = columns(frame, [y, x, amount or y])
    table = crosswalk(fractional_ranks(of.numbers[y]), of.numbers[amount or y])
    if table is None:
        return rank, nothing(FEW, of.n, confidence)
    return rank, table.convert(rank)
