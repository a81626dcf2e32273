"""The page about geography says what is so."""

from __future__ import annotations

import doctest
from pathlib import Path

from kansen.geography import load_levels

PAGE = Path(__file__).parents[2] / "docs" / "geography.md"


def test_examples_run() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 3
    assert failed == 0


def test_every_level_is_described() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for level in load_levels():
        assert f"| `{level.id}` |" in text
