"""A recipe: the fields that a declaration gives, the values of the registers it asks for, and one expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from kansen.cohorts.values import OfGrade, OfYear, OnDay, Value
from kansen.cohorts.values.base import is_yearly

Given = Mapping[str, Any]
"""The fields of a recipe as declared."""


@dataclass(frozen=True)
class Recipe:
    """A kind of outcome, with the `fields` that a declaration must give and those that it may (`optional`).

    about : what it computes, for the data dictionary. values : gives what is read for the declared fields. expression :
    the outcome (a double, null where missing).
    """

    about: str
    fields: frozenset[str]
    optional: frozenset[str]
    values: Callable[[Given], list[Value]]
    expression: Callable[[Given], nw.Expr]


def recipe(
    about: str,
    fields: str,
    optional: str,
    values: Callable[[Given], list[Value]],
    expression: Callable[[Given], nw.Expr],
) -> Recipe:
    """A recipe with its fields as words."""
    return Recipe(about, frozenset(fields.split()), frozenset(optional.split()), values, expression)


def value_of(given: Given, column: str, offset: int = 0, constant_prices: bool = False) -> Value:
    """The value of a column: of the outcome year, of a school grade in it, or for spells of a day (`on`, `within`)."""
    table = given["table"]
    if "grade" in given:
        grade_column, grade = given["grade"]
        return OfGrade(table, column, grade_column, grade)
    if is_yearly(table):
        return OfYear(table, column, offset, constant_prices)
    return OnDay(table, column, given.get("on", "last_day"), given.get("within", 0))


def nothing(_: Given) -> list[Value]:
    """No values: the outcome follows from others."""
    return []


def where_known(code: nw.Expr, column: str, given: Given) -> nw.Expr:
    """A code, null where it is one of `unknown`; in the columns `unknown_in` only, when the recipe names some."""
    unknown = given.get("unknown", [])
    if not unknown or column not in given.get("unknown_in", [column]):
        return code
    return nw.when(~code.is_in(unknown)).then(code)


def absent(value: nw.Expr, given: Given) -> nw.Expr:
    """The declared value for who has none."""
    return value.fill_null(given["absent"]) if "absent" in given else value


def binary(test: nw.Expr) -> nw.Expr:
    """1 or 0; a test that is not known counts as 0, so guard it with `known`."""
    return nw.when(test).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


def known(value: nw.Expr, then: nw.Expr) -> nw.Expr:
    """`then` where `value` is known."""
    return nw.when(~value.is_null()).then(then)
