"""Which measures there are: declared in `measures.toml`, so that a further one is a declaration and a function."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from kansen.cohorts.declarations import Kind, Label, Outcome, Polarity, load_themes
from kansen.errors import DeclarationError, UsageError

FILE = Path(__file__).with_name("measures.toml")

How = Literal["slope", "at", "amount", "explained", "elasticity", "corner", "gap", "composition"]
NEEDS: Mapping[str, frozenset[str]] = {
    "slope": frozenset(),
    "at": frozenset({"at"}),
    "amount": frozenset({"at", "amount"}),
    "explained": frozenset(),
    "elasticity": frozenset({"x"}),
    "corner": frozenset({"position"}),
    "gap": frozenset({"dimension", "a", "b"}),
    "composition": frozenset({"dimension", "a", "b"}),
}
"""What each way of working out a measure has to be told."""

_OPTIONAL = frozenset({"at", "amount", "x", "position", "dimension", "a", "b"})


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


@dataclass(frozen=True)
class Over:
    """A measure over an outcome, which is told as an outcome of its own. The fields are those of `measures.toml`."""

    id: str
    how: How
    outcomes: tuple[str, ...]
    kinds: tuple[str, ...]
    kind: Kind
    unit: str
    theme: str
    polarity: Polarity | Literal["same"]
    label: Label
    short: Label
    description: Label
    definition: Label
    formula: str
    at: float | None = None
    position: str | None = None
    dimension: str | None = None
    a: str | None = None
    b: str | None = None
    amount: str | None = None
    x: str | None = None
    scale: float = 1.0
    levels: tuple[str, ...] = ()

    def fits(self, outcome: Outcome, known: Iterable[str]) -> bool:
        """Whether it can be a measure of an outcome. known : the ids of the outcomes of the cohort."""
        if outcome.of is not None or outcome.kind not in self.kinds:
            return False
        return self.amount is None or (self.amount_of(outcome) != outcome.id and self.amount_of(outcome) in set(known))

    def applies(self, outcome: Outcome, known: Iterable[str]) -> bool:
        """Whether it is a measure of an outcome of a cohort that Kansen follows."""
        return self.fits(outcome, known) and any(fnmatchcase(outcome.id, pattern) for pattern in self.outcomes)

    def amount_of(self, outcome: Outcome) -> str:
        """The id of the outcome in euros that a ladder is made of."""
        return outcome.id.removesuffix(self.amount or "")

    def outcome(self, of: Outcome) -> Outcome:
        """The outcome that the measure over an outcome is told as."""
        words = {"nl": _Words(of, "nl"), "en": _Words(of, "en")}

        def filled(label: Label) -> Label:
            return Label(words["nl"].fill(label.nl), words["en"].fill(label.en))

        return replace(
            of,
            id=f"{of.id}_{self.id}",
            kind=self.kind,
            unit=self.unit,
            polarity=of.polarity if self.polarity == "same" else self.polarity,
            theme=self.theme,
            label=filled(self.label),
            short=filled(self.short),
            description=filled(self.description),
            definition=filled(self.definition),
            formula=words["en"].fill(self.formula),
            minimum=0.0 if self.kind == "money" else None,
            measure=self.id,
            of=of.id,
            recipe={},
        )


class _Words:
    """What an outcome is called in one language, for the texts of a measure over it."""

    def __init__(self, of: Outcome, language: Literal["nl", "en"]) -> None:
        label = getattr(of.label, language)
        self._words = {
            "{label}": label[:1].lower() + label[1:],
            "{short}": getattr(of.short, language),
            "{id}": of.id,
        }

    def fill(self, text: str) -> str:
        for name, word in self._words.items():
            text = text.replace(name, word)
        return text


@cache
def load_measures(path: Path = FILE) -> tuple[Measure, ...]:
    """The declared measures of the outcomes themselves.

    >>> [measure.id for measure in load_measures()]
    ['expectation']
    """
    found = []
    for id, item in _content(path).items():
        if id == "over":
            continue
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


@cache
def load_over(path: Path = FILE) -> tuple[Over, ...]:
    """The declared measures over an outcome.

    >>> [over.id for over in load_over()][:3]
    ['slope', 'from25', 'from25_eur']
    """
    return tuple(_over(id, item, f"{path.name} over.{id}") for id, item in _content(path).get("over", {}).items())


def _content(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _over(id: str, item: Mapping[str, Any], where: str) -> Over:
    known = {one.name: one for one in fields(Over) if one.name != "id"}
    absent = [name for name, one in known.items() if name not in item and one.default is MISSING]
    unknown = sorted(set(item) - set(known))
    if unknown or absent:
        raise DeclarationError(
            "A measure has fields too many or too few",
            where=where,
            found=f"unknown: {', '.join(unknown) or 'none'}; absent: {', '.join(absent) or 'none'}",
            expected=", ".join(known),
        )
    for name, allowed in (
        ("how", get_args(How)),
        ("kind", get_args(Kind)),
        ("polarity", (*get_args(Polarity), "same")),
        ("theme", tuple(theme.id for theme in load_themes())),
    ):
        if item[name] not in allowed:
            raise DeclarationError(f"Unknown {name}", where=where, found=item[name], expected=", ".join(allowed))
    told = _OPTIONAL & set(item)
    if told != NEEDS[item["how"]]:
        raise DeclarationError(
            f"A measure of the kind {item['how']} is told too much or too little",
            where=where,
            found=", ".join(sorted(told)) or "nothing",
            expected=", ".join(sorted(NEEDS[item["how"]])) or "nothing",
        )
    texts = {name: Label.read(item[name], where) for name in ("label", "short", "description", "definition")}
    lists = {name: tuple(value) for name, value in item.items() if isinstance(value, list)}
    return Over(**cast(Any, {"id": id, **item, **lists, **texts}))


def load_measure(id: str) -> Measure:
    """The measure of that name, or a `UsageError` that lists those there are."""
    for measure in load_measures():
        if measure.id == id:
            return measure
    raise UsageError("Unknown measure", found=id, expected=", ".join(m.id for m in load_measures()))
