"""Areas and what lies in what: the tables that ship with Kansen, or a hierarchy that someone brings along.

Everything is columnar: a level has its ids in sorted order, and every other column (names, parents, population, points)
follows that order, so an index into `ids(level)` is all that a kernel needs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kansen.errors import AreaError
from kansen.geography.levels import Level, Text, load_levels
from kansen.geography.tables import read_table
from kansen.geography.unknown import explain

WHOLE = "NL"
"""The one area of the level `nl`: everything together."""


@dataclass(frozen=True)
class Area:
    """One area. `population` and the point are None where not known."""

    id: str
    name: str
    level: str
    population: int | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class LevelTable:
    """The areas of one level, sorted by id.

    Attributes
    ----------
    level : what the level is.
    ids, names : text, shape (areas,).
    population : people, float64, shape (areas,); NaN where not known.
    lon, lat : WGS84 degrees of one point inside, float64, shape (areas,); NaN where not known.
    parents : per level that this one lies in (or mostly in), int32 positions in that level's ids, shape (areas,);
        -1 where there is none.
    """

    level: Level
    ids: tuple[str, ...]
    names: tuple[str, ...]
    population: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    parents: Mapping[str, np.ndarray]
    index: Mapping[str, int] = field(repr=False)


class Areas:
    """All areas of all levels. Made by `load_areas` or `areas_from_hierarchy`; nothing in it changes.

    >>> areas = load_areas()
    >>> areas.name("WK036386"), [area.name for area in areas.parents("WK036386")][0]
    ('Overtoomse Veld', 'Amsterdam')
    """

    def __init__(self, tables: Iterable[LevelTable], shipped: bool = False) -> None:
        self._tables = {table.level.id: table for table in tables}
        self._shipped = shipped

    # levels

    @property
    def shipped(self) -> bool:
        """Whether these are the Dutch areas that ship with Kansen, of whose codes other years are known too."""
        return self._shipped

    @property
    def levels(self) -> tuple[str, ...]:
        """Ids of the levels, from large to small."""
        return tuple(self._tables)

    def table(self, level: str) -> LevelTable:
        """The areas of one level as columns."""
        try:
            return self._tables[level]
        except KeyError:
            raise AreaError("This area level does not exist", found=level, expected=", ".join(self._tables)) from None

    def info(self, level: str) -> Level:
        """What a level is: labels, definition, vintage."""
        return self.table(level).level

    def vintage(self, level: str) -> str:
        """The year of the areas of a level."""
        return self.info(level).vintage

    def chains(self) -> tuple[tuple[str, ...], ...]:
        """The levels in chains from small to large, each level once.

        Within a chain every area lies entirely in one area of each later level. The first chain ends in the whole.

        >>> load_areas().chains()
        (('wijk', 'municipality', 'corop', 'province', 'nl'), ('pc4', 'pc3'))
        """
        inner = {above for table in self._tables.values() for above in table.level.within}
        taken: set[str] = set()
        found = []
        for level in self._tables:
            if level in inner:
                continue
            chain = [level, *(name for name in reversed(self.levels) if name in self._above(level))]
            found.append(tuple(name for name in chain if name not in taken))
            taken.update(chain)
        return tuple(found)

    def _above(self, level: str) -> set[str]:
        found: set[str] = set()
        for above in self.info(level).within:
            found |= {above} | self._above(above)
        return found

    def lies_in(self, level: str, above: str) -> bool:
        """Whether every area of a level lies entirely in one area of another, larger level."""
        return above in self._above(level)

    # columns

    def ids(self, level: str) -> tuple[str, ...]:
        """Ids of a level, sorted."""
        return self.table(level).ids

    def names(self, level: str) -> tuple[str, ...]:
        """Names in the order of `ids`."""
        return self.table(level).names

    def index(self, level: str) -> Mapping[str, int]:
        """Position of each id in `ids(level)`."""
        return self.table(level).index

    def parent_index(self, level: str, above: str) -> np.ndarray:
        """Position in `ids(above)` of the area of `above` that each area of `level` lies in.

        Returns int32, shape (areas,); -1 where not known. Levels further up are reached through those between.
        """
        table = self.table(level)
        if above in table.parents:
            return table.parents[above]
        for between in table.level.within:
            if above in self._above(between):
                first, rest = self.parent_index(level, between), self.parent_index(between, above)
                return np.where(first < 0, -1, rest[np.maximum(first, 0)]).astype(np.int32)
        raise AreaError(f"Areas of the level {level} do not lie in areas of the level {above}")

    # single areas

    def level(self, area: str) -> str:
        """The level of an area id; `AreaError` when there is no such area."""
        for level, table in self._tables.items():
            if area in table.index:
                return level
        raise self._unknown(area, None)

    def has(self, area: str, level: str | None = None) -> bool:
        """Whether the area exists (at this level)."""
        levels = self._tables if level is None else (level,)
        return any(area in self.table(name).index for name in levels)

    def area(self, area: str, level: str | None = None) -> Area:
        """One area by its id; `AreaError` says what became of an unknown code."""
        table = self.table(level or self.level(area))
        if area not in table.index:
            raise self._unknown(area, table.level.id)
        i = table.index[area]
        known = not np.isnan(table.lon[i])
        return Area(
            id=area,
            name=table.names[i],
            level=table.level.id,
            population=None if np.isnan(table.population[i]) else int(table.population[i]),
            lon=float(table.lon[i]) if known else None,
            lat=float(table.lat[i]) if known else None,
        )

    def name(self, area: str, level: str | None = None) -> str:
        """The name of an area."""
        return self.area(area, level).name

    def parents(self, area: str, level: str | None = None) -> tuple[Area, ...]:
        """The areas that an area lies in, from small to large; a level it is only mostly in comes with its own parents.

        >>> [parent.id for parent in load_areas().parents("WK036386")]
        ['GM0363', 'CR23', 'PV27', 'NL']
        """
        start = self.area(area, level)
        found: dict[str, Area] = {}
        for above, position in self.table(start.level).parents.items():
            i = int(position[self.table(start.level).index[area]])
            if i < 0:
                continue
            parent = self.area(self.ids(above)[i], above)
            for each in (parent, *self.parents(parent.id, above)):
                found.setdefault(each.level, each)
        order = {name: rank for rank, name in enumerate(reversed(self.levels))}
        return tuple(sorted(found.values(), key=lambda each: order[each.level]))

    def children(self, area: str, level: str | None = None) -> tuple[Area, ...]:
        """The areas that lie in this one, of the level `level` (default: the first level below), in order of id."""
        own = self.level(area)
        below = level or next((name for name in self.levels if own in self.info(name).within), None)
        if below is None:
            return ()
        position = self.index(own)[area]
        rows = np.flatnonzero(self.parent_index(below, own) == position)
        return tuple(self.area(self.ids(below)[i], below) for i in rows)

    # codes that are not there

    def explain_unknown(self, code: str, level: str | None = None) -> str | None:
        """Why there is no such area, in words; None when there is.

        >>> load_areas().explain_unknown("GM0457")
        'GM0457 Weesp merged into GM0363 Amsterdam on 2022-03-24'
        """
        if self.has(code, level):
            return None
        return explain(code, tuple(t.level for t in self._tables.values()), self.has, self._shipped, level)

    def require(self, codes: Iterable[str], level: str, where: str | None = None) -> None:
        """Raise one `AreaError` that names and explains the codes that are not areas of `level`."""
        index = self.index(level)
        unknown = sorted({code for code in codes if code not in index})
        if unknown:
            raise self._unknown(unknown[0], level, others=unknown[1:], where=where)

    def _unknown(self, code: str, level: str | None, others: Sequence[str] = (), where: str | None = None) -> AreaError:
        found = str(self.explain_unknown(code, level))
        if others:
            found += f" (and {len(others)} more: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''})"
        expected = f"an area of {level}" if level else "an area of " + ", ".join(self.levels)
        if level and self.vintage(level):
            expected += f" {self.vintage(level)}"
        return AreaError(f"There is no area {code}", where=where, found=found, expected=expected)


def _table(
    level: Level,
    ids: Sequence[str],
    names: Mapping[str, str],
    population: Mapping[str, float],
    points: Mapping[str, tuple[float, float]],
    parents: Mapping[str, Mapping[str, str]],
    indexes: Mapping[str, Mapping[str, int]],
) -> LevelTable:
    """Put one level together; `parents` gives per level above the parent's id of each id."""
    order = tuple(sorted(ids))
    nan = (np.nan, np.nan)
    lon, lat = np.array([points.get(i, nan) for i in order], dtype=np.float64).reshape(-1, 2).T
    columns = {
        above: np.array([indexes[above].get(of.get(i, ""), -1) for i in order], dtype=np.int32)
        for above, of in parents.items()
    }
    people = np.array([population.get(i, np.nan) for i in order], dtype=np.float64)
    for array in (people, lon, lat, *columns.values()):
        array.setflags(write=False)
    return LevelTable(
        level=level,
        ids=order,
        names=tuple(names.get(i, i) for i in order),
        population=people,
        lon=lon,
        lat=lat,
        parents=MappingProxyType(columns),
        index=MappingProxyType({i: position for position, i in enumerate(order)}),
    )


@dataclass
class _Facts:
    """What is read about a level before it is put together."""

    names: dict[str, str] = field(default_factory=dict)
    population: dict[str, float] = field(default_factory=dict)
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    parents: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, id_: str, name: str, population: str, lon: str, lat: str, parents: dict[str, str]) -> None:
        self.names[id_] = name
        if population:
            self.population[id_] = float(population)
        self.points[id_] = (float(lon), float(lat))
        for above, parent in parents.items():
            self.parents.setdefault(above, {})[id_] = parent


def _summarise(below: _Facts, above: str, names: Mapping[str, str], parents: dict[str, dict[str, str]]) -> _Facts:
    """Facts of the areas that consist of those `below`: people add up, the point is the mean weighted by people."""
    found = _Facts(names=dict(names), parents=parents)
    members: dict[str, list[str]] = {}
    for child, parent in below.parents[above].items():
        members.setdefault(parent, []).append(child)
    for parent, children in members.items():
        people = np.array([below.population.get(child, 0.0) for child in children])
        found.population[parent] = float(people.sum())
        weight = people if people.sum() > 0 else np.ones(len(children))
        lon, lat = np.average(np.array([below.points[child] for child in children]), axis=0, weights=weight)
        found.points[parent] = (float(lon), float(lat))
    return found


def _shipped_facts() -> dict[str, _Facts]:
    municipality, wijk, pc4 = _Facts(), _Facts(), _Facts()
    corop_names, province_names, corop_province = {}, {}, {}
    for row in read_table("municipalities"):
        parents = {"corop": row["corop_code"], "province": row["province_code"]}
        municipality.add(row["code"], row["name"], row["population"], row["longitude"], row["latitude"], parents)
        corop_names[row["corop_code"]] = row["corop"]
        province_names[row["province_code"]] = row["province"]
        corop_province[row["corop_code"]] = row["province_code"]
    for row in read_table("wijken"):
        parents = {"municipality": row["gm_code_2023"]}
        wijk.add(row["code"], row["name"], row["population_2022"], row["longitude"], row["latitude"], parents)
    for row in read_table("pc4"):
        parents = {"pc3": row["pc3"], "municipality": row["gm_code_2023"]}
        pc4.add(row["pc4"], row["pc4"], row["population_2021"], row["longitude"], row["latitude"], parents)
    pc3_names = {parent: parent for parent in pc4.parents["pc3"].values()}
    corop = _summarise(municipality, "corop", corop_names, {"province": corop_province})
    to_whole = {"nl": dict.fromkeys(province_names, WHOLE)}
    province = _summarise(municipality, "province", province_names, to_whole)
    return {
        "nl": _summarise(province, "nl", {WHOLE: "Nederland"}, {}),
        "province": province,
        "corop": corop,
        "municipality": municipality,
        "wijk": wijk,
        "pc3": _summarise(pc4, "pc3", pc3_names, {"nl": dict.fromkeys(pc3_names, WHOLE)}),
        "pc4": pc4,
    }


@cache
def load_areas() -> Areas:
    """The areas that ship with Kansen: municipalities, COROP and provinces of 2023, wijken of 2022, PC4 of 2020.

    >>> areas = load_areas()
    >>> {level: len(areas.ids(level)) for level in ("province", "corop", "municipality", "wijk", "pc4")}
    {'province': 12, 'corop': 40, 'municipality': 342, 'wijk': 3340, 'pc4': 4067}
    """
    facts = _shipped_facts()
    tables: list[LevelTable] = []
    for level in load_levels():
        of = facts[level.id]
        indexes = {table.level.id: table.index for table in tables}
        tables.append(_table(level, list(of.names), of.names, of.population, of.points, of.parents, indexes))
    return Areas(tables, shipped=True)


_COLUMNS = ("child_type", "child_id", "parent_type", "parent_id")


def areas_from_hierarchy(path: Path, name: str = "the whole") -> Areas:
    """Areas of someone's own, from a csv with the columns child_type, child_id, parent_type, parent_id.

    One row says that one area lies in another; a level is whatever the types are called, and an optional column
    `child_name` gives names. Everything lies in the level `nl`, whose one area is called `name`.

    Raises `AreaError` for a missing column, an empty id, a child with two parents of one type, or types in a circle.
    """
    names: dict[str, dict[str, str]] = {}
    parents: dict[str, dict[str, dict[str, str]]] = {}
    for number, row in enumerate(_hierarchy_rows(path), start=2):
        child_type, child, parent_type, parent = (row[column].strip() for column in _COLUMNS)
        if not all((child_type, child, parent_type, parent)):
            raise AreaError(
                "A row of the hierarchy lacks a value", where=path, row=number, expected=", ".join(_COLUMNS)
            )
        of = parents.setdefault(child_type, {}).setdefault(parent_type, {})
        if of.setdefault(child, parent) != parent:
            raise AreaError(
                f"The {child_type} {child} lies in two areas of the type {parent_type}",
                where=path,
                row=number,
                found=f"{of[child]} and {parent}",
                expected="one",
            )
        child_names = names.setdefault(child_type, {})
        child_names[child] = (row.get("child_name") or "").strip() or child_names.get(child, child)
        names.setdefault(parent_type, {}).setdefault(parent, parent)
    names.pop("nl", None)
    parents.pop("nl", None)
    tables = [_own_table("nl", {WHOLE: name}, {}, [])]
    for level in _from_large_to_small(set(names), parents, path):
        above = {up: of for up, of in parents.get(level, {}).items() if up != "nl"}
        tables.append(_own_table(level, names[level], above, tables))
    return Areas(tables)


def _own_table(
    level: str, names: Mapping[str, str], above: dict[str, dict[str, str]], tables: Sequence[LevelTable]
) -> LevelTable:
    """One level of someone's own areas; without a level above it lies in the whole."""
    if tables and not above:
        above = {"nl": dict.fromkeys(names, WHOLE)}
    larger = [table.level.id for table in reversed(tables)]
    label: Text = MappingProxyType({"nl": level, "en": level})
    info = Level(
        id=level,
        label=label,
        singular=label,
        definition=MappingProxyType({"nl": "", "en": ""}),
        within=tuple(sorted(above, key=larger.index)),
    )
    indexes = {table.level.id: table.index for table in tables}
    return _table(info, list(names), names, {}, {}, above, indexes)


def _hierarchy_rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise AreaError(
                    "The hierarchy lacks a column",
                    where=path,
                    column=missing[0],
                    found=", ".join(reader.fieldnames or ()) or "an empty file",
                    expected=", ".join(_COLUMNS),
                )
            rows = [{key: value or "" for key, value in row.items() if key} for row in reader]
    except FileNotFoundError:
        raise AreaError("The hierarchy is not there", where=path, expected="a csv file") from None
    except UnicodeDecodeError as error:
        raise AreaError("The hierarchy is not UTF-8 text", where=path, found=f"byte {error.start}") from None
    if not rows:
        raise AreaError("The hierarchy has no rows", where=path, expected="at least one child and its parent")
    return rows


def _from_large_to_small(
    types: set[str], parents: Mapping[str, Mapping[str, Mapping[str, str]]], path: Path
) -> list[str]:
    """The types in an order in which every type comes after those it lies in."""
    order: list[str] = []
    while len(order) < len(types):
        ready = sorted(
            kind for kind in types - set(order) if all(up in order or up == "nl" for up in parents.get(kind, {}))
        )
        if not ready:
            circle = ", ".join(sorted(types - set(order)))
            raise AreaError("The types of the hierarchy lie in each other in a circle", where=path, found=circle)
        order += ready
    return order
