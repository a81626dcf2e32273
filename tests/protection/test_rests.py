"""What exact areas leave of larger ones that are told with noise is large enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from kansen.geography import load_areas
from kansen.moments import Prepared, load_grid
from kansen.moments.compute import prepare_grids
from kansen.protection.closure import close
from moments.worlds import outcome


@pytest.fixture(scope="module")
def nation() -> tuple[pa.Table, tuple[Prepared, ...]]:
    """Children of some forty real municipalities, many of them in few."""
    rng = np.random.default_rng(4)
    areas, grid = load_areas(), load_grid()
    parent = areas.parent_index("wijk", "municipality")
    place = rng.choice(np.flatnonzero(parent < 40), 9_000)
    wijken, at = np.array(areas.ids("wijk"))[place], parent[place]
    some = at % 5 != 0
    some |= rng.random(len(at)) < 0.15
    wijken, at = wijken[some], at[some]
    size = len(at)
    table = pa.table(
        {
            "person": np.arange(size),
            "sex": rng.choice(["men", "women"], size),
            "origin": rng.choice(["none", "turkey", "other"], size, p=[0.8, 0.1, 0.1]),
            "household_type": rng.choice(["single", "two"], size, p=[0.2, 0.8]),
            "income_rank": rng.random(size),
            "municipality": np.array(areas.ids("municipality"))[at],
            "wijk": wijken,
            "havo": (rng.random(size) < 0.4).astype(float),
        }
    )
    return table, prepare_grids(table, areas, [grid])


def rests(table: pa.Table, prepared: tuple[Prepared, ...], beside: Sequence[str]) -> list[np.ndarray]:
    """Children, ones and zeros of what exact municipalities and wijken leave of every larger area that hides some."""
    areas, [of] = load_areas(), prepared
    closed = close(prepared, [outcome("havo", "binary")], attributes=2, beside=beside, threads=1)
    exact = {level: closed.exact("havo", level, 0) for level in ("municipality", "wijk")}
    frame = table.to_pandas()
    index, place = areas.index("municipality"), areas.index("wijk")
    municipality, wijk = (frame[name].map(at).to_numpy() for name, at in (("municipality", index), ("wijk", place)))
    lived = np.unique(municipality)
    found: list[np.ndarray] = []
    for number, group in enumerate(of.grid.groups):
        position, sex, origin, household = group.removeprefix("income=").split(";")
        if position != "all" or household != "all":
            continue
        who = np.ones(len(frame), bool)
        who &= (sex == "all") | (frame["sex"] == sex).to_numpy()
        own = (frame["origin"] == origin).to_numpy()
        who &= own if origin not in ("all", "any") else (origin == "all") | (frame["origin"] != "none").to_numpy()
        hidden = ~exact["municipality"][:, number]
        left = who & hidden[municipality] & ~exact["wijk"][wijk, number]
        for level in ("corop", "province"):
            parent = areas.parent_index("municipality", level)
            for area in np.unique(parent[lived]):
                inside = lived[parent[lived] == area]
                if hidden[inside].any() and not hidden[inside].all():
                    ones = frame["havo"].to_numpy() == 1
                    rest = left & (parent[municipality] == area)
                    found.append(np.array([rest.sum(), (rest & ones).sum(), (rest & ~ones).sum()]))
    return found


def test_what_exact_areas_leave_of_an_area_with_noise_is_enough(nation: tuple[pa.Table, tuple[Prepared, ...]]) -> None:
    """A province with noise, less its exact municipalities, is the hidden ones with noise: they are enough."""
    plain = rests(*nation, [])
    assert any((left < 10).any() for left in plain), "left to itself, too little remains somewhere"
    found = rests(*nation, ["corop", "province"])
    assert len(found) > 20
    assert all((left >= 10).all() for left in found)
