"""What the attacks found, in counts: no cell is named, since a list of what can be worked out would do the work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from kansen.protection.audit.declared import NOT_COUNTED, load_attacks


@dataclass
class Score:
    """What one attack reached so far; `scored` of the reached cells were compared with the truth, `right` were true."""

    tried: int = 0
    reached: int = 0
    small: int = 0
    empty: int = 0
    right: int = 0
    scored: int = 0

    def add(self, other: Score) -> None:
        """Add what another part of the attack reached."""
        for name in ("tried", "reached", "small", "empty", "right", "scored"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class AttackResult:
    """What one attack reached that no attack above it did.

    `tried` counts the cells it looked at, `reached` those whose numbers follow and are not zero, `small` those of them
    that rest on few: 1 to 9 children, or fewer than ten children with or without a binary outcome. `empty` cells turned
    out to hold nobody. `right` is the share of what was reached that is true; None without the truth. `counted` says
    whether a release fails on it.
    """

    id: str
    what: Mapping[str, str]
    tried: int
    reached: int
    small: int
    empty: int
    right: float | None
    counted: bool = True


@dataclass(frozen=True)
class AuditReport:
    """What the attacks on a release found. `closed` says per pair of levels in which share of the areas sums were taken
    as complete; `sampled` what was tried on a part only; `against` what other material there was.
    """

    profile: str
    outcomes: tuple[str, ...]
    shown: int
    exact: int
    attacks: tuple[AttackResult, ...]
    closed: Mapping[str, float]
    sampled: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    def attack(self, id: str) -> AttackResult:
        """The result of one attack."""
        return next(attack for attack in self.attacks if attack.id == id)

    @property
    def reached(self) -> int:
        """Hidden cells whose numbers can be worked out."""
        return sum(attack.reached for attack in self.attacks if attack.counted)

    @property
    def small(self) -> int:
        """Those of them that rest on few: the recovered ones."""
        return sum(attack.small for attack in self.attacks if attack.counted)

    @property
    def passed(self) -> bool:
        """Whether nothing that rests on few can be worked out."""
        return self.small == 0

    def line(self) -> str:
        """The result in one line."""
        where = f"{len(self.outcomes)} outcomes, {self.shown:,} shown figures"
        if self.reached == 0:
            return f"audit: profile {self.profile} leaves no hidden cell whose numbers these attacks work out ({where})"
        return (
            f"audit: profile {self.profile} leaves {self.reached:,} hidden cells whose numbers can be worked out, "
            f"{self.small:,} of them with fewer than ten children, ones or zeros ({where})"
        )

    def text(self) -> str:
        """The result and every attack, as lines."""
        lines = [self.line()]
        for attack in self.attacks:
            right = "" if attack.right is None else f", {100 * attack.right:.1f} % of them right"
            looked = f" of {attack.tried:,} tried" if attack.tried else ""
            lines.append(f"  {attack.what['en']}: {attack.reached:,} reached{looked} ({attack.small:,} small){right}")
        for pair, share in self.closed.items():
            lines.append(f"  {pair}: sums taken as complete in {100 * share:.0f} % of the areas")
        lines += [f"  beside it: {text}" for text in self.against]
        lines += [f"  on a part: {sentence(id)}: {text}" for id, text in self.sampled.items()]
        return "\n".join([*lines, *(f"  assumption: {text}" for text in self.assumptions)])

    def public(self) -> dict[str, Any]:
        """What `audit.json` holds: all that follows from the release alone, without the scores against the truth."""
        kept = tuple(replace(attack, right=None) for attack in self.attacks if attack.counted)
        return replace(self, attacks=kept).as_dict()

    def as_dict(self) -> dict[str, Any]:
        """The whole report. With scores (`right` is not None) it is confidential: see `public`."""
        totals = {"passed": self.passed, "reached": self.reached, "small": self.small, "line": self.line()}
        return {**totals, **asdict(self)}

    def as_json(self) -> str:
        """`as_dict` as JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1)


def sentence(id: str) -> str:
    """The English sentence about an attack."""
    return next(attack.label.en for attack in load_attacks() if attack.id == id)


def results(scores: Mapping[str, Score]) -> tuple[AttackResult, ...]:
    """The scores of all attacks, in the order of the declaration."""
    found = []
    for attack in load_attacks():
        of = scores.get(attack.id, Score())
        right = round(of.right / of.scored, 6) if of.scored else None
        counted = attack.id not in NOT_COUNTED
        if counted or of.tried:
            found.append(
                AttackResult(
                    attack.id, attack.label.as_dict(), of.tried, of.reached, of.small, of.empty, right, counted
                )
            )
    return tuple(found)
