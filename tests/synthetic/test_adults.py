"""Adults: two years average to what was drawn, recentred cells hit their figure, sums of care costs add up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kansen.synthetic import adult_tables
from kansen.synthetic.adults import USUAL, _recentre, fit_at
from kansen.synthetic.care import FEWEST_EUR
from kansen.synthetic.country import Country, make_country
from kansen.synthetic.days import day
from kansen.synthetic.incomes import MISSING
from kansen.synthetic.parameters import price_level
from kansen.synthetic.truth import Background, Truth


def _by_person(country: Country, columns: dict[str, pa.Array], name: str, key: str = "RINPERSOON") -> dict[str, float]:
    return dict(zip(columns[key].to_pylist(), columns[name].to_pylist(), strict=True))


def test_two_years_average_to_the_drawn_income(country: Country) -> None:
    adults, people = country.adults, country.people
    year = 2018
    before = _by_person(country, adult_tables.income(country, year - 1), "INPPERSBRUT")
    now = _by_person(country, adult_tables.income(country, year), "INPPERSBRUT")
    who = np.flatnonzero((adults.thirty_five == year) & (adults.income_state == USUAL))
    number = [text.decode() for text in people.number[who]]
    both = [i for i, key in enumerate(number) if key in before and key in now]
    mean = [(before[number[i]] / price_level(year - 1) + now[number[i]] / price_level(year)) / 2 for i in both]
    assert len(both) > 2000
    np.testing.assert_allclose(mean, adults.drawn.income[who[both]], atol=1.5)


def test_nobody_has_an_income_after_death_or_emigration(country: Country) -> None:
    rows = set(adult_tables.income(country, 2020)["RINPERSOON"].to_pylist())
    gone = np.flatnonzero(country.people.presence.end[: len(country.people.children)] < day(2020))
    assert len(gone) > 100
    assert not rows & {text.decode() for text in country.people.number[gone]}


def test_odd_incomes_occur(country: Country) -> None:
    amounts = np.concatenate(
        [np.asarray(adult_tables.income(country, year)["INPPERSBRUT"]) for year in adult_tables.INCOME_YEARS]
    )
    assert (amounts == MISSING).any()
    assert (amounts < 0).any()
    household = adult_tables.household_income(country, 2018)
    assert (np.asarray(household["INHBRUTINKH"]) == MISSING).any()
    assert len(set(household["RINPERSOONHKW"].to_pylist())) == len(household["RINPERSOONHKW"])


def test_households_earn_at_least_what_their_members_do(country: Country) -> None:
    own = adult_tables.income(country, 2018)
    household = _by_person(country, adult_tables.household_income(country, 2018), "INHBRUTINKH", "RINPERSOONHKW")
    pairs = [
        (amount, household[key])
        for amount, key in zip(own["INPPERSBRUT"].to_pylist(), own["RINPERSOONHKW"].to_pylist(), strict=True)
        if amount != MISSING and household[key] not in (MISSING,) and household[key] >= 0
    ]
    assert len(pairs) > 10_000
    assert all(whole >= part for part, whole in pairs)


def test_care_components_add_up_to_the_drawn_costs(country: Country) -> None:
    adults, people = country.adults, country.people
    table = adult_tables.care(country, 2019)
    outside = {"NOPZVWKHUISARTSINSCHRIJF", "ZVWKGEBOORTEZORG", "ZVWKGENBASGGZ", "ZVWKSPECGGZ"}
    parts = [
        np.maximum(np.asarray(values), 0)
        for name, values in table.items()
        if name.startswith("ZVWK") and name not in outside
    ]
    total = np.sum(parts, axis=0) - np.asarray(table["NOPZVWKHUISARTSINSCHRIJF"])
    found = dict(zip(table["RINPERSOON"].to_pylist(), total.tolist(), strict=True))
    who = [i for i in np.flatnonzero(adults.thirty_five == 2019) if people.number[i].decode() in found]
    assert len(who) > 2000
    wanted = np.maximum(adults.drawn.care[who], FEWEST_EUR)
    np.testing.assert_allclose([found[people.number[i].decode()] for i in who], wanted, atol=0.51)
    assert all((np.asarray(values) >= 0).mean() > 0.99 for name, values in table.items() if name.startswith("ZVWK"))
    assert (np.asarray(table["ZVWKBUITENLAND"]) < 0).any()


def test_education_and_category_agree_with_what_was_drawn(country: Country) -> None:
    adults, people = country.adults, country.people
    levels = adult_tables.education(country, 2019)
    level = _by_person(country, levels, "OPLNIVSOI2021AGG4HBmetNIRWO")
    assert {"9999", "2121", "3112", "3212"} <= set(level.values())
    university = {people.number[i].decode() for i in np.flatnonzero(adults.drawn.wo)}
    assert all((code in adult_tables.WO_LEVELS) == (key in university) for key, code in level.items() if code != "9999")
    spells = adult_tables.categories(country)
    who, start, end, code = (spells[name].to_pylist() for name in ("RINPERSOON", "AANVSECM", "EINDSECM", "SECM"))
    on = {w: c for w, s, e, c in zip(who, start, end, code, strict=True) if s <= "20191231" <= e}
    child = np.flatnonzero(adults.thirty_five == 2019)
    checked = 0
    for i in child:
        key = people.number[i].decode()
        if key in on:
            checked += 1
            assert (on[key] == "22") == adults.drawn.social_assistance[i]
            assert (on[key] in {"11", "12", "13", "14"}) == adults.drawn.employed[i]
    assert checked > 2000


def test_recentring_moves_the_fit_onto_the_figure_and_nobody_else() -> None:
    country = make_country(scale=0.002, seed=1)
    truth = Truth(country.places, country.truth.world | {"recentred": {"WK036344": 26_000, "WK036345": 26_000}})
    rng = np.random.default_rng(4)
    n = 600
    wijk = np.flatnonzero(np.isin(country.places.wijk, ["WK036344", "WK036345", "WK036346"]))[rng.integers(0, 3, n)]
    zero = np.zeros(n, np.int8)
    x = Background(rng.random(n), zero.astype(bool), zero, zero, wijk)
    income = rng.gamma(3, 9_000, n)
    factor = _recentre(x, income, np.ones(n, bool), truth)
    band = (x.rank >= 0.15) & (x.rank <= 0.35) & (country.places.wijk[wijk] != "WK036346")
    assert (factor[~band] == 1).all()
    assert (factor[band] != 1).all()
    assert fit_at(x.rank[band], (income * factor)[band], 0.25) == pytest.approx(26_000)
    cells = [band & (country.places.wijk[wijk] == code) for code in ("WK036344", "WK036345")]
    before, after = ([fit_at(x.rank[c], y[c], 0.25) for c in cells] for y in (income, income * factor))
    assert after == pytest.approx([26_000, 26_000], rel=0.02)
    assert abs(after[0] - after[1]) > 20, "two wijken with one and the same income look false"
    assert (after[0] > after[1]) == (before[0] > before[1])
