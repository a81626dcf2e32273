"""What may be told of effects: estimates over many people, in steps that no single one of them can be seen in.

An estimate is told where at least `FEWEST_PEOPLE` people are behind it, in steps that are at least

- as much as `FEWEST_PER_STEP` people move it on average (of n independent ones each by the standard error / sqrt(n)),
- as much as the one person who moves it most does,

and only where such a step is no more than half of its interval. The ends of the interval lie on the same steps, rounded
outwards. Everything else (what a placebo says, how many people) follows from what is told or is rounded to tens.
"""

from __future__ import annotations

from collections import Counter
from math import floor, hypot, isfinite
from typing import Any

from kansen.effects import About, Estimate, Exposure, Policy
from kansen.errors import InputError
from kansen.protection.over import FEWEST_PER_STEP
from kansen.protection.protected import ProtectedEffect, token
from kansen.protection.scale import in_steps, step_of

FEWEST_PEOPLE = 100
"""Behind any estimate that is told."""
FEWEST_IN_CELL = 10
"""People of an area in a year."""
SURE = 0.05
"""A test whose p is below it says that something is there."""


def protect_effect(found: Exposure | Policy, about: About) -> ProtectedEffect:
    """What may be told of an effect, in these words.

    Raises `InputError` where too few people are behind the effect itself.
    """
    told = _of_movers(found) if isinstance(found, Exposure) else _of_policy(found)
    if told["effect"]["reason"] is not None:
        raise InputError(
            "This effect may not be told outside",
            where=about.id,
            found=f"{_WHY[told['effect']['reason']]}",
            expected=f"an estimate over {FEWEST_PEOPLE} people or more that a single one hardly moves",
        )
    words = {name: getattr(about, name).as_dict() for name in ("title", "description", "outcome")}
    return ProtectedEffect({"id": about.id, **words, "kind": about.kind, **told}, _token=token())


_WHY = {
    "too_few_people": "it rests on too few people",
    "too_coarse": "one person, or few, move it about as much as chance does",
    "no_variation": "nothing tells it from chance",
}


def _of_movers(found: Exposure) -> dict[str, Any]:
    effect = _figure(found.per_year)
    placebos = [_placebo(one, effect, _EXPECTED[one.name]) for one in found.placebos]
    people = {"movers": found.movers, "residents": found.residents, "left_out": found.dropped}
    return {
        "method": "movers",
        "log": found.log,
        "until": found.until,
        "years": list(found.born),
        "effect": effect,
        "chosen": _figure(found.chosen),
        "along": _along(found.by_age),
        "placebos": placebos,
        "few": False,
        "tests": None,
        "people": {name: _tens(count) for name, count in people.items()},
        "clusters": _tens(found.per_year.clusters, 0),
        "areas": None,
    }


_EXPECTED = {"late": "none", "other_cohort": "none", "siblings": "effect", "own_cohort": "effect"}
"""What each placebo of movers must show: nothing, or the effect itself."""


def _of_policy(found: Policy) -> dict[str, Any]:
    panel = found.panel
    least = float(panel.people.min())
    if least < FEWEST_IN_CELL:
        raise InputError(
            "This effect may not be told outside: an area has too few people in a year",
            found=f"{least:g}",
            expected=f"{FEWEST_IN_CELL} people or more in every area and year",
            todo="leave such areas out; if the rows are of areas, give the column with their people as --weight",
        )
    before = [one for one in found.by_year if int(one.name) < -1]
    verdict = "unknown" if not isfinite(found.pretrend_p) else "fails" if found.pretrend_p < SURE else "as_expected"
    reason = None if isfinite(found.pretrend_p) else "too_few_areas"
    trend = {"name": "before", "expected": "none", "verdict": verdict, **_nothing(reason), "p": _p(found.pretrend_p)}
    return {
        "method": "policy",
        "log": False,
        "until": None,
        "years": [panel.years[0], panel.years[-1]],
        "effect": _figure(found.overall),
        "chosen": None,
        "along": _along(found.by_year),
        "placebos": [trend] if before else [],
        "few": found.few,
        "tests": {"wild": _p(found.p_wild), "permutation": _p(found.p_permutation)},
        "people": {
            "treated": _tens(found.overall.people),
            "untreated": _tens(float(panel.weight[panel.first == 0].sum())),
        },
        "clusters": len(panel.areas),
        "areas": {
            "treated": found.treated,
            "untreated": found.untreated,
            "left_out": dict(sorted(Counter(why for _, why in panel.left_out).items())),
            "merged": len(panel.merged),
        },
    }


def _figure(one: Estimate) -> dict[str, Any]:
    """An estimate with its interval, in steps; null with a reason where it may not be told."""
    if one.reason is not None or not (isfinite(one.se) and one.se > 0):
        return _nothing(one.reason or "no_variation")
    if not one.people >= FEWEST_PEOPLE:
        return _nothing("too_few_people")
    largest = one.largest if isfinite(one.largest) else 0.0
    step = step_of(max(FEWEST_PER_STEP * one.typical, largest))
    if step > (one.upr - one.lwr) / 2:
        return _nothing("too_coarse")
    ends = {"est": one.value, "lwr": one.lwr, "upr": one.upr}
    return {
        **{name: in_steps(value, step, name) for name, value in ends.items()},
        "step": step,
        "people": _tens(one.people),
        "reason": None,
    }


def _nothing(reason: str | None) -> dict[str, Any]:
    return {**dict.fromkeys(("est", "lwr", "upr", "step", "people")), "reason": reason}


def _along(estimates: tuple[Estimate, ...]) -> list[dict[str, Any]]:
    """Those along ages or years that may be told; of the others nothing is said, not even that they are there."""
    told = [(int(one.name), _figure(one)) for one in estimates]
    return [{"place": place, **figure} for place, figure in told if figure["reason"] is None]


def _placebo(one: Estimate, effect: dict[str, Any], expected: str) -> dict[str, Any]:
    """A placebo with what it says, from the figures as they are told."""
    figure = _figure(one)
    verdict = "unknown"
    if figure["reason"] is None and effect["reason"] is None:
        half = (figure["upr"] - figure["lwr"]) / 2
        # Two estimates from partly the same people: as if they were apart, which is the wider of the two.
        apart = hypot(half, (effect["upr"] - effect["lwr"]) / 2)
        holds = (
            figure["lwr"] <= 0 <= figure["upr"] if expected == "none" else abs(figure["est"] - effect["est"]) <= apart
        )
        verdict = "as_expected" if holds else "fails"
    return {"name": one.name, "expected": expected, "verdict": verdict, **figure, "p": None}


def _tens(count: float, fewest: int = FEWEST_PEOPLE) -> int | None:
    """A number of people rounded to tens; null below `fewest`."""
    return floor(count / 10 + 0.5) * 10 if count >= fewest else None


def _p(value: float) -> float | None:
    """A p-value in hundredths, rounded upwards: 0.01 is at most 0.01."""
    return in_steps(value, 0.01, "upr") if isfinite(value) else None
