"""Area levels: what a wijk, a COROP region or a postcode area is. Declared in `levels.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

Text = Mapping[str, str]
"""A text in the languages of the interface: keys `nl` and `en`."""


@dataclass(frozen=True)
class Level:
    """One level of areas.

    Attributes
    ----------
    id : `municipality`, `wijk`, ...
    label, singular, definition : texts in Dutch and English.
    pattern : regular expression that every id of the level matches as a whole.
    vintage : the year whose areas these are; empty for areas that someone brings along.
    within : levels that an area of this level lies in entirely, nearest first.
    mostly_in : the level of which one area holds the larger part, or None.
    views : maps that can be drawn without any downloaded boundary (`schematic`, `hexagon`).
    """

    id: str
    label: Text
    singular: Text
    definition: Text
    pattern: str = r".+"
    vintage: str = ""
    within: tuple[str, ...] = ()
    mostly_in: str | None = None
    views: tuple[str, ...] = ()

    def matches(self, code: str) -> bool:
        """Whether `code` looks like an id of this level, existing or not."""
        return re.fullmatch(self.pattern, code) is not None


@cache
def load_levels() -> tuple[Level, ...]:
    """The levels that Kansen ships, from large to small.

    >>> [level.id for level in load_levels()]
    ['nl', 'province', 'corop', 'municipality', 'wijk', 'pc3', 'pc4']
    """
    text = files("kansen.geography").joinpath("levels.toml").read_text(encoding="utf-8")
    return tuple(
        Level(
            id=row["id"],
            label=MappingProxyType(row["label"]),
            singular=MappingProxyType(row["singular"]),
            definition=MappingProxyType(row["definition"]),
            pattern=row["pattern"],
            vintage=row["vintage"],
            within=tuple(row.get("within", ())),
            mostly_in=row.get("mostly_in"),
            views=tuple(row["views"]),
        )
        for row in tomllib.loads(text)["level"]
    )
