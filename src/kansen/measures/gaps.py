"""The gap between two groups whose parents had the same income: a curve over parental rank, and its averages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.measures.frames import Floats, Frame, columns
from kansen.measures.results import Estimate, estimate, nothing, quantile

NO_SUPPORT = "nowhere on the ladder are there enough children of both groups"


@dataclass(frozen=True)
class GapCurve:
    """The gap a - b at equal parental income.

    curve : one row per step of parental rank, with low, high, n_a, n_b, gap, se, lwr, upr, supported; null where there
    are not enough children of both groups. averages : the mean gap over the supported steps, weighted by where the
    children of "a" are, of "b", and of both ("pooled"). raw : the plain difference of means. covered : the share of the
    children of each group that is in a supported step. dropped : rows that lack a value.
    """

    curve: pa.Table
    averages: Mapping[str, Estimate]
    raw: Estimate
    covered: Mapping[str, float]
    dropped: int


def gap_curve(
    frame: Frame,
    *,
    y: str,
    x: str,
    group: str,
    a: object,
    b: object,
    steps: int = 10,
    fewest: int = 10,
    confidence: float = 0.95,
) -> GapCurve:
    """The gap in y between groups a and b (values of the column `group`) over the parental rank x, from 0 to 1.

    The ladder of parents is cut in `steps` steps of equal width. Within a step the difference of means is freed of what
    is left of the difference in x by one common slope. A step with fewer than `fewest` children of either group has no
    gap and no weight (support rule): averages are about the part of the ladder where both groups are. Weights are taken
    as known. Groups have no child in common; children of one family in both make the interval too wide or too narrow by
    what they share.
    """
    if steps < 1 or fewest < 2:
        raise UsageError(
            "Too few steps or children", found=f"steps={steps}, fewest={fewest}", expected="1 and 2 or more"
        )
    of = columns(frame, [y, x], [group])
    codes, ranks, values = of.codes[group], of.numbers[x], of.numbers[y]
    if len(ranks) and (float(ranks.min()) < 0 or float(ranks.max()) > 1):
        raise UsageError("Not ranks", found=f"{x} from {ranks.min():g} to {ranks.max():g}", expected="0 to 1")
    step = np.clip(np.ceil(ranks * steps).astype(np.int64) - 1, 0, steps - 1)
    sides = [_moments(ranks, values, step, codes == of.code(group, side), steps) for side in (a, b)]
    n_a, n_b = sides[0][0], sides[1][0]
    supported = (n_a >= fewest) & (n_b >= fewest)
    gap, variance = _difference(sides[0], sides[1])
    se = np.sqrt(variance)
    z = quantile(confidence)

    def shown(column: Floats) -> pa.Array:
        return pa.array(column, pa.float64(), mask=~supported)

    edges = np.arange(steps + 1) / steps
    curve = pa.table(
        {
            "low": edges[:-1], "high": edges[1:], "n_a": n_a.astype(np.int64), "n_b": n_b.astype(np.int64),
            "gap": shown(gap), "se": shown(se), "lwr": shown(gap - z * se), "upr": shown(gap + z * se),
            "supported": supported,
        }
    )  # fmt: skip
    weightings = {"a": n_a, "b": n_b, "pooled": n_a + n_b}
    averages: dict[str, Estimate] = {}
    for name, weights in weightings.items():
        held = np.where(supported, weights, 0.0)
        n = int((n_a + n_b)[supported].sum())
        if held.sum() == 0:
            averages[name] = nothing(NO_SUPPORT, n, confidence)
            continue
        share = held[supported] / held.sum()
        averages[name] = estimate(
            float(share @ gap[supported]), float(np.sqrt(share**2 @ variance[supported])), n, confidence
        )
    covered = {name: float(n[supported].sum() / n.sum()) if n.sum() else 0.0 for name, n in (("a", n_a), ("b", n_b))}
    raw = _raw(values, codes, of.code(group, a), of.code(group, b), confidence)
    return GapCurve(curve, averages, raw, covered, of.dropped)


def _moments(ranks: Floats, values: Floats, step: NDArray[np.int64], chosen: NDArray[np.bool_], steps: int) -> Floats:
    """n, means of x and y, centred sums xx, xy, yy of some children per step, [6, steps]."""
    step, x, y = step[chosen], ranks[chosen], values[chosen]
    n = np.bincount(step, minlength=steps).astype(np.float64)
    held = np.maximum(n, 1)
    mx, my = (np.bincount(step, of, steps) / held for of in (x, y))
    dx, dy = x - mx[step], y - my[step]
    sums = (np.bincount(step, of, steps) for of in (dx * dx, dx * dy, dy * dy))
    return np.stack([n, mx, my, *sums]).astype(np.float64)


def _difference(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The gap at equal x per step and its variance: difference of means less the common slope times that of x.

    Variances differ between the groups: s2_a / n_a + s2_b / n_b, and the variance of the slope.
    """
    within = a[3] + b[3]
    sloped = within > 0
    slope = np.where(sloped, (a[4] + b[4]) / np.where(sloped, within, 1.0), 0.0)
    away = a[1] - b[1]
    gap = a[2] - b[2] - slope * away
    spread = [np.maximum(of[5] - 2 * slope * of[4] + slope**2 * of[3], 0.0) / np.maximum(of[0] - 1, 1) for of in (a, b)]
    of_slope = np.where(sloped, (a[3] * spread[0] + b[3] * spread[1]) / np.where(sloped, within, 1.0) ** 2, 0.0)
    held = [np.maximum(of[0], 1) for of in (a, b)]
    return gap, spread[0] / held[0] + spread[1] / held[1] + away**2 * of_slope


def _raw(values: Floats, codes: NDArray[np.int64], a: int, b: int, confidence: float) -> Estimate:
    first, second = values[codes == a], values[codes == b]
    n = len(first) + len(second)
    if min(len(first), len(second)) < 2:
        return nothing("too few observations", n, confidence)
    se = np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    return estimate(float(first.mean() - second.mean()), float(se), n, confidence)
