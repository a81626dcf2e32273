"""A partner for what is withheld: where one part of a sum is left out, a second one is, so that neither follows.

The sums are those of one attribute (men and women are everybody) and of areas (the wijken of a municipality). Repeated
until no sum lacks one part only. That closes single sums; it does not stop what follows from several of them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from kansen.geography import Areas
from kansen.measures import Estimates
from kansen.moments import Grid

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


def with_partners(
    shown: Mapping[str, Flags], estimates: Mapping[str, Estimates], grid: Grid, areas: Areas
) -> dict[str, Flags]:
    """Which rows of the estimates stay when every part of a sum that is withheld alone gets a partner.

    The partner is the shown part with the fewest children.
    """
    n: dict[str, Counts] = {}
    open_: dict[str, Flags] = {}
    for level, of in estimates.items():
        shape = (len(grid.groups), len(areas.ids(level)))
        n[level], open_[level] = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        n[level][of.group, of.area], open_[level][of.group, of.area] = of.n, shown[level]
    sums = list(_sums(grid))
    pairs = [(below, above) for below in estimates for above in estimates if above in areas.info(below).within]
    while True:
        changed = False
        for level in estimates:
            for whole, parts in sums:
                changed |= _hide_a_second(open_[level], n[level], grid.shape, whole, parts)
        for below, above in pairs:
            parent = areas.parent_index(below, above)
            changed |= _hide_a_second_area(open_[below], n[below], open_[above], parent)
        if not changed:
            return {level: open_[level][of.group, of.area] for level, of in estimates.items()}


def _sums(grid: Grid) -> Iterator[tuple[tuple[int, int] | None, tuple[int, list[int]]]]:
    """The sums of one attribute: (dimension, whole) or None where the whole is on another grid, (dimension, parts)."""
    tables = [grid.position_slices, *(dimension.sums for dimension in grid.dimensions)]
    for dimension, table in enumerate(tables):
        wholes = [(None, np.ones(table.shape[1], bool))] if dimension == 0 and grid.codes else []
        if dimension == 0 and wholes:
            wholes[0][1][-1] = False  # of a category, who has none of its codes is in no part
        wholes += [(number, row) for number, row in enumerate(table)]
        for number, whole in wholes:
            inside = [m for m, row in enumerate(table) if (whole >= row).all() and m != number and row.any()]
            for size in range(2, len(inside) + 1):
                for parts in combinations(inside, size):
                    if (table[list(parts)].sum(axis=0) == whole).all():
                        yield (None if number is None else (dimension, number)), (dimension, list(parts))


def _hide_a_second(
    shown: Flags, n: Counts, shape: tuple[int, ...], whole: tuple[int, int] | None, parts: tuple[int, list[int]]
) -> bool:
    """Hide the smallest shown part of every sum that lacks one part alone; whether any was hidden."""
    dimension, members = parts
    view, counts = shown.reshape(*shape, -1), n.reshape(*shape, -1)
    own = np.moveaxis(view, dimension, 0)  # a view: what is hidden here is hidden there
    own_n = np.moveaxis(counts, dimension, 0)[members]
    of_parts = own[members]
    missing = ((own_n > 0) & ~of_parts).sum(axis=0)
    wanted = (missing == 1) & of_parts.any(axis=0)
    if whole is not None:
        wanted &= own[whole[1]]
    smallest = np.where(of_parts, own_n, np.iinfo(np.int64).max).argmin(axis=0)
    for number, member in enumerate(members):
        own[member] &= ~(wanted & (smallest == number))
    return bool(wanted.any())


def _hide_a_second_area(shown: Flags, n: Counts, whole: Flags, parent: NDArray[np.int32]) -> bool:
    """The same for the areas of a larger one."""
    groups, areas = np.nonzero((n > 0) & (parent >= 0))
    at = groups * whole.shape[1] + parent[areas]
    told = shown[groups, areas]
    missing = np.bincount(at[~told], minlength=whole.size)
    wanted = told & (missing[at] == 1) & whole.reshape(-1)[at]
    rows = np.flatnonzero(wanted)
    order = rows[np.lexsort((areas[rows], n[groups[rows], areas[rows]], at[rows]))]
    first = order[np.flatnonzero(np.diff(at[order], prepend=-1))]
    shown[groups[first], areas[first]] = False
    return len(first) > 0
