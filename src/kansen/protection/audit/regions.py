"""The areas of a release as an attacker sees them: one number per area over all levels, and which lie in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.geography import Areas
from kansen.protection.audit.lattice import Bools, Ints


@dataclass(frozen=True)
class Nesting:
    """Areas of the level `child` that lie in areas of `parent`: parent[p] holds child[start[p]:start[p + 1]].

    Parents and children are numbers of areas over all levels.
    """

    child_level: str
    parent_level: str
    parent: Ints
    start: Ints
    child: Ints

    @property
    def name(self) -> str:
        """What is said to add up."""
        return f"{self.parent_level} = its {self.child_level}"


class Regions:
    """Areas of the levels of a release, numbered from large to small levels in the order of their ids."""

    def __init__(self, areas: Areas, levels: Sequence[str]) -> None:
        self.areas = areas
        self.levels = tuple(levels)
        sizes = [len(areas.ids(level)) for level in self.levels]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.size = int(starts[-1])
        self.range = {level: slice(int(a), int(b)) for level, a, b in zip(levels, starts[:-1], starts[1:], strict=True)}
        self._words = {
            level: {area: number + of.start for number, area in enumerate(areas.ids(level))}
            for level, of in self.range.items()
        }

    def number(self, level: str, area: str) -> int:
        """The number of an area; -1 when there is none."""
        return self._words.get(level, {}).get(area, -1)

    def level_of(self, area: int) -> str:
        """The level of an area by its number."""
        return next(level for level, of in self.range.items() if of.start <= area < of.stop)

    def nestings(self, levels: Sequence[str]) -> list[Nesting]:
        """Each of these levels in the nearest other ones that its areas lie in entirely, the smallest areas first."""
        found: list[Nesting] = []
        for child in reversed([level for level in self.levels if level in levels]):
            above: list[str] = []
            for parent in reversed(self._above(child)):
                if parent in levels and not any(parent in self._above(nearer) for nearer in above):
                    above.append(parent)
                    found.append(self._nesting(child, parent))
        return found

    def _above(self, level: str) -> list[str]:
        direct = set(self.areas.info(level).within)
        found = direct.union(*(self._above(of) for of in direct)) if direct else direct
        return [name for name in self.areas.levels if name in found]

    def _nesting(self, child: str, parent: str) -> Nesting:
        of = np.asarray(self.areas.parent_index(child, parent), dtype=np.int64)
        known = np.flatnonzero(of >= 0)
        order = known[np.argsort(of[known], kind="stable")]
        parents = self.range[parent]
        counts = np.bincount(of[known], minlength=parents.stop - parents.start)
        return Nesting(
            child,
            parent,
            np.arange(parents.start, parents.stop),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            order + self.range[child].start,
        )


def closed_parents(totals: NDArray[np.int64], nesting: Nesting) -> Bools:
    """In which parents nobody lacks a code of the finer level, as far as a reader can tell; bool [parents].

    totals : the figure for everybody per area, -1 where not known. A parent is tested where its own and those of all
    its children are known: the sums agree exactly or they do not. Where they agree, it is closed. Where nothing can be
    tested, it counts as closed unless a test of these two levels failed: then there are children without a code.
    """
    parents, values = totals[nesting.parent], totals[nesting.child]
    lengths = np.diff(nesting.start)
    of = np.repeat(np.arange(len(parents)), lengths)
    total = np.bincount(of, weights=values, minlength=len(parents))
    complete = np.bincount(of, weights=values >= 0, minlength=len(parents)) == lengths
    tested = complete & (parents >= 0) & (lengths > 0)
    agreed = tested & (total == parents)
    return agreed | (~tested & (lengths > 0) & (agreed.sum() == tested.sum()))


def twins(figures: Mapping[str, NDArray[np.float64]], size: int) -> list[tuple[int, int]]:
    """Areas that are told the same for everybody on every outcome that both have (two at least): (first, other).

    figures : per outcome n and estimate for everybody per area, float64 [areas, 2], NaN where nothing is shown.
    """
    columns = np.concatenate(list(figures.values()), axis=1) if figures else np.zeros((size, 0))
    told = np.isfinite(columns).sum(axis=1)
    first: dict[bytes, int] = {}
    found: list[tuple[int, int]] = []
    for area in np.flatnonzero(told >= 4).tolist():
        key = np.nan_to_num(columns[area], nan=-1.0).tobytes()
        if first.setdefault(key, area) != area:
            found.append((first[key], area))
    return found
