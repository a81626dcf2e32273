"""Values of children combined over every cell, against looking the children up."""

from __future__ import annotations

import numpy as np
import pytest

from kansen import moments
from kansen.geography import load_areas
from kansen.moments.combine import combine
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
