"""How sure published figures are: shrunk figures, ranks with their sets, false discoveries, reliability, space and
time.

Pure functions on figures and their standard errors, without any person. Spatial statistics are in
`kansen.precision.spatial`, which needs the extra `kansen[analysis]`.
"""

from kansen.precision.bayes import Rates, Shrunk, paule_mandel, shrink, shrink_rates
from kansen.precision.close import shrink_close
from kansen.precision.columns import standard_error
from kansen.precision.composition import Composition, composition
from kansen.precision.discovery import Differences, Method, adjusted, differs
from kansen.precision.ranks import RankSets, rank_sets
from kansen.precision.reliability import (
    Agreement,
    Forecast,
    Reliability,
    forecast,
    minimum_detectable_difference,
    reliability,
    spearman_brown,
    split_half,
)
from kansen.precision.time import Changes, changes, shared_births

__all__ = [
    "Agreement",
    "Changes",
    "Composition",
    "Differences",
    "Forecast",
    "Method",
    "RankSets",
    "Rates",
    "Reliability",
    "Shrunk",
    "adjusted",
    "changes",
    "composition",
    "differs",
    "forecast",
    "minimum_detectable_difference",
    "paule_mandel",
    "rank_sets",
    "reliability",
    "shared_births",
    "shrink",
    "shrink_close",
    "shrink_rates",
    "spearman_brown",
    "split_half",
    "standard_error",
]
