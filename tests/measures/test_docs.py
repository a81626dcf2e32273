"""docs/measures.md names every measure, and its code runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kansen import measures

TEXT = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)
FIGURES = [name for name in measures.__all__ if name.islower() and callable(getattr(measures, name))]
STREET = {
    "asked_of", "every_cell", "everybody_of", "expectation", "expectations", "fractional_ranks", "load_measure",
    "load_measures", "load_over", "work_out",
}  # fmt: skip
"""What the pipeline calls, and helpers."""


def test_the_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    known: dict[str, Any] = {}
    for block in BLOCKS:
        exec(block, known)
    assert len(BLOCKS) >= 2
    assert "discrimination" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(set(FIGURES) - STREET))
def test_every_function_is_described(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("over", [over.id for over in measures.load_over()])
def test_every_measure_over_an_outcome_is_described(over: str) -> None:
    assert f"`{over}`" in TEXT


@pytest.mark.parametrize("name", sorted(set(FIGURES) - {"every_cell"}))
def test_every_function_says_what_it_does(name: str) -> None:
    assert getattr(measures, name).__doc__
