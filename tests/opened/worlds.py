"""A release of made-up figures: incomes in municipalities and wijken, and a test in two school cohorts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from kansen.geography import Areas, load_areas
from kansen.protection.protected import Protected, ProtectedSummary
from kansen.release.maps import draw_map
from release.worlds import ALL, LOW, cohort, label, outcome, protected, summary, triangle, writer

CHILDREN = 400
OUTCOMES = ("c35_income", "c11_a_math", "c11_b_math", "c11_a_youth_protection", "c11_b_youth_protection")


def figures(name: str) -> dict[str, list[Any]]:
    """area, est, se and a covariate that tells half of it, of 60 municipalities and the five Wadden islands."""
    areas = load_areas().ids("municipality")
    islands = ["GM0060", "GM0088", "GM0093", "GM0096", "GM0448"]
    chosen = sorted({*areas[::6], "GM0363", "GM0599", *islands})
    rng = np.random.default_rng(OUTCOMES.index(name))
    money = name == "c35_income"
    unit, base = (1000.0, 32_000.0) if money else (0.05, 0.5)
    helpful = rng.normal(0, 1, len(chosen))
    se = rng.uniform(0.4, 1.2, len(chosen)) * unit
    est = base + helpful * unit + rng.normal(0, 1, len(chosen)) * unit + rng.normal(0, se)
    est[chosen.index("GM0363")] = base - 8 * unit
    digits = 0 if money else 4
    return {
        "area": chosen,
        "est": np.round(est, digits).tolist(),
        "se": np.round(se, digits).tolist(),
        "covariate": helpful.tolist(),
    }


def _cells(name: str, more: float) -> dict[tuple[str, str], tuple[float, ...]]:
    truth = figures(name)
    quantile, digits = float(student.ppf(0.975, CHILDREN - 1)), 0 if name == "c35_income" else 4
    rows = zip(truth["area"], truth["est"], truth["se"], strict=True)
    limits = {area: (est + more, quantile * se) for area, est, se in rows}
    return {
        (ALL, area): (CHILDREN, est, round(est - half, digits), round(est + half, digits))
        for area, (est, half) in limits.items()
    }


def _wijken() -> dict[tuple[str, str], tuple[float, ...]]:
    """Some wijken of two cities."""
    areas = load_areas()
    inside = areas.parent_index("wijk", "municipality")
    cities = {areas.index("municipality")[city] for city in ("GM0363", "GM0599")}
    chosen = [area for area, at in zip(areas.ids("wijk"), inside.tolist(), strict=True) if at in cities][::4]
    return {
        (ALL, area): (100, 30_000.0 + 100 * i, 29_000.0 + 100 * i, 31_000.0 + 100 * i) for i, area in enumerate(chosen)
    }


def _low_parents() -> dict[tuple[str, str], tuple[float, ...]]:
    """Every second municipality once more: a quarter of the children, whose parents have a low income."""
    truth = figures("c35_income")
    rows = list(zip(truth["area"], truth["est"], truth["se"], strict=True))[::2]
    quantile = float(student.ppf(0.975, CHILDREN // 4 - 2))
    return {
        (LOW, area): (CHILDREN // 4, est, round(est - quantile * 2 * se), round(est + quantile * 2 * se))
        for area, est, se in ((area, est - 3_000 * (i % 3), se) for i, (area, est, se) in enumerate(rows))
    }


def _draw(areas: Areas, level: str, view: str) -> bytes:
    real = (level, view) == ("municipality", "schematic")
    return draw_map(areas, level, view) if real else triangle(areas, level, view)


def release_of_municipalities(out: Path, more: float = 0.0, *, unbroken: bool = False) -> Path:
    """Write it to `out`. more : added to every figure of the 35-year-olds. unbroken : with a pair without a break."""
    income = outcome()
    names = ("math", *(["youth_protection"] if unbroken else []))
    early, late = (
        [replace(outcome(f"{prefix}{name}", "binary"), cohort=prefix[:5], years=years) for name in names]
        for prefix, years in (("c11_a_", "2014–2018"), ("c11_b_", "2020–2024"))
    )
    cohorts = [
        replace(cohort(*early), id="c11_a", prefix="c11_a_", births=(2003, 2006), label=label("Group 8, 2014–2018")),
        replace(cohort(*late), id="c11_b", prefix="c11_b_", births=(2009, 2011), label=label("Group 8, 2020–2024")),
        cohort(income),
    ]
    nation = {of.id: (400_000, 0.5, 0.499, 0.501) for of in (*early, *late)}
    nation[income.id] = (900_000, 32_000.0, 31_950.0, 32_050.0)
    with writer(out, cohorts=cohorts, draw=_draw) as writing:
        for of in (*early, *late, income):
            added = more if of is income else 0.0
            parts: list[Protected] = [
                protected(of, "nl", {(ALL, "NL"): nation[of.id]}),
                protected(of, "municipality", {**_cells(of.id, added), **(_low_parents() if of is income else {})}),
            ]
            if of is income:
                parts.append(protected(of, "wijk", _wijken()))
            told: ProtectedSummary = summary(of, dict(zip(("n", "est", "lwr", "upr"), nation[of.id], strict=True)))
            writing.add(told, parts)
    return out
