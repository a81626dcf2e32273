"""Areas with some more of other years: of figures that were published for areas that are no more, or not yet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from kansen.geography.areas import Areas, LevelTable


def with_others(areas: Areas, others: Mapping[str, Mapping[str, str]]) -> Areas:
    """The same areas and some more: per level, id and name of each. What is there already stays as it is.

    Of the others neither place, population nor parents are known, so they are on no map and in no sum; a postcode alone
    lies in the postcode area of its first three digits, which is what that area is.

    >>> from kansen.geography import load_areas
    >>> more = with_others(load_areas(), {"municipality": {"GM0457": "Weesp"}})
    >>> more.name("GM0457"), len(more.ids("municipality")), more.parents("GM0457")
    ('Weesp', 343, ())
    """
    tables: dict[str, LevelTable] = {}
    for level in areas.levels:
        tables[level] = _table(areas, level, others.get(level, {}), tables)
    return Areas(tables.values(), shipped=areas.shipped)


def _table(areas: Areas, level: str, others: Mapping[str, str], larger: Mapping[str, LevelTable]) -> LevelTable:
    table = areas.table(level)
    names = {**others, **dict(zip(table.ids, table.names, strict=True))}
    ids = tuple(sorted(names))
    old = np.array([table.index.get(area, -1) for area in ids])
    parents = {}
    for above, positions in table.parents.items():
        moved = np.array([larger[above].index[area] for area in areas.ids(above)], dtype=np.int64)
        before = positions[old]
        after = np.where((old < 0) | (before < 0), -1, moved[np.maximum(before, 0)]).astype(np.int32)
        if level == "pc4" and above == "pc3":
            digits = [larger[above].index.get(area[:3], -1) for area in ids]
            after = np.where(old < 0, digits, after).astype(np.int32)
        parents[above] = _fixed(after)
    return LevelTable(
        level=table.level,
        ids=ids,
        names=tuple(names[area] for area in ids),
        population=_fixed(np.where(old < 0, np.nan, table.population[old])),
        lon=_fixed(np.where(old < 0, np.nan, table.lon[old])),
        lat=_fixed(np.where(old < 0, np.nan, table.lat[old])),
        parents=MappingProxyType(parents),
        index=MappingProxyType({area: position for position, area in enumerate(ids)}),
    )


def _fixed(values: Any) -> Any:
    values.setflags(write=False)
    return values
