"""Mergeable moments per atom (area x rank slice x sex x origin x household), rolled up to every group and area."""

from kansen.moments.cells import Cells
from kansen.moments.compute import (
    Prepared,
    PreparedCohort,
    Room,
    compute,
    known_grids,
    prepare,
    prepare_cohort,
    prepare_grids,
)
from kansen.moments.grid import FILE as GROUPS
from kansen.moments.grid import Grid, grid_axes, load_grid
from kansen.moments.structure import Structure

__all__ = [
    "GROUPS",
    "Cells",
    "Grid",
    "Prepared",
    "PreparedCohort",
    "Room",
    "Structure",
    "compute",
    "grid_axes",
    "known_grids",
    "load_grid",
    "prepare",
    "prepare_cohort",
    "prepare_grids",
]
