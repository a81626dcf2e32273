"""The schematic map: complete, without gaps or overlaps, small, the same every time, and like the Netherlands."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from kansen.errors import AreaError
from kansen.geography import load_areas, schematic_topology
from kansen.geography.projection import to_rd
from kansen.geography.schematic import schematic_shapes
from kansen.geography.topology import shapes_of

LEVELS = ("nl", "province", "corop", "municipality", "wijk", "pc3", "pc4")
MOST_KB = {"nl": 10, "province": 15, "corop": 20, "municipality": 60, "wijk": 250, "pc3": 100, "pc4": 320}


def _bytes(level: str) -> bytes:
    return json.dumps(schematic_topology(level), separators=(",", ":")).encode()


def _in_metres(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: np.column_stack(to_rd(xy[:, 0], xy[:, 1])))


def _real(shared: Path, name: str) -> dict[str, shapely.Geometry]:
    content = json.loads((shared / "geo" / name).read_text(encoding="utf-8"))
    return {
        f["properties"]["statcode"]: _in_metres(shapely.from_geojson(json.dumps(f["geometry"])))
        for f in content["features"]
    }


def _overlap(a: shapely.Geometry, b: shapely.Geometry) -> float:
    common = shapely.intersection(a, b).area
    return common / (a.area + b.area - common)


def _neighbours(shapes: dict[str, shapely.Geometry]) -> set[tuple[str, str]]:
    """Pairs that share at least 400 m of border; a real border may be mapped up to 60 m apart."""
    ids, each = list(shapes), np.array(list(shapes.values()))
    first, second = shapely.STRtree(each).query(each, predicate="dwithin", distance=60)
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.intersection(shapely.buffer(each[first], 60), shapely.boundary(each[second]))
    long = shapely.length(shared) > 400
    return {(ids[a], ids[b]) for a, b in zip(first[long], second[long], strict=True)}


@pytest.mark.parametrize("level", LEVELS)
def test_every_area_has_a_polygon_of_its_own(level: str) -> None:
    topo = schematic_topology(level)
    geometries = topo["objects"][level]["geometries"]
    assert [g["id"] for g in geometries] == list(load_areas().ids(level))
    assert [g["properties"]["name"] for g in geometries] == list(load_areas().names(level))
    assert {g["type"] for g in geometries} <= {"Polygon", "MultiPolygon"}
    assert topo["kansen"]["projection"] == "lonlat"
    assert topo["kansen"]["kind"] == "schematic"


@pytest.mark.parametrize("level", LEVELS)
def test_no_gaps_and_no_overlaps(level: str) -> None:
    shapes = np.array(list(schematic_shapes(level).values()))
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()
    assert shapely.coverage_is_valid(shapes)


def test_levels_nest() -> None:
    areas = load_areas()
    wijken, municipalities = schematic_shapes("wijk"), schematic_shapes("municipality")
    for area in ("GM0363", "GM0448", "GM1992", "GM0820"):
        parts = shapely.union_all([wijken[child.id] for child in areas.children(area, "wijk")])
        assert parts.symmetric_difference(municipalities[area]).area == 0


def test_country_has_no_hole_but_the_grevelingen_and_only_real_islands() -> None:
    parts = shapely.get_parts(next(iter(schematic_shapes("nl").values())))
    assert sum(len(part.interiors) for part in parts) <= 1
    assert len(parts) <= 10


@pytest.mark.parametrize("area", ["GM0448", "GM0096", "GM0093", "GM0060", "GM0088"])
def test_wadden_islands_are_islands(area: str) -> None:
    shapes = schematic_shapes("municipality")
    rest = shapely.union_all([shape for other, shape in shapes.items() if other != area])
    assert shapes[area].geom_type == "Polygon"
    assert shapely.distance(shapes[area], rest) > 100


@pytest.mark.parametrize("level", LEVELS)
def test_small_enough_for_a_browser(level: str) -> None:
    assert len(gzip.compress(_bytes(level), 9)) <= 1000 * MOST_KB[level]


def test_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib, json; from kansen.geography import schematic_topology as s;"
        "print(hashlib.sha256(json.dumps(s('municipality'), separators=(',', ':')).encode()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(_bytes("municipality")).hexdigest()


def test_unknown_level_is_refused() -> None:
    with pytest.raises(AreaError, match="no schematic map"):
        schematic_topology("buurt")


def test_like_the_real_municipalities(shared: Path) -> None:
    real = _real(shared, "gemeente_2023.geojson")
    ours = {id_: _in_metres(shape) for id_, shape in shapes_of(schematic_topology("municipality")).items()}
    assert np.mean([_overlap(ours[id_], real[id_]) for id_ in real]) >= 0.74
    country = _overlap(shapely.union_all(list(ours.values())), shapely.union_all(list(real.values())))
    assert country >= 0.95
    found, true = _neighbours(ours), _neighbours(real)
    assert 2 * len(found & true) / (len(found) + len(true)) >= 0.93


@pytest.mark.parametrize(
    ("level", "name", "least"), [("corop", "corop_2023", 0.86), ("province", "provincie_2023", 0.9)]
)
def test_like_the_real_regions(shared: Path, level: str, name: str, least: float) -> None:
    real = _real(shared, f"{name}.geojson")
    ours = {id_: _in_metres(shape) for id_, shape in shapes_of(schematic_topology(level)).items()}
    assert np.mean([_overlap(ours[id_], real[id_]) for id_ in real]) >= least
