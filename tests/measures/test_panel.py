"""Low income from a panel: the same as in memory, whatever is read at once; and what cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen.errors import TableError, UsageError
from kansen.measures import hazard_table, low_income, risks, spells_of, turned
from kansen.measures import panel as room
from measures.lives import simulate

YEARS = range(2003, 2015)
LINE = 15_000.0


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    rng = np.random.default_rng(1)
    out = simulate(rng, 3_000, len(YEARS), enter=0.15, leave=lambda d, t: np.full(len(d), 0.4))
    return np.where(rng.random(out.shape) < 0.05, -1, out).astype(np.int8)


@pytest.fixture(scope="module")
def path(states: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("panel") / "incomes.parquet"
    incomes = np.select([states == 1, states == 0], [10_000.0, 20_000.0], np.nan)
    people = len(states)
    table = pa.table(
        {
            "person": [f"R{number:09d}" for number in range(people)],
            "birth_year": np.where(np.arange(people) % 2 == 0, 1970, 1940),
            "sex": pa.array([("men", "women", None)[number % 3] for number in range(people)]),
            **{f"income_{year}": pa.array(incomes[:, at], from_pandas=True) for at, year in enumerate(YEARS)},
        }
    )
    pq.write_table(table, file)
    return file


def test_as_in_memory_whatever_is_read_at_once(states: np.ndarray, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = low_income(path, YEARS, LINE)
    monkeypatch.setattr(room, "BATCH", 100)
    parts = low_income(path, YEARS, LINE)
    for told in (whole, parts):
        assert np.array_equal(told.leaving.at_risk, risks(spells_of(states)).at_risk)
        assert np.array_equal(told.again.ended, risks(spells_of(turned(states))).ended)
        assert told.low.tolist() == (states == 1).sum(axis=0).tolist()
        assert told.known.tolist() == (states >= 0).sum(axis=0).tolist()
    assert np.array_equal(whole.histories.count, parts.histories.count)
    assert np.array_equal(whole.histories.length, parts.histories.length)
    of_sexes = whole.by_sex["men"].at_risk + whole.by_sex["women"].at_risk
    assert 0 < of_sexes.sum() < whole.leaving.at_risk.sum()  # a third has no known sex
    table = hazard_table(whole.leaving, longest=3)
    assert np.abs(table.hazard - 0.4).max() < 4 * table.se.max()


def test_bridged(states: np.ndarray, path: Path) -> None:
    told = low_income(path, YEARS, LINE, gap=1)
    assert np.array_equal(told.leaving.at_risk, risks(spells_of(states, gap=1)).at_risk)
    assert told.hazards(1).hazard[0] < low_income(path, YEARS, LINE).hazards(1).hazard[0]


def test_only_some_ages(states: np.ndarray, path: Path) -> None:
    """Who was born in 1940 is above 49 throughout; who was born in 1970 is 33 to 44."""
    told = low_income(path, YEARS, LINE, ages=(30, 49))
    assert np.array_equal(told.leaving.ended, risks(spells_of(states[::2])).ended)


def test_nobody(tmp_path: Path) -> None:
    about = {"birth_year": pa.array([], pa.int64()), "sex": pa.array([], pa.string())}
    incomes = {f"income_{year}": pa.array([], pa.float64()) for year in YEARS}
    pq.write_table(pa.table(about | incomes), tmp_path / "empty.parquet")
    told = low_income(tmp_path / "empty.parquet", YEARS, LINE)
    assert told.known.sum() == 0
    assert told.trend(2003, 2010) is None


def test_what_cannot_be_used(path: Path) -> None:
    with pytest.raises(TableError, match="income_2015"):
        low_income(path, range(2003, 2016), LINE)
    with pytest.raises(UsageError, match="line"):
        low_income(path, YEARS, 0.0)
