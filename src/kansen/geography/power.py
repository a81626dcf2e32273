"""Power diagram (Laguerre-Voronoi): every place belongs to the site with the least squared distance minus weight.

Sites and weights are lifted to a paraboloid; the lower side of its convex hull is the regular triangulation, whose dual
is the diagram (Aurenhammer 1987, "Power diagrams: properties, algorithms and applications").
"""

from __future__ import annotations

import numpy as np


def power_edges(points: np.ndarray, weights: np.ndarray, reach: float) -> np.ndarray:
    """The edges of the power diagram.

    Parameters
    ----------
    points : sites, metres, shape (n, 2).
    weights : square metres, shape (n,).
    reach : metres; far sites are put at this distance so that every cell is bounded.

    Returns
    -------
    Edges as pairs of points, metres, shape (m, 2, 2), in a fixed order.
    """
    centre = points.mean(axis=0)
    scale = 1e-3
    far = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0), (0, -1.4), (0, 1.4), (-1.4, 0), (1.4, 0)])
    sites = np.vstack([(points - centre) * scale, far * reach * scale])
    weight = np.concatenate([weights * scale**2, np.zeros(len(far))])
    lifted = np.column_stack([sites, (sites**2).sum(axis=1) - weight])
    from scipy.spatial import ConvexHull  # here, because it takes long to load and few commands draw

    hull = ConvexHull(lifted)
    normal = hull.equations[:, :3]
    lower = normal[:, 2] < -1e-12
    corner = -normal[:, :2] / (2 * np.where(lower, normal[:, 2], 1.0)[:, None])
    own = np.repeat(np.arange(len(hull.simplices)), 3)
    other = hull.neighbors.ravel()
    keep = lower[own] & lower[other] & (own < other)
    edges = np.stack([corner[own[keep]], corner[other[keep]]], axis=1) / scale + centre
    return edges[np.lexsort(edges.reshape(-1, 4).T)]


def nearest_site(places: np.ndarray, points: np.ndarray, weights: np.ndarray, chunk: int = 1000) -> np.ndarray:
    """The site whose cell holds each place: int64, shape (places,)."""
    found = np.empty(len(places), dtype=np.int64)
    for start in range(0, len(places), chunk):
        part = places[start : start + chunk]
        power = (part[:, :1] - points[:, 0]) ** 2 + (part[:, 1:] - points[:, 1]) ** 2 - weights
        found[start : start + chunk] = power.argmin(axis=1)
    return found


def cap_weights(weights: np.ndarray, points: np.ndarray, share: float = 0.9, neighbours: int = 80) -> np.ndarray:
    """Lower weights until every site lies inside its own cell, so that no cell is empty.

    A site lies in its own cell when no other weight exceeds its own by the squared distance between them; `share` of
    that is allowed. Only the nearest `neighbours` are looked at, which is enough for weights of about the size of the
    cells. Returns square metres, shape (n,).
    """
    from scipy.spatial import KDTree

    distance, other = KDTree(points).query(points, k=min(neighbours, len(points)))
    allowed = share * distance**2
    capped = weights.astype(np.float64)
    while True:
        lower = capped.copy()
        np.minimum.at(lower, other.ravel(), (capped[:, None] + allowed).ravel())
        if np.array_equal(lower, capped):
            return capped
        capped = lower
