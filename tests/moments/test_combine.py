"""Values of children combined over every cell, against looking the children up."""

from __future__ import annotations

import numpy as np
import pytest

from kansen import moments
from kansen.geography import load_areas
from kansen.moments.combine import area_of_child, combine
from moments.worlds import cohort


@pytest.mark.parametrize("axis", ["income", "education"])
def test_cells_hold_what_their_children_give(axis: str) -> None:
    rng = np.random.default_rng(3)
    prepared = moments.prepare(cohort(rng, 300), load_areas(), moments.load_grid(axis))
    keys = rng.integers(0, 2**64, 300, dtype=np.uint64)
    for structure in prepared.structures:
        total = combine(structure, keys, np.add, 0)
        least = combine(structure, keys, np.minimum, np.iinfo(np.uint64).max)
        most = combine(structure, keys.astype(np.float64), np.maximum, -np.inf)
        ones = combine(structure, np.ones(300, np.int64), np.add, 0)
        assert (ones == structure.rows).all()
        assert total.dtype == np.uint64
        for cell in rng.choice(len(structure.rows), 400):
            own = keys[structure.order[structure.children(int(cell))]]
            assert int(total[cell]) == sum(own.tolist()) % 2**64
            assert least[cell] == own.min()
            assert most[cell] == own.max().astype(np.float64)


@pytest.mark.parametrize("level", ["wijk", "municipality", "province", "nl"])
def test_children_are_where_the_cohort_says(level: str) -> None:
    areas, table = load_areas(), cohort(np.random.default_rng(4), 200)
    prepared = moments.prepare(table, areas, moments.load_grid())
    structure = next(one for one in prepared.structures if level in one.levels)
    found = area_of_child(structure, level, 200)
    if level == "nl":
        assert (found == 0).all()
        return
    column = "wijk" if level == "wijk" else "municipality"
    known = {id: number for number, id in enumerate(areas.ids(column))}
    told = np.array([known.get(id, -1) for id in table[column].to_pylist()])
    parent = np.append(areas.parent_index(column, level) if level != column else np.arange(len(known)), -1)
    assert (found == parent[told]).all()
    assert (found >= 0).any()
