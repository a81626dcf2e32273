"""RD and WGS84: known points, there and back, and the real file that is in RD."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kansen.geography.projection import to_lonlat, to_rd

METRES = np.array([68_000.0, 111_200.0])


@pytest.mark.parametrize(
    ("x", "y", "lon", "lat"),
    [
        (155_000.0, 463_000.0, 5.38720621, 52.15517440),  # the origin, Amersfoort
        (120_700.723, 487_525.502, 4.88352559, 52.37453253),  # the Westertoren, Amsterdam
    ],
)
def test_known_points_within_a_metre(x: float, y: float, lon: float, lat: float) -> None:
    found = np.array(to_lonlat(np.array(x), np.array(y)))
    assert np.hypot(*((found - [lon, lat]) * METRES)) < 1
    assert np.hypot(*(np.array(to_rd(np.array(lon), np.array(lat))) - [x, y])) < 1


@given(st.floats(10_000, 280_000), st.floats(305_000, 620_000))
def test_there_and_back_within_a_centimetre(x: float, y: float) -> None:
    back = to_rd(*to_lonlat(np.array(x), np.array(y)))
    assert np.hypot(back[0] - x, back[1] - y) < 0.01


def test_file_in_rd_agrees_with_the_same_file_in_degrees(shared: Path) -> None:
    def corners(name: str) -> list[np.ndarray]:
        content = json.loads((shared / "geo" / name).read_text(encoding="utf-8"))
        shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in content["features"]]
        return [shapely.get_coordinates(shape) for shape in shapes]

    for rd, degrees in zip(corners("provincie_2023_rd.geojson"), corners("provincie_2023.geojson"), strict=True):
        found = np.column_stack(to_lonlat(rd[:, 0], rd[:, 1]))
        # the file in degrees has five decimals, which is up to 0.7 m
        assert np.hypot(*((found - degrees) * METRES).T).max() < 1
