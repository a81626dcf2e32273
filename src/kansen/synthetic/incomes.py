"""Yearly incomes of the parents, and the rank that children get from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from kansen.synthetic.days import YEAR, day, year_of
from kansen.synthetic.homes import Homes
from kansen.synthetic.parameters import price_level
from kansen.synthetic.people import KNOWN, Families, People

PARENT_YEARS = (2003, 2004, 2005, 2006, 2007)
RESIDENCE = (day(2003), day(2011, 12, 31))
"""The period in which at least one parent must have lived in the country."""
SLACK = 31
MISSING_OLD, MISSING = 999_999_999, 9_999_999_999
"""Codes for a household without observed income, until 2010 and after."""


AGES = (15, 18, 22, 25, 30, 35, 58, 62, 66, 70, 80)
BY_AGE = (0.02, 0.20, 0.50, 0.72, 0.93, 1.0, 1.0, 0.92, 0.72, 0.64, 0.62)
"""Income relative to that of middle age, between these ages a straight line."""


@dataclass(frozen=True)
class ParentIncomes:
    """Gross income of mothers, then fathers, in PARENT_YEARS, shape (years, 2 x families), euros of each year.

    `recorded` : whether there is a row. `amount` may be negative or MISSING_OLD.
    """

    amount: np.ndarray
    recorded: np.ndarray


def usual_incomes(rng: np.random.Generator, families: Families, world: dict[str, Any]) -> np.ndarray:
    """Gross income of mothers, then fathers, in middle age, euros of 2020, shape (2 x families,)."""
    part = world["parents"]
    both = part["median_income"] * np.exp(part["log_sd"] * families.income)
    mean, sd = part["father_share"]
    father = np.clip(mean + sd * rng.standard_normal(len(families)), 0.1, 1.0)
    return np.concatenate([both * (1 - father), both * father])


def on_one_side(real: np.ndarray, usual: np.ndarray, line: float) -> np.ndarray:
    """Incomes of a year, kept on the side of a line on which the usual ones are.

    >>> on_one_side(np.array([14_000.0, 16_000.0]), np.array([20_000.0, 10_000.0]), 15_000).tolist()
    [15150.0, 14850.0]
    """
    return np.where(usual < line, np.minimum(real, 0.99 * line), np.maximum(real, 1.01 * line))


def yearly_incomes(
    rng: np.random.Generator,
    people: People,
    usual: np.ndarray,
    year: int,
    world: dict[str, Any],
    line: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Amounts (int32, euros of the year, negative or MISSING_OLD) and whether there is a row, shape (2 x families,).

    Nobody has a row after death or after leaving the country; in the year of death income is for part of the year.
    line : in a country with residents, the low income (euros of 2020) that nobody here enters or leaves.
    """
    part, families, n, both = world["parents"], people.families, len(people.children), len(usual)
    days = people.presence.take(slice(n, n + both)).days_within(day(year), day(year, 12, 31))
    age = (day(year, 7) - np.concatenate([families.mother_born, families.father_born])) / YEAR
    real = usual * np.interp(age, AGES, BY_AGE) * np.exp(part["yearly_log_sd"] * rng.standard_normal(both))
    if line is not None:
        real = on_one_side(real, usual, line)
    real *= days / 365
    draw, odd = rng.random(both), people.odd
    real = np.where((draw < part["negative"]) | odd.losses, -0.3 * real - 50, real)
    euros = np.minimum(np.rint(real * price_level(year)), 90_000_000)
    unseen = (draw > 1 - part["missing"]) | np.tile(odd.unobserved, 2)
    amount = np.where(unseen, MISSING_OLD, euros).astype(np.int32)
    return amount, people.exists[n:] & (days > 0) & (age >= AGES[0]) & (rng.random(both) >= part["absent"])


def parent_incomes(
    draws: Callable[[int], np.random.Generator],
    people: People,
    usual: np.ndarray,
    world: dict[str, Any],
    line: float | None = None,
) -> ParentIncomes:
    """Incomes of all parents in PARENT_YEARS; `draws` gives the random numbers of a year. line : as in one year."""
    yearly = [yearly_incomes(draws(year), people, usual, year, world, line) for year in PARENT_YEARS]
    return ParentIncomes(np.stack([amount for amount, _ in yearly]), np.stack([rows for _, rows in yearly]))


def parental_rank(people: People, homes: Homes, incomes: ParentIncomes) -> np.ndarray:
    """Rank of parental income within the year of birth, shape (children,); NaN for who is not ranked.

    Ranked are children with a row on their parents, registered at fifteen, with a parent who lived in the country from
    2003 to 2011 (all but 31 days), and a known parental income: of each parent the mean over the years that are not
    missing or negative, in euros of 2020; of both the sum.
    """
    families, children = people.families, people.children
    f = len(families)
    total, years = np.zeros(2 * f), np.zeros(2 * f)
    for amount, recorded, year in zip(incomes.amount, incomes.recorded, PARENT_YEARS, strict=True):
        valid = recorded & (amount >= 0) & (amount != MISSING_OLD)
        total += np.where(valid, amount / price_level(year), 0.0)
        years += valid
    mean = np.divide(total, years, out=np.zeros(2 * f), where=years > 0)
    known = (years[:f] > 0) | (years[f:] > 0)
    sum_of_both = mean[:f] + mean[f:]
    lived = residence(people, RESIDENCE)
    family = children.family
    ranked = children.linked & (homes.at_fifteen >= 0) & lived[family] & known[family]
    rank = np.full(len(children), np.nan)
    born = year_of(children.born)
    for year in np.unique(born):
        who = np.flatnonzero(ranked & (born == year))
        if len(who):
            order = rankdata(sum_of_both[family[who]])
            rank[who] = order / order.max()
    return rank


def residence(people: People, period: tuple[int, int]) -> np.ndarray:
    """Whether a parent of each family lived in the country during `period`, but for 31 days; shape (families,)."""
    n, f = len(people.children), len(people.families)
    days = people.presence.take(slice(n, n + 2 * f)).days_within(*period)
    lived = (days >= period[1] - period[0] + 1 - SLACK) & people.exists[n:]
    return lived[:f] | (lived[f:] & (people.families.father == KNOWN))
