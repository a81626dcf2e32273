"""The schematic map: borders from facts alone, when nobody's boundary file is at hand.

Every wijk (or postcode area) is a site with its surface as weight; their power diagram, cut to the schematic outline,
is dissolved to larger areas. Against the real municipal boundaries of 2023 the mean intersection over union is 0.75.
The edges are straight on purpose: it must be seen that they were not surveyed.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import shapely

from kansen.errors import AreaError
from kansen.geography.areas import load_areas
from kansen.geography.outline import Sites, outline, sites
from kansen.geography.power import cap_weights, nearest_site, power_edges
from kansen.geography.projection import to_lonlat, to_rd
from kansen.geography.topology import GRID, Topology, topology

ATTRIBUTION = {
    "nl": "Schematische grenzen, berekend uit punten en oppervlakten van CBS / Kadaster (CC BY 4.0)",
    "en": "Schematic boundaries, computed from points and surfaces of CBS / Kadaster (CC BY 4.0)",
}
_REACH = 600_000.0
_MARGIN = 5_000.0
"""Metres: how far the far sites lie, and how far beyond the land edges are kept."""
_LEAVES = {"pc4": "pc4", "pc3": "pc4"}
"""The level whose sites a level is dissolved from; wijken unless said otherwise."""


def _on_grid(geometry: np.ndarray) -> np.ndarray:
    """From RD metres to grid steps of longitude and latitude, not yet rounded."""
    return shapely.transform(geometry, lambda xy: np.column_stack(to_lonlat(xy[:, 0], xy[:, 1])) / GRID)


@cache
def _cells(level: str) -> tuple[shapely.Geometry, ...]:
    """The cells of the sites of `wijk` or `pc4`, in the order of their ids, in grid steps: a valid coverage."""
    own = sites(level)
    weights = cap_weights(own.surface / np.pi, own.points)
    land = outline()
    west, south, east, north = land.buffer(_MARGIN).bounds
    edges = [shapely.LineString(edge) for edge in power_edges(own.points, weights, _REACH)]
    near = [shapely.clip_by_rect(edge, west, south, east, north) for edge in edges]
    lines = [line for line in near if not line.is_empty]
    noded = shapely.union_all(_on_grid(np.array([*lines, land.boundary])), grid_size=1.0)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces)) * GRID
    places = np.column_stack(to_rd(inside[:, 0], inside[:, 1]))
    dry = shapely.contains_xy(land, places[:, 0], places[:, 1])
    faces, owner = faces[dry], nearest_site(places[dry], own.points, weights)
    owner = _rejoin(faces, owner, own)
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(own.ids) + 1))
    return tuple(shapely.coverage_union_all(faces[order[start:end]]) for start, end in pairwise(bounds))


def _rejoin(faces: np.ndarray, owner: np.ndarray, own: Sites) -> np.ndarray:
    """Give the pieces that water cuts off from their site to the neighbour they share most border with.

    A piece without any neighbour is an island and stays with its site.
    """
    tree = shapely.STRtree(faces)
    site = np.column_stack(to_lonlat(own.points[:, 0], own.points[:, 1])) / GRID
    home = np.full(len(own.ids), -1)
    held, holder = tree.query(shapely.points(site), predicate="intersects")
    mine = owner[holder] == held
    home[held[mine]] = holder[mine]
    main = np.zeros(len(faces), dtype=bool)
    main[home[home >= 0]] = True
    owner = owner.copy()
    loose = [int(face) for face in np.flatnonzero(~main) if home[owner[face]] >= 0]
    while loose:
        left = []
        for face in loose:
            near = tree.query(faces[face], predicate="intersects")
            near = near[main[near] & (near != face)]
            shared = shapely.length(shapely.intersection(faces[near], faces[face].boundary))
            if len(near) and shared.max() > 0:
                owner[face] = owner[near[shared.argmax()]]
                main[face] = True
            else:
                left.append(face)
        if len(left) == len(loose):
            break
        loose = left
    return owner


@cache
def schematic_shapes(level: str) -> dict[str, shapely.Geometry]:
    """The polygons of a level by area id, in steps of 0.0001 degree; neighbours have the same vertices.

    Raises `AreaError` for a level that the shipped tables do not have.
    """
    areas = load_areas()
    if level not in areas.levels:
        raise AreaError("There is no schematic map of this level", found=level, expected=", ".join(areas.levels))
    leaf = _LEAVES.get(level, "wijk")
    cells = np.array(_cells(leaf))
    if level == leaf:
        return dict(zip(areas.ids(level), cells, strict=True))
    belongs = areas.parent_index(leaf, level)
    return {
        area: shapely.coverage_union_all(cells[belongs == position]) for position, area in enumerate(areas.ids(level))
    }


@cache
def schematic_topology(level: str) -> Topology:
    """The schematic map of a level as TopoJSON: longitude and latitude, object named after the level.

    Each geometry has the area's id and the property `name`. The same bytes every time; treat it as read-only.
    """
    shapes = schematic_shapes(level)
    about = {"projection": "lonlat", "kind": "schematic", "attribution": ATTRIBUTION}
    return topology(level, list(shapes), load_areas().names(level), list(shapes.values()), about=about)
