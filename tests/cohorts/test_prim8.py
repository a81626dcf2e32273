"""The cohorts of group 8 on tables written by hand: every child's fate and outcome was worked out on paper.

Most of prim8_a are born on 15 June 2004 and in group 8 in 2015. The eight pupils are born in 2005 with incomes of their
own, so that their ranks are eighths, and are in group 8 in 2016.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cohorts.handmade_young import ALWAYS, dropped, follow, write
from kansen.cohorts import Cohort, load_cohort

P14, P15 = 99.40 / 107.51, 100.00 / 107.51


def results(math: str = "--", reading: str = "--", language: str = "--", test: str = "--", first: str = "--",
            revised: str = "--", **more: Any) -> dict[str, Any]:  # fmt: skip
    """A row of the table of pupils: levels of three tests, the test advice, and the two advices of the school."""
    tests = {"WPOREKENEN": math, "WPOTAALLV": reading, "WPOTAALTV": language, "WPOTOETSADVIES": test}
    return {**tests, "WPOADVIESVO": first, "WPOADVIESHERZ": revised, **more}


def in_group_8(*args: str, year: int = 2015, school: str = "S1", **more: Any) -> dict[str, Any]:
    return {"born": ("2004", "06", "15"), "groups": [(year, school, results(*args, **more))]}


HAVO = ("3", "4", "4", "60", "60")
FINE = in_group_8(*HAVO)


def pupil(number: int, school: str, tests: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Born in 2005, of parents with the `number`-th income."""
    own = {"born": ("2005", "06", "15"), "income": 10000.0 * number, "groups": [(2016, school, tests)]}
    return {**own, **more}


CHILDREN: dict[str, dict[str, Any]] = {
    "normal": FINE,
    "low levels": in_group_8("2", "3", "3", "34", "32"),
    "highest levels": in_group_8("4", "4", "4", "70", "70"),
    "no test": in_group_8(first="53"),
    "not comparable": in_group_8(test="44", first="45"),
    "below the highest test": in_group_8(test="70", first="52"),
    "above the lowest test": in_group_8(test="10", first="20"),
    "below": in_group_8(test="60", first="44"),
    "above": in_group_8(test="42", first="60"),
    "revised": in_group_8(test="61", first="44", revised="61"),
    "revised to none": in_group_8(test="60", first="60", revised="80"),
    "no advice possible": in_group_8(test="34", first="80"),
    "nothing known": in_group_8(),
    "never in group 8": {"born": ("2004", "06", "15")},
    "in group 7": in_group_8(*HAVO, WPOLEERJAAR="7"),
    "not registered": {**FINE, "type": "S"},
    "before the school years": in_group_8(*HAVO, year=2013),
    "two schools": {**FINE, "groups": [(2015, "S1", results(*HAVO)), (2015, "S2", results("1", "1", "1", "20", "20"))]},
    "twice in group 8": {
        **FINE,
        "groups": [(2016, "S1", results(*HAVO)), (2015, "S1", results("1", "1", "1", "20", "20"))],
        "costs": {2015: {"HUISARTS": 100.0}},
    },
    "no parental income": {**FINE, "income": None},
    "abroad": {**FINE, "homes": [("20040615", "20151129", "D1")]},
    "no household": {**FINE, "households": [("20160101", "99991231", "5", "1")]},
    "care": {
        **FINE,
        "costs": {
            2015: {
                "HUISARTS": 150.0, "MULTIDISC": 9.5, "NOP": 60.0, "FARMACIE": -1.0, "GEBOORTEZORG": 70.0,
                "SPECGGZ": 9.0,
            },
        },
    },
    "of 2014": {
        **in_group_8(*HAVO, year=2014), "born": ("2003", "06", "15"), "protected": [2015],
        "costs": {2014: {"FARMACIE": 40.5, "GENBASGGZ": 300.0}},
    },
    "protected": {**FINE, "protected": [2015, 2015], "mother": {"homes": [(*ALWAYS, "D2")]}},
    "protected the year after": {**FINE, "protected": [2016]},
    "born abroad": {**FINE, "mother": {"homes": [("20040616", "99991231", "D1")]}},
    "floor unknown": {**FINE, "homes": [(*ALWAYS, "D2")]},
    "large class": in_group_8(*HAVO, WPOGROEPSGROOTTE=31),
    "mother at university": {**FINE, "mother": {"homes": [(*ALWAYS, "D1")], "levels": {2014: "3213"}}},
    "mother with hbo": {**FINE, "mother": {"homes": [(*ALWAYS, "D1")], "levels": {2014: "3210"}}},
    "one": pupil(1, "A1", results("4", "4", "3", "42", "42")),
    "two": pupil(2, "A1", results("2", "4", "4", "70", "70"), born_in=("6043", "6043")),
    "three": pupil(3, "C1", results(*HAVO), groups=[(2016, "A1", results(*HAVO)), (2017, "C1", results(*HAVO))],
                   homes=[("20050615", "20161231", "D2"), ("20170101", "99991231", "D1")]),
    "four": pupil(4, "A1", results(first="60"), born_in=("6043", "6030")),
    "five": pupil(5, "B1", results(first="60"), born_in=("6043", "----")),
    "six": pupil(6, "A2", results(*HAVO), homes=[(*ALWAYS, "D2")], born_in=("5022", "5007")),
    "seven": pupil(7, "B1", results("4", "3", "4", "61", "61")),
    "eight": pupil(8, "A1", results("3", "3", "4", "60", "60")),
    "too old to be known": {"born": ("2000", "06", "15"), "groups": [(2016, "A1", results("1", "1", "1", "20", "20"))]},
}  # fmt: skip

FATES = {
    "nothing known": "results",
    "never in group 8": "in_grade",
    "in group 7": "in_grade",
    "not registered": "in_grade",
    "before the school years": "in_grade",
    "no parental income": "parents_income",
    "abroad": "resident",
    "no household": "household_type",
}

World = tuple[Cohort, dict[str, dict[str, Any]]]


def deliver(root: Path) -> dict[str, str]:
    """The tables of prim8_a below `root`; returns the name of each key."""
    school_years = range(2014, 2019)
    return write(
        root, CHILDREN, incomes=range(2014, 2019), wealth=range(2014, 2018),
        years={
            "levels": range(2013, 2017), "costs": school_years, "protected": range(2015, 2019),
            "groups": school_years, "dwellings": school_years,
        },
        floors={"D1": [("19900101", "20150101", "90"), ("20150102", "88888888", "120")]},
        residents={(2014, "D1"): 2, (2015, "D1"): 4, (2015, "D2"): 1},
    )  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("prim8_a") / "registers"
    return follow("prim8_a", root, deliver(root))


def test_every_outcome_is_made(world: World) -> None:
    cohort, rows = world
    assert cohort.declaration.ids == load_cohort("prim8_a").ids
    assert set(cohort.declaration.ids) < set(rows["normal"])


def test_fates(world: World) -> None:
    cohort, rows = world
    assert set(rows) == set(CHILDREN) - set(FATES) - {"too old to be known"}
    assert dropped(cohort) == {rule: list(FATES.values()).count(rule) for rule in FATES.values()}


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("normal", [1.0, 1.0, 1.0]),
        ("low levels", [0.0, 0.0, 0.0]),
        ("highest levels", [1.0, 1.0, 1.0]),
        ("no test", [None, None, None]),
        ("two schools", [1.0, 1.0, 1.0]),
        ("twice in group 8", [1.0, 1.0, 1.0]),
        ("seven", [1.0, 0.0, 1.0]),
    ],
)
def test_levels(world: World, name: str, levels: list[float | None]) -> None:
    assert [world[1][name][f"c11_a_{test}"] for test in ("math", "reading", "language")] == levels


@pytest.mark.parametrize(
    ("name", "test", "final"),
    [
        ("normal", [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]),
        ("low levels", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ("highest levels", [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]),
        ("no test", [None, None, None], [1.0, 0.0, 0.0]),
        ("not comparable", [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        ("revised", [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]),
        ("revised to none", [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]),  # Q34
        ("no advice possible", [0.0, 0.0, 0.0], [None, None, None]),
        ("one", [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
    ],
)
def test_advices(world: World, name: str, test: list[float | None], final: list[float | None]) -> None:
    row = world[1][name]
    tracks = ("vmbo_gl", "havo", "vwo")
    assert [row[f"c11_a_{track}_test"] for track in tracks] == test
    assert [row[f"c11_a_{track}_final"] for track in tracks] == final


@pytest.mark.parametrize(
    ("name", "under", "over"),
    [
        ("normal", 0.0, 0.0),
        ("below", 1.0, 0.0),
        ("above", 0.0, 1.0),
        ("below the highest test", 1.0, None),  # nobody can be above it
        ("above the lowest test", None, 1.0),  # nobody can be below it
        ("highest levels", 0.0, None),
        ("revised", 0.0, None),
        ("revised to none", 0.0, 0.0),
        ("no test", None, None),
        ("not comparable", None, None),
        ("no advice possible", None, None),
    ],
)
def test_under_and_over_advice(world: World, name: str, under: float | None, over: float | None) -> None:
    row = world[1][name]
    assert (row["c11_a_under_advice"], row["c11_a_over_advice"]) == (under, over)


@pytest.mark.parametrize(
    ("name", "costs"),
    [
        ("normal", 0.0),
        ("care", (150.0 + 9.5 - 60.0) / P15),
        ("of 2014", 40.5 / P14),  # a year in which not every kind of care has a column
        ("twice in group 8", 0.0),  # of the latest year
    ],
)
def test_care_costs(world: World, name: str, costs: float) -> None:
    assert world[1][name]["c11_a_youth_health_costs"] == pytest.approx(costs, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "protected"),
    [("normal", 0.0), ("protected", 1.0), ("of 2014", 1.0), ("protected the year after", 0.0)],
)
def test_protection(world: World, name: str, protected: float) -> None:
    assert world[1][name]["c11_a_youth_protection"] == protected


def test_protection_is_shown_by_the_home_at_birth(world: World) -> None:
    declared = load_cohort("prim8_a").outcomes
    assert [outcome.id for outcome in declared if outcome.basis == "birth"] == ["c11_a_youth_protection"]
    rows = world[1]
    assert (rows["protected"]["municipality"], rows["protected"]["municipality_birth"]) == ("GM0363", "GM0599")
    assert (rows["born abroad"]["municipality"], rows["born abroad"]["municipality_birth"]) == ("GM0363", None)  # Q11


@pytest.mark.parametrize(
    ("name", "space"),
    [("normal", 90 / 4), ("of 2014", 90 / 2), ("floor unknown", None), ("one", None)],
)
def test_living_space(world: World, name: str, space: float | None) -> None:
    assert world[1][name]["c11_a_living_space_pp"] == space


def test_class_size(world: World) -> None:
    assert [world[1][name]["c11_a_class_size"] for name in ("large class", "normal")] == [31.0, None]


@pytest.mark.parametrize(
    ("name", "education"),
    [("normal", "other"), ("mother at university", "university"), ("mother with hbo", "hpe")],
)
def test_parental_education_at_ten(world: World, name: str, education: str) -> None:
    assert world[1][name]["parent_education"] == education


def shares(row: dict[str, Any], kind: str, names: tuple[str, ...]) -> list[float | None]:
    return [row[f"c11_a_{kind}_{name}"] for name in names]


SCORES = ("math", "reading", "language", "vmbo_gl_test", "havo_test", "vwo_test")
TRAITS = ("foreign_born_parents", "income_below_25th", "income_below_50th", "income_above_75th")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        # A1 in 2016: one, two, three, four without a test, eight, and one who is too old to have a rank
        ("one", [2 / 4, 2 / 4, 3 / 4, 3 / 4, 3 / 4, 1 / 4]),
        ("four", [3 / 5, 3 / 5, 3 / 5, 4 / 5, 3 / 5, 1 / 5]),  # without a test itself
        ("two", [3 / 4, 2 / 4, 2 / 4, 3 / 4, 2 / 4, 0.0]),
        # B1: five without a test, and seven
        ("five", [1.0, 0.0, 1.0, 1.0, 1.0, 0.0]),
        ("seven", [None] * 6),
        ("three", [None] * 6),  # alone in its latest year
        ("six", [None] * 6),  # alone at another location of A
    ],
)
def test_results_of_classmates(world: World, name: str, found: list[float | None]) -> None:
    assert shares(world[1][name], "class", SCORES) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("one", [1 / 5, 0.0, 2 / 4, 1 / 4]),
        ("two", [0.0, 1 / 4, 2 / 4, 1 / 4]),
        ("five", [0.0, 0.0, 0.0, 1.0]),
        ("seven", [None, 0.0, 0.0, 0.0]),  # of five it is not known whether both parents were born abroad
        ("three", [None] * 4),
    ],
)
def test_composition_of_the_class(world: World, name: str, found: list[float | None]) -> None:
    assert shares(world[1][name], "class", TRAITS) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        # of 2005 on 1 January 2016 in 1061: one, two, four, five (parents not known), seven and eight
        ("one", [1 / 4, 0.0, 1 / 5, 2 / 5]),
        ("five", [1 / 5, 1 / 5, 2 / 5, 2 / 5]),
        ("six", [0.0, 0.0, 1.0, 0.0]),  # with three
        ("three", [1 / 5, 1 / 6, 2 / 6, 2 / 6]),  # on 1 January 2017, in 1061
    ],
)
def test_neighbourhood(world: World, name: str, found: list[float | None]) -> None:
    assert shares(world[1][name], "primary_neighborhood", TRAITS) == found


def test_the_later_cohort_has_the_same_outcomes_in_its_own_years() -> None:
    earlier, later = load_cohort("prim8_a"), load_cohort("prim8_b")
    assert [id.removeprefix("c11_b_") for id in later.ids] == [id.removeprefix("c11_a_") for id in earlier.ids]
    own = {"years", "first"}
    for one, other in zip(earlier.outcomes, later.outcomes, strict=True):
        assert (one.kind, one.unit, one.polarity, one.basis) == (other.kind, other.unit, other.polarity, other.basis)
        assert {k: v for k, v in one.recipe.items() if k not in own} == {
            k: v for k, v in other.recipe.items() if k not in own
        }


LATER: dict[str, dict[str, Any]] = {
    "without a test": {
        "born": ("2009", "06", "15"),
        "groups": [(2020, "A1", results(first="60"))],
        "protected": [2020],
    },
    "classmate": {"born": ("2009", "06", "15"), "groups": [(2020, "A1", results(first="70"))]},
    "with a test": {"born": ("2010", "06", "15"), "groups": [(2021, "A1", results(*HAVO))]},
    "too late": {"born": ("2011", "06", "15"), "groups": [(2025, "A1", results(*HAVO))]},
}


def deliver_later(root: Path) -> dict[str, str]:
    """The tables of prim8_b below `root`; returns the name of each key."""
    years = range(2020, 2025)
    return write(
        root, LATER, incomes=range(2015, 2020), wealth=range(2019, 2022),
        years={"levels": range(2019, 2022), "costs": years, "protected": years, "groups": years, "dwellings": years},
        floors={"D1": [("19900101", "88888888", "90")]}, residents={(2020, "D1"): 3},
    )  # fmt: skip


def test_a_year_without_a_final_test(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("prim8_b") / "registers"
    cohort, rows = follow("prim8_b", root, deliver_later(root))
    assert dropped(cohort) == {"in_grade": 1}
    assert cohort.declaration.ids == load_cohort("prim8_b").ids
    row = {id.removeprefix("c11_b_"): value for id, value in rows["without a test"].items()}
    tests = [*SCORES, *[f"class_{name}" for name in SCORES], "under_advice", "over_advice"]
    assert {row[name] for name in tests} == {None}
    assert [row[f"{track}_final"] for track in ("vmbo_gl", "havo", "vwo")] == [1.0, 1.0, 0.0]
    assert (row["youth_protection"], row["living_space_pp"], row["class_foreign_born_parents"]) == (1.0, 30.0, 0.0)
    tested = {id.removeprefix("c11_b_"): value for id, value in rows["with a test"].items()}
    assert [tested[name] for name in SCORES] == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    assert (tested["under_advice"], tested["over_advice"]) == (0.0, 0.0)
