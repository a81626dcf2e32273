"""The outline of the schematic map: where there is land, made from facts and a few hand-written shapes.

Every wijk and every postcode area puts a disc of its own surface on the map; what lies between the discs is closed,
schematic water and neighbouring countries (`data/water.toml`, own work) are cut away, schematic islands are put in.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import shapely

from kansen.geography.projection import to_rd
from kansen.geography.tables import read_table

_CLOSE = 2_500.0
"""Metres: gaps between discs narrower than twice this are land."""
_SMOOTH = 300.0
"""Metres: spikes, creeks and bends smaller than this are not drawn."""
_LAKE = 8e6
_ISLET = 5e6
"""Square metres: smaller holes are filled, smaller islands without a site are left out."""
_INLAND = 250.0
"""Metres: a site in schematic water, or nearer to it than this, is moved to the nearest place that far inland."""


@dataclass(frozen=True)
class Sites:
    """Areas as sites of a diagram: ids, points (RD metres, shape (n, 2)) and surfaces (square metres, shape (n,))."""

    ids: tuple[str, ...]
    points: np.ndarray
    surface: np.ndarray


@cache
def _known_sites(level: str) -> Sites:
    """The sites of the level `wijk` or `pc4` where the tables have them, sorted by id."""
    table, key = {"wijk": ("wijken", "code"), "pc4": ("pc4", "pc4")}[level]
    rows = sorted(read_table(table), key=lambda row: row[key])
    lon, lat, km2 = (np.array([float(row[c]) for row in rows]) for c in ("longitude", "latitude", "area_km2"))
    return Sites(tuple(row[key] for row in rows), np.column_stack(to_rd(lon, lat)), km2 * 1e6)


@cache
def _drawn(kind: str) -> shapely.Geometry:
    """The hand-written shapes of one kind (`water`, `land`, `abroad`) in RD metres."""
    text = files("kansen.geography").joinpath("data", "water.toml").read_text(encoding="utf-8")
    rings = [np.array(shape["points"]) for shape in tomllib.loads(text)[kind]]
    return shapely.union_all([shapely.Polygon(np.column_stack(to_rd(r[:, 0], r[:, 1]))) for r in rings])


@cache
def outline() -> shapely.MultiPolygon:
    """Where there is land, RD metres."""
    every = [_known_sites("wijk"), _known_sites("pc4")]
    points = np.array([shapely.Point(xy) for each in every for xy in each.points])
    radius = np.sqrt(np.concatenate([each.surface for each in every]) / np.pi)
    discs = shapely.union_all(shapely.buffer(points, radius, quad_segs=8))
    closed = discs.buffer(_CLOSE, quad_segs=4).buffer(-_CLOSE, quad_segs=4)
    dry = closed.difference(_drawn("water")).union(_drawn("land")).difference(_drawn("abroad"))
    smooth = dry.buffer(-_SMOOTH).buffer(2 * _SMOOTH).buffer(-_SMOOTH).simplify(_SMOOTH)
    tree = shapely.STRtree(points)
    kept = []
    for part in shapely.get_parts(smooth):
        holes = [hole for hole in part.interiors if shapely.polygons(hole).area > _LAKE]
        land = shapely.Polygon(part.exterior, holes)
        if land.area > _ISLET or len(tree.query(land, predicate="contains")):
            kept.append(land)
    return shapely.MultiPolygon(kept)


@cache
def sites(level: str) -> Sites:
    """The sites of the level `wijk` or `pc4`, sorted by id, every one of them on the land of `outline`."""
    known = _known_sites(level)
    inland = outline().buffer(-_INLAND)
    shapely.prepare(inland)
    points = known.points.copy()
    for wet in np.flatnonzero(~shapely.contains_xy(inland, points[:, 0], points[:, 1])):
        points[wet] = shapely.get_coordinates(shapely.shortest_line(inland, shapely.Point(points[wet])))[0]
    return Sites(known.ids, points, known.surface)
