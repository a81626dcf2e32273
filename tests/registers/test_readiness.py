"""What a delivery allows, told before anything is read."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from kansen import cohorts, synthetic
from kansen.cli import main
from kansen.registers import Needs, Requirement, check, find, load_catalogue
from kansen.registers.report import as_json, as_text
from registers import rdata, world

INCOME = Requirement("inpa", (2016, 2017, 2018), ("inppersbrut",))


def incomes(root: Path, *years: int, kind: str = "parquet") -> None:
    for year in years:
        world.write(root, f"InkomenBestedingen/INPATAB/INPA{year}TABV1", world.INCOMES, kind)


def lacks(root: Path, *needed: Requirement) -> list[str]:
    (cohort,) = check(find(root), {"one": Needs(needed)}).cohorts
    return [lack.words() for lack in cohort.lacks]


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_nothing_is_lacking(root: Path, kind: str) -> None:
    incomes(root, 2016, 2017, 2018, kind=kind)
    assert lacks(root, INCOME) == []


def test_a_year_that_is_absent_between_others(root: Path) -> None:
    incomes(root, 2015, 2016, 2018)
    assert lacks(root, INCOME) == ["inpa of 2017: not delivered; there are 2015–2016, 2018"]


def test_a_table_that_is_absent(root: Path) -> None:
    found = lacks(root, INCOME, Requirement("kindouder"))
    assert found == ["inpa of 2016–2018: not delivered", "kindouder: not delivered"]


def test_a_table_that_stands_in_for_another(root: Path) -> None:
    incomes(root, 2016, 2017)
    need = Requirement("koppel", (2016, 2017), instead="inpa")
    assert lacks(root, need) == []
    assert lacks(root, Requirement("koppel", (2016, 2018), instead="inpa")) == ["koppel of 2018: not delivered"]


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_a_column_that_is_absent(root: Path, kind: str) -> None:
    incomes(root, 2016, 2017, kind=kind)
    rows = {name: values for name, values in world.INCOMES.items() if name not in ("INPPERSBRUT", "RINPERSOONS")}
    world.write(root, "INPA2018TABV1", rows, kind)
    assert lacks(root, INCOME) == [f"inpa of 2018: INPA2018TABV1.{kind} misses RINPERSOONS, INPPERSBRUT"]


def test_a_column_whose_name_changes_over_the_years(root: Path) -> None:
    keys = {"RINPERSOONS": ["R"], "RINPERSOON": ["000000012"]}
    for year, name in ((2018, "OPLNIVSOI2016AGG4HBMETNIRWO"), (2019, "OPLNIVSOI2016AGG4HBMETNIRWO")):
        world.write(root, f"HOOGSTEOPL{year}TABV1", {**keys, name: ["1111"]})
    need = Requirement("hoogsteopl", (2018, 2019), ("attained",))
    assert lacks(root, need) == ["hoogsteopl of 2019: HOOGSTEOPL2019TABV1.parquet misses OPLNIVSOI2021AGG4HBmetNIRWO"]


def test_a_column_that_a_year_does_not_have_yet_is_not_asked_for(root: Path) -> None:
    keys = {"RINPERSOONS": ["R"], "RINPERSOON": ["000000012"]}
    world.write(root, "ZVWZORGKOSTEN2014TABV1", keys)
    assert lacks(root, Requirement("zvwzorgkosten", (2014,), ("zvwkmultidisc",))) == []


def test_an_r_file_tells_its_columns_only_when_it_is_read(root: Path) -> None:
    (root / "8151_PERINED.rds").write_bytes(rdata.frame({"a": rdata.vector([1])}, 1))
    assert lacks(root, Requirement("perined", columns=("amddd",))) == []


def test_a_damaged_file(root: Path) -> None:
    incomes(root, 2016, 2017)
    (root / "INPA2018TABV1.sav").write_bytes(b"$FL2 and no more")
    (one,) = lacks(root, INCOME)
    assert one.startswith("inpa of 2018: INPA2018TABV1.sav cannot be read")


def test_two_files_that_differ(root: Path) -> None:
    incomes(root, 2016, 2017, 2018)
    world.write(root, "copy/INPA2018TABV1", world.changed(world.INCOMES, INPPERSBRUT=[1.0, 2.0, 3.0]))
    (one,) = lacks(root, INCOME)
    assert "InkomenBestedingen/INPATAB/INPA2018TABV1.parquet and copy/INPA2018TABV1.parquet" in one


def test_no_row_is_read(root: Path) -> None:
    """A file whose pages are spoilt and whose footer is whole has all that is asked."""
    incomes(root, 2016, 2017, 2018)
    for path in root.rglob("*.parquet"):
        content = bytearray(path.read_bytes())
        content[4:60] = b"\xff" * 56
        path.write_bytes(content)
    assert lacks(root, INCOME) == []


def test_what_an_outcome_lacks_stops_the_cohort_only_when_the_table_has_holes(root: Path) -> None:
    incomes(root, 2016, 2017)
    gone = {"a": (Requirement("veh", (2016,)),), "b": (Requirement("inpa", (2016,)),)}
    report = check(find(root), {"one": Needs((), gone)})
    assert report.passed
    assert "can be built, with 1 of 2 outcomes" in as_text(report)
    assert not check(find(root), {"one": Needs((), {"b": (INCOME,)})}).passed


def test_files_that_are_passed_over_or_not_taken_are_told(root: Path) -> None:
    incomes(root, 2016)
    incomes(root, 2016, kind="sav")
    left = ["INPA2016TABV1.xlsx", "INPA2009TABV1.sav", "INPA2016.sav", "INPA2017TABV1.sav.zip"]
    for name in [*left, "INPA2016TABV0.sav", "INPAB2016TABV1.sav", "notes on income.txt"]:
        (root / name).touch()
    report = as_json(check(find(root), {}))
    assert {one["path"]: one["why"] for one in report["not_taken"]} == {
        "INPA2009TABV1.sav": "2009 is not a year of this table (from 2011)",
        "INPA2016.sav": "the name differs from INPA<year>TABV<number>",
        "INPA2016TABV1.xlsx": "a .xlsx file; .parquet, .sav, .csv, .rds are read",
        "INPA2017TABV1.sav.zip": "a .zip file; .parquet, .sav, .csv, .rds are read",
    }
    assert {one["path"]: one["why"] for one in report["passed_over"]} == {
        "INPA2016TABV0.sav": "INPA2016TABV1.parquet is newer",
        "InkomenBestedingen/INPATAB/INPA2016TABV1.sav": "delivered as parquet too, which is read",
    }
    text = as_text(check(find(root), {}))
    assert "inpa  2016; parquet (also sav); V1; InkomenBestedingen" in text
    assert "INPA2016TABV0.sav: INPA2016TABV1.parquet is newer" in text


def test_gaps_are_told_by_table_and_whether_they_matter(root: Path) -> None:
    incomes(root, 2012, 2013, 2016)
    need = Needs((), {"one": (Requirement("inpa", (2013, 2014)),)})
    assert "2012–2013, 2016 (2014 absent) (2015 absent, not needed)" in as_text(check(find(root), {"one": need}))
    assert as_json(check(find(root), {}))["tables"][0]["absent_years"] == [2014, 2015]


def test_the_version_of_every_year_is_told(root: Path) -> None:
    incomes(root, 2012, 2013, 2014, 2015)
    for version in (9, 10):
        world.write(root, f"INPA2016TABV{version}", world.INCOMES)
    text = as_text(check(find(root), {}))
    assert "inpa  2012–2016; parquet; V10 of 2016, else V1" in text
    assert "INPA2016TABV9.parquet: INPA2016TABV10.parquet is newer" in text


def test_a_table_that_is_absent_is_told_with_its_place(root: Path) -> None:
    incomes(root, 2012)
    text = as_text(check(find(root), {}))
    assert "Children and their legal parents: Bevolking/KINDOUDERTAB/KINDOUDER<year>TABV<number>\n" in text


def test_a_file_without_rows_or_with_one_column_twice(root: Path) -> None:
    incomes(root, 2016)
    world.write(root, "INPA2017TABV1", {name: pa.array(values[:0]) for name, values in world.INCOMES.items()})
    world.write(root, "INPA2018TABV1", {**world.INCOMES, "inppersbrut": [1.0, 2.0, 3.0]})
    assert lacks(root, INCOME) == [
        "inpa of 2017: INPA2017TABV1.parquet has no rows",
        "inpa of 2018: INPA2018TABV1.parquet has one column more than once (INPPERSBRUT, inppersbrut)",
    ]


def test_what_stands_in_must_have_the_columns_too(root: Path) -> None:
    incomes(root, 2016)
    rows = {name: values for name, values in world.INCOMES.items() if name != "RINPERSOONHKW"}
    world.write(root, "INPA2017TABV1", rows)
    need = Requirement("koppel", (2016, 2017), ("person", "household"), instead="inpa")
    assert lacks(root, need) == ["inpa of 2017: INPA2017TABV1.parquet misses RINPERSOONHKW"]


def test_the_needs_of_a_cohort_name_declared_tables_and_columns() -> None:
    catalogue = load_catalogue()
    for name in cohorts.cohort_ids():
        needs = cohorts.needs(cohorts.load_cohort(name))
        for need in [*needs.cohort, *(one for own in needs.outcomes.values() for one in own)]:
            table = catalogue.table(need.table)
            concepts = {template.column.concept for template in table.templates}
            assert (table.kind == "yearly") == bool(need.years), need
            for column in set(need.columns) - concepts:
                table.column(column, None)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made-up")
    synthetic.write(folder, scale=0.001)
    return folder


def test_the_command_says_that_the_made_up_tables_suffice(made_up: Path) -> None:
    found = CliRunner().invoke(main, ["registers", "check", str(made_up), "--cohort", "age35"])
    assert found.exit_code == 0, found.output
    assert "Cohort age35 can be built, with 47 of 47 outcomes" in found.output


def test_the_command_names_the_outcomes_and_the_table_that_they_lack(made_up: Path, tmp_path: Path) -> None:
    folder = tmp_path / "some"
    for path in made_up.rglob("*.parquet"):
        if "SPOLISBUS" not in path.name and "INHA2017" not in path.name:
            copy = folder / path.relative_to(made_up)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(path)
    found = CliRunner().invoke(main, ["registers", "check", str(folder), "--cohort", "age35", "--json"])
    assert found.exit_code == 1
    (cohort,) = json.loads(found.stdout)["cohorts"]
    assert [(one["table"], one["years"]) for one in cohort["lacks"]] == [("inha", [2017])]
    lacking = {one["outcome"]: [lack["table"] for lack in one["lacks"]] for one in cohort["outcomes"]}
    assert lacking["c35_hourly_wage"] == ["spolisbus"]
    assert lacking["c35_household_income"] == ["inha"]
    assert lacking["c35_income"] == []
    assert not any(one["can_be_built"] for one in cohort["outcomes"])


def test_a_wrong_cohort_and_a_wrong_folder_are_exit_2(made_up: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["registers", "check", str(made_up), "--cohort", "age99"]).exit_code == 2
    assert runner.invoke(main, ["registers", "check", str(tmp_path / "none")]).exit_code == 2


def test_an_empty_folder(root: Path) -> None:
    text = as_text(check(find(root), {"one": Needs((Requirement("kindouder"),))}))
    assert "none" in text
    assert "Cohort one cannot be built\n  lacks kindouder: not delivered" in text
