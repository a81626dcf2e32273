"""Which cohorts are followed when nobody names them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cohorts import handmade
from kansen import pipeline, registers
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
