"""The cohort of newborns on tables written by hand: every child's fate, group and outcome was worked out on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cohorts import handmade, handmade_newborns
from kansen import registers
from kansen.cohorts import Cohort, build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas

Row = dict[str, Any]


def died(day: str, file: int | None = None) -> Row:
    """In both registers of deaths on `day`; `file` is the year of the file of deaths where it is another one."""
    year = int(day[:4])
    return {"causes": [(year, day)], "deaths": [(file or year, day)] if year > 2012 else []}


NOT_HERE: Row = {"registered": False, "linked": False, "homes": [], "households": []}
"""As of a child that did not live to be registered."""

MOTHERS: dict[str, Row] = {
    # moved to Rotterdam between her two children, and left her partner
    "moved": {
        "homes": [("19800101", "20150601", "D1"), ("20150602", "99991231", "D2")],
        "households": [("19800101", "20150601", "5", "5"), ("20150602", "99991231", "6", "7")],
    },
}

CHILDREN: dict[str, Row] = {
    "normal": {},
    "born in 2010": {"born": "2010-12-31"},
    "born in 2021": {"born": "2021-01-01"},
    # fates
    "24 weeks": {"days": 168, "grams": 561},
    "a day too early": {"days": 167},
    "42 weeks": {"days": 294, "grams": 3317},
    "a day too late": {"days": 295},
    "unknown gestation": {"days": None},
    "unknown weight": {"grams": None},
    "sex of the midwife": {**NOT_HERE, "told_sex": "2", "linked": True},
    "sex of the register": {"sex": "2", "told_sex": "1"},
    "unknown sex": {**NOT_HERE, "told_sex": "UNK"},
    "mother of another register": {"mother_key": "G"},
    "mother not told": {"mother_key": None},
    "mother unknown": {"mother_key": "G", "linked": False},
    "mother nowhere": {"mother_key": None, "linked": False},
    "first home in the file": {"homes": [("20180101", "99991231", "D2"), ("20150310", "20171231", "D1")]},
    "first of two": {**NOT_HERE, "mother": "moved"},
    "second of two": {**NOT_HERE, "mother": "moved", "born": "2017-03-10"},
    "no home": {"homes": [], "mother": {"homes": [("20150311", "99991231", "D1")]}},
    "demolished": {"homes": [("20150310", "99991231", "D3")]},
    "no income": {"mother": {"incomes": {2014: 9999999999, 2015: -5000}}},
    "income absent": {"mother": {"incomes": {}}},
    "no household": {"households": [], "mother": {"households": [("20160101", "99991231", "5", "5")]}},
    # groups
    "first household in the file": {
        "households": [("20200101", "99991231", "6", "1"), ("20150310", "20191231", "5", "1")]
    },
    "couple without children": {"households": [("20150310", "99991231", "3", "1")]},
    "of Turkish origin": {"generation": "2", "country": "6043"},
    "origin of the mother": {**NOT_HERE, "mother": {"generation": "1", "country": "5007"}},
    "third generation": {"mother": {"generation": "2", "country": "5022"}},
    "poorest": {"born": "2016-05-01", "mother": {"incomes": {2014: 10000, 2018: 12000}, "wealth": {2016: -5000}}},
    "a negative year": {"born": "2016-05-01", "mother": {"incomes": {2014: -90000, 2015: 20000}, "wealth": {2016: 0}}},
    "richest": {"born": "2016-05-01", "mother": {"incomes": {2016: 90000}, "wealth": {2015: 1, 2016: 99999999999}}},
    "university": {"mother": {"levels": {2015: "3212"}}},
    "college": {"mother": {"levels": {2015: "3210"}}},
    "secondary": {"mother": {"levels": {2015: "2110", 2016: "3213"}}},
    "university in 2012": {"born": "2012-03-10", "mother": {"levels": {2012: "100001"}}},
    "college in 2011": {"born": "2011-03-10", "mother": {"levels": {2011: "200002"}}},
    "university in 2020": {"born": "2020-03-10", "mother": {"levels": {2020: "3113"}}},
    # deaths; born on 10 March 2015
    "died on the day": died("20150310"),
    "died after 7 days": died("20150317"),
    "died after 8 days": died("20150318"),
    "died after 28 days": died("20150407"),
    "died after 29 days": died("20150408"),
    "died after 364 days": died("20160308"),
    "died after 365 days": died("20160309"),
    "cause only": {"causes": [(2015, "20150310")]},
    "death only": {"deaths": [(2015, "20150310")]},
    "filed in two years": {"born": "2015-12-28", **died("20151231", file=2016)},
    "died in 2011": {"born": "2011-06-01", **died("20110605")},
    "died in 2012": {"born": "2012-06-01", **died("20120620")},
    "died the year after the last": {"born": "2020-12-30", **died("20210201")},
    "before delivery": {**NOT_HERE, "stage": "1"},
    "during delivery": {**NOT_HERE, "stage": "2"},
    "first week": {"stage": "3"},
    "first month": {"stage": "4"},
    "after a month": {"stage": "5"},
    "unclear stage": {"stage": "6"},
    "unknown stage": {"stage": None},
    # length of pregnancy and weight: p10 at 280 days is 3086 grams of boys and 2968 of girls
    "36 weeks and 6 days": {"days": 258, "grams": 2504},
    "37 weeks": {"days": 259, "grams": 3000},
    "boy on p10": {"grams": 3086},
    "boy below p10": {"grams": 3085},
    "girl on p10": {"sex": "2", "grams": 2968},
    "girl below p10": {"sex": "2", "grams": 2967},
}

DROPPED = {
    "a day too early": "birth_measured",
    "a day too late": "birth_measured",
    "unknown gestation": "birth_measured",
    "unknown weight": "birth_measured",
    "unknown sex": "sex_known",
    "mother unknown": "mother_known",
    "mother nowhere": "mother_known",
    "no home": "home",
    "no income": "parents_income",
    "income absent": "parents_income",
    "no household": "household_type",
}

ELSEWHERE = {"born in 2010", "born in 2021"}

# perinatal, neonatal and infant death, preterm, small
OUTCOMES: dict[str, tuple[float | None, ...]] = {
    "normal": (0, 0, 0, 0, 0),
    "died on the day": (1, 1, 1, None, None),
    "died after 7 days": (1, 1, 1, None, None),
    "died after 8 days": (0, 1, 1, 0, 0),
    "died after 28 days": (0, 1, 1, 0, 0),
    "died after 29 days": (0, 0, 1, 0, 0),
    "died after 364 days": (0, 0, 1, 0, 0),
    "died after 365 days": (0, 0, 0, 0, 0),
    "cause only": (0, 0, 0, 0, 0),
    "death only": (0, 0, 0, 0, 0),
    "filed in two years": (1, 1, 1, None, None),
    "died in 2011": (1, 1, 1, None, None),
    "died in 2012": (0, 1, 1, 0, 0),
    "died the year after the last": (0, 0, 1, 0, 0),
    "before delivery": (1, 1, 1, None, None),
    "during delivery": (1, 1, 1, None, None),
    "first week": (1, 1, 1, None, None),
    "first month": (0, 1, 1, 0, 0),
    "after a month": (0, 0, 0, 0, 0),
    "unclear stage": (0, 0, 0, 0, 0),
    "unknown stage": (0, 0, 0, 0, 0),
    "24 weeks": (0, 0, 0, 1, 0),  # on p10
    "42 weeks": (0, 0, 0, 0, 1),  # a gram below p10
    "36 weeks and 6 days": (0, 0, 0, 1, 0),
    "37 weeks": (0, 0, 0, 0, 0),
    "boy on p10": (0, 0, 0, 0, 0),
    "boy below p10": (0, 0, 0, 0, 1),
    "girl on p10": (0, 0, 0, 0, 0),
    "girl below p10": (0, 0, 0, 0, 1),
}

IDS = [f"c00_{id}" for id in ("perinatal_mortality", "neonatal_mortality", "infant_mortality", "preterm_birth", "sga")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cohort, dict[str, Row]]:
    folder = tmp_path_factory.mktemp("newborns")
    keys = handmade_newborns.write(folder / "registers", CHILDREN, MOTHERS)
    delivery, vault = registers.find(folder / "registers"), folder / "vault"
    cohort = build_cohort(load_cohort("newborns"), delivery, vault, load_engine("duckdb", vault / "s"), load_areas())
    names = {key: name for name, key in keys.items()}
    return cohort, {names[row["person"]]: row for row in pq.read_table(cohort.path).to_pylist()}


def test_who_stays(world: tuple[Cohort, dict[str, Row]]) -> None:
    assert set(world[1]) == set(CHILDREN) - set(DROPPED) - ELSEWHERE


def test_every_rule_reports_how_many_it_dropped(world: tuple[Cohort, dict[str, Row]]) -> None:
    steps = [row for row in world[0].attrition.steps() if row["level"] == "nl" and row["dimension"] == "all"]
    assert {row["step"]: row["dropped"] for row in steps} == {
        step: sum(value == step for value in DROPPED.values()) for step in [row["step"] for row in steps]
    }
    assert steps[0]["before"] == len(CHILDREN) - len(ELSEWHERE)


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes(world: tuple[Cohort, dict[str, Row]], name: str) -> None:
    assert tuple(world[1][name][id] for id in IDS) == OUTCOMES[name]


def test_the_cases_cover_every_outcome() -> None:
    assert set(load_cohort("newborns").ids) == set(IDS)


@pytest.mark.parametrize(
    ("name", "pc4"),
    [
        ("normal", "1061"),
        ("first home in the file", "3011"),
        ("sex of the midwife", "1061"),  # the mother's
        ("first of two", "1061"),
        ("second of two", "3011"),
        ("demolished", None),
    ],
)
def test_first_home(world: tuple[Cohort, dict[str, Row]], name: str, pc4: str | None) -> None:
    assert world[1][name]["pc4"] == pc4


@pytest.mark.parametrize(
    ("name", "sex"),
    [("normal", "men"), ("sex of the midwife", "women"), ("sex of the register", "women"), ("girl on p10", "women")],
)
def test_sex(world: tuple[Cohort, dict[str, Row]], name: str, sex: str) -> None:
    assert world[1][name]["sex"] == sex


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("normal", "two"),
        ("first household in the file", "single"),
        ("couple without children", "other"),
        ("first of two", "two"),
        ("second of two", "single"),
    ],
)
def test_household(world: tuple[Cohort, dict[str, Row]], name: str, kind: str) -> None:
    assert world[1][name]["household_type"] == kind


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("normal", "none"),
        ("of Turkish origin", "turkey"),
        ("origin of the mother", "suriname"),
        ("third generation", "morocco"),
    ],
)
def test_origin(world: tuple[Cohort, dict[str, Row]], name: str, origin: str) -> None:
    assert world[1][name]["origin"] == origin


def test_rank_of_the_mothers_household(world: tuple[Cohort, dict[str, Row]]) -> None:
    """Born in 2016: two households with a known mean income, the third with one year that counts.

    A negative income is a year less, not a lower mean; wealth below zero is wealth, and who has none known has no rank.
    """
    rows = [world[1][name] for name in ("poorest", "a negative year", "richest")]
    assert [row["income_rank"] for row in rows] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert [row["wealth_rank"] for row in rows] == [0.5, 1.0, None]
    assert world[1]["normal"]["wealth_rank"] is None


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("normal", "other"),
        ("university", "university"),
        ("college", "hpe"),
        ("secondary", "other"),
        ("university in 2012", "university"),
        ("college in 2011", "hpe"),
        ("university in 2020", "university"),
    ],
)
def test_education_of_the_mother(world: tuple[Cohort, dict[str, Row]], name: str, level: str) -> None:
    assert world[1][name]["parent_education"] == level


def test_children_of_one_mother_are_one_cluster(world: tuple[Cohort, dict[str, Row]]) -> None:
    assert world[1]["first of two"]["household"] == world[1]["second of two"]["household"]
    assert world[1]["normal"]["household"] != world[1]["university"]["household"]


def test_the_table_of_personal_incomes_says_whose_household_income_it_is(tmp_path: Path) -> None:
    """INPA of 2014 puts two mothers in the household of `earns`, whatever the link says, and lacks the third."""
    world = {
        name: {"born": "2016-03-10", "mother": {"incomes": {2014: income}}}
        for name, income in (("earns", 50_000.0), ("lives there", 10_000.0), ("not told", 30_000.0))
    }
    keys = handmade_newborns.write(tmp_path / "registers", world)
    mothers = {name: f"{int(key[1:]) + 1:09d}" for name, key in keys.items()}
    people = [
        {"RINPERSOONS": "R", "RINPERSOON": mothers[name], "RINPERSOONSHKW": "R", "RINPERSOONHKW": mothers["earns"]}
        for name in ("earns", "lives there")
    ]
    handmade.write_tables(tmp_path / "registers", {"InkomenBestedingen/INPATAB/INPA2014TABV1": people})
    delivery, vault = registers.find(tmp_path / "registers"), tmp_path / "vault"
    cohort = build_cohort(load_cohort("newborns"), delivery, vault, load_engine("duckdb", vault / "s"), load_areas())
    rows = {row["person"]: row["income_rank"] for row in pq.read_table(cohort.path).to_pylist()}
    assert rows == {keys["earns"]: 1.0, keys["lives there"]: 1.0}
