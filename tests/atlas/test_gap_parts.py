"""What gaps go with, from a release to the API and to Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

import kansen
from kansen.atlas import create_app
from kansen.atlas.gap_parts import AreaGaps, Decomposition
from kansen.cohorts import load_cohort
from kansen.errors import ReleaseError, UsageError
from kansen.protection.protected import token
from kansen.release import open_release
from release import worlds

ID = "c35_hbo_attained"
DECLARED = load_cohort("age35").decompositions[0].public()


def rows(area: str, level: str, gap: float) -> list[dict[str, Any]]:
    """A gap that one block explains a quarter of."""
    pair = {
        "decomposition": DECLARED["id"],
        "level": level,
        "area": area,
        "dimension": "origin",
        "a": "none",
        "b": "any",
    }
    parts = [("gap", None, gap), ("explained", None, gap / 4), ("unexplained", None, gap * 3 / 4),
             ("explained", "parents_income", gap / 4)]  # fmt: skip
    if level == "nl":
        parts += [("endowments", None, gap / 4), ("coefficients", None, gap / 2), ("interaction", None, gap / 4)]
    return [
        {**pair, "part": part, "block": block, "est": est, "lwr": est - 0.02, "upr": est + 0.02, "step": 0.02}
        for part, block, est in parts
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gaps") / "release"
    of = worlds.outcome(ID, "binary")
    told = (*rows("NL", "nl", 0.16), *rows("GM0363", "municipality", 0.08))
    summary = replace(worlds.summary(of), decompositions=(DECLARED,), gap_parts=told, _token=token())
    with worlds.writer(folder) as writing:
        writing.add(summary, worlds.degree())
        writing.add(worlds.summary(worlds.outcome()), worlds.income())
    return folder


@pytest.fixture(scope="module")
def client(folder: Path, static: Path) -> Iterator[TestClient]:
    with open_release(folder) as release, TestClient(create_app(release, static)) as client:
        yield client


def test_the_outcome_says_how_its_gaps_are_decomposed(client: TestClient) -> None:
    outcomes = {one["id"]: one for one in client.get("/api/v1/outcomes").json()["outcomes"]}
    [told] = outcomes[ID]["decompositions"]
    assert Decomposition.model_validate(told).blocks[0].label["nl"] == "Inkomen van de ouders"
    assert "decompositions" not in outcomes["c35_income"]


def test_an_area_has_its_gaps(client: TestClient) -> None:
    country, amsterdam = (client.get(f"/api/v1/decompositions/{ID}/{area}").json() for area in ("NL", "GM0363"))
    [gap] = AreaGaps.model_validate(amsterdam).gaps
    assert (amsterdam["name"], gap.decomposition, gap.a, gap.b) == ("Amsterdam", "background", "none", "any")
    assert (gap.gap.est, gap.explained.est, gap.unexplained.est, gap.gap.step) == (0.08, 0.02, 0.06, 0.02)
    assert [(block.id, block.est, block.upr) for block in gap.blocks] == [("parents_income", 0.02, 0.04)]
    assert gap.threefold is None
    [whole] = AreaGaps.model_validate(country).gaps
    assert whole.threefold is not None
    assert whole.threefold.coefficients.est == 0.08


def test_nothing_is_told_where_there_is_too_little(client: TestClient) -> None:
    assert client.get(f"/api/v1/decompositions/{ID}/GM0014").json()["gaps"] == []
    assert client.get("/api/v1/decompositions/c35_income/NL").json()["gaps"] == []


@pytest.mark.parametrize("path", [f"{ID}/GM9999", "c35_incom/NL"])
def test_ids_that_are_not_there(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1/decompositions/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_in_python_it_is_a_table(folder: Path) -> None:
    with kansen.open(folder) as r:
        table = r.decompositions(ID)
        assert table.num_rows == 11
        [whole] = [row for row in table.to_pylist() if row["area"] == "GM0363" and row["part"] == "gap"]
        assert (whole["est"], whole["block"], whole["step"]) == (0.08, None, 0.02)
        with pytest.raises(UsageError, match=ID):
            r.decompositions("c35_income")


def test_a_release_without_any_and_a_damaged_one(tmp_path: Path, folder: Path) -> None:
    with kansen.open(worlds.small_release(tmp_path / "without")) as r, pytest.raises(UsageError, match="no gap"):
        r.decompositions(ID)
    file = folder / "decompositions" / f"outcome={ID}.parquet"
    assert pq.read_metadata(file).num_rows == 11
    with open_release(folder) as release:
        release.verify()
        whole = file.read_bytes()
        try:
            file.write_bytes(b"x" * len(whole))
            with pytest.raises(ReleaseError, match="damaged"):
                release.decompositions(ID)
        finally:
            file.write_bytes(whole)
