"""Recipes about birth and the first year of life, from the columns that the register of births gives a child."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import narwhals.stable.v2 as nw

from kansen.cohorts.recipes.base import Given, Recipe, binary, recipe
from kansen.cohorts.values import OfChild, Value

CURVE = Path(__file__).parents[1] / "data" / "birth_weight_p10.csv"


@cache
def birth_weights() -> Mapping[int, tuple[int, int]]:
    """Day of gestation to the 10th percentile of weight in grams, of boys and girls (Hoftiezer and others, 2019)."""
    with CURVE.open(encoding="utf-8", newline="") as handle:
        return {int(row["days"]): (int(row["boys"]), int(row["girls"])) for row in csv.DictReader(handle)}


def _children(*columns: str) -> list[Value]:
    return [OfChild(column) for column in columns]


def _died(days: int, stages: list[str]) -> nw.Expr:
    after = (nw.col("died_after") <= days).fill_null(False)
    return after | nw.col("birth_stage").is_in(stages).fill_null(False)


def _died_within(given: Given) -> nw.Expr:
    return binary(_died(given["days"], given["stages"]))


PERINATAL = (7, ["1", "2", "3"])
"""Days after birth and stages that make a perinatal death."""


def _survivors(then: nw.Expr) -> nw.Expr:
    """`then`, for children who did not die around birth."""
    return nw.when(~_died(*PERINATAL)).then(then)


def _born_before(given: Given) -> nw.Expr:
    return _survivors(binary(nw.col("gestation_days") < given["days"]))


def _small(_: Given) -> nw.Expr:
    """Weight strictly below the 10th percentile of the sex at the exact day of gestation."""
    days, sex = nw.col("gestation_days"), nw.col("sex")
    # Beside each other and not inside each other: an expression of a hundred levels is too deep for some engines.
    bounds = [
        nw.when((sex == name) & (days == day)).then(nw.lit(weights[number]))
        for day, weights in birth_weights().items()
        for number, name in enumerate(("men", "women"))
    ]
    bound = nw.coalesce(*bounds)
    known = ~bound.is_null() & ~nw.col("birth_weight").is_null()
    return _survivors(nw.when(known).then(binary(nw.col("birth_weight") < bound)))


RECIPES: dict[str, Recipe] = {
    "died_within": recipe(
        "1 for who died within `days` of birth, or at one of `stages`",
        "days stages",
        "",
        lambda _: _children("died_after", "birth_stage"),
        _died_within,
    ),
    "born_before": recipe(
        "1 for who was born before so many `days` of gestation; not of who died around birth",
        "days",
        "",
        lambda _: _children("gestation_days", "died_after", "birth_stage"),
        _born_before,
    ),
    "small_at_birth": recipe(
        "1 for who weighed less than the tenth percentile of its sex and day of gestation; likewise",
        "",
        "",
        lambda _: _children("gestation_days", "birth_weight", "died_after", "birth_stage", "sex"),
        _small,
    ),
}
