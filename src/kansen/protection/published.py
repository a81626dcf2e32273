"""Figures that somebody published before, as protection passes them on: with their digits, and their own summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.protection.profiles import load_profile
from kansen.protection.protect import already_published
from kansen.protection.protected import Protected, ProtectedSummary, token
from kansen.protection.scale import class_breaks, spread_of

SPREAD_LEVEL = "municipality"


def protect_published(
    figures: Mapping[str, Mapping[str, NDArray[Any]]],
    outcome: Outcome,
    areas: Mapping[str, tuple[str, ...]],
    groups: tuple[str, ...],
    *,
    everybody: int,
    source: str,
) -> tuple[ProtectedSummary, list[Protected]]:
    """All levels of one published outcome, with the summary that follows from them.

    figures : per level the columns area, group, n (-1 unknown), est, lwr, upr. areas : per level its ids. everybody :
    the number of the group that holds everybody. source : who published them; it is told as the profile. Reliability
    goes by the limits of the profile `kansenkaart`.
    """
    own = {level: _everybody(columns, everybody) for level, columns in figures.items()}
    told = [level for level in own if level != "nl" and len(own[level]["est"]) > 1]
    level = SPREAD_LEVEL if SPREAD_LEVEL in told else max(told, key=lambda one: len(own[one]["est"]), default=None)
    spread = spread_of(own[level]["est"]) if level else None
    national = {name: values[0].item() for name, values in own["nl"].items()} if _is_told(own) else None
    if national is not None:
        national = {name: value for name, value in national.items() if value == value and (name != "n" or value >= 0)}
    summary = ProtectedSummary(
        outcome=outcome,
        national=national,
        spread=spread,
        breaks=class_breaks(outcome, national["est"] if national else None, spread),
        _token=token(),
    )
    limits = dict(load_profile("kansenkaart").reliability)
    return summary, [
        already_published(outcome, level, areas[level], groups, columns, source=source, spread=spread, limits=limits)
        for level, columns in figures.items()
    ]


def _everybody(columns: Mapping[str, NDArray[Any]], group: int) -> dict[str, NDArray[Any]]:
    rows = np.flatnonzero(columns["group"] == group)
    return {name: columns[name][rows] for name in ("n", "est", "lwr", "upr")}


def _is_told(own: Mapping[str, Mapping[str, NDArray[Any]]]) -> bool:
    return "nl" in own and len(own["nl"]["est"]) > 0
