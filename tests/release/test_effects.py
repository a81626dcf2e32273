"""Effects beside a release: attached, replaced, ignored when they are of another one; the release stays what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

import kansen
from kansen.atlas import create_app
from kansen.errors import InputError
from kansen.protection.protected import ProtectedEffect, token
from kansen.release import open_release
from kansen.release.attachments import attach_effect
from release import worlds

NOTHING: dict[str, Any] = {**dict.fromkeys(("est", "lwr", "upr", "step", "people")), "reason": None}


def figure(est: float, half: float = 0.01, **more: Any) -> dict[str, Any]:
    return {
        "est": est,
        "lwr": round(est - half, 6),
        "upr": round(est + half, 6),
        "step": 0.001,
        "people": 5_000,
        "reason": None,
        **more,
    }


def told(id: str = "movers", est: float = 0.027) -> dict[str, Any]:
    words = {name: {"nl": f"{name} nl", "en": f"{name} en"} for name in ("title", "description", "outcome")}
    return {
        "id": id,
        **words,
        "kind": "share",
        "method": "movers",
        "log": True,
        "until": 23.0,
        "years": [1981, 1990],
        "effect": figure(est),
        "chosen": figure(0.1, 0.05),
        "along": [figure(0.6, 0.1, place=0), figure(0.3, 0.1, place=10)],
        "placebos": [
            {"name": "late", "expected": "none", "verdict": "fails", **figure(0.05), "p": None},
            {
                "name": "siblings",
                "expected": "effect",
                "verdict": "unknown",
                **NOTHING,
                "reason": "too_coarse",
                "p": None,
            },
        ],
        "few": False,
        "tests": None,
        "people": {"movers": 5_000, "residents": 20_000, "left_out": None},
        "clusters": 300,
        "areas": None,
    }


def protected(**changes: Any) -> ProtectedEffect:
    return ProtectedEffect(told(**changes), _token=token())


def test_a_release_without_effects_has_none(tmp_path: Path) -> None:
    with open_release(worlds.small_release(tmp_path / "release")) as release:
        assert release.effects == []


def test_an_effect_is_attached_and_a_second_one_replaces_it(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "release")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    attach_effect(out, protected())
    attach_effect(out, protected(id="another", est=0.5))
    attach_effect(out, protected(est=0.03))
    with open_release(out) as release:
        assert [(one["id"], one["effect"]["est"]) for one in release.effects] == [("another", 0.5), ("movers", 0.03)]
        release.verify()
    assert {path: path.read_bytes() for path in before} == before
    assert {path.name for path in out.iterdir()} - {path.name for path in before} >= {"effects.json"}


def test_only_what_protection_returned_is_attached(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "release")
    with pytest.raises(TypeError, match="pass figures through protection"):
        attach_effect(out, cast(Any, told()))
    with pytest.raises(TypeError, match="can only be made by"):
        ProtectedEffect(told())
    assert not (out / "effects.json").exists()


def test_a_release_that_tells_nothing_without_noise_takes_none(tmp_path: Path) -> None:
    profile = {**worlds.PROFILE, "id": "perturbed", "parameters": {"exact": "none"}}
    out = worlds.small_release(tmp_path / "release", profile=profile)
    with pytest.raises(InputError, match="tells nothing without"):
        attach_effect(out, protected())
    assert not (out / "effects.json").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"release": "0123456789abcdef", "effects": [{}]}', '{"effects": 3}'])
def test_effects_that_are_damaged_or_of_another_release_are_none(tmp_path: Path, content: str) -> None:
    out = worlds.small_release(tmp_path / "release")
    (out / "effects.json").write_text(content, encoding="utf-8")
    with open_release(out) as release:
        assert release.effects == []
    attach_effect(out, protected())
    with open_release(out) as release:
        assert len(release.effects) == 1


def test_the_server_and_python_tell_the_effects_as_soon_as_they_are_there(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "release")
    with open_release(out) as release, TestClient(create_app(release, None)) as client:
        assert client.get("/api/v1/effects").json() == {"effects": []}
        attach_effect(out, protected())
        assert client.get("/api/v1/effects").json() == {"effects": [told()]}
        model = client.get("/openapi.json").json()["components"]["schemas"]["Effect"]
        assert set(model["required"]) == set(told())
    with kansen.open(out) as opened:
        table = opened.effects()
    assert table["part"].to_pylist() == ["effect", "chosen", "along", "along", "placebo", "placebo"]
    assert table["est"].to_pylist() == [0.027, 0.1, 0.6, 0.3, 0.05, None]
    assert table["place"].to_pylist() == [None, None, 0, 10, None, None]
    assert table["verdict"].to_pylist()[-2:] == ["fails", "unknown"]
    assert set(table["title"].to_pylist()) == {"title en"}


def test_without_effects_the_table_is_empty_with_its_columns(tmp_path: Path) -> None:
    with kansen.open(worlds.small_release(tmp_path / "release")) as opened:
        table = opened.effects()
    assert table.num_rows == 0
    assert {"effect", "part", "est", "lwr", "upr", "people"} <= set(table.column_names)


def test_what_is_written_is_readable_json(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "release")
    attach_effect(out, protected())
    text = (out / "effects.json").read_text(encoding="utf-8")
    assert json.loads(text)["effects"][0]["title"] == {"nl": "title nl", "en": "title en"}
    assert "NaN" not in text
