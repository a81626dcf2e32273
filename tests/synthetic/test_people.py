"""People: plausible families, and nobody whose dates contradict each other."""

from __future__ import annotations

import numpy as np

from kansen.synthetic.country import Country
from kansen.synthetic.days import OPEN, YEAR, day
from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS
from kansen.synthetic.people import FATHER_ABROAD, KNOWN, THIRD_BY_FATHER, digits


def test_children_are_born_in_the_window_and_number_as_asked(country: Country) -> None:
    children = country.people.children
    assert len(children) == 18_000
    assert children.born.min() >= day(1981)
    assert children.born.max() <= day(1985, 12, 31)
    per_year = np.bincount((children.born - day(1981)) * 5 // (day(1986) - day(1981)))
    assert per_year.min() > 0.9 * 3600


def test_parents_are_15_to_50_years_older(country: Country) -> None:
    people = country.people
    family = people.children.family
    for born in (people.families.mother_born, people.families.father_born):
        age = (people.children.born - born[family]) / YEAR
        assert age.min() >= 15
        assert age.max() <= 51
    assert people.families.mother_born.std() > 365


def test_presence_is_in_order(country: Country) -> None:
    here, exists = country.people.presence, country.people.exists
    away = (here.away < OPEN) & exists
    assert away.any()
    assert (here.begin[away] <= here.away[away]).all()
    assert (here.away[away] < here.back[away]).all()
    assert (here.back[away] <= here.end[away]).all()
    births = np.concatenate(
        [country.people.children.born, country.people.families.mother_born, country.people.families.father_born]
    )
    assert (here.begin[exists] >= births[exists]).all()


def test_identifications_are_unique_and_tell_no_order(country: Country) -> None:
    number = country.people.number
    assert number.dtype == np.dtype("S9")
    assert len(np.unique(number)) == len(number)
    assert (np.char.str_len(number) == 9).all()
    assert (number < b"100000000").any(), "leading zeros must occur"
    values = number.astype(np.int64)
    assert abs(np.corrcoef(values, np.arange(len(values)))[0, 1]) < 0.02


def test_digits_keep_leading_zeros() -> None:
    assert digits(np.array([0, 45, 123456789]), 9).tolist() == [b"000000000", b"000000045", b"123456789"]


def test_shares_of_origins_and_households_are_plausible(country: Country) -> None:
    final = country.adults.final
    origin = np.bincount(country.background.origin[final], minlength=len(ORIGINS)) / final.sum()
    for name, low, high in [("none", 0.80, 0.87), ("turkey", 0.018, 0.033), ("morocco", 0.017, 0.031)]:
        assert low < origin[ORIGINS.index(name)] < high, name
    for name, low, high in [("suriname", 0.017, 0.031), ("dutch_caribbean", 0.005, 0.014), ("other", 0.065, 0.10)]:
        assert low < origin[ORIGINS.index(name)] < high, name
    household = np.bincount(country.background.household[final], minlength=3) / final.sum()
    assert 0.12 < household[HOUSEHOLDS.index("single")] < 0.19


def test_origin_is_concentrated_in_cities(country: Country) -> None:
    final = country.adults.final
    urban = country.places.urbanity[country.background.wijk] == 5
    moroccan = country.background.origin == ORIGINS.index("morocco")
    assert moroccan[final & urban].mean() > 3 * moroccan[final & ~urban].mean()


def test_an_unknown_father_gives_no_origin(country: Country) -> None:
    families = country.people.families
    unknown = families.father != KNOWN
    assert unknown.any()
    assert not np.isin(families.descent[unknown], (FATHER_ABROAD, THIRD_BY_FATHER)).any()


def test_women_and_children_of_richer_parents_leave_home_earlier(country: Country) -> None:
    people = country.people
    seen = ~people.families.late[people.children.family]
    age = (people.children.leaves - people.children.born) / YEAR
    woman, income = people.children.woman, people.families.income[people.children.family]
    assert age[seen & woman].mean() < age[seen & ~woman].mean() - 0.5
    assert age[seen & (income > 1)].mean() < age[seen & (income < -1)].mean() - 0.2
    assert 20 < age[seen].mean() < 22
