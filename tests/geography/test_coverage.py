"""Making areas fit together."""

from __future__ import annotations

import numpy as np
import shapely

from kansen.geography.coverage import fit_together, simplify_together


def test_overlaps_go_to_the_smaller_area_and_nothing_is_lost() -> None:
    shapes = np.array([shapely.box(0, 0, 100, 100), shapely.box(98, 0, 150, 100), shapely.box(20, 20, 30, 30)])
    fitted = fit_together(shapes, 1.0)
    assert shapely.coverage_is_valid(fitted)
    assert shapely.area(fitted).tolist() == [100 * 98 - 100, 5200, 100]


def test_coordinates_end_up_on_the_grid() -> None:
    shapes = np.array([shapely.box(0.2, 0.2, 10.4, 10.4), shapely.box(10.4, 0.2, 20.3, 10.4)])
    fitted = fit_together(shapes, 1.0)
    xy = shapely.get_coordinates(fitted)
    assert np.array_equal(xy, np.rint(xy))
    assert shapely.coverage_is_valid(fitted)


def test_an_area_that_collapses_is_empty() -> None:
    fitted = fit_together(np.array([shapely.box(0, 0, 10, 10), shapely.box(20, 20, 20.1, 20.1)]), 1.0)
    assert fitted[1].is_empty
    assert fitted[0].area == 100


def test_shared_borders_are_simplified_alike() -> None:
    x = np.linspace(0, 1e5, 2000)
    wave = np.column_stack([x, 5e4 + 300 * np.sin(x / 500)])
    south = shapely.Polygon([*wave, (1e5, 0), (0, 0)])
    north = shapely.Polygon([*wave, (1e5, 1e5), (0, 1e5)])
    simple = simplify_together(np.array([south, north]), most=500)
    assert shapely.get_num_coordinates(simple).sum() <= 500
    assert shapely.coverage_is_valid(simple)
    untouched = simplify_together(np.array([south, north]), most=10_000)
    assert untouched[0].equals(south)
