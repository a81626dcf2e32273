"""What the published pipeline does otherwise, to be switched on one by one or all together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from kansen.cohorts.declarations import CohortDeclaration
from kansen.errors import UsageError

FILE = Path(__file__).parent / "compat.toml"

PUBLISHED = "kansenkaart-2025"
"""The name that stands for all of them."""


@dataclass(frozen=True)
class Quirk:
    """One thing that the published pipeline does otherwise (`published`) than the declarations (`default`)."""

    id: str
    cohorts: tuple[str, ...]
    published: str
    default: str
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)


@cache
def load_quirks() -> tuple[Quirk, ...]:
    """Every quirk that can be switched on, in the order of their numbers."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Quirk(**{**item, "cohorts": tuple(item["cohorts"])}) for item in content["quirk"])


@cache
def elsewhere() -> tuple[tuple[tuple[str, ...], str], ...]:
    """The quirks that cannot be switched on, with the reason."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple((tuple(item["ids"]), item["why"]) for item in content["elsewhere"])


def quirks_named(words: str | None) -> frozenset[str]:
    """The quirks that `--compat` names: the name for all, or numbers with commas. Raises `UsageError`.

    >>> sorted(quirks_named("Q13, q18"))
    ['Q13', 'Q18']
    """
    known = [quirk.id for quirk in load_quirks()]
    asked = [word.strip() for word in (words or "").split(",") if word.strip()]
    if asked == [PUBLISHED]:
        return frozenset(known)
    for word in asked:
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
                kind=quirk.kinds.get(outcome.id, outcome.kind),  # pyright: ignore[reportArgumentType]
                recipe={**outcome.recipe, **quirk.recipes.get(outcome.id, {})},
            )
            for outcome in outcomes
        )
    return replace(declaration, quirks=tuple(quirk.id for quirk in own), outcomes=outcomes)


def explained() -> str:
    """What each quirk does, as a page of text."""
    lines = [
        "What the published pipeline does otherwise.",
        f"Switch all of it on with --compat {PUBLISHED}, or some by number: --compat Q13,Q18.",
        "",
    ]
    for quirk in load_quirks():
        lines += [
            f"{quirk.id}  ({', '.join(quirk.cohorts)})",
            f"  published  {quirk.published}",
            f"  here       {quirk.default}",
        ]
    lines += ["", "Not to be switched on:"]
    lines += [f"  {', '.join(ids)}: {why}" for ids, why in elsewhere()]
    return "\n".join(lines)
