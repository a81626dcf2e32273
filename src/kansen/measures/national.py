"""What is told of the whole country only, beside outcomes of a cohort of residents: spells, and who is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kansen.cohorts.declarations import Outcome, SpellsDeclaration
from kansen.errors import UsageError
from kansen.measures.frailty import Dependence, dependence
from kansen.measures.panel import LowIncome, low_income
from kansen.measures.spells import attrition_weights

LONGEST = 10
"""Years of a spell that have a hazard of their own."""
BASELINE = 12
"""Years of a spell with a baseline of their own in the test: the last, open class has to be of long spells."""
EQUAL = 3
"""Years of a spell over which the chance of a calendar year is taken, each with the same weight in every year."""


@dataclass(frozen=True)
class NationalSpells:
    """Spells of low income in the country, as they are: for the vault, and for protection to make figures of.

    low : all risks, per calendar year and year of the spell. raw, corrected : the test that leaving gets harder
    with time, at an equal calendar year, without and with a (gamma) frailty; None where too little is known.
    """

    declared: SpellsDeclaration
    low: LowIncome
    raw: Dependence | None
    corrected: Dependence | None


def national_spells(panel: Sequence[Path], declared: SpellsDeclaration) -> NationalSpells:
    """Follow all residents of a panel (`kansen.cohorts.panel`), a part at a time.

    Raises `TableError` for a file that lacks a year.
    """
    low = low_income(panel, declared.calendar, declared.below)
    # Long spells are late ones: what the calendar years change has to be held apart from what the length does.
    time = np.arange(len(low.years), dtype=np.float64)
    raw, corrected = (dependence(low.histories, frailty, BASELINE, time) for frailty in ("none", "gamma"))
    return NationalSpells(declared, low, raw, corrected)


@dataclass(frozen=True)
class WeightedMean:
    """The mean of an outcome of everybody at the start, with its standard error.

    largest : the largest share of the weights that somebody has. by : the columns in which people are alike.
    """

    est: float
    se: float
    largest: float
    by: tuple[str, ...]


ALIKE = (("income_rank", "sex", "birth_year"), ("income_rank", "sex"), ("income_rank",))
"""What people at the start are alike in: fifth of income, sex and five years of birth. Wider where cells are small."""


def mean_of_all(rows: Path, outcome: Outcome) -> WeightedMean | None:
    """The national mean of an outcome where those who are still seen stand for those like them who are gone.

    rows : the file of a cohort. Inverse-probability weights (`attrition_weights`) of the first of `ALIKE` of which
    every cell has enough people who are seen; None where none has, or somebody has no rank at the start.
    """
    table = pq.read_table(rows, columns=["income_rank", "sex", "birth_year", outcome.id])
    y = table[outcome.id].to_numpy(zero_copy_only=False).astype(float)
    rank = table["income_rank"].to_numpy(zero_copy_only=False).astype(float)
    if not len(y) or np.isnan(rank).any():
        return None
    women = pc.call_function("index_in", [table["sex"]], pc.SetLookupOptions(pa.array(["women"])))
    born = table["birth_year"].to_numpy(zero_copy_only=False)
    codes = {
        "income_rank": np.minimum(np.floor(rank * 5), 4).astype(np.int64),
        "sex": women.is_valid().to_numpy(zero_copy_only=False).astype(np.int64),
        "birth_year": (born - born.min()) // 5,
    }
    seen = ~np.isnan(y)
    for by in ALIKE:
        cells = np.zeros(len(y), np.int64)
        for name in by:
            cells = cells * (int(codes[name].max()) + 1) + codes[name]
        try:
            weight = attrition_weights(seen, cells)[seen]
        except UsageError:
            continue
        total = float(weight.sum())
        est = float(weight @ y[seen]) / total
        se = float(np.sqrt((weight**2 * (y[seen] - est) ** 2).sum())) / total
        return WeightedMean(est, se, float(weight.max()) / total, by)
    return None
