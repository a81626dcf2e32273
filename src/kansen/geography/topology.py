"""TopoJSON from a coverage: areas that share a border share its arc.

The coordinates are whole numbers on a grid and neighbours have the same vertices along their common border, so shared
borders are found by equality and nothing is rounded twice. Format: TopoJSON specification 1.0.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

GRID = 1e-4
"""Degrees: the grid of longitude and latitude that maps are drawn on, about ten metres."""

Topology = dict[str, Any]


def topology(
    name: str,
    ids: Sequence[str],
    names: Sequence[str],
    shapes: Sequence[shapely.Geometry],
    grid: float = GRID,
    about: Mapping[str, Any] | None = None,
) -> Topology:
    """A TopoJSON topology with one object `name`.

    Parameters
    ----------
    ids, names : per area; the geometry's `id` and its property `name`.
    shapes : polygons or multipolygons whose coordinates are whole numbers of grid steps.
    grid : the size of a step, in the unit of the map.
    about : becomes the member `kansen`.
    """
    rings, members = _rings(shapes)
    if not rings:
        return _assemble(name, ids, names, [[] for _ in ids], [], np.zeros(2), grid, about)
    flat = np.concatenate(rings)
    origin = flat.min(axis=0)
    keys = (flat[:, 0] - origin[0]) * (1 << 32) + (flat[:, 1] - origin[1])
    vertices, which = np.unique(keys, return_inverse=True)
    corners = [which[start : start + len(ring)] for start, ring in zip(_starts(rings), rings, strict=True)]
    junction = _junctions(corners, len(vertices))
    arcs: dict[tuple[int, ...], int] = {}
    references = [_split(ring, junction, arcs) for ring in corners]
    where = np.column_stack([vertices >> 32, vertices & 0xFFFFFFFF])
    lines = [where[list(arc)] for arc in arcs]
    polygons: list[list[list[list[int]]]] = [[] for _ in ids]
    for (area, part, _), reference in zip(members, references, strict=True):
        if part == len(polygons[area]):
            polygons[area].append([])
        polygons[area][part].append(reference)
    return _assemble(name, ids, names, polygons, lines, origin, grid, about)


def _rings(shapes: Sequence[shapely.Geometry]) -> tuple[list[np.ndarray], list[tuple[int, int, int]]]:
    """Every ring without its closing point, and its (area, part, ring); rings wind clockwise, holes do not."""
    rings, members = [], []
    for area, shape in enumerate(shapes):
        parts = [part for part in shapely.get_parts(shape) if not part.is_empty]
        for part, polygon in enumerate(parts):
            oriented = shapely.orient_polygons(polygon, exterior_cw=True)
            for number, ring in enumerate([oriented.exterior, *oriented.interiors]):
                points = np.rint(shapely.get_coordinates(ring)).astype(np.int64)[:-1]
                keep = (points != np.roll(points, 1, axis=0)).any(axis=1)
                rings.append(points[keep])
                members.append((area, part, number))
    return rings, members


def _starts(rings: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(ring) for ring in rings])[:-1]])


def _junctions(rings: Sequence[np.ndarray], vertices: int) -> np.ndarray:
    """Where borders meet: vertices with other than two different neighbours."""
    a = np.concatenate(rings)
    b = np.concatenate([np.roll(ring, -1) for ring in rings])
    edges = np.unique(np.minimum(a, b) * vertices + np.maximum(a, b))
    degree = np.bincount(edges // vertices, minlength=vertices) + np.bincount(edges % vertices, minlength=vertices)
    return degree != 2


def _split(ring: np.ndarray, junction: np.ndarray, arcs: dict[tuple[int, ...], int]) -> list[int]:
    """Cut a ring at its junctions; returns the arcs' numbers (`~number` when walked backwards), adding new ones."""
    cuts = np.flatnonzero(junction[ring])
    if len(cuts) == 0:
        start = int(ring.argmin())
        cuts = np.array([start])
    walk = np.roll(ring, -cuts[0]).tolist()
    stops = [*(cuts - cuts[0]).tolist(), len(walk)]
    walk.append(walk[0])
    found = []
    for begin, end in pairwise(stops):
        forward = tuple(walk[begin : end + 1])
        backward = forward[::-1]
        if backward in arcs:
            found.append(~arcs[backward])
        else:
            found.append(arcs.setdefault(forward, len(arcs)))
    return found


def _assemble(
    name: str,
    ids: Sequence[str],
    names: Sequence[str],
    polygons: Sequence[list[list[list[int]]]],
    lines: Sequence[np.ndarray],
    origin: np.ndarray,
    grid: float,
    about: Mapping[str, Any] | None,
) -> Topology:
    geometries = []
    for id_, label, parts in zip(ids, names, polygons, strict=True):
        geometry: dict[str, Any] = {"type": None, "id": id_, "properties": {"name": label}}
        if len(parts) == 1:
            geometry |= {"type": "Polygon", "arcs": parts[0]}
        elif parts:
            geometry |= {"type": "MultiPolygon", "arcs": parts}
        geometries.append(geometry)
    decimals = max(0, int(np.ceil(-np.log10(grid))))
    far = np.max([line.max(axis=0) for line in lines], axis=0) if lines else np.zeros(2)
    low = [round(float(value) * grid, decimals) for value in origin]
    high = [round(float(value) * grid, decimals) for value in origin + far]
    return {
        "type": "Topology",
        **({"kansen": dict(about)} if about else {}),
        "bbox": [*low, *high],
        "transform": {"scale": [grid, grid], "translate": low},
        "objects": {name: {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [np.diff(line, axis=0, prepend=np.zeros((1, 2), np.int64)).tolist() for line in lines],
    }


def shapes_of(topo: Topology, name: str | None = None) -> dict[str, shapely.Geometry]:
    """The areas of a topology as polygons in map units, by id; `name` is the object (default: the first).

    Arcs that carry no transform are taken as they are. A geometry without `id` gets its position as text.
    """
    scale, shift = np.ones(2), np.zeros(2)
    if "transform" in topo:
        scale, shift = np.array(topo["transform"]["scale"]), np.array(topo["transform"]["translate"])
    lines = []
    for arc in topo["arcs"]:
        points = np.array(arc, dtype=np.float64)[:, :2]
        lines.append((points.cumsum(axis=0) * scale + shift) if "transform" in topo else points)

    def ring(numbers: Sequence[int]) -> np.ndarray:
        pieces = [lines[n] if n >= 0 else lines[~n][::-1] for n in numbers]
        return np.concatenate([pieces[0], *[piece[1:] for piece in pieces[1:]]])

    def polygon(parts: Sequence[Sequence[int]]) -> shapely.Polygon:
        return shapely.Polygon(ring(parts[0]), [ring(part) for part in parts[1:]])

    found: dict[str, shapely.Geometry] = {}
    for position, geometry in enumerate(geometries_of(topo, name)):
        arcs = geometry.get("arcs", [])
        parts = [arcs] if geometry["type"] == "Polygon" else arcs
        found[str(geometry.get("id", position))] = shapely.MultiPolygon([polygon(part) for part in parts])
    return found


def geometries_of(topo: Topology, name: str | None = None) -> list[dict[str, Any]]:
    """The geometry members of an object of a topology (default: the first)."""
    objects = topo["objects"]
    chosen = objects[name] if name is not None else next(iter(objects.values()))
    return chosen.get("geometries", [chosen])
