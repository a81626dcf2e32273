"""Reliability, neighbours and changes over HTTP: what Python says, null with a reason where nothing can be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

import kansen
from kansen.atlas import create_app
from kansen.precision import spatial
from release.worlds import ALL, LOW


def test_reliability_is_that_of_python(asked: TestClient, larger: Path) -> None:
    answer = asked.get(f"/api/v1/reliability/c35_income/municipality/{ALL}").json()
    with kansen.open(larger) as r:
        python = {row["outcome"]: row for row in r.reliability().to_pylist()}["c35_income"]
        se = np.array(r.layer("c35_income")["se"])
    assert answer["areas"] == python["areas"] == 61
    assert answer["reliability"] == round(python["reliability"], 3)
    assert answer["spread"] == pytest.approx(np.sqrt(python["signal"]), rel=0.005)
    # Two-sided at 5 %, found with a chance of 80 %: 1.96 + 0.84 standard errors.
    assert answer["detectable"] == pytest.approx(np.median(se) * (1.959964 + 0.841621), rel=0.005)
    assert answer["reason"] is None
    less = asked.get(f"/api/v1/reliability/c35_income/municipality/{LOW}?less={ALL}").json()
    assert less["less"] == ALL
    assert less["areas"] == 31


def test_neighbours_are_those_of_python(asked: TestClient, larger: Path) -> None:
    answer = asked.get(f"/api/v1/neighbours/c35_income/municipality/{ALL}").json()
    with kansen.open(larger) as r:
        whole, local = r.autocorrelation("c35_income"), r.clusters("c35_income").to_pydict()
    assert (answer["moran"], answer["p"]) == (round(whole.value, 4), round(whole.p, 4))
    assert answer["taking_part"] == whole.areas == 31
    assert answer["view"] == "schematic"
    assert answer["reason"] is None
    assert answer["areas"] == local["area"]
    assert answer["kind"] == local["kind"]
    assert answer["island"] == local["island"]
    assert sum(answer["island"]) == 30


def test_without_the_library_the_server_says_so(larger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(spatial, "import_module", gone)
    with kansen.open(larger) as r, TestClient(create_app(r.release, None)) as client:
        answer = client.get(f"/api/v1/neighbours/c35_income/municipality/{ALL}").json()
    assert (answer["reason"], answer["moran"], answer["taking_part"]) == ("no_library", None, 0)
    assert answer["kind"] == [None] * 61


def test_three_areas_say_nothing_and_why(client: TestClient) -> None:
    assert client.get(f"/api/v1/neighbours/c35_income/municipality/{ALL}").json()["reason"] == "too_few_areas"
    answer = client.get(f"/api/v1/reliability/c35_income/municipality/{ALL}").json()
    assert (answer["reason"], answer["reliability"]) == ("too_few_areas", None)
    empty = client.get(f"/api/v1/reliability/c35_income/wijk/{LOW}").json()
    assert (empty["areas"], empty["detectable"]) == (0, None)


def test_a_change_is_that_of_python_and_carries_its_break(asked: TestClient, larger: Path) -> None:
    path = f"/api/v1/changes/c11_b_math/municipality/{ALL}"
    answer = asked.get(f"{path}?earlier=c11_a_math").json()
    assert asked.get(path).json() == answer
    with kansen.open(larger) as r:
        python = r.change("c11_a_math", "c11_b_math").to_pydict()
    assert answer["areas"] == python["area"]
    for name in ("change", "lwr", "upr", "se"):
        assert answer[name] == pytest.approx(python[name], abs=6e-5, rel=0.005), name
    assert answer["p_adjusted"] == [round(p, 4) for p in python["p_adjusted"]]
    assert answer["n"] == [800] * 61
    assert [one["id"] for one in answer["breaks"]] == ["no_end_test_2020"]
    # No claim of a change over a break.
    assert answer["differs"] == [None] * 61


def test_without_a_break_a_change_is_claimed_where_it_is_clear(
    asked: TestClient, monkeypatch: pytest.MonkeyPatch, larger: Path
) -> None:
    monkeypatch.setattr("kansen.release.precise.load_breaks", lambda: ())
    with kansen.open(larger) as r, TestClient(create_app(r.release, None)) as client:
        answer = client.get(f"/api/v1/changes/c11_b_math/municipality/{ALL}").json()
    assert answer["breaks"] == []
    assert answer["differs"] == [p <= 0.05 for p in answer["p_adjusted"]]
    assert any(answer["differs"])
    assert not all(answer["differs"])


def test_only_the_same_measure_of_an_earlier_cohort_can_be_compared(asked: TestClient) -> None:
    outcomes = {one["id"]: one["earlier"] for one in asked.get("/api/v1/outcomes").json()["outcomes"]}
    assert outcomes == {"c11_a_math": [], "c11_b_math": ["c11_a_math"], "c35_income": []}
    for path in ("c35_income", "c11_a_math", "c11_b_math?earlier=c35_income", "c11_b_math?earlier=c11_b_math"):
        outcome, _, query = path.partition("?")
        answer = asked.get(f"/api/v1/changes/{outcome}/municipality/{ALL}?{query}")
        assert answer.status_code == 404, path
        assert "earlier cohort" in answer.json()["detail"]
    # An id that does not exist is named as everywhere.
    detail = asked.get(f"/api/v1/changes/c11_b_mat/municipality/{ALL}").json()["detail"]
    assert "Perhaps c11_" in detail


def test_it_is_kept_and_may_be_kept(asked: TestClient, larger: Path) -> None:
    for route in ("reliability/c35_income", "neighbours/c35_income", "changes/c11_b_math"):
        address = f"/api/v1/{route}/municipality/{ALL}"
        first = asked.get(address)
        assert asked.get(address, headers={"if-none-match": first.headers["etag"]}).status_code == 304
        with kansen.open(larger) as r:
            assert "immutable" in asked.get(f"{address}?v={r.id}").headers["cache-control"]
