"""Figures with noise: counts by the cell-key method, other figures by noise infusion.

Sources: the cell-key method of the Australian Bureau of Statistics (Fraser and Wooton 2005); Chetty and Friedman
(2019), "A practical method to reduce privacy loss when disclosing statistics based on small samples", with four
changes: every statistic has a draw of its own, a child is at the ends of the band and not of the scale, the most that a
child moves a line is taken per province over cells of some size and capped beforehand, and the number of children in
the scale is the noisy one. All draws follow from the children of a cell, so that the same children always have the
same noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.cohorts.declarations import Outcome
from kansen.measures import Ends, Estimates, Steadiness, load_measure
from kansen.measures.expectation import t_quantiles
from kansen.moments import Grid
from kansen.protection.draws import NoisyOutcome, noisy_count, rule_of
from kansen.protection.profiles import NoiseRule, Profile
from kansen.protection.same_cells import matched

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shorts = NDArray[np.int32]

STEP = 1.25
"""The most that a child moves a line is rounded up to a power of this: it tells of no cell."""

OBSERVED_STEP = 2**0.25
"""The number of children with an outcome is rounded down to a power of this where it enters the scale of the noise."""

FEWEST = 10
"""Only lines through this many children count for how far a child can move one."""

MOST = 0.5
"""Where this share of the children have the same of an outcome, those who have something else have to be enough."""

FEWEST_FOR_SPREAD = 50
"""From this number of children on, the spread of an outcome in the largest area serves for the intervals of others."""


def steadiness(profile: Profile) -> Steadiness | None:
    """What has to be estimated for figures with noise; None where a profile has none."""
    rule = profile.noise
    return rule and Steadiness(rule.spread, rule.cap, rule.clip)


@dataclass(frozen=True)
class Noisy:
    """Figures with noise at one level, sorted by group and area, and the standard deviation of their noise."""

    group: Shorts
    area: Shorts
    n: Shorts
    est: Floats
    lwr: Floats
    upr: Floats
    noise_sd: Floats

    def columns(self) -> dict[str, NDArray[Any]]:
        """All of it by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def rows(self, which: NDArray[Any]) -> Noisy:
        """Some of them."""
        return Noisy(*(getattr(self, field.name)[which] for field in fields(self)))


def infuse(noise: NoisyOutcome, outcome: Outcome, profile: Profile) -> dict[str, Noisy]:
    """The figures of an outcome with noise, per level, where the noisy numbers are large enough.

    The children with the outcome known, those who have a binary outcome and those who have it not must be enough, each
    with noise. Of a binary outcome that is known for everybody, the number who have it gets noise as a count, and the
    figure is its share of the noisy number; all other figures get normal noise. The interval covers the noise and
    uses nothing but what is published: the share, the numbers, and the national spread of other outcomes.
    """
    rule = rule_of(profile)
    scale = _Scale(noise, rule, outcome)
    return {level: _level(noise, level, outcome, profile, scale) for level in noise.figures}


class _Scale:
    """How large the noise on an outcome is, times the number of children: from its ends and its lines."""

    def __init__(self, noise: NoisyOutcome, rule: NoiseRule, outcome: Outcome) -> None:
        figures = noise.figures
        any_level = next(iter(figures.values()))
        self.low, self.high, self.complete, self.usual = any_level.ends or Ends(0.0, 1.0, False)
        width = self.high - self.low
        # A share of children is protected as its count is: with at least the noise of a count. So is an amount that
        # many have the same of, as those are counted who have another.
        unit = 0.0 if outcome.kind == "money" else 1.0
        least = sqrt(rule.variance) * max(unit, self.usual.apart if self.usual else 0.0)
        factor = sqrt(2) / rule.epsilon
        self.mean = max(factor * width, least)
        chi = np.maximum(self._most_moved(noise, rule, width), width)
        self.line = np.maximum(factor * chi, least)
        self.spread = _national_spread(figures, noise.cells.grid)

    @staticmethod
    def _most_moved(noise: NoisyOutcome, rule: NoiseRule, width: float) -> Floats:
        """The most that a child moves any line of ten children or more, per region; of all for those who mix them."""
        regions = noise.cells.regions
        most = np.zeros(regions + 1)
        for level, of in noise.figures.items():
            cells = noise.cells.levels[level]
            assert of.moves is not None
            mine, theirs = matched(cells.group, cells.area, of.group, of.area)
            lines = np.isfinite(of.moves[theirs]) & (of.n[theirs] >= FEWEST)
            np.maximum.at(most, cells.region[mine[lines]], of.moves[theirs[lines]])
        most[-1] = most.max()
        unit = np.maximum(most / width, 1.0)
        return np.minimum(STEP ** np.ceil(np.log(unit) / log(STEP) - 1e-9), rule.cap) * width


def _national_spread(figures: Mapping[str, Estimates], grid: Grid) -> Floats:
    """The standard deviation of the outcome around the mean or line of each position, two digits; (positions,).

    From the largest area; NaN where it has too few children.
    """
    inner = int(np.prod(grid.shape[1:]))
    found = np.full(len(grid.positions), np.nan)
    confidence = load_measure("expectation").confidence
    for position in range(len(found)):
        best = FEWEST_FOR_SPREAD - 1
        for of in figures.values():
            first, last = np.searchsorted(of.group, (position * inner, position * inner + 1)).tolist()
            if first == last or int(of.n[first:last].max()) <= best:
                continue
            row = first + int(np.argmax(of.n[first:last]))
            best, half = int(of.n[row]), (of.upr[row] - of.lwr[row]) / 2
            spread = half / float(t_quantiles(np.array([best - 1]), confidence)[0]) * sqrt(best)
            found[position] = float(f"{spread:.2g}")
    return found


def _level(noise: NoisyOutcome, level: str, outcome: Outcome, profile: Profile, scale: _Scale) -> Noisy:
    rule, cells, of, grid = rule_of(profile), noise.cells.levels[level], noise.figures[level], noise.cells.grid
    draws = noise.cells.draws
    assert of.steady is not None
    assert of.moves is not None
    mine, theirs = matched(cells.group, cells.area, of.group, of.area)
    some = np.isfinite(of.steady[theirs])
    mine, theirs = mine[some], theirs[some]
    key, n, group = cells.key[mine], cells.n[mine], cells.group[mine]
    told, weight = np.ones(len(n), np.bool_), n.astype(np.float64)
    if not scale.complete:
        observed = noisy_count(of.n[theirs], key, "observed", draws, rule)
        told = observed >= profile.min_n
        weight = coarse(np.minimum(observed, n))
    line = np.isfinite(of.moves[theirs])
    est, sd, plain = np.empty(len(n)), np.empty(len(n)), ~line
    if outcome.kind == "binary" and scale.complete:
        est = noisy_count(of.ones[theirs], key, f"{noise.name} ones", draws, rule) / weight
        sd = np.sqrt(rule.variance * (1 + est * est)) / weight
        plain = np.zeros(len(n), np.bool_)
    for which, size, name in _statistics(grid, group, plain, line, scale, cells.region[mine]):
        sd[which] = size / weight[which]
        normal = ndtri(draws.uniform(key[which], f"{noise.name} {name}"))
        est[which] = of.steady[theirs[which]] + sd[which] * normal
    if outcome.kind == "binary":
        ones = np.round(est * weight, 9)  # a share of whole numbers gives them back
        told &= (ones >= profile.min_ones) & (weight - ones >= profile.min_zeros)
    elif scale.usual and scale.usual.share >= MOST:
        # How many have something else than most, as far as the figure with noise tells.
        others = np.abs(est - scale.usual.value) / scale.usual.apart * weight
        told &= others >= profile.min_ones
        if scale.usual.two:
            told &= weight - others >= profile.min_zeros
    chosen = np.flatnonzero(told)
    est, sd, weight, line, group = est[chosen], sd[chosen], weight[chosen], line[chosen], group[chosen]
    half = _half_width(outcome, grid, group, line, est, sd, weight, scale.spread)
    shown = est if outcome.kind == "binary" else np.clip(est, scale.low, scale.high)
    digits = profile.decimals[outcome.kind]
    power = 10.0**digits
    return Noisy(
        group=group,
        area=cells.area[mine[chosen]],
        n=n[chosen],
        est=_rounded(shown, digits),
        lwr=_rounded(np.minimum(est - half, shown), digits),
        upr=_rounded(np.maximum(est + half, shown), digits),
        # Rounded up, so that it never says that there is no noise.
        noise_sd=np.ceil(sd * power - 1e-9) / power,
    )


def _rounded(values: NDArray[Any], digits: int) -> Floats:
    """Rounded, without a negative zero."""
    return np.round(values.astype(np.float64), digits) + 0.0


def _statistics(
    grid: Grid, group: Shorts, plain: Flags, line: Flags, scale: _Scale, region: Shorts
) -> Iterator[tuple[NDArray[np.int64], float, str]]:
    """The cells of each statistic: which, the size of its noise, and its name.

    The name says all of it, and the size too: of two sizes of the same draw, the figure could be worked out.
    """
    yield np.flatnonzero(plain), scale.mean, f"mean {scale.mean:.9g}"
    position = group // int(np.prod(grid.shape[1:]))
    for number, of in enumerate(grid.positions):
        which = np.flatnonzero(line & (position == number))
        sizes = scale.line[region[which]]
        for size in np.unique(sizes).tolist():
            yield which[sizes == size], size, f"line {grid.column} {of.range} at {of.at} {size:.9g}"


def _half_width(
    outcome: Outcome,
    grid: Grid,
    group: Shorts,
    line: Flags,
    est: Floats,
    sd: Floats,
    weight: Floats,
    spread: Floats,
) -> Floats:
    """Half the interval: t times the root of the squares of the standard error and of the noise.

    The standard error of a share p is sqrt(p (1 - p) / n), of other figures the national spread over sqrt(n); that of a
    line read away from the middle of its band is larger as it is for evenly spread ranks.
    """
    position = group // int(np.prod(grid.shape[1:]))
    variance = est * (1 - est) if outcome.kind == "binary" else spread[position] ** 2
    away = np.zeros(len(grid.positions))
    for number, of in enumerate(grid.positions):
        if of.range and of.at is not None:
            low, high = of.range
            away[number] = 12 * ((of.at - (low + high) / 2) / (high - low)) ** 2
    variance = variance / weight * np.where(line, 1 + away[position], 1.0)
    df = np.maximum(np.floor(weight).astype(np.int64) - np.where(line, 2, 1), 1)
    return t_quantiles(df, load_measure("expectation").confidence) * np.sqrt(variance + sd * sd)


def coarse(n: Shorts) -> Floats:
    """Counts rounded down to a power of `OBSERVED_STEP`: the same however little they differ between outcomes."""
    return OBSERVED_STEP ** np.floor(np.log(np.maximum(n, 1)) / log(OBSERVED_STEP) + 1e-9)
