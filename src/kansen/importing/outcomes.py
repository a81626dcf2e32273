"""What a release says about imported outcomes and cohorts: our words where one is known, its id where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from kansen.cohorts import cohort_ids, load_cohort
from kansen.cohorts.declarations import Basis, Kind, Label, Outcome
from kansen.cohorts.spec import OTHER, ReadyDeclaration
from kansen.importing.labels import Generation, LabelMap, PublishedCohort

_NOTHING = Label("", "")
_UNITS: Mapping[Kind, str] = {
    "binary": "fraction",
    "share": "fraction",
    "rank": "percentile 0-1",
    "count": "number",
    "money": "EUR",
}
_WORDS = ("label", "short", "polarity", "theme", "life_phase", "description", "minimum")
_YEAR = re.compile(r"EUR \d{4}")
_EITHER = Label(
    "De bestanden zeggen niet van welk van de twee cohorten van groep 8 dit cijfer is.",
    "The files do not say which of the two cohorts of group 8 a figure is of.",
)


@dataclass(frozen=True)
class Known:
    """An outcome of ours of the same name, and whether it is the same by its whole id."""

    outcome: Outcome
    same_id: bool


@cache
def _declared() -> dict[str, Outcome]:
    return {outcome.id: outcome for name in cohort_ids() for outcome in load_cohort(name).outcomes}


def known_outcome(id: str, cohort: PublishedCohort) -> Known | None:
    """The declared outcome that an imported one is like, by its name behind the prefix."""
    if id in _declared():
        return Known(_declared()[id], True)
    name = id.removeprefix(cohort.prefix)
    found = (_declared().get(prefix + name) for prefix in cohort.like)
    return next((Known(outcome, False) for outcome in found if outcome is not None), None)


def kind_of(id: str, labels: LabelMap, binary: bool | None, bounds: tuple[float, float]) -> Kind:
    """The kind of an outcome that no declaration knows: as its file says, by its name, or by its figures' bounds."""
    if binary:
        return "binary"
    for pattern, kind in labels.kinds:
        if pattern.search(id):
            return kind
    return "share" if bounds[0] >= 0 and bounds[1] <= 1 else "count"


def declare(
    id: str,
    generation: Generation,
    cohort_id: str,
    labels: LabelMap,
    *,
    publisher: Label,
    basis: Basis,
    binary: bool | None,
    bounds: tuple[float, float],
) -> Outcome:
    """The outcome as the release tells it. Facts of a cohort of ours (source, definition) are not claimed, and years
    only where the published name of the cohort says them.

    binary : whether its file says that it is, None where it says nothing. bounds : its smallest and largest figure.
    """
    cohort = labels.cohort(id, generation.id)
    known = known_outcome(id, cohort)
    kind = known.outcome.kind if known else kind_of(id, labels, binary, bounds)
    unit = known.outcome.unit if known else _UNITS[kind]
    if unit == "EUR" and not known and generation.price_year:
        unit = f"EUR {generation.price_year}"
    elif _YEAR.search(unit):
        unit = _YEAR.sub(f"EUR {generation.price_year}" if generation.price_year else "EUR", unit)
    name = Label(id, id)
    either = _EITHER if generation.id in cohort.either else _NOTHING
    words = {"label": name, "short": name, "polarity": "none", "theme": OTHER.id, "life_phase": "", "minimum": None}
    words["description"] = _NOTHING
    if known:
        words |= {word: getattr(known.outcome, word) for word in _WORDS}
    words["description"] = _joined(words["description"], either)  # type: ignore[arg-type]
    return Outcome(
        id=id,
        cohort=cohort_id,
        kind=kind,
        unit=unit,
        years=cohort.years,
        definition=_NOTHING,
        source=publisher,
        missing=_NOTHING,
        formula="",
        basis=basis,
        **words,  # type: ignore[arg-type]
    )


def declare_cohort(
    id: str, cohort: PublishedCohort, generation: Generation, outcomes: Iterable[Outcome]
) -> ReadyDeclaration:
    """The cohort as the release tells it: what is known of that generation of it."""
    return ReadyDeclaration(
        id=id,
        label=cohort.label,
        description=Label(f"Zoals gepubliceerd: {generation.label.nl}.", f"As published: {generation.label.en}."),
        births=cohort.births.get(generation.id),
        home_age=cohort.home_age,
        outcomes=tuple(outcomes),
        prefix=cohort.prefix or None,
        outcome_age=cohort.outcome_age,
    )


def _joined(one: Label, other: Label) -> Label:
    return Label(f"{one.nl} {other.nl}".strip(), f"{one.en} {other.en}".strip())
