"""What is told of the whole country only through the wall, spells and who is gone: large numbers, rounded.

Every share is told in steps that stand for `FEWEST_PER_STEP` people or more, and only where enough people left and
enough stayed, however often one of them may count; the ends of its interval lie on the same steps. The trend is worked
out of the shares of years as they are told, and so tells nothing more. The test of dependence is a function of all
spells together: its slope is told in steps that are as much as `FEWEST_PER_STEP` people move it.

Under a profile that tells nothing exactly nothing is told.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.measures import load_measure, trend
from kansen.measures.frailty import Dependence
from kansen.measures.national import EQUAL, LONGEST, NationalSpells, WeightedMean
from kansen.measures.results import quantile
from kansen.measures.spells import HazardTable, YearlyHazard
from kansen.protection.over import FEWEST_PER_STEP
from kansen.protection.profiles import Profile
from kansen.protection.protected import ProtectedSummary, token
from kansen.protection.scale import in_steps, step_of

Floats = NDArray[np.float64]

COARSEST = 0.02
"""A share in coarser steps says too little to be told."""


def with_spells(summary: ProtectedSummary, found: NationalSpells, profile: Profile) -> ProtectedSummary:
    """The summary of an outcome with what may be told of spells beside it; without, where nothing may be told."""
    return replace(summary, spells=_told(found, profile), _token=token())


def with_all(summary: ProtectedSummary, found: WeightedMean | None, profile: Profile) -> ProtectedSummary:
    """The summary of an outcome with its national figure for those who are gone, too, where it may be told.

    The outcome lies between 0 and 1, so that somebody moves the mean by their share of the weights at most.
    """
    if found is None or profile.exact == "none" or summary.national is None:
        return summary
    step = step_of(FEWEST_PER_STEP * found.largest)
    if step > COARSEST:
        return summary
    half = quantile(load_measure("expectation").confidence) * found.se
    ends = {"est": found.est, "lwr": max(found.est - half, 0.0), "upr": min(found.est + half, 1.0)}
    told = {name: in_steps(value, step, name) for name, value in ends.items()}
    return replace(summary, weighted={**told, "step": step, "by": list(found.by)}, _token=token())


def _told(found: NationalSpells, profile: Profile) -> dict[str, Any] | None:
    if profile.exact == "none":
        return None
    low, declared = found.low, found.declared
    years = len(low.years)
    leaving = _by_length(low.hazards(LONGEST), low.hazards(LONGEST, weighted=True), profile, years)
    if not leaving["place"]:
        return None
    by_year = _by_year(found, profile)
    about = declared.public()
    return {
        **{name: about[name] for name in ("label", "description", "below", "years", "ages")},
        "leaving": leaving,
        "again": _by_length(low.reentry(LONGEST), None, profile, years),
        "by_year": {**by_year, "lengths": EQUAL},
        "trend": _trend(by_year, declared.trend),
        "dependence": [_dependence(one) for one in (found.raw, found.corrected) if one is not None],
    }


def _by_length(
    table: HazardTable, weighted: HazardTable | None, profile: Profile, years: int
) -> dict[str, list[float]]:
    """The hazards by length that may be told, as lists with an entry per length in `place`.

    Somebody can have several spells in as many years: each takes its years and the one before them.
    """
    most = years // (table.length + 1)
    fewest = _fewest(profile) * most
    step = _steps(most, table.at_risk)
    enough = (table.ended >= fewest) & (table.at_risk - table.ended >= fewest) & (step <= COARSEST)
    which = np.flatnonzero(enough)
    return _columns(
        table.length[which], table.hazard[which], table.se[which], step[which],
        None if weighted is None else weighted.hazard[which],
    )  # fmt: skip


def _by_year(found: NationalSpells, profile: Profile) -> dict[str, list[float]]:
    """The chances to leave per calendar year, of spells of equal lengths.

    Somebody is in one spell in a year, and moves its share by the weight of a length over those at risk of it.
    """
    low = found.low
    table: YearlyHazard = low.by_year(EQUAL)
    weighted = low.by_year(EQUAL, weighted=True)
    at_risk, ended = low.leaving.at_risk[:, :EQUAL], low.leaving.ended[:, :EQUAL]
    mix = at_risk[(at_risk > 0).all(axis=1)].sum(axis=0)
    step = _steps(mix / max(mix.sum(), 1.0), at_risk).max(axis=1)
    enough = (np.minimum(ended, at_risk - ended) >= _fewest(profile)).all(axis=1) & (step <= COARSEST)
    which = np.flatnonzero(enough)
    return _columns(
        np.array(low.years)[which], table.hazard[which], table.se[which], step[which], weighted.hazard[which]
    )  # fmt: skip


def _fewest(profile: Profile) -> int:
    """So many people have to have left, and as many to have stayed."""
    return max(profile.min_n, profile.min_ones, profile.min_zeros)


def _columns(
    place: NDArray[Any], est: Floats, se: Floats, step: Floats, weighted: Floats | None
) -> dict[str, list[float]]:
    """Shares and their intervals in these steps."""
    half = quantile(load_measure("expectation").confidence) * se
    ends = {"est": est, "lwr": np.maximum(est - half, 0.0), "upr": np.minimum(est + half, 1.0)}
    if weighted is not None:
        ends["weighted"] = weighted
    told = {
        name: [in_steps(value, one, name) for value, one in zip(values, step, strict=True)]
        for name, values in ends.items()
    }
    return {"place": [int(one) for one in place], **told, "step": step.tolist()}


def _steps(moved: Floats | NDArray[np.int64], at_risk: Floats) -> Floats:
    """Steps that `FEWEST_PER_STEP` people fill, of whom each changes `moved` of `at_risk`."""
    size = np.broadcast_to(FEWEST_PER_STEP * moved / np.maximum(at_risk, 1e-9), at_risk.shape)
    return np.array([step_of(one) for one in size.ravel().tolist()]).reshape(size.shape)


def _trend(by_year: dict[str, list[float]], span: tuple[int, int]) -> dict[str, Any] | None:
    """The line through the published chances of the years of a span: change per year."""
    place = np.array(by_year["place"], np.int64)
    chosen = (place >= span[0]) & (place <= span[1])
    z = quantile(load_measure("expectation").confidence)
    est, lwr, upr, weighted, step = (
        np.array(by_year[name])[chosen] for name in ("est", "lwr", "upr", "weighted", "step")
    )
    # Never less than what rounding leaves unknown.
    se = np.maximum((upr - lwr) / (2 * z), step / sqrt(12))
    line, for_gone = trend(place[chosen], est, se), trend(place[chosen], weighted, se)
    if line is None or for_gone is None:
        return None
    told = {
        "est": line.slope, "lwr": line.slope - z * line.se, "upr": line.slope + z * line.se,
        "weighted": for_gone.slope, "p": line.p,
    }  # fmt: skip
    first, last = int(place[chosen].min()), int(place[chosen].max())
    return {"first": first, "last": last, "years": line.years, **{name: _digits(one) for name, one in told.items()}}


def _dependence(found: Dependence) -> dict[str, Any]:
    """The slope of the log hazard on the log of the year of the spell: below zero, leaving gets harder.

    An estimate whose error is se was moved by each of n people by se / sqrt(n), the one more and the other less.
    """
    told: dict[str, Any] = {"frailty": found.frailty}
    if not (isfinite(found.slope_se) and found.slope_se > 0):
        return told | dict.fromkeys(("est", "lwr", "upr", "step", "p", "variance"))
    step = step_of(max(FEWEST_PER_STEP * found.slope_se / sqrt(found.people), 1e-9))
    half = quantile(load_measure("expectation").confidence) * found.slope_se
    ends = {"est": found.slope, "lwr": found.slope - half, "upr": found.slope + half}
    told |= {name: in_steps(value, step, name) for name, value in ends.items()}
    return told | {"step": step, "p": _digits(found.p), "variance": _digits(found.variance)}


def _digits(value: float) -> float:
    """Two digits: no more than the figure is known to."""
    return float(f"{value:.2g}")
