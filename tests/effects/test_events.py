"""Policies: known effects recovered, coverage, an independent estimator, mergers that are no treatment, bad input."""

from __future__ import annotations

import datetime
import sys

import numpy as np
import pyarrow as pa
import pytest

from effects.worlds import panel
from kansen.effects import make_panel, policy_effect
from kansen.effects.events import _few_areas, _overall, _saturated, _slopes_before
from kansen.errors import InputError, MissingInputError

pytest.importorskip("pyfixest")


def test_an_effect_that_grows_is_recovered_by_year_and_overall() -> None:
    frame, policy = panel(np.random.default_rng(1), areas=120, treated=60, growing=0.5, sd=0.1)
    found = policy_effect(frame, "y", policy, draws=199)
    for one in found.by_year:
        years = int(one.name)
        if -5 < years < 5:
            assert one.value == pytest.approx(1 + 0.5 * years if years >= 0 else 0.0, abs=4 * one.se + 1e-9), one
    # Seven years of the early areas and four of the late ones.
    assert found.overall.value == pytest.approx(1 + 0.5 * (sum(range(7)) + sum(range(4))) / 11, abs=0.1)
    assert (found.treated, found.untreated, found.few) == (60, 60, False)
    assert found.pretrend_p > 0.01
    assert found.p_wild == found.p_permutation == 1 / 200


def test_areas_that_grew_faster_before_are_seen() -> None:
    frame, policy = panel(np.random.default_rng(2), drift=0.3)
    assert policy_effect(frame, "y", policy, draws=99).pretrend_p < 0.001


def test_one_start_is_the_difference_in_differences() -> None:
    """With one date and no weights, the mean over the years since is the difference of four means."""
    frame, policy = panel(np.random.default_rng(3), starts=(2013,))
    found = make_panel(frame, "y", policy)
    treated, after = found.first > 0, np.array(found.years) >= 2013
    means = [found.y[rows][:, columns].mean() for rows in (treated, ~treated) for columns in (after, ~after)]
    assert _overall(found).value == pytest.approx(means[0] - means[1] - means[2] + means[3])


def coverage(worlds: int) -> tuple[float, float, float]:
    hits, years, before = 0, 0.0, 0
    for seed in range(worlds):
        frame, policy = panel(np.random.default_rng(seed))
        of = make_panel(frame, "y", policy)
        overall = _overall(of)
        hits += overall.lwr <= 1 <= overall.upr
        by_year, p = _saturated(of, 5)
        since = [one for one in by_year if int(one.name) >= 0]
        years += sum(one.lwr <= 1 <= one.upr for one in since) / len(since)
        before += p < 0.05
    return hits / worlds, years / worlds, before / worlds


def test_intervals_hold_the_effect() -> None:
    overall, by_year, before = coverage(60)
    assert overall > 0.87
    assert by_year > 0.9
    assert before < 0.15


@pytest.mark.slow
def test_intervals_hold_the_effect_over_many_worlds() -> None:
    overall, by_year, before = coverage(2000)
    assert overall == pytest.approx(0.95, abs=0.02)
    assert by_year == pytest.approx(0.95, abs=0.02)
    assert before == pytest.approx(0.05, abs=0.02)


def rejected(worlds: int, treated: int) -> tuple[float, float]:
    found = []
    for seed in range(worlds):
        frame, policy = panel(np.random.default_rng(seed), areas=20, treated=treated, starts=(2012,), effect=0.0)
        found.append(_few_areas(make_panel(frame, "y", policy), 199, seed))
    wild, permuted = (np.array(found) <= 0.05).mean(axis=0).tolist()
    return wild, permuted


def test_few_areas_are_not_told_an_effect_that_is_not_there() -> None:
    wild, permuted = rejected(80, treated=5)
    assert wild <= 0.125
    assert permuted <= 0.125


@pytest.mark.slow
def test_few_areas_over_many_worlds() -> None:
    wild, permuted = rejected(2000, treated=5)
    assert wild <= 0.07
    assert permuted <= 0.06


def test_few_areas_say_that_they_are_few() -> None:
    frame, policy = panel(np.random.default_rng(4), areas=20, treated=3, starts=(2012,))
    found = policy_effect(frame, "y", policy, draws=99)
    assert found.few
    assert found.pretrend_p > 0.05


def test_a_single_year_before_is_too_little() -> None:
    frame, policy = panel(np.random.default_rng(4), areas=20, treated=3, starts=(2009,))
    with pytest.raises(InputError, match="too little before"):
        policy_effect(frame, "y", policy, draws=99)
    assert np.isnan(_slopes_before(make_panel(frame, "y", policy), 99, 1))


def faster_before(worlds: int, drift: float) -> float:
    found = []
    for seed in range(worlds):
        frame, policy = panel(np.random.default_rng(seed), areas=20, treated=5, starts=(2012, 2014), drift=drift)
        found.append(_slopes_before(make_panel(frame, "y", policy), 199, seed))
    return float((np.array(found) <= 0.05).mean())


def test_of_few_areas_those_that_grew_faster_before_are_seen_and_others_are_not() -> None:
    assert faster_before(100, 0.0) <= 0.11
    assert faster_before(20, 0.6) >= 0.8


@pytest.mark.slow
def test_few_areas_before_the_start_over_many_worlds() -> None:
    assert faster_before(2000, 0.0) == pytest.approx(0.05, abs=0.015)


def weesp() -> tuple[list[str], list[int], list[float]]:
    """Weesp had 1, Amsterdam 3; from 2022 on there is only Amsterdam, with both. Utrecht is for comparison."""
    area, year, y = [], [], []
    for when in range(2018, 2024):
        rows = {"GM0363": [3.0, 3.0] if when < 2022 else [3.0, 3.0, 1.0], "GM0344": [2.0]}
        if when < 2022:
            rows["GM0457"] = [1.0]
        for name, values in rows.items():
            for value in values:
                area.append(name)
                year.append(when)
                y.append(value)
    return area, year, y


def test_a_merger_is_no_treatment() -> None:
    area, year, y = weesp()
    found = make_panel({"area": area, "year": year, "y": y}, "y", {})
    assert found.areas == ("GM0344", "GM0363")
    assert found.merged == (("GM0457", "GM0363"),)
    assert found.y[1] == pytest.approx(7 / 3)  # the same people in every year, so nothing happened in 2022


def test_a_policy_of_one_part_of_a_merged_area_is_left_out() -> None:
    area, year, y = weesp()
    found = make_panel({"area": area, "year": year, "y": y}, "y", {"GM0457": "2020-01-01"})
    assert ("GM0363", "partly") in found.left_out
    whole = make_panel({"area": area, "year": year, "y": y}, "y", {"GM0363": "2020-01-01"})
    assert whole.first.tolist() == [0, 2020]


def test_gaps_and_areas_that_always_had_it_are_left_out_and_named() -> None:
    rows = [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("c", 2), ("d", 1), ("d", 2)]
    frame = pa.table({"area": [r[0] for r in rows], "year": [r[1] for r in rows], "y": [float(i) for i in range(7)]})
    found = make_panel(frame, "y", {"c": 1})
    assert found.areas == ("a", "d")
    assert dict(found.left_out) == {"b": "gaps", "c": "always"}


def test_a_policy_that_starts_halfway_holds_from_the_next_year() -> None:
    frame, policy = panel(np.random.default_rng(5), areas=4, treated=2, starts=(2012,))
    half = {area: datetime.date(2011, 3, 1) for area in policy}
    assert make_panel(frame, "y", half).first.tolist() == make_panel(frame, "y", policy).first.tolist()


def test_weights_are_people() -> None:
    frame = {"area": ["a", "a", "b", "b"] * 2, "year": [1] * 4 + [2] * 4, "y": [0.0, 1.0, 2.0, 4.0] * 2}
    found = make_panel({**frame, "n": [3, 1, 1, 1] * 2}, "y", {}, weight="n")
    assert found.y.tolist() == [[0.25, 0.25], [3.0, 3.0]]
    assert found.weight.tolist() == [4.0, 2.0]


GOOD = {"area": ["a", "a", "b", "b"], "year": [1, 2, 1, 2], "y": [1.0, 2.0, 3.0, 4.0], "n": [1, 1, 1, -1]}


@pytest.mark.parametrize(
    ("frame", "policy", "options", "message"),
    [
        (GOOD, {}, {}, "reached no area"),
        (GOOD, {"a": 2, "b": 2}, {}, "nothing to compare"),
        (GOOD, {"z": 2}, {}, "no rows"),
        (GOOD, {"a": "spring"}, {}, "date"),
        (GOOD, {"a": 2}, {"weight": "n"}, "[Ww]eights"),
        (GOOD, {"a": 2}, {"weight": "people"}, "lack a column"),
        ({**GOOD, "y": ["x"] * 4}, {"a": 2}, {}, "another kind"),
        ({name: of[:2] for name, of in GOOD.items()}, {"a": 2}, {}, "two areas"),
        (3, {}, {}, "Not a table"),
    ],
)
def test_bad_panels_are_refused(
    frame: object, policy: dict[str, object], options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        policy_effect(frame, "y", policy, **options)  # type: ignore[arg-type]


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, policy = panel(np.random.default_rng(6), areas=6, treated=3)
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(MissingInputError, match=r"kansen\[analysis\]"):
        policy_effect(frame, "y", policy, draws=9)
