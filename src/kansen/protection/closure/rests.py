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
Flags = NDArray[np.bool_]


@njit(nogil=True, cache=True)
def failing_rests(tree: Tree, unions: Unions, of: Counts, out: Result, forced: Bytes) -> Ints:
    """Where what is left of a region without all that lies in it and gives a group is too small.

    The smallest of those areas may not give it then: it is marked in `forced`. Returns these areas. What is left of an
    area that is told with noise is told with noise too, and has to be enough, unless nothing in it is hidden.
    """
    kinds, regions, groups = out.counts.shape
    again = np.zeros(regions, np.uint8)
    # What is known to be empty is in every span, and tells nothing.
    gives = np.zeros((regions, groups), np.bool_)
    given, left = np.zeros((kinds, regions, groups), np.int32), np.zeros((kinds, groups), np.int32)
    hidden, stack = np.zeros(groups, np.bool_), np.zeros(regions + 1, np.int32)
    for region in range(regions - 1, -1, -1):
        parts = tree.children[tree.children_start[region] : tree.children_start[region + 1]]
        for part in parts:
            given[:, region] += given[:, part]
        left[:] = out.counts[:, region] - given[:, region]
        for group in range(groups):
            if not out.in_span[region, group] or not np.any(out.counts[:, region, group]):
                continue
            gives[region, group] = True
            given[:, region, group] = out.counts[:, region, group]
            if tree.absorbers[region, 0] >= 0 and _too_few(left, group, of):
                _force(_smallest(tree, out, gives, forced, group, parts, stack), group, forced, again)
    for number in range(len(unions.start) - 1):
        own = unions.region[number]
        parts = unions.member[unions.start[number] : unions.start[number + 1]]
        left[:] = 0
        hidden[:] = False
        for part in parts:
            left += out.counts[:, part] - given[:, part]
            if np.any(of.n[part]):
                hidden |= ~gives[part]
        if own >= 0:
            # Those of no known part are hidden too.
            left[:] = out.counts[:, own] - given[:, own]
        for group in range(groups):
            if own >= 0 and gives[own, group]:
                continue
            if (hidden[group] or np.any(left[:, group])) and _too_few(left, group, of):
                _force(_smallest(tree, out, gives, forced, group, parts, stack), group, forced, again)
    return np.flatnonzero(again)


@njit(nogil=True, cache=True)
def _too_few(left: Shorts, group: int, of: Counts) -> bool:
    fails = False
    for kind in range(of.tested, len(left)):
        fails |= left[kind, group] < of.least
    return fails


@njit(nogil=True, cache=True)
def _force(area: int, group: int, forced: Bytes, again: Bytes) -> None:
    if area >= 0:
        forced[area, group] = 1
        again[area] = 1


@njit(nogil=True, cache=True)
def _smallest(
    tree: Tree, out: Result, gives: Flags, forced: Bytes, group: int, parts: Shorts, stack: Shorts
) -> int:  # fmt: skip
    """The smallest of the areas in some regions, or of those, that give a group; -1 without one."""
    smallest, size, waiting = -1, 0, len(parts)
    stack[:waiting] = parts
    while waiting:
        waiting -= 1
        area = stack[waiting]
        if gives[area, group]:
            total = np.sum(out.counts[:, area, group])
            if not forced[area, group] and (smallest < 0 or total < size):
                smallest, size = area, total
            continue
        for at in range(tree.children_start[area], tree.children_start[area + 1]):
            stack[waiting] = tree.children[at]
            waiting += 1
    return smallest
