"""Releases of a handful of cells, made by a publisher who tells exactly what a test says."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from kansen.geography import Areas, areas_from_hierarchy
from kansen.protection.audit import AuditReport, audit
from protection.worlds import GRID, LETTERS

GROUPS = GRID.public() | {"columns": {d.id: d.kansenkaart for d in GRID.dimensions}}
LEVELS = ("nl", "municipality", "wijk", "pc4")
DIGITS = {"binary": 4, "share": 4, "count": 4}
SAFE = {"id": "own", "parameters": {"exact": "closed", "n": "outcome", "decimals": DIGITS}}
"""A profile of which absence tells nothing."""

PASSING = {"id": "own", "parameters": {"exact": "passing", "n": "outcome", "min_n": 10, "decimals": DIGITS}}
GROUP_N = {
    "id": "own",
    "parameters": {"exact": "closed", "n": "group", "noise": {"variance": 3.0, "most": 6}, "decimals": DIGITS},
}


@dataclass(frozen=True)
class Cell:
    """A published figure: `group` as position;sex;origin;household, of the axis income."""

    area: str
    group: str
    n: int | None
    est: float = 0.5
    noise_sd: float = 0.0
    lwr: float = float("nan")
    upr: float = float("nan")


@cache
def areas() -> Areas:
    """Two municipalities of three wijken, and two postcodes that lie in the country."""
    rows = [(f"w{m}{w}", f"m{m}") for m in (1, 2) for w in (1, 2, 3)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "areas.csv"
        with path.open("w", newline="", encoding="utf-8") as handle:
            out = csv.writer(handle)
            out.writerow(["child_type", "child_id", "parent_type", "parent_id"])
            out.writerows(("wijk", wijk, "municipality", municipality) for wijk, municipality in rows)
            out.writerows(("municipality", name, "nl", "NL") for name in ("m1", "m2"))
            out.writerows(("pc4", name, "nl", "NL") for name in ("p1", "p2"))
        return areas_from_hierarchy(path)


def level_of(area: str) -> str:
    """The level of one of our areas."""
    return {"N": "nl", "m": "municipality", "w": "wijk", "p": "pc4"}[area[0]]


def table(cells: Sequence[Cell]) -> pa.Table:
    """The cells as the table of an outcome."""
    rows = [
        {
            "axis": "income",
            **dict(zip(LETTERS, cell.group.split(";"), strict=True)),
            "level": level_of(cell.area),
            "area": cell.area,
            **{name: getattr(cell, name) for name in ("n", "est", "lwr", "upr", "noise_sd")},
        }
        for cell in cells
    ]
    texts = [(name, pa.string()) for name in ("axis", *LETTERS, "level", "area")]
    numbers = [(name, pa.float64()) for name in ("est", "lwr", "upr", "noise_sd")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*texts, ("n", pa.int32()), *numbers]))


def attack(
    outcomes: Mapping[str, Sequence[Cell]],
    kinds: Mapping[str, str] | None = None,
    profile: Mapping[str, Any] = SAFE,
    groups: Mapping[str, Any] = GROUPS,
    others: Mapping[str, Mapping[str, Sequence[Cell]]] | None = None,
    measures: Mapping[str, tuple[str, str]] | None = None,
    **more: Any,
) -> AuditReport:
    """Audit a release of these outcomes (amounts, unless `kinds` says otherwise).

    measures : of those that are measures over another, which measure and over which outcome.
    """

    def reader(tables: Mapping[str, Sequence[Cell]]) -> Any:
        return lambda id: table(tables[id]) if id in tables else None

    return audit(
        outcomes=[
            {"id": id, "kind": (kinds or {}).get(id, "money")}
            | dict(zip(("measure", "of"), (measures or {}).get(id, ()), strict=False))
            for id in outcomes
        ],
        groups=groups,
        areas=areas(),
        levels=LEVELS,
        estimates=reader(outcomes),
        profile=profile,
        others={name: reader(tables) for name, tables in (others or {}).items()},
        threads=1,
        **more,
    )


def own_groups(origins: Mapping[str, str]) -> dict[str, Any]:
    """Groups of nothing but origins: each name with the letters that it consists of."""
    label = {"nl": "x", "en": "x"}
    member = {"label": label, "phrase": label, "kansenkaart": "x"}
    return {
        "axes": [{"id": "income", "kansenkaart": "x", "positions": [{"id": "all", "range": None, "of": []} | member]}],
        "sex": [{"id": "all", "of": ["m"]} | member],
        "origin": [{"id": name, "of": list(letters)} | member for name, letters in origins.items()],
        "household": [{"id": "all", "of": ["h"]} | member],
    }


def found_by(report: AuditReport) -> dict[str, int]:
    """How many small cells each attack reached; attacks that reached none are left out."""
    return {attack.id: attack.small for attack in report.attacks if attack.small}
