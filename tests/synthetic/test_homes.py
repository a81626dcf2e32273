"""Spells: they never overlap, they cover the time someone is registered, and homes agree with them."""

from __future__ import annotations

import numpy as np
import pytest

from kansen.synthetic.country import Country
from kansen.synthetic.days import OPEN, REGISTER_END, REGISTER_START, birthday
from kansen.synthetic.homes import Spells
from kansen.synthetic.parameters import HOUSEHOLDS


@pytest.mark.parametrize("which", ["addresses", "households"])
def test_spells_of_a_person_do_not_overlap(country: Country, which: str) -> None:
    spells: Spells = country.homes.addresses if which == "addresses" else country.households
    assert (spells.start <= spells.end).all()
    same = spells.person[1:] == spells.person[:-1]
    assert same.any()
    assert (spells.start[1:][same] > spells.end[:-1][same]).all()


def test_addresses_cover_exactly_the_time_registered(country: Country) -> None:
    spells, people = country.homes.addresses, country.people
    last = np.minimum(spells.end, REGISTER_END)
    lived = np.bincount(spells.person, last - spells.start + 1, minlength=len(people.exists)).astype(int)
    registered = people.presence.days_within(REGISTER_START, REGISTER_END)
    assert (lived[people.exists] == registered[people.exists]).all()
    assert (lived[~people.exists] == 0).all()


def test_the_home_at_fifteen_is_the_address_of_that_day(country: Country) -> None:
    spells, children = country.homes.addresses, country.people.children
    found = np.full(len(children), -1)
    child = spells.person < len(children)
    person, start, end, home = (part[child] for part in (spells.person, spells.start, spells.end, spells.what))
    on = (start <= children.fifteen[person]) & (children.fifteen[person] <= end)
    found[person[on]] = home[on]
    assert (found == country.homes.at_fifteen).all()
    assert (children.fifteen == birthday(children.born, 15)).all()
    assert 0.005 < (found < 0).mean() < 0.08


def test_siblings_share_a_home_with_the_parent_who_stays(country: Country) -> None:
    people, homes = country.people, country.homes
    family = people.children.family
    registered = homes.at_fifteen >= 0
    twins = np.flatnonzero((family[1:] == family[:-1]) & (np.diff(people.children.born) == 0))
    both = registered[twins] & registered[twins + 1]
    assert both.sum() > 20
    assert (homes.at_fifteen[twins][both] == homes.at_fifteen[twins + 1][both]).all()


def test_household_type_at_fifteen_follows_from_the_spell(country: Country) -> None:
    spells, children = country.households, country.people.children
    kind = np.full(len(children), -1)
    child = spells.person < len(children)
    person, start, end, what = (part[child] for part in (spells.person, spells.start, spells.end, spells.what))
    on = (start <= children.fifteen[person]) & (children.fifteen[person] <= end)
    kind[person[on]] = what[on] // 100
    ranked = ~np.isnan(country.background.rank)
    expected = np.select([kind == 6, np.isin(kind, (4, 5)), kind >= 0], [1, 0, 2], -1)
    assert (expected[ranked] == children.household[ranked]).all()
    assert set(np.unique(expected[ranked])) == {-1, *range(len(HOUSEHOLDS))}


def test_place_in_the_household_fits_its_type(country: Country) -> None:
    allowed = {1: {2}, 2: {3}, 3: {4, 9}, 4: {1, 5}, 5: {1, 6}, 6: {1, 7}, 7: {1, 8, 9}, 8: {10}}
    kinds, places = np.divmod(np.unique(country.households.what), 100)
    assert all(place in allowed[kind] for kind, place in zip(kinds, places, strict=True))


def test_odd_dwellings_are_few_but_there(country: Country) -> None:
    dwellings = country.homes.dwellings
    assert 0.003 < (~dwellings.has_postcode).mean() < 0.03
    assert 0.003 < (~dwellings.has_area).mean() < 0.03
    assert (dwellings.postcode_end < OPEN).any()
