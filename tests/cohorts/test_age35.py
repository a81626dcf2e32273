"""The cohort age35 on tables written by hand: every child's fate, group and outcome was worked out on paper."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohorts import handmade
from kansen import registers
from kansen.cohorts import Cohort, build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.errors import AreaError, EmptyResultError, TableError
from kansen.geography import load_areas

N = handmade.NORMAL
P17, P18, P03, P04 = 101.70 / 107.51, 103.44 / 107.51, 82.43 / 107.51, 83.48 / 107.51

CHILDREN: dict[str, dict[str, Any]] = {
    "normal": {},
    "bad date": {"born": ("1983", "06", "00")},
    "too old": {"born": ("1980", "06", "15")},
    "no parents": {"linked": False},
    "no home": {"homes": [("19980616", "99991231", "D1")]},
    "demolished": {"homes": [(*handmade.ALWAYS, "D3")]},
    "no codes": {"homes": [(*handmade.ALWAYS, "D4")]},
    "moves the day after": {"homes": [("19830615", "19980615", "D2"), ("19980616", "99991231", "D1")]},
    "first row wins": {"homes": [(*handmade.ALWAYS, "D2"), ("19980101", "19981231", "D1")]},
    "leap day": {
        "born": ("1984", "02", "29"),
        "homes": [("19840229", "19990228", "D2"), ("19990301", "99991231", "D1")],
    },
    # 2003-2011 has 3287 days; 31 may be missed: 2003-02-01 is the 32nd day
    "parent 31 days late": {"mother": {**N["mother"], "spells": [("20030201", "99991231")]}, "father": None},
    "parent 32 days late": {"mother": {**N["mother"], "spells": [("20030202", "99991231")]}, "father": None},
    "father stays": {"mother": {**N["mother"], "spells": [("19800101", "20050101")]}},
    "no parent income": {"mother": {**N["mother"], "incomes": {2003: 999999999, 2004: -5000}}},
    "two parents earn": {
        "mother": {**N["mother"], "incomes": {2003: 10000, 2004: 12000, 2005: -1}},
        "father": {**N["father"], "incomes": {2004: 30000}},
    },
    "father unknown": {"father": None},
    "third generation, mother": {
        "mother": {**N["mother"], "generation": "2", "country": "6043"},
        "father": {**N["father"], "generation": "2", "country": "5022"},
    },
    "third generation, mother's origin unknown": {
        "mother": {**N["mother"], "generation": "2", "country": "----"},
        "father": {**N["father"], "generation": "2", "country": "5007"},
    },
    "third generation, origin unknown": {"mother": {**N["mother"], "generation": "2", "country": "----"}},
    "third generation, father": {"father": {**N["father"], "generation": "2", "country": "5022"}},
    "second generation": {"generation": "2", "country": "5007"},
    "caribbean": {"generation": "1", "country": "5107"},
    "unknown origin": {"generation": "1", "country": "----"},
    "german": {"generation": "2", "country": "6029"},
    "single": {"households": [(*handmade.ALWAYS, "6", "1")]},
    "couple of 15": {"households": [(*handmade.ALWAYS, "2", "3")]},
    "unmarried parents": {"households": [(*handmade.ALWAYS, "4", "1")]},
    "no household": {"households": [("19990101", "99991231", "5", "1")]},
    "abroad": {"homes": [("19830615", "20170630", "D1")]},
    # 2017 and 2018 have 730 days: 31 abroad is allowed, 32 is not
    "away 31 days": {"homes": [("19830615", "20170430", "D1"), ("20170601", "99991231", "D1")]},
    "away 32 days": {"homes": [("19830615", "20170429", "D1"), ("20170601", "99991231", "D1")]},
    # a day in two spells is one day
    "away a year, registered twice": {"homes": [("19830615", "20171231", "D1")] * 2},
    "spells within spells": {
        "homes": [("19830615", "20170630", "D1"), ("20170101", "20170131", "D1"), ("20170601", "99991231", "D1")]
    },
    "parent away, registered twice": {
        "mother": {**N["mother"], "spells": [("19800101", "20071231")] * 2},
        "father": None,
    },
    "no household income": {"household_incomes": {2017: -10.0, 2018: 9999999999.0}},
    "one year": {"incomes": {2017: -500.0, 2018: 20688.0}},
    "no income": {"incomes": {}},
    "nothing known": {"levels": {}, "secm": [], "costs": {}},
    "hbo-like code": {"levels": {2018: "3210"}},
    "university": {"levels": {2018: "3212"}},
    "unknown level": {"levels": {2018: "9999"}},
    "assistance": {"secm": [("20100101", "20171231", "11"), ("20180101", "20181231", "22")]},
    "category ended": {"secm": [("20100101", "20181230", "11")]},
    "care": {
        "costs": {
            2018: {
                "HUISARTS": 150.0, "NOP": 60.0, "FARMACIE": 40.5, "ZIEKENHUIS": -1.0, "EERSTELIJNSVERBLIJF": 10.0,
                "GEBOORTEZORG": 5000.0, "SPECGGZ": 900.0,
            }
        }
    },
    "basic care": {"costs": {2018: {"GENBASGGZ": 300.0}}},
    "unknown sex": {"sex": "-"},
    "woman": {"sex": "2"},
}  # fmt: skip

DROPPED = {
    "bad date": "birth_date",
    "no parents": "parents_known",
    "no home": "home",
    "parent 32 days late": "parent_resident",
    "parent away, registered twice": "parent_resident",
    "no parent income": "parents_income",
    "no household": "household_type",
    "abroad": "resident",
    "away 32 days": "resident",
    "away a year, registered twice": "resident",
    "no household income": "c35_household_income",
}


def follow(root: Path, vault: Path) -> Cohort:
    return build_cohort(
        load_cohort("age35"), registers.find(root), vault, load_engine("duckdb", vault / "s"), load_areas()
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cohort, dict[str, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("handmade")
    keys = handmade.write(folder / "registers", CHILDREN)
    cohort = follow(folder / "registers", folder / "vault")
    names = {key: name for name, key in keys.items()}
    return cohort, {names[row["person"]]: row for row in pq.read_table(cohort.path).to_pylist()}


def test_who_stays(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    _, rows = world
    assert set(rows) == set(CHILDREN) - set(DROPPED) - {"too old"}


def test_every_rule_reports_how_many_it_dropped(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    cohort, rows = world
    steps = [row for row in cohort.attrition.steps() if row["level"] == "nl" and row["dimension"] == "all"]
    assert {row["step"]: row["dropped"] for row in steps} == {
        step: sum(value == step for value in DROPPED.values()) for step in [row["step"] for row in steps]
    }
    assert steps[0]["before"] == len(CHILDREN) - 1
    assert steps[-1]["left"] == len(rows) == cohort.children
    for one, next_one in pairwise(steps):
        assert one["left"] == next_one["before"] == one["before"] - one["dropped"]


def test_attrition_per_municipality_starts_after_the_home(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    cohort, _ = world
    own = [row for row in cohort.attrition.steps() if row["area"] == "GM0599"]
    assert own[0]["step"] == "parent_resident"
    assert own[0]["before"] == 3
    assert {row["area"] for row in cohort.attrition.steps()} == {"NL", "GM0363", "GM0599"}


def test_children_without_a_code_of_today_are_counted(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    cohort, rows = world
    assert cohort.attrition.uncoded == {"municipality": 2, "wijk": 2, "pc4": 2}
    assert {row["left"] for row in cohort.attrition.coded()} == {len(rows) - 2}


AMSTERDAM = ("GM0363", "WK036386", "1061")
ROTTERDAM = ("GM0599", "WK059901", "3011")


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("normal", AMSTERDAM),
        ("demolished", (None, None, None)),
        ("no codes", (None, None, None)),
        ("moves the day after", ROTTERDAM),
        ("first row wins", ROTTERDAM),
        ("leap day", ROTTERDAM),
    ],
)
def test_home_at_fifteen(world: tuple[Cohort, dict[str, dict[str, Any]]], name: str, home: tuple[str, ...]) -> None:
    row = world[1][name]
    assert (row["municipality"], row["wijk"], row["pc4"]) == home


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("normal", "none"),
        ("third generation, mother", "turkey"),
        ("third generation, mother's origin unknown", "suriname"),
        ("third generation, origin unknown", "other"),
        ("third generation, father", "morocco"),
        ("second generation", "suriname"),
        ("caribbean", "dutch_caribbean"),
        ("unknown origin", "other"),
        ("german", "other"),
    ],
)
def test_origin(world: tuple[Cohort, dict[str, dict[str, Any]]], name: str, origin: str) -> None:
    assert world[1][name]["origin"] == origin


@pytest.mark.parametrize(
    ("name", "kind"),
    [("normal", "two"), ("unmarried parents", "two"), ("single", "single"), ("couple of 15", "other")],
)
def test_household_at_fifteen(world: tuple[Cohort, dict[str, dict[str, Any]]], name: str, kind: str) -> None:
    assert world[1][name]["household_type"] == kind


def test_sex(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    assert [world[1][name]["sex"] for name in ("normal", "woman", "unknown sex")] == ["men", "women", None]


def test_parental_income_rank(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    """The population of the ranks is who has a known parental income, before the later rules drop anybody.

    Born in 1983: one couple with (10000/P03 + 12000/P04)/2 + 30000/P04, everybody else one parent with 20000/P03. The
    ties share their mean rank and the highest rank is the couple's.
    """
    rows = world[1]
    early = {"bad date", "too old", "no parents", "no home", "parent 32 days late", "no parent income", "leap day"}
    population = len(CHILDREN) - len(early | {"parent away, registered twice"})
    assert (10000 / P03 + 12000 / P04) / 2 + 30000 / P04 > 20000 / P03
    assert rows["two parents earn"]["income_rank"] == 1.0
    assert rows["normal"]["income_rank"] == pytest.approx((1 + population - 1) / 2 / population, abs=1e-15)
    assert rows["leap day"]["income_rank"] == 1.0  # alone in 1984


def test_incomes(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    rows = world[1]
    assert rows["normal"]["c35_income"] == pytest.approx((30000 / P17 + 32000 / P18) / 2, rel=1e-14)
    assert rows["normal"]["c35_household_income"] == pytest.approx((50000 / P17 + 52000 / P18) / 2, rel=1e-14)
    assert rows["one year"]["c35_income"] == pytest.approx(20688 / P18, rel=1e-14)
    assert rows["no income"]["c35_income"] is None


def test_ranks_of_the_child(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    """Of 1983, `one year` is the lowest of those with an income and everybody else is tied above it."""
    rows = {name: row for name, row in world[1].items() if row["birth_year"] == 1983}
    known = [row for row in rows.values() if row["c35_income"] is not None]
    tied = (2 + len(known)) / 2
    assert rows["normal"]["c35_income_perc"] == 1.0
    assert rows["one year"]["c35_income_perc"] == pytest.approx(1 / tied, abs=1e-15)
    assert rows["normal"]["c35_top_20_income"] == 1.0
    assert rows["one year"]["c35_bottom_20_income"] == 1.0
    assert [rows["no income"][f"c35_{name}"] for name in ("income_perc", "top_20_income", "bottom_20_income")] == [
        None
    ] * 3


@pytest.mark.parametrize(
    ("name", "employed", "assistance"),
    [("normal", 1.0, 0.0), ("assistance", 0.0, 1.0), ("category ended", None, None), ("nothing known", None, None)],
)
def test_work(
    world: tuple[Cohort, dict[str, dict[str, Any]]], name: str, employed: float | None, assistance: float | None
) -> None:
    row = world[1][name]
    assert (row["c35_employed"], row["c35_social_assistance"]) == (employed, assistance)


@pytest.mark.parametrize(
    ("name", "hbo", "wo"),
    [
        ("normal", 1.0, 0.0),
        ("university", 1.0, 1.0),
        ("hbo-like code", 0.0, 0.0),
        ("unknown level", 0.0, 0.0),
        ("nothing known", 0.0, 0.0),
    ],
)
def test_education(world: tuple[Cohort, dict[str, dict[str, Any]]], name: str, hbo: float, wo: float) -> None:
    row = world[1][name]
    assert (row["c35_hbo_attained"], row["c35_wo_attained"]) == (hbo, wo)


@pytest.mark.parametrize(
    ("name", "mhc", "costs"),
    [
        ("normal", 0.0, 100.0),
        ("care", 1.0, 150.0 - 60.0 + 40.5 + 10.0),
        ("basic care", 1.0, 0.0),
        ("nothing known", 0.0, 0.0),
    ],
)
def test_health(world: tuple[Cohort, dict[str, dict[str, Any]]], name: str, mhc: float, costs: float) -> None:
    row = world[1][name]
    assert (row["c35_mhc"], row["c35_total_health_costs"]) == (mhc, costs)


def test_siblings_share_a_household(world: tuple[Cohort, dict[str, dict[str, Any]]]) -> None:
    rows = world[1]
    assert len({row["household"] for row in rows.values()}) == len(rows)
    assert all(row["household"] is not None for row in rows.values())


def test_an_area_of_another_year_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(handmade.DWELLINGS, "D1", ([("19900101", "99991231", "1061")], "0457", "036386"))
    handmade.write(tmp_path / "registers", {"normal": {}})
    with pytest.raises(AreaError, match="GM0457") as caught:
        follow(tmp_path / "registers", tmp_path / "vault")
    assert "GM0363" in str(caught.value)
    assert "VSLGWB2023TAB03V1.parquet, column gem2023" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "column"), [("VSLGWB2023TAB03V1", "gem2023"), ("VSLPOSTCODEBUSV2024031", "POSTCODENUM")]
)
def test_dwellings_that_nobody_lives_in(tmp_path: Path, table: str, column: str) -> None:
    handmade.write(tmp_path / "registers", {f"child {number}": {} for number in range(10)})
    path = next((tmp_path / "registers").rglob(f"{table}.parquet"))
    rows = pq.read_table(path)
    other = pa.array([f"0{key}" for key in rows["RINOBJECTNUMMER"].to_pylist()])
    pq.write_table(rows.set_column(rows.column_names.index("RINOBJECTNUMMER"), "RINOBJECTNUMMER", other), path)
    with pytest.raises(TableError) as caught:
        follow(tmp_path / "registers", tmp_path / "vault")
    assert (caught.value.where, caught.value.column) == (str(path), column)


def test_an_empty_cohort_names_the_rule(tmp_path: Path) -> None:
    handmade.write(tmp_path / "registers", {"no home": CHILDREN["no home"]})
    with pytest.raises(EmptyResultError, match="home dropped 1 of 1"):
        follow(tmp_path / "registers", tmp_path / "vault")


def test_a_finished_stage_is_not_run_again(tmp_path: Path) -> None:
    handmade.write(tmp_path / "registers", {"normal": {}})
    first = follow(tmp_path / "registers", tmp_path / "vault")
    stamps = {path: path.stat().st_mtime_ns for path in first.path.parent.glob("*.parquet")}
    follow(tmp_path / "registers", tmp_path / "vault")
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    (first.path.parent / "outcomes.json").unlink()  # as if killed while that stage was written
    follow(tmp_path / "registers", tmp_path / "vault")
    again = {path.stem for path, stamp in stamps.items() if path.stat().st_mtime_ns != stamp}
    assert again == {"outcomes"}
