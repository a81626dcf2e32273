"""Which outcomes are the same measure of an earlier cohort: by what is declared, never by a list of names."""

from __future__ import annotations

from typing import Any

import pytest

from kansen.cohorts.declarations import cohort_ids, load_cohort
from kansen.release.series import earlier_outcomes


def cohort(id: str, births: tuple[int, int] | None, **more: Any) -> dict[str, Any]:
    return {"id": id, "prefix": f"{id}_", "births": births, "population": "persons", "home_age": 15, **more}


def outcome(of: str, name: str = "income", **more: Any) -> dict[str, Any]:
    return {"id": f"{of}_{name}", "cohort": of, "kind": "money", "unit": "EUR 2020", "basis": "home", **more}


OLD, MIDDLE, NEW = cohort("a", (1970, 1974)), cohort("b", (1975, 1979)), cohort("c", (1980, 1984))


def test_the_nearest_cohort_comes_first() -> None:
    found = earlier_outcomes([outcome("c"), outcome("a"), outcome("b")], [NEW, OLD, MIDDLE])
    assert found == {"c_income": ["b_income", "a_income"], "a_income": [], "b_income": ["a_income"]}


@pytest.mark.parametrize(
    "other",
    [
        outcome("a", "wealth"),
        outcome("a", unit="EUR 2015"),
        outcome("a", kind="count"),
        outcome("a", basis="birth"),
        outcome("a", measure="slope"),
    ],
)
def test_another_measure_is_none(other: dict[str, Any]) -> None:
    assert earlier_outcomes([outcome("c"), other], [OLD, NEW])["c_income"] == []


@pytest.mark.parametrize("name", [{"outcome_age": 21}, {"home_age": 0}, {"population": "residents"}, {"start_year": 1}])
def test_people_followed_otherwise_are_none(name: dict[str, Any]) -> None:
    assert earlier_outcomes([outcome("c"), outcome("a")], [OLD | name, NEW])["c_income"] == []


def test_cohorts_that_do_not_tell_their_births_have_no_order() -> None:
    assert earlier_outcomes([outcome("c"), outcome("a")], [cohort("a", None), NEW])["c_income"] == []


def test_of_the_declared_cohorts_two_pairs_follow_each_other() -> None:
    cohorts = [load_cohort(id) for id in cohort_ids()]
    outcomes = [one.public() for of in cohorts for one in of.outcomes]
    found = earlier_outcomes(outcomes, [of.public() for of in cohorts])
    pairs = {(id.rsplit("_", 9)[0], earlier) for id, all_of in found.items() for earlier in all_of}
    assert found["c11_b_math"] == ["c11_a_math"]
    assert found["wl10_income_10_perc"] == ["wl_income_10_perc"]
    prefixes = {(later.split("_")[0], earlier.split("_")[0]) for later, earlier in pairs}
    assert prefixes == {("c11", "c11"), ("wl10", "wl")}
