"""One number per child, combined over the children of every cell: a sum, the least or the most.

For what is needed beside moments and is the same to the last bit however it is combined: sums of whole numbers (also
modulo 2**64), smallest and largest values. Sums of floats are made in one fixed order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.moments.structure import Structure


def combine(structure: Structure, values: NDArray[Any], by: np.ufunc, nobody: Any) -> NDArray[Any]:
    """Combine a value of each child over the children of every occupied cell of a chain of levels.

    values : one per child, in file order. by : how, for example `np.add` or `np.maximum`; in any order of the children
    up to rounding. nobody : the value of nothing at all, for example 0.
    Returns an array aligned with `structure.group` and `structure.area`.
    """
    atoms, sizes = structure.atoms, np.diff(structure.base)
    runs = by.reduceat(values[structure.order], structure.run_start[:-1]) if len(structure.order) else values[:0]
    leaf = np.repeat(np.arange(len(structure.leaf_area)), np.diff(structure.leaf_start))
    found: list[NDArray[Any]] = []
    combinations = _combinations(structure)
    above = np.full((atoms.size, combinations), nobody, dtype=values.dtype)
    by.at(above.reshape(-1), structure.run_atom.astype(np.int64) * combinations + structure.leaf_above[leaf], runs)
    for number, level in enumerate(structure.levels):
        size = int(sizes[number])
        table = np.full((atoms.size, size), nobody, dtype=values.dtype)
        if number == 0:
            area = structure.leaf_area[leaf]
            inside = np.flatnonzero(area >= 0)
            by.at(table.reshape(-1), structure.run_atom[inside].astype(np.int64) * size + area[inside], runs[inside])
        else:
            first, last = (int(structure.base[number + step] - structure.base[1]) for step in (0, 1))
            starts = structure.area_start[first : last + 1]
            occupied = np.flatnonzero(np.diff(starts))
            if len(occupied):
                members = above[:, structure.area_above[starts[0] : starts[-1]]]
                table[:, occupied] = by.reduceat(members, starts[occupied] - starts[0], axis=1)
        for (outer, codes, inner, _), sums in zip(atoms.shapes.tolist(), atoms.sums, strict=True):
            stage = table.reshape(outer, codes, inner * size)
            parts = [by.reduce(stage[:, member], axis=1, initial=nobody) for member in sums]
            table = np.stack(parts, axis=1)
        at = structure.cells_of(level)
        found.append(table.reshape(-1, size)[structure.group[at], structure.area[at]])
    return np.concatenate(found)


def _combinations(structure: Structure) -> int:
    """How many combinations of larger areas there are."""
    return int(structure.leaf_above.max(initial=0)) + 1


def area_of_child(structure: Structure, level: str, rows: int) -> NDArray[np.int32]:
    """The area of each of `rows` children at a level of a chain, in file order; -1 where it is not known."""
    number = structure.levels.index(level)
    if number == 0:
        of_leaf = structure.leaf_area
    else:
        first, last = (int(structure.base[number + step] - structure.base[1]) for step in (0, 1))
        starts = structure.area_start[first : last + 1]
        of_combination = np.full(_combinations(structure), -1, dtype=np.int32)
        of_combination[structure.area_above[starts[0] : starts[-1]]] = np.repeat(
            np.arange(last - first, dtype=np.int32), np.diff(starts)
        )
        of_leaf = of_combination[structure.leaf_above]
    children = np.diff(structure.run_start[structure.leaf_start])
    out = np.full(rows, -1, dtype=np.int32)
    out[structure.order] = np.repeat(of_leaf, children)
    return out
