"""Protection as the published pipeline does it: each switch by itself, against cells worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kansen import protection
from kansen.cohorts import protection_changed, quirks_named
from kansen.cohorts.declarations import Kind
from kansen.errors import DeclarationError
from kansen.protection.protected import Protected
from moments.worlds import outcome
from protection.worlds import estimates_at


def told(quirks: str, kind: Kind, *cells: dict[str, float]) -> Protected:
    """What passes of these cells, one per area, with some quirks on."""
    given = [{"area": number, **cell} for number, cell in enumerate(cells)]
    profile = protection.load_profile("kansenkaart", changes=protection_changed(quirks_named(quirks)))
    _, [figures] = protection.protect_outcome({"pc4": estimates_at("pc4", given)}, outcome(kind=kind), profile)
    return figures


def test_q40_children_whose_outcome_is_unknown_count() -> None:
    """Of 12 children 8 have the outcome observed: too few here, enough there, and 12 is what they tell."""
    cells = [{"n": 8, "rows": 12}, {"n": 11, "rows": 30}, {"n": 8, "rows": 9}]
    assert told("", "money", *cells).area.tolist() == [1]
    assert told("", "money", *cells).n.tolist() == [11]
    assert told("Q40", "money", *cells).area.tolist() == [0, 1]
    assert told("Q40", "money", *cells).n.tolist() == [12, 30]


def test_q50_a_fitted_value_stands_for_the_events() -> None:
    """Three of 100 have it and a line says 12 percent; 15 of 100 have it and a line says 5 percent."""
    cells = [
        {"n": 100, "ones": 3, "est": 0.12},
        {"n": 100, "ones": 15, "est": 0.05},
        {"n": 100, "ones": 97, "est": 0.88},
    ]
    assert told("", "binary", *cells).area.tolist() == [1]
    assert told("Q50", "binary", *cells).area.tolist() == [0, 2]
    assert told("Q50", "share", *cells).area.tolist() == [0, 1, 2]


def test_q40_and_q50_multiply_the_estimate_by_all_rows() -> None:
    """A tenth of 60 is 6 events; times the 100 rows it is 10, and 100 rows are told."""
    cell = {"n": 60, "rows": 100, "ones": 6, "est": 0.1}
    assert told("Q50", "binary", cell).cells == 0
    assert told("Q40,Q50", "binary", cell).n.tolist() == [100]


def test_q38_highest_incomes_are_not_tested_for_ones() -> None:
    cell = {"n": 100, "ones": 3, "est": 0.03}
    assert (told("", "binary", cell).cells, told("", "share", cell).cells) == (0, 1)


def test_q52_all_digits() -> None:
    cell = {"est": 0.123456789, "lwr": 0.1000000001, "upr": 1 / 3}
    assert told("", "share", cell).est[0] == 0.1235
    figures = told("Q52", "share", cell)
    assert (figures.est[0], figures.lwr[0], figures.upr[0]) == (0.123456789, 0.1000000001, 1 / 3)


def test_q54_a_true_zero_is_left_out() -> None:
    """Zero is left out; an estimate that only rounds to zero is not."""
    cells = [{"est": 0.0}, {"est": 0.2}, {"est": 1e-9}]
    assert told("", "money", *cells).area.tolist() == [0, 1, 2]
    assert told("Q54", "money", *cells).area.tolist() == [1, 2]


def test_the_profile_tells_what_changed() -> None:
    changes = protection_changed(quirks_named("kansenkaart-2025"))
    parameters = protection.load_profile("kansenkaart", changes=changes).public()["parameters"]
    assert {name: parameters[name] for name in changes} == {
        "counted": "rows",
        "events": "fitted",
        "rounded": False,
        "zeros": "dropped",
    }
    assert protection.load_profile("kansenkaart").public()["parameters"]["counted"] == "observed"


@pytest.mark.parametrize(("name", "value"), [("counted", "all"), ("events", 1), ("zeros", True), ("rounded", "no")])
def test_a_wrong_word_is_named(name: str, value: Any) -> None:
    with pytest.raises(DeclarationError, match=name):
        protection.load_profile("kansenkaart", changes={name: value})


def test_an_infinite_estimate_is_not_told() -> None:
    """Q26: a group with an infinite hourly wage in it has no figure."""
    assert told("Q26", "count", {"est": np.inf, "lwr": np.nan}, {"est": 21.0}).area.tolist() == [1]
