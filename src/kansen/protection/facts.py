"""What some rules look at beside numbers of children: degrees of freedom, and the amounts of single children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.measures import AMOUNTS, Estimates
from kansen.moments import Prepared
from kansen.moments.combine import combine
from kansen.protection.noise import matched
from kansen.protection.profiles import Profile

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Facts:
    """Of the rows of some estimates: degrees of freedom, the largest |y| of one child, and the sums of |y| and y."""

    df: NDArray[np.int32]
    largest: Floats
    absolute: Floats
    total: Floats


def facts_of(
    prepared: Prepared, outcome: Outcome, estimates: Mapping[str, Estimates], profile: Profile
) -> dict[str, Facts] | None:
    """Those of an outcome, per level; None under a profile whose rule does not look at them."""
    if not (profile.wants_amounts or profile.degrees is not None):
        return None
    lines = np.isfinite(prepared.grid.at)
    df = {level: of.n - np.where(lines[of.group], 2, 1) for level, of in estimates.items()}
    if not profile.wants_amounts or outcome.kind == "binary":
        return {
            level: Facts(df[level].astype(np.int32), *np.full((3, len(of)), np.nan)) for level, of in estimates.items()
        }
    y = np.nan_to_num(prepared.source.outcome(outcome), nan=0.0, posinf=np.inf, neginf=-np.inf)
    found: dict[str, Facts] = {}
    for structure in prepared.structures:
        columns = (
            combine(structure, np.abs(y), np.maximum, 0.0),
            combine(structure, np.abs(y), np.add, 0.0),
            combine(structure, y, np.add, 0.0),
        )
        for level in structure.levels:
            at, of = structure.cells_of(level), estimates[level]
            mine, theirs = matched(structure.group[at], structure.area[at], of.group, of.area)
            own = np.full((3, len(of)), np.nan)
            for row, column in zip(own, columns, strict=True):
                row[theirs] = column[at][mine]
            found[level] = Facts(df[level].astype(np.int32), *own)
    return found


def pass_facts(estimates: Estimates, facts: Facts, outcome: Outcome, profile: Profile) -> Flags:
    """Which cells the further rules of a profile let through.

    degrees : enough of them. dominance : of amounts, no child has that share of the sum of |y|, or more. extremes : of
    all but binary outcomes, no child has more than that share of the size of the sum.
    """
    good = np.ones(len(estimates), np.bool_)
    if profile.degrees is not None:
        good &= facts.df >= profile.degrees
    if profile.dominance is not None and outcome.kind in AMOUNTS:
        good &= facts.largest < profile.dominance * facts.absolute
    if profile.extremes is not None and outcome.kind != "binary":
        good &= facts.largest <= profile.extremes * np.abs(facts.total)
    return good
