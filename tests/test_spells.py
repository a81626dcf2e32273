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

OUTCOME, RANK = "wl_low_left_1", "wl_income_10_perc"
PEOPLE = 6_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    root = tmp_path_factory.mktemp("spells") / "in"
    handmade_residents.deliver(root)
    whole = load_cohort("working_life")
    chosen = tuple(whole.outcome(id) for id in (OUTCOME, "wl_income_10", RANK))
    return residents.follow(replace(whole, outcomes=chosen), root, root.with_name("vault"))


def crowd(of: Cohort, path: Path) -> Path:
    """A file as that of the cohort, of many people, of whom those with a low income at the start are often gone."""
    rng = np.random.default_rng(6)
    table = pq.read_table(of.rows).take(rng.integers(0, of.children, PEOPLE))
    start = (rng.permutation(PEOPLE) + 1) / PEOPLE
    later = np.where(rng.random(PEOPLE) < np.where(start <= 0.2, 0.5, 1.0), 0.25 + 0.5 * start, np.nan)
    columns = {
        "person": [f"R{number:09d}" for number in range(PEOPLE)],
        "household": [f"R{number:09d}" for number in range(PEOPLE)],
        "income_rank": start,
        "sex": np.where(rng.random(PEOPLE) < 0.5, "men", "women"),
        "birth_year": rng.integers(1955, 1974, PEOPLE),
        RANK: pa.array(later, from_pandas=True),
    }
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(values).cast(table.schema.field(name).type))
    pq.write_table(table, path)
    return path


@pytest.fixture(scope="module")
def release(built: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The residents written by hand, in a country of many more."""
    folder = tmp_path_factory.mktemp("spells-release")
    rng, people = np.random.default_rng(4), 15_000
    leave = frail(rng, people, base=-0.5, slope=-0.4, variance=0.3, trend=-0.03)
    states = simulate(rng, people, len(YEARS), enter=0.1, leave=leave)
    rows = crowd(built, folder / "cohort.parquet")
    many = replace(built, path=rows, children=PEOPLE, panel=(panel(folder / "panel.parquet", states),))
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
    told, rank = (
        next(one for one in Outcomes.model_validate(answer).outcomes if one.id == id) for id in (OUTCOME, RANK)
    )
    assert [one["id"] for one in answer["outcomes"] if one.get("spells")] == [OUTCOME]
    assert [one["id"] for one in answer["outcomes"] if one.get("weighted")] == [RANK]
    assert rank.weighted is not None
    assert rank.national is not None
    assert rank.national.est == pytest.approx(0.25 + 0.5 * 0.5444, abs=0.005)  # of those who are still seen
    assert rank.weighted.est == pytest.approx(0.5, abs=0.005)
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
        assert not any({"spells", "weighted"} & set(one) for one in opened.outcomes["outcomes"])
