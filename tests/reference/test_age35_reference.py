"""The cohort computed a second time, and the truth behind the synthetic country: the same children."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from kansen import synthetic
from kansen.synthetic.parameters import OUTCOMES
from kansen.synthetic.report import figures
from reference import age35_reference


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("country") / "registers"
    synthetic.write(root, scale=0.02, seed=11, cohorts=("age35",))
    return root


@pytest.fixture(scope="module")
def reference(root: Path) -> pd.DataFrame:
    return age35_reference.cohort(root).df().set_index("person").sort_index()


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
