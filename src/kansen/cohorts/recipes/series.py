"""Recipes on a series of yearly incomes: means over years, and what becomes of an income below a line."""

from __future__ import annotations

from collections.abc import Iterable

import narwhals.stable.v2 as nw

from kansen.cohorts.recipes.base import Given, Recipe, recipe
from kansen.cohorts.values import OfSeries, Value
from kansen.engine import rounded


def _of(given: Given, offset: int) -> OfSeries:
    return OfSeries(given.get("series", "personal"), offset)


def _columns(given: Given, offsets: Iterable[int]) -> list[nw.Expr]:
    return [nw.col(_of(given, offset).name) for offset in offsets]


def _compared(given: Given, offsets: Iterable[int]) -> list[nw.Expr]:
    """Amounts to compare with the bound: one that was divided by prices is at it when it agrees to a millionth."""
    return [rounded(value, 6) for value in _columns(given, offsets)]


def _mean(given: Given) -> nw.Expr:
    """Over the years that are known and, with `until_age`, in which somebody is not older than that."""
    total, count = nw.lit(0.0), nw.lit(0)
    for offset, value in zip(given["offsets"], _columns(given, given["offsets"]), strict=True):
        known = ~value.is_null()
        if "until_age" in given:
            known = known & (nw.col("year") + offset - nw.col("birth_year") <= given["until_age"])
        # Added in a fixed order, so that two runs give the same bits.
        total = total + nw.when(known).then(value).otherwise(nw.lit(0.0))
        count = count + known.cast(nw.Int64)
    return nw.when(count > 0).then(total / nw.max_horizontal(count, nw.lit(1)).cast(nw.Float64))


def _share(given: Given) -> nw.Expr:
    below, count = nw.lit(0), nw.lit(0)
    for value in _compared(given, given["offsets"]):
        count = count + (~value.is_null()).cast(nw.Int64)
        below = below + (value < given["bound"]).fill_null(False).cast(nw.Int64)
    return nw.when(count > 0).then(below.cast(nw.Float64) / nw.max_horizontal(count, nw.lit(1)).cast(nw.Float64))


def _turn_offsets(given: Given) -> list[int]:
    return [*given.get("low", []), *given.get("not_low", []), *given["after"]]


def _turn(given: Given) -> nw.Expr:
    """Whether any of the years `after` is as `becomes` says, of those whose years `low` and `not_low` are so.

    One such year is enough for yes; all have to be known for no.
    """
    bound = given["bound"]
    of_them = [
        *[(value < bound).fill_null(False) for value in _compared(given, given.get("low", []))],
        *[(value >= bound).fill_null(False) for value in _compared(given, given.get("not_low", []))],
    ]
    after = _compared(given, given["after"])
    low = given["becomes"] == "low"
    turned = nw.any_horizontal(
        *[((value < bound) if low else (value >= bound)).fill_null(False) for value in after], ignore_nulls=True
    )
    known = nw.all_horizontal(*[~value.is_null() for value in after], ignore_nulls=True)
    value = nw.when(turned).then(nw.lit(1.0)).otherwise(nw.when(known).then(nw.lit(0.0)))
    return nw.when(nw.all_horizontal(*of_them, ignore_nulls=True)).then(value)


def _offsets(given: Given) -> list[Value]:
    return [_of(given, offset) for offset in given["offsets"]]


RECIPES: dict[str, Recipe] = {
    "mean_of_series": recipe(
        "mean gross income over the years `offsets` that are known, in euros of the price year",
        "offsets",
        "series until_age",
        _offsets,
        _mean,
    ),
    "share_below": recipe(
        "share of the known years `offsets` in which gross income is below `bound`",
        "offsets bound",
        "series",
        _offsets,
        _share,
    ),
    "turn_of_income": recipe(
        "of those whose gross income is below `bound` in the years `low` and not in the years `not_low`: 1 where it "
        "`becomes` so in any of the years `after`, 0 where it does in none of them",
        "bound after becomes",
        "series low not_low",
        lambda given: [_of(given, offset) for offset in _turn_offsets(given)],
        _turn,
    ),
}
