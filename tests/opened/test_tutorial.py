"""The tutorial says what Python answers."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from opened import worlds

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_tutorial_runs_as_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("esda")
    worlds.release_of_municipalities(tmp_path / "kansen-demo" / "release")
    monkeypatch.chdir(tmp_path)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testfile(str(PAGE), module_relative=False, optionflags=options)
    assert found.attempted > 20
    assert found.failed == 0


def test_every_method_is_in_the_tutorial() -> None:
    from kansen.opened import Opened

    text = PAGE.read_text(encoding="utf-8")
    public = [name for name in vars(Opened) if not name.startswith("_") and name not in ("close", "id", "areas")]
    assert [name for name in public if f"r.{name}" not in text and f"`{name}`" not in text] == []
