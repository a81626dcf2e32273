"""Made-up cohorts and a slow, literal reference: every cell filtered and fitted on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kansen.cohorts.declarations import Kind, Label, Outcome
from kansen.geography import Areas, load_areas
from kansen.moments import Grid

TEXT = Label("woorden", "words")
WIJKEN = ("WK036300", "WK036386", "WK059910", "WK059901", "WK001400")
PC4 = ("1061", "1062", "3011", "9711")
LEVELS = ("nl", "province", "corop", "municipality", "wijk", "pc3", "pc4")


def outcome(id: str = "c35_y", kind: Kind = "money") -> Outcome:
    """A declared outcome without much to say."""
    return Outcome(
        id, "age35", kind, "unit", "none", "income", "P6", "2020", TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, "formula"
    )


def cohort(rng: np.random.Generator, size: int, gaps: float = 0.1, **columns: Any) -> pa.Table:
    """A cohort of `size` children in a few areas, with gaps everywhere, unless given as `columns`."""
    areas = load_areas()
    wijk = rng.choice(WIJKEN, size)
    parent = areas.parent_index("wijk", "municipality")
    municipality = [areas.ids("municipality")[parent[areas.index("wijk")[w]]] for w in wijk]
    rank = np.round(rng.random(size), 2)

    def holey(values: Any) -> list[Any]:
        return [None if gap else value for value, gap in zip(list(values), rng.random(size) < gaps, strict=True)]

    made = {
        "person": [f"p{number}" for number in range(size)],
        "sex": rng.choice(["men", "women"], size),
        "origin": rng.choice(["none", "turkey", "morocco", "suriname", "dutch_caribbean", "other"], size),
        "household_type": rng.choice(["single", "two", "other"], size),
        "income_rank": pa.array(holey(rank.tolist()), pa.float64()),
        "wealth_rank": pa.array(holey(np.round(rng.random(size), 2).tolist()), pa.float64()),
        "parent_education": holey(rng.choice(["university", "hpe", "other"], size)),
        "municipality": holey(municipality),
        "wijk": holey(wijk),
        "pc4": holey(rng.choice(PC4, size)),
        "c35_y": pa.array(holey((rng.normal(30_000, 9_000, size) + 20_000 * rank).round(2).tolist()), pa.float64()),
        "c35_b": pa.array(holey((rng.random(size) < 0.2 + 0.5 * rank).astype(float).tolist()), pa.float64()),
    }
    return pa.table({**made, **columns})


@dataclass(frozen=True)
class Cell:
    """One occupied cell by filtering: the rows of its children, with parental rank and outcome (NaN where missing).

    On an axis of categories the ranks are zero.
    """

    level: str
    area: str
    group: int
    x: np.ndarray
    y: np.ndarray


def cells(table: pa.Table, grid: Grid, areas: Areas, column: str) -> Iterator[Cell]:
    """Every occupied cell of a cohort, by filtering it for each group of each area. Slow and literal."""
    rows = {name: np.array(table.column(name).to_pylist(), dtype=object) for name in table.column_names}
    y = np.array([np.nan if v is None else v for v in rows[column]], dtype=float)
    ranks = [0.0 if grid.codes else np.nan if v is None else v for v in rows[grid.column]]
    x = np.array(ranks, dtype=float)
    where = {level: rows[level] for level in ("municipality", "wijk", "pc4")}
    where["nl"] = np.array(["NL"] * table.num_rows, dtype=object)
    for below, above in (("municipality", "corop"), ("municipality", "province"), ("pc4", "pc3")):
        parent = areas.parent_index(below, above)
        where[above] = np.array(
            [None if a is None else areas.ids(above)[parent[areas.index(below)[a]]] for a in where[below]], dtype=object
        )
    for group, name in enumerate(grid.groups):
        inside = np.ones(table.num_rows, dtype=bool)
        position, *members = name.partition("=")[2].split(";")
        of = next(p for p in grid.positions if p.id == position)
        if of.range:
            inside &= (x >= of.range[0]) & (x <= of.range[1])
        if of.of:
            inside &= np.isin(rows[grid.column], of.of)
        for dimension, member in zip(grid.dimensions, members, strict=True):
            if member != "all":
                codes = next(m.of for m in dimension.members if m.id == member)
                inside &= np.isin(rows[dimension.column], codes)
        for level in LEVELS:
            for area in sorted({a for a in where[level][inside] if a is not None}):
                here = inside & (where[level] == area)
                yield Cell(level, area, group, x[here], y[here])
