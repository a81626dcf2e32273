"""Kansen's cohort, the cohort computed a second time, and the truth behind the synthetic country: the same children."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from kansen import registers, synthetic
from kansen.cohorts import build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas
from kansen.progress import Quiet
from kansen.synthetic.parameters import OUTCOMES
from kansen.synthetic.report import figures
from reference import age35_reference

GROUPS = ("birth_year", "sex", "origin", "household_type", "municipality", "wijk", "pc4")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("country") / "registers"
    synthetic.write(root, scale=0.02, seed=11, cohorts=("age35",))
    return root


@pytest.fixture(scope="module")
def reference(root: Path) -> pd.DataFrame:
    return age35_reference.cohort(root).df().set_index("person").sort_index()


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    vault = tmp_path_factory.mktemp("vault")
    runner = load_engine("duckdb", vault / "scratch")
    cohort = build_cohort(load_cohort("age35"), registers.find(root), vault, runner, load_areas(), Quiet())
    return pd.read_parquet(cohort.path).set_index("person").sort_index()


def test_the_same_children_are_followed(built: pd.DataFrame, reference: pd.DataFrame) -> None:
    assert len(reference) > 15_000
    assert built.index.equals(reference.index)


@pytest.mark.parametrize("column", GROUPS)
def test_the_same_groups_and_places(built: pd.DataFrame, reference: pd.DataFrame, column: str) -> None:
    mine, other = built[column].astype("object"), reference[column].astype("object")
    assert other.nunique() > 1
    assert (mine.where(mine.notna(), None) == other.where(other.notna(), None))[other.notna()].all()
    assert (mine.isna() == other.isna()).all()


@pytest.mark.parametrize("column", ["income_rank", *OUTCOMES])
def test_the_same_ranks_and_outcomes(built: pd.DataFrame, reference: pd.DataFrame, column: str) -> None:
    np.testing.assert_allclose(built[column].astype(float), reference[column].astype(float), rtol=1e-12, equal_nan=True)


def test_truth_knows_the_sample_and_the_ranks(root: Path, reference: pd.DataFrame) -> None:
    truth = pd.read_parquet(root / "truth" / "children.parquet").set_index("person").sort_index()
    final = truth[truth.final]
    assert final.index.equals(reference.index)
    np.testing.assert_allclose(final.income_rank, reference.income_rank, rtol=1e-12)
    for column in ("sex", "origin", "household_type", "birth_year"):
        assert (final[column].astype(str) == reference[column].astype(str)).all(), column
    assert (final.area_known == reference.wijk.notna()).all()
    assert (final.wijk[final.area_known] == reference.wijk.dropna()).all()
    assert (final.pc4_known == reference.pc4.notna()).all()
    assert (final.pc4[final.pc4_known].astype(str) == reference.pc4.dropna()).all()


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcomes_fluctuate_around_the_truth(root: Path, reference: pd.DataFrame, outcome: str) -> None:
    truth = pd.read_parquet(root / "truth" / "children.parquet").set_index("person").sort_index()
    final = truth[truth.final & (truth.recentred == 1)]
    away = (reference.loc[final.index, outcome].astype(float) - final[f"expected_{outcome}"]).dropna()
    assert abs(away.mean()) < 4 * away.std() / np.sqrt(len(away))
    slope = np.polyfit(final.loc[away.index, f"expected_{outcome}"], away, 1)[0]
    assert abs(slope) < 0.35, "what is expected more must happen more"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_tuned_figures_hold_at_full_scale(tmp_path: Path, seed: int) -> None:
    synthetic.write(tmp_path / "registers", scale=1, seed=seed, cohorts=("age35",))
    table: pa.Table = age35_reference.cohort(tmp_path / "registers").to_arrow_table()
    assert [row for row in figures({"age35": table}) if not row.holds] == []
