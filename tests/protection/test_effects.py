"""What may be told of effects: enough people, steps that nobody is seen in, placebos with what they say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effects.worlds import panel
from kansen.effects import Estimate, Exposure, about_effect, exposure, policy_effect
from kansen.errors import InputError
from kansen.protection import protect_effect
from kansen.protection.effects import _figure
from kansen.protection.over import FEWEST_PER_STEP
from kansen.synthetic.movers import draw_movers, load_movers

ABOUT = about_effect("movers")


def estimate(name: str, value: float, se: float, people: int = 10_000, largest: float = 0.0) -> Estimate:
    return replace(Estimate.of(name, value, se, people, 500).over(people), largest=largest)


def movers(**changes: Any) -> Exposure:
    found: dict[str, Any] = {
        "per_year": estimate("per_year", 0.027, 0.005),
        "chosen": estimate("chosen", 0.1, 0.05),
        "by_age": (estimate("4", 0.6, 0.1, 400), estimate("5", 0.5, 0.1, 99), estimate("6", 0.5, 0.1, 9)),
        "placebos": (
            estimate("late", 0.001, 0.01),
            estimate("siblings", 0.03, 0.02),
            estimate("own_cohort", 0.028, 0.008),
            estimate("other_cohort", -0.004, 0.008),
        ),
        "movers": 10_004, "residents": 31_996, "dropped": 42, "until": 23.0, "outcome": "income", "log": True,
        "born": (1981, 1990),
    }  # fmt: skip
    return Exposure(**{**found, **changes})


@given(
    value=st.floats(-1e6, 1e6),
    se=st.floats(1e-4, 1e5),
    people=st.integers(1, 10**7),
    largest=st.floats(0, 1e5),
)
def test_a_step_is_what_twenty_people_move_or_the_one_who_moves_most(
    value: float, se: float, people: int, largest: float
) -> None:
    one = estimate("x", value, se, people, largest)
    told = _figure(one)
    if told["reason"] is not None:
        assert told["est"] is None
        assert people < 100 or max(20 * se / math.sqrt(people), largest) * 2.5 > (one.upr - one.lwr) / 2
        return
    step = told["step"]
    assert step >= FEWEST_PER_STEP * se / math.sqrt(people) * (1 - 1e-9)
    assert step >= largest * (1 - 1e-9)
    for name in ("est", "lwr", "upr"):
        assert told[name] == float(f"{round(told[name] / step) * step:.6g}")
    assert told["lwr"] <= one.lwr + 1e-5 * abs(one.lwr) + 1e-12
    assert told["upr"] >= one.upr - 1e-5 * abs(one.upr) - 1e-12
    assert abs(told["est"] - value) <= step / 2 + 1e-5 * abs(value)
    assert people >= 100
    assert told["people"] % 10 == 0


def test_an_age_with_few_movers_is_not_there() -> None:
    told = protect_effect(movers(), ABOUT).content
    assert [at["place"] for at in told["along"]] == [4]
    assert told["along"][0]["people"] == 400
    assert told["people"] == {"movers": 10_000, "residents": 32_000, "left_out": None}


def test_nine_movers_of_an_age_do_not_get_out_of_the_people_themselves() -> None:
    pytest.importorskip("pyfixest")
    world = load_movers()
    table = draw_movers(0.1, 7, {**world, "place": {**world["place"], "times": 4.0}}).to_pandas()
    at_five = table["age_at_move"].between(5, 6, inclusive="left")
    few = table[~at_five | table.index.isin(table.index[at_five][:9])]
    found = exposure(pa.Table.from_pandas(few), "income")
    told = protect_effect(found, ABOUT).content
    ages = [at["place"] for at in told["along"]]
    assert 5 not in ages
    assert {4, 6} <= set(ages)
    assert all(at["people"] >= 100 for at in told["along"])
    assert told["effect"]["lwr"] <= found.per_year.lwr <= found.per_year.upr <= told["effect"]["upr"]


def test_one_person_more_or_less_moves_nothing_by_more_than_a_step() -> None:
    pytest.importorskip("pyfixest")
    table = draw_movers(0.03, 3).to_pandas()
    rows = table.index[table["destination"].notna()]
    whole = exposure(pa.Table.from_pandas(table), "income")
    step = _figure(whole.per_year)["step"]
    for row in rows[:: len(rows) // 5][:5]:
        less = exposure(pa.Table.from_pandas(table.drop(index=row)), "income")
        assert abs(less.per_year.value - whole.per_year.value) < step


def test_a_fortune_is_not_told() -> None:
    found = movers(per_year=estimate("per_year", 0.5, 0.1, largest=0.4))
    with pytest.raises(InputError, match="one person, or few"):
        protect_effect(found, ABOUT)
    with pytest.raises(InputError, match="too few people"):
        protect_effect(movers(per_year=estimate("per_year", 0.5, 0.1, 99)), ABOUT)


@pytest.mark.parametrize(
    ("name", "value", "se", "verdict"),
    [
        ("late", 0.04, 0.01, "fails"),
        ("late", 0.015, 0.01, "as_expected"),
        ("siblings", 0.0, 0.005, "fails"),
        ("siblings", 0.0, 0.03, "as_expected"),
        ("own_cohort", 0.10, 0.01, "fails"),
        ("other_cohort", -0.05, 0.01, "fails"),
    ],
)
def test_a_placebo_says_whether_it_is_as_it_must_be(name: str, value: float, se: float, verdict: str) -> None:
    told = protect_effect(movers(placebos=(estimate(name, value, se),)), ABOUT).content
    assert [one["verdict"] for one in told["placebos"]] == [verdict]


def test_a_placebo_that_could_not_be_done_is_unknown_and_says_why() -> None:
    told = protect_effect(movers(placebos=(Estimate.nothing("late", "too_few_movers", 12),)), ABOUT).content
    [placebo] = told["placebos"]
    assert (placebo["verdict"], placebo["reason"], placebo["est"], placebo["people"]) == (
        "unknown", "too_few_movers", None, None,
    )  # fmt: skip


def test_the_truth_of_the_synthetic_country_is_told() -> None:
    pytest.importorskip("pyfixest")
    told = protect_effect(exposure(draw_movers(1.0, 2), "income"), ABOUT).content
    assert told["effect"]["lwr"] < 0.027 < told["effect"]["upr"]
    assert told["effect"]["lwr"] > 0
    assert told["effect"]["step"] <= 0.001
    assert "fails" not in {one["verdict"] for one in told["placebos"] if one["name"] != "own_cohort"}


# a policy


def rows(people: int, **options: Any) -> tuple[pa.Table, dict[str, object]]:
    """Rows of areas with so many people in each."""
    frame, policy = panel(np.random.default_rng(1), **options)
    return frame.append_column("n", pa.array([people] * frame.num_rows)), policy


def test_a_policy_is_told_by_year_with_its_tests() -> None:
    pytest.importorskip("pyfixest")
    frame, policy = rows(3_000, areas=60, treated=30)
    told = protect_effect(policy_effect(frame, "y", policy, weight="n", draws=99), about_effect("policy")).content
    assert told["effect"]["est"] == pytest.approx(1.0, abs=0.5)
    assert told["effect"]["lwr"] > 0
    assert told["people"] == {"treated": 90_000, "untreated": 90_000}
    assert told["areas"] == {"treated": 30, "untreated": 30, "left_out": {}, "merged": 0}
    assert [at["place"] for at in told["along"]] == [-5, -4, -3, -2, 0, 1, 2, 3, 4, 5]
    [before] = told["placebos"]
    assert (before["name"], before["verdict"]) == ("before", "as_expected")
    assert told["tests"] == {"wild": 0.01, "permutation": 0.01}


def test_areas_that_grew_faster_before_fail_the_placebo() -> None:
    pytest.importorskip("pyfixest")
    frame, policy = rows(3_000, drift=0.3)
    told = protect_effect(policy_effect(frame, "y", policy, weight="n", draws=99), about_effect("policy")).content
    assert [one["verdict"] for one in told["placebos"]] == ["fails"]


def test_few_areas_are_said_to_be_few() -> None:
    pytest.importorskip("pyfixest")
    frame, policy = rows(3_000, areas=20, treated=4, starts=(2012,))
    told = protect_effect(policy_effect(frame, "y", policy, weight="n", draws=99), about_effect("policy")).content
    assert told["few"]
    [before] = told["placebos"]
    assert (before["verdict"], before["reason"]) == ("as_expected", None)
    assert 0.05 < before["p"] <= 1


@pytest.mark.parametrize("people", [1, 9])
def test_an_area_with_few_people_in_a_year_is_refused(people: int) -> None:
    pytest.importorskip("pyfixest")
    frame, policy = rows(people)
    found = policy_effect(frame, "y", policy, weight="n", draws=99)
    with pytest.raises(InputError, match="too few people in a year"):
        protect_effect(found, about_effect("policy"))


def test_of_rows_of_people_the_largest_counts() -> None:
    """One fortune in an area that has the policy: its owner alone moves the mean, and so nothing is told."""
    pytest.importorskip("pyfixest")
    rng = np.random.default_rng(5)
    frame, policy = panel(rng, areas=12, treated=6, sd=0.1)
    people = pa.table(
        {
            "area": np.repeat(frame["area"].to_numpy(zero_copy_only=False), 60),
            "year": np.repeat(frame["year"].to_numpy(), 60),
            "y": np.repeat(frame["y"].to_numpy(), 60) + rng.normal(0, 0.1, 60 * frame.num_rows),
        }
    )
    told = protect_effect(policy_effect(people, "y", policy, draws=99), about_effect("policy")).content
    assert told["people"]["treated"] == 360
    y = people["y"].to_numpy().copy()
    y[(people["area"].to_numpy(zero_copy_only=False) == "A000") & (people["year"].to_numpy() == 2015)] += np.r_[
        2000.0, np.zeros(59)
    ]
    rich = people.set_column(2, "y", pa.array(y))
    with pytest.raises(InputError, match="one person, or few"):
        protect_effect(policy_effect(rich, "y", policy, draws=99), about_effect("policy"))
