"""Children who move: a population in which every year in a place counts by a declared amount.

Regions are COROP regions with the effects that places have in the synthetic Netherlands. A family lives in one region,
or moves to another once. Log income at 28 of a child that was m when it moved from o to d is

    base + slope * rank + family + own + e_o + (chosen + per_year * max(until - m, 0)) * (e_d - e_o)

and e_o of those who never moved, where e is the effect of a region on children of their year of birth and parental
rank.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kansen.errors import UsageError
from kansen.files import atomic_path, write_json
from kansen.geography import load_areas
from kansen.synthetic.parameters import load_world
from kansen.synthetic.places import load_places
from kansen.synthetic.truth import WORLD_SEED, Truth

FILE, PARAMETERS = "truth/movers.parquet", "truth/movers.json"
"""Where the people and the declared numbers are, below the folder of a synthetic country."""


@cache
def load_movers() -> dict[str, Any]:
    """The parameters as declared.

    >>> load_movers()["exposure"]["per_year"]
    0.027
    """
    return tomllib.loads(files("kansen.synthetic").joinpath("movers.toml").read_text(encoding="utf-8"))


def region_effects(world: dict[str, Any]) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """COROP ids, their shares of the country's children, and their effects on log income, each of shape (regions,)."""
    areas, places = load_areas(), load_places()
    above = areas.parent_index("municipality", "corop")
    position = np.array([areas.index("municipality")[code] for code in places.municipality_id])
    region = above[position][places.municipality]
    ids = areas.ids("corop")
    share = np.bincount(region, places.children, len(ids))
    effect = Truth(places, load_world()).place_effects["income"]
    mean = np.bincount(region, places.children * effect, len(ids)) / share
    return ids, share / share.sum(), world["place"]["times"] * (mean - share @ mean / share.sum())


def draw_movers(scale: float, seed: int, world: dict[str, Any] | None = None) -> pa.Table:
    """Children with the region where they lived first, perhaps another and when they moved, and their income at 28.

    Columns: person, household, birth_year, income_rank (of the parents, 0-1), origin and destination (COROP ids;
    destination null for those who never moved), age_at_move (years, null likewise), income (euros of 2020).
    scale : 1 is 300,000 families. The same seed gives the same children; effects of places do not depend on it.
    """
    world = world or load_movers()
    families = round(world["families"] * scale)
    if families < 10:
        raise UsageError("The scale is too small for people who move", found=scale, expected="10 families or more")
    rng = np.random.default_rng([seed, families])
    ids, share, effect = region_effects(world)
    first, last = world["births"]
    fixed = np.random.default_rng(WORLD_SEED)
    years = last - first + 1
    effect_of = effect[:, None] + world["place"]["cohort_sd"] * fixed.standard_normal((len(ids), years))
    tilt = world["place"]["slope_sd"] * fixed.standard_normal(len(ids))
    size = 1 + np.searchsorted(np.cumsum(world["sizes"])[:-1], rng.random(families))
    family = np.repeat(np.arange(families), size)
    number = np.arange(len(family)) - np.repeat(np.cumsum(size) - size, size)
    gaps = rng.integers(world["apart"][0], world["apart"][1] + 1, (families, len(world["sizes"])))
    since = np.concatenate([np.zeros((families, 1), np.int64), np.cumsum(gaps, axis=1)], axis=1)[family, number]
    born = rng.integers(first, last + 1, families)[family] + since
    rank, hidden = rng.random(families), world["income"]["family_sd"] * rng.standard_normal(families)
    origin, elsewhere = (rng.choice(len(ids), families, p=share) for _ in range(2))
    moves = (rng.random(families) < world["movers"]) & (elsewhere != origin)
    eldest = rng.random(families) * world["latest"]
    # Those born after the family moved have lived in one region only.
    age = eldest[family] - since
    origin = np.where(moves[family] & (age < 0), elsewhere[family], origin[family])
    moved = moves[family] & (age >= 0)
    destination = np.where(moved, elsewhere[family], origin)
    cohort = np.clip(born - first, 0, years - 1)
    here, there = (effect_of[of, cohort] + tilt[of] * (rank[family] - 0.5) for of in (origin, destination))
    part, exposure = world["income"], world["exposure"]
    share_of = exposure["chosen"] + exposure["per_year"] * np.maximum(exposure["until"] - age, 0)
    log_income = np.log(part["base"]) + part["slope"] * (rank[family] - 0.5) + hidden[family]
    log_income += here + np.where(moved, share_of * (there - here), 0.0)
    log_income += part["own_sd"] * rng.standard_normal(len(family))
    keep = np.flatnonzero(born <= last)
    names = np.array(ids)
    return pa.table(
        {
            "person": pa.array(keep, pa.int64()),
            "household": pa.array(family[keep], pa.int64()),
            "birth_year": pa.array(born[keep], pa.int16()),
            "income_rank": pa.array(rank[family[keep]]),
            "origin": pa.array(names[origin[keep]]).dictionary_encode(),
            "destination": pa.array(names[destination[keep]], mask=~moved[keep]).dictionary_encode(),
            "age_at_move": pa.array(age[keep], mask=~moved[keep]),
            "income": pa.array(np.rint(np.exp(log_income[keep]))),
        }
    )


def write_movers(folder: Path, scale: float, seed: int) -> None:
    """Write the children who move, and the truth behind them, into the folder of a synthetic country."""
    with atomic_path(folder / FILE) as aside:
        pq.write_table(draw_movers(scale, seed), aside, compression="zstd")
    write_json(folder / PARAMETERS, {"synthetic": True, "scale": scale, "seed": seed, "world": load_movers()})
