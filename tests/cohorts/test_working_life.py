"""Residents followed through working life: who stays, their own position, and what becomes of a low income."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cohorts import handmade_residents, worlds
from cohorts.handmade_residents import HIGH, LOW, RESIDENTS, USUAL, YEARS
from kansen import pipeline, registers
from kansen.cohorts import Cohort, cohort_requirements, load_cohort, panel
from kansen.cohorts.declarations import read_cohort
from kansen.engine import load_engine
from kansen.errors import DeclarationError, KansenError, UsageError

DECLARED = Path(__file__).parents[2] / "src" / "kansen" / "cohorts" / "declared" / "working_life.toml"
DROPPED = {"only later", "not here yet", "too old", "too young", "no day"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    root = tmp_path_factory.mktemp("residents") / "in"
    handmade_residents.deliver(root)
    return worlds.follow(load_cohort("working_life"), root, root.with_name("vault"))


@pytest.fixture(scope="module")
def rows(built: Cohort) -> dict[str, dict[str, Any]]:
    keys = {f"R{100_000_000 + number}": name for number, name in enumerate(RESIDENTS, 1)}
    return {keys[row["person"]]: row for row in pq.read_table(built.path).to_pylist()}


def test_who_stays(rows: dict[str, dict[str, Any]], built: Cohort) -> None:
    assert set(rows) == set(RESIDENTS) - DROPPED
    country = [row for row in built.attrition.steps() if (row["level"], row["dimension"]) == ("nl", "all")]
    steps = {row["step"]: row["dropped"] for row in country}
    assert steps == {"birth_date": 1, "home": 1, "own_income": 1}


def test_place_is_the_home_on_the_first_day(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["usual"]["municipality"] == "GM0363"
    assert rows["moved"]["municipality"] == "GM0599"
    assert rows["demolished"]["municipality"] is None


def test_groups(rows: dict[str, dict[str, Any]]) -> None:
    assert (rows["usual"]["sex"], rows["usual"]["origin"]) == ("men", "none")
    assert (rows["woman"]["sex"], rows["woman"]["origin"]) == ("women", "turkey")
    assert {row["household_type"] for row in rows.values()} == {None}
    assert rows["woman"]["household"] == rows["usual"]["household"] == rows["usual"]["person"]
    assert rows["poor"]["household"] == rows["poor"]["person"]


def test_the_own_income_at_the_start_is_the_position(rows: dict[str, dict[str, Any]]) -> None:
    """Means over 2003-2005, ranked within the year of birth; a loss and an unknown amount are no year."""
    mean = {
        "poor": LOW, "at the line": 15_000.0, "rich": HIGH, "enters": HIGH,
        **dict.fromkeys(("usual", "woman", "loss", "not observed", "gone", "moved", "demolished"), USUAL),
        **dict.fromkeys(
            ("leaves at once", "leaves after three years", "comes back", "unknown after", "unknown, then leaves"),
            (2 * HIGH + LOW) / 3,
        ),
        "leaves after two years": (HIGH + 2 * LOW) / 3, "unknown before": (HIGH + LOW) / 2,
        "low from the first year": LOW, "unknown at the start": LOW,
    }  # fmt: skip
    of_year = [mean[name] for name in rows if name not in ("old", "young")]
    for name, own in mean.items():
        below = sum(other < own - 1 for other in of_year)
        same = sum(abs(other - own) < 1 for other in of_year)
        highest = len(of_year) - sum(abs(x - HIGH) < 1 for x in of_year) / 2 + 0.5
        assert rows[name]["income_rank"] == pytest.approx((below + (same + 1) / 2) / highest), name
    assert rows["old"]["income_rank"] == rows["young"]["income_rank"] == 1


CASES: dict[str, dict[str, float | None]] = {
    "usual": {"stays_5": None, "left_1": None, "left_3": None, "again_3": None, "enters_3": 0, "share": 0},
    "poor": {"stays_5": 1, "left_1": 0, "left_3": 0, "again_3": None, "enters_3": None, "share": 1},
    "leaves at once": {"stays_5": 0, "left_1": 1, "left_3": 1, "again_3": 0, "enters_3": None, "share": 0},
    "leaves after three years": {"stays_5": 0, "left_1": 0, "left_3": 1, "again_3": None, "share": 0.2},
    "comes back": {"stays_5": 0, "left_1": 1, "left_3": 1, "again_3": 1, "share": 0.1},
    "unknown after": {"stays_5": 0, "left_1": None, "left_3": 1, "again_3": None, "share": 0},
    "unknown, then leaves": {"left_1": None, "left_3": 1, "again_3": None},
    "enters": {"stays_5": None, "enters_3": 1, "share": 0.1},
    "at the line": {"left_1": None, "enters_3": 1},
    "gone": {"stays_5": None, "enters_3": 0, "share": 0},
}
LENGTHS: dict[str, tuple[float | None, float | None, float | None]] = {
    # who leaves a low income in 2006, by whether it began in 2005, in 2004, or in 2003 or before
    "usual": (None, None, None),
    "leaves at once": (1, None, None),
    "leaves after three years": (0, None, None),
    "leaves after two years": (None, 1, None),
    "low from the first year": (None, None, 1),
    "poor": (None, None, 0),
    "unknown before": (None, None, None),
    "unknown at the start": (None, None, None),
    "unknown after": (None, None, None),
}


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_a_low_income(rows: dict[str, dict[str, Any]], name: str) -> None:
    for outcome, wanted in CASES[name].items():
        assert rows[name][f"wl_low_{outcome}"] == (None if wanted is None else pytest.approx(wanted)), outcome


@pytest.mark.parametrize("name", LENGTHS)
def test_leaving_by_how_long_it_has_lasted(rows: dict[str, dict[str, Any]], name: str) -> None:
    assert tuple(rows[name][f"wl_low_left_1_year{year}"] for year in (1, 2, 3)) == LENGTHS[name]


def test_means_over_years(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["leaves at once"]["wl_income"] == pytest.approx((2 * HIGH + LOW + 17 * USUAL) / 20)
    assert rows["loss"]["wl_income"] == pytest.approx(USUAL)
    assert rows["rich"]["wl_income_10"] == pytest.approx(HIGH)
    assert rows["gone"]["wl_income_10"] is None
    assert rows["gone"]["wl_income_10_perc"] is None
    assert rows["poor"]["wl_bottom_20_income_10"] == rows["rich"]["wl_top_20_income_10"] == 1


def test_life_is_worked_until_sixty(tmp_path: Path) -> None:
    """Born in 1955: the years until 2015 count."""
    own = {"born": ("1955", "06", "15"), "incomes": {year: 90_000.0 for year in YEARS if year > 2015}}
    handmade_residents.write(tmp_path / "in", {"old": own, **RESIDENTS})
    found = worlds.follow(load_cohort("working_life"), tmp_path / "in", tmp_path / "vault")
    (row,) = [row for row in pq.read_table(found.path).to_pylist() if row["person"] == "R100000001"]
    assert row["wl_income"] == pytest.approx(USUAL)


def test_the_later_cohort_is_the_same_seven_years_on(rows: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    handmade_residents.deliver_later(tmp_path / "in")
    found = worlds.follow(load_cohort("working_life_2010"), tmp_path / "in", tmp_path / "vault")
    later = pq.read_table(found.path).to_pydict()
    early = {name: [row[name] for row in rows.values()] for name in next(iter(rows.values()))}
    ids = [id for id in load_cohort("working_life").ids if id != "wl_income"]  # over fewer years there
    place = {person: at for at, person in enumerate(later["person"])}
    for at, person in enumerate(early["person"]):
        if person not in place or RESIDENTS[list(rows)[at]].get("homes"):
            continue
        for id in ids:
            one, other = early[id][at], later[id.replace("wl_", "wl10_")][place[person]]
            if not id.endswith(("_perc", "20_income_10")):  # ranks are among other people
                assert one == (None if other is None else pytest.approx(other)), (id, person)


def test_only_the_tables_of_residents_are_asked_for() -> None:
    tables = {need.table for need in cohort_requirements(load_cohort("working_life"))}
    assert tables == {"gbapersoon", "gbaadresobject", "vslpostcode", "vslgwb", "persoonink", "inpa"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("home_on =", "# home_on ="), "home_on = None"),
        (("start_year = 2003", "start_year = 2003\nhome_age = 15"), "home_age = 15"),
        (("parent_roles = []", ""), "parent_roles"),
        (('becomes = "low" }', 'becomes = "rich" }'), "rich"),
        (("bound = 15000 }", "bound = true }"), "bound"),
    ],
)
def test_a_wrong_declaration_is_told(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = tmp_path / "working_life.toml"
    path.write_text(DECLARED.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(DeclarationError) as found:
        cohort_requirements(read_cohort(path))
    assert says in str(found.value)


def test_the_words_for_the_axis_are_those_of_the_cohort() -> None:
    told = load_cohort("working_life").public()["axes"]["income"]
    assert told["label"] == {"nl": "Eigen inkomen aan het begin", "en": "Own income at the start"}
    assert load_cohort("age35").public()["axes"] == {}


class TestPanel:
    @pytest.mark.parametrize("at_once", [1_000_000, 4])
    def test_a_row_per_person_with_incomes_of_the_ages(
        self, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(panel, "AT_ONCE", at_once)
        keys = handmade_residents.write(tmp_path / "in", {**RESIDENTS, "young still": {"born": ("1983", "06", "15")}})
        engine = load_engine("duckdb", tmp_path / "scratch")
        paths = panel.build_panel(registers.find(tmp_path / "in"), tmp_path / "vault", engine, YEARS)
        engine.close()
        assert (len(paths) > 1) == (at_once == 4)
        rows = [row for path in paths for row in pq.read_table(path).to_pylist()]
        found = {row["person"]: row for row in rows}
        assert list(found) == sorted(found)
        assert len(found) == len(rows)
        assert found[keys["leaves at once"]]["income_2005"] == pytest.approx(LOW)
        assert found[keys["gone"]]["income_2010"] is None
        assert found[keys["loss"]]["income_2003"] is None
        assert found[keys["not observed"]]["income_2004"] is None
        assert (found[keys["old"]]["income_2015"], found[keys["old"]]["income_2016"]) == (pytest.approx(USUAL), None)
        young = found[keys["young still"]]
        assert (young["income_2007"], young["income_2008"]) == (None, pytest.approx(USUAL))
        assert keys["only later"] in found

    @pytest.mark.parametrize("years", [[], [2003, 2005]])
    def test_years_with_a_hole(self, tmp_path: Path, years: list[int]) -> None:
        handmade_residents.deliver(tmp_path / "in")
        engine = load_engine("duckdb", tmp_path / "scratch")
        with pytest.raises(UsageError, match="years in a row"):
            panel.build_panel(registers.find(tmp_path / "in"), tmp_path / "vault", engine, years)
        engine.close()


def test_a_year_without_a_table_is_told(tmp_path: Path) -> None:
    handmade_residents.deliver(tmp_path / "in")
    next((tmp_path / "in").rglob("INPA2013TABV1.parquet")).unlink()
    with pytest.raises(KansenError, match="2013"):
        worlds.follow(load_cohort("working_life"), tmp_path / "in", tmp_path / "vault")


def test_words_for_groups_that_there_are_not_are_told() -> None:
    declared = load_cohort("working_life")
    words = declared.axes["income"]
    pipeline.check_words([declared], pipeline.grids_of())
    other = replace(words, positions={"top": words.positions["low"]})
    for axes, says in (({"incomes": words}, "incomes"), ({"income": other}, "top")):
        with pytest.raises(DeclarationError, match=says):
            pipeline.check_words([replace(declared, axes=axes)], pipeline.grids_of())
