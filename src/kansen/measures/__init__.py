"""Statistics from moments and from single children: what is computed for every cell, and what explains a gap."""

from kansen.measures.declarations import Measure, Over, load_measure, load_measures, load_over
from kansen.measures.decomposition import OaxacaBlinder, oaxaca_blinder
from kansen.measures.durations import Durations, fit_durations
from kansen.measures.elasticity import Elasticity, OutEarning, ige, ige_expectation, out_earn
from kansen.measures.expectation import Estimates, Least, every_cell, expectation, expectations
from kansen.measures.frailty import Dependence, Histories, dependence
from kansen.measures.gap_parts import GapParts, gap_parts
from kansen.measures.gaps import GapCurve, gap_curve
from kansen.measures.halves import HalfReliability, half_reliability
from kansen.measures.inequality import gini, inequality_between
from kansen.measures.influence import AMOUNTS, Ends, Steadiness
from kansen.measures.kitagawa import Kitagawa, das_gupta, kitagawa
from kansen.measures.mobility import Crosswalk, RankRank, crosswalk, rank_rank, rank_rank_by, upward_mobility
from kansen.measures.national import NationalSpells, WeightedMean, mean_of_all, national_spells
from kansen.measures.opportunity import Opportunity, opportunity_inequality
from kansen.measures.over import Asked, Worked, asked_of, everybody_of, work_out
from kansen.measures.panel import LowIncome, low_income, states_of
from kansen.measures.ranks import fractional_ranks
from kansen.measures.results import Estimate
from kansen.measures.segregation import Segregation, segregation
from kansen.measures.spells import (
    HazardTable,
    Risks,
    Spells,
    Trend,
    YearlyHazard,
    attrition_weights,
    hazard_table,
    risks,
    spells_of,
    trend,
    turned,
    yearly_hazard,
)
from kansen.measures.transitions import Transitions, transition_matrix
from kansen.measures.weights import Design, link_survey, survey_mean, survey_mean_by, survey_regression

__all__ = [
    "AMOUNTS",
    "Asked",
    "Crosswalk",
    "Dependence",
    "Design",
    "Durations",
    "Elasticity",
    "Ends",
    "Estimate",
    "Estimates",
    "GapCurve",
    "GapParts",
    "HalfReliability",
    "HazardTable",
    "Histories",
    "Kitagawa",
    "Least",
    "LowIncome",
    "Measure",
    "NationalSpells",
    "OaxacaBlinder",
    "Opportunity",
    "OutEarning",
    "Over",
    "RankRank",
    "Risks",
    "Segregation",
    "Spells",
    "Steadiness",
    "Transitions",
    "Trend",
    "WeightedMean",
    "Worked",
    "YearlyHazard",
    "asked_of",
    "attrition_weights",
    "crosswalk",
    "das_gupta",
    "dependence",
    "every_cell",
    "everybody_of",
    "expectation",
    "expectations",
    "fit_durations",
    "fractional_ranks",
    "gap_curve",
    "gap_parts",
    "gini",
    "half_reliability",
    "hazard_table",
    "ige",
    "ige_expectation",
    "inequality_between",
    "kitagawa",
    "link_survey",
    "load_measure",
    "load_measures",
    "load_over",
    "low_income",
    "mean_of_all",
    "national_spells",
    "oaxaca_blinder",
    "opportunity_inequality",
    "out_earn",
    "rank_rank",
    "rank_rank_by",
    "risks",
    "segregation",
    "spells_of",
    "states_of",
    "survey_mean",
    "survey_mean_by",
    "survey_regression",
    "transition_matrix",
    "trend",
    "turned",
    "upward_mobility",
    "work_out",
    "yearly_hazard",
]
