"""Does leaving get harder the longer a spell lasts, or do those who leave easily leave first?

A complementary log-log model of the yearly hazard with a free baseline per year of the spell, a straight line over
calendar years, and a factor of one's own that people keep from spell to spell (frailty): given v, the hazard in year d
of a spell is 1 - exp(-v exp(baseline_d + trend * time)). The frailty is gamma distributed, or has two mass points, with
mean one. Somebody's first two spells tell it from duration dependence: what both have in common is the person.

Sources: Prentice and Gloeckler (1978) and Meyer (1990), "Unemployment insurance and unemployment spells", for the
likelihood; Heckman and Singer (1984) for mass points; Honore (1993), "Identification results for duration models with
multiple spells", for what several spells add.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtr

from kansen.errors import UsageError
from kansen.measures.spells import Spells

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Frailty = Literal["none", "gamma", "points"]

LEAST = 50
"""Fewest spells that end, for a model at all."""
_SPELLS = 2
_GONE = -30.0
"""Log of a variance of frailty that is as good as none."""


@dataclass(frozen=True)
class Histories:
    """Somebody's first spells, gathered: equal histories are one row with a count.

    start, length : shape (rows, 2), -1 and 0 where there is no second spell. ended : the same shape. count : people.
    """

    start: Ints
    length: Ints
    ended: NDArray[np.bool_]
    count: Floats
    years: int

    @classmethod
    def of(cls, spells: Spells) -> Histories:
        """The first two spells of everybody who has one."""
        people, row = np.unique(spells.person, return_inverse=True)
        table = np.full((len(people), 3 * _SPELLS), -1, np.int32)
        table[:, 1::3] = 0
        for number in range(_SPELLS):
            which = spells.number == number + 1
            at = row[which]
            table[at, 3 * number] = spells.start[which]
            table[at, 3 * number + 1] = spells.length[which]
            table[at, 3 * number + 2] = spells.ended[which]
        return cls(
            table[:, 0::3].astype(np.int64), table[:, 1::3].astype(np.int64), table[:, 2::3] == 1,
            np.ones(len(table)), spells.years,
        ).gathered()  # fmt: skip

    def gathered(self) -> Histories:
        """Equal rows as one."""
        # One number per history: three figures of every spell, each below the number of years and two.
        code = np.zeros(len(self.count), np.int64)
        base = self.years + 2
        for number in range(_SPELLS):
            code = code * base + self.start[:, number] + 1
            code = code * base + self.length[:, number]
            code = code * 2 + self.ended[:, number]
        _, first, place = np.unique(code, return_index=True, return_inverse=True)
        count = np.bincount(place, self.count, len(first)).astype(float)
        return Histories(self.start[first], self.length[first], self.ended[first], count, self.years)

    def __add__(self, other: Histories) -> Histories:
        """The histories of other people besides."""
        return Histories(
            np.concatenate([self.start, other.start]),
            np.concatenate([self.length, other.length]),
            np.concatenate([self.ended, other.ended]),
            np.concatenate([self.count, other.count]),
            max(self.years, other.years),
        )


@dataclass(frozen=True)
class Dependence:
    """A fitted model of spells.

    baseline, baseline_se : log hazard per year of the spell, the last one of that year and all later ones; shape
    (lengths,). slope, slope_se : of the baseline, but for the last, on the logarithm of the year of the spell, weighted
    by its covariance: below zero, leaving gets harder with time. z, p : of no dependence, two-sided. trend, trend_se :
    change of the log hazard per unit of `time`; None where it was not asked for. variance : of the frailty.
    log_likelihood, people : of the fit.
    """

    frailty: Frailty
    baseline: Floats
    baseline_se: Floats
    slope: float
    slope_se: float
    z: float
    p: float
    trend: float | None
    trend_se: float | None
    variance: float
    log_likelihood: float
    people: int


def dependence(
    of: Histories, frailty: Frailty = "gamma", longest: int = 8, time: Floats | None = None
) -> Dependence | None:
    """Fit the model by maximum likelihood.

    of : histories; only people who were outside when they were first seen should be in it. longest : years of a spell
    with a baseline of their own; the last is that of all later ones. time : what the trend runs over, one number per
    calendar year (column); None leaves the trend out.

    None where fewer than 50 spells end, or none ends in one of the years that have a baseline of their own: nothing can
    be said then. Raises `UsageError` for `longest` below 3 or a `time` of another length or with missing numbers.

    With `none` the slope is that of the raw hazards, which falls also where only people differ. Errors are from the
    second derivatives of the log likelihood.
    """
    if longest < 3:
        raise UsageError("Too few years of a spell have a baseline", found=longest, expected="at least 3")
    if time is not None and (len(time) != of.years or not np.isfinite(time).all()):
        raise UsageError("The time of a trend cannot be used", found=f"{len(time)} numbers", expected=f"{of.years}")
    ends = np.bincount(np.minimum(of.length, longest)[of.ended], np.repeat(of.count[:, None], _SPELLS, 1)[of.ended])
    if ends.sum() < LEAST or len(ends) <= longest or (ends[1:] == 0).any():
        return None
    has_trend, extra = time is not None and np.ptp(time) > 0, {"none": 0, "gamma": 1, "points": 2}[frailty]
    clock = np.zeros(of.years) if time is None else np.asarray(time, float)

    def loss(parameters: Floats) -> float:
        return -_log_likelihood(parameters, of, longest, clock if has_trend else None, frailty)

    first = np.concatenate([np.full(longest, np.log(0.3)), np.zeros(int(has_trend)), _START[frailty]])
    best = minimize(loss, first, method="BFGS", options={"gtol": 1e-6 * of.count.sum() ** 0.5, "maxiter": 500})
    found = best.x
    covariance = _covariance(loss, found, len(found) - extra)
    baseline, spread = found[:longest], covariance[:longest, :longest]
    slope, slope_se = _slope(baseline[:-1], spread[:-1, :-1])
    variance = _variance(found[len(found) - extra :], frailty)
    z = slope / slope_se
    return Dependence(
        frailty, baseline, np.sqrt(np.diag(spread)), slope, slope_se, z, float(2 * ndtr(-abs(z))),
        float(found[longest]) if has_trend else None,
        float(np.sqrt(covariance[longest, longest])) if has_trend else None,
        variance, -float(best.fun), int(of.count.sum()),
    )  # fmt: skip


_START = {"none": np.zeros(0), "gamma": np.array([-1.0]), "points": np.array([0.0, 1.0])}


def _log_likelihood(parameters: Floats, of: Histories, longest: int, clock: Floats | None, frailty: Frailty) -> float:
    """The joint chance of the spells of every person, integrated over the frailty."""
    longest_seen = of.years
    log_rate = parameters[np.minimum(np.arange(longest_seen), longest - 1)][None, :]
    rest = parameters[longest:]
    if clock is not None:
        at = np.minimum(np.arange(of.years)[:, None] + np.arange(longest_seen)[None, :], of.years - 1)
        log_rate = log_rate + rest[0] * clock[at]
        rest = rest[1:]
    rate = np.exp(np.clip(log_rate, -50, 50))
    total = np.zeros((of.years, longest_seen + 1))
    total[:, 1:] = np.cumsum(np.broadcast_to(rate, (of.years, longest_seen)), axis=1)
    start = np.maximum(of.start, 0)
    # Up to the last year that somebody is known to stay, and up to the end of the spell where it is seen.
    stayed = np.where(of.start >= 0, total[start, np.maximum(of.length - 1, 0)], 0.0)
    through = total[start, of.length]
    terms = [
        (1.0, stayed[:, 0] + stayed[:, 1], np.ones(len(of.count), bool)),
        (-1.0, through[:, 0] + stayed[:, 1], of.ended[:, 0]),
        (-1.0, stayed[:, 0] + through[:, 1], of.ended[:, 1]),
        (1.0, through[:, 0] + through[:, 1], of.ended[:, 0] & of.ended[:, 1]),
    ]
    survives = _transform(rest, frailty)
    chance = np.zeros(len(of.count))
    for sign, exposure, counts in terms:
        chance += np.where(counts, sign * survives(exposure), 0.0)
    return float((of.count * np.log(np.maximum(chance, 1e-300))).sum())


def _transform(parameters: Floats, frailty: Frailty) -> Callable[[Floats], Floats]:
    """E exp(-v s) over the frailty v, of mean one (its Laplace transform)."""
    if frailty == "gamma" and parameters[0] > _GONE / 2:
        variance = np.exp(min(parameters[0], 5.0))
        return lambda s: np.exp(-np.log1p(variance * s) / variance)
    if frailty == "points":
        share, low, high = _points(parameters)
        return lambda s: share * np.exp(-low * s) + (1 - share) * np.exp(-high * s)
    return lambda s: np.exp(-s)


def _points(parameters: Floats) -> tuple[float, float, float]:
    """Share and value of the lower mass point, and the value of the higher one; mean one."""
    share = 1 / (1 + np.exp(-np.clip(parameters[0], -20, 20)))
    ratio = np.exp(np.clip(parameters[1], -20, 20))
    low = 1 / (share + (1 - share) * ratio)
    return float(share), float(low), float(low * ratio)


def _variance(parameters: Floats, frailty: Frailty) -> float:
    if frailty == "none":
        return 0.0
    if frailty == "gamma":
        return float(np.exp(min(parameters[0], 5.0)))
    share, low, high = _points(parameters)
    return share * (low - 1) ** 2 + (1 - share) * (high - 1) ** 2


def _covariance(loss: Callable[[Floats], float], at: Floats, main: int) -> Floats:
    """The inverse of the second derivatives, by central differences.

    Where the frailty is at its edge (none), its own derivatives vanish, and those of the other `main` parameters count
    by themselves: as if it were known.
    """
    size = len(at)
    step = 1e-4 * np.maximum(1.0, np.abs(at))
    second = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            one, other = np.zeros(size), np.zeros(size)
            one[i], other[j] = step[i], step[j]
            corners = loss(at + one + other) - loss(at + one - other) - loss(at - one + other) + loss(at - one - other)
            second[i, j] = second[j, i] = corners / (4 * step[i] * step[j])
    for matrix, kept in ((second, size), (second[:main, :main], main)):
        if np.all(np.linalg.eigvalsh(matrix) > 1e-9 * np.abs(np.diag(matrix)).max()):
            out = np.zeros((size, size))
            out[:kept, :kept] = np.linalg.inv(matrix)
            return out
    return np.full((size, size), np.nan)


def _slope(baseline: Floats, covariance: Floats) -> tuple[float, float]:
    """The baseline on the logarithm of the year of the spell, by generalised least squares, and its error."""
    design = np.column_stack([np.ones(len(baseline)), np.log(np.arange(1, len(baseline) + 1))])
    if not np.isfinite(covariance).all():
        return float(np.linalg.lstsq(design, baseline, rcond=None)[0][1]), float("nan")
    weight = np.linalg.inv(covariance)
    spread = np.linalg.inv(design.T @ weight @ design)
    return float((spread @ design.T @ weight @ baseline)[1]), float(np.sqrt(spread[1, 1]))
