"""The cohort age21 on tables written by hand: every child's fate and outcome was worked out on paper.

Most are born on 15 June 1997, so that the outcome year is 2018 and care is that of 2017. The eight pupils are born in
1998 with incomes of their own, so that their ranks are eighths.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cohorts.handmade_young import dropped, follow, write
from kansen.cohorts import Cohort, load_cohort

BORN = ("1997", "06", "15")


def level(attained: str, followed: str = "1112") -> dict[str, Any]:
    return {"levels": {2018: (attained, followed)}}


def place(*spells: tuple[str, str, str]) -> dict[str, Any]:
    return {"households": [("19970615", "20180531", "5", "1"), *[(start, end, "5", p) for start, end, p in spells]]}


def parent(sex: str, born: str, *, father: bool = True, **more: Any) -> dict[str, Any]:
    return {"sex": sex, "children": [((born[:4], born[4:6], born[6:]), father)], **more}


def pupil(number: int, lived: list[str], classes: list[tuple[int, str, str]], **more: Any) -> dict[str, Any]:
    """Born in 1998, of parents with the `number`-th income; homes at 12 and at 16."""
    twelve, sixteen = lived
    return {
        "born": ("1998", "06", "15"),
        "income": 10000.0 * number,
        "homes": [("19980615", "20120101", twelve), ("20120102", "99991231", sixteen)],
        "classes": classes,
        **more,
    }


CHILDREN: dict[str, dict[str, Any]] = {
    "normal": {"born": BORN, **level("2121", "3112")},
    "nothing known": {"born": BORN, "classes": [(2013, "C1", "4")]},
    "unknown levels": {"born": BORN, **level("9999", "9999")},
    "mbo-2": {"born": BORN, "mbo": {2018: (True, True), 2017: (False, True)}, **level("2110", "2110")},
    "vmbo": {"born": BORN, "mbo": {2018: (False, False)}, **level("1222", "2132")},
    "university": {"born": BORN, **level("2132", "3113")},
    "hbo master": {"born": BORN, **level("3210", "3210")},
    "level of another year": {"born": BORN, "levels": {2017: ("3113", "3113")}},
    # the 21st birthday is 15 June 2018
    "away": {"born": BORN, **place(("20180601", "99991231", "2"))},
    "away the day after": {"born": BORN, **place(("20180601", "20180615", "1"), ("20180616", "99991231", "2"))},
    "in a home": {"born": BORN, **place(("20180601", "99991231", "10"))},
    "365 days later": {"born": BORN, **place(("20190615", "99991231", "1"))},
    "366 days later": {"born": BORN, **place(("20190616", "99991231", "1"))},
    "first later row": {"born": BORN, **place(("20190101", "99991231", "2"), ("20180801", "20181231", "1"))},
    "place unknown": {"born": BORN, **place(("20180601", "99991231", "--"))},
    # the 20th birthday is 15 June 2017
    "mother the day before 20": {"born": BORN, **parent("2", "20170614")},
    "mother at 20": {"born": BORN, **parent("2", "20170615")},
    "child with an impossible date": {"born": BORN, **parent("2", "20150229")},
    "single mother": {"born": BORN, **parent("2", "20150101", father=False)},
    "father": {"born": BORN, **parent("1", "20150101")},
    "second child counts not": {
        "born": BORN, "sex": "2", "children": [(("2018", "01", "01"), True), (("2016", "01", "01"), True)],
    },
    "care": {
        "born": BORN,
        "costs": {
            2017: {"HUISARTS": 150.0, "NOP": 60.0, "FARMACIE": 40.5, "ZIEKENHUIS": -1.0, "GEBOORTEZORG": 5000.0},
            2018: {"ZIEKENHUIS": 999.0, "SPECGGZ": 999.0},
        },
    },
    "hospital": {"born": BORN, "costs": {2017: {"ZIEKENHUIS": 1000.0}}},
    "basic care": {"born": BORN, "costs": {2017: {"GENBASGGZ": 300.0}}},
    "specialist care": {"born": BORN, "costs": {2017: {"SPECGGZ": 300.0}}},
    "no parental income": {"born": BORN, "income": None},
    "abroad": {"born": BORN, "homes": [("19970615", "20181129", "D1")]},
    "away 31 days": {"born": BORN, "homes": [("19970615", "20181130", "D1")]},
    "one": pupil(1, ["D1", "D2"], [(2014, "A1", "4")]),
    "two": pupil(2, ["D1", "D2"], [(2013, "A1", "4"), (2014, "A1", "4"), (2014, "A1", "4")], born_in=("6043", "6043")),
    "three": pupil(3, ["D2", "D3"], [(2013, "A1", "4"), (2014, "B1", "4")]),
    "four": pupil(4, ["D1", "D2"], [(2014, "A1", "4"), (2015, "A1", "5")], born_in=("6043", "6030")),
    "five": pupil(5, ["D1", "D2"], [(2014, "A1", "3")], born_in=("6043", "----")),
    "six": pupil(6, ["D2", "D3"], [(2014, "B1", "4")], born_in=("5022", "5007")),
    # not registered on the 12th birthday, but until 21 days before it; and at 16 until 32 days before
    "seven": pupil(7, ["D1", "D2"], [(2014, "A2", "4")], homes=[
        ("19980615", "20100525", "D1"), ("20100801", "20120101", "D2"), ("20120102", "20140514", "D2"),
        ("20140801", "99991231", "D2"),
    ]),
    "eight": pupil(8, ["D1", "D3"], [(2014, "A1", "4")]),
    # alone at a school in 2015, and in a class of two in 2013
    "alone later": {"born": ("1996", "06", "15"), "classes": [(2015, "E1", "4"), (2013, "D1", "4")]},
    "classmate in 2013": {"born": ("1993", "06", "15"), "born_in": ("6043", "6043"), "classes": [(2013, "D1", "4")]},
    "older classmate": {"born": ("1994", "06", "15"), "classes": [(2014, "A1", "4")]},
    "classmate without income": {"born": ("1998", "06", "15"), "income": None, "classes": [(2014, "A2", "4")]},
    "known classmate": {"born": ("1994", "06", "15"), "born_in": ("6043", "6043"), "classes": [(2013, "C1", "4")]},
    "half known classmate": {
        "born": ("1994", "06", "15"), "born_in": ("6043", "----"), "classes": [(2013, "C1", "4")],
    },
    "too old to be known": {"born": ("1992", "06", "15"), "classes": [(2014, "A1", "4")], "born_in": ("6043", "6043")},
}  # fmt: skip

FATES = {
    "366 days later": "c21_living_with_parents",
    "place unknown": "c21_living_with_parents",
    "abroad": "resident",
}
WINDOW = {"classmate in 2013", "older classmate", "known classmate", "half known classmate", "too old to be known"}

World = tuple[Cohort, dict[str, dict[str, Any]]]
Delivered = tuple[Path, dict[str, str]]


def deliver(root: Path) -> dict[str, str]:
    """The tables of age21 below `root`; returns the name of each key."""
    return write(
        root, CHILDREN, incomes=range(2008, 2013), wealth=range(2008, 2013),
        years={"levels": range(2016, 2021), "costs": range(2015, 2020), "classes": range(2007, 2019),
               "mbo": range(2016, 2021)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    root = tmp_path_factory.mktemp("age21") / "registers"
    return root, deliver(root)


@pytest.fixture(scope="module")
def world(delivered: Delivered) -> World:
    return follow("age21", *delivered)


def test_every_outcome_is_made(world: World) -> None:
    cohort, rows = world
    assert cohort.declaration.ids == load_cohort("age21").ids
    assert set(cohort.declaration.ids) < set(rows["normal"])


def test_fates(world: World) -> None:
    cohort, rows = world
    assert set(rows) == set(CHILDREN) - set(FATES) - WINDOW
    assert dropped(cohort) == {rule: list(FATES.values()).count(rule) for rule in FATES.values()}


def test_no_parental_income_is_no_rank(world: World) -> None:
    """Q15: who has no known income stays, and is not the richest."""
    rows = world[1]
    assert rows["no parental income"]["income_rank"] is None
    assert [rows[name]["income_rank"] for name in ("one", "eight")] == [1 / 8, 1.0]
    assert rows["normal"]["wealth_rank"] is None


@pytest.mark.parametrize(
    ("name", "high_school", "hbo", "university"),
    [
        ("normal", 1.0, 1.0, 0.0),
        ("nothing known", 0.0, 0.0, 0.0),
        ("unknown levels", 0.0, 0.0, 0.0),  # Q32: 9999 is not above 2110
        ("mbo-2", 1.0, 0.0, 0.0),
        ("vmbo", 0.0, 0.0, 0.0),
        ("university", 1.0, 1.0, 1.0),
        ("hbo master", 1.0, 1.0, 0.0),
        ("level of another year", 0.0, 0.0, 0.0),
    ],
)
def test_education(world: World, name: str, high_school: float, hbo: float, university: float) -> None:
    row = world[1][name]
    found = [row[f"c21_{outcome}"] for outcome in ("high_school_attained", "hbo_followed", "uni_followed")]
    assert found == [high_school, hbo, university]


def test_work_after_mbo_is_of_the_outcome_year_and_of_those_in_the_study(world: World) -> None:
    cohort, rows = world
    assert [rows[name]["c21_mbo_employed"] for name in ("mbo-2", "vmbo", "normal")] == [1.0, 0.0, None]
    answers = {row.pop("person"): row for row in pq.read_table(cohort.surveys["survey"]).to_pylist()}
    assert answers == {
        rows[name]["person"]: {"gewicht": 2.5, "mboschool": "00AM", "discrstage": "0", "discrwerk": felt}
        for name, felt in (("mbo-2", "1"), ("vmbo", "0"))
    }


@pytest.mark.parametrize(
    ("name", "at_home"),
    [
        ("normal", 1.0),
        ("away", 0.0),
        ("away the day after", 1.0),
        ("in a home", 0.0),
        ("365 days later", 1.0),
        ("first later row", 0.0),
    ],
)
def test_living_with_parents(world: World, name: str, at_home: float) -> None:
    assert world[1][name]["c21_living_with_parents"] == at_home


@pytest.mark.parametrize(
    ("name", "young"),
    [
        ("normal", 0.0),
        ("mother the day before 20", 1.0),
        ("mother at 20", 0.0),
        ("single mother", 1.0),  # Q33
        ("child with an impossible date", 0.0),
        ("father", 1.0),
        ("second child counts not", 1.0),
    ],
)
def test_young_parents(world: World, name: str, young: float) -> None:
    assert world[1][name]["c21_young_parents"] == young


@pytest.mark.parametrize(
    ("name", "pharma", "hospital", "basic", "specialist", "any_care", "costs"),
    [
        ("normal", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ("care", 1.0, 0.0, 0.0, 0.0, 0.0, 150.0 - 60.0 + 40.5),  # Q16, Q31: of age 20, without birth care
        ("hospital", 0.0, 1.0, 0.0, 0.0, 0.0, 1000.0),
        ("basic care", 0.0, 0.0, 1.0, 0.0, 1.0, 0.0),
        ("specialist care", 0.0, 0.0, 1.0, 1.0, 1.0, 0.0),  # Q37
    ],
)
def test_health_at_twenty(world: World, name: str, pharma: float, hospital: float, basic: float, specialist: float,
                          any_care: float, costs: float) -> None:  # fmt: skip
    row = world[1][name]
    names = ("pharma", "hospital", "basic_mhc", "specialist_mhc", "mhc", "total_health_costs")
    assert [row[f"c21_{name}"] for name in names] == [pharma, hospital, basic, specialist, any_care, costs]


def composition(row: dict[str, Any], what: str) -> list[float | None]:
    return [
        row[f"c21_{what}_{trait}"]
        for trait in ("foreign_born_parents", "income_below_25th", "income_below_50th", "income_above_75th")
    ]


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        # A1 in 2014: one, two, four, eight, the older classmate (rank 1 in 1994) and one who is too old to have a rank
        # but whose parents were born abroad; two is enrolled twice and counts once
        ("one", [2 / 5, 0.0, 1 / 4, 2 / 4]),
        ("two", [1 / 5, 1 / 4, 1 / 4, 2 / 4]),
        ("eight", [2 / 5, 1 / 4, 2 / 4, 1 / 4]),
        ("four", [2 / 5, 1 / 4, 2 / 4, 2 / 4]),
        # B1 in 2014, because the latest year counts: three and six (ranks 3/8 and 6/8)
        ("three", [1.0, 0.0, 0.0, 0.0]),
        ("six", [0.0, 0.0, 1.0, 0.0]),
        # another location of A: one classmate, whose parents are known and whose rank is not (Q36)
        ("seven", [0.0, None, None, None]),
        # of one of two classmates it is not known whether both parents were born abroad; ranks in 1994: three tied at 1
        ("nothing known", [1.0, 0.0, 0.0, 1.0]),
        ("alone later", [None] * 4),  # the latest year counts, also without others
        ("five", [None] * 4),  # never in grade 4
        ("normal", [None] * 4),
    ],
)
def test_class(world: World, name: str, shares: list[float | None]) -> None:
    assert composition(world[1][name], "secondary_class") == shares


@pytest.mark.parametrize(
    ("name", "twelve", "sixteen"),
    [
        # of 1998 at 12 in 1061: one, two, four, five, seven, eight and the classmate without income
        # (five: one parent abroad, the other unknown); at 16 in 3011: one, two, four, five
        ("one", [1 / 5, 0.0, 1 / 5, 2 / 5], [1 / 2, 0.0, 1 / 3, 0.0]),
        ("two", [0.0, 1 / 5, 1 / 5, 2 / 5], [0.0, 1 / 3, 1 / 3, 0.0]),
        ("five", [1 / 6, 1 / 5, 2 / 5, 2 / 5], [1 / 3, 1 / 3, 2 / 3, 0.0]),
        ("three", [1.0, 0.0, 0.0, 0.0], [1 / 2, 0.0, 0.0, 1 / 2]),
        # 21 days without an address at 12 is near enough, 32 days at 16 is not
        ("seven", [1 / 5, 1 / 5, 2 / 5, 1 / 5], [None] * 4),
        # at 16 in 1062: three, six and eight
        ("eight", [1 / 5, 1 / 5, 2 / 5, 1 / 5], [1 / 2, 0.0, 1 / 2, 0.0]),
    ],
)
def test_neighbourhood(world: World, name: str, twelve: list[float | None], sixteen: list[float | None]) -> None:
    row = world[1][name]
    assert composition(row, "age12_neighborhood") == twelve
    assert composition(row, "age16_neighborhood") == sixteen


def test_the_same_children_as_the_published_pipeline_counts_them(delivered: Delivered, world: World) -> None:
    """Nobody without an income rank is a classmate (Q35); who is not known is not so, and has no figure (Q36)."""
    _, rows = follow("age21", *delivered, quirks="Q33,Q35,Q36")
    assert set(rows) == set(world[1])
    assert rows["single mother"]["c21_young_parents"] == 0.0
    assert rows["father"]["c21_young_parents"] == 1.0
    assert composition(rows["one"], "secondary_class") == [1 / 4, 0.0, 1 / 4, 2 / 4]
    assert composition(rows["seven"], "secondary_class") == [None] * 4
    assert composition(rows["nothing known"], "secondary_class") == [1 / 2, 0.0, 0.0, 1.0]


def test_children_without_parental_income_as_the_published_pipeline_ranks_them(delivered: Delivered) -> None:
    """Q15, Q19: missing values take the highest ranks, one by one in the order of the file."""
    _, rows = follow("age21", *delivered, quirks="Q15,Q19")
    assert rows["no parental income"]["income_rank"] == 1.0
    assert rows["one"]["income_rank"] == 1 / 9  # eight incomes and one that is missing
    assert rows["classmate without income"]["income_rank"] == 1.0
    of_1998 = [row["wealth_rank"] for row in rows.values() if row["birth_year"] == 1998]
    assert sorted(of_1998) == pytest.approx([number / 9 for number in range(1, 10)])
