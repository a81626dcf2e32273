"""Residents through working life, from registers to the server: built, audited with its vault, and asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from kansen import pipeline, synthetic
from kansen.atlas import create_app
from kansen.auditing import audit_release
from kansen.release import open_release

OUTCOMES = ("wl_income_10", "wl_income_10_perc", "wl_low_share", "wl_low_stays_5", "wl_top_20_income_10")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("working-life")
    synthetic.write(folder / "registers", scale=0.003, seed=1, cohorts=["working_life"])
    return pipeline.build(folder / "registers", folder / "release", cohorts=["working_life"], outcomes=OUTCOMES)


@pytest.fixture(scope="module")
def client(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    static = tmp_path_factory.mktemp("static")
    (static / "index.html").write_text("<!doctype html><title>Kansen</title>", encoding="utf-8")
    with (
        pytest.MonkeyPatch.context() as patch,
        open_release(release) as opened,
    ):
        patch.setenv("KANSEN_DATA", str(static))
        with TestClient(create_app(opened, static)) as client:
            yield client


def test_nothing_small_is_recovered_and_the_vault_is_its_own(release: Path) -> None:
    report = audit_release(release, release.with_name("release.vault"))
    assert set(report.outcomes) == set(OUTCOMES)
    assert report.small == 0
    assert report.shown > 3_000
    assert audit_release(release).small == 0


def test_measures_over_the_own_income_are_told(release: Path) -> None:
    figures = pq.read_table(release / "estimates" / "outcome=wl_income_10_perc_own_slope.parquet").to_pylist()
    [country] = [row for row in figures if row["level"] == "nl" and row["sex"] == row["origin"] == "all"]
    assert country["protection"] == "noise", "a line leaves out whoever has no rank, which is a group nobody closed"
    vault = pq.read_table(release.with_name("release.vault") / "estimates" / "wl_income_10_perc_own_slope.parquet")
    true = next(row for row in vault.to_pylist() if row["region_type"] == "all")
    assert abs(country["est"] - true["est"]) < 5 * country["noise_sd"]
    assert country["lwr"] < true["est"] < country["upr"]


def test_the_server_answers_for_residents(client: TestClient) -> None:
    [cohort] = client.get("/api/v1/manifest").json()["cohorts"]
    assert cohort["id"] == "working_life"
    assert cohort["axes"]["income"]["label"]["en"] == "Own income at the start"
    group = "income=all;all;all;all"
    for outcome, level in (("wl_income_10_perc", "municipality"), ("wl_income_10_perc_own_slope", "province")):
        layer = client.get(f"/api/v1/layers/{outcome}/{level}/{group}").json()
        assert (layer["outcome"], layer["group"]) == (outcome, group)
        assert len(layer["areas"]) >= (12 if level == "province" else 50)
    low = client.get("/api/v1/layers/wl_income_10_perc/nl/income=low;all;all;all").json()
    high = client.get("/api/v1/layers/wl_income_10_perc/nl/income=high;all;all;all").json()
    assert low["est"][0] < high["est"][0]
    area = client.get("/api/v1/areas/GM0363").json()
    assert area["name"] == "Amsterdam"
    ranks = client.get(f"/api/v1/ranks/wl_income_10_perc/province/{group}").json()
    assert len(ranks["areas"]) == 12
    assert client.get("/").status_code == 200
