"""Odd records: each is there at the declared rate, hangs together with the other tables, and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from kansen.synthetic import circumstance_tables, parent_tables, school_tables, tables, youth_tables
from kansen.synthetic.country import Country, Population
from kansen.synthetic.days import OPEN, year_of
from kansen.synthetic.homes import MARRIED
from kansen.synthetic.incomes import MISSING, MISSING_OLD
from kansen.synthetic.oddities import MONTH, with_oddities
from kansen.synthetic.parameters import load_world, load_youth
from kansen.synthetic.people import KNOWN, Presence
from kansen.synthetic.places import load_places
from kansen.synthetic.windows import load_windows
from kansen.synthetic.young import Young, make_young


@pytest.fixture(scope="module")
def young() -> Young:
    """Some 28,000 children born from 1993 on."""
    births = sorted({year for window in load_windows().values() for year in window.births if year >= 1993})
    everywhere = np.arange(len(load_places().municipality_id))
    return make_young(everywhere, births, scale=0.006, seed=11, part=1, parts=2)


def frame(columns: Mapping[str, pa.Array]) -> pd.DataFrame:
    plain = {
        name: values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
        for name, values in columns.items()
    }
    return pd.DataFrame({name: values.to_pylist() for name, values in plain.items()})


def is_about(found: int, of: int, share: float) -> bool:
    """Whether so many of so many are a declared share, but for chance (four standard deviations)."""
    return found > 0 and abs(found - share * of) < 4 * np.sqrt(share * (1 - share) * of)


def keys(population: Population, who: np.ndarray) -> set[str]:
    return {number.decode() for number in population.people.number[who]}


def test_some_are_away_for_a_month(country: Country, young: Young) -> None:
    for population, world in ((country, load_world()), (young, load_youth())):
        here = population.people.presence
        month = here.back - here.away == MONTH
        never_left = (here.away == OPEN) & (here.end == OPEN)
        assert is_about(int(month.sum()), int((never_left | month).sum()), world["oddities"]["month_away"])
        assert (here.begin[month] < here.away[month]).all()
        assert (here.back[month] < here.end[month]).all()


def test_without_a_share_nobody_is_odd(country: Country) -> None:
    none = {"oddities": dict.fromkeys(load_world()["oddities"], 0.0)}
    plain = with_oddities(lambda step: np.random.default_rng(step), country.people, none)
    assert not any(getattr(plain.odd, one.name).any() for one in fields(plain.odd))
    for one in fields(Presence):
        assert np.array_equal(getattr(plain.presence, one.name), getattr(country.people.presence, one.name))


def test_families_whose_incomes_nobody_knows(country: Country) -> None:
    families, f = country.people.odd.unobserved, len(country.people.families)
    assert is_about(int(families.sum()), f, load_world()["oddities"]["unobserved"])
    of_them = np.tile(families, 2)
    incomes = country.parent_incomes
    assert (incomes.amount[:, of_them] == MISSING_OLD).all()
    ranked = ~np.isnan(country.background.rank)
    assert not ranked[families[country.people.children.family]].any()


@pytest.mark.parametrize("year", [2008, 2016])
def test_a_household_of_which_no_income_is_known_has_none(young: Young, year: int) -> None:
    old = year <= parent_tables.LAST_OLD
    code, key, gross = (
        (MISSING_OLD, "RINPERSOONKERN", "BVRBRUTINKH") if old else (MISSING, "RINPERSOONHKW", "INHBRUTINKH")
    )
    households = frame(parent_tables.household_income(young, year))
    n = len(young.people.children)
    odd = keys(young, n + np.flatnonzero(np.tile(young.people.odd.unobserved, 2)))
    of_odd = households[key].isin(odd)
    assert of_odd.any()
    assert (households[gross][of_odd] == code).all()
    assert (households[gross] == code).mean() < 0.02


def test_parents_with_a_loss_in_every_year(country: Country) -> None:
    losses = country.people.odd.losses
    assert is_about(int(losses.sum()), len(losses), load_world()["oddities"]["losses"])
    amount = country.parent_incomes.amount[:, losses]
    recorded = country.parent_incomes.recorded[:, losses] & (amount != MISSING_OLD)
    assert recorded.any()
    assert (amount[recorded] < 0).all()


def test_foster_children_are_others_in_the_household_of_a_couple(country: Country) -> None:
    people = country.people
    others = (people.children.household == 2) & ~people.children.institution
    foster = people.odd.foster
    assert is_about(int(foster.sum()), int(others.sum()), load_world()["oddities"]["foster"])
    assert not (foster & ~others).any()
    spells = country.households
    at = people.children.fifteen[np.minimum(spells.person, len(foster) - 1)]
    holds = (spells.person < len(foster)) & (spells.start <= at) & (at <= spells.end)
    of_foster = holds & foster[np.minimum(spells.person, len(foster) - 1)]
    assert of_foster.any()
    assert set(spells.what[of_foster].tolist()) == {MARRIED * 100 + 9}


def test_families_of_two_women_who_each_bore_children(young: Young, country: Country) -> None:
    assert not country.people.odd.two_mothers.any()  # nobody's in the eighties
    people = young.people
    odd = people.odd
    couples = people.families.father == KNOWN
    assert is_about(int(odd.two_mothers.sum()), int(couples.sum()), load_youth()["oddities"]["two_mothers"])
    links, persons = frame(tables.parents(young)), frame(tables.persons(young)).set_index("RINPERSOON")
    links = links[~links.RINPERSOON.isin(keys(young, np.flatnonzero(odd.exchanged)))]
    both = set(links.RINPERSOONMa) & set(links.RINPERSOONpa)
    assert both
    partners = keys(young, people.fathers[odd.two_mothers])
    mothers = keys(young, people.mothers[odd.two_mothers])
    assert both <= partners | mothers
    assert set(persons.GBAGESLACHT[list(both)]) == {"2"}
    told = frame(youth_tables.perined(young)).merge(links, left_on="Rinpersoon_Kind", right_on="RINPERSOON")
    told = told[told.CBKSoortNr_Moeder == "R"]
    assert told.Rinpersoon_Moeder.isin(partners).any()
    assert (told.Rinpersoon_Moeder == told.RINPERSOONMa).all()


def test_parents_of_some_children_born_abroad_stand_in_each_others_place(young: Young) -> None:
    people = young.people
    children, odd = people.children, people.odd.exchanged
    abroad = children.foreign_born & (people.families.father[children.family] == KNOWN)
    assert is_about(int(odd.sum()), int(abroad.sum()), load_youth()["oddities"]["parents_exchanged"])
    assert not (odd & ~abroad).any()
    links = frame(tables.parents(young)).set_index("RINPERSOON")
    who = np.flatnonzero(odd & children.linked)
    of_them = links.loc[people.number[who].astype(str)]
    assert of_them.RINPERSOONMa.tolist() == people.number[people.fathers[children.family[who]]].astype(str).tolist()
    assert of_them.RINPERSOONpa.tolist() == people.number[people.mothers[children.family[who]]].astype(str).tolist()
    assert set(of_them.RINPERSOONSpa) == {"R"}


def test_children_who_left_at_once_are_in_no_register_but_those_of_births_and_persons(young: Young) -> None:
    people = young.people
    here = people.presence
    n = len(people.children)
    gone = (here.end < here.begin)[:n] & people.exists[:n] & np.isin(np.arange(n), young.births.child)
    living = int((young.births.died == OPEN).sum())
    # siblings go together, so the number varies more than that of as many children
    assert 0.4 < gone.sum() / (living * load_youth()["oddities"]["taken_abroad"]) < 2
    who = np.flatnonzero(gone)
    assert keys(young, who) <= set(frame(tables.persons(young)).RINPERSOON)
    assert keys(young, who) <= set(frame(tables.parents(young)).RINPERSOON) | keys(
        young, np.flatnonzero(~people.children.linked)
    )
    assert not keys(young, who) & set(frame(tables.addresses(young)).RINPERSOON)
    assert not keys(young, who) & set(frame(tables.households(young, 2023)).RINPERSOON)
    assert not keys(young, who) & set(frame(school_tables.primary(young, 2023)).RINPERSOON)


def test_the_register_of_2018_was_corrected_afterwards(country: Country) -> None:
    shares = load_world()["oddities"]
    now, then = (
        frame(columns).set_index("RINPERSOON")
        for columns in (tables.persons(country), tables.persons_before(country, 2018))
    )
    assert set(then.index) <= set(now.index)
    both = now.loc[then.index]
    day_of_birth = ["GBAGEBOORTEJAAR", "GBAGEBOORTEMAAND", "GBAGEBOORTEDAG"]
    moved = (both[day_of_birth] != then[day_of_birth]).any(axis=1)
    assert is_about(int(moved.sum()), len(then), shares["birth_corrected"])
    assert set(then.GBAGEBOORTEMAAND[moved]) == {"07"}
    assert (both.GBAGEBOORTEJAAR[moved].astype(int) - then.GBAGEBOORTEJAAR[moved].astype(int)).abs().max() == 1
    sex = both.GBAGESLACHT != then.GBAGESLACHT
    assert is_about(int(sex.sum()), len(then), shares["sex_corrected"])
    second = both.GBAGENERATIE == "2"
    unseen = both.GBAHERKOMSTGROEPERING != then.GBAHERKOMSTGROEPERING
    assert is_about(int(unseen.sum()), int(second.sum()), shares["parents_corrected"])
    assert set(then.GBAGENERATIE[unseen]) == {"0"}
    assert set(then.GBAHERKOMSTGROEPERING[unseen]) == {"6030"}


def test_pay_without_hours(country: Country) -> None:
    share = load_world()["oddities"]["paid_without_hours"]
    without = circumstance_tables.paid_without_hours(country)
    assert is_about(int(without.sum()), len(without), share)
    months = frame(circumstance_tables.jobs(country, 2018))
    odd = months[months.RINPERSOON.isin(keys(country, np.flatnonzero(without)))]
    paid = odd.groupby("RINPERSOON")[["SBASISLOON", "SBASISUREN"]].sum()
    assert len(paid) > 0
    assert (paid.SBASISLOON > 0).all()
    assert (paid.SBASISUREN == 0).all()
    others = months[~months.RINPERSOON.isin(odd.RINPERSOON)].groupby("RINPERSOON").SBASISUREN.sum()
    assert (others > 0).all()


def test_unknown_levels_at_21_are_of_who_has_no_start_qualification(young: Young) -> None:
    found, below = 0, 0
    for year in range(2016, 2021):
        rows = frame(school_tables.level(young, year))
        adult = year_of(young.people.children.born) + 21 == year
        low = adult & (young.careers.level21 == 0)
        unknown = rows[(rows.iloc[:, 2] == "9999") & rows.RINPERSOON.isin(keys(young, np.flatnonzero(adult)))]
        assert set(unknown.RINPERSOON) <= keys(young, np.flatnonzero(low))
        assert (unknown.iloc[:, 3] == "9999").all()
        found, below = found + len(unknown), below + int(rows.RINPERSOON.isin(keys(young, np.flatnonzero(low))).sum())
    assert is_about(found, below, load_youth()["oddities"]["level_unknown"])


def test_reconsidered_advices_without_a_level(young: Young) -> None:
    columns: list[pd.DataFrame] = [frame(school_tables.primary(young, year)) for year in range(2014, 2019)]
    rows = pd.concat(columns)
    tested = rows[(rows.WPOTOETSADVIES != "-") & ~rows.WPOADVIESVO.isin(["-", "80"])]
    still = tested[tested.WPOADVIESHERZ.isin(["-", "80"])]
    empty = rows.WPOADVIESHERZ == "80"
    assert is_about(int(empty.sum()), len(still), load_youth()["oddities"]["no_level"])
    assert (rows.WPOTOETSADVIES[empty] != "-").all()
    assert not rows.WPOADVIESVO[empty].isin(["-", "80"]).any()
