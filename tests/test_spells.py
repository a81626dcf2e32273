"""From the registers to the release: the panel of incomes, and what is told of spells beside an outcome."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

import kansen
from cohorts import handmade_residents
from cohorts import worlds as residents
from kansen import moments, pipeline, protection
from kansen.atlas import create_app
from kansen.atlas.models import Outcomes
from kansen.cohorts import Cohort, load_cohort
from kansen.errors import UsageError
from kansen.geography import load_areas
from kansen.progress import Quiet
from kansen.release import open_release
from measures.lives import frail, simulate
from protection.test_spells import YEARS, panel
from release.worlds import triangle, writer

OUTCOME = "wl_low_left_1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    root = tmp_path_factory.mktemp("spells") / "in"
    handmade_residents.deliver(root)
    whole = load_cohort("working_life")
    return residents.follow(replace(whole, outcomes=(whole.outcome(OUTCOME),)), root, root.with_name("vault"))


@pytest.fixture(scope="module")
def release(built: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The residents written by hand, in a country where many more were in the panel."""
    folder = tmp_path_factory.mktemp("spells-release")
    rng, people = np.random.default_rng(4), 15_000
    leave = frail(rng, people, base=-0.5, slope=-0.4, variance=0.3, trend=-0.03)
    states = simulate(rng, people, len(YEARS), enter=0.1, leave=leave)
    many = replace(built, panel=(panel(folder / "panel.parquet", states),))
    out, areas, grids = folder / "release", load_areas(), pipeline.grids_of()
    grids = moments.known_grids([many.rows], grids)
    with writer(out, cohorts=[many.declaration], grid=grids, draw=triangle) as release:
        profile = protection.load_profile("kansenkaart")
        pipeline.publish(many, areas, grids, profile, None, release, Quiet())
    return out


def test_the_panel_is_made_with_the_cohort(built: Cohort) -> None:
    assert built.panel
    table = pa.concat_tables([pq.read_table(path) for path in built.panel])
    assert table.num_rows > built.children  # everybody with an income, not the cohort only
    assert {"birth_year", "sex", "income_2003", "income_2022"} <= set(table.column_names)
    used = {source["path"].rsplit("/")[-1] for source in built.inputs}
    assert "INPA2022TABV1.parquet" in used


def test_a_cohort_without_the_outcome_makes_no_panel(tmp_path: Path) -> None:
    handmade_residents.deliver(tmp_path / "in")
    whole = load_cohort("working_life")
    other = residents.follow(
        replace(whole, outcomes=(whole.outcome("wl_low_enters_3"),)), tmp_path / "in", tmp_path / "vault"
    )
    assert other.panel == ()


def test_spells_are_in_the_release_the_api_and_python(release: Path) -> None:
    with open_release(release) as opened:
        client = TestClient(create_app(opened, None))
        answer: dict[str, Any] = client.get("/api/v1/outcomes").json()
    (told,) = Outcomes.model_validate(answer).outcomes
    assert told.spells is not None
    assert told.spells.leaving.place[:5] == [1, 2, 3, 4, 5]
    table = kansen.open(release).spells(OUTCOME).to_pylist()
    assert [row["est"] for row in table if row["part"] == "leaving"] == told.spells.leaving.est
    assert {row["part"] for row in table} == {"leaving", "again", "by_year", "trend", "none", "gamma"}
    assert [row["place"] for row in table if row["part"] == "by_year"] == told.spells.by_year.place
    with pytest.raises(UsageError, match=OUTCOME):
        kansen.open(release).spells("wl_income")


def test_those_few_who_were_written_by_hand_tell_nothing(built: Cohort, tmp_path: Path) -> None:
    grids = moments.known_grids([built.rows], pipeline.grids_of())
    with writer(tmp_path / "release", cohorts=[built.declaration], grid=grids, draw=triangle) as release:
        pipeline.publish(built, load_areas(), grids, protection.load_profile("kansenkaart"), None, release, Quiet())
    with open_release(tmp_path / "release") as opened:
        assert "spells" not in opened.outcomes["outcomes"][0]
