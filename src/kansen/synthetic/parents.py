"""The parents beside their incomes: what they learned, who lives with whom, who owns the home, what they saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from kansen.synthetic.days import YEAR, day
from kansen.synthetic.levels import level_of
from kansen.synthetic.parameters import ORIGINS, by_code, price_level
from kansen.synthetic.people import KNOWN, Families, People
from kansen.synthetic.places import Places


@dataclass(frozen=True)
class Parents:
    """Lasting traits, mothers then fathers, shape (2 x families,), or of families, shape (families,).

    Attributes
    ----------
    usual : gross income in middle age, euros of 2020, shape (2 x families,).
    level : highest level of education, position in ALL_LEVELS, int8, shape (2 x families,).
    owns : the family owns its home. home_value : what that would cost, euros of 2020. owed : part of it that was still
        owed when the mother was 40. saved : net worth without home when she was 40, euros of 2020; may be negative.
    """

    usual: np.ndarray
    level: np.ndarray
    owns: np.ndarray
    home_value: np.ndarray
    owed: np.ndarray
    saved: np.ndarray


def make_parents(
    rng: np.random.Generator, places: Places, families: Families, usual: np.ndarray, world: dict[str, Any]
) -> Parents:
    """Draw the lasting traits of the parents, given their `usual` incomes (shape (2 x families,))."""
    f, wijk = len(families), families.wijk
    home, saved = world["parents"]["home"], world["parents"]["savings"]
    index = home["constant"] + home["income"] * families.income + home["place"] * places.ownership[wijk]
    index = index + by_code(home["origin"], ORIGINS)[families.origin]
    value = home["value_place"] * places.value[wijk] + home["value_income"] * families.income
    value = home["value"] * np.exp(value + home["value_log_sd"] * rng.standard_normal(f))
    amount = saved["median"] * np.exp(saved["income"] * families.income + saved["log_sd"] * rng.standard_normal(f))
    debt = saved["debt"] * rng.standard_exponential(f)
    indebted = rng.random(f) < ndtr(saved["indebted"] + saved["indebted_income"] * families.income)
    return Parents(
        usual=usual,
        level=_education(rng, places, families, world["parents"]["education"]),
        owns=rng.random(f) < ndtr(index),
        home_value=value.astype(np.float32),
        owed=rng.uniform(home["owed"][0], home["owed"][1], f).astype(np.float32),
        saved=np.where(indebted, -debt, amount).astype(np.float32),
    )


def _education(rng: np.random.Generator, places: Places, families: Families, part: dict[str, Any]) -> np.ndarray:
    """Levels of mothers, then fathers: ordered probits of income, wijk, origin and year of birth, alike in a couple."""
    f = len(families)
    index = part["constant"] + part["income"] * families.income + part["place"] * places.education[families.wijk]
    index = index + by_code(part["origin"], ORIGINS)[families.origin]
    index = np.concatenate([index + part["mothers"], index])
    born = np.concatenate([families.mother_born, families.father_born])
    index = index + part["birth_year"] * ((born - day(1960)) / YEAR).clip(-30, 40)
    shared, alike = rng.standard_normal(f), part["partners_alike"]
    hidden = np.sqrt(alike) * np.concatenate([shared, shared]) + np.sqrt(1 - alike) * rng.standard_normal(2 * f)
    return level_of(ndtr(hidden), ndtr(index), ndtr(index + part["university"]))


def together(people: People, year: int) -> np.ndarray:
    """Whether both parents of each family share a household all through a calendar year, bool of shape (families,)."""
    families, n, f = people.families, len(people.children), len(people.families)
    last = day(year, 12, 31)
    mother = people.presence.take(slice(n, n + f)).on(last)
    father = people.presence.take(slice(n + f, n + 2 * f)).on(last)
    return (families.apart > last) & (families.father == KNOWN) & mother & father & people.exists[n : n + f]


def net_worth(
    people: People, parents: Parents, year: int, house_prices: dict[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Equity in the home and other net worth of each family at 1 January of a year, euros of that year, (families,).

    Homes follow the prices of the year; what is owed falls and savings grow with age.
    """
    age = (day(year) - people.families.mother_born) / YEAR
    price = house_prices[str(year)]
    still_owed = parents.owed * np.interp(age, (22, 40, 65, 80), (1.35, 1.0, 0.35, 0.1))
    equity = np.where(parents.owns, parents.home_value * (price - still_owed), 0.0)
    other = parents.saved * np.interp(age, (20, 30, 40, 60, 80), (0.25, 0.5, 1.0, 1.7, 1.9)) * price_level(year)
    return equity, other
