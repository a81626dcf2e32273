"""Why a code is not an area: another year, a lost zero, another kind of code."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kansen.geography.changes import explain_history
from kansen.geography.levels import Level
from kansen.geography.tables import read_table


def explain(
    code: str, levels: Sequence[Level], has: Callable[[str], bool], shipped: bool, level: str | None = None
) -> str:
    """One sentence, without a full stop, about a code that is not an area (of `level`)."""
    plain = str(code).strip()
    if plain == "":
        return "an empty code"
    if plain != code and has(plain):
        return f"'{code}' has spaces around it; write {plain}"
    if level is not None and has(plain):
        kind = next(each.id for each in levels if each.matches(plain))
        meant = _meant(plain, has, level) if shipped else None
        return meant or f"{plain} is an area of the level {kind}, not of {level}"
    if not shipped:
        return f"{plain} is not in the hierarchy"
    told = explain_history(plain.upper())
    if told:
        return told
    return _meant(plain, has, level) or _of_another_year(plain, levels) or f"{plain} is not a code of any area level"


def _meant(code: str, has: Callable[[str], bool], level: str | None) -> str | None:
    """A code that is nearly right: letters small, a zero or the prefix lost."""
    if code != code.upper() and has(code.upper()):
        return f"{code} is written in small letters; write {code.upper()}"
    postcode = re.fullmatch(r"([1-9]\d{3})\s?[A-Za-z]{2}", code)
    if postcode and has(postcode[1]):
        return f"{code} is a full postcode; its area is {postcode[1]}"
    widths = {"GM": 4, "WK": 6, "CR": 2, "PV": 2}
    lettered = re.fullmatch(r"(GM|WK|CR|PV)(\d+)", code.upper())
    if lettered:
        padded = lettered[1] + lettered[2].zfill(widths[lettered[1]])
        return f"{code} has lost a zero; write {padded}" if padded != code and has(padded) else None
    if code.isdigit():
        prefixes = {"municipality": "GM", "wijk": "WK", "corop": "CR", "province": "PV"}
        for name, prefix in prefixes.items():
            padded = prefix + code.zfill(widths[prefix])
            if level in (None, name) and has(padded):
                return f"{code} lacks the letters {prefix}; write {padded}"
            if level == name and explain_history(padded):
                return explain_history(padded)
    return None


def _of_another_year(code: str, levels: Sequence[Level]) -> str | None:
    """A code of the right form that does not exist in the shipped year."""
    for level in levels:
        if not level.matches(code.upper()):
            continue
        told = f"{code} has the form of a {level.id} but is not one of {level.vintage}"
        gm = "GM" + code[2:6]
        if level.id == "wijk" and explain_history(gm):
            told += f" ({explain_history(gm)})"
        if level.id == "municipality" and code.upper() > max(row["code"] for row in read_table("municipalities")):
            told += ", nor of any year since 2014"
        return told
    return None
