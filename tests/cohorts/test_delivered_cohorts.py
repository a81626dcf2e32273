"""Which cohorts are followed when nobody names them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cohorts import handmade
from kansen import pipeline, registers, synthetic
from kansen.cohorts import load_cohort
from kansen.engine import load_engine
from kansen.errors import EmptyResultError, NobodyBornError
from kansen.files import read_json
from kansen.geography import load_areas
from kansen.progress import Quiet


class Told(Quiet):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    handmade.write(tmp_path / "registers", {"one": {}})
    return tmp_path / "registers"


def followed(root: Path, told: Told) -> list[str]:
    return [one.id for one in pipeline.cohorts_in(registers.find(root), told)]


def test_those_whose_tables_are_there(root: Path) -> None:
    told = Told()
    assert followed(root, told) == ["age35"]
    assert any(
        line.startswith("cohort newborns is left out: ") and "perined: not delivered" in line for line in told.lines
    )


def test_a_hole_in_one_table_does_not_ask_for_a_cohort_that_lacks_another_wholly(root: Path) -> None:
    (path,) = root.rglob("INHA2015TABV1.parquet")
    shutil.copy(path, path.with_name("INHA2013TABV1.parquet"))  # 2014 is lacking between others
    assert followed(root, Told()) == ["age35"]


def test_a_hole_is_a_mistake_and_leaves_no_cohort_out(root: Path) -> None:
    (path,) = root.rglob("INPA2017TABV1.parquet")
    path.unlink()
    assert followed(root, Told()) == ["age35"]


@pytest.fixture(scope="module")
def births(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What newborns take; age 16 has all its tables then, but of other years of birth."""
    root = tmp_path_factory.mktemp("births") / "registers"
    synthetic.write(root, scale=0.0005, cohorts=["newborns"])
    return root


def test_a_cohort_of_whom_nobody_was_born_is_left_out_and_said_to_be(births: Path, tmp_path: Path) -> None:
    assert followed(births, Told()) == ["age16", "newborns"]
    told = Told()
    out = pipeline.build(births, tmp_path / "release", progress=told)
    manifest = read_json(out / "manifest.json")
    assert manifest is not None
    assert [one["id"] for one in manifest["cohorts"]] == ["newborns"]
    assert told.lines.count("cohort age16 is left out: nobody born in 2000-2004") == 1
    assert not any(line.startswith("age16: ") for line in told.lines)  # nothing about its outcomes


def test_a_named_cohort_of_whom_nobody_was_born_is_an_error(births: Path, tmp_path: Path) -> None:
    with pytest.raises(NobodyBornError, match="found:    nobody born in 2000-2004"):
        pipeline.build(births, tmp_path / "release", cohorts=["newborns", "age16"])
    assert not (tmp_path / "release").exists()


def test_no_cohort_with_anybody_is_an_error(births: Path, tmp_path: Path) -> None:
    declared = [load_cohort("age16")]
    engine = load_engine("duckdb", tmp_path / "scratch")
    with pytest.raises(EmptyResultError, match="Nobody of any cohort is in the registers"):
        pipeline.follow(declared, registers.find(births), tmp_path, engine, load_areas(), Quiet(), named=False)
    engine.close()
