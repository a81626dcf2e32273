"""The hexagon map of municipalities: equal room for each, so that small towns can be seen.

The layout is a table (`data/hexagons.csv`): `x2` counts columns of half a hexagon (doubled-width coordinates:
neighbours in a row differ by 2, rows are shifted by 1), `row` counts from the north. Hexagons stand on a point.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from kansen.errors import AreaError
from kansen.geography.areas import load_areas
from kansen.geography.tables import read_table
from kansen.geography.topology import Topology, topology

ATTRIBUTION = {
    "nl": "Zeshoekenkaart: elke gemeente even groot, ongeveer op haar plaats; eigen ontwerp van Kansen",
    "en": "Hexagon map: every municipality the same size, roughly in its place; Kansen's own design",
}
_HALF_WIDTH, _HALF_SIDE = 7, 4
"""Grid steps. A side is 8 and a half width 7, so that corners are whole numbers; regular would be 6.93."""
_STEP = 0.1


def _hexagon(x2: int, row: int) -> shapely.Polygon:
    """The hexagon of a place in the layout, in grid steps, y to the north, clockwise from the top."""
    x, y = x2 * _HALF_WIDTH, -row * 3 * _HALF_SIDE
    corners = [(0, 2), (1, 1), (1, -1), (0, -2), (-1, -1), (-1, 1)]
    return shapely.Polygon([(x + dx * _HALF_WIDTH, y + dy * _HALF_SIDE) for dx, dy in corners])


@cache
def hexagon_topology(level: str = "municipality") -> Topology:
    """The hexagon map as TopoJSON in plane coordinates, y to the north; the object is named after the level.

    Raises `AreaError` for a level that has no layout.
    """
    if level != "municipality":
        raise AreaError("There is no hexagon map of this level", found=level, expected="municipality")
    rows = sorted(read_table("hexagons"), key=lambda row: row["code"])
    shapes = [_hexagon(int(row["x2"]), int(row["row"])) for row in rows]
    ids = [row["code"] for row in rows]
    areas = load_areas()
    areas.require(ids, level, where="hexagons.csv")
    about = {"projection": "planar", "kind": "hexagon", "attribution": ATTRIBUTION}
    return topology(level, ids, [areas.name(i) for i in ids], shapes, grid=_STEP, about=about)


def hexagon_neighbours() -> np.ndarray:
    """Positions in `ids("municipality")` of hexagons that touch: int64, shape (pairs, 2), each pair once."""
    rows = sorted(read_table("hexagons"), key=lambda row: row["code"])
    place = {(int(row["x2"]), int(row["row"])): position for position, row in enumerate(rows)}
    pairs = [
        (position, place[x2 + dx, y + dy])
        for (x2, y), position in place.items()
        for dx, dy in ((2, 0), (1, 1), (-1, 1))
        if (x2 + dx, y + dy) in place
    ]
    return np.array(sorted(pairs), dtype=np.int64)
