"""The attacks, as `attacks.toml` declares them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kansen.cohorts.declarations import Label

FILE = Path(__file__).with_name("attacks.toml")

NOT_COUNTED = ("zeros",)
"""Attacks with more knowledge than the public has: told, but a release does not fail on them."""


@dataclass(frozen=True)
class Attack:
    """One kind of attack and a sentence about it."""

    id: str
    label: Label


@cache
def load_attacks() -> tuple[Attack, ...]:
    """All attacks in the order in which they are tried.

    >>> [attack.id for attack in load_attacks()][:3]
    ['groups', 'levels', 'replay']
    """
    declared = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Attack(id, Label.read(item, f"{FILE.name} {id}")) for id, item in declared.items())
