"""Which areas touch: those that share a line of the border on a map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from kansen.geography.topology import Topology, geometries_of


def neighbours(topo: Topology, index: Mapping[str, int]) -> np.ndarray:
    """Pairs of areas that share an arc of a topology, as positions; int64, shape (pairs, 2), sorted, each pair once.

    index : the position of each area id; areas of the map that are not in it are left out. Areas that touch in a point
    only, or across water, share no arc.
    """
    owners: dict[int, set[int]] = defaultdict(set)
    for geometry in geometries_of(topo):
        position = index.get(str(geometry.get("id")))
        if position is not None:
            for arc in _arcs(geometry.get("arcs", [])):
                owners[arc if arc >= 0 else ~arc].add(position)
    pairs = {pair for areas in owners.values() for pair in combinations(sorted(areas), 2)}
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _arcs(nested: Iterable[Any]) -> Iterable[int]:
    for item in nested:
        if isinstance(item, int):
            yield item
        else:
            yield from _arcs(item)
