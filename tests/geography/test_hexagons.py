"""The hexagon map: one equal hexagon for every municipality, roughly in its place."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
import shapely

from kansen.errors import AreaError
from kansen.geography import hexagon_topology, load_areas
from kansen.geography.hexagons import hexagon_neighbours
from kansen.geography.topology import shapes_of

areas = load_areas()


def test_one_equal_hexagon_each_without_overlap() -> None:
    topo = hexagon_topology()
    assert topo["kansen"]["projection"] == "planar"
    shapes = shapes_of(topo, "municipality")
    assert list(shapes) == list(areas.ids("municipality"))
    each = np.array(list(shapes.values()))
    assert np.allclose(shapely.area(each), shapely.area(each[0]))
    assert shapely.area(shapely.union_all(each)) == pytest.approx(shapely.area(each).sum())


def test_hexagons_stand_on_a_point_and_are_nearly_regular() -> None:
    shape = next(iter(shapes_of(hexagon_topology()).values()))
    west, south, east, north = shape.bounds
    assert (north - south) / (east - west) == pytest.approx(2 / np.sqrt(3), rel=0.02)


def test_neighbours_in_the_layout_touch_along_a_side() -> None:
    each = np.array(list(shapes_of(hexagon_topology()).values()))
    pairs = hexagon_neighbours()
    shared = shapely.length(shapely.intersection(each[pairs[:, 0]], each[pairs[:, 1]]))
    assert (shared > 0.7).all()
    touching = shapely.STRtree(each).query(each, predicate="touches")
    assert touching.shape[1] == 2 * len(pairs)


def test_north_is_up_and_east_is_right() -> None:
    shapes = shapes_of(hexagon_topology())
    centre = np.array([[shapes[i].centroid.x, shapes[i].centroid.y] for i in areas.ids("municipality")])
    table = areas.table("municipality")
    assert np.corrcoef(centre[:, 0], table.lon)[0, 1] > 0.9
    assert np.corrcoef(centre[:, 1], table.lat)[0, 1] > 0.9
    assert shapes["GM0448"].centroid.y > shapes["GM0363"].centroid.y > shapes["GM0935"].centroid.y


def test_small_and_of_one_level() -> None:
    assert len(gzip.compress(json.dumps(hexagon_topology(), separators=(",", ":")).encode())) < 30e3
    with pytest.raises(AreaError, match="no hexagon map"):
        hexagon_topology("wijk")
