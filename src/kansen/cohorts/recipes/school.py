"""Recipes about school: advice against test, and who the others in a class or a neighbourhood are."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import narwhals.stable.v2 as nw

from kansen.cohorts.recipes.base import Given, Recipe, binary, recipe, value_of, where_known
from kansen.cohorts.values import ClassMean, NeighbourhoodMean, Trait, Value

ADVICE = Path(__file__).parents[1] / "data" / "advice.toml"


@cache
def advice_table() -> Mapping[tuple[str, str], str]:
    """(teacher's advice, test advice) to `u` (below the test), `c` (at it) or `o` (above it)."""
    content = tomllib.loads(ADVICE.read_text(encoding="utf-8"))
    return {
        (teacher, test): side
        for row in content["rows"]
        for teacher in row["teacher"]
        for test, side in zip(content["tests"], row["against"], strict=True)
    }


def at_risk(side: str) -> list[str]:
    """Test advices at which a teacher's advice can lie on that side at all, in the order of the table.

    >>> at_risk("o")[-1], at_risk("u")[0]
    ('60', '20')
    """
    return list(dict.fromkeys(test for (_, test), found in advice_table().items() if found == side))


def _advice_values(given: Given) -> list[Value]:
    return [value_of(given, column) for column in (given["test"], *given["teacher"])]


def _advice(given: Given) -> nw.Expr:
    """1 when the final advice lies on the declared side of the test advice.

    Pupils whose test advice leaves no room on that side are not at risk and have no value.
    """
    test = nw.col(value_of(given, given["test"]).name)
    teachers = [where_known(nw.col(value_of(given, column).name), column, given) for column in given["teacher"]]
    final = nw.coalesce(*teachers)
    side, table = given["side"], advice_table()
    comparable, hit = nw.lit(False), nw.lit(False)
    for code in at_risk(side):
        answers = {teacher: found for (teacher, at), found in table.items() if at == code}
        here = test == code
        comparable = comparable | (here & final.is_in(list(answers)))
        hit = hit | (here & final.is_in([teacher for teacher, found in answers.items() if found == side]))
    return nw.when(comparable.fill_null(False)).then(binary(hit))


def _trait(given: Given) -> Trait:
    codes = tuple(given.get("codes", ()))
    return Trait(given["of"], float(given.get("bound", 0.0)), given.get("trait_column", ""), codes)


def _class(given: Given) -> ClassMean:
    column, grade = given["grade"]
    return ClassMean(given["table"], column, grade, tuple(given["years"]), _trait(given))


def _neighbourhood(given: Given) -> NeighbourhoodMean:
    return NeighbourhoodMean(_trait(given), given.get("age"))


RECIPES: dict[str, Recipe] = {
    "advice": recipe(
        "1 where the teacher's advice lies on `side` of the test advice; for pupils whose test leaves room there",
        "side table grade test teacher",
        "unknown unknown_in",
        _advice_values,
        _advice,
    ),
    "class_mean": recipe(
        "share of the others in the same grade of a school who have the trait `of`",
        "table grade years of",
        "bound trait_column codes",
        lambda given: [_class(given)],
        lambda given: nw.col(_class(given).name),
    ),
    "neighbourhood_mean": recipe(
        "share of the others of that year of birth in the same postcode who have the trait `of`",
        "of",
        "bound age",
        lambda given: [_neighbourhood(given)],
        lambda given: nw.col(_neighbourhood(given).name),
    ),
}
