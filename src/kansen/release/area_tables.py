"""The `areas/` folder of a release: every area and what it lies in, so that a release explains itself."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.geography import Areas, Level, LevelTable, load_levels
from kansen.release.format import AREAS, HIERARCHY, LEVELS

_TEXTS = ("label", "singular", "definition")
_TUPLES = ("within", "views")


def write_areas(folder: Path, areas: Areas) -> None:
    """Write `areas/levels.json`, `areas/areas.parquet` and `areas/hierarchy.csv` into the release `folder`."""
    (folder / AREAS).parent.mkdir(parents=True, exist_ok=True)
    levels = [level_content(areas.info(level)) for level in areas.levels]
    (folder / LEVELS).write_bytes(orjson.dumps(levels, option=orjson.OPT_INDENT_2) + b"\n")
    pq.write_table(_table(areas), folder / AREAS, compression="zstd", compression_level=9)
    with (folder / HIERARCHY).open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(["child_type", "child_id", "parent_type", "parent_id"])
        rows.writerows(_relations(areas))


def write_hierarchy(path: Path, areas: Areas) -> None:
    """Write areas of someone's own as a csv that `geography.areas_from_hierarchy` reads back, with their names.

    An area that lies in no other but the whole has a row that says so.
    """
    with path.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(["child_type", "child_id", "parent_type", "parent_id", "child_name"])
        related: set[tuple[str, str]] = set()
        for child_type, child, parent_type, parent in _relations(areas):
            related.add((child_type, child))
            rows.writerow([child_type, child, parent_type, parent, areas.name(child, child_type)])
        whole = areas.levels[0]
        for level in areas.levels[1:]:
            for area, name in zip(areas.ids(level), areas.names(level), strict=True):
                if (level, area) not in related:
                    rows.writerow([level, area, whole, areas.ids(whole)[0], name])


def read_areas(folder: Path) -> Areas:
    """The areas of the release `folder`, as `geography` knows them."""
    table = pq.read_table(folder / AREAS)
    of_level = table["level"].to_numpy(zero_copy_only=False)
    tables: list[LevelTable] = []
    for content in orjson.loads((folder / LEVELS).read_bytes()):
        level = read_level(content)
        rows = table.filter(pa.array(of_level == level.id))
        tables.append(_level_table(level, rows, tables))
    return Areas(tables, shipped=tuple(table.level for table in tables) == load_levels())


def level_content(level: Level) -> dict[str, Any]:
    """A level as JSON."""
    content = {field.name: getattr(level, field.name) for field in fields(level)}
    return content | {name: dict(content[name]) for name in _TEXTS} | {name: list(content[name]) for name in _TUPLES}


def read_level(content: dict[str, Any]) -> Level:
    """Undo `level_content`."""
    texts = {name: MappingProxyType(content[name]) for name in _TEXTS}
    values: dict[str, Any] = content | texts | {name: tuple(content[name]) for name in _TUPLES}
    return Level(**values)


def _table(areas: Areas) -> pa.Table:
    parts = []
    for level in areas.levels:
        of = areas.table(level)
        columns = {
            "area": pa.array(of.ids, pa.string()),
            "level": pa.array([level] * len(of.ids), pa.string()),
            "name": pa.array(of.names, pa.string()),
            "population": pa.array(of.population, pa.float64(), from_pandas=True),
            "lon": pa.array(of.lon, pa.float64(), from_pandas=True),
            "lat": pa.array(of.lat, pa.float64(), from_pandas=True),
        }
        above = _above(areas, level)
        for name in areas.levels[:-1]:
            ids = areas.ids(name)
            parents = (
                [ids[i] if i >= 0 else None for i in above[name].tolist()] if name in above else [None] * len(of.ids)
            )
            columns[name] = pa.array(parents, pa.string())
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).combine_chunks()


def _above(areas: Areas, level: str) -> dict[str, NDArray[np.int32]]:
    """Positions of the areas that each area lies in, for every level that can be reached upwards."""
    found: dict[str, NDArray[np.int32]] = {}
    for name, direct in areas.table(level).parents.items():
        for further, positions in {name: None, **_above(areas, name)}.items():
            through = direct if positions is None else np.where(direct < 0, -1, positions[np.maximum(direct, 0)])
            found.setdefault(further, through)
    return found


def _relations(areas: Areas) -> Iterable[tuple[str, str, str, str]]:
    for level in areas.levels:
        table = areas.table(level)
        for above, positions in table.parents.items():
            ids = areas.ids(above)
            for child, i in zip(table.ids, positions.tolist(), strict=True):
                if i >= 0:
                    yield level, child, above, ids[i]


def _level_table(level: Level, rows: pa.Table, larger: list[LevelTable]) -> LevelTable:
    ids = tuple(rows["area"].to_pylist())
    tables = {table.level.id: table for table in larger}
    parents = {}
    for above in (*level.within, *([level.mostly_in] if level.mostly_in else ())):
        positions = [tables[above].index.get(parent, -1) for parent in rows[above].to_pylist()]
        parents[above] = _fixed(np.array(positions, dtype=np.int32))
    return LevelTable(
        level=level,
        ids=ids,
        names=tuple(rows["name"].to_pylist()),
        population=_numbers(rows["population"]),
        lon=_numbers(rows["lon"]),
        lat=_numbers(rows["lat"]),
        parents=MappingProxyType(parents),
        index=MappingProxyType({area: position for position, area in enumerate(ids)}),
    )


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return _fixed(np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64))


def _fixed(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values
