"""Values of the registers that recipes are made of: one small class per way of reading."""

from kansen.cohorts.values.base import Value, in_batches
from kansen.cohorts.values.children import AgeAtFirstChild, OfChild
from kansen.cohorts.values.dwellings import OfDwelling
from kansen.cohorts.values.grades import OfGrade, latest_year
from kansen.cohorts.values.peers import TRAITS, ClassMean, NeighbourhoodMean, Trait
from kansen.cohorts.values.rows import MostOfRows, SumOfRows, SumOverAges
from kansen.cohorts.values.series import LAST_OLD, SERIES, OfSeries
from kansen.cohorts.values.spells import BIRTHDAY, DAYS, AgeAway, OnDay
from kansen.cohorts.values.yearly import InYear, OfYear

__all__ = [
    "BIRTHDAY",
    "DAYS",
    "LAST_OLD",
    "SERIES",
    "TRAITS",
    "AgeAtFirstChild",
    "AgeAway",
    "ClassMean",
    "InYear",
    "MostOfRows",
    "NeighbourhoodMean",
    "OfChild",
    "OfDwelling",
    "OfGrade",
    "OfSeries",
    "OfYear",
    "OnDay",
    "SumOfRows",
    "SumOverAges",
    "Trait",
    "Value",
    "in_batches",
    "latest_year",
]
