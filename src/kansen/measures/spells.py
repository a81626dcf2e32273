"""Spells of a yearly state, such as a low income: how long they last, who leaves, who comes back.

A state of a person in a year is 1 (in it), 0 (not) or -1 (not known). A spell starts in the first year in the state
after a year that is known to be outside it; one that was already there when somebody is first seen has no known start
and is left out. It ends with the first year outside; an unknown year, or the end of the table, cuts it off.

Sources: discrete hazards and Greenwood's variance as in Kalbfleisch and Prentice, *The Statistical Analysis of Failure
Time Data* (2002), chapter 2; left-out spells and inflow samples as in Stevens, "Climbing out of poverty, falling back
in", Journal of Human Resources 34 (1999). Models of spells are in `kansen.measures.frailty` and `.durations`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
States = NDArray[np.int8]

UNKNOWN, OUTSIDE, INSIDE = -1, 0, 1


@dataclass(frozen=True)
class Spells:
    """Spells in the order of people and years, arrays of shape (spells,).

    person : row of the table of states. start : column of the first year. length : years that are seen. ended : whether
    the end is seen (else the spell is cut off, and lasts at least `length`). number : 1 for the first of a person.
    years : how many columns the table has.
    """

    person: Ints
    start: Ints
    length: Ints
    ended: NDArray[np.bool_]
    number: Ints
    years: int

    def __len__(self) -> int:
        return len(self.person)

    def take(self, which: NDArray[np.bool_] | Ints) -> Spells:
        """Some of the spells."""
        return Spells(
            self.person[which], self.start[which], self.length[which], self.ended[which], self.number[which], self.years
        )


def spells_of(states: States, gap: int = 0) -> Spells:
    """The spells in a table of states of shape (people, years).

    gap : how many years outside, at most (0 or 1), are bridged when the state comes back after them: with 1, a single
    year outside does not end a spell and counts as a year of it, and an end needs two years outside in a row. A year
    outside of which the next is not known then cuts a spell off.

    Raises `UsageError` for another gap or a state that is none of -1, 0 and 1.

    >>> table = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0], [0, 1, -1, 1, 1]], np.int8)
    >>> found = spells_of(table)
    >>> found.person.tolist(), found.start.tolist(), found.length.tolist(), found.ended.tolist()
    ([0, 0, 2], [1, 4, 1], [2, 1, 1], [True, False, False])
    """
    if gap not in (0, 1):
        raise UsageError("The gap that is bridged cannot be used", found=gap, expected="0 or 1")
    table = np.asarray(states)
    if table.ndim != 2 or (table.size and (table.min() < UNKNOWN or table.max() > INSIDE)):
        raise UsageError(
            "A table of states cannot be used", found=f"shape {table.shape}", expected="people by years, of -1, 0 and 1"
        )
    rows = np.ascontiguousarray(table, np.int8)
    person, start, length, ended, number = _spells(rows, gap)
    return Spells(person, start, length, ended, number, rows.shape[1])


@njit(cache=True, nogil=True)
def _scan(row, gap, starts, lengths, ends):  # type: ignore[no-untyped-def]
    """The spells of one person; gives their number."""
    found, years = 0, len(row)
    begin = -1
    for year in range(years):
        state = row[year]
        if begin < 0:
            # With a gap, one year outside after years without a known start is bridged like any other.
            bridged = gap == 1 and year > 1 and row[year - 2] == 1
            if state == 1 and year > 0 and row[year - 1] == 0 and not bridged:
                begin = year
            continue
        if state == 1:
            continue
        ended = state == 0
        if ended and gap == 1:
            if year + 1 < years and row[year + 1] == 1:
                continue
            # The end is only seen with a second year outside.
            if year + 1 == years or row[year + 1] < 0:
                ended = False
        starts[found], lengths[found], ends[found] = begin, year - begin, ended
        found += 1
        begin = -1
    if begin >= 0:
        starts[found], lengths[found], ends[found] = begin, years - begin, False
        found += 1
    return found


@njit(cache=True, nogil=True)
def _spells(rows, gap):  # type: ignore[no-untyped-def]
    people, years = rows.shape
    starts, lengths = np.empty(years, np.int64), np.empty(years, np.int64)
    ends = np.empty(years, np.bool_)
    total = 0
    for one in range(people):
        total += _scan(rows[one], gap, starts, lengths, ends)
    person, start, length = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.int64)
    ended, number = np.empty(total, np.bool_), np.empty(total, np.int64)
    at = 0
    for one in range(people):
        found = _scan(rows[one], gap, starts, lengths, ends)
        for which in range(found):
            person[at], start[at], length[at] = one, starts[which], lengths[which]
            ended[at], number[at] = ends[which], which + 1
            at += 1
    return person, start, length, ended, number


def turned(states: States) -> States:
    """The table with inside and outside exchanged: spells of it that follow a low income are times until re-entry.

    >>> turned(np.array([[1, 0, -1]], np.int8)).tolist()
    [[0, 1, -1]]
    """
    return np.where(states < 0, states, 1 - states).astype(np.int8)


@dataclass(frozen=True)
class Risks:
    """How many spells were at risk of ending, and ended, after every year of their length, in every calendar year.

    `at_risk` and `ended` have shape (years, lengths): the year (column) that is the last one inside, and which year of
    the spell it is, from 1; with weights they are sums of weights, and `squares` holds the sums of their squares. A
    spell of which the next year is not known is not at risk. Risks of different people add up.
    """

    at_risk: Floats
    ended: Floats
    squares: Floats

    def __add__(self, other: Risks) -> Risks:
        return Risks(self.at_risk + other.at_risk, self.ended + other.ended, self.squares + other.squares)


def risks(spells: Spells, weights: Floats | None = None) -> Risks:
    """Count a set of spells. weights : one per spell, 1 by default.

    Raises `UsageError` for weights that are negative, missing, or sum to zero.
    """
    return risks_by(spells, np.zeros(len(spells), np.int64), 1, weights)[0]


def risks_by(spells: Spells, groups: Ints, size: int, weights: Floats | None = None) -> list[Risks]:
    """Count a set of spells apart for each of `size` groups. groups : the number of a group from 0, one per spell."""
    given = np.ones(len(spells)) if weights is None else _weights(weights, len(spells))
    shape = (size, spells.years, spells.years)
    out = [np.zeros(shape), np.zeros(shape), np.zeros(shape)]
    _count(groups, spells.start, spells.length, spells.ended, given, *out)
    return [Risks(*tables) for tables in zip(*out, strict=True)]


def _weights(weights: Floats, size: int) -> Floats:
    given = np.asarray(weights, float)
    if given.shape != (size,) or not np.isfinite(given).all() or (given < 0).any() or (size and given.sum() == 0):
        raise UsageError(
            "Weights cannot be used",
            found=f"shape {given.shape}, least {given.min(initial=0):g}, sum {given.sum():g}",
            expected=f"{size} numbers, none below zero and not all zero",
        )
    return given


@njit(cache=True, nogil=True)
def _count(group, start, length, ended, weight, at_risk, left, squares):  # type: ignore[no-untyped-def]
    for one in range(len(start)):
        g = group[one]
        last = length[one] if ended[one] else length[one] - 1
        for year in range(last):
            at = start[one] + year
            at_risk[g, at, year] += weight[one]
            squares[g, at, year] += weight[one] ** 2
            if ended[one] and year + 1 == length[one]:
                left[g, at, year] += weight[one]


@dataclass(frozen=True)
class HazardTable:
    """The hazard by length of the spell, arrays of shape (lengths,); NaN where nobody is at risk.

    length : year of the spell, from 1. at_risk, ended : spells. hazard : chance to end after that year; se : its
    standard error. survivor : share that lasts beyond it; survivor_se : by Greenwood's formula.
    """

    length: Ints
    at_risk: Floats
    ended: Floats
    hazard: Floats
    se: Floats
    survivor: Floats
    survivor_se: Floats


def hazard_table(of: Risks, years: slice | None = None, longest: int | None = None) -> HazardTable:
    """The hazard by length, over the calendar years (columns) `years`, up to spells of `longest` years.

    h_d = ended_d / at_risk_d with standard error sqrt(h (1 - h) / n); the survivor is the product of 1 - h, with
    Var = S^2 * sum of h / ((1 - h) n) (Greenwood). With weights, n is the effective number (sum w)^2 / sum w^2. Where
    nobody is at risk any more, the survivor is NaN from there on.

    >>> table = np.array([[0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 0, 1]], np.int8)
    >>> hazard_table(risks(spells_of(table))).hazard[:2].tolist()
    [0.5, 0.5]
    """
    chosen = years or slice(None)
    at_risk, ended, squares = (table[chosen].sum(axis=0)[:longest] for table in (of.at_risk, of.ended, of.squares))
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = ended / at_risk
        effective = at_risk**2 / squares
        se = np.sqrt(hazard * (1 - hazard) / effective)
        survivor = np.cumprod(1 - hazard)
        # Where everybody leaves nobody is left, for certain as far as the table tells.
        growth = np.where(hazard == 1, 0.0, hazard / ((1 - hazard) * effective))
        survivor_se = survivor * np.sqrt(np.cumsum(growth))
    return HazardTable(np.arange(1, len(hazard) + 1), at_risk, ended, hazard, se, survivor, survivor_se)


@dataclass(frozen=True)
class YearlyHazard:
    """Chance to leave in every calendar year (column), with the lengths of spells held as they are over all years.

    Arrays of shape (years,): spells at risk, of any length; the raw share that ends, of any length; and the share with
    equal lengths, NaN where a length that counts has nobody at risk, with its standard error.
    """

    at_risk: Floats
    raw: Floats
    hazard: Floats
    se: Floats


def yearly_hazard(of: Risks, longest: int) -> YearlyHazard:
    """The chance to leave per calendar year, raw and standardised to one mix of lengths up to `longest`.

    A table that begins in a year has short spells only at first, so the raw chance falls for that reason alone: the
    standardised one is the mean of h_{year, length} with the at-risk numbers of all years that have every length as
    weights. Direct standardisation, as of death rates.
    """
    at_risk, ended, squares = of.at_risk[:, :longest], of.ended[:, :longest], of.squares[:, :longest]
    whole = (at_risk > 0).all(axis=1)
    mix = at_risk[whole].sum(axis=0)
    weight = mix / mix.sum() if mix.sum() > 0 else np.full(longest, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = ended / at_risk
        variance = hazard * (1 - hazard) * squares / at_risk**2
        raw = of.ended.sum(axis=1) / of.at_risk.sum(axis=1)
    return YearlyHazard(
        of.at_risk.sum(axis=1), raw, (hazard * weight).sum(axis=1), np.sqrt((variance * weight**2).sum(axis=1))
    )


@dataclass(frozen=True)
class Trend:
    """A straight line through yearly figures: change per year, its standard error, z and two-sided p."""

    slope: float
    se: float
    z: float
    p: float
    years: int


def trend(years: NDArray[np.int64] | Floats, values: Floats, se: Floats) -> Trend | None:
    """Weighted least squares of yearly figures on the year, weights 1 / se^2 (the errors are known, not estimated).

    None where fewer than three years have a figure with an error above zero: nothing can be said of a trend then.
    """
    from scipy.special import ndtr

    good = np.isfinite(values) & np.isfinite(se) & (se > 0)
    if good.sum() < 3:
        return None
    x, y, weight = np.asarray(years, float)[good], values[good], 1 / se[good] ** 2
    away = x - np.average(x, weights=weight)
    spread = float((weight * away**2).sum())
    slope = float((weight * away * y).sum() / spread)
    error = spread**-0.5
    z = slope / error
    return Trend(slope, error, z, float(2 * ndtr(-abs(z))), int(good.sum()))


def attrition_weights(seen: NDArray[np.bool_], cells: Ints, least: int = 20) -> Floats:
    """Inverse-probability weights for those who are still seen: people like them count for those who are gone.

    seen : who has the later figure. cells : a number from 0 per person, of people who are alike at the start (income
    fifth x sex x age, say). The weight is (people of the cell) / (seen of the cell), so weights sum to the number of
    people; it is 0 for who is not seen. Robins, Rotnitzky and Zhao (1995), with a saturated model.

    Raises `UsageError` for a cell with fewer than `least` people seen: nobody stands for those who are gone; make cells
    wider.
    """
    kept, number = np.asarray(seen, bool), np.asarray(cells, np.int64)
    everyone = np.bincount(number)
    left = np.bincount(number, kept)
    short = np.flatnonzero((everyone > 0) & (left < least))
    if len(short):
        raise UsageError(
            "A cell has too few people who are still seen to stand for those who are gone",
            found=f"cell {short[0]}: {int(left[short[0]])} of {everyone[short[0]]}"
            + (f", and {len(short) - 1} more" if len(short) > 1 else ""),
            expected=f"at least {least}",
            todo="make the cells wider",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = everyone / left
    return np.where(kept, weight[number], 0.0)
