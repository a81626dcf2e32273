"""What the published pipeline does otherwise, to be switched on one by one or all together."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from kansen.cohorts.declarations import CohortDeclaration, Label
from kansen.cohorts.effects import in_short, load_effects
from kansen.errors import UsageError

FILE = Path(__file__).parent / "compat.toml"

PUBLISHED = "kansenkaart-2025"
"""The name that stands for all of them."""


@dataclass(frozen=True)
class Quirk:
    """One thing that the published pipeline does otherwise (`published`) than the declarations (`default`).

    cohorts : those that it changes; none when it is about figures, of whatever cohort.
    needs : another quirk without which this one changes nothing.
    unseen : why no comparison of figures shows it, where none can.
    outcomes, recipes : per outcome, the fields of its declaration and of its recipe that change.
    below_minimum : outcomes that can then be less than their declared minimum, which they lose.
    left_out : positions of parents that no figure is made for.
    protection : parameters of the protection profile that change.
    """

    id: str
    label: Label
    published: str
    default: str
    cohorts: tuple[str, ...] = ()
    needs: str | None = None
    unseen: str | None = None
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    below_minimum: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    protection: Mapping[str, Any] = field(default_factory=dict)

    def public(self) -> dict[str, Any]:
        """What a release says about it, ready for JSON."""
        return {"id": self.id, "cohorts": list(self.cohorts), "label": self.label.as_dict()}


@dataclass(frozen=True)
class Other:
    """A difference with the published pipeline that cannot be switched on, and `why`."""

    id: str
    published: str
    default: str
    why: str


class Switches:
    """The quirks that are on, as a set that notes in `asked` which ones somebody looked up.

    So a stage knows which quirks it depends on, and is not made again for the others.

    >>> switches = Switches(["Q13"])
    >>> "Q13" in switches, "Q14" in switches, sorted(switches.asked)
    (True, False, ['Q13', 'Q14'])
    """

    def __init__(self, on: Iterable[str] = ()) -> None:
        self.on = frozenset(on)
        self.asked: set[str] = set()

    def __contains__(self, id: object) -> bool:
        self.asked.add(str(id))
        return id in self.on


@cache
def load_quirks() -> tuple[Quirk, ...]:
    """Every quirk that can be switched on, in the order of their numbers."""
    return tuple(
        Quirk(
            **{
                **item,
                "label": Label.read(item["label"], f"{FILE.name} {item['id']}"),
                **{name: tuple(item[name]) for name in ("cohorts", "below_minimum", "left_out") if name in item},
            }
        )
        for item in _content()["quirk"]
    )


@cache
def load_others() -> tuple[Other, ...]:
    """The differences that cannot be switched on, in the order of their numbers."""
    return tuple(Other(**item) for item in _content()["other"])


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def quirks_named(words: str | None) -> frozenset[str]:
    """The quirks that `--compat` names: the name for all, or numbers with commas. Raises `UsageError`.

    >>> sorted(quirks_named("Q13, q18"))
    ['Q13', 'Q18']
    """
    known = [quirk.id for quirk in load_quirks()]
    asked = [word.strip() for word in (words or "").split(",") if word.strip()]
    if [word.lower() for word in asked] == [PUBLISHED]:
        return frozenset(known)
    others = {other.id: other for other in load_others()}
    for word in asked:
        if word.upper() in others:
            raise UsageError(
                "A quirk that cannot be switched on", found=word.upper(), expected=others[word.upper()].why,
                todo="leave it out; kansen build --explain-compat lists those that can be",
            )  # fmt: skip
        if word.upper() not in known:
            raise UsageError(
                "Unknown quirk", found=word, expected=f"{PUBLISHED}, or some of {', '.join(known)}",
                todo="kansen build --explain-compat lists them",
            )  # fmt: skip
    return frozenset(word.upper() for word in asked)


def with_quirks(declaration: CohortDeclaration, quirks: frozenset[str]) -> CohortDeclaration:
    """The cohort with those of the quirks that change it."""
    own = [quirk for quirk in load_quirks() if quirk.id in quirks and declaration.id in quirk.cohorts]
    outcomes = declaration.outcomes
    for quirk in own:
        outcomes = tuple(
            replace(
                outcome,
                **quirk.outcomes.get(outcome.id, {}),
                minimum=None if outcome.id in quirk.below_minimum else outcome.minimum,
                recipe={**outcome.recipe, **quirk.recipes.get(outcome.id, {})},
            )
            for outcome in outcomes
        )
    return replace(declaration, quirks=tuple(quirk.id for quirk in own), outcomes=outcomes)


def positions_left_out(quirks: frozenset[str]) -> frozenset[str]:
    """The positions of parents that the quirks leave without figures."""
    return frozenset(position for quirk in load_quirks() if quirk.id in quirks for position in quirk.left_out)


def protection_changed(quirks: frozenset[str]) -> dict[str, Any]:
    """The parameters of a protection profile that the quirks change."""
    return {name: value for quirk in load_quirks() if quirk.id in quirks for name, value in quirk.protection.items()}


def compat_public(quirks: frozenset[str]) -> dict[str, Any] | None:
    """What a release says about the quirks that were on, ready for JSON; None without any.

    `name` is that of all of them together, or None when only some are on.
    """
    on = [quirk for quirk in load_quirks() if quirk.id in quirks]
    if not on:
        return None
    everything = len(on) == len(load_quirks())
    return {"name": PUBLISHED if everything else None, "quirks": [quirk.public() for quirk in on]}


def explained() -> str:
    """What each quirk does, and what it did to the figures where that was measured, as a page of text."""
    measured = load_effects()
    lines = [
        "What the published pipeline does otherwise.",
        f"Switch all of it on with --compat {PUBLISHED}, or some by number: --compat Q13,Q18.",
        f"Measured on made-up registers, {measured.about}; docs/compat.md has more.",
        "",
    ]
    for quirk in load_quirks():
        lines += [
            f"{quirk.id}  ({', '.join(quirk.cohorts) or 'all cohorts'})",
            f"  published  {quirk.published}",
            f"  here       {quirk.default}",
            f"  measured   {in_short(measured.of(quirk.id))}",
            *([f"             {quirk.unseen}"] if quirk.unseen else []),
        ]
    lines += ["", "Not to be switched on:"]
    for other in load_others():
        lines += [
            f"{other.id}",
            f"  published  {other.published}",
            f"  here       {other.default}",
            f"  why not    {other.why}",
        ]
    return "\n".join(lines)
