"""Statistics from moments: what is computed for every cell."""

from kansen.measures.declarations import Measure, load_measure, load_measures
from kansen.measures.expectation import Estimates, Least, every_cell, expectation, expectations

__all__ = [
    "Estimates",
    "Least",
    "Measure",
    "every_cell",
    "expectation",
    "expectations",
    "load_measure",
    "load_measures",
]
