"""What two releases define otherwise: outcomes, cohorts, groups, areas, protection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kansen.release.reader import Release

_OUTCOME = (
    "cohort", "kind", "basis", "unit", "polarity", "years", "label", "definition", "formula", "source", "missing",
    "minimum",
)  # fmt: skip
_MANIFEST = ("synthetic", "profile", "engine", "compat", "licence", "software")
_MOST = 5


@dataclass(frozen=True)
class Difference:
    """One thing that is otherwise: `what` of `which`, as it is in each release (None: not there)."""

    what: str
    which: str
    a: Any
    b: Any


def compare_definitions(a: Release, b: Release, outcomes: frozenset[str]) -> list[Difference]:
    """Everything that is defined otherwise in `b` than in `a`, of these outcomes and of the release as a whole."""
    return [
        *_release(a, b),
        *_cohorts(a, b),
        *_outcomes(a, b, outcomes),
        *_groups(a, b),
        *_areas(a, b),
    ]


def _release(a: Release, b: Release) -> Iterable[Difference]:
    for name in _MANIFEST:
        one, other = a.manifest.get(name), b.manifest.get(name)
        if name == "profile":
            one, other = ({"id": of["id"], **of.get("parameters", {})} for of in (one or {}, other or {}))
        if isinstance(one, dict) and isinstance(other, dict):
            yield from (Difference("release", f"{name} {key}", x, y) for key, x, y in _unequal(one, other))
        elif one != other:
            yield Difference("release", name, one, other)


def _cohorts(a: Release, b: Release) -> Iterable[Difference]:
    one, other = ({item["id"]: item for item in of.manifest.get("cohorts", [])} for of in (a, b))
    for id in dict.fromkeys([*one, *other]):
        if id not in one or id not in other:
            yield Difference("cohort", id, _there(id in one), _there(id in other))
        else:
            yield from (Difference("cohort", f"{id} {name}", x, y) for name, x, y in _unequal(one[id], other[id]))


def _outcomes(a: Release, b: Release, wanted: frozenset[str]) -> Iterable[Difference]:
    one, other = ({item["id"]: item for item in of.outcomes["outcomes"]} for of in (a, b))
    for id in one:
        if id in other and id in wanted:
            for name in _OUTCOME:
                if one[id].get(name) != other[id].get(name):
                    yield Difference("outcome", f"{id} {name}", one[id].get(name), other[id].get(name))


def _groups(a: Release, b: Release) -> Iterable[Difference]:
    """Axes, positions and members; where one has a member that the other lacks, or another rule for it."""
    one, other = (dict(_members(of.groups)) for of in (a, b))
    for name, x, y in _unequal(one, other):
        yield Difference("group", name, x, y)


def _members(groups: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for axis in groups["axes"]:
        for position in axis["positions"]:
            if position["id"] != "all":
                rule = {name: position.get(name) for name in ("range", "at", "of") if position.get(name)}
                yield f"{axis['id']}={position['id']}", rule
    for dimension in ("sex", "origin", "household"):
        for member in groups[dimension]:
            yield f"{dimension}={member['id']}", sorted(member["of"])


def _areas(a: Release, b: Release) -> Iterable[Difference]:
    one, other = ({level["id"]: level for level in of.manifest["levels"]} for of in (a, b))
    for level in dict.fromkeys([*one, *other]):
        if level not in one or level not in other:
            yield Difference("level", level, _there(level in one), _there(level in other))
            continue
        if one[level].get("vintage") != other[level].get("vintage"):
            yield Difference("level", f"{level} vintage", one[level].get("vintage"), other[level].get("vintage"))
        left, right = set(a.areas.ids(level)), set(b.areas.ids(level))
        if left != right:
            yield Difference("level", f"{level} areas", _listed(left - right), _listed(right - left))


def _unequal(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield name, one.get(name), other.get(name)


def _there(is_there: bool) -> str | None:
    return "there" if is_there else None


def _listed(areas: set[str]) -> str | None:
    if not areas:
        return None
    some = sorted(areas)[:_MOST]
    return f"{len(areas)} only here: {', '.join(some)}{', ...' if len(areas) > _MOST else ''}"
