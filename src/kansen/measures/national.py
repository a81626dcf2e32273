"""What is told of spells of a low income in the whole country, beside an outcome of a cohort of residents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kansen.cohorts.declarations import SpellsDeclaration
from kansen.measures.frailty import Dependence, dependence
from kansen.measures.panel import LowIncome, low_income

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
