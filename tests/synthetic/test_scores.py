"""What a cohort finds in the registers is what the truth expects, for every outcome and group that the truth knows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from kansen import cohorts, registers, synthetic
from kansen.engine import load_engine
from kansen.geography import load_areas
from kansen.geography.tables import read_table
from kansen.progress import Quiet
from kansen.synthetic import report

GROUPS = ("sex", "origin", "household_type", "parent_education", "province")
FEWEST = 100
FEWEST_EVENTS = 10
"""Children of a group, and times that the outcome happened or did not, below which a sum is not about normal."""


def build(root: Path, vault: Path, names: Sequence[str]) -> dict[str, Path]:
    """Cohort files of the registers, by cohort."""
    delivery, areas = registers.find(root), load_areas()
    with closing(load_engine("duckdb", vault / "scratch")) as engine:
        for name in names:
            cohorts.build_cohort(cohorts.load_cohort(name), delivery, vault, engine, areas, Quiet())
    return {name: vault / "cohorts" / name / "cohort.parquet" for name in names}


def scores(cohort: Path, truth: Path) -> pd.DataFrame:
    """Found less expected in standard errors, per outcome and group."""
    found, expected = pq.read_table(cohort).to_pandas(), pq.read_table(truth).to_pandas()
    outcomes = [name.removeprefix("expected_") for name in expected.columns if name.startswith("expected_")]
    provinces = {row["code"]: row["province_code"] for row in read_table("municipalities")}
    kept = expected[["person", "parent_education", "municipality", *(f"expected_{name}" for name in outcomes)]]
    both = found[["person", "sex", "origin", "household_type", *outcomes]].merge(kept, on="person", validate="1:1")
    both["province"] = both.municipality.map(provinces)
    rows = []
    for outcome in outcomes:
        away = both[outcome].astype(float) - both[f"expected_{outcome}"]
        for group in ("everyone", *GROUPS):
            by = both[group] if group in GROUPS else pd.Series("all", index=both.index)
            for value, rest in away.dropna().groupby(by):
                values = both.loc[rest.index, outcome].astype(float)
                events = min((values > 0).sum(), (values < values.max()).sum())
                if len(rest) >= FEWEST and events >= FEWEST_EVENTS:
                    rows.append((outcome, group, value, rest.mean() / rest.sem()))
    return pd.DataFrame(rows, columns=["outcome", "group", "value", "score"])


def _agree(found: pd.DataFrame, cohort: str) -> None:
    worst = found.loc[found.score.abs().idxmax()]
    assert abs(worst.score) < 4.5, (cohort, worst)
    assert 0.6 < (found.score**2).mean() < 1.6, cohort


def test_group_8_and_21_are_as_expected(tmp_path: Path) -> None:
    synthetic.write(tmp_path / "registers", scale=0.01, seed=8, cohorts=["age21", "prim8_a"])
    for name, path in build(tmp_path / "registers", tmp_path / "vault", ["age21", "prim8_a"]).items():
        found = scores(path, tmp_path / "registers" / "truth" / f"{name}.parquet")
        assert found.outcome.nunique() >= 10
        _agree(found, name)


@pytest.mark.slow
def test_every_cohort_of_the_young_is_as_expected_and_tuned(tmp_path: Path) -> None:
    synthetic.write(tmp_path / "registers", scale=0.05, seed=9)
    names = list(synthetic.COHORTS)
    files = build(tmp_path / "registers", tmp_path / "vault", names)
    for name in names:
        if name != "age35":
            _agree(scores(files[name], tmp_path / "registers" / "truth" / f"{name}.parquet"), name)
    rows = report.figures(report.read_cohorts(tmp_path / "vault" / "cohorts"))
    assert [row for row in rows if not row.near(4) and not row.full] == []
