"""Small releases for tests: made-up figures that pass the wall with its own token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson

from kansen.cohorts.declarations import CohortDeclaration, Label, Outcome, Theme
from kansen.geography import Areas, load_areas
from kansen.moments.grid import Grid, load_grid
from kansen.protection.protected import Protected, ProtectedAttrition, ProtectedSummary, token
from kansen.release.layers import pack
from kansen.release.writer import ReleaseWriter

THEMES = (Theme("income", Label("Inkomen", "Income")), Theme("unused", Label("Niets", "Nothing")))
PROFILE = {
    "id": "kansenkaart",
    "label": {"nl": "KansenKaart", "en": "KansenKaart"},
    "description": {"nl": "Ten minste tien.", "en": "At least ten."},
    "parameters": {"min_n": 10},
}


def label(text: str) -> Label:
    return Label(f"{text} (nl)", f"{text} (en)")


def outcome(id: str = "c35_income", kind: str = "money") -> Outcome:
    texts = {name: label(name) for name in ("label", "short", "description", "definition", "source", "missing")}
    unit, minimum = ("EUR 2020", 0) if kind == "money" else ("fraction", None)
    return Outcome(
        id, "age35", kind, unit, "higher", "income", "P6", "2015-2020", formula="mean", minimum=minimum, **texts
    )


def cohort(*outcomes: Outcome) -> CohortDeclaration:
    return CohortDeclaration(
        id="age35",
        label=label("born 1981-1985"),
        description=label("children"),
        prefix="c35_",
        births=(1981, 1985),
        home_age=15,
        outcome_age=35,
        residency_ages=(0, 1),
        parent_residency=(2018, 2018),
        parent_income_years=(2003, 2003),
        price_year=2020,
        areas_on="2023-01-01",
        outcomes=outcomes,
    )


def protected(
    of: Outcome,
    level: str,
    cells: dict[tuple[str, str], tuple[float, ...]],
    *,
    areas: Areas | None = None,
    grid: Grid | None = None,
    noise_sd: float = 0.0,
) -> Protected:
    """Figures given as {(group, area): (n, est, lwr, upr)}."""
    ids, groups = (areas or load_areas()).ids(level), (grid or load_grid()).groups
    rows = list(cells.items())
    columns = np.array([values for _, values in rows], dtype=np.float64).reshape(-1, 4).T
    return Protected(
        outcome=of,
        level=level,
        areas=ids,
        groups=groups,
        area=np.array([ids.index(area) for (_, area), _ in rows], dtype=np.int32),
        group=np.array([groups.index(group) for (group, _), _ in rows], dtype=np.int32),
        n=columns[0].astype(np.int32),
        est=columns[1],
        lwr=columns[2],
        upr=columns[3],
        noise_sd=np.full(len(rows), noise_sd),
        reliability=(np.arange(len(rows)) % 3).astype(np.int8),
        profile="kansenkaart",
        _token=token(),
    )


def summary(of: Outcome, national: dict[str, float] | None = None) -> ProtectedSummary:
    breaks = {
        "reference": 31000.0,
        "reference_label": {"nl": "Nederland", "en": "The Netherlands"},
        "values": [28000.0, 29000.0, 30500.0, 31500.0, 33000.0, 34000.0],
        "unit_step": 500.0,
    }
    return ProtectedSummary(of, national, 2000.0, breaks, _token=token())


ALL = "income=all;all;all;all"
LOW = "income=low;women;any;single"


def income() -> list[Protected]:
    """c35_income: the country, three municipalities (one without interval), one wijk, two postcodes."""
    of = outcome()
    return [
        protected(of, "nl", {(ALL, "NL"): (900_000, 31_000, 30_950, 31_050)}),
        protected(
            of,
            "municipality",
            {
                (LOW, "GM0363"): (25, 21_500, 19_000, 24_001),
                (ALL, "GM0363"): (41_203, 28_592, 28_400, 28_784),
                (ALL, "GM0014"): (9_000, 29_111, 28_800, 29_421),
                (ALL, "GM1980"): (12, 35_000, np.nan, np.nan),
            },
        ),
        protected(of, "wijk", {(ALL, "WK036344"): (310, 30_100, 28_000, 32_200)}),
        protected(
            of, "pc4", {(ALL, "1061"): (55, 25_000, 22_000, 28_000), (ALL, "1062"): (12, 26_000, 20_000, 32_000)}
        ),
    ]


def degree() -> list[Protected]:
    """c35_hbo_attained, a fraction, for two municipalities."""
    of = outcome("c35_hbo_attained", "binary")
    cells = {(ALL, "GM0363"): (41_000, 0.4512, 0.4464, 0.4561), (LOW, "GM0014"): (31, 0.5, 0.3137, 0.6864)}
    return [protected(of, "municipality", cells)]


ATTRITION = {
    "cohort": "age35",
    "step": "born",
    "level": "municipality",
    "area": "GM0363",
    "dimension": "all",
    "category": "all",
    "before": 5000,
    "dropped": 120,
    "left": 4880,
}


def triangle(areas: Areas, level: str, view: str) -> bytes:
    """A map with one triangle, for tests that are not about maps."""
    area = areas.ids(level)[0]
    shape = {"type": "Polygon", "id": area, "properties": {"name": areas.name(area, level)}, "arcs": [[0]]}
    topology = {
        "type": "Topology",
        "objects": {level: {"type": "GeometryCollection", "geometries": [shape]}},
        "arcs": [[[5.0, 52.0], [5.1, 52.0], [5.1, 52.1], [5.0, 52.0]]],
        "kansen": {
            "projection": "planar" if view == "hexagon" else "lonlat",
            "kind": view,
            "attribution": {"nl": "Kansen", "en": "Kansen"},
        },
    }
    return pack(orjson.dumps(topology))


def writer(out: Path, **changes: Any) -> ReleaseWriter:
    settings: dict[str, Any] = {
        "cohorts": [cohort(outcome(), outcome("c35_hbo_attained", "binary"))],
        "grid": load_grid(),
        "areas": load_areas(),
        "themes": THEMES,
        "title": label("An atlas"),
        "synthetic": True,
        "inputs": [{"name": "cohort.parquet", "sha256": "0" * 64}],
        "engine": "duckdb",
        "profile": PROFILE,
        "created": "2026-11-21T10:00:00Z",
        "draw": triangle,
    }
    return ReleaseWriter(out, **(settings | changes))


def small_release(out: Path, **changes: Any) -> Path:
    """Write the small release to `out`."""
    with writer(out, **changes) as writing:
        writing.add(summary(outcome("c35_hbo_attained", "binary")), degree())
        writing.add(summary(outcome(), {"n": 900_000, "est": 31_000.0, "lwr": 30_950.0, "upr": 31_050.0}), income())
        writing.add_attrition(ProtectedAttrition((ATTRITION,), _token=token()))
    return out
