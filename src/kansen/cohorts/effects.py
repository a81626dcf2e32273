"""What each quirk does to the figures, as it was measured: read from the file beside this module."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import isclose
from pathlib import Path
from typing import Any

from kansen.files import write_json

FILE = Path(__file__).parent / "compat_effects.json"

SAME = 1e-9
"""Figures that differ by less than this share are the same."""


@dataclass(frozen=True)
class Change:
    """What a quirk does to one outcome of one cohort, in the outcome's unit; None where there is no figure.

    national, low : the country's figure for everybody, and for children of parents with a low income: before, after.
    municipality : where the figure for everybody changes most, with both figures.
    spread : standard deviation of the municipalities' figures before.
    """

    outcome: str
    national: tuple[float | None, float | None]
    low: tuple[float | None, float | None]
    municipality: tuple[str, float | None, float | None] | None
    spread: float

    @property
    def size(self) -> float:
        """The larger change of the two national figures, in spreads; infinite where a figure is gone or new."""
        return max(self.of(self.national), self.of(self.low))

    def of(self, pair: tuple[float | None, float | None]) -> float:
        """The change of a pair of figures, in spreads."""
        before, after = pair
        if before is None or after is None:
            return 0.0 if before is after else float("inf")
        if isclose(before, after, rel_tol=SAME):
            return 0.0
        return abs(after - before) / self.spread if self.spread else float("inf")


@dataclass(frozen=True)
class Effect:
    """What a quirk (or the name of all together) does to one cohort.

    children : those who are followed, without it; dropped, added : those who are not any more, and those who are then.
    regrouped : those of both whose rank, group or area is another one.
    shown : figures that protection lets through, before and after. changed : how many outcomes change; changes : those
    that change, the largest change first.
    """

    quirk: str
    cohort: str
    children: int
    dropped: int
    added: int
    regrouped: int
    shown: tuple[int, int]
    changed: int
    changes: tuple[Change, ...]

    @property
    def nothing(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.dropped or self.added or self.regrouped or self.changed or self.shown[0] != self.shown[1])


@dataclass(frozen=True)
class Measured:
    """All effects, and of what: `about` is the command and the day in words."""

    about: str
    effects: tuple[Effect, ...]

    def of(self, quirk: str) -> tuple[Effect, ...]:
        """The effects of one quirk, per cohort."""
        return tuple(effect for effect in self.effects if effect.quirk == quirk)


@cache
def load_effects(path: Path = FILE) -> Measured:
    """The effects that were measured last."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Measured(content["about"], tuple(_effect(item) for item in content["effects"]))


def _effect(item: dict[str, Any]) -> Effect:
    changes = tuple(
        Change(
            one["outcome"],
            _pair(one["national"]),
            _pair(one["low"]),
            None if one["municipality"] is None else (one["municipality"][0], *_pair(one["municipality"][1:])),
            one["spread"],
        )
        for one in item["changes"]
    )
    return Effect(**{**item, "shown": tuple(item["shown"]), "changes": changes})


def _pair(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    return values[0], values[1]


def save_effects(measured: Measured, keep: int | None = None, path: Path = FILE) -> None:
    """Write the effects, with the `keep` largest changes of each, or all."""
    effects = [
        asdict(effect) | {"changes": [asdict(one) for one in effect.changes[:keep]]} for effect in measured.effects
    ]
    write_json(path, {"about": measured.about, "effects": effects})


def in_short(effects: Sequence[Effect]) -> str:
    """The effects of a quirk in one line: children per cohort, and the outcome that changes most."""
    if not effects:
        return "not measured"
    parts = [_children(effect) for effect in effects if any(count for count, _ in _counts(effect))]
    changes = [change for effect in effects for change in effect.changes]
    if changes:
        most = max(changes, key=lambda change: change.size)
        number = sum(effect.changed for effect in effects)
        parts.append(f"{number} outcome{'s' if number > 1 else ''} changed, most {most.outcome}: {moved(most)}")
    shown = [effect for effect in effects if effect.shown[0] != effect.shown[1]]
    if shown and not changes:
        before, after = (sum(effect.shown[side] for effect in shown) for side in (0, 1))
        parts.append(f"{before:,} figures shown become {after:,}")
    return "; ".join(parts) or "nothing on these registers"


def _children(effect: Effect) -> str:
    words = [f"{count:,} {word}" for count, word in _counts(effect) if count]
    return f"{effect.cohort} {', '.join(words)} of {effect.children:,} children"


def _counts(effect: Effect) -> tuple[tuple[int, str], ...]:
    return (effect.dropped, "dropped"), (effect.added, "added"), (effect.regrouped, "regrouped")


def moved(change: Change) -> str:
    """The figure that changes most, in words: the country's, or a municipality's where the country's do not change."""
    if change.size == 0 and change.municipality is not None:
        area, before, after = change.municipality
        return f"{pair_told(before, after)} for {area}"
    low = change.of(change.low) > change.of(change.national)
    return pair_told(*(change.low if low else change.national)) + (" for low-income parents" if low else "")


def pair_told(before: float | None, after: float | None) -> str:
    """Two figures in as many digits as it takes to tell them apart, five at least; a word where there is none.

    >>> pair_told(0.5, 0.25), pair_told(31234.5, None), pair_told(0.0044171, 0.00441712)
    ('0.5 to 0.25', '31234 to none', '0.0044171 to 0.00441712')
    """
    digits = next((d for d in range(5, 17) if before == after or _digits(before, d) != _digits(after, d)), 17)
    return f"{_digits(before, digits)} to {_digits(after, digits)}"


def _digits(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}g}"
