"""The register tables on the parents: incomes of persons and households, who belongs to which household, net worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from kansen.synthetic.country import INCOME_STEP, Population, stream
from kansen.synthetic.days import day
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.incomes import MISSING, MISSING_OLD, yearly_incomes
from kansen.synthetic.money import MISSING_WEALTH, disposable, in_words, whole
from kansen.synthetic.parameters import load_world, price_level
from kansen.synthetic.parents import net_worth, together
from kansen.synthetic.people import KNOWN
from kansen.synthetic.tables import person_key
from kansen.synthetic.windows import years

LAST_OLD = 2010
"""Last year of the income tables that name a household by its core (KERN); later by its main breadwinner (HKW)."""
FIRST_WORDS = 2017
"""From this year primary income is text: a household without observed income has words instead of an amount."""


def steps(population: Population, cohorts: Sequence[str]) -> list[Step]:
    """The tables on the parents that the given cohorts need."""
    income = years(cohorts, "income")
    old = [year for year in income if year <= LAST_OLD]
    new = [year for year in income if year > LAST_OLD]
    # cohorts that are years apart leave no year out between them
    new = list(range(new[0], new[-1] + 1)) if new else []
    wealth = years(cohorts, "wealth")
    # the household of a year's net worth must be known too
    links = sorted({*income, *wealth})
    return [
        *yearly("persoonink", old, personal_income, population),
        *yearly("huishbvrink", old, household_income, population),
        *yearly("inpa", new, personal_income, population),
        *yearly("inha", new, household_income, population),
        *yearly("koppel_kern", [year for year in links if year <= LAST_OLD], household_link, population),
        *yearly("koppel", [year for year in links if year > LAST_OLD], household_link, population),
        *yearly("veh", wealth, wealth_of_households, population),
    ]


def _incomes(population: Population, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Amounts and whether there is a row, mothers then fathers; the same for every table of the year."""
    rng = stream(population.seed, INCOME_STEP + year, population.part)
    return yearly_incomes(rng, population.people, population.parents.usual, year, load_world(), population.line)


def present(population: Population, year: int) -> np.ndarray:
    """Which parents live in the country in some part of the year, bool of shape (2 x families,)."""
    people, n = population.people, len(population.people.children)
    presence = people.presence.take(slice(n, len(people.exists)))
    grown = np.concatenate([people.families.mother_born, people.families.father_born]) < day(year - 15)
    return people.exists[n:] & grown & (presence.days_within(day(year), day(year, 12, 31)) > 0)


def _leads(population: Population, year: int) -> np.ndarray:
    """Position (mothers first) of the parent who stands for the household of each parent, shape (2 x families,).

    Until 2010 the core of a couple is the father, later the one who usually earns more.
    """
    families = np.arange(len(population.people.families))
    f, usual = len(families), population.parents.usual
    couple = together(population.people, year)
    father = couple & ((year <= LAST_OLD) | (usual[f:] >= usual[:f]))
    mother = couple & ~father
    return np.concatenate([np.where(father, families + f, families), np.where(mother, families, families + f)])


def _household_key(population: Population, lead: np.ndarray, year: int) -> Columns:
    suffix = "KERN" if year <= LAST_OLD else "HKW"
    return person_key(population, (len(population.people.children) + lead).astype(np.int32), suffix)


def personal_income(population: Population, year: int) -> Columns:
    """PERSOONINK (until 2010) or INPATAB of one year."""
    amount, recorded = _incomes(population, year)
    who = np.flatnonzero(recorded)
    gross = amount[who].astype(np.int64)
    unseen = gross == MISSING_OLD
    primary = np.where(unseen, MISSING_OLD, gross * 93 // 100)
    person = person_key(population, (len(population.people.children) + who).astype(np.int32))
    household = _household_key(population, _leads(population, year)[who], year)
    if year <= LAST_OLD:
        return {**person, "PERSBRUT": pa.array(gross), "PERSPRIM": pa.array(primary), **household}
    primary = np.where(unseen, MISSING, primary)
    return {
        **person,
        "INPPERSBRUT": pa.array(np.where(unseen, MISSING, gross)),
        "INPPERSPRIM": pa.array(primary) if year < FIRST_WORDS else in_words(primary, MISSING),
        **household,
    }


def household_income(population: Population, year: int) -> Columns:
    """HUISHBVRINK (until 2010) or INHATAB of one year: one row per household with a parent."""
    amount, _ = _incomes(population, year)
    lead, here = _leads(population, year), present(population, year)
    both = len(lead)
    known = amount != MISSING_OLD
    gross = np.bincount(lead[here], np.where(known, amount, 0)[here], both)
    heads = np.flatnonzero(np.bincount(lead[here], minlength=both))
    gross = np.rint(gross[heads] + 1_500 * price_level(year)).astype(np.int64)
    code = MISSING_OLD if year <= LAST_OLD else MISSING
    unseen = stream(population.seed, 2 * INCOME_STEP + year, population.part).random(len(heads)) < 0.004
    unseen |= np.bincount(lead[here & known], minlength=both)[heads] == 0
    names = ("BVRBRUTINKH", "BVRPRIMINKH", "BVRBESTINKH")
    if year > LAST_OLD:
        names = ("INHBRUTINKH", "INHPRIMINKH", "INHBESTINKH")
    values = (gross, whole(0.9 * gross), disposable(gross))
    return {
        **_household_key(population, heads, year),
        **{name: pa.array(np.where(unseen, code, value)) for name, value in zip(names, values, strict=True)},
    }


def household_link(population: Population, year: int) -> Columns:
    """The link between persons and households of one year; a few people are linked to none."""
    linked = stream(population.seed, 3 * INCOME_STEP + year, population.part).random(len(population.parents.usual))
    who = np.flatnonzero(present(population, year) & (linked >= 0.002))
    person = person_key(population, (len(population.people.children) + who).astype(np.int32))
    return {**person, **_household_key(population, _leads(population, year)[who], year)}


def wealth_of_households(population: Population, year: int) -> Columns:
    """VEHTAB of one year: state at 1 January. Parents who parted have half each."""
    lead, here = _leads(population, year), present(population, year)
    both = len(lead)
    heads = np.flatnonzero(np.bincount(lead[here], minlength=both))
    f = both // 2
    equity, other = net_worth(population.people, population.parents, year, load_world()["house_prices"])
    couple = together(population.people, year)
    alone = population.people.families.father != KNOWN
    share = np.where(couple | alone, 1.0, 0.5)
    family = heads % f
    home, rest = whole((equity * share)[family]), whole((other * share)[family])
    unseen = stream(population.seed, 4 * INCOME_STEP + year, population.part).random(len(heads))
    unseen = unseen < load_world()["parents"]["savings"]["missing"]
    return {
        **person_key(population, (len(population.people.children) + heads).astype(np.int32), "HKW"),
        "VEHW1000VERH": pa.array(np.where(unseen, MISSING_WEALTH, home + rest)),
        "VEHWVEREXEWH": pa.array(np.where(unseen, MISSING_WEALTH, rest)),
    }
