"""The route of ranks says what Python says, keeps what it worked out, and has no number where nothing can be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

import kansen
from kansen import precision
from release.worlds import ALL, LOW


def test_the_answer_is_that_of_python(asked: TestClient, larger: Path) -> None:
    answer = asked.get(f"/api/v1/ranks/c35_income/municipality/{ALL}").json()
    with kansen.open(larger) as r:
        ranks, small = r.ranks("c35_income").to_pydict(), r.shrunk("c35_income").to_pydict()
        differs = r.differs("c35_income").to_pydict()
    assert answer["areas"] == ranks["area"]
    for name in ("rank", "low", "high", "low_all", "high_all", "of", "tier"):
        assert answer[name] == ranks[name], name
    assert answer["within"] is None
    assert answer["post"] == [round(one) for one in small["post"]]
    assert answer["differs"] == differs["differs"]
    assert answer["se"] == pytest.approx(ranks["se"], rel=0.005)


def test_differences_between_two_groups_are_ranked_by_both_errors(asked: TestClient, larger: Path) -> None:
    address = f"/api/v1/ranks/c35_income/municipality/{LOW}"
    answer = asked.get(f"{address}?less={ALL}").json()
    with kansen.open(larger) as r:
        low, all_of = (r.layer("c35_income", group=group).to_pandas().set_index("area") for group in (LOW, ALL))
        python = r.ranks("c35_income", group=LOW, less=ALL).to_pydict()
    both = [area for area in all_of.index if area in low.index]
    assert answer["areas"] == both == python["area"]
    assert len(both) > 10
    assert (answer["group"], answer["less"]) == (LOW, ALL)
    a, b = low.loc[both], all_of.loc[both]
    error = np.hypot(a["se"], b["se"])
    assert answer["se"] == pytest.approx(error.tolist(), rel=0.005)
    sets = precision.rank_sets((a["est"] - b["est"]).to_numpy(), error.to_numpy())
    for name in ("rank", "low_all", "high_all", "tier"):
        assert answer[name] == getattr(sets, name).tolist() == python[name], name
    assert answer["differs"] == [None] * len(both)
    assert asked.get(f"{address}?less=everyone").status_code == 404


def test_wijken_are_ranked_within_their_municipality(asked: TestClient) -> None:
    answer = asked.get(f"/api/v1/ranks/c35_income/wijk/{ALL}").json()
    assert set(answer["within"]) == {"GM0363", "GM0599"}
    assert max(answer["rank"]) < len(answer["areas"])


def test_it_is_kept_and_may_be_kept(asked: TestClient, larger: Path) -> None:
    address = f"/api/v1/ranks/c35_income/municipality/{ALL}"
    first, second = asked.get(address), asked.get(address)
    assert first.headers["etag"] == second.headers["etag"]
    assert asked.get(address, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    with kansen.open(larger) as r:
        pinned = asked.get(f"{address}?v={r.id}")
    assert "immutable" in pinned.headers["cache-control"]
    assert "immutable" not in first.headers["cache-control"]


def test_what_cannot_be_said_is_null_with_a_reason(client: TestClient) -> None:
    """Three municipalities, one without an interval: nothing is shrunk, and its place may be any."""
    answer = client.get(f"/api/v1/ranks/c35_income/municipality/{ALL}").json()
    assert answer["shrunk_reason"] == "too_few_areas"
    assert answer["post"] == [None, None, None]
    last = answer["areas"].index("GM1980")
    assert (answer["low_all"][last], answer["high_all"][last]) == (1, 3)
    assert answer["differs"][last] is None


def test_a_group_without_a_national_figure_has_no_differences(client: TestClient) -> None:
    answer = client.get(f"/api/v1/ranks/c35_income/municipality/{LOW}").json()
    assert answer["areas"] == ["GM0363"]
    assert answer["differs"] == [None]


def test_an_empty_layer_is_an_empty_answer(client: TestClient) -> None:
    answer = client.get(f"/api/v1/ranks/c35_income/wijk/{LOW}").json()
    assert answer["areas"] == answer["rank"] == answer["post"] == []


@pytest.mark.parametrize("path", ["c35_incom/municipality/" + ALL, "c35_income/street/" + ALL, "c35_income/nl/all"])
def test_an_unknown_id_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1/ranks/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
