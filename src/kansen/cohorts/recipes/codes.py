"""Recipes about codes: categories, levels of education, being in a table, the age of leaving home."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from kansen.cohorts.recipes.base import Given, Recipe, absent, binary, known, recipe, value_of, where_known
from kansen.cohorts.values import AgeAtFirstChild, AgeAway, InYear, OfDwelling, Value


def _coded(given: Given) -> list[Value]:
    there = [_row_of(given)] if "unknown_as" in given else []
    return [*[value_of(given, column) for column in _columns(given)], *there]


def _columns(given: Given) -> list[str]:
    return given["column"] if isinstance(given["column"], list) else [given["column"]]


def _row_of(given: Given) -> InYear:
    return InYear(given["table"])


def _code_in(given: Given) -> nw.Expr:
    """The first column that has a code (that is not one of `unknown`) decides; `unknown_as` for a row without any."""
    counted = [where_known(nw.col(value_of(given, column).name), column, given) for column in _columns(given)]
    code = nw.coalesce(*counted) if len(counted) > 1 else counted[0]
    value = known(code, binary(_matches(code, given)))
    if "unknown_as" in given:
        has_row = ~nw.col(_row_of(given).name).is_null()
        value = nw.when(code.is_null() & has_row).then(nw.lit(float(given["unknown_as"]))).otherwise(value)
    return absent(value, given)


def _matches(code: nw.Expr, given: Given) -> nw.Expr:
    """Whether a code is one of `codes`, or comes at or after `from` (codes of one width order as numbers do)."""
    test: nw.Expr | None = None
    if "codes" in given:
        test = code.is_in(given["codes"])
    if "from" in given:
        later = code >= given["from"]
        test = later if test is None else test | later
    assert test is not None, "the loader asks for codes or from"
    return test


def _dwelling(given: Given) -> OfDwelling:
    return OfDwelling(given["table"], given["column"], given.get("offset", 0))


def _dwelling_code(given: Given) -> nw.Expr:
    code = nw.col(_dwelling(given).name)
    return known(code, binary(code.is_in(given["codes"])))


def _in_table(given: Given) -> InYear:
    return InYear(given["table"], given.get("first", 0))


def _away(given: Given) -> AgeAway:
    ages: Any = given["ages"]
    return AgeAway(given["table"], given["column"], tuple(given["home"]), ages[0], ages[1], given.get("within", 365))


def _first_child(given: Given) -> AgeAtFirstChild:
    return AgeAtFirstChild(given["before"])


RECIPES: dict[str, Recipe] = {
    "code_in": recipe(
        "1 where `column` is one of `codes`, or comes at or after `from`",
        "table column", "codes from unknown unknown_in unknown_as absent on within grade", _coded, _code_in
    ),
    "dwelling_code_in": recipe(
        "the same of the dwelling on 1 January",
        "table column codes", "offset", lambda given: [_dwelling(given)], _dwelling_code),
    "in_table": recipe(
        "1 for who has a row in the table of the outcome year",
        "table", "first absent", lambda given: [_in_table(given)],
        lambda given: absent(nw.col(_in_table(given).name), given),
    ),
    "age_away": recipe(
        "the lowest of `ages` at which the place in the household is none of `home`; the highest without any",
        "table column home ages", "within", lambda given: [_away(given)], lambda given: nw.col(_away(given).name)
    ),
    "parent_before": recipe(
        "1 for who has a child before the birthday at that age",
        "before", "absent", lambda given: [_first_child(given)],
        lambda given: absent(
            known(nw.col(_first_child(given).name), nw.lit(1.0)), given
        ),
    ),
}  # fmt: skip
