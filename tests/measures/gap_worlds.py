"""A made-up cohort of which it is known what its gaps go with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PLACES = ("GM0363", "GM0599", "GM0014")
TRUTH = {"rank": 0.3, "single": -0.1, "any": -0.08}
"""What a rank of one, a single parent and a migration background add to the chance of work."""


def world(path: Path, people: int, seed: int = 1) -> Path:
    """The file of a cohort: people with a migration background have poorer parents, and are less often in work."""
    rng = np.random.default_rng(seed)
    migrant = rng.random(people) < 0.3
    rank = np.clip(rng.beta(2, 2, people) - 0.2 * migrant, 0, 1)
    single = rng.random(people) < np.where(migrant, 0.3, 0.15)
    chance = 0.65 + TRUTH["rank"] * rank + TRUTH["single"] * single + TRUTH["any"] * migrant
    works = (rng.random(people) < chance).astype(float)
    unknown = rng.random(people) < 0.01
    place = rng.choice([*PLACES, None], people, p=[0.5, 0.3, 0.19, 0.01])
    table = pa.table(
        {
            "person": [f"P{number:09d}" for number in range(people)],
            "household": [f"H{number // 2}" for number in range(people)],
            "birth_year": rng.integers(1981, 1986, people),
            "sex": np.where(rng.random(people) < 0.5, "men", "women"),
            "origin": np.where(migrant, rng.choice(["turkey", "morocco", "other"], people), "none"),
            "household_type": np.where(single, "single", np.where(rng.random(people) < 0.001, "other", "two")),
            "income_rank": rank,
            "wealth_rank": pa.array(np.where(unknown, np.nan, rng.random(people)), from_pandas=True),
            "municipality": pa.array(place.tolist(), pa.string()),
            "c35_employed": pa.array(np.where(rng.random(people) < 0.02, np.nan, works), from_pandas=True),
        }
    )
    pq.write_table(table, path)
    return path
