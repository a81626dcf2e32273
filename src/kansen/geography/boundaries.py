"""Real boundaries: from a file of the user's to a map that the server shows instead of the schematic one."""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from kansen.errors import AreaError
from kansen.files import atomic_path, write_json
from kansen.geography.areas import Areas, load_areas
from kansen.geography.changes import explain_history, successor
from kansen.geography.coverage import fit_together, simplify_together
from kansen.geography.formats import Features, read_features
from kansen.geography.projection import to_lonlat, to_rd
from kansen.geography.topology import GRID, topology
from kansen.progress import Progress, Quiet

ATTRIBUTION = "CBS / Kadaster, CC BY 4.0"

_ID_FIELDS = (
    "statcode",
    "gm_code",
    "gemeentecode",
    "gemeente_code",
    "wk_code",
    "wijkcode",
    "cr_code",
    "pv_code",
    "provinciecode",
    "postcode4",
    "pc4",
    "pc4_code",
    "postcode",
    "pc3",
    "postcode3",
    "code",
    "id",
)
_LAYERS = {
    "province": ("provincie",),
    "corop": ("corop",),
    "municipality": ("gemeente",),
    "wijk": ("wijk",),
    "pc4": ("postcode4", "pc4", "postcode"),
    "pc3": ("postcode3", "pc3"),
}
_CODES = {"municipality": ("GM", 4), "wijk": ("WK", 6), "corop": ("CR", 2), "province": ("PV", 2)}
_PRECISION = 0.5
"""Metres: the grid on which borders are made to fit before they are simplified."""


@dataclass(frozen=True)
class Report:
    """What an import did. `lines` tell it to a person."""

    level: str
    path: Path
    areas: int
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    lines: tuple[str, ...]


def boundaries_folder() -> Path:
    """Where imported boundaries are kept: `$KANSEN_DATA/boundaries`, or the platform's place for a user's data."""
    if os.environ.get("KANSEN_DATA"):
        return Path(os.environ["KANSEN_DATA"]) / "boundaries"
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "kansen" / "boundaries"


def find_boundaries(level: str, data_dir: Path | None = None) -> Path | None:
    """The imported map of a level (TopoJSON), or None."""
    path = (data_dir or boundaries_folder()) / f"{level}.topojson"
    return path if path.is_file() else None


def boundary_source(path: Path) -> str:
    """Whose boundaries an imported map shows: the text that must stand beside the map."""
    return str(json.loads(_sidecar(path).read_text(encoding="utf-8"))["attribution"])


def _sidecar(path: Path) -> Path:
    return path.with_suffix(".json")


def areas_import(
    path: Path,
    level: str | None = None,
    attribution: str | None = None,
    data_dir: Path | None = None,
    progress: Progress | None = None,
    areas: Areas | None = None,
) -> Report:
    """Import a boundary file and keep it as the map of its level.

    Parameters
    ----------
    path : GeoJSON, TopoJSON or GeoPackage; WGS84 or RD.
    level : which level the file has; recognised from the codes when left out.
    attribution : whose boundaries these are; CBS and Kadaster unless said otherwise.
    data_dir : where to keep the map; the user's data folder unless said otherwise.
    areas : the areas that the codes are held against; those that ship with Kansen unless said otherwise.

    Raises
    ------
    AreaError
        The file is no boundary file, broken, empty, in another projection, has no field with codes, mostly unknown
        codes, areas of several years, or borders that cross themselves beyond repair. Nothing is written then.
    """
    areas, progress = areas or load_areas(), progress or Quiet()
    if level is not None:
        areas.info(level)
    with progress.task("reading boundaries", unit="areas") as task:
        features = _without_water(path, read_features(path, lambda names: _layer_of(level, names)))
        task.advance(len(features.shapes))
    name, level, codes = _find_codes(path, features, areas, level)
    lines = [f"{len(codes)} features of {path.name}, level {level}, codes from the field {name}, {features.system}"]
    codes, told = _to_this_year(codes, areas, level)
    lines += told
    unknown = tuple(sorted({code for code in codes if not areas.has(code, level)}))
    _refuse_unknown(path, codes, unknown, areas, level)
    _refuse_several_years(path, features, codes)
    lines += [f"left out: {areas.explain_unknown(code, level)}" for code in unknown[:10]]
    if len(unknown) > 10:
        lines.append(f"left out: {len(unknown) - 10} more unknown codes")
    with progress.task("fitting borders together", unit="areas") as task:
        shapes, told = _repair(path, features.shapes, codes)
        lines += told
        drawn = _draw(_in_metres(shapes, features.system), codes, areas, level)
        task.advance(len(drawn))
    missing = tuple(area for area in areas.ids(level) if area not in drawn)
    if missing:
        shown = ", ".join(missing[:8]) + (", ..." if len(missing) > 8 else "")
        lines.append(f"not in the file: {len(missing)} of {len(areas.ids(level))} areas of this level ({shown})")
    target = (data_dir or boundaries_folder()) / f"{level}.topojson"
    source = attribution or ATTRIBUTION
    _write(target, level, drawn, areas, source, path, _year(path, features))
    lines.append(f"{len(drawn)} areas kept in {target}; shown with: {source}")
    return Report(level, target, len(drawn), unknown, missing, tuple(lines))


def _layer_of(level: str | None, names: Sequence[str]) -> str | None:
    """The layer of a GeoPackage for a level: generalised borders when there is a choice."""
    wanted = _LAYERS.get(level or "", (level or "",))
    fitting = [name for name in names if level and name.lower().startswith(wanted)]
    return min(fitting, key=lambda name: ("niet_gegeneraliseerd" in name.lower(), len(name), name), default=None)


def _without_water(path: Path, features: Features) -> Features:
    """Leave out the rows that CBS marks as water."""
    dry = np.array([_text(row.get("water", row.get("h2o", ""))).upper() != "JA" for row in features.properties])
    if not dry.any():
        raise AreaError("The boundary file has only water in it", where=path, expected="land")
    rows = tuple(row for row, keep in zip(features.properties, dry, strict=True) if keep)
    return Features(rows, features.shapes[dry], features.system)


def _text(value: Any) -> str:
    """A property as text; whole numbers without decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _code(value: Any, level: str) -> str:
    """A code as the area tables have it: the year in front dropped, lost letters and zeros put back."""
    text = re.sub(r"^(?:19|20)\d{2}(?=[A-Z]{2}\d)", "", _text(value).upper())
    if level in _CODES:
        letters, width = _CODES[level]
        digits = text.removeprefix(letters)
        if digits.isdigit():
            return letters + digits.zfill(width)
    return text


def _find_codes(path: Path, features: Features, areas: Areas, level: str | None) -> tuple[str, str, list[str]]:
    """The field, level and codes: those that name most different areas, a usual field name before another."""
    fields = list(dict.fromkeys(key for row in features.properties for key in row))
    usual = {name: rank for rank, name in enumerate(_ID_FIELDS)}
    best: tuple[tuple[int, int, int], str, str, list[str]] | None = None
    for field in fields:
        values = [row.get(field) for row in features.properties]
        for each in [level] if level else [name for name in areas.levels if len(areas.ids(name)) > 1]:
            codes = [_code(value, each) for value in values]
            known = len(set(codes) & set(areas.ids(each)))
            lettered = sum(_text(value)[:2].isalpha() for value in values)
            score = (known, lettered, -usual.get(field, len(usual)))
            if known and (best is None or score > best[0]):
                best = (score, field, each, codes)
    if best is None:
        raise AreaError(
            "No field has codes of areas" + (f" of the level {level}" if level else ""),
            where=path,
            found=", ".join(field for field in fields if any(row.get(field) is not None for row in features.properties))
            or "no fields",
            expected=f"a field such as {', '.join(_ID_FIELDS[:6])} or postcode4 with codes such as {_examples(areas)}",
        )
    return best[1:]


def _examples(areas: Areas) -> str:
    return ", ".join(areas.ids(level)[0] for level in areas.levels[-4:])


def _to_this_year(codes: list[str], areas: Areas, level: str) -> tuple[list[str], list[str]]:
    """Municipalities that have merged since count to their successor; the lines say which."""
    if level != "municipality":
        return codes, []
    moved = {c: new for c in codes if not areas.has(c, level) and (new := successor(c)) and areas.has(new, level)}
    lines = [f"of another year, joined: {explain_history(code)}" for code in sorted(moved)]
    return [moved.get(code, code) for code in codes], lines


def _refuse_unknown(path: Path, codes: Sequence[str], unknown: tuple[str, ...], areas: Areas, level: str) -> None:
    if 2 * len(unknown) > len(set(codes)):
        raise AreaError(
            f"Most codes are not areas of the level {level}",
            where=path,
            found="; ".join(str(areas.explain_unknown(code, level)) for code in unknown[:3]),
            expected=f"codes of {areas.vintage(level) or 'the hierarchy'} such as {areas.ids(level)[0]}",
        )


def _year(path: Path, features: Features) -> str:
    """The year of the boundaries, from the fields or the file's name; empty when neither tells."""
    for field, pattern in (("jrstatcode", r"^(\d{4})"), ("jaarcode", r"^(\d{4})$"), ("jaar", r"^(\d{4})$")):
        found = re.match(pattern, _text(features.properties[0].get(field)))
        if found:
            return found[1]
    named = re.search(r"(?<!\d)((?:19|20)\d{2})(?!\d)", path.stem)
    return named[1] if named else ""


def _refuse_several_years(path: Path, features: Features, codes: Sequence[str]) -> None:
    """Two rows for one area are its parts, unless they are the same area in different years."""
    years: dict[str, set[str]] = {}
    for code, row in zip(codes, features.properties, strict=True):
        years.setdefault(code, set()).add(_text(row.get("jrstatcode"))[:4] or _text(row.get("jaarcode")))
    mixed = sorted(code for code, found in years.items() if len(found) > 1)
    if mixed:
        raise AreaError(
            "The file has areas of several years",
            where=path,
            found=f"{mixed[0]} in {', '.join(sorted(years[mixed[0]]))}",
            expected="one year",
            todo="download one year only (jaarcode=2023)",
        )


def _repair(path: Path, shapes: np.ndarray, codes: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Mend borders that touch or cross themselves a little; what would change an area by more is refused."""
    broken = [row for row, shape in enumerate(shapes) if not shape.is_valid]
    if not broken:
        return shapes, []
    mended = shapes.copy()
    for row in broken:
        mended[row] = shapely.make_valid(shapes[row], method="structure", keep_collapsed=False)
        before, after = abs(_signed_area(shapes[row])), mended[row].area
        if after == 0 or abs(after - before) > 0.01 * after:
            raise AreaError(
                f"The border of {codes[row]} crosses itself",
                where=path,
                row=row + 1,
                found=shapely.is_valid_reason(shapes[row]),
                expected="a valid polygon",
                todo="repair the file, or use the one from PDOK",
            )
    named = ", ".join(codes[row] for row in broken[:8])
    return mended, [f"mended: {len(broken)} borders that touched or crossed themselves ({named})"]


def _signed_area(shape: Any) -> float:
    """The area with which the rings wind, holes included; a border that crosses itself loses some of it."""
    total = 0.0
    for part in shapely.get_parts(shape):
        for number, ring in enumerate([part.exterior, *part.interiors]):
            x, y = shapely.get_coordinates(ring).T
            size = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2
            total += size if number == 0 else -size
    return float(total)


def _in_metres(shapes: np.ndarray, system: str) -> np.ndarray:
    if system == "rd":
        return shapes
    return shapely.transform(shapes, lambda xy: np.column_stack(to_rd(xy[:, 0], xy[:, 1])))


def _draw(shapes: np.ndarray, codes: Sequence[str], areas: Areas, level: str) -> dict[str, Any]:
    """Polygons in grid steps of longitude and latitude, by area, in order of id; small enough for a browser."""
    index = areas.index(level)
    known = [code in index for code in codes]
    fitted = fit_together(shapes[known], _PRECISION)
    owner = np.array([index[code] for code in codes if code in index])
    present = np.unique(owner)
    whole = np.array([shapely.union_all(fitted[owner == area]) for area in present], dtype=object)
    simple = simplify_together(whole, most=15_000 + 22 * len(present))
    steps = shapely.transform(simple, lambda xy: np.column_stack(to_lonlat(xy[:, 0], xy[:, 1])) / GRID)
    drawn = fit_together(steps, 1.0)
    ids = areas.ids(level)
    return {ids[area]: shape for area, shape in zip(present, drawn, strict=True) if not shape.is_empty}


def _write(target: Path, level: str, drawn: dict[str, Any], areas: Areas, source: str, origin: Path, year: str) -> None:
    about = {"projection": "lonlat", "kind": "imported", "attribution": {"nl": source, "en": source}}
    names = [areas.name(area, level) for area in drawn]
    content = topology(level, list(drawn), names, list(drawn.values()), about=about)
    sidecar = {
        "level": level,
        "file": origin.name,
        "attribution": source,
        "vintage": year,
        "imported": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "areas": len(drawn),
    }
    write_json(_sidecar(target), sidecar)
    with atomic_path(target) as aside:
        aside.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
