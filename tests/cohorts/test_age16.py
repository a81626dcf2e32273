"""The cohort age16 on tables written by hand: every child's fate and outcome was worked out on paper.

Most are born on 15 June 2001, so that the outcome year is 2017. The eight pupils are born in 2002 with incomes of their
own, so that their ranks are eighths and their outcome year is 2018.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cohorts.handmade_young import ALWAYS, dropped, follow, write
from kansen.cohorts import Cohort, load_cohort

P17, P18 = 101.70 / 107.51, 103.44 / 107.51


def level(followed: str, attained: str = "3113") -> dict[str, Any]:
    return {"levels": {2017: (attained, followed)}}


NORMAL = level("2131")
TWO_PARENTS = {**NORMAL, "father": {"homes": [(*ALWAYS, "D1")]}}


def mother(*homes: tuple[str, str, str]) -> dict[str, Any]:
    return {**NORMAL, "mother": {"homes": [*homes, ("20110101", "99991231", "D1")]}}


def pupil(number: int, lived: list[str], **more: Any) -> dict[str, Any]:
    """Born in 2002, of parents with the `number`-th income; homes at 12 and at 16."""
    twelve, sixteen = lived
    homes = [("20020615", "20160101", twelve), ("20160102", "99991231", sixteen)]
    own = {"born": ("2002", "06", "15"), "income": 10000.0 * number, "levels": {2018: ("1111", "2132")}}
    return {**own, "homes": homes, **more}


CHILDREN: dict[str, dict[str, Any]] = {
    "normal": {**NORMAL},
    "practical": level("1212"),
    "vmbo-gt": level("1220"),
    "first years of havo": level("1222"),
    "mbo": level("2110"),
    "upper years": level("2130"),
    "vwo": level("2132"),
    "hbo": level("3112"),
    "university": level("3113"),
    "level unknown": level("9999"),
    "no level": {},
    "level of another year": {"levels": {2016: ("2132", "2132")}},
    "no parental income": {**NORMAL, "income": -500.0},
    "care": {
        **NORMAL,
        "costs": {
            2017: {
                "HUISARTS": 150.0, "NOP": 60.0, "FARMACIE": 40.5, "ZIEKENHUIS": -1.0, "GEBOORTEZORG": 5000.0,
                "SPECGGZ": 900.0,
            },
            2018: {"FARMACIE": 999.0},
        },
    },
    "protected": {**NORMAL, "protected": [2017, 2017], "mother": {"homes": [(*ALWAYS, "D2")]}},
    "protected the year before": {**NORMAL, "protected": [2016]},
    "moved after birth": mother(("19990101", "20010615", "D2"), ("20010616", "20101231", "D1")),
    "two homes at birth": mother(("20010101", "20101231", "D3"), ("19990101", "20010630", "D2")),
    "born abroad": mother(("20010616", "20101231", "D1")),
    "mother unknown": {**NORMAL, "mother": None, "father": {"homes": [(*ALWAYS, "D1")]}},
    "moves on 2 January": {**NORMAL, "homes": [("20010615", "20170101", "D1"), ("20170102", "99991231", "D2")]},
    "floor unknown": {**NORMAL, "homes": [(*ALWAYS, "D2")]},
    "residents unknown": {**NORMAL, "homes": [(*ALWAYS, "D3")]},
    "no home on 1 January": {**NORMAL, "homes": [("20010615", "20161230", "D1"), ("20170105", "99991231", "D1")]},
    "abroad": {**NORMAL, "homes": [("20010615", "20171129", "D1")]},
    # wealth of the year in which they turned 14
    "one household": {**TWO_PARENTS, "worth": [(2015, "mother", 1, 1000.0), (2015, "father", 1, 1000.0)]},
    "two households": {**TWO_PARENTS, "worth": [(2015, "mother", 1, -500.0), (2015, "father", 2, 2000.0)]},
    "one of two known": {**TWO_PARENTS, "worth": [(2015, "mother", 1, 99999999999.0), (2015, "father", 2, 3000.0)]},
    "in debt": {**TWO_PARENTS, "worth": [(2015, "mother", 1, -700.0), (2014, "father", 2, 9000.0)]},
    "one": pupil(1, ["D1", "D2"], groups=[(2013, "A1", {})], classes=[(2017, "V1", "4")]),
    "two": pupil(
        2, ["D1", "D2"], born_in=("6043", "6043"), groups=[(2013, "A1", {}), (2013, "A1", {})],
        classes=[(2016, "V1", "4"), (2017, "V1", "4"), (2018, "V1", "5")],
    ),
    "three": pupil(3, ["D2", "D3"], groups=[(2012, "A1", {}), (2014, "B1", {})]),
    "four": pupil(4, ["D1", "D2"], born_in=("6043", "6030"), groups=[(2013, "A1", {})]),
    "five": pupil(5, ["D1", "D2"], born_in=("6043", "----"),
                  groups=[(2013, "A1", {"WPOLEERJAAR": "7"}), (2014, "C1", {})]),
    "six": pupil(6, ["D2", "D3"], born_in=("5022", "5007"), groups=[(2014, "B1", {"WPOLEERJAAR": "08"})]),
    # no address on the 12th birthday, 15 June 2014, but until 31 days before; none on the 16th, but until 15 days
    # before and from 3 days after, which is the first row
    "seven": pupil(7, ["D1", "D2"], groups=[(2013, "A2", {})], homes=[
        ("20180618", "99991231", "D1"), ("20020615", "20140515", "D1"), ("20140801", "20180531", "D2"),
    ]),
    "eight": pupil(
        8, ["D1", "D3"], groups=[(2013, "A1", {}), (2013, "B2", {})], classes=[(2018, "V1", "4")],
        costs={2018: {"EERSTELIJNSVERBLIJF": 10.0}},
    ),
    "not registered": {"born": ("1998", "06", "15"), "type": "S", "groups": [(2013, "A1", {})]},
    "too old to be known": {"born": ("1997", "06", "15"), "born_in": ("6043", "6043"), "groups": [(2013, "A2", {})]},
    "neighbour without income": {"born": ("2002", "06", "15"), "income": None},
    "without a birthday": {"born": ("2002", "06", "31"), "born_in": ("6043", "6043")},
}  # fmt: skip

FATES = {
    "level unknown": "c16_vmbo_gl",
    "no level": "c16_vmbo_gl",
    "level of another year": "c16_vmbo_gl",
    "no parental income": "parents_income",
    "mother unknown": "parents_income",
    "neighbour without income": "parents_income",
    "abroad": "resident",
    "without a birthday": "birth_date",
}
WINDOW = {"not registered", "too old to be known"}

FLOORS = {
    "D1": [("19900101", "20161231", "90"), ("20170101", "88888888", "120")],
    "D2": [("19900101", "88888888", "999999")],
    "D3": [("19900101", "88888888", "80")],
}
RESIDENTS = {(2017, "D1"): 4, (2017, "D2"): 2, (2017, "D3"): 0, (2018, "D3"): 3}

World = tuple[Cohort, dict[str, dict[str, Any]]]
Delivered = tuple[Path, dict[str, str]]


def deliver(root: Path) -> dict[str, str]:
    """The tables of age16 below `root`; returns the name of each key."""
    last_years = range(2016, 2021)
    return write(
        root, CHILDREN, incomes=range(2014, 2019), wealth=range(2014, 2019),
        years={
            "levels": last_years, "costs": last_years, "protected": last_years, "dwellings": last_years,
            "groups": range(2008, 2020), "classes": range(2012, 2024),
        },
        floors=FLOORS, residents=RESIDENTS,
    )  # fmt: skip


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    root = tmp_path_factory.mktemp("age16") / "registers"
    return root, deliver(root)


@pytest.fixture(scope="module")
def world(delivered: Delivered) -> World:
    return follow("age16", *delivered)


def test_every_outcome_is_made(world: World) -> None:
    cohort, rows = world
    assert cohort.declaration.ids == load_cohort("age16").ids
    assert set(cohort.declaration.ids) < set(rows["normal"])


def test_fates(world: World) -> None:
    cohort, rows = world
    assert set(rows) == set(CHILDREN) - set(FATES) - WINDOW
    assert dropped(cohort) == {rule: list(FATES.values()).count(rule) for rule in FATES.values()}


@pytest.mark.parametrize(
    ("name", "tracks"),
    [
        ("normal", [1.0, 1.0, 0.0]),
        ("practical", [0.0, 0.0, 0.0]),
        ("vmbo-gt", [1.0, 0.0, 0.0]),
        ("first years of havo", [1.0, 1.0, 0.0]),
        ("mbo", [1.0, 0.0, 0.0]),
        ("upper years", [1.0, 1.0, 0.0]),
        ("vwo", [1.0, 1.0, 1.0]),
        ("hbo", [1.0, 1.0, 0.0]),
        ("university", [1.0, 1.0, 1.0]),
    ],
)
def test_tracks(world: World, name: str, tracks: list[float]) -> None:
    assert [world[1][name][f"c16_{track}"] for track in ("vmbo_gl", "havo", "vwo")] == tracks


def test_care_costs_are_those_of_the_year_in_euros_of_2020(world: World) -> None:
    rows = world[1]
    assert rows["care"]["c16_youth_health_costs"] == pytest.approx((150.0 - 60.0 + 40.5) / P17, rel=1e-14)
    assert rows["eight"]["c16_youth_health_costs"] == pytest.approx(10.0 / P18, rel=1e-14)  # a column since 2018
    assert rows["normal"]["c16_youth_health_costs"] == 0.0


def test_protection_is_of_the_year_and_counts_once(world: World) -> None:
    names = ("protected", "protected the year before", "normal")
    assert [world[1][name]["c16_youth_protection"] for name in names] == [1.0, 0.0, 0.0]


def test_wealth_counts_a_shared_household_once_and_unknown_wealth_has_no_rank(world: World) -> None:
    """Net worths of -700, 1000, -500 + 2000 and 3000 are in that order; nobody else's is known (Q19)."""
    names = ("in debt", "one household", "two households", "one of two known", "normal")
    assert [world[1][name]["wealth_rank"] for name in names] == [1 / 4, 2 / 4, 3 / 4, 1.0, None]


AMSTERDAM = ("GM0363", "WK036386", "1061")
ROTTERDAM = ("GM0599", "WK059901", "3011")


@pytest.mark.parametrize(
    ("name", "home", "at_birth"),
    [
        ("normal", AMSTERDAM, AMSTERDAM),
        ("protected", AMSTERDAM, ROTTERDAM),  # Q55: the home stays the home
        ("moved after birth", AMSTERDAM, ROTTERDAM),
        ("two homes at birth", AMSTERDAM, ("GM0363", "WK036386", "1062")),
        ("born abroad", AMSTERDAM, (None, None, None)),  # Q11
    ],
)
def test_home_and_home_at_birth(
    world: World, name: str, home: tuple[str, ...], at_birth: tuple[str | None, ...]
) -> None:
    row = world[1][name]
    levels = ("municipality", "wijk", "pc4")
    assert tuple(row[level] for level in levels) == home
    assert tuple(row[f"{level}_birth"] for level in levels) == at_birth


def test_protection_is_shown_by_the_home_at_birth() -> None:
    declared = load_cohort("age16").outcomes
    assert [outcome.id for outcome in declared if outcome.basis == "birth"] == ["c16_youth_protection"]


@pytest.mark.parametrize(
    ("name", "space"),
    [
        ("normal", 120 / 4),
        ("moves on 2 January", 120 / 4),
        ("floor unknown", None),
        ("residents unknown", None),
        ("no home on 1 January", None),
        ("eight", 80 / 3),  # of 2018
    ],
)
def test_living_space(world: World, name: str, space: float | None) -> None:
    assert world[1][name]["c16_living_space_pp"] == space


def composition(row: dict[str, Any], what: str) -> list[float | None]:
    return [
        row[f"c16_{what}_{trait}"]
        for trait in ("foreign_born_parents", "income_below_25th", "income_below_50th", "income_above_75th")
    ]


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        # A1 in 2013: one, two (twice there, counted once), four and eight; not five, who is in group 7, nor the one who
        # is not in the register of persons
        ("one", [1 / 3, 0.0, 1 / 3, 1 / 3]),
        ("two", [0.0, 1 / 3, 1 / 3, 1 / 3]),
        ("eight", [1 / 3, 1 / 3, 2 / 3, 0.0]),  # at two schools: the first row
        # B1 in 2014, the latest year of three
        ("three", [1.0, 0.0, 0.0, 0.0]),
        ("six", [0.0, 0.0, 1.0, 0.0]),
        # one classmate, whose parents are known and whose rank is not (Q36)
        ("seven", [1.0, None, None, None]),
        ("five", [None] * 4),  # alone
        ("normal", [None] * 4),  # never in group 8
    ],
)
def test_primary_class(world: World, name: str, shares: list[float | None]) -> None:
    assert composition(world[1][name], "primary_class") == shares


@pytest.mark.parametrize(
    ("name", "shares"),
    [("one", [1.0, 0.0, 1.0, 0.0]), ("two", [0.0, 1.0, 1.0, 0.0]), ("eight", [None] * 4), ("normal", [None] * 4)],
)
def test_secondary_class(world: World, name: str, shares: list[float | None]) -> None:
    assert composition(world[1][name], "secondary_class") == shares


@pytest.mark.parametrize(
    ("name", "twelve", "sixteen"),
    [
        # of 2002 at 12 in 1061: one, two, four, five, seven, eight and the one without income
        # (five: one parent abroad, the other unknown); at 16 in 3011: one, two, four, five
        ("one", [1 / 5, 0.0, 1 / 5, 2 / 5], [1 / 2, 0.0, 1 / 3, 0.0]),
        ("five", [1 / 6, 1 / 5, 2 / 5, 2 / 5], [1 / 3, 1 / 3, 2 / 3, 0.0]),
        # near enough at both ages; of two that are near the first row counts, in 1061 with the one without income
        ("seven", [1 / 5, 1 / 5, 2 / 5, 1 / 5], [0.0, None, None, None]),
        ("six", [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1 / 2, 1 / 2]),
    ],
)
def test_neighbourhood(world: World, name: str, twelve: list[float | None], sixteen: list[float | None]) -> None:
    row = world[1][name]
    assert composition(row, "age12_neighborhood") == twelve
    assert composition(row, "neighborhood") == sixteen


def test_homes_as_the_published_pipeline_has_them(delivered: Delivered, world: World) -> None:
    """Who was not born from a home in the Netherlands is dropped (Q11), and protection moves the home (Q55)."""
    cohort, rows = follow("age16", *delivered, quirks="Q11,Q55")
    assert set(world[1]) - set(rows) == {"born abroad"}
    assert dropped(cohort)["home"] == 2  # and "mother unknown", who has no parental income either
    assert [rows[name]["municipality"] for name in ("protected", "moved after birth")] == ["GM0599", "GM0363"]
