"""What gaps go with through the wall: of enough people of both groups, in steps that twenty people fill.

A part is told where the figures of both groups themselves are told in that area, and where enough people of either
group have the outcome, and enough have it not. All parts of one gap are told in the same steps: as large as what
`FEWEST_PER_STEP` people move, each as far as any one of these people moves any of them, and never smaller than what
so many of the smaller group move its mean. The threefold form has steps of its own, and is told of the country only.
Where a step is larger than `COARSEST`, nothing is told.

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
"""A part in coarser steps says too little to be told."""


def with_gap_parts(
    summary: ProtectedSummary, found: Sequence[GapParts], told: Iterable[Protected], profile: Profile
) -> ProtectedSummary:
    """The summary of an outcome with what may be told of its gaps beside it; without, where nothing may be told.

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
    return replace(summary, decompositions=tuple(one.public() for one in declared.values()), gap_parts=tuple(rows),
                   _token=token())  # fmt: skip


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
    """The parts of a gap, each with its interval, in steps of `step`; none where steps are too coarse."""
    parts = one.parts
    step = _step(one, [*(parts.moved[name] for name in TWOFOLD), parts.moved_by_block["explained"]])
    if step > COARSEST:
        return []
    rows = [_row(one, name, None, parts.whole[name], step) for name in TWOFOLD]
    rows += [
        _row(one, "explained", block, found["explained"], step)
        for block, found in parts.by_block.items()
        if block != CONSTANT
    ]
    step = _step(one, [parts.moved[name] for name in THREEFOLD])
    if one.level == "nl" and step <= COARSEST:
        rows += [_row(one, name, None, parts.whole[name], step) for name in THREEFOLD]
    return rows


def _step(one: GapParts, moved: Sequence[float]) -> float:
    return step_of(FEWEST_PER_STEP * max(*moved, 1 / min(one.n)))


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
