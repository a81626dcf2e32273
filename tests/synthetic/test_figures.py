"""The figures that the country is tuned to: how they are judged, and that the truth agrees with them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import synthetic
from kansen.errors import UsageError
from kansen.synthetic import report
from kansen.synthetic.figures import EUROS, SHARE, TIMES, Cohort, Found, above, inside, near
from kansen.synthetic.windows import load_windows

ERRORS = 4
"""Standard errors that a figure of a small country may lie outside its limits."""


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tuned") / "registers"
    synthetic.write(root, scale=0.03, seed=5)
    return root / "truth"


def test_the_truth_agrees_with_every_figure_it_can_show(truth: Path) -> None:
    rows = report.figures(report.read_cohorts(truth))
    assert {row.source for row in rows} >= {"N01", "N04", "N06", "N13", "N30", "N31", "N32", "N33", "N36", "N40", "000"}
    assert len(rows) > 80
    assert [row for row in rows if not row.near(ERRORS) and not row.full] == []


def test_every_cohort_has_figures(truth: Path) -> None:
    for name, table in report.read_cohorts(truth).items():
        assert report.figures({name: table}), name
    assert set(report.read_cohorts(truth)) == set(load_windows())


def test_another_world_is_noticed(truth: Path) -> None:
    """A figure can fail: with advices of academic parents' children as they are for others, N30 no longer holds."""
    table = report.read_cohorts(truth)["prim8_a"]
    at = table.column_names.index("c11_a_over_advice")
    table = table.set_column(at, "c11_a_over_advice", pa.array(np.full(table.num_rows, 0.2)))
    failed = {row.source for row in report.figures({"prim8_a": table}) if not row.near(ERRORS)}
    assert "N30" in failed


def test_limits_of_a_figure() -> None:
    assert inside("x", "s", 1, 2, Found(1.5, 0.1), EUROS).holds
    assert not inside("x", "s", 1, 2, Found(2.2, 0.1), EUROS).holds
    assert inside("x", "s", 1, 2, Found(2.2, 0.1), EUROS).near(3)
    assert not inside("x", "s", 1, 2, Found(2.4, 0.1), EUROS).near(3)
    assert near("x", "s", 0.12, 0.005, Found(0.116, 0), SHARE).wanted == "12.0 % ± 0.5 pp"
    assert above("x", "s", Found(2, 0), Found(1, 0), SHARE).holds
    assert not above("x", "s", Found(1, 0), Found(1, 0), SHARE).holds
    assert not inside("x", "s", 1, 2, Found(float("nan"), 1), TIMES).near(ERRORS)


def test_a_ratio_and_its_error() -> None:
    ratio = Found(0.3, 0.03) / Found(0.1, 0.02)
    assert ratio.value == pytest.approx(3)
    assert ratio.se == pytest.approx(3 * np.hypot(0.1, 0.2))
    assert np.isnan((Found(1, 0) / Found(0, 0)).value)


def test_a_line_within_a_band_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(1)
    rank = rng.random(400)
    value = rank + rng.standard_normal(400)
    text, town = pa.array(["men"] * 400), pa.array(["GM0363"] * 400)
    table = pa.table({"income_rank": rank, "c35_income": value, "sex": text, "municipality": town})
    cohort = Cohort(table, "c35_")
    found = cohort.found("income", None, "low")
    band = (rank >= 0.15) & (rank <= 0.35)
    design = np.column_stack([np.ones(band.sum()), rank[band] - 0.25])
    solved, (rest,), _, _ = np.linalg.lstsq(design, value[band])
    variance = rest / (band.sum() - 2) * np.linalg.inv(design.T @ design)[0, 0]
    assert found.value == pytest.approx(solved[0])
    assert found.se == pytest.approx(np.sqrt(variance))


def test_places_without_cohorts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no cohort"):
        report.read_cohorts(tmp_path)
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(UsageError, match="not a file of a cohort"):
        report.read_cohorts(tmp_path / "x.parquet")


def test_the_table_is_printed(truth: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["report", str(truth)])
    report.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| figure | source | wanted")
    assert sum("| N30 |" in line for line in lines) == 2
