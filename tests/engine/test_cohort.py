"""A whole cohort gives the same files on DuckDB and on Spark: every stage, every byte, and what the rules dropped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cohorts import handmade
from cohorts.test_age35 import CHILDREN
from kansen import registers
from kansen.cohorts import Cohort, build_cohort, load_cohort
from kansen.engine import Engine
from kansen.geography import load_areas


def follow(engine: Engine, root: Path, vault: Path) -> Cohort:
    return build_cohort(load_cohort("age35"), registers.find(root), vault, engine, load_areas())


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


def test_the_cohort_worked_out_by_hand(duckdb_engine: Engine, spark_engine: Engine, tmp_path: Path) -> None:
    handmade.write(tmp_path / "registers", CHILDREN)
    found = [follow(engine, tmp_path / "registers", tmp_path / engine.name) for engine in (duckdb_engine, spark_engine)]
    assert found[0].children == found[1].children > 20
    assert found[0].attrition.steps() == found[1].attrition.steps()
    assert found[0].attrition.coded() == found[1].attrition.coded()
    assert_same_files(tmp_path / "duckdb" / "cohorts", tmp_path / "spark" / "cohorts", "**/*.parquet")


@pytest.mark.slow
def test_a_release_of_synthetic_registers(java: None, tmp_path: Path) -> None:
    def kansen(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kansen.cli", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=600)

    assert kansen("synth", tmp_path / "in", "--scale", "0.004", "--format", "parquet").returncode == 0
    for engine in ("duckdb", "spark"):
        found = kansen("build", tmp_path / "in", "--out", tmp_path / engine, "--engine", engine)
        assert found.returncode == 0, found.stderr
        assert "WARN" not in found.stderr + found.stdout
    assert_same_files(tmp_path / "duckdb.vault" / "cohorts", tmp_path / "spark.vault" / "cohorts", "**/*.parquet")
    assert_same_files(tmp_path / "duckdb", tmp_path / "spark", "estimates/*.parquet")
