"""Ex-ante inequality of opportunity: how much of the differences between people goes with what they did not choose.

Types are people with the same circumstances (income of the parents, sex, origin, ...). Checchi and Peragine (2010),
Ferreira and Gignoux (2011), "The measurement of inequality of opportunity"; for shares the dissimilarity index of Paes
de Barros and others (2009). All of them are lower bounds: more circumstances can only add. Figures with other types
cannot be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kansen.errors import TableError, UsageError
from kansen.measures.frames import WHERE, Columns, Floats, Frame, columns
from kansen.measures.results import FEW, FLAT_Y, Estimate, estimate, nothing, se_of

Index = Literal["mld", "variance", "dissimilarity"]

NOT_POSITIVE = "the mean logarithmic deviation needs amounts above zero"


@dataclass(frozen=True)
class Opportunity:
    """Inequality of opportunity.

    absolute : the inequality between types. relative : as a share of all inequality (for `variance`: R squared; for
    `dissimilarity` divided by one minus the mean, its largest value). corrected : the relative figure without what
    chance adds, which grows with the number of types. total : all inequality. types : how many there are.
    left_out : rows with an amount that the index cannot take.
    """

    absolute: Estimate
    relative: Estimate
    corrected: Estimate
    total: float | None
    types: int
    left_out: int
    dropped: int


def opportunity_inequality(
    frame: Frame,
    *,
    y: str,
    types: Sequence[str],
    index: Index = "variance",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Opportunity:
    """The inequality between types of the outcome y.

    types : columns whose combinations are the types. index : "variance" for ranks (the share is R squared), "mld" (the
    mean logarithmic deviation) for amounts, of which those of zero or less are left out and counted; "dissimilarity"
    for outcomes of 0 or 1. cluster : for example the household.

    Standard errors by influence functions; they are those of the plain figures, which chance moves upwards: read the
    `corrected` one, and expect too narrow intervals with types of few children or a figure near zero (there the limit
    is not normal).
    """
    if index not in ("mld", "variance", "dissimilarity"):
        raise UsageError("Unknown index", found=index, expected="mld, variance, dissimilarity")
    of = columns(frame, [y], [*types, *([cluster] if cluster else [])])
    values, codes = of.numbers[y], _types(of, types)
    good = values > 0 if index == "mld" else np.ones(of.n, dtype=bool)
    if index == "dissimilarity" and not np.isin(values, (0.0, 1.0)).all():
        raise TableError("Not an outcome of 0 or 1", where=WHERE, column=y, expected="0, 1 or nothing")
    left_out = int((~good).sum())
    values = values[good]
    used, codes = np.unique(codes[good], return_inverse=True)
    n, k = len(values), len(used)
    clusters = of.clusters(cluster)
    if clusters is not None:
        _, clusters = np.unique(clusters[good], return_inverse=True)
    if n <= k or np.ptp(values) == 0:
        reason = FEW if n <= k else FLAT_Y
        none = nothing(NOT_POSITIVE if left_out and not n else reason, n, confidence)
        return Opportunity(none, none, none, None, k, left_out, of.dropped)
    held = np.bincount(codes, minlength=k).astype(np.float64)
    mean = np.bincount(codes, values, k) / held
    away = values - mean[codes]
    variance = np.bincount(codes, away**2, k) / np.maximum(held - 1, 1)
    absolute, of_absolute, total, of_total, chance = _parts(index, values, codes, mean, held / n, variance / held)
    relative = absolute / total
    of_relative = (of_absolute - relative * of_total) / total
    corrected = max(absolute - chance, 0.0) / total
    se = se_of(of_relative, clusters)
    return Opportunity(
        estimate(absolute, se_of(of_absolute, clusters), n, confidence),
        estimate(relative, se, n, confidence),
        estimate(corrected, se, n, confidence),
        total if index != "dissimilarity" else None,
        k,
        left_out,
        of.dropped,
    )


def _types(of: Columns, types: Sequence[str]) -> NDArray[np.int64]:
    if not types:
        raise UsageError("No circumstances", found="no columns", expected="one or more in `types`")
    codes = np.zeros(of.n, dtype=np.int64)
    for name in types:
        codes = codes * max(len(of.labels[name]), 1) + of.codes[name]
    return codes


def _parts(
    index: Index, y: Floats, of: NDArray[np.int64], mean: Floats, share: Floats, noise: Floats
) -> tuple[float, Floats, float, Floats, float]:
    """Inequality between types and in all with the influence of each row on them, and what chance adds to the former.

    noise : the sampling variance of the mean of each type.
    """
    whole = float(y.mean())
    away, own = mean[of] - whole, y - mean[of]
    chance = float(share @ noise - share**2 @ noise)
    if index == "variance":
        between, total = float(share @ (mean - whole) ** 2), float(y.var())
        return between, away**2 + 2 * away * own - between, total, (y - whole) ** 2 - total, chance
    if index == "mld":
        between = float(np.log(whole) - share @ np.log(mean))
        total = float(np.log(whole) - np.log(y).mean())
        shift = (y - whole) / whole
        of_between = shift - (np.log(mean[of]) - share @ np.log(mean)) - own / mean[of]
        # The second-order bias of -log of a mean is half its relative variance; that of the log of the whole mean less.
        chance = 0.5 * float(share @ (noise / mean**2) - share**2 @ noise / whole**2)
        return between, of_between, total, shift - (np.log(y) - np.log(y).mean()), chance
    size = float(share @ np.abs(mean - whole))
    side = np.sign(mean - whole)
    of_size = np.abs(away) - size + side[of] * own - float(share @ side) * (y - whole)
    between = size / (2 * whole)
    of_between = of_size / (2 * whole) - size * (y - whole) / (2 * whole**2)
    # If the types lie around the whole as a normal variable, chance stretches all distances by this much.
    stretched, by_chance = float(share @ (mean - whole) ** 2), float(share @ (noise * (1 - share)))
    left = np.sqrt(max(1 - by_chance / stretched, 0.0)) if stretched > 0 else 1.0
    return between, of_between, 1 - whole, -(y - whole), between * (1 - float(left))
