"""What gaps go with through the wall: of enough people of both groups, in steps that twenty people fill.

A part is told where the figures of both groups themselves are told in that area, and where enough people of either
group have the outcome, and enough have it not. Every part is told in steps of its own: as large as what
`FEWEST_PER_STEP` people move it, each as far as any one of these people does. Where the steps of the gap, or of what is
explained or not explained, are larger than `COARSEST` (in areas `COARSEST_IN_AREAS`), nothing is told. The threefold
form is told of the country only.

Under a profile that tells nothing exactly nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kansen.measures import load_measure
from kansen.measures.gap_parts import GapParts
from kansen.measures.oaxaca import CONSTANT, THREEFOLD, TWOFOLD, Part
from kansen.measures.results import quantile
from kansen.protection.over import FEWEST_PER_STEP
from kansen.protection.profiles import Profile
from kansen.protection.protected import Protected, ProtectedSummary, token
from kansen.protection.scale import in_steps, step_of

COARSEST = 0.05
"""A part in coarser steps says too little to be told of the country."""
COARSEST_IN_AREAS = 0.02
"""The same of an area: beside other areas, parts that visibly do not add up would be read as differences."""


def with_gap_parts(
    summary: ProtectedSummary, found: Sequence[GapParts], told: Iterable[Protected], profile: Profile
) -> ProtectedSummary:
    """The summary of an outcome with what may be told of its gaps beside it, after what was told before.

    told : what is told of the outcome itself.
    """
    if profile.exact == "none":
        return summary
    shown = _shown(told)
    rows = [row for one in found if _may(one, shown, profile) for row in _rows(one)]
    if not rows:
        return summary
    seen = {row["decomposition"] for row in rows}
    declared = {one.declared.id: one.declared for one in found if one.declared.id in seen}
    return replace(
        summary,
        decompositions=(*(summary.decompositions or ()), *(one.public() for one in declared.values())),
        gap_parts=(*summary.gap_parts, *rows),
        _token=token(),
    )


def _shown(told: Iterable[Protected]) -> dict[str, set[tuple[str, str]]]:
    """Per level the groups and areas that have a figure."""
    shown: dict[str, set[tuple[str, str]]] = {}
    for part in told:
        cells = zip(part.group.tolist(), part.area.tolist(), strict=True)
        shown.setdefault(part.level, set()).update((part.groups[group], part.areas[area]) for group, area in cells)
    return shown


def _may(one: GapParts, shown: Mapping[str, set[tuple[str, str]]], profile: Profile) -> bool:
    enough = max(profile.min_n, profile.min_ones, profile.min_zeros)
    return one.fewest >= enough and all((group, one.area) in shown.get(one.level, ()) for group in one.groups)


def _rows(one: GapParts) -> list[dict[str, Any]]:
    """The parts of a gap with their intervals, each in its own steps; none where those of the gap are too coarse."""
    parts = one.parts
    told: list[tuple[str, str | None, Part, float]] = [
        (name, None, parts.whole[name], _step(one, parts.moved[name])) for name in TWOFOLD
    ]
    if max(step for *_, step in told) > (COARSEST if one.level == "nl" else COARSEST_IN_AREAS):
        return []
    told += [
        ("explained", block, found["explained"], _step(one, parts.moved_by_block[block]))
        for block, found in parts.by_block.items()
        if block != CONSTANT
    ]
    threefold = [
        (name, None, parts.whole[name], _step(one, parts.moved[name])) for name in THREEFOLD if name in parts.whole
    ]
    if all(step <= COARSEST for *_, step in threefold):
        told += threefold
    return [_row(one, *found) for found in told]


def _step(one: GapParts, moved: float) -> float:
    return step_of(FEWEST_PER_STEP * max(moved, 1 / sum(one.n)))


def _row(one: GapParts, part: str, block: str | None, found: Part, step: float) -> dict[str, Any]:
    half = quantile(load_measure("expectation").confidence) * found.se
    ends = {"est": found.value, "lwr": found.value - half, "upr": found.value + half}
    return {
        "decomposition": one.declared.id,
        "level": one.level,
        "area": one.area,
        **one.between.public(),
        "part": part,
        "block": block,
        **{name: in_steps(value, step, name) for name, value in ends.items()},
        "step": step,
    }
