"""Each quirk of the published pipeline, switched on, on tables written by hand: what changes was worked out on paper.

Every child is about one quirk, and everything else about it stays as it is without. The quirks Q11, Q15, Q19, Q33, Q35,
Q36 and Q55 are tested with the cohorts that they belong to, those of figures in the rooms of grid and protection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohorts import handmade, handmade_age35, handmade_newborns, handmade_young
from cohorts.handmade import ALWAYS
from kansen import pipeline, registers
from kansen.cohorts import Cohort, build_cohort, cohort_ids, load_cohort, quirks_named, with_quirks
from kansen.cohorts.compat import PUBLISHED, Switches, explained, load_others, load_quirks
from kansen.engine import load_engine
from kansen.errors import UsageError
from kansen.geography import load_areas
from kansen.moments import load_grid
from kansen.protection import load_profile

Row = dict[str, Any]
World = Callable[[str], dict[str, Row]]
"""Builds a cohort with the named quirks; gives its rows by the name of the child."""

P18 = 103.44 / 107.51
N = handmade.NORMAL
EVERY_YEAR = range(2003, 2008)


class TestDeclarations:
    def test_every_number_is_there_once(self) -> None:
        ids = [*(quirk.id for quirk in load_quirks()), *(other.id for other in load_others())]
        assert sorted(ids) == [f"Q{number:02d}" for number in range(1, 56)]

    def test_each_changes_something_that_exists(self) -> None:
        profile = load_profile("kansenkaart").public()["parameters"]
        positions = {position.id for position in load_grid().positions}
        for quirk in load_quirks():
            assert set(quirk.cohorts) <= set(cohort_ids())
            outcomes = {id for cohort in quirk.cohorts for id in load_cohort(cohort).ids}
            assert {*quirk.recipes, *quirk.outcomes, *quirk.below_minimum} <= outcomes, quirk.id
            assert set(quirk.protection) <= set(profile), quirk.id
            assert all(profile[name] != value for name, value in quirk.protection.items()), quirk.id
            assert set(quirk.left_out) <= positions, quirk.id
            assert bool(quirk.cohorts) != bool(quirk.protection or quirk.left_out), quirk.id

    def test_names(self) -> None:
        assert quirks_named(None) == quirks_named("") == frozenset()
        assert quirks_named(" q13,Q40 ") == {"Q13", "Q40"}
        assert quirks_named(PUBLISHED) == {quirk.id for quirk in load_quirks()}
        with pytest.raises(UsageError, match=r"Unknown quirk(.|\n)*Q99"):
            quirks_named("Q13,Q99")
        with pytest.raises(UsageError, match=r"cannot be switched on(.|\n)*intention"):
            quirks_named("Q29")

    def test_the_page_of_text_names_all(self) -> None:
        text = explained()
        assert [number for number in range(1, 56) if f"Q{number:02d}" not in text] == []

    def test_only_the_cohorts_concerned_change(self) -> None:
        declared = load_cohort("newborns")
        assert with_quirks(declared, frozenset({"Q13", "Q40"})) == declared
        assert with_quirks(declared, frozenset({"Q12"})).quirks == ("Q12",)

    def test_what_can_be_less_than_nothing_loses_its_minimum(self) -> None:
        """Birth care that is taken off (Q31) and hours below zero (Q26) make whole groups negative."""
        age35 = load_cohort("age35")
        for quirk, outcome in (("Q31", "c35_total_health_costs"), ("Q26", "c35_hourly_wage")):
            before, after = (
                {one.id: one.minimum for one in declared.outcomes}
                for declared in (age35, with_quirks(age35, frozenset({quirk})))
            )
            assert (before[outcome], after[outcome]) == (0, None)
            assert {id for id in before if before[id] != after[id]} == {outcome}

    def test_highest_incomes_are_of_another_kind(self) -> None:
        """Q38: they are protected as a share."""
        plain, changed = load_cohort("age35"), with_quirks(load_cohort("age35"), frozenset({"Q38"}))
        kinds = {one.id: (plain.outcome(one.id).kind, one.kind) for one in changed.outcomes}
        assert {id for id, (before, after) in kinds.items() if before != after} == {
            f"c35_{end}_20_{of}" for end in ("top", "bottom") for of in ("income", "household_income")
        }
        assert kinds["c35_top_20_income"] == ("binary", "share")


def built(id: str, quirks: str, root: Path) -> tuple[Cohort, list[Row]]:
    """A cohort from the tables below `root`, in a vault beside it that is shared by all builds."""
    vault = root.with_name("vault")
    declared = with_quirks(load_cohort(id), quirks_named(quirks))
    cohort = build_cohort(declared, registers.find(root), vault, load_engine("duckdb", vault / "s"), load_areas())
    return cohort, pq.read_table(cohort.path).to_pylist()


def world(id: str, root: Path, names: Mapping[str, str]) -> World:
    """`names`: of each person key."""
    known: dict[str, dict[str, Row]] = {}

    def rows(quirks: str) -> dict[str, Row]:
        if quirks not in known:
            known[quirks] = {names[row["person"]]: row for row in built(id, quirks, root)[1]}
        return known[quirks]

    return rows


def moved(*homes: tuple[str, str, str], **more: Any) -> Row:
    return {"homes": [("19830615", "20101231", "D1"), *homes], **more}


AGE35: dict[str, Row] = {
    "normal": {},
    # of the registers of 2018 and 2023, only one knows it or has its sex right
    "sex put right after 2018": {"sex": "1"},
    "registered after 2018": {},
    "demolished": {"homes": [(*ALWAYS, "D3")]},
    "no codes": {"homes": [(*ALWAYS, "D4")]},
    "municipality unknown": {"homes": [(*ALWAYS, "D5")]},
    # 2017 and 2018 have 730 days, of which 31 may be missed; the gap is one day longer when two spells lose a day each
    "away 31 days": {"homes": [("19830615", "20170430", "D1"), ("20170601", "99991231", "D1")]},
    "away 30 days": {"homes": [("19830615", "20170430", "D1"), ("20170531", "99991231", "D1")]},
    "parent moved": {
        "mother": {**N["mother"], "spells": [("20030201", "20061231"), ("20070101", "99991231")]}, "father": None,
    },
    # here in five of nine years, which is enough when they count twice
    "mother of one": {"mother": {**N["mother"], "spells": [("20030101", "20071231")]}, "father": None},
    "father of another": {"mother": None, "father": {**N["father"], "spells": []}},
    "father never known": {"father": {**N["father"], "incomes": dict.fromkeys(EVERY_YEAR, -1)}},
    "father known once": {"father": {**N["father"], "incomes": {**dict.fromkeys(EVERY_YEAR, 999999999), 2005: 0}}},
    "father in four years": {"father": {**N["father"], "incomes": dict.fromkeys(range(2003, 2007), -1)}},
    "couple of 15": {"households": [(*ALWAYS, "2", "3")]},
    "pay without hours": {"jobs": [(2018, 500.0, 0.0, "Bepaalde tijd")]},
    "hours below zero": {"jobs": [(2018, 10.0, -10.0, "Bepaalde tijd")]},
    "neither pay nor hours": {"jobs": [(2018, 0.0, 0.0, "Bepaalde tijd")]},
    "ten an hour": {"jobs": [(2018, 1000.0, 100.0, "Bepaalde tijd")]},
    "no category": {"secm": []},
    # H1: 100 square metres with five residents in 2017, two in 2018 and four in 2019; of H3 none are known
    "moved on New Year's Day": moved(("20110101", "20171231", "H1"), ("20180101", "99991231", "H3")),
    "moved in the last year": moved(
        ("20110101", "20191231", "H1"), ("20200101", "99991231", "H3"),
        born=("1985", "06", "15"), incomes={2020: 1.0}, household_incomes={2020: 1.0},
    ),
    "stayed": moved(("20110101", "99991231", "H1")),
    "a birth": {"costs": {2018: {"HUISARTS": 50.0, "NOP": 20.0, "GEBOORTEZORG": 4000.0}}},
    "specialist care": {"costs": {2018: {"SPECGGZ": 9.0}}},
    "both kinds of care": {"costs": {2018: {"GENBASGGZ": 300.0, "SPECGGZ": 9.0}}},
    "basic care": {"costs": {2018: {"GENBASGGZ": 300.0}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def age35(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("age35") / "registers"
    keys = handmade_age35.write(root, AGE35)
    _share_a_parent(root, keys["mother of one"], keys["father of another"])
    _persons_of_2018(root, woman=keys["sex put right after 2018"], without=keys["registered after 2018"])
    return world("age35", root, {key: name for name, key in keys.items()})


def _share_a_parent(root: Path, of_mother: str, of_father: str) -> None:
    """Make the mother of one child the father of another."""
    path = root / "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1.parquet"
    rows = pq.read_table(path).to_pylist()
    by_child = {row["RINPERSOONS"] + row["RINPERSOON"]: row for row in rows}
    by_child[of_father]["RINPERSOONpa"] = by_child[of_mother]["RINPERSOONMa"]
    pq.write_table(pa.Table.from_pylist(rows), path)


def _persons_of_2018(root: Path, woman: str, without: str) -> None:
    rows = pq.read_table(root / "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1.parquet").to_pylist()
    older = [
        {**row, "GBAGESLACHT": "2"} if row["RINPERSOON"] == woman[1:] else row
        for row in rows
        if row["RINPERSOON"] != without[1:]
    ]
    handmade.write_tables(root, {"Bevolking/GBAPERSOONTAB/2018/GBAPERSOON2018TABV2": older})


class TestAge35:
    def test_as_declared(self, age35: World) -> None:
        assert set(AGE35) - set(age35("")) == {"mother of one", "father of another"}

    def test_q03_children_of_2018(self, age35: World) -> None:
        assert set(age35("")) - set(age35("Q03")) == {"registered after 2018"}
        name = "sex put right after 2018"
        assert (age35("")[name]["sex"], age35("Q03")[name]["sex"]) == ("men", "women")

    def test_q10_homes_without_codes(self, age35: World) -> None:
        gone = set(age35("")) - set(age35("Q10"))
        assert gone == {"demolished", "no codes", "municipality unknown"}

    def test_q13_a_move_costs_a_day(self, age35: World) -> None:
        assert set(age35("")) - set(age35("Q13")) == {"away 31 days", "parent moved"}

    def test_q14_a_parent_of_two_kinds_counts_twice(self, age35: World) -> None:
        assert set(age35("Q14")) - set(age35("")) == {"mother of one", "father of another"}

    def test_q18_one_unknown_income_blanks_the_other(self, age35: World) -> None:
        assert set(age35("")) - set(age35("Q18")) == {"father never known"}

    def test_q23_a_couple_is_two_parents(self, age35: World) -> None:
        found = [age35(quirks)["couple of 15"]["household_type"] for quirks in ("", "Q23")]
        assert found == ["other", "two"]

    @pytest.mark.parametrize(
        ("name", "wage", "low", "published_wage", "published_low"),
        [
            ("pay without hours", None, None, float("inf"), 0.0),
            ("hours below zero", None, None, -1 / P18, 1.0),
            ("neither pay nor hours", None, None, None, None),
            ("ten an hour", 10 / P18, 1.0, 10 / P18, 1.0),
        ],
    )
    def test_q26_pay_over_no_hours(
        self, age35: World, name: str, wage: float | None, low: float | None, published_wage: float | None,
        published_low: float | None,
    ) -> None:  # fmt: skip
        for quirks, expected in (("", (wage, low)), ("Q26,Q28,Q31", (published_wage, published_low))):
            row = age35(quirks)[name]
            assert (row["c35_hourly_wage"], row["c35_hourly_wage_max_11"]) == (pytest.approx(expected[0]), expected[1])

    def test_q27_no_category_is_no_work(self, age35: World) -> None:
        ids = ("c35_employed", "c35_social_assistance", "c35_disability")
        assert [age35("")["no category"][id] for id in ids] == [None, None, None]
        assert [age35("Q27,Q37")["no category"][id] for id in ids] == [0.0, None, None]

    @pytest.mark.parametrize(
        ("name", "space", "published"),
        [("moved on New Year's Day", 20.0, 50.0), ("moved in the last year", 25.0, None), ("stayed", 50.0, 50.0)],
    )
    def test_q28_residents_of_another_year(
        self, age35: World, name: str, space: float, published: float | None
    ) -> None:
        found = [age35(quirks)[name]["c35_living_space_pp"] for quirks in ("", "Q26,Q28,Q31")]
        assert found == [space, published]

    def test_q31_birth_care_is_taken_off(self, age35: World) -> None:
        found = [age35(quirks)["a birth"]["c35_total_health_costs"] for quirks in ("", "Q26,Q28,Q31")]
        assert found == [30.0, 50.0 - 20.0 - 4000.0]

    def test_q37_specialist_care_is_no_care(self, age35: World) -> None:
        names = ("specialist care", "both kinds of care", "basic care", "normal")
        assert [age35("")[name]["c35_mhc"] for name in names] == [1.0, 1.0, 1.0, 0.0]
        assert [age35("Q27,Q37")[name]["c35_mhc"] for name in names] == [0.0, 0.0, 1.0, 0.0]


MOTHERS: dict[str, Row] = {
    # moved to Rotterdam between her two children
    "moved": {"homes": [("19800101", "20150601", "D1"), ("20150602", "99991231", "D2")]},
}
NOT_HERE: Row = {"registered": False, "linked": False, "homes": [], "households": []}

NEWBORNS: dict[str, Row] = {
    "normal": {},
    "demolished": {"homes": [("20150310", "99991231", "D3")]},
    "municipality unknown": {"homes": [("20150310", "99991231", "D5")]},
    "first of two": {**NOT_HERE, "mother": "moved"},
    "second of two": {**NOT_HERE, "mother": "moved", "born": "2017-03-10"},
    "couple without children": {"households": [("20150310", "99991231", "3", "1")]},
    "secondary": {"mother": {"levels": {2015: "2110"}}},
    # of 2014 to 2018, averaged: a negative year is left out, or makes the mean 10,000 or less than nothing
    "a negative year": {"born": "2016-05-01", "mother": {"incomes": {2014: -20000, 2015: 40000}, "wealth": {2016: 0}}},
    "mostly negative": {"born": "2016-05-01", "mother": {"incomes": {2014: -90000, 2015: 20000}}},
    "middle": {"born": "2016-05-01", "mother": {"incomes": {2015: 30000}, "wealth": {2016: 5}}},
    "wealth unknown": {"born": "2016-05-01", "mother": {"incomes": {2015: 90000}, "wealth": {2016: 99999999999}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def births(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("newborns") / "registers"
    keys = handmade_newborns.write(root, NEWBORNS, MOTHERS)
    return root, {key: name for name, key in keys.items()}


@pytest.fixture(scope="module")
def newborns(births: tuple[Path, dict[str, str]]) -> World:
    return world("newborns", *births)


class TestNewborns:
    def test_as_declared(self, newborns: World) -> None:
        assert set(newborns("")) == set(NEWBORNS)

    def test_q04_a_home_in_the_table_of_borders(self, newborns: World) -> None:
        """Without Q10 nobody is dropped for a home, so Q04 changes something only with it."""
        assert set(newborns("")) - set(newborns("Q10")) == {"demolished", "municipality unknown"}
        assert set(newborns("")) - set(newborns("Q04,Q10")) == {"demolished"}
        row = newborns("Q04,Q10")["municipality unknown"]
        assert (row["municipality"], row["pc4"]) == (None, "1061")

    def test_q12_children_of_one_mother_share_a_home(self, newborns: World) -> None:
        places = [[newborns(q)[name]["pc4"] for name in ("first of two", "second of two")] for q in ("", "Q12,Q19")]
        assert places == [["1061", "3011"], ["1061", "1061"]]

    def test_q17_negative_years_count(self, newborns: World) -> None:
        """Incomes of 2016 are 20, 30, 40 and 90 thousand; with negative years 10, 30 and 90, and one below zero."""
        names = ("mostly negative", "middle", "a negative year", "wealth unknown")
        assert [newborns("")[name]["income_rank"] for name in names] == [0.25, 0.5, 0.75, 1.0]
        published = newborns("Q17,Q24,Q25")
        assert set(newborns("")) - set(published) == {"mostly negative"}
        assert [published[name]["income_rank"] for name in names[1:]] == [2 / 3, 1 / 3, 1.0]

    def test_q19_unknown_wealth_is_the_highest(self, newborns: World) -> None:
        """Two of four are known: they take the lowest places, and the others those above, in the order of persons."""
        names = ("a negative year", "middle", "mostly negative", "wealth unknown")
        assert [newborns("")[name]["wealth_rank"] for name in names] == [0.5, 1.0, None, None]
        assert [newborns("Q12,Q19")[name]["wealth_rank"] for name in names] == [0.25, 0.5, 0.75, 1.0]

    def test_q23_a_couple_is_two_parents(self, newborns: World) -> None:
        found = [newborns(quirks)["couple without children"]["household_type"] for quirks in ("", "Q23")]
        assert found == ["other", "two"]

    def test_q24_a_mothers_household_is_in_no_group(self, newborns: World) -> None:
        names = ("first of two", "normal")
        assert [newborns("")[name]["household_type"] for name in names] == ["two", "two"]
        assert [newborns("Q17,Q24,Q25")[name]["household_type"] for name in names] == ["other", "two"]

    def test_q25_another_level_is_in_no_group(self, newborns: World) -> None:
        found = [newborns(quirks)["secondary"]["parent_education"] for quirks in ("", "Q17,Q24,Q25")]
        assert found == ["other", None]

    def test_a_stage_is_made_again_only_for_the_quirks_it_asks_for(self, births: tuple[Path, dict[str, str]]) -> None:
        """Q24 is about households, so where children lived is not looked up again; Q12 is, so it is."""
        root, _ = births
        folder = root.with_name("vault") / "cohorts" / "newborns"

        def made(quirks: str) -> dict[str, int]:
            built("newborns", quirks, root)
            return {name: (folder / f"{name}.parquet").stat().st_mtime_ns for name in ("born", "home", "predictors")}

        plain, other, another = made(""), made("Q24"), made("Q12")
        assert [plain[name] == other[name] for name in plain] == [True, True, False]
        assert [plain[name] == another[name] for name in plain] == [True, False, False]

    def test_a_release_tells_what_was_on(self, births: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
        """All of them: no tails of income (Q30), beside education; protection and the quirks are told."""
        out = pipeline.build(births[0], tmp_path / "release", cohorts=["newborns"], compat=PUBLISHED)
        manifest = json.loads((out / "manifest.json").read_bytes())
        assert manifest["compat"]["name"] == PUBLISHED
        assert [quirk["id"] for quirk in manifest["compat"]["quirks"]] == [quirk.id for quirk in load_quirks()]
        assert manifest["grid"]["groups"] == 4 * 72 + 3 * 72
        assert manifest["profile"]["parameters"]["counted"] == "rows"
        assert manifest["cohorts"][0]["quirks"] == [q.id for q in load_quirks() if "newborns" in q.cohorts]


class TestYoung:
    def test_q16_and_q32_of_age21(self, tmp_path: Path) -> None:
        """Care of 21 instead of 20, none for the last year of birth; an unknown level is a high one."""
        root = tmp_path / "registers"
        care = {2017: {"FARMACIE": 10.0}, 2018: {"ZIEKENHUIS": 999.0, "SPECGGZ": 1.0}}
        children: dict[str, Row] = {
            "care": {"born": ("1997", "06", "15"), "costs": care},
            "care of the youngest": {"born": ("1999", "06", "15"), "costs": {2019: {"FARMACIE": 10.0}}},
            "unknown level": {"born": ("1997", "06", "15"), "levels": {2018: ("9999", "9999")}},
            "no level": {"born": ("1997", "06", "15")},
        }
        names = handmade_young.write(
            root, children, incomes=range(2008, 2013), wealth=range(2008, 2013),
            years={"levels": range(2016, 2021), "costs": range(2015, 2020), "classes": range(2007, 2019)},
        )  # fmt: skip
        rows = world("age21", root, names)
        ids = ("pharma", "hospital", "specialist_mhc", "mhc", "total_health_costs")

        def found(quirks: str, name: str) -> list[float]:
            return [rows(quirks)[name][f"c21_{id}"] for id in ids]

        assert found("", "care") == [1.0, 0.0, 0.0, 0.0, 10.0]
        assert found("Q16,Q32", "care") == [0.0, 1.0, 1.0, 1.0, 999.0]
        assert found("Q16,Q37", "care") == [0.0, 1.0, 1.0, 0.0, 999.0]
        assert found("", "care of the youngest") == [1.0, 0.0, 0.0, 0.0, 10.0]
        assert found("Q16,Q32", "care of the youngest") == [0.0] * 5
        levels = ("high_school_attained", "hbo_followed", "uni_followed")
        assert [rows("")["unknown level"][f"c21_{id}"] for id in levels] == [0.0, 0.0, 0.0]
        assert [rows("Q16,Q32")["unknown level"][f"c21_{id}"] for id in levels] == [1.0, 1.0, 0.0]
        assert [rows("Q16,Q32")["no level"][f"c21_{id}"] for id in levels] == [0.0, 0.0, 0.0]

    def test_q34_a_revised_advice_without_a_level(self, tmp_path: Path) -> None:
        """Test and first advice havo, revised to none; and first to none, which is unknown in both."""
        root, years = tmp_path / "registers", range(2014, 2019)

        def advised(first: str, revised: str) -> Row:
            pupil = {"WPOTOETSADVIES": "60", "WPOADVIESVO": first, "WPOADVIESHERZ": revised}
            return {"born": ("2004", "06", "15"), "groups": [(2015, "S1", pupil)]}

        names = handmade_young.write(
            root, {"revised to none": advised("60", "80"), "first to none": advised("80", "--")},
            incomes=range(2014, 2019), wealth=range(2014, 2018),
            years={"levels": range(2013, 2017), "costs": years, "protected": range(2015, 2019), "groups": years,
                   "dwellings": years},
            floors={"D1": [("19900101", "88888888", "90")]}, residents={(2015, "D1"): 4},
        )  # fmt: skip
        rows = world("prim8_a", root, names)
        ids = ("vmbo_gl_final", "havo_final", "vwo_final", "under_advice", "over_advice")
        for quirks, name, expected in (
            ("", "revised to none", [1.0, 1.0, 0.0, 0.0, 0.0]),
            ("Q34", "revised to none", [0.0, 0.0, 0.0, None, None]),
            ("", "first to none", [None] * 5),
            ("Q34", "first to none", [None] * 5),
        ):
            assert [rows(quirks)[name][f"c11_a_{id}"] for id in ids] == expected, (quirks, name)


def test_switches_note_what_was_asked_for() -> None:
    switches = Switches(["Q13"])
    assert ("Q13" in switches, "Q14" in switches) == (True, False)
    assert switches.asked == {"Q13", "Q14"}
