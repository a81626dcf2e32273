"""A plan makes every group from its atoms, and nothing that no group needs."""

from __future__ import annotations

import numpy as np
import pytest

from kansen import moments
from kansen.moments.plan import Plan, plan_sums
from kansen.moments.structure import Atoms, plan_atoms

GRID = moments.load_grid()


def random_inputs(atoms: Atoms, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Areas without anybody, with few atoms and with many, some of which come in several parts."""
    rng = np.random.default_rng(seed)
    sizes = [0, 1, 3, 40, 400, 0, 7]
    atom = np.concatenate([rng.integers(0, atoms.size, size) for size in sizes]).astype(np.int64)
    return np.cumsum([0, *sizes]).astype(np.int64), atom, rng.integers(1, 6, len(atom))


def planned(atoms: Atoms, seed: int, fewest: int = 1) -> tuple[Plan, tuple[np.ndarray, ...]]:
    inputs = random_inputs(atoms, seed)
    return plan_sums(*inputs, atoms.shapes, atoms.member_start, atoms.member_code, fewest), inputs


def carried_out(plan: Plan, area: int, inputs: list[frozenset[int]]) -> list[frozenset[int]]:
    """The cells of an area after all sums, each as the set of inputs in it; no input may come into a cell twice."""
    cells = list(inputs)
    for number in range(plan.area_sum[area], plan.area_sum[area + 1]):
        parts = [cells[k] for k in plan.source[plan.sum_source[number] : plan.sum_source[number + 1]]]
        assert len(parts) > 1
        cells.append(frozenset().union(*parts))
        assert len(cells[-1]) == sum(map(len, parts))
    return cells


@pytest.mark.parametrize("missing", [(False, False, False), (False, True, True)])
@pytest.mark.parametrize("fewest", [1, 5, 60])
def test_groups_are_the_sums_of_their_atoms(missing: tuple[bool, ...], fewest: int) -> None:
    atoms = plan_atoms(GRID, missing)
    plan, (area_input, atom, rows) = planned(atoms, 3, fewest)
    for area in range(len(area_input) - 1):
        first, last = area_input[area : area + 2]
        cells = carried_out(plan, area, [frozenset([i]) for i in range(last - first)])
        assert len(cells) <= plan.most
        found = {
            int(plan.cell_group[k]): (cells[plan.cell_slot[k]], int(plan.cell_rows[k]))
            for k in range(plan.area_cell[area], plan.area_cell[area + 1])
        }
        expected = {}
        for group in range(len(GRID.groups)):
            inside = np.flatnonzero(atoms.of_group(group)[atom[first:last]])
            children = int(rows[first:last][inside].sum())
            if children >= fewest:
                expected[group] = (frozenset(inside.tolist()), children)
        assert found == expected


def test_no_sum_is_made_that_no_group_needs() -> None:
    plan, (area_input, _, _) = planned(plan_atoms(GRID, (False, False, False)), 4, 60)
    everything, _ = planned(plan_atoms(GRID, (False, False, False)), 4)
    assert len(plan.source) < len(everything.source)
    for area in range(len(area_input) - 1):
        inputs = area_input[area + 1] - area_input[area]
        sums = range(plan.area_sum[area], plan.area_sum[area + 1])
        used = set(plan.cell_slot[plan.area_cell[area] : plan.area_cell[area + 1]].tolist())
        for number in sums:
            used |= set(plan.source[plan.sum_source[number] : plan.sum_source[number + 1]].tolist())
        assert {inputs + i for i in range(len(sums))} <= used
