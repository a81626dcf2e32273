"""Published cohorts that follow each other: which of their outcomes are one measure, and which breaks lie between."""

from __future__ import annotations

import pytest

from kansen.cohorts.declarations import Label, Outcome
from kansen.importing.labels import load_labels
from kansen.importing.outcomes import declare, declare_cohort
from kansen.release.breaks import load_breaks
from kansen.release.series import earlier_outcomes

NAMES = ("c11_a_math", "c11_b_math", "c00_a_premature_birth", "c00_b_premature_birth", "c35_employed", "c21_employed")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    labels = load_labels()
    generation = labels.generations["G4"]
    about = {"publisher": Label("x", "x"), "basis": "home", "binary": True, "bounds": (0.0, 1.0)}
    return {id: declare(id, generation, labels.cohort(id, "G4").id, labels, **about) for id in NAMES}  # type: ignore[arg-type]


def test_the_published_cohorts_of_group_8_and_of_births_follow_each_other(outcomes: dict[str, Outcome]) -> None:
    labels = load_labels()
    cohorts = [
        declare_cohort(of.cohort, labels.cohort(id, "G4"), labels.generations["G4"], [of])
        for id, of in outcomes.items()
    ]
    found = earlier_outcomes([of.public() for of in outcomes.values()], [of.public() for of in cohorts])
    assert {id: earlier for id, earlier in found.items() if earlier} == {
        "c11_b_math": ["c11_a_math"],
        "c00_b_premature_birth": ["c00_a_premature_birth"],
    }


def test_their_breaks_are_known_by_the_years_in_their_published_names(outcomes: dict[str, Outcome]) -> None:
    between = {
        later: [
            one.id for one in load_breaks() if one.lies_between(outcomes[earlier].public(), outcomes[later].public())
        ]
        for earlier, later in (("c11_a_math", "c11_b_math"), ("c00_a_premature_birth", "c00_b_premature_birth"))
    }
    assert between == {"c11_b_math": ["no_end_test_2020"], "c00_b_premature_birth": []}
