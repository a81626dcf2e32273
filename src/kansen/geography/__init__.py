"""Areas: what exists, what lies in what, how to find one, and how to draw them without anyone's boundaries."""

from kansen.geography.areas import Area, Areas, LevelTable, areas_from_hierarchy, load_areas
from kansen.geography.boundaries import (
    Report,
    areas_import,
    boundaries_folder,
    boundary_source,
    find_boundaries,
)
from kansen.geography.changes import explain_history, successor
from kansen.geography.characteristics import Characteristic, characteristic_values, load_characteristics
from kansen.geography.contiguity import neighbours
from kansen.geography.hexagons import hexagon_topology
from kansen.geography.levels import Level, load_levels
from kansen.geography.others import with_others
from kansen.geography.schematic import schematic_topology
from kansen.geography.search import Match, search

__all__ = [
    "Area",
    "Areas",
    "Characteristic",
    "Level",
    "LevelTable",
    "Match",
    "Report",
    "areas_from_hierarchy",
    "areas_import",
    "boundaries_folder",
    "boundary_source",
    "characteristic_values",
    "explain_history",
    "find_boundaries",
    "hexagon_topology",
    "load_areas",
    "load_characteristics",
    "load_levels",
    "neighbours",
    "schematic_topology",
    "search",
    "successor",
    "with_others",
]
