"""Small worlds with figures for every group, before and after protection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from kansen import moments, protection
from kansen.cohorts.declarations import Outcome
from kansen.geography import Areas, load_areas
from kansen.measures import Estimates, expectation
from kansen.moments import Grid
from moments.worlds import cohort

AREAS: Areas = load_areas()
GRID: Grid = moments.load_grid()
LETTERS = ("position", "sex", "origin", "household")


def estimates_of(table: pa.Table, outcome: Outcome) -> dict[str, Estimates]:
    """Unprotected figures of a cohort."""
    [(_, found)] = moments.compute(table, AREAS, GRID, [outcome])
    return {level: expectation(cells, GRID) for level, cells in found.items()}


def estimates_at(level: str, cells: Sequence[Mapping[str, float]]) -> Estimates:
    """Figures made by hand: area and group (numbers, 0 by default), n, rows (n by default), ones, est, lwr, upr."""

    def column(name: str, default: float, kind: type) -> np.ndarray:
        return np.array([cell.get(name, default) for cell in cells], dtype=kind)

    n = column("n", 100, np.int32)
    rows = np.array([cell.get("rows", own) for cell, own in zip(cells, n, strict=True)], dtype=np.int32)
    est = column("est", 0.5, float)
    return Estimates(
        "c35_y", level, AREAS.ids(level), GRID.groups, column("area", 0, np.int32), column("group", 0, np.int32),
        rows, n, column("ones", 50, np.int32), est, column("lwr", np.nan, float), column("upr", np.nan, float),
    )  # fmt: skip


def as_table(figures: Sequence[protection.Protected]) -> pa.Table:
    """Protected figures with the columns of a release's estimates."""
    rows = []
    for part in figures:
        for i in range(part.cells):
            axis, _, rest = part.groups[part.group[i]].partition("=")
            rows.append(
                {
                    "axis": axis,
                    **dict(zip(LETTERS, rest.split(";"), strict=True)),
                    "level": part.level,
                    "area": part.areas[part.area[i]],
                    "n": None if part.n[i] < 0 else int(part.n[i]),
                    **{name: float(getattr(part, name)[i]) for name in ("est", "lwr", "upr", "noise_sd")},
                }
            )
    schema = pa.schema(
        [(name, pa.string()) for name in ("axis", *LETTERS, "level", "area")]
        + [("n", pa.int32())]
        + [(name, pa.float64()) for name in ("est", "lwr", "upr", "noise_sd")]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def audit_of(
    table: pa.Table,
    kind: str = "money",
    levels: Sequence[str] = ("nl", "province", "corop", "municipality", "wijk", "pc3", "pc4"),
    truth: Callable[[str], pa.Table | None] | None = None,
    profile: Mapping[str, Any] | None = None,
) -> protection.AuditReport:
    """Audit one outcome."""
    return protection.audit(
        outcomes=[{"id": "c35_y", "kind": kind}],
        groups=GRID.public(),
        areas=AREAS,
        levels=levels,
        estimates=lambda _: table,
        profile=profile or protection.load_profile("kansenkaart").public(),
        truth=truth,
    )


__all__ = ["AREAS", "GRID", "as_table", "audit_of", "cohort", "estimates_at", "estimates_of"]
