"""What each quirk does to the figures, as it was measured: read from the file beside this module."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kansen.files import write_json

FILE = Path(__file__).parent / "compat_effects.json"


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
        return max(self._of(self.national), self._of(self.low))

    def _of(self, pair: tuple[float | None, float | None]) -> float:
        before, after = pair
        if before is None or after is None:
            return 0.0 if before is after else float("inf")
        if before == after:
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
    parts = [_children(effect) for effect in effects if effect.dropped or effect.added or effect.regrouped]
    shown = [f"{effect.cohort} {effect.shown[1] - effect.shown[0]:+,} figures shown" for effect in effects
             if not effect.changed and effect.shown[0] != effect.shown[1]]  # fmt: skip
    changes = [(change.size, effect, change) for effect in effects for change in effect.changes]
    if changes:
        change = max(changes, key=lambda one: one[0])[2]
        number = sum(effect.changed for effect in effects)
        parts.append(f"{number} outcome{'s' if number > 1 else ''} changed, most {change.outcome}: {_moved(change)}")
    return "; ".join([*parts, *shown]) or "nothing on the synthetic registers"


def _children(effect: Effect) -> str:
    words = [f"{count:,} {word}" for count, word in _counts(effect) if count]
    return f"{effect.cohort} {' and '.join(words)} of {effect.children:,} children"


def _counts(effect: Effect) -> tuple[tuple[int, str], ...]:
    return (effect.dropped, "dropped"), (effect.added, "added"), (effect.regrouped, "regrouped")


def _moved(change: Change) -> str:
    national = change.national[0] != change.national[1]
    before, after = change.national if national else change.low
    of = "the country" if national else "low-income parents"
    return f"{told(before)} to {told(after)} for {of}"


def told(value: float | None) -> str:
    """A figure in five digits; a word where there is none.

    >>> told(0.123456789), told(31234.5678), told(None)
    ('0.12346', '31,235', 'none')
    """
    if value is None:
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.5g}"
