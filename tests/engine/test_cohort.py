"""Every cohort gives the same files on DuckDB and on Spark: every stage, every byte, and what the rules dropped.

The registers are those written by hand for the cohorts' own tests, so what is compared is known to be right, too.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cohorts import handmade_age35, handmade_newborns, handmade_residents
from cohorts import test_age16 as age16
from cohorts import test_age21 as age21
from cohorts import test_age35 as age35
from cohorts import test_age35_outcomes as age35_outcomes
from cohorts import test_newborns as newborns
from cohorts import test_prim8 as prim8
from kansen import registers
from kansen.cohorts import Cohort, build_cohort, cohort_ids, load_cohort, quirks_named, with_quirks
from kansen.cohorts.compat import PUBLISHED, load_quirks
from kansen.engine import Engine
from kansen.geography import load_areas

REGISTERS: dict[str, Callable[[Path], Any]] = {
    "age35": lambda root: handmade_age35.write(root, {**age35.CHILDREN, **OUTCOMES}),
    "age21": age21.deliver,
    "age16": age16.deliver,
    "prim8_a": prim8.deliver,
    "prim8_b": prim8.deliver_later,
    "newborns": lambda root: handmade_newborns.write(root, newborns.CHILDREN, newborns.MOTHERS),
    "working_life": handmade_residents.deliver,
    "working_life_2010": handmade_residents.deliver_later,
}
"""What writes the tables of a cohort below a folder."""

LONG = ("age35", "age21", "age16", "prim8_a", "prim8_b", "newborns", "working_life_2010")
"""Cohorts that have many stages, so they are compared with the slow proofs."""

QUICK = ("working_life",)

OUTCOMES = {f"outcome of {name}": own for name, (own, _) in age35_outcomes.CASES.items()}


def follow(name: str, engine: Engine, root: Path, quirks: frozenset[str]) -> Cohort:
    declared = with_quirks(load_cohort(name), quirks)
    return build_cohort(declared, registers.find(root), root.with_name(engine.name), engine, load_areas())


def assert_same_files(one: Path, other: Path, pattern: str) -> None:
    names = [path.relative_to(one) for path in sorted(one.glob(pattern))]
    assert names
    assert names == [path.relative_to(other) for path in sorted(other.glob(pattern))]
    for name in names:
        first, second = pq.read_table(one / name), pq.read_table(other / name)
        assert first.schema.equals(second.schema), name
        for column in first.column_names:
            assert first[column].equals(second[column]), (name, column)
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def assert_same_cohort(name: str, engines: tuple[Engine, Engine], folder: Path, compat: str = "") -> None:
    root = folder / "registers"
    REGISTERS[name](root)
    first, second = (follow(name, engine, root, quirks_named(compat)) for engine in engines)
    assert first.children == second.children > 0
    assert first.attrition.steps() == second.attrition.steps()
    assert first.attrition.coded() == second.attrition.coded()
    assert_same_files(folder / engines[0].name / "cohorts", folder / engines[1].name / "cohorts", "**/*.parquet")


def test_there_are_registers_of_every_cohort() -> None:
    assert sorted(REGISTERS) == sorted(cohort_ids())


@pytest.mark.parametrize("name", [*QUICK, *[pytest.param(name, marks=pytest.mark.slow) for name in LONG]])
def test_as_declared(name: str, duckdb_engine: Engine, spark_engine: Engine, tmp_path: Path) -> None:
    assert_same_cohort(name, (duckdb_engine, spark_engine), tmp_path)


LIKE_PUBLISHED = ["age35", "age21", "age16", "prim8_b", "newborns"]
"""Cohorts that have every quirk about children between them; the others are about figures, which no engine makes."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LIKE_PUBLISHED)
def test_as_published(name: str, duckdb_engine: Engine, spark_engine: Engine, tmp_path: Path) -> None:
    assert_same_cohort(name, (duckdb_engine, spark_engine), tmp_path, PUBLISHED)


def test_every_quirk_is_among_those() -> None:
    declared = [with_quirks(load_cohort(name), quirks_named(PUBLISHED)) for name in LIKE_PUBLISHED]
    switched = {quirk for one in declared for quirk in one.quirks}
    assert switched == {quirk.id for quirk in load_quirks() if quirk.cohorts}


@pytest.mark.slow
def test_a_release_of_synthetic_registers(java: None, tmp_path: Path) -> None:
    def kansen(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kansen.cli", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=900)

    assert kansen("synth", tmp_path / "in", "--scale", "0.004", "--format", "parquet").returncode == 0
    for engine in ("duckdb", "spark"):
        words = ("--out", tmp_path / engine, "--engine", engine, "--cohort", "age35", "--profile", "kansenkaart")
        found = kansen("build", tmp_path / "in", *words)
        assert found.returncode == 0, found.stderr
        assert "WARN" not in found.stderr + found.stdout
    assert_same_files(tmp_path / "duckdb.vault" / "cohorts", tmp_path / "spark.vault" / "cohorts", "**/*.parquet")
    assert_same_files(tmp_path / "duckdb", tmp_path / "spark", "estimates/*.parquet")
