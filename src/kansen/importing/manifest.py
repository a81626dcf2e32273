"""What the manifest of an imported release tells: whose figures they are, of which files, and how they were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kansen.cohorts import Label
from kansen.importing.labels import Generation
from kansen.importing.reading import Reading
from kansen.importing.sources import Notes
from kansen.moments import Grid

PROFILE = "published"


def inputs(reading: Reading, of: Mapping[str, Generation]) -> list[dict[str, Any]]:
    """The files, with hashes. of : the generation of each outcome."""
    return [
        {
            "file": seen.source.name,
            "bytes": seen.source.bytes,
            "sha256": seen.source.sha256,
            "rows": seen.rows,
            "generations": sorted({of[id].id for id in seen.outcomes if id in of}),
        }
        for seen in reading.seen
    ]


def imported(reading: Reading, of: Mapping[str, Generation], used: Sequence[Grid]) -> dict[str, Any]:
    """What only the files tell: generations, and per outcome how it was written and which axes had everybody."""
    outcomes: dict[str, dict[str, Any]] = {}
    order, axes = reading.places.known.levels, [grid.axis for grid in used]
    for id in sorted(of):
        levels: dict[str, set[str]] = {}
        for axis, listed in reading.outcomes[id].everybody.items():
            levels.setdefault(axis if axis in axes else axes[0], set()).update(listed)
        everybody = {axis: [one for one in order if one in met] for axis, met in levels.items()}
        outcomes[id] = {"generation": of[id].id, "digits": reading.digits(id), "everybody": everybody, "absent": {}}
    generations = {
        one.id: {
            "label": one.label.as_dict(),
            "price_year": one.price_year,
            "area_year": one.area_year,
            "n_rounded_to": one.n_in,
        }
        for one in listed_once(of)
    }
    return {"generations": generations, "outcomes": outcomes}


def listed_once(of: Mapping[str, Generation]) -> list[Generation]:
    """The generations of an import, each once, in order of id."""
    return sorted(set(of.values()), key=lambda one: one.id)


def publisher(generation: Generation, notes: Notes) -> Label:
    """Who published figures: a release of ours where a note beside the files says so, else those of the generation."""
    if not notes.releases:
        return generation.publisher
    ids = ", ".join(notes.releases)
    return Label(f"Cijfers: uitvoer van de Kansen-release {ids}", f"Figures: export of the Kansen release {ids}")


def attribution(generations: Iterable[Generation], notes: Notes) -> list[Label]:
    """Who must be named."""
    return list(dict.fromkeys(publisher(one, notes) for one in generations))


def profile(generations: Iterable[Generation]) -> dict[str, Any]:
    """What is known of how the publishers protected their figures; nothing was withheld or added here."""
    listed = list(generations)
    parts = [Label(f"{one.label.nl}: {one.rule.nl}", f"{one.label.en}: {one.rule.en}") for one in listed]
    rounded = {one.id: one.n_in for one in listed if one.n_in > 1}
    return {
        "id": PROFILE,
        "label": {"nl": "Zoals gepubliceerd", "en": "As published"},
        "description": {
            "nl": " ".join(["Overgenomen zoals gepubliceerd, tot op het laatste cijfer.", *(p.nl for p in parts)]),
            "en": " ".join(["Taken over as published, to the last digit.", *(p.en for p in parts)]),
        },
        "parameters": {"generations": [one.id for one in listed], **({"n_rounded_to": rounded} if rounded else {})},
    }
