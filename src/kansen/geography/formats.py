"""Read boundary files: GeoJSON, TopoJSON and GeoPackage, told apart by their content. Nothing but polygons."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from kansen.errors import AreaError
from kansen.geography.topology import geometries_of, shapes_of

_KINDS = "a GeoJSON, TopoJSON or GeoPackage file with polygons"
_OTHERS = {
    b"PK\x03\x04": ("a zip archive", "unpack it and give the file inside"),
    b"\x00\x00\x27\x0a": ("a shapefile", "convert it to GeoPackage (ogr2ogr, QGIS), or download it as one"),
}
_UNKNOWN = ("something else", None)
_SYSTEMS = {"28992": "rd", "4326": "lonlat", "4258": "lonlat", "CRS84": "lonlat"}


@dataclass(frozen=True)
class Features:
    """The polygons of a file, in the order and the coordinates of the file.

    `properties` has one dict per polygon, names in lower case; `shapes` the geometries, shape (features,);
    `system` is `lonlat` or `rd`.
    """

    properties: tuple[dict[str, Any], ...]
    shapes: np.ndarray
    system: str


def read_features(path: Path, wanted_layer: Callable[[Sequence[str]], str | None] | None = None) -> Features:
    """Read the polygons of a boundary file.

    `wanted_layer` chooses one of several layers of a GeoPackage by name (None: cannot choose). Raises `AreaError` for
    a file that is none of the known kinds, broken, empty, without polygons, or in another projection.
    """
    try:
        with path.open("rb") as handle:
            start = handle.read(64)
    except OSError as error:
        raise AreaError("The boundary file cannot be read", where=path, found=error.strerror) from None
    if start.startswith(b"SQLite format 3\x00"):
        properties, shapes, declared = _read_geopackage(path, wanted_layer)
    elif start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        properties, shapes, declared = _read_json(path)
    else:
        found, todo = next((told for magic, told in _OTHERS.items() if start.startswith(magic)), _UNKNOWN)
        found = found if start else "an empty file"
        raise AreaError("This is not a boundary file", where=path, found=found, expected=_KINDS, todo=todo)
    if not shapes:
        raise AreaError("The boundary file has no areas in it", where=path, found="0 features", expected=_KINDS)
    _refuse_other_shapes(path, shapes)
    array = np.array(shapes, dtype=object)
    lowered = tuple({str(key).lower(): value for key, value in row.items()} for row in properties)
    return Features(lowered, array, _system(path, array, declared))


def _refuse_other_shapes(path: Path, shapes: Sequence[Any]) -> None:
    for row, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            found = "no geometry" if shape is None or shape.is_empty else shape.geom_type
            todo = "choose the file or layer with areas, not the one with label points" if found == "Point" else None
            raise AreaError(
                "A feature is not an area", where=path, row=row, found=found, expected="polygons", todo=todo
            )


def _read_json(path: Path) -> tuple[list[dict[str, Any]], list[Any], str | None]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise AreaError("The boundary file is not UTF-8 text", where=path, found=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise AreaError(
            "The boundary file is broken JSON",
            where=path,
            row=error.lineno,
            found=f"{error.msg} at character {error.pos}",
            expected="a whole file",
            todo="download it again",
        ) from None
    kind = content.get("type")
    try:
        if kind == "Topology":
            return _read_topojson(content)
        if kind == "FeatureCollection":
            return _read_geojson(content)
    except (KeyError, IndexError, TypeError, ValueError, shapely.errors.GEOSException) as error:
        raise AreaError(
            "The boundary file does not follow its format", where=path, found=repr(error), expected=str(kind)
        ) from None
    raise AreaError(
        "This is not a boundary file", where=path, found=f'JSON with "type": {json.dumps(kind)}', expected=_KINDS
    )


def _read_geojson(content: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Any], str | None]:
    properties, shapes = [], []
    for feature in content["features"]:
        properties.append({"id": feature.get("id"), **(feature.get("properties") or {})})
        geometry = feature.get("geometry")
        shapes.append(shapely.force_2d(shapely.from_geojson(json.dumps(geometry))) if geometry else None)
    crs = content.get("crs")
    return properties, shapes, str(crs["properties"]["name"]) if crs else None


def _read_topojson(content: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Any], str | None]:
    properties, shapes = [], []
    for name in content["objects"]:
        geometries = geometries_of(content, name)
        properties += [{"id": each.get("id"), **(each.get("properties") or {})} for each in geometries]
        shapes += shapes_of(content, name).values()
    return properties, shapes, None


def _read_geopackage(
    path: Path, wanted_layer: Callable[[Sequence[str]], str | None] | None
) -> tuple[list[dict[str, Any]], list[Any], str | None]:
    try:
        with closing(sqlite3.connect(f"file:{path.resolve().as_posix()}?mode=ro", uri=True)) as database:
            layers = {
                str(table): (str(column), str(srs))
                for table, column, srs in database.execute(
                    "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c "
                    "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
                    "WHERE c.data_type = 'features' AND upper(g.geometry_type_name) NOT LIKE '%POINT%' "
                    "ORDER BY c.table_name"
                )
            }
            layer = _choose_layer(path, list(layers), wanted_layer)
            column, srs = layers[layer]
            cursor = database.execute(f'SELECT * FROM "{_quoted(layer)}"')
            fields = [str(part[0]) for part in cursor.description]
            rows = cursor.fetchall()
    except sqlite3.DatabaseError as error:
        raise AreaError(
            "The GeoPackage cannot be read", where=path, found=str(error), todo="download it again"
        ) from None
    place = fields.index(column)
    properties = [dict(zip(fields, row, strict=True)) | {column: None} for row in rows]
    return properties, [_from_geopackage(path, number, row[place]) for number, row in enumerate(rows, 1)], srs


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _choose_layer(path: Path, layers: Sequence[str], wanted_layer: Callable[[Sequence[str]], str | None] | None) -> str:
    if not layers:
        raise AreaError("The GeoPackage has no layer with areas", where=path, expected=_KINDS)
    if len(layers) == 1:
        return layers[0]
    chosen = wanted_layer(layers) if wanted_layer else None
    if chosen is None:
        raise AreaError(
            "The GeoPackage has several layers",
            where=path,
            found=", ".join(layers),
            todo="say which level to import with --level",
        )
    return chosen


_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


def _from_geopackage(path: Path, row: int, blob: bytes | None) -> Any:
    """A geometry in GeoPackage binary: a header (magic `GP`, version, flags, srs, envelope), then WKB."""
    if blob is None:
        return None
    if blob[:2] != b"GP" or len(blob) < 8:
        raise AreaError("A geometry of the GeoPackage is damaged", where=path, row=row, found=repr(blob[:8]))
    start = 8 + _ENVELOPE_BYTES.get((blob[3] >> 1) & 7, 0)
    try:
        return shapely.force_2d(shapely.from_wkb(blob[start:]))
    except shapely.errors.GEOSException as error:
        raise AreaError("A geometry of the GeoPackage is damaged", where=path, row=row, found=str(error)) from None


def _system(path: Path, shapes: Iterable[Any], declared: str | None) -> str:
    """`lonlat` or `rd`, by what the coordinates can be; what the file declares must be one of the two."""
    west, south, east, north = shapely.total_bounds(np.array(shapes))
    found = f"coordinates from {west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}"
    expected = "WGS84 (longitude, latitude) or RD (EPSG:28992)"
    if declared is not None:
        code = re.search(r"(CRS84|\d+)$", declared.strip())
        if code is None or code[1] not in _SYSTEMS:
            raise AreaError("The projection is not known", where=path, found=declared, expected=expected)
    if west > 49 and east < 55 and south > 2 and north < 9:
        raise AreaError(
            "Longitude and latitude have changed places", where=path, found=found, expected="longitude first"
        )
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return "lonlat"
    if west > -50_000 and east < 350_000 and south > 250_000 and north < 700_000:
        return "rd"
    raise AreaError("The projection is not known", where=path, found=found, expected=expected)
