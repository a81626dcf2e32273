"""TopoJSON: what goes in comes out, and neighbours share arcs."""

from __future__ import annotations

import shapely

from kansen.geography.topology import shapes_of, topology

LEFT = shapely.box(0, 0, 10, 10)
RIGHT = shapely.box(10, 0, 20, 10)
HOLED = shapely.Polygon([(30, 0), (60, 0), (60, 30), (30, 30)], [[(40, 10), (50, 10), (50, 20), (40, 20)]])
INSIDE = shapely.box(40, 10, 50, 20)
TWO = shapely.MultiPolygon([shapely.box(0, 40, 5, 45), shapely.box(10, 40, 15, 45)])
SHAPES = [LEFT, RIGHT, HOLED, INSIDE, TWO]


def test_areas_come_back_the_same() -> None:
    topo = topology("x", list("abcde"), list("ABCDE"), SHAPES, grid=0.5)
    back = shapes_of(topo, "x")
    for id_, shape in zip("abcde", SHAPES, strict=True):
        assert back[id_].equals(shapely.transform(shape, lambda xy: xy * 0.5))
    assert [g["properties"]["name"] for g in topo["objects"]["x"]["geometries"]] == list("ABCDE")
    assert topo["bbox"] == [0, 0, 30, 22.5]


def test_a_common_border_is_one_arc() -> None:
    topo = topology("x", ["a", "b"], ["A", "B"], [LEFT, RIGHT])
    a, b = (g["arcs"][0] for g in topo["objects"]["x"]["geometries"])
    assert len(topo["arcs"]) == 3
    assert {arc for arc in a if ~arc in b}
    island = topology("x", ["c", "d"], ["C", "D"], [HOLED, INSIDE])
    assert len(island["arcs"]) == 2


def test_exteriors_wind_clockwise_and_holes_do_not() -> None:
    topo = topology("x", ["c"], ["C"], [shapely.reverse(HOLED)], grid=1.0)
    shape = shapely.get_parts(shapes_of(topo)["c"])[0]
    assert not shape.exterior.is_ccw
    assert shape.interiors[0].is_ccw


def test_an_empty_area_keeps_its_place() -> None:
    topo = topology("x", ["a", "e"], ["A", "E"], [LEFT, shapely.Polygon()])
    assert topo["objects"]["x"]["geometries"][1] == {"type": None, "id": "e", "properties": {"name": "E"}}
    assert topology("x", ["e"], ["E"], [shapely.Polygon()])["arcs"] == []
