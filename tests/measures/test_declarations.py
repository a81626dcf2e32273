"""The declared measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansen.errors import DeclarationError, UsageError
from kansen.measures import load_measure, load_measures
from kansen.measures.declarations import FILE


def test_the_expectation_is_declared() -> None:
    measure = load_measure("expectation")
    assert measure.confidence == 0.95
    assert set(measure.public()) == {"id", "label", "description", "formula", "confidence"}


def test_an_unknown_measure_is_named() -> None:
    with pytest.raises(UsageError, match="expectation"):
        load_measure("median")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("confidence = 0.95", "confidence = 95", "level of confidence"), ("confidence = 0.95", "", "too few")],
)
def test_wrong_declarations_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "measures.toml"
    path.write_text(FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError, match=told):
        load_measures(path)
