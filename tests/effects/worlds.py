"""Panels of made-up areas with a policy of known effect."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

YEARS = range(2008, 2018)


def panel(
    rng: np.random.Generator,
    areas: int = 60,
    starts: tuple[int, ...] = (2011, 2014),
    treated: int = 30,
    effect: float = 1.0,
    growing: float = 0.0,
    drift: float = 0.0,
    sd: float = 0.5,
) -> tuple[pa.Table, dict[str, object]]:
    """Areas with fixed differences, common shocks, errors that last, and a policy for some.

    growing : added to the effect every year since. drift : how much faster areas with the policy grew all along.
    """
    names = [f"A{i:03d}" for i in range(areas)]
    first = {names[i]: starts[i % len(starts)] for i in range(treated)}
    common, own = rng.normal(0, 1, len(YEARS)), rng.normal(0, 2, areas)
    lasting = np.cumsum(rng.normal(0, sd / 3, (areas, len(YEARS))), axis=1)
    rows = {"area": [], "year": [], "y": []}
    for i, name in enumerate(names):
        for t, year in enumerate(YEARS):
            since = year - first[name] if name in first else -1
            on = effect + growing * since if since >= 0 else 0.0
            more = drift * t if name in first else 0.0
            rows["area"].append(name)
            rows["year"].append(year)
            rows["y"].append(own[i] + common[t] + lasting[i, t] + on + more + rng.normal(0, sd))
    policy: dict[str, object] = {name: f"{start}-01-01" for name, start in first.items()}
    return pa.table(rows), policy
