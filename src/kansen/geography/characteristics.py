"""What is known of areas besides outcomes: density, ages, incomes, homes. Declared in `characteristics.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import numpy as np

from kansen.geography.levels import Text
from kansen.geography.tables import read_table

SURFACES = {
    "municipality": ("municipalities", "land_area_km2", "population"),
    "wijk": ("wijken", "area_km2", "population_2022"),
}
"""Per level with key figures: the table, its columns of surface in km² and of inhabitants."""


@dataclass(frozen=True)
class Characteristic:
    """One characteristic of areas.

    Attributes
    ----------
    id : `density`, `home_value`, ...
    label, source : texts in Dutch and English.
    kind : `share` (0 to 1), `money` (euros) or `count`.
    is_log : whether areas are better compared by ratios than by differences.
    column, scale : where its values come from; no column: inhabitants per km².
    """

    id: str
    label: Text
    source: Text
    kind: Literal["share", "money", "count"]
    is_log: bool = False
    column: str | None = None
    scale: float = 1.0


@cache
def load_characteristics() -> tuple[Characteristic, ...]:
    """The characteristics that Kansen ships, in the order in which they are offered.

    >>> [one.id for one in load_characteristics()][:3]
    ['density', 'age_0_14', 'age_15_24']
    """
    declared = tomllib.loads(files("kansen.geography").joinpath("characteristics.toml").read_text(encoding="utf-8"))
    source = MappingProxyType(declared["source"])
    return tuple(
        Characteristic(
            id=row["id"],
            label=MappingProxyType(row["label"]),
            source=source,
            kind=row["kind"],
            is_log=row.get("log", False),
            column=row.get("column"),
            scale=row.get("scale", 1.0),
        )
        for row in declared["characteristic"]
    )


def characteristic_values(characteristic: Characteristic, level: str, areas: tuple[str, ...]) -> np.ndarray:
    """The values of areas (ids of `level`), float64 of shape (areas,); NaN where none is published.

    >>> density = load_characteristics()[0]
    >>> characteristic_values(density, "municipality", ("GM0363", "GM9999")).round(-2).tolist()
    [4200.0, nan]
    """
    if level not in SURFACES:
        return np.full(len(areas), np.nan)
    known = _densities(level) if characteristic.column is None else _column(characteristic.column)
    return np.array([known.get(area, np.nan) for area in areas], dtype=np.float64) * characteristic.scale


@cache
def _densities(level: str) -> Mapping[str, float]:
    table, surface, people = SURFACES[level]
    return {
        row["code"]: float(row[people]) / float(row[surface]) for row in read_table(table) if float(row[surface]) > 0
    }


@cache
def _column(column: str) -> Mapping[str, float]:
    return {row["code"]: float(row[column]) for row in read_table("key_figures") if row[column]}
