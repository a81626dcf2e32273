"""Which measures there are: declared in `measures.toml`, so that a further one is a declaration and a function."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kansen.cohorts.declarations import Label
from kansen.errors import DeclarationError, UsageError

FILE = Path(__file__).with_name("measures.toml")


@dataclass(frozen=True)
class Measure:
    """One statistic that is computed for every cell. `confidence` is the level of its interval."""

    id: str
    label: Label
    description: Label
    formula: str
    confidence: float

    def public(self) -> dict[str, Any]:
        """Everything that a release says about the measure, ready for JSON."""
        return {
            "id": self.id,
            "label": self.label.as_dict(),
            "description": self.description.as_dict(),
            "formula": self.formula,
            "confidence": self.confidence,
        }


@cache
def load_measures(path: Path = FILE) -> tuple[Measure, ...]:
    """The declared measures.

    >>> [measure.id for measure in load_measures()]
    ['expectation']
    """
    found = []
    for id, item in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if set(item) != {"label", "description", "formula", "confidence"}:
            raise DeclarationError(
                "A measure has fields too many or too few",
                where=f"{path.name} {id}",
                found=", ".join(item),
                expected="label, description, formula, confidence",
            )
        if not 0 < item["confidence"] < 1:
            raise DeclarationError(
                "Not a level of confidence",
                where=f"{path.name} {id}",
                found=item["confidence"],
                expected="between 0 and 1",
            )
        label, description = (Label.read(item[name], f"{path.name} {id}") for name in ("label", "description"))
        found.append(Measure(id, label, description, item["formula"], item["confidence"]))
    return tuple(found)


def load_measure(id: str) -> Measure:
    """The measure of that name, or a `UsageError` that lists those there are."""
    for measure in load_measures():
        if measure.id == id:
            return measure
    raise UsageError("Unknown measure", found=id, expected=", ".join(m.id for m in load_measures()))
