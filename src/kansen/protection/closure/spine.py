"""The spine: the country, its municipalities and their wijken, as one tree of regions, and who stays silent in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kansen.geography import Areas

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]


class Unions(NamedTuple):
    """Areas that are told with noise and that regions make up: of number u the regions member[start[u]:start[u + 1]].

    region : the region that it is itself, which may be told exactly; -1 beside the tree.
    """

    start: Ints
    member: Shorts
    region: Shorts


@dataclass(frozen=True)
class Spine:
    """Regions numbered on over the levels, from large to small.

    levels : from large to small. first [levels + 1] : where the regions of each level start. of_child : per level the
    region of every child, -1 where it is not known. parent [regions] : the region that it lies in, -1 for none.
    absorbers [regions, 2] : the two regions within it that publish nothing exact, nor anything in them; -1 where
    nothing in it does. silent [regions] : which regions publish nothing.
    """

    levels: tuple[str, ...]
    first: tuple[int, ...]
    of_child: tuple[Shorts, ...]
    parent: Shorts
    absorbers: Shorts
    silent: NDArray[np.bool_]

    @property
    def regions(self) -> int:
        """How many regions there are."""
        return self.first[-1]

    @cached_property
    def children_start(self) -> Ints:
        """Where the regions within each region start in `children`, [regions + 1]."""
        counts = np.bincount(self.parent[self.parent >= 0], minlength=self.regions)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def children(self) -> Shorts:
        """The regions within each region, one region's after the other's."""
        inside = np.flatnonzero(self.parent >= 0)
        return inside[np.argsort(self.parent[inside], kind="stable")].astype(np.int32)

    def level_of(self, level: str) -> slice:
        """The regions of a level."""
        number = self.levels.index(level)
        return slice(self.first[number], self.first[number + 1])

    def count(self, atoms: Sequence[Shorts], size: int, first_atom: Sequence[int], chosen: NDArray[np.bool_]) -> Shorts:
        """How many children `chosen` there are of every atom of every region, [regions, size].

        atoms : per grid the atom of every child. first_atom : where the atoms of each grid start.
        """
        out = np.zeros((self.regions, size), np.int32)
        for number, of_child in enumerate(self.of_child):
            start, stop = self.first[number], self.first[number + 1]
            known = chosen & (of_child >= 0)
            region = of_child[known] - start
            for grid, atom in enumerate(atoms):
                low, high = first_atom[grid], first_atom[grid + 1]
                key = region.astype(np.int64) * (high - low) + atom[known]
                table = np.bincount(key, minlength=(stop - start) * (high - low))
                out[start:stop, low:high] = table.reshape(stop - start, high - low)
        return out

    def unions(self, levels: Sequence[str], areas: Areas) -> Unions:
        """The areas of some levels, in the spine and beside it, that areas of a level of the spine make up."""
        counts, members, regions = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        for level in levels:
            below = next((own for own in self.levels if areas.lies_in(own, level)), None)
            if below is None:
                continue
            up, size = areas.parent_index(below, level), len(areas.ids(level))
            order = np.argsort(up, kind="stable")
            members.append((order[up[order] >= 0] + self.level_of(below).start).astype(np.int32))
            counts.append(np.bincount(up[up >= 0], minlength=size))
            own = np.arange(size) + self.level_of(level).start if level in self.levels else np.full(size, -1)
            regions.append(own.astype(np.int32))
        start = np.cumsum(np.concatenate(counts)).astype(np.int64)
        return Unions(start, np.concatenate(members), np.concatenate(regions))

    def named(self, areas: Areas) -> dict[str, list[str]]:
        """The ids of the silent parts of every region that has parts: two, or none where nothing in it is told."""
        ids = [id for level in self.levels for id in areas.ids(level)]
        inside = np.diff(self.children_start) > 0
        return {
            ids[region]: [ids[part] for part in self.absorbers[region] if part >= 0]
            for region in np.flatnonzero(inside).tolist()
        }

    def numbered(self, silent: Mapping[str, Sequence[str]], areas: Areas) -> dict[int, Shorts]:
        """What `named` gave, as numbers: for the regions and parts that are still there."""
        number = {id: region for region, id in enumerate(id for level in self.levels for id in areas.ids(level))}
        found: dict[int, Shorts] = {}
        for id, parts in silent.items():
            known = [number[part] for part in parts if part in number]
            if id in number and len(known) == len(parts):
                found[number[id]] = np.array(known or [-1, -1], np.int32)
        return found

    def with_absorbers(self, absorbers: Shorts) -> Spine:
        """The same spine with these regions silent, and all that lies in a silent region or has silent parents."""
        silent = np.zeros(self.regions, bool)
        silent[absorbers[absorbers >= 0]] = True
        for region in range(self.regions):
            above = self.parent[region]
            silent[region] |= above >= 0 and (silent[above] or absorbers[above, 0] < 0)
        return replace(self, absorbers=absorbers, silent=silent)


def plant(levels: Mapping[str, Ints], areas: Areas) -> Spine:
    """The tree of some levels (from large to small), with nobody silent yet.

    levels : per level the area of every child, -1 where not known.
    """
    names = tuple(levels)
    first = np.concatenate([[0], np.cumsum([len(areas.ids(name)) for name in names])]).tolist()
    parent = np.full(first[-1], -1, np.int32)
    for number in range(1, len(names)):
        above = areas.parent_index(names[number], names[number - 1]).astype(np.int32)
        parent[first[number] : first[number + 1]] = np.where(above >= 0, above + first[number - 1], -1)
    of_child = tuple(
        np.where(levels[name] >= 0, levels[name] + first[number], -1).astype(np.int32)
        for number, name in enumerate(names)
    )
    nobody = np.full((first[-1], 2), -1, np.int32)
    return Spine(names, tuple(first), of_child, parent, nobody, np.zeros(first[-1], bool))
