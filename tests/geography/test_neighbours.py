"""Neighbours on a map."""

from __future__ import annotations

import shapely

from kansen.geography import load_areas, neighbours, schematic_topology
from kansen.geography.topology import topology


def test_neighbours_share_a_line_not_a_point() -> None:
    squares = [shapely.box(x, y, x + 1, y + 1) for x, y in [(0, 0), (1, 0), (1, 1), (5, 5)]]
    topo = topology("level", ["a", "b", "c", "d"], ["A", "B", "C", "D"], squares, grid=1.0)
    assert neighbours(topo, {"a": 0, "b": 1, "c": 2, "d": 3}).tolist() == [[0, 1], [1, 2]]
    assert neighbours(topo, {"a": 0, "c": 1}).tolist() == []


def test_municipalities_have_neighbours_and_the_islands_have_none() -> None:
    areas = load_areas()
    index = areas.index("municipality")
    pairs = neighbours(schematic_topology("municipality"), index)
    touched = {areas.ids("municipality")[i] for i in pairs.ravel().tolist()}
    assert {"GM0448", "GM0093"} & touched == set()  # Texel, Terschelling
    near = {tuple(sorted(pair)) for pair in pairs.tolist()}
    assert tuple(sorted((index["GM0363"], index["GM0362"]))) in near  # Amsterdam and Amstelveen
    assert 4 < 2 * len(pairs) / len(index) < 7
