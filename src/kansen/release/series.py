"""The same measure over cohorts: which outcomes of a release are one measure of an earlier and a later cohort.

Outcomes are one measure when they are called the same after the prefix of their cohort, are of one kind, unit, basis
and statistic, and their cohorts are followed in the same way: the same kind of people, with a home and an outcome at
the same age, or at the same kind of moment. The years of birth then tell which of both is earlier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MEASURE = ("kind", "unit", "basis", "measure")
_FOLLOWED = ("population", "home_age", "outcome_age")
_MOMENTS = ("home_on", "start_year", "school_years")
"""Of these, cohorts of one series have other values, but all of them have one, or none has."""


def earlier_outcomes(
    outcomes: Sequence[Mapping[str, Any]], cohorts: Sequence[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Per outcome the ids of those that are the same measure of earlier cohorts, the nearest in time first.

    outcomes, cohorts : as in `outcomes.json` and the manifest. Nothing is earlier than an outcome of a cohort that does
    not tell its years of birth or its prefix.
    """
    known = {one["id"]: one for one in cohorts if one.get("births") and one.get("prefix")}
    series: dict[tuple[Any, ...], list[tuple[tuple[int, ...], str]]] = {}
    for one in outcomes:
        if (cohort := known.get(one["cohort"])) is not None:
            series.setdefault(_measure(one, cohort), []).append((tuple(cohort["births"]), one["id"]))
    found: dict[str, list[str]] = {one["id"]: [] for one in outcomes}
    for members in series.values():
        for births, id in members:
            found[id] = [other for when, other in sorted(members, reverse=True) if when < births]
    return found


def _measure(outcome: Mapping[str, Any], cohort: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is equal for outcomes of one series, and for no others."""
    return (
        str(outcome["id"]).removeprefix(cohort["prefix"]),
        *(outcome.get(name) for name in _MEASURE),
        *(cohort.get(name) for name in _FOLLOWED),
        *(cohort.get(name) is not None for name in _MOMENTS),
    )
