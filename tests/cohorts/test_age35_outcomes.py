"""Every outcome of age35 on tables written by hand, with values that were worked out on paper.

Born on 15 June 1983, so the outcome year is 2018, income years are 2017 and 2018, gifts count from 2010 to 2017.
"""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest

from cohorts import handmade_age35
from cohorts.handmade import ALWAYS, NORMAL
from cohorts.handmade_age35 import home_since_2011
from kansen import registers
from kansen.cohorts import build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas

P10, P17, P18 = 91.59 / 107.51, 101.70 / 107.51, 103.44 / 107.51
FIXED, TEMPORARY = "Onbepaalde tijd", "Bepaalde tijd"
NO_WEALTH = 99999999999.0
UNKNOWN = 9999999999.0

Row = dict[str, Any]

NO_JOB = dict.fromkeys(
    ["hourly_wage", "hourly_wage_max_11", "hourly_wage_max_14", "hourly_wage_max_16", "hrs_work_pw"]
) | {"permanent_contract": None}
NO_HOME: Row = {"homeowner": None, "living_space_pp": None}


def jobs(*rows: tuple[float | None, float | None, str | None]) -> Row:
    return {"jobs": [(2018, *row) for row in rows]}


def homes(*rows: tuple[str, str, str]) -> Row:
    return {"homes": [("19830615", "20101231", "D1"), *rows]}


def places(*rows: tuple[str, str, str]) -> Row:
    """Spells (first day, last day, place in the household) after a childhood at home."""
    return {"households": [(start, end, "5", place) for start, end, place in rows]}


def beside_parents(own: float, mother: float, father: float) -> Row:
    """The household's income of 2018, and that of the parents in 2003."""
    return {
        "household_incomes": {2018: own},
        "mother": {**NORMAL["mother"], "incomes": {2003: mother}},
        "father": {**NORMAL["father"], "incomes": {2003: father}},
    }


CASES: dict[str, tuple[Row, Row]] = {
    # name: what the tables say, and what follows
    "normal": (
        {},
        {
            "income": (30000 / P17 + 32000 / P18) / 2, "earnings": 0.0, "disability": 0.0, "employed": 1.0,
            "household_income": (50000 / P17 + 52000 / P18) / 2, "disposable_household_income": 0.0,
            "wealth": None, "wealth_no_home": None, "home_wealth": None, "debt": None, "wealth_perc": None,
            "household_below_poverty": None, "gifts_received": 0.0, "sum_gifts": 0.0, "age_left_parents": 35.0,
            "pharma": 0.0, "hospital": 0.0, "total_health_costs": 100.0, "hbo_attained": 1.0, "wo_attained": 0.0,
            **NO_JOB, **NO_HOME,
        },
    ),
    # income
    "two years": (
        {
            "earnings": {2017: 10000.0, 2018: 20000.0},
            "primary": {2017: 60000.0, 2018: 61000.0},
            "disposable": {2017: 40000.0, 2018: 41000.0},
        },
        {
            "earnings": (10000 / P17 + 20000 / P18) / 2, "individual_earnings": (10000 / P17 + 20000 / P18) / 2,
            "individual_income": (30000 / P17 + 32000 / P18) / 2,
            "primary_household_income": (60000 / P17 + 61000 / P18) / 2,
            "disposable_household_income": (40000 / P17 + 41000 / P18) / 2,
        },
    ),
    "a negative year": (
        {
            "incomes": {2017: -1.0, 2018: 20688.0},
            "earnings": {2017: -100.0, 2018: 20688.0},
            "primary": {2017: 10344.0, 2018: -1.0},
            "disposable": {2017: UNKNOWN, 2018: 10344.0},
        },
        {
            "individual_income": 20688 / P18, "earnings": 20688 / P18, "individual_earnings": 20688 / P18,
            "primary_household_income": 10344 / P17, "disposable_household_income": 10344 / P18,
        },
    ),
    "no year": (
        {
            "incomes": {2017: UNKNOWN, 2018: -2.0},
            "earnings": {2017: UNKNOWN, 2018: -1.0},
            "primary": {2017: -1.0, 2018: -1.0},
            "disposable": {2017: 999999999.0, 2018: UNKNOWN},
        },
        dict.fromkeys(
            [
                "income", "income_perc", "top_20_income", "bottom_20_income", "individual_income",
                "individual_income_perc", "earnings", "earnings_perc", "individual_earnings",
                "individual_earnings_perc", "primary_household_income", "primary_household_income_perc",
                "disposable_household_income", "disposable_household_income_perc",
            ]
        ),
    ),
    # 103,440 in 2018 and 82,430 in 2003 are both 107,510 euros of 2020
    "less than both parents together": (beside_parents(103440, 41215, 41216), {"more_than_parents": 0.0}),
    "as much as both parents": (beside_parents(103440, 41215, 41215), {"more_than_parents": 0.0}),
    "more than both parents": (beside_parents(103440, 41215, 41214), {"more_than_parents": 1.0}),
    "more than the one who is known": (beside_parents(103440, UNKNOWN, 82429), {"more_than_parents": 1.0}),
    "poor twice": ({"poverty": {2017: 90, 2018: 99.9}}, {"household_below_poverty": 1.0}),
    "poor once": ({"poverty": {2017: 90, 2018: 120}}, {"household_below_poverty": 0.0}),
    "on the line": ({"poverty": {2017: 99, 2018: 100}}, {"household_below_poverty": 0.0}),
    "poor once, then unknown": ({"poverty": {2017: 90, 2018: 998}}, {"household_below_poverty": None}),
    "poor once, then absent": ({"poverty": {2017: 90}}, {"household_below_poverty": None}),
    "unknown, then above": ({"poverty": {2017: 999, 2018: 130}}, {"household_below_poverty": 0.0}),
    # work
    "benefit": ({"secm": [(*ALWAYS, "24")]}, {"disability": 1.0, "employed": 0.0, "social_assistance": 0.0}),
    "no category": ({"secm": []}, {"disability": None, "employed": None, "social_assistance": None}),
    "two jobs": (
        jobs((2000.0, 100.0, FIXED), (900.0, 60.0, TEMPORARY)),
        {
            "hourly_wage": 2900 / P18 / 160, "hrs_work_pw": 160 / 52, "permanent_contract": 1.0,
            "hourly_wage_max_11": 0.0, "hourly_wage_max_14": 0.0, "hourly_wage_max_16": 0.0,
        },
    ),
    "temporary": (
        jobs((500.0, 20.0, FIXED), (1000.0, 40.0, TEMPORARY), (1000.0, 40.0, TEMPORARY)),
        {"permanent_contract": 0.0},
    ),
    "as many hours": (jobs((1.0, 80.0, TEMPORARY), (1.0, 80.0, FIXED)), {"permanent_contract": 1.0}),
    "no hours": (
        jobs((500.0, 0.0, TEMPORARY)),
        {**NO_JOB, "hrs_work_pw": 0.0, "permanent_contract": 0.0},
    ),
    "a negative wage": (
        jobs((1000.0, 50.0, FIXED), (-200.0, 10.0, FIXED)),
        {"hourly_wage": 1000 / P18 / 60, "hrs_work_pw": 60 / 52},
    ),
    "only a negative wage": (jobs((-5.0, 10.0, FIXED)), {**NO_JOB, "hrs_work_pw": 10 / 52, "permanent_contract": 1.0}),
    "hours corrected": (
        jobs((1000.0, 60.0, FIXED), (0.0, -10.0, FIXED)),
        {"hourly_wage": 1000 / P18 / 50, "hrs_work_pw": 50 / 52, "permanent_contract": 1.0},
    ),
    "hours corrected below zero": (
        jobs((10.0, -10.0, FIXED)),
        {**NO_JOB, "hrs_work_pw": -10 / 52, "permanent_contract": 1.0},
    ),
    "unknown hours": (
        jobs((1000.0, 50.0, FIXED), (100.0, None, TEMPORARY)),
        {"hourly_wage": 1100 / P18 / 50, "hrs_work_pw": None, "permanent_contract": 1.0},
    ),
    "mostly an unknown contract": (jobs((1.0, 80.0, None), (1.0, 20.0, FIXED)), {"permanent_contract": None}),
    "partly an unknown contract": (jobs((1.0, 20.0, None), (1.0, 20.0, TEMPORARY)), {"permanent_contract": 0.0}),
    "mostly no contract that applies": (
        jobs((1.0, 80.0, "Niet van toepassing"), (1.0, 20.0, FIXED)),
        {"permanent_contract": 0.0},
    ),
    "a job in another year": ({"jobs": [(2017, 1000.0, 50.0, FIXED)]}, NO_JOB),
    # health
    "medicines": (
        {"costs": {2018: {"FARMACIE": 12.0, "ZIEKENHUIS": -1.0}}},
        {"pharma": 1.0, "hospital": 0.0, "basic_mhc": 0.0, "specialist_mhc": 0.0, "mhc": 0.0},
    ),
    "hospital": ({"costs": {2018: {"ZIEKENHUIS": 0.5, "FARMACIE": -3.0}}}, {"pharma": 0.0, "hospital": 1.0}),
    "basic care": ({"costs": {2018: {"GENBASGGZ": 300.0}}}, {"basic_mhc": 1.0, "specialist_mhc": 0.0, "mhc": 1.0}),
    "specialist care": ({"costs": {2018: {"SPECGGZ": 9.0}}}, {"basic_mhc": 1.0, "specialist_mhc": 1.0, "mhc": 1.0}),
    "not insured": (
        {"costs": {}},
        {
            "pharma": 0.0, "hospital": 0.0, "basic_mhc": 0.0, "specialist_mhc": 0.0, "mhc": 0.0,
            "total_health_costs": 0.0,
        },
    ),
    # Q31: birth care is in the sum of nothing
    "a birth": (
        {"costs": {2018: {"HUISARTS": 50.0, "NOP": 20.0, "GEBOORTEZORG": 4000.0}}},
        {"total_health_costs": 30.0},
    ),
    # wealth
    "owns": (
        {"wealth": {2018: (100000, 40000)}},
        {"wealth": 100000 / P18, "wealth_no_home": 40000 / P18, "home_wealth": 60000 / P18, "debt": 0.0},
    ),
    "owes": (
        {"wealth": {2018: (-5000, -5000)}},
        {"wealth": -5000 / P18, "wealth_no_home": -5000 / P18, "home_wealth": 0.0, "debt": 5000 / P18},
    ),
    "unknown wealth": (
        {"wealth": {2018: (NO_WEALTH, NO_WEALTH)}},
        dict.fromkeys(["wealth", "wealth_no_home", "home_wealth", "debt", "wealth_perc"]),
    ),
    "unknown wealth without home": (
        {"wealth": {2018: (200000, NO_WEALTH)}},
        {"wealth": 200000 / P18, "wealth_no_home": None, "home_wealth": None, "debt": 0.0},
    ),
    "wealth of another year": ({"wealth": {2017: (1000, 1000)}}, {"wealth": None}),
    # homes
    "owner-occupied": ({"homes": home_since_2011("H1")}, {"homeowner": 1.0, "living_space_pp": 50.0}),
    "rented": ({"homes": home_since_2011("H2")}, {"homeowner": 0.0, "living_space_pp": 20.0}),
    # Q28: the floor area and the residents of the same address and year, 100 m2 with the five of 2017
    "moved on New Year's Day": (
        homes(("20110101", "20171231", "H1"), ("20180101", "99991231", "H3")),
        {"homeowner": None, "living_space_pp": 20.0},
    ),
    "away on New Year's Day": (
        homes(("20110101", "20171220", "H1"), ("20180105", "99991231", "H2")),
        {"homeowner": None, "living_space_pp": 20.0},
    ),
    "nobody registered": ({"homes": home_since_2011("H4")}, {"homeowner": 0.0, "living_space_pp": None}),
    "extended": ({"homes": home_since_2011("H5")}, {"homeowner": 0.0, "living_space_pp": 40.0}),
    "not yet built": ({"homes": home_since_2011("H6")}, {"homeowner": None, "living_space_pp": None}),
    # gifts: the years of 27 to 34 are 2010 to 2017
    "gifts": (
        {"gifts": [(2009, "1", 1.0), (2010, "1", 1000.0), (2017, "3", 500.0), (2018, "1", 9.0), (2012, "4", 70.0)]},
        {"gifts_received": 1.0, "sum_gifts": 1000 / P10 + 500 / P17},
    ),
    "gifts too early and too late": (
        {"gifts": [(2009, "1", 1000.0), (2018, "2", 1000.0), (2012, "4", 1000.0)]},
        {"gifts_received": 0.0, "sum_gifts": 0.0},
    ),
    "a gift of unknown amount": ({"gifts": [(2011, "2", None)]}, {"gifts_received": 1.0, "sum_gifts": 0.0}),
    # leaving home
    "left at 19": (
        places(("19830615", "20020614", "1"), ("20020615", "99991231", "2")),
        {"age_left_parents": 19.0},
    ),
    "left a day later": (
        places(("19830615", "20020615", "1"), ("20020616", "99991231", "2")),
        {"age_left_parents": 20.0},
    ),
    "left and came back": (
        places(("19830615", "19991231", "1"), ("20000101", "20001231", "2"), ("20010101", "99991231", "1")),
        {"age_left_parents": 17.0},
    ),
    # Q29 is as published: an institution is not home
    "institution": (
        places(("19830615", "19990101", "1"), ("19990102", "20000101", "10"), ("20000102", "99991231", "1")),
        {"age_left_parents": 16.0},
    ),
    "unknown place": (
        places(("19830615", "20010101", "1"), ("20010102", "20020101", "-"), ("20020102", "99991231", "1")),
        {"age_left_parents": 35.0},
    ),
    "gap of 365 days": (
        places(("19830615", "20020614", "1"), ("20030615", "99991231", "2")),
        {"age_left_parents": 19.0},
    ),
    # two spells hold the 19th birthday: the first in the file counts, whichever starts first
    "two places, home first": (
        places(("20020101", "20020701", "1"), ("19830615", "20030101", "2"), ("20030102", "99991231", "1")),
        {"age_left_parents": 15.0},
    ),
    "two places at 19, home first": (
        places(("20020601", "99991231", "1"), ("19830615", "20020531", "1"), ("20010616", "20020701", "2")),
        {"age_left_parents": 35.0},
    ),
    "two places at 19, away first": (
        places(("20010616", "20020701", "2"), ("19830615", "99991231", "1")),
        {"age_left_parents": 19.0},
    ),
    # nowhere on the 19th birthday: of two later rows within a year, the first in the file
    "later rows, away first": (
        places(("20021001", "99991231", "2"), ("20020801", "20020930", "1"), ("19830615", "20020601", "1")),
        {"age_left_parents": 19.0},
    ),
    "later rows, home first": (
        places(("20020801", "20020930", "1"), ("20021001", "99991231", "2"), ("19830615", "20020601", "1")),
        {"age_left_parents": 20.0},
    ),
    "gap of 366 days": (
        places(("19830615", "20020614", "1"), ("20030616", "99991231", "2")),
        {"age_left_parents": 20.0},
    ),
}  # fmt: skip


def born_1985(place: int, wage: float | None) -> Row:
    """One of five in a year of birth, in whose outcome year a euro is a euro of 2020."""
    amount = 10000.0 * place
    return {
        "born": ("1985", "01", "01"),
        "incomes": {2020: amount},
        "earnings": {2020: 60000 - amount},
        "household_incomes": {2020: amount},
        "primary": {2020: 60000 - amount},
        "disposable": {2020: amount / 2},
        "wealth": {2020: (amount - 30000, 0)},
        "jobs": [] if wage is None else [(2020, wage, 100.0, FIXED)],
    }


def ranks(place: int, household: float) -> Row:
    """Places of five (six for the gross household income, of which the highest two are tied)."""
    up, down = place / 5, (6 - place) / 5
    return {
        "income_perc": up, "individual_income_perc": up, "top_20_income": float(place >= 4),
        "bottom_20_income": float(place == 1), "earnings_perc": down, "individual_earnings_perc": down,
        "household_income_perc": household, "top_20_household_income": float(place == 5),
        "bottom_20_household_income": float(place == 1), "primary_household_income_perc": down,
        "disposable_household_income_perc": up, "wealth_perc": up,
    }  # fmt: skip


CASES |= {
    "lowest of 1985": (
        born_1985(1, 1100.0),
        {
            **ranks(1, 1 / 5.5), "hourly_wage": 11.0, "hourly_wage_max_11": 0.0, "hourly_wage_max_14": 1.0,
            "hourly_wage_max_16": 1.0, "debt": 20000.0,
        },
    ),
    "second of 1985": (born_1985(2, 1099.0), {**ranks(2, 2 / 5.5), "hourly_wage": 10.99, "hourly_wage_max_11": 1.0}),
    "third of 1985": (
        born_1985(3, 1400.0),
        {**ranks(3, 3 / 5.5), "hourly_wage_max_14": 0.0, "hourly_wage_max_16": 1.0},
    ),
    "fourth of 1985": (born_1985(4, 1600.0), {**ranks(4, 4 / 5.5), "hourly_wage_max_16": 0.0}),
    "highest of 1985": (born_1985(5, None), {**ranks(5, 1.0), **NO_JOB}),
    "tied with the highest": (
        {
            "born": ("1985", "01", "01"), "incomes": {}, "household_incomes": {2020: 50000.0},
            "primary": {2020: UNKNOWN}, "disposable": {2020: -1.0},
        },
        {
            **dict.fromkeys(ranks(5, 1.0)), "household_income_perc": 1.0, "top_20_household_income": 1.0,
            "bottom_20_household_income": 0.0,
        },
    ),
}  # fmt: skip

NEVER_MISSING = {
    # outcomes for which the absence of a row says no or zero, and those that everybody in the cohort has
    "hbo_attained", "wo_attained", "mhc", "total_health_costs", "pharma", "basic_mhc", "specialist_mhc", "hospital",
    "gifts_received", "sum_gifts", "age_left_parents", "household_income", "household_income_perc",
    "top_20_household_income", "bottom_20_household_income", "more_than_parents",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    folder = tmp_path_factory.mktemp("age35")
    keys = handmade_age35.write(folder / "registers", {name: own for name, (own, _) in CASES.items()})
    delivery, vault = registers.find(folder / "registers"), folder / "vault"
    cohort = build_cohort(load_cohort("age35"), delivery, vault, load_engine("duckdb", vault / "s"), load_areas())
    names = {key: name for name, key in keys.items()}
    return {names[row["person"]]: row for row in pq.read_table(cohort.path).to_pylist()}


def test_everybody_stays_and_every_outcome_is_made(rows: dict[str, Row]) -> None:
    assert set(rows) == set(CASES)
    assert set(load_cohort("age35").ids) <= set(rows["normal"])


@pytest.mark.parametrize("name", CASES)
def test_outcomes(rows: dict[str, Row], name: str) -> None:
    expected = {f"c35_{id}": value for id, value in CASES[name][1].items()}
    found = {id: rows[name][id] for id in expected}
    assert {id for id, value in found.items() if value is None} == {id for id, v in expected.items() if v is None}
    known = {id: value for id, value in expected.items() if value is not None}
    # Sums of rows are kept to a millionth of a euro.
    assert {id: found[id] for id in known} == pytest.approx(known, rel=1e-12, abs=1e-6)


def test_the_cases_show_a_value_of_every_outcome_and_a_missing_one_where_there_can_be() -> None:
    told = {id: [expected[id] for _, expected in CASES.values() if id in expected] for id in _ids()}
    assert {id for id, values in told.items() if all(value is None for value in values)} == set()
    assert {id for id, values in told.items() if None not in values} == NEVER_MISSING


def _ids() -> list[str]:
    return [id.removeprefix("c35_") for id in load_cohort("age35").ids]


def test_binary_outcomes_are_zero_or_one_and_places_lie_on_their_scale(rows: dict[str, Row]) -> None:
    for outcome in load_cohort("age35").outcomes:
        values = [row[outcome.id] for row in rows.values() if row[outcome.id] is not None]
        if outcome.kind == "binary":
            assert set(values) <= {0.0, 1.0}, outcome.id
        if outcome.kind == "rank":
            assert 0 < min(values) <= max(values) == 1.0, outcome.id
