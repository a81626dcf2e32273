"""The children of a cohort as closing sees them: which atoms and which regions they are in, and what they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.geography import Areas
from kansen.moments import Grid, Prepared
from kansen.moments.source import resolve_levels
from kansen.protection.closure.lattice import Lattice, build_lattice
from kansen.protection.closure.spine import Spine, plant

SPINE = ("nl", "municipality", "wijk")


@dataclass(frozen=True)
class People:
    """lattice : the cells of every region. atoms : per grid the atom of every child. spine : the regions."""

    grids: tuple[Grid, ...]
    lattice: Lattice
    atoms: tuple[NDArray[np.int32], ...]
    spine: Spine


def gather(prepared: Sequence[Prepared], spine: Sequence[str] = SPINE) -> People:
    """The children of a cohort that was prepared for every grid.

    spine : the levels that may be told exactly, from large to small. Where a cohort has areas of its own, the levels of
    its first chain take their place.
    """
    source, areas = prepared[0].source, prepared[0].areas
    grids = tuple(of.grid for of in prepared)
    dimensions = grids[0].dimensions
    codes = [source.codes(dimension.column, dimension.codes) for dimension in dimensions]
    missing = [bool((code == len(of.codes)).any()) for code, of in zip(codes, dimensions, strict=True)]
    lattice = build_lattice(grids, missing)
    within = np.zeros(source.rows, np.int64)
    for code, of, lacks in zip(codes, dimensions, missing, strict=True):
        within = within * (len(of.codes) + lacks) + code
    atoms = tuple(
        ((source.codes(grid.column, grid.codes) if grid.codes else grid.slice_of(source.ranks(grid.column)))
         * lattice.plan.codes + within).astype(np.int32)
        for grid in grids
    )  # fmt: skip
    chain = spine_levels(areas, prepared[0].levels, spine)
    basis = prepared[0].basis
    levels = resolve_levels(source, areas, chain[::-1], basis)
    return People(grids, lattice, atoms, plant({level: levels[level] for level in chain}, areas))


def spine_levels(areas: Areas, known: Sequence[str], spine: Sequence[str]) -> tuple[str, ...]:
    """The levels of the spine that a cohort knows, from large to small: those declared, or those of its own areas."""
    found = tuple(level for level in spine if level in known)
    if areas.shipped or len(found) == len(spine):
        return found
    chain = [level for level in areas.chains()[0] if level in known]
    return tuple(reversed(chain))
