"""What is left: an area without all that lies in it and gives the same group."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.closure.regions import Counts, Result, Tree
from kansen.protection.closure.spine import Unions

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@njit(nogil=True, cache=True)
def failing_rests(tree: Tree, unions: Unions, of: Counts, out: Result, forced: Bytes) -> Ints:
    """Where what is left of a region without all that lies in it and gives a group is too small.

    The smallest of those areas may not give it then: it is marked in `forced`. Returns these areas. What is left of an
    area that is told with noise is told with noise too, and has to be enough, unless nothing in it is hidden.
    """
    regions, groups = out.in_span.shape
    kinds = len(of.parts)
    again = np.zeros(regions, np.uint8)
    given, left = np.zeros((regions, kinds), np.int64), np.zeros(kinds, np.int64)
    lived = np.zeros(regions, np.bool_)
    for region in range(regions):
        lived[region] = np.any(of.n[region])
    stack = np.zeros(regions + 1, np.int32)
    for group in range(groups):
        for region in range(regions - 1, -1, -1):
            given[region] = 0
            parts = tree.children[tree.children_start[region] : tree.children_start[region + 1]]
            for part in parts:
                given[region] += given[part]
            if not _gives(out, region, group):
                continue
            left[:] = out.counts[:, region, group] - given[region]
            given[region] = out.counts[:, region, group]
            if tree.absorbers[region, 0] >= 0 and _too_few(left, of):
                _force(_smallest(tree, out, forced, group, parts, stack), group, forced, again)
        for number in range(len(unions.start) - 1):
            own = unions.region[number]
            if own >= 0 and _gives(out, own, group):
                continue
            parts = unions.member[unions.start[number] : unions.start[number + 1]]
            left[:] = 0
            hidden = False
            for part in parts:
                left += out.counts[:, part, group] - given[part]
                hidden |= lived[part] and not _gives(out, part, group)
            if own >= 0:
                # Those of no known part are hidden too.
                left[:] = out.counts[:, own, group] - given[own]
            hidden |= np.any(left)
            if hidden and _too_few(left, of):
                _force(_smallest(tree, out, forced, group, parts, stack), group, forced, again)
    return np.flatnonzero(again)


@njit(nogil=True, cache=True)
def _gives(out: Result, region: int, group: int) -> bool:
    """Whether a group is told or follows. What is known to be empty is in every span, and tells nothing."""
    return bool(out.in_span[region, group] > 0 and np.sum(out.counts[:, region, group]) > 0)


@njit(nogil=True, cache=True)
def _too_few(left: Ints, of: Counts) -> bool:
    fails = False
    for kind in range(of.tested, len(left)):
        fails |= left[kind] < of.least
    return fails


@njit(nogil=True, cache=True)
def _force(area: int, group: int, forced: Bytes, again: Bytes) -> None:
    if area >= 0:
        forced[area, group] = 1
        again[area] = 1


@njit(nogil=True, cache=True)
def _smallest(tree: Tree, out: Result, forced: Bytes, group: int, parts: Shorts, stack: Shorts) -> int:
    """The smallest of the areas in some regions, or of those, that give a group; -1 without one."""
    smallest, size, waiting = -1, 0, len(parts)
    stack[:waiting] = parts
    while waiting:
        waiting -= 1
        area = stack[waiting]
        if _gives(out, area, group):
            total = np.sum(out.counts[:, area, group])
            if not forced[area, group] and (smallest < 0 or total < size):
                smallest, size = area, total
            continue
        for at in range(tree.children_start[area], tree.children_start[area + 1]):
            stack[waiting] = tree.children[at]
            waiting += 1
    return smallest
