"""What an effect is called where it is published: its id, title, description and outcome, in both languages."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, cast, get_args

from kansen.cohorts.labels import Label
from kansen.errors import DeclarationError

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Kind = Literal["money", "share", "count"]
_LABELS = ("title", "description", "outcome")


@dataclass(frozen=True)
class About:
    """Words for an effect. id : the effect that it is in a release; a second one with the same id replaces the first.

    title, description : what readers see. outcome : what is explained, as a noun in the middle of a sentence.
    kind : how estimates are written, euros, percentage points or plain numbers; of children who moved always a share.
    """

    id: str
    title: Label
    description: Label
    outcome: Label
    kind: Kind


def about_effect(method: Literal["movers", "policy"], path: Path | None = None) -> About:
    """The words in a TOML file, or the usual ones of a method for what is not in it.

    Raises `DeclarationError` for a file that is no TOML, an id of other characters than a-z, 0-9, - and _, an unknown
    member, an unknown kind, and a label without one of the languages.

    >>> about_effect("movers").id
    'movers'
    """
    fixed = {"kind": "share"} if method == "movers" else {}
    usual = tomllib.loads(files("kansen.effects").joinpath(f"{method}.toml").read_text(encoding="utf-8"))
    given = {} if path is None else _read(path)
    unknown = sorted(given.keys() - usual.keys())
    if unknown:
        raise DeclarationError(
            "What is said about an effect has an unknown member",
            where=path,
            found=unknown[0],
            expected=", ".join(usual),
        )
    whole = usual | given | fixed
    if not isinstance(whole["id"], str) or not _ID.fullmatch(whole["id"]):
        raise DeclarationError(
            "The id of an effect cannot be used", where=path, found=whole["id"], expected="a-z, 0-9, - and _"
        )
    labels = {name: Label.read(whole[name], f"{path or method}, {name}") for name in _LABELS}
    empty = [name for name, label in labels.items() if not (label.nl.strip() and label.en.strip())]
    if empty:
        raise DeclarationError("A label is empty", where=path, column=empty[0], expected="words in nl and en")
    if whole["kind"] not in get_args(Kind):
        raise DeclarationError(
            "The kind of an effect is unknown", where=path, found=whole["kind"], expected=", ".join(get_args(Kind))
        )
    return About(id=whole["id"], kind=cast("Kind", whole["kind"]), **labels)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeclarationError(
            "What is said about an effect cannot be read", where=path, found=error, expected="TOML"
        ) from error
