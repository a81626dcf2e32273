"""An area's difference from the country by origin: which figures it takes, and what is answered without."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient

import kansen
from kansen.atlas import create_app
from kansen.errors import UsageError
from kansen.release import Release, open_release
from kansen.release.composed import composed
from release import worlds

KINDS = ("none", "turkey", "morocco", "suriname", "dutch_caribbean", "other")
COUNTRY = {"none": (8000, 32_000), "turkey": (500, 26_000), "morocco": (500, 25_000), "suriname": (400, 28_000),
           "dutch_caribbean": (100, 25_000), "other": (500, 30_000)}  # fmt: skip
HERE = {"none": (600, 31_000), "turkey": (200, 26_500), "morocco": (100, 25_500), "suriname": (60, 29_000),
        "other": (20, 27_000)}  # fmt: skip
PEOPLE, MEAN = 1000, 29_000


def group(origin: str, sex: str = "all") -> str:
    return f"income=all;{sex};{origin};all"


def cells(area: str, people: int, mean: float, kinds: dict[str, tuple[int, int]], half: float) -> dict:
    rows = {(group("all"), area): (people, mean, mean - half, mean + half)}
    return rows | {(group(id), area): (n, est, est - 2 * half, est + 2 * half) for id, (n, est) in kinds.items()}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    of, folder = worlds.outcome(), tmp_path_factory.mktemp("composed") / "release"
    whole = sum(n for n, _ in COUNTRY.values())
    mean = sum(n * est for n, est in COUNTRY.values()) / whole
    with worlds.writer(folder) as writing:
        parts = [
            worlds.protected(of, "nl", cells("NL", whole, mean, COUNTRY, 100)),
            worlds.protected(
                of,
                "municipality",
                cells("GM0363", PEOPLE, MEAN, HERE, 300)
                | cells("GM0014", PEOPLE, MEAN, {"none": (500, 30_000), "turkey": (50, 26_000)}, 300),
            ),
        ]
        writing.add(worlds.summary(of), parts)
    return open_release(folder)


def test_the_parts_by_hand(release: Release) -> None:
    """A group that is hidden here has the people that are left, and the country's figure."""
    found = composed(release, "c35_income", "GM0363")
    n = np.array([HERE.get(kind, (20, 0))[0] for kind in KINDS]) / PEOPLE
    est = np.array([HERE.get(kind, COUNTRY[kind])[1] for kind in KINDS])
    other_n, other_est = np.array([COUNTRY[kind] for kind in KINDS], float).T
    by_share = (n - other_n / other_n.sum()) @ (est + other_est) / 2
    assert found.kinds == KINDS
    assert found.parts.composition == pytest.approx(by_share)
    assert found.parts.hidden == pytest.approx(0.02)
    difference = MEAN - round(other_n @ other_est / other_n.sum())
    assert found.parts.difference == pytest.approx(difference, abs=1)
    assert found.parts.rates == pytest.approx(found.parts.difference - by_share)


def test_over_http_and_in_python(release: Release) -> None:
    found = composed(release, "c35_income", "GM0363").parts
    with TestClient(create_app(release, None)) as client:
        answer = client.get("/api/v1/composition/c35_income/GM0363").json()
        assert answer["composition"]["est"] == pytest.approx(found.composition)
        assert answer["rates"]["upr"] - answer["rates"]["lwr"] == pytest.approx(2 * 1.959964 * found.rates_se, rel=1e-5)
        assert answer["kinds"][4] == {
            "id": "dutch_caribbean", "share": None, "est": None, "country_share": 0.01, "country_est": 25_000
        }  # fmt: skip
        lean = client.get("/api/v1/composition/c35_income/GM0014").json()
        assert (lean["composition"], lean["reason"]) == (None, "too_many_hidden")
        assert client.get("/api/v1/composition/c35_income/GM9999").status_code == 404
        refused = client.get(f"/api/v1/composition/c35_income/GM0363?group={group('turkey')}")
        assert refused.status_code == 404
        assert refused.headers["content-type"] == "application/problem+json"
    with kansen.open(release.path) as r:
        rows = {row["part"]: row for row in r.composition("c35_income", "GM0363").to_pylist()}
        assert rows["composition"]["est"] + rows["rates"]["est"] == pytest.approx(rows["difference"]["est"])
        assert r.composition("c35_income", "GM0014").schema.metadata[b"reason"] == b"too_many_hidden"


@pytest.mark.parametrize(("area", "by"), [("GM1980", "origin"), ("GM0363", "sex")])
def test_without_the_figures_that_it_takes_there_is_a_reason(release: Release, area: str, by: str) -> None:
    """A municipality without a figure; a country without those of women and men. Nothing wrong was asked."""
    with TestClient(create_app(release, None)) as client:
        answer = client.get(f"/api/v1/composition/c35_income/{area}?by={by}")
        told = answer.json()
        assert answer.status_code == 200
        assert (told["difference"], told["composition"], told["rates"], told["reason"]) == (
            None,
            None,
            None,
            "not_told",
        )
    with kansen.open(release.path) as r:
        table = r.composition("c35_income", area, by=by)
        assert (table["est"].to_pylist(), table.schema.metadata[b"reason"]) == ([None], b"not_told")


@pytest.mark.parametrize(
    ("area", "of", "by", "words"),
    [
        ("GM0363", group("turkey"), "origin", "one origin only"),
        ("GM0363", group("all"), "household", "cannot be split by household"),
        ("GM0363", "nonsense", "origin", "one origin only"),
    ],
)
def test_what_cannot_be_split_is_refused(release: Release, area: str, of: str, by: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        composed(release, "c35_income", area, of, by)
