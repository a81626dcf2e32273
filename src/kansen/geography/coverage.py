"""Make areas fit together: one set of borders, no overlaps, on a grid, with no more detail than a map can show."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely


def fit_together(shapes: np.ndarray, grid: float) -> np.ndarray:
    """The same areas as a valid coverage on a grid.

    All borders are drawn on top of each other and cut where they cross; every piece goes to the area that it lies in
    (the smallest when several overlap). What collapses on the grid is empty afterwards.

    Parameters
    ----------
    shapes : polygons that may overlap a little, shape (areas,).
    grid : step of the grid, in the unit of the coordinates.

    Returns
    -------
    Polygons and multipolygons whose coordinates are multiples of `grid`, shape (areas,).
    """
    noded = shapely.union_all(shapely.boundary(shapes), grid_size=grid)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inside = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(shapes).query(inside, predicate="intersects")
    order = np.lexsort((area, shapely.area(shapes)[area], face))
    first = np.unique(face[order], return_index=True)[1]
    owner = np.full(len(faces), -1)
    owner[face[order][first]] = area[order][first]
    ranked = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[ranked], np.arange(len(shapes) + 1))
    return np.array(
        [
            shapely.coverage_union_all(faces[ranked[start:end]]) if end > start else shapely.Polygon()
            for start, end in pairwise(bounds)
        ],
        dtype=object,
    )


def simplify_together(shapes: np.ndarray, most: int) -> np.ndarray:
    """Simplify shared borders alike until no more than `most` vertices are left; coordinates in metres.

    Visvalingam-Whyatt on the borders of the coverage (`shapely.coverage_simplify`), with the tolerance raised from
    10 metres by a quarter until it is enough.
    """
    tolerance = 10.0
    found = shapes
    while shapely.get_num_coordinates(found).sum() > most and tolerance < 5_000:
        found = shapely.coverage_simplify(shapes, tolerance)
        tolerance *= 1.25
    return found
