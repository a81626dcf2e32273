"""Parents: incomes add up to those of households, links and net worth agree, old levels mean what new ones say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from kansen.synthetic import education_tables, housing, parent_tables
from kansen.synthetic.country import Country
from kansen.synthetic.days import YEAR, day
from kansen.synthetic.delivery import Columns
from kansen.synthetic.incomes import MISSING, MISSING_OLD
from kansen.synthetic.levels import ALL_LEVELS, FIRST_HBO, FIRST_WO
from kansen.synthetic.money import MISSING_WEALTH, NOT_OBSERVED, in_words
from kansen.synthetic.parameters import price_level
from kansen.synthetic.parents import net_worth, together


def _frame(columns: Columns) -> pd.DataFrame:
    plain = {
        name: values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
        for name, values in columns.items()
    }
    return pd.DataFrame({name: values.to_pylist() for name, values in plain.items()})


@pytest.mark.parametrize(
    ("year", "key", "gross", "personal", "missing"),
    [
        (2008, "RINPERSOONKERN", "BVRBRUTINKH", "PERSBRUT", MISSING_OLD),
        (2016, "RINPERSOONHKW", "INHBRUTINKH", "INPPERSBRUT", MISSING),
    ],
)
def test_households_have_what_their_members_earn(
    country: Country, year: int, key: str, gross: str, personal: str, missing: int
) -> None:
    persons = _frame(parent_tables.personal_income(country, year))
    households = _frame(parent_tables.household_income(country, year))
    links = _frame(parent_tables.household_link(country, year))
    assert persons.RINPERSOON.is_unique
    assert households[key].is_unique
    assert links.RINPERSOON.is_unique
    assert set(links[key]) <= set(households[key])
    assert (households[gross] == missing).any()
    known = persons[persons[personal] != missing].groupby(key)[personal].sum()
    both = pd.DataFrame({"members": known, "whole": households.set_index(key)[gross]}).dropna()
    both = both[(both.whole != missing) & ~both.index.isin(persons[persons[personal] == missing][key])]
    extra = both.whole - both.members
    # a few members have no row of their own
    assert (extra.round() == round(1_500 * price_level(year))).mean() > 0.97
    assert extra.min() > -50_000
    couples = links.groupby(key).size()
    assert couples.max() == 2
    assert 0.4 < (couples == 2).mean() < 0.9


def test_the_core_is_the_father_and_later_the_main_earner(country: Country) -> None:
    families, n = country.people.families, len(country.people.children)
    couple = np.flatnonzero(together(country.people, 2008))
    links = _frame(parent_tables.household_link(country, 2008)).set_index("RINPERSOON").RINPERSOONKERN
    number = country.people.number.astype(str)
    fathers, mothers = number[country.people.fathers[couple]], number[country.people.mothers[couple]]
    assert (
        links.reindex(mothers).dropna() == pd.Series(fathers, mothers).reindex(links.reindex(mothers).dropna().index)
    ).all()
    links = _frame(parent_tables.household_link(country, 2016)).set_index("RINPERSOON").RINPERSOONHKW
    f, usual = len(families), country.parents.usual
    earns_more = np.flatnonzero(together(country.people, 2016) & (usual[:f] > usual[f:]))
    found = links.reindex(number[n + f + earns_more]).dropna()
    assert len(found) > 100
    assert (found == pd.Series(number[n + earns_more], number[n + f + earns_more]).reindex(found.index)).all()


def test_words_stand_where_primary_income_is_not_observed(country: Country) -> None:
    before, after = (parent_tables.personal_income(country, year)["INPPERSPRIM"] for year in (2016, 2017))
    assert pa.types.is_integer(before.type)
    assert NOT_OBSERVED in after.to_pylist()
    assert in_words(np.array([12, -3, 99]), 99).to_pylist() == ["12", "-3", NOT_OBSERVED]


@pytest.mark.parametrize("year", [2006, 2011])
def test_net_worth_belongs_to_the_linked_households(country: Country, year: int) -> None:
    wealth = _frame(parent_tables.wealth_of_households(country, year))
    links = _frame(parent_tables.household_link(country, year))
    key = "RINPERSOONKERN" if year <= 2010 else "RINPERSOONHKW"
    assert wealth.RINPERSOONHKW.is_unique
    assert links[key].isin(wealth.RINPERSOONHKW).all()
    assert (wealth.VEHW1000VERH == MISSING_WEALTH).any()
    known = wealth[wealth.VEHW1000VERH != MISSING_WEALTH]
    assert (known.VEHW1000VERH < 0).any()
    assert 0.3 < (known.VEHW1000VERH > known.VEHWVEREXEWH).mean() < 0.9


def test_richer_and_older_families_own_more(country: Country) -> None:
    world = country.truth.world["house_prices"]
    equity, other = net_worth(country.people, country.parents, 2006, world)
    income = country.people.families.income
    total = equity + other
    assert total[income > 1].mean() > 2 * total[income < -1].mean()
    later, saved = net_worth(country.people, country.parents, 2020, world)
    assert saved.mean() > other.mean()
    assert (later[country.parents.owns] > 0).mean() > 0.95
    assert (equity[~country.parents.owns] == 0).all()


def test_nobody_has_rows_after_the_end_or_before_growing_up(country: Country) -> None:
    people, n = country.people, len(country.people.children)
    born = np.concatenate([people.families.mother_born, people.families.father_born])
    for year in (2003, 2018):
        rows = parent_tables.present(country, year)
        assert (people.presence.end[n:][rows] >= day(year)).all()
        assert ((day(year) - born[rows]) / YEAR >= 15).all()
        key = set(_frame(parent_tables.personal_income(country, year)).RINPERSOON)
        assert key <= set(people.number[n : n + len(rows)][rows].astype(str))


def test_old_numbers_of_trainings_mean_the_same_levels(country: Country) -> None:
    old = _frame(education_tables.trainings(country, 2012))
    new = _frame(education_tables.levels(country, 2013)).set_index("RINPERSOON").OPLNIVSOI2016AGG4HBMETNIRWO
    types = _frame(education_tables.training_types())
    meaning = _frame(education_tables.type_levels())
    assert types.OPLNR.is_unique
    assert meaning.CTO.is_unique
    read = old.merge(types, left_on="OPLNRHB", right_on="OPLNR", how="left")
    read = read.merge(meaning, left_on="CTO2021V", right_on="CTO", how="left").set_index("RINPERSOON")
    both = pd.DataFrame({"old": read.OPLNIVSOI2016AGG4HB, "new": new}).dropna()
    both = both[both.new != "9999"]
    assert len(both) > 10_000
    assert (both.old == both.new).all()
    # unknown trainings, and a training whose type is not known, have no level
    assert read.OPLNIVSOI2016AGG4HB.isna().any()
    assert set(new) <= {*ALL_LEVELS, "9999"}


def test_parents_of_richer_families_learned_longer(country: Country) -> None:
    level, income = country.parents.level, np.tile(country.people.families.income, 2)
    assert 0.15 < (level >= FIRST_HBO).mean() < 0.40
    assert 0.05 < (level >= FIRST_WO).mean() < 0.15
    assert (level >= FIRST_HBO)[income > 1].mean() > 2 * (level >= FIRST_HBO)[income < -1].mean()
    f = len(country.people.families)
    mother, father = level[:f] >= FIRST_HBO, level[f:] >= FIRST_HBO
    assert father[mother].mean() > father[~mother].mean() + 0.2


def test_owners_follow_the_family_and_residents_the_addresses(country: Country) -> None:
    made = housing.make_housing(country)
    dwellings = country.homes.dwellings
    of_family = dwellings.family >= 0
    owns = country.parents.owns[dwellings.family[of_family]]
    assert ((made.owner[of_family] == housing.OWNED) == owns).all()
    own = country.homes.own
    child = np.flatnonzero(own >= 0)
    assert ((made.owner[own[child]] == housing.OWNED) == country.circumstances.owner[child]).all()
    number = housing.residents(country, made, 2018)
    spells = country.homes.addresses
    there = (spells.start <= day(2018)) & (day(2018) <= spells.end)
    assert number.sum() - made.others[number > 0].sum() == there.sum()
    rented = dwellings.family < 0
    assert made.floor[of_family & (made.owner == housing.OWNED)].mean() > made.floor[rented].mean()
