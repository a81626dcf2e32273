"""Surveys linked to registers: weighted means and regressions with linearised standard errors.

Taylor linearisation for stratified samples of clusters, the first stage with a correction for small populations
(Binder 1983; Lumley 2010, "Complex surveys"): what R's survey package computes. The number of respondents, not the sum
of their weights, decides what may be published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pyarrow as pa

from kansen.errors import TableError
from kansen.measures.decomposition import check_weights
from kansen.measures.frames import WHERE, Codes, Columns, Flags, Floats, Frame, as_table, columns
from kansen.measures.mobility import is_collinear
from kansen.measures.results import COLLINEAR, FEW, Estimate, estimate, nothing


@dataclass(frozen=True)
class Design:
    """How a sample was drawn: names of columns.

    weight : how many people a respondent stands for. strata, cluster : the stratum and the first-stage unit. population
    : how many first-stage units the stratum has in all, for the correction for small populations; None: very many.
    """

    weight: str
    strata: str | None = None
    cluster: str | None = None
    population: str | None = None

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers."""
        return [self.weight, *([self.population] if self.population else [])]

    @property
    def words(self) -> list[str]:
        """The columns of codes."""
        return [name for name in (self.strata, self.cluster) if name]


def survey_mean(frame: Frame, *, y: str, design: Design, confidence: float = 0.95) -> Estimate:
    """The weighted mean of y with its linearised standard error. Degrees of freedom: units less strata.

    None, with a reason, for a stratum with a single unit, or no weight at all. Raises `TableError` for negative
    weights, weights that add up to zero and populations smaller than the sample.
    """
    of = columns(frame, [y, *design.numbers], design.words)
    return _mean(of, y, design, np.ones(of.n, dtype=bool), confidence)


def survey_mean_by(
    frame: Frame, *, y: str, by: str, design: Design, confidence: float = 0.95
) -> dict[object, Estimate]:
    """The same per group of the column `by`: of domains, whose size is not known beforehand."""
    of = columns(frame, [y, *design.numbers], [by, *design.words])
    return {label: _mean(of, y, design, of.codes[by] == code, confidence) for code, label in enumerate(of.labels[by])}


def survey_regression(
    frame: Frame, *, y: str, x: Sequence[str], design: Design, confidence: float = 0.95
) -> Mapping[str, Estimate]:
    """Weighted least squares of y on the columns x and a constant, with linearised standard errors.

    Estimates by column, the constant as "constant"; None with a reason for too few rows or collinear columns.
    """
    of = columns(frame, [y, *x, *design.numbers], design.words)
    names = ["constant", *x]
    w = of.numbers[design.weight]
    check_weights(w, design.weight)
    z = np.column_stack([np.ones(of.n), *(of.numbers[name] for name in x)])
    reason = FEW if int((w > 0).sum()) <= z.shape[1] else COLLINEAR if is_collinear(z[w > 0]) else None
    if reason:
        return dict.fromkeys(names, nothing(reason, of.n, confidence))
    bread = np.linalg.inv((z * w[:, None]).T @ z)
    beta = bread @ (z.T @ (w * of.numbers[y]))
    scores = (z * (w * (of.numbers[y] - z @ beta))[:, None]) @ bread
    v, df = _variance(scores, of, design)
    if v is None:
        return dict.fromkeys(names, nothing(LONELY, of.n, confidence))
    left = max(df - len(x), 1)
    return {
        name: estimate(float(beta[i]), sqrt(float(v[i, i])), of.n, confidence, left) for i, name in enumerate(names)
    }


LONELY = "a stratum has one unit only, from which no variance follows"


def _mean(of: Columns, y: str, design: Design, domain: Flags, confidence: float) -> Estimate:
    w = of.numbers[design.weight]
    check_weights(w, design.weight)
    total, n = float(w[domain].sum()), int(domain.sum())
    if total == 0:
        return nothing(FEW, n, confidence)
    mean = float(w[domain] @ of.numbers[y][domain]) / total
    scores = np.where(domain, w * (of.numbers[y] - mean), 0.0) / total
    v, df = _variance(scores[:, None], of, design)
    if v is None:
        return nothing(LONELY, n, confidence)
    return estimate(mean, sqrt(float(v[0, 0])), n, confidence, max(df, 1))


def _variance(scores: Floats, of: Columns, design: Design) -> tuple[Floats | None, int]:
    """The covariance of sums of scores [n, k], and the degrees of freedom; None for a lonely unit."""
    strata = of.codes[design.strata] if design.strata else np.zeros(of.n, dtype=np.int64)
    units: Codes = of.codes[design.cluster] if design.cluster else np.arange(of.n)
    # The same number of a cluster in two strata is two clusters.
    room = int(units.max(initial=0)) + 1
    pair, units = np.unique(strata * room + units, return_inverse=True)
    of_unit = pair // room
    sums = np.stack([np.bincount(units, column, len(pair)) for column in scores.T], axis=1)
    v = np.zeros((scores.shape[1], scores.shape[1]))
    for stratum in range(int(strata.max(initial=0)) + 1):
        own = sums[of_unit == stratum]
        m = len(own)
        left = 1.0
        if design.population:
            told = of.numbers[design.population][strata == stratum]
            if np.ptp(told) > 0 or told[0] < m:
                raise TableError(
                    "The population of a stratum is not one number, or smaller than its sample",
                    where=WHERE,
                    column=design.population,
                    found=f"{told.min():g} to {told.max():g}",
                    expected=f"one number of at least {m}",
                )
            left = 1 - m / float(told[0])
        if m < 2:
            if left == 0:
                continue
            return None, 0
        away = own - own.mean(axis=0)
        v += left * m / (m - 1) * (away.T @ away)
    return v, len(pair) - int(strata.max(initial=0)) - 1


def link_survey(
    register: Frame, survey: Frame, *, on: str, answers: Sequence[str], weight: str, prefix: str = ""
) -> pa.Table:
    """Survey answers beside the register rows of who answered: ready for `oaxaca_blinder(..., weight=...)`.

    on : the column that tells who somebody is, in both. answers : the columns wanted of the survey. Only people who are
    in both are kept: the weights have to stand for the population, not for the register. Nobody may be in either twice.
    """
    left, right = as_table(register), as_table(survey)
    for name, table in (("the register", left), ("the survey", right)):
        found = columns(table, [], [on])
        if len(found.labels[on]) < found.n:
            raise TableError("Somebody is there twice", where=name, column=on, expected="one row per person")
    columns(right, [weight], list(answers))
    chosen = right.select([on, *answers, weight])
    if prefix:
        chosen = chosen.rename_columns([on, *(f"{prefix}{name}" for name in answers), weight])
    twice = set(chosen.column_names) & set(left.column_names) - {on}
    if twice:
        raise TableError(
            "Both tables have a column of one name",
            where="the survey",
            found=", ".join(sorted(twice)),
            expected="names of their own",
            todo="give a prefix",
        )
    return left.join(chosen, keys=on, join_type="inner").sort_by(on)
