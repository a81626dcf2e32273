"""A country with residents and with children and parents: one row per person and year, and both truths hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kansen import registers, synthetic
from kansen.cohorts import load_cohort
from kansen.cohorts.panel import build_panel
from kansen.engine import load_engine
from kansen.measures import LowIncome, low_income, spells_of, states_of
from kansen.synthetic.incomes import on_one_side
from reference import age35_reference

SPELLS = load_cohort("working_life").spells
assert SPELLS is not None
YEARS, LINE = SPELLS.calendar, SPELLS.below


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("together") / "registers"
    synthetic.write(root, scale=0.003, seed=1, cohorts=["age35", "prim8_a", "working_life"])
    return root


@pytest.fixture(scope="module")
def panel(root: Path) -> Path:
    engine = load_engine("duckdb", root.with_name("scratch"))
    (path,) = build_panel(registers.find(root), root.with_name("vault"), engine, YEARS)
    engine.close()
    return path


@pytest.fixture(scope="module")
def of_residents(root: Path, panel: Path) -> Path:
    """The panel with the residents only, of whom the truth is declared."""
    table, truth = pq.read_table(panel), pq.read_table(root / "truth" / "residents.parquet")
    path = panel.with_name("residents.parquet")
    pq.write_table(table.filter(pc.is_in(table["person"], truth["person"])), path)
    return path


def test_nobody_has_two_rows_in_a_year(root: Path) -> None:
    files = [*root.rglob("PERSOONINK*.parquet"), *root.rglob("INPA*.parquet")]
    assert len(files) == len(YEARS)
    for file in files:
        people = pq.read_table(file, columns=["RINPERSOONS", "RINPERSOON"]).to_pandas()
        assert not people.duplicated().any(), file.name


def _spells(path: Path) -> int:
    table = pq.read_table(path)
    incomes = np.column_stack([table[f"income_{year}"].to_numpy(zero_copy_only=False) for year in YEARS])
    return len(spells_of(states_of(incomes.astype(float), LINE)))


def test_spells_of_a_low_income_are_those_of_the_residents(panel: Path, of_residents: Path) -> None:
    """But for a few who are in the country for a part of a year."""
    everybody, residents = pq.read_metadata(panel).num_rows, pq.read_metadata(of_residents).num_rows
    assert everybody > 1.2 * residents, "the others are in the panel, too"
    more = _spells(panel) - _spells(of_residents)
    assert 0 <= more < 0.01 * _spells(of_residents)


def test_what_is_declared_of_residents_is_true_of_the_country(panel: Path, of_residents: Path) -> None:
    whole, own = (low_income(path, YEARS, LINE) for path in (panel, of_residents))
    assert np.abs(whole.hazards(6).hazard - own.hazards(6).hazard).max() < 0.005
    slopes = [_slope(told) for told in (whole, own)]
    assert slopes[0] == pytest.approx(slopes[1], abs=5e-4)
    assert slopes[0] < 0  # escape gets harder (N14)


def _slope(told: LowIncome) -> float:
    line = told.trend(2003, 2017)
    assert line is not None
    return line.slope


def test_what_is_declared_of_the_children_is_true_beside_residents(tmp_path: Path) -> None:
    root = tmp_path / "registers"
    synthetic.write(root, scale=0.003, seed=2, cohorts=["age35", "working_life"])
    reference = age35_reference.cohort(root).df().set_index("person").sort_index()
    truth = pd.read_parquet(root / "truth" / "children.parquet").set_index("person").sort_index()
    final = truth[truth.final]
    assert final.index.equals(reference.index)
    np.testing.assert_allclose(final.income_rank, reference.income_rank, rtol=1e-12)
    for outcome in ("c35_income", "c35_household_income"):
        usual = final[final.recentred == 1]
        away = (reference.loc[usual.index, outcome].astype(float) - usual[f"expected_{outcome}"]).dropna()
        assert abs(away.mean()) < 4 * away.std() / np.sqrt(len(away)), outcome


def test_one_side() -> None:
    usual = np.array([10_000.0, 20_000.0, 10_000.0, 20_000.0])
    real = np.array([16_000.0, 14_000.0, 9_000.0, 25_000.0])
    assert on_one_side(real, usual, LINE).tolist() == [14_850.0, 15_150.0, 9_000.0, 25_000.0]
