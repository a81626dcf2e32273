"""Importing real boundaries: every file at hand, every way to be wrong, and nothing half-written."""

from __future__ import annotations

import gzip
import json
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from kansen.errors import AreaError
from kansen.geography import areas_import, boundaries_folder, boundary_source, find_boundaries, load_areas
from kansen.geography.projection import to_rd
from kansen.geography.schematic import schematic_topology
from kansen.geography.topology import shapes_of

PROVINCES = shapes_of(schematic_topology("province"))


def _collection(shapes: dict[Any, shapely.Geometry], field: str = "statcode", **more: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {field: code}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in shapes.items()
    ]
    return {"type": "FeatureCollection", "features": features, **more}


def _write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def _squares(codes: list[Any]) -> dict[Any, shapely.Geometry]:
    return {code: shapely.box(5 + i / 20, 52, 5 + (i + 1) / 20, 52.05) for i, code in enumerate(codes)}


def _in_metres(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: np.column_stack(to_rd(xy[:, 0], xy[:, 1])))


def _geopackage(path: Path, layers: dict[str, dict[str, shapely.Geometry]], srs: int = 28992) -> Path:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
        database.execute(
            "CREATE TABLE gpkg_geometry_columns "
            "(table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER)"
        )
        for name, shapes in layers.items():
            kind = "POINT" if name.endswith("labelpoint") else "MULTIPOLYGON"
            database.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", (name,))
            database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?)", (name, kind, srs))
            database.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY, geom BLOB, statcode TEXT)')
            for code, shape in shapes.items():
                west, south, east, north = shape.bounds
                header = b"GP\x00\x03" + struct.pack("<i4d", srs, west, east, south, north)
                row = (header + shapely.to_wkb(shape), code)
                database.execute(f'INSERT INTO "{name}" (geom, statcode) VALUES (?, ?)', row)
    database.close()
    return path


FILES = {
    "gemeente_2023.geojson": ("municipality", 342, 60),
    "gemeente_2022.geojson": ("municipality", 342, 60),
    "wijk_2022.geojson": ("wijk", 3340, 300),
    "corop_2023.geojson": ("corop", 40, 60),
    "provincie_2023.geojson": ("province", 12, 60),
    "provincie_2023_rd.geojson": ("province", 12, 60),
    "pc4_2020.geojson": ("pc4", 4067, 350),
}


@pytest.mark.parametrize("name", FILES)
def test_real_files(shared: Path, tmp_path: Path, name: str) -> None:
    level, count, most_kb = FILES[name]
    report = areas_import(shared / "geo" / name, data_dir=tmp_path)
    assert (report.level, report.areas, report.missing, report.unknown) == (level, count, (), ())
    assert len(gzip.compress(report.path.read_bytes(), 9)) < most_kb * 1000
    topo = json.loads(report.path.read_text(encoding="utf-8"))
    steps = [shapely.transform(s, lambda xy: np.rint(xy * 1e4)) for s in shapes_of(topo, level).values()]
    assert shapely.is_valid(steps).all()
    assert shapely.coverage_is_valid(np.array(steps))
    key = "postcode4" if level == "pc4" else "statcode"
    content = json.loads((shared / "geo" / name).read_text(encoding="utf-8"))
    if "crs" not in content:
        real = {
            f["properties"][key]: shapely.make_valid(shapely.from_geojson(json.dumps(f["geometry"])))
            for f in content["features"]
        }
        ours = shapes_of(topo, level)
        same = [c for c in ours if c in real and c not in ("GM0363", "GM1992")]
        alike = [ours[c].intersection(real[c]).area / ours[c].union(real[c]).area for c in same if real[c].area > 1e-5]
        assert np.mean(alike) > 0.97


def test_file_of_another_year_is_joined_and_explained(shared: Path, tmp_path: Path) -> None:
    lines = "\n".join(areas_import(shared / "geo" / "gemeente_2022.geojson", data_dir=tmp_path).lines)
    assert "GM0457 Weesp merged into GM0363 Amsterdam on 2022-03-24" in lines
    assert "GM0501 Brielle merged into GM1992 Voorne aan Zee on 2023-01-01" in lines


def test_import_writes_map_and_sidecar(tmp_path: Path) -> None:
    file = _write(tmp_path / "provincie_2023.geojson", _collection(PROVINCES))
    report = areas_import(file, attribution="Someone, CC0", data_dir=tmp_path / "kept")
    assert find_boundaries("province", tmp_path / "kept") == report.path
    assert boundary_source(report.path) == "Someone, CC0"
    sidecar = json.loads(report.path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (sidecar["vintage"], sidecar["file"], sidecar["areas"]) == ("2023", "provincie_2023.geojson", 12)
    topo = json.loads(report.path.read_text(encoding="utf-8"))
    assert topo["kansen"] == {
        "projection": "lonlat",
        "kind": "imported",
        "attribution": {"nl": "Someone, CC0", "en": "Someone, CC0"},
    }
    assert topo["objects"]["province"]["geometries"][0]["properties"]["name"] == "Groningen"


def test_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANSEN_DATA", str(tmp_path))
    assert boundaries_folder() == tmp_path / "boundaries"
    assert find_boundaries("province") is None
    areas_import(_write(tmp_path / "p.geojson", _collection(PROVINCES)))
    assert find_boundaries("province") == tmp_path / "boundaries" / "province.topojson"


def test_topojson_and_geopackage_give_the_same_map_as_geojson(tmp_path: Path) -> None:
    first = _write(tmp_path / "a.geojson", _collection(PROVINCES))
    second = _write(tmp_path / "a.topojson", schematic_topology("province"))
    third = _geopackage(tmp_path / "a.gpkg", {"provincie": PROVINCES}, srs=4326)
    maps = []
    for file in (first, second, third):
        report = areas_import(file, data_dir=tmp_path / file.suffix[1:])
        assert report.areas == 12
        maps.append(report.path.read_bytes())
    assert maps[0] == maps[1] == maps[2]


def test_geopackage_in_rd_with_several_layers(tmp_path: Path) -> None:
    metres = {code: _in_metres(shape) for code, shape in PROVINCES.items()}
    points = {code: shape.representative_point() for code, shape in metres.items()}
    layers = {
        "provincie_niet_gegeneraliseerd_2023": metres,
        "provincie_gegeneraliseerd_2023": metres,
        "provincie_labelpoint": points,
        "landsdeel_gegeneraliseerd": metres,
    }
    file = _geopackage(tmp_path / "cbs.gpkg", layers)
    with pytest.raises(AreaError, match="several layers"):
        areas_import(file, data_dir=tmp_path)
    report = areas_import(file, level="province", data_dir=tmp_path)
    assert report.areas == 12
    ours = shapes_of(json.loads(report.path.read_text(encoding="utf-8")))
    for code, shape in PROVINCES.items():
        assert shape.symmetric_difference(ours[code]).area / shape.area < 0.01


@pytest.mark.parametrize(
    ("field", "codes", "level", "ids"),
    [
        ("postcode", [1011, 1012, 1013], "pc4", {"1011", "1012", "1013"}),
        ("postcode", [1011.0, 1012.0], "pc4", {"1011", "1012"}),
        ("gemeentecode", ["GM0363", "GM0344"], "municipality", {"GM0363", "GM0344"}),
        ("code", [363, 344], "municipality", {"GM0363", "GM0344"}),
        ("jrstatcode", ["2023GM0363", "2023GM0344"], "municipality", {"GM0363", "GM0344"}),
        ("wk_code", ["WK036344", "wk036345"], "wijk", {"WK036344", "WK036345"}),
    ],
)
def test_codes_in_many_guises(tmp_path: Path, field: str, codes: list[Any], level: str, ids: set[str]) -> None:
    file = _write(tmp_path / "x.geojson", _collection(_squares(codes), field))
    report = areas_import(file, level=level if field == "code" else None, data_dir=tmp_path)
    assert report.level == level
    assert set(shapes_of(json.loads(report.path.read_text(encoding="utf-8")))) == ids


def test_water_is_left_out_and_parts_of_an_area_are_joined(tmp_path: Path) -> None:
    content = _collection(_squares(["GM0363", "GM0344", "GM0345", "GM0392"]))
    for feature, water in zip(content["features"], ["NEE", "NEE", "JA", "NEE"], strict=True):
        feature["properties"]["H2O"] = water
    content["features"][3]["properties"]["statcode"] = "GM0363"
    report = areas_import(_write(tmp_path / "x.geojson", content), data_dir=tmp_path)
    assert report.areas == 2
    ours = shapes_of(json.loads(report.path.read_text(encoding="utf-8")))
    assert len(shapely.get_parts(ours["GM0363"])) == 2


def test_unknown_codes_are_left_out_and_told(tmp_path: Path) -> None:
    file = _write(tmp_path / "x.geojson", _collection(_squares(["GM0363", "GM0344", "GM9999"])))
    report = areas_import(file, data_dir=tmp_path)
    assert report.unknown == ("GM9999",)
    assert any("GM9999" in line and "left out" in line for line in report.lines)
    assert any("340 of 342 areas" in line for line in report.lines)


def test_small_fault_in_a_border_is_mended_and_told(tmp_path: Path) -> None:
    spike = shapely.Polygon([(5, 52), (5.1, 52), (5.1, 52.1), (5.1, 52.2), (5.1, 52.1), (5, 52.1)])
    assert not spike.is_valid
    file = _write(tmp_path / "x.geojson", _collection({"GM0363": spike, "GM0344": shapely.box(5.1, 52, 5.2, 52.1)}))
    report = areas_import(file, data_dir=tmp_path)
    assert report.areas == 2
    assert any("mended: 1" in line and "GM0363" in line for line in report.lines)


BOW_TIE = shapely.Polygon([(5, 52), (5.1, 52.1), (5.1, 52), (5, 52.1)])
WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda path: None, "cannot be read"),
    "empty file": (lambda path: path.write_bytes(b""), "not a boundary file"),
    "an image": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100)), "not a boundary file"),
    "a zip archive": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)), "unpack it"),
    "a shapefile": (lambda path: path.write_bytes(b"\x00\x00\x27\x0a" + bytes(100)), "convert it to GeoPackage"),
    "broken JSON": (lambda path: _write(path, json.dumps(_collection(PROVINCES))[:5000]), "broken JSON"),
    "latin-1": (lambda path: path.write_bytes('{"type": "Fryslân"}'.encode("latin-1")), "not UTF-8"),
    "other JSON": (lambda path: _write(path, {"type": "Style", "layers": []}), "not a boundary file"),
    "no features": (lambda path: _write(path, _collection({})), "no areas in it"),
    "no geometry": (
        lambda path: _write(
            path,
            {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": None}]},
        ),
        "not an area",
    ),
    "points": (
        lambda path: _write(path, _collection({"GM0363": shapely.Point(5, 52)})),
        "not the one with label points",
    ),
    "features missing": (lambda path: _write(path, {"type": "FeatureCollection"}), "does not follow its format"),
    "damaged topology": (
        lambda path: _write(path, {**schematic_topology("province"), "arcs": []}),
        "does not follow its format",
    ),
    "no codes": (lambda path: _write(path, _collection(_squares(["Elm", "Oak"]), "name")), "No field has codes"),
    "unknown codes": (
        lambda path: _write(path, _collection(_squares(["GM0363", "GM9998", "GM9999", "GM9997"]))),
        "Most codes are not areas",
    ),
    "latitude first": (
        lambda path: _write(path, _collection({"GM0363": shapely.box(52, 5, 52.1, 5.1)})),
        "changed places",
    ),
    "web mercator": (
        lambda path: _write(path, _collection({"GM0363": shapely.box(540_000, 6_850_000, 550_000, 6_860_000)})),
        "projection is not known",
    ),
    "declared mercator": (
        lambda path: _write(
            path,
            _collection(
                _squares(["GM0363"]), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
            ),
        ),
        "projection is not known",
    ),
    "crosses itself": (
        lambda path: _write(path, _collection({"GM0363": BOW_TIE, "GM0344": shapely.box(6, 52, 6.1, 52.1)})),
        "crosses itself",
    ),
    "several years": (
        lambda path: _write(
            path,
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"statcode": "GM0363", "jrstatcode": f"{year}GM0363"},
                        "geometry": json.loads(shapely.to_geojson(shapely.box(5, 52, 5.1, 52.1))),
                    }
                    for year in (2022, 2023)
                ],
            },
        ),
        "several years",
    ),
    "damaged database": (
        lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(200)),
        "GeoPackage cannot be read",
    ),
    "no layer": (lambda path: _geopackage(path, {}), "no layer with areas"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_give_one_clear_message_and_write_nothing(tmp_path: Path, case: str) -> None:
    make, told = WRONG[case]
    file = tmp_path / "x.geojson"
    make(file)
    with pytest.raises(AreaError, match=told) as caught:
        areas_import(file, data_dir=tmp_path / "kept")
    assert str(file) in str(caught.value)
    assert not (tmp_path / "kept").exists()


def test_wrong_level_is_refused_before_reading(tmp_path: Path) -> None:
    with pytest.raises(AreaError, match="level does not exist"):
        areas_import(tmp_path / "none.geojson", level="buurt", data_dir=tmp_path)


def test_codes_of_another_level_than_asked_for(tmp_path: Path) -> None:
    file = _write(tmp_path / "p.geojson", _collection(PROVINCES))
    with pytest.raises(AreaError, match="of the level wijk"):
        areas_import(file, level="wijk", data_dir=tmp_path)


def test_failed_import_keeps_the_earlier_map(tmp_path: Path) -> None:
    kept = areas_import(_write(tmp_path / "p.geojson", _collection(PROVINCES)), data_dir=tmp_path).path
    before = kept.read_bytes()
    with pytest.raises(AreaError):
        areas_import(_write(tmp_path / "q.geojson", _collection({"PV20": BOW_TIE})), data_dir=tmp_path)
    assert kept.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_area_tables_and_imported_map_agree(tmp_path: Path) -> None:
    report = areas_import(_write(tmp_path / "p.geojson", _collection(PROVINCES)), data_dir=tmp_path)
    topo = json.loads(report.path.read_text(encoding="utf-8"))
    assert [g["id"] for g in topo["objects"]["province"]["geometries"]] == list(load_areas().ids("province"))
