"""Noise beside exactness: where a figure with noise may stand next to exact ones.

What is left of an exact figure without a noisy part of it is told as well, with the noise of that part. So a noisy
figure is told only if that rest is large enough: within each exact group that holds it in the same area, and within
what the exact parts of a larger area leave over. Only published numbers are looked at (exact counts, noisy counts,
rounded figures), so that a figure which is left out tells nothing more than they do. What the exact areas within an
area leave over is large enough to begin with: closing sees to that (`closure/rests.py`).

What follows exactly from exact figures is told exactly: an area all of whose parts are exact, or without which a larger
area is all exact, and an area that is all of an exact one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.geography import Areas
from kansen.moments import Grid

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]


class Cells(Protocol):
    """Cells of one level with their numbers of children: estimates, or what they are made of."""

    @property
    def group(self) -> Shorts: ...
    @property
    def area(self) -> Shorts: ...
    @property
    def rows(self) -> Shorts: ...


@dataclass(frozen=True)
class Exact:
    """The exact figures of one outcome at one level: children and those with the outcome, NaN where there is none.

    n, ones [groups, areas] : of the groups of a grid, and after them of the groups of everybody when the grid does not
    hold them itself.
    """

    n: Floats
    ones: Floats


@dataclass(frozen=True)
class Told:
    """All exact figures of an outcome on a grid, per level.

    inside : per level of the spine the sum of the largest exact areas that lie within each area (0 without any).
    """

    tables: Mapping[str, Exact]
    inside: Mapping[str, Exact]


@dataclass(frozen=True)
class _Around:
    """The areas around those of one level. `above` : the levels of the spine that they lie in, from small to large.

    below : the nearest level of the spine whose areas make up these, or None.
    """

    above: tuple[str, ...]
    below: str | None


class Neighbours:
    """What holds what, on one grid and its areas: the same for all outcomes."""

    def __init__(self, grid: Grid, areas: Areas, levels: Sequence[str], spine: Sequence[str]) -> None:
        """spine : the levels that can be exact, from large to small."""
        self.areas, self.levels = areas, tuple(levels)
        self.spine = tuple(level for level in spine if level in levels)
        self.groups, self.everybody = len(grid.groups), _everybody(grid)
        self.has_everybody = any(position.everybody for position in grid.positions)
        self.first, self.holder = _holders(grid, self.has_everybody)
        self.around = {level: self._around(level) for level in levels}

    def _around(self, level: str) -> _Around:
        above = tuple(one for one in reversed(self.spine) if self.areas.lies_in(level, one))
        below = next((one for one in self.spine if self.areas.lies_in(one, level)), None)
        return _Around(above, below)

    def parent(self, level: str, above: str) -> Shorts:
        """The area of a level above of each area."""
        return self.areas.parent_index(level, above).astype(np.int32)

    def derived(self, exact: Mapping[str, Flags], estimates: Mapping[str, Cells]) -> dict[str, Flags]:
        """Which rows of the estimates are exact when those of `exact` are: they, and what is a union or all of them.

        An area counts as the union of its parts only where its children are indeed all in them.
        """
        found = {level: exact.get(level, np.zeros(len(of.group), np.bool_)).copy() for level, of in estimates.items()}
        for level in reversed(self.spine):
            around = self.around[level]
            if around.above and level in found and around.above[0] in found:
                self._copy_of_parent(level, around.above[0], found, estimates)
        for level in self.levels:
            below = self.around[level].below
            if level not in self.spine and below in found and level in found:
                self._union(level, below, found, estimates)
        return found

    def _copy_of_parent(self, level: str, above: str, found: dict[str, Flags], estimates: Mapping[str, Cells]) -> None:
        """An only child is exact where its parent is, if nobody of the parent is missing from it."""
        parent = self.parent(level, above)
        only = np.bincount(parent[parent >= 0], minlength=len(self.areas.ids(above))) == 1
        of = estimates[level]
        up = parent[of.area]
        rows = _dense(estimates[above], estimates[above].rows, found[above], self._shape(above))
        some = (up >= 0) & only[np.maximum(up, 0)]
        found[level] |= some & (rows[of.group, np.maximum(up, 0)] == of.rows)

    def _union(self, level: str, below: str, found: dict[str, Flags], estimates: Mapping[str, Cells]) -> None:
        """An area is exact where all areas that make it up are, or all others of the area that holds it, and that."""
        parent, of, parts = self.parent(below, level), estimates[level], estimates[below]
        size = np.bincount(parent[parent >= 0], minlength=len(self.areas.ids(level)))
        shape = self._shape(level)
        up = parent[parts.area]
        inside = np.flatnonzero(found[below] & (up >= 0))
        at = parts.group[inside].astype(np.int64) * shape[1] + up[inside]
        count = np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape)
        rows = np.bincount(at, weights=parts.rows[inside], minlength=shape[0] * shape[1]).reshape(shape)
        found[level] |= (count[of.group, of.area] == size[of.area]) & (rows[of.group, of.area] == of.rows)
        above = self.spine[max(0, self.spine.index(below) - 1)]
        if above == below or above not in found or not self.areas.lies_in(level, above):
            return
        # The same from the other side: all of the larger area but this one is exact.
        over, inside_above = self.parent(level, above), self.parent(below, above)
        inner = np.bincount(inside_above[inside_above >= 0], minlength=len(self.areas.ids(above)))
        own = np.stack([count, rows])
        within = np.stack([_summed(table, over, len(inner)) for table in own])
        whole = _dense(estimates[above], estimates[above].rows, found[above], self._shape(above))
        group, up = of.group, np.maximum(over[of.area], 0)
        others, rest = within[:, group, up] - own[:, group, of.area]
        all_others = (over[of.area] >= 0) & (others == inner[up] - size[of.area])
        found[level] |= all_others & (rest == whole[group, up] - of.rows)

    def _shape(self, level: str) -> tuple[int, int]:
        return self.groups, len(self.areas.ids(level))

    def told(self, exact: Mapping[str, Mapping[str, NDArray[Any]]], everybody: Mapping[str, Exact] | None) -> Told:
        """What is exact, as tables; `exact` : per level group, area, n and est of the exact figures.

        everybody : those of the groups of everybody, where another grid holds them.
        """
        found: dict[str, Exact] = {}
        for level, columns in exact.items():
            n, ones = np.full((2, *self._shape(level)), np.nan)
            at = columns["group"], columns["area"]
            n[at], ones[at] = columns["n"], columns["est"] * columns["n"]
            if not self.has_everybody:
                shape = (len(self.everybody), n.shape[1])
                other = (everybody or {}).get(level) or Exact(np.full(shape, np.nan), np.full(shape, np.nan))
                n, ones = np.concatenate([n, other.n]), np.concatenate([ones, other.ones])
            found[level] = Exact(n, ones)
        return Told(found, self._inside(found))

    def of_everybody(self, figures: Iterable[tuple[str, Mapping[str, NDArray[Any]]]]) -> dict[str, Exact]:
        """The exact figures of the groups of everybody, per level, that further grids stand beside.

        figures : levels with group, area, n, est and noise_sd of what is told on the first grid.
        """
        found: dict[str, Exact] = {}
        inner = len(self.everybody)
        for level, columns in figures:
            n, ones = np.full((2, inner, self._shape(level)[1]), np.nan)
            which = (columns["noise_sd"] == 0) & (columns["group"] < inner)
            at = columns["group"][which], columns["area"][which]
            n[at], ones[at] = columns["n"][which], columns["est"][which] * columns["n"][which]
            found[level] = Exact(n, ones)
        return found

    def allows(
        self,
        level: str,
        columns: Mapping[str, NDArray[Any]],
        told: Told,
        least: tuple[int, int, int],
    ) -> Flags:
        """Which noisy figures of a level (group, area, n, est) leave enough beside them.

        least : fewest children, and of a binary outcome fewest with and without it (zeros for other outcomes).
        """
        group, area = columns["group"], columns["area"]
        n = columns["n"].astype(np.float64)
        ones = columns["est"] * n
        good = np.ones(len(group), np.bool_)
        bounds = np.array(least, dtype=np.float64)
        if level in told.tables:
            whole = told.tables[level]
            _within_groups(group, area, n, ones, self.first, self.holder, whole.n, whole.ones, bounds, good)
        around, own = self.around[level], (n, ones)
        if level in told.inside:
            inside = told.inside[level]
            own = (n - inside.n[group, area], ones - inside.ones[group, area])
        settled = np.zeros(len(group), np.bool_)
        # What exact areas leave over within an area beside the spine, and so outside it, is large enough.
        for above in () if around.below is not None and level not in self.spine else around.above:
            if above not in told.tables:
                continue
            up = self.parent(level, above)[area]
            up, known = np.maximum(up, 0), up >= 0
            left_n, left_ones = told.tables[above].n[group, up] - own[0], told.tables[above].ones[group, up] - own[1]
            here = known & ~np.isnan(left_n) & ~settled
            # Postcodes are not among the parts that the exact ones leave over.
            if level in self.spine:
                inside = told.inside[above]
                left_n, left_ones = left_n - inside.n[group, up], left_ones - inside.ones[group, up]
            good &= ~here | _enough(left_n, left_ones, bounds)
            settled |= here
        return good

    def _inside(self, tables: Mapping[str, Exact]) -> dict[str, Exact]:
        """Per level of the spine the sum of the largest exact areas within each area."""
        found: dict[str, Exact] = {}
        given: tuple[Floats, Floats] | None = None
        below: str | None = None
        for level in reversed(self.spine):
            if level not in tables:
                continue
            n, ones = np.zeros((2, *self._shape(level)))
            if below is not None and given is not None:
                up, size = self.parent(below, level), n.shape[1]
                n, ones = (_summed(parts, up, size) for parts in given)
            found[level] = Exact(n, ones)
            own = tables[level]
            known = ~np.isnan(own.n[: self.groups])
            given = (
                np.where(known, own.n[: self.groups], n),
                np.where(known, own.ones[: self.groups], ones),
            )
            below = level
        return found


def _summed(table: NDArray[Any], up: Shorts, size: int) -> Floats:
    """A table [groups, areas] summed over the areas within each of `size` larger ones: [groups, size]."""
    at = np.arange(len(table))[:, None] * size + up[up >= 0]
    flat = np.bincount(at.ravel(), table[:, up >= 0].ravel(), len(table) * size)
    return flat.astype(np.float64).reshape(len(table), size)


def _enough(n: Floats, ones: Floats, least: Floats) -> Flags:
    return (n >= least[0]) & ((least[1] == 0) | ((ones >= least[1]) & (n - ones >= least[2])))


def _dense(of: Cells, values: NDArray[Any], which: Flags, shape: tuple[int, int]) -> Floats:
    out = np.full(shape, np.nan)
    out[of.group[which], of.area[which]] = values[which]
    return out


def _everybody(grid: Grid) -> Ints:
    """The groups whose position is everybody, which other grids share."""
    inner = int(np.prod(grid.shape[1:]))
    position = next((number for number, of in enumerate(grid.positions) if of.everybody), 0)
    return np.arange(position * inner, (position + 1) * inner)


def _holders(grid: Grid, has_everybody: bool) -> tuple[Ints, Ints]:
    """Per group the groups that hold it whole, in one list with the place where each starts.

    Groups of everybody come after those of the grid where it has none itself.
    """
    tables = [grid.position_slices, *(dimension.sums for dimension in grid.dimensions)]
    holds = [[[m for m, own in enumerate(table) if (own >= row).all()] for row in table] for table in tables]
    shape, inner = grid.shape, grid.shape[1:]
    starts, members = [0], []
    for number, of in enumerate(product(*(range(size) for size in shape))):
        found = [
            int(np.ravel_multi_index(other, shape))
            for other in product(*(holds[dimension][member] for dimension, member in enumerate(of)))
        ]
        found = [other for other in found if other != number]
        if not has_everybody:
            rest = product(*(holds[dimension + 1][member] for dimension, member in enumerate(of[1:])))
            found += [len(grid.groups) + int(np.ravel_multi_index(other, inner)) for other in rest]
        members += found
        starts.append(len(members))
    return np.array(starts), np.array(members, dtype=np.int64)


@njit(nogil=True, cache=True)
def _within_groups(
    group: Shorts,
    area: Shorts,
    n: Floats,
    ones: Floats,
    first: Ints,
    holder: Ints,
    whole_n: Floats,
    whole_ones: Floats,
    least: Floats,
    good: Flags,
) -> None:
    """Clear `good` where an exact group that holds a figure leaves too few beside it in the same area."""
    for i in range(len(group)):
        for k in range(first[group[i]], first[group[i] + 1]):
            whole = whole_n[holder[k], area[i]]
            if np.isnan(whole):
                continue
            left = whole - n[i]
            left_ones = whole_ones[holder[k], area[i]] - ones[i]
            if left < least[0] or (least[1] > 0 and (left_ones < least[1] or left - left_ones < least[2])):
                good[i] = False
                break
