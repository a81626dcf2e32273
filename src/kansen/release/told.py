"""Of whom an outcome has figures: what a page may offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kansen.release.format import GROUP_COLUMNS


def told_of(groups: Sequence[tuple[str, str, str, str, str]]) -> dict[str, Any]:
    """Of whom there is any figure, at some level: positions by axis, sexes, origins and households."""
    positions: dict[str, dict[str, None]] = {}
    for axis, position, *_ in groups:
        positions.setdefault(axis, {})[position] = None
    others = {name: list(dict.fromkeys(group[at] for group in groups)) for at, name in enumerate(GROUP_COLUMNS)}
    return {
        "positions": {axis: list(of) for axis, of in positions.items()},
        **{name: others[name] for name in ("sex", "origin", "household")},
    }
