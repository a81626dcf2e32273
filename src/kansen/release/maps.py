"""The maps that a release carries: drawn from facts, without anyone's boundaries."""

from __future__ import annotations

from typing import Any

from kansen import geography


def draw_map(areas: geography.Areas, level: str, view: str) -> dict[str, Any]:
    """TopoJSON of the level in that view (`schematic` or `hexagon`). Only levels that Kansen ships declare views."""
    return geography.hexagon_topology() if view == "hexagon" else geography.schematic_topology(level)
