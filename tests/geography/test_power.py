"""The power diagram against its definition."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kansen.geography.power import cap_weights, nearest_site, power_edges


def _cells(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    frame = shapely.box(0, 0, 1e5, 1e5)
    lines = [*shapely.linestrings(power_edges(points, weights, 1e6)), frame.boundary]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    return faces[shapely.within(shapely.point_on_surface(faces), frame)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_every_place_lies_in_the_cell_of_the_site_with_least_power(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.uniform(0, 1e5, (60, 2))
    weights = cap_weights(random.uniform(0, 2e8, 60), points)
    cells = _cells(points, weights)
    owner = nearest_site(shapely.get_coordinates(shapely.point_on_surface(cells)), points, weights)
    places = random.uniform(1e3, 9.9e4, (300, 2))
    power = ((places[:, None] - points) ** 2).sum(axis=2) - weights
    place, cell = shapely.STRtree(cells).query(shapely.points(places), predicate="within")
    assert len(place) > 290
    assert np.array_equal(owner[cell], power.argmin(axis=1)[place])


def test_capped_weights_leave_no_site_without_a_cell() -> None:
    random = np.random.default_rng(3)
    points = random.uniform(0, 1e5, (200, 2))
    heavy = random.uniform(0, 4e9, 200)
    hidden = set(range(200)) - set(nearest_site(points, points, heavy).tolist())
    assert hidden
    assert nearest_site(points, points, cap_weights(heavy, points)).tolist() == list(range(200))


def test_equal_weights_give_the_voronoi_diagram() -> None:
    points = np.random.default_rng(5).uniform(0, 1e5, (40, 2))
    ours = _cells(points, np.full(40, 1e6))
    voronoi = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.box(0, 0, 1e5, 1e5))
    )
    theirs = shapely.intersection(voronoi, shapely.box(0, 0, 1e5, 1e5))
    assert np.allclose(np.sort(shapely.area(ours)), np.sort(shapely.area(theirs)), rtol=1e-6)
