"""Protection profiles: declared in `profiles.toml`, chosen by name, and told in every release."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from kansen.cohorts.declarations import Kind, Label
from kansen.errors import DeclarationError, UsageError

FILE = Path(__file__).with_name("profiles.toml")

_COUNTS = ("min_n", "min_ones", "min_zeros")
_WORDS = {"counted": ("observed", "rows"), "events": ("counted", "fitted"), "zeros": ("kept", "dropped")}
_FIELDS = {"label", "description", *_COUNTS, *_WORDS, "rounded", "decimals", "reliability"}


@dataclass(frozen=True)
class Profile:
    """What has to hold before a figure may be told.

    min_n : children with the outcome observed. min_ones, min_zeros : of a binary outcome, children who have it and who
    have it not. counted : whether n is of children with the outcome "observed" or of all "rows". events : whether those
    who have a binary outcome are "counted", or "fitted" as estimate times n. zeros : whether an estimate of exactly
    zero is "kept" or "dropped". rounded : whether figures are rounded. decimals : digits after the point, per kind of
    outcome. reliability : upper limits of the letters, in standard deviations across areas.
    """

    id: str
    label: Label
    description: Label
    min_n: int
    min_ones: int
    min_zeros: int
    counted: str
    events: str
    zeros: str
    rounded: bool
    decimals: Mapping[str, int]
    reliability: Mapping[str, float]

    def public(self) -> dict[str, Any]:
        """What a release tells about its protection, ready for JSON."""
        return {
            "id": self.id,
            "label": self.label.as_dict(),
            "description": self.description.as_dict(),
            "parameters": {
                **{name: getattr(self, name) for name in (*_COUNTS, *_WORDS, "rounded")},
                "decimals": dict(self.decimals),
                "reliability": dict(self.reliability),
            },
        }


def load_profile(id: str, path: Path = FILE, changes: Mapping[str, Any] | None = None) -> Profile:
    """The declared profile of that name, or a `UsageError` that lists those there are.

    changes : parameters that are not as declared.

    >>> load_profile("kansenkaart").min_ones
    10
    >>> load_profile("kansenkaart", changes={"zeros": "dropped"}).zeros
    'dropped'
    """
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError("Not readable as TOML", where=path, found=error, expected="valid TOML") from error
    if id not in declared:
        raise UsageError(
            "Unknown protection profile", found=id, expected=", ".join(sorted(declared)), todo="choose one of these"
        )
    return _read(id, {**declared[id], **(changes or {})}, f"{path.name} {id}")


def _read(id: str, item: Mapping[str, Any], where: str) -> Profile:
    if set(item) != _FIELDS:
        unknown, absent = sorted(set(item) - _FIELDS), sorted(_FIELDS - set(item))
        raise DeclarationError(
            "A profile has parameters too many or too few",
            where=where,
            found=f"unknown: {', '.join(unknown) or 'none'}; absent: {', '.join(absent) or 'none'}",
            expected=", ".join(sorted(_FIELDS)),
        )
    for name in _COUNTS:
        if type(item[name]) is not int or item[name] < 1:
            raise DeclarationError(
                f"{name} is not a count", where=where, found=item[name], expected="a whole number from 1"
            )
    for name, words in _WORDS.items():
        if item[name] not in words:
            raise DeclarationError(
                f"{name} is not one of its words", where=where, found=item[name], expected=" or ".join(words)
            )
    if type(item["rounded"]) is not bool:
        raise DeclarationError(
            "rounded is not a yes or no", where=where, found=item["rounded"], expected="true or false"
        )
    decimals, reliability = item["decimals"], item["reliability"]
    if set(decimals) != set(get_args(Kind)) or not all(type(d) is int and 0 <= d <= 6 for d in decimals.values()):
        raise DeclarationError(
            "Decimals are not declared for every kind of outcome",
            where=where,
            found=decimals,
            expected="0 to 6 for each of " + ", ".join(get_args(Kind)),
        )
    if set(reliability) != {"A", "B"} or not 0 < reliability["A"] < reliability["B"]:
        raise DeclarationError(
            "The limits of reliability do not ascend", where=where, found=reliability, expected="0 < A < B"
        )
    return Profile(
        id=id,
        label=Label.read(item["label"], where),
        description=Label.read(item["description"], where),
        **{name: item[name] for name in (*_COUNTS, *_WORDS, "rounded")},
        decimals=MappingProxyType(dict(decimals)),
        reliability=MappingProxyType(dict(reliability)),
    )
