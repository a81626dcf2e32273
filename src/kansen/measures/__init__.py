"""Statistics from moments: what is computed for every cell."""

from kansen.measures.declarations import Measure, load_measure, load_measures
from kansen.measures.expectation import Estimates, Least, every_cell, expectation, expectations
from kansen.measures.influence import AMOUNTS, Ends, Steadiness

__all__ = [
    "AMOUNTS",
    "Ends",
    "Estimates",
    "Least",
    "Measure",
    "Steadiness",
    "every_cell",
    "expectation",
    "expectations",
    "load_measure",
    "load_measures",
]
