"""Recipes about amounts: means, sums, ratios, ranks and bounds."""

from __future__ import annotations

from collections.abc import Callable

import narwhals.stable.v2 as nw

from kansen.cohorts.recipes.base import Given, Recipe, absent, binary, known, nothing, recipe, value_of
from kansen.cohorts.values import MostOfRows, OfDwelling, OfYear, SumOfRows, SumOverAges, Value
from kansen.engine import rounded


def _years(given: Given) -> list[Value]:
    constant = given.get("constant_prices", True)
    return [OfYear(given["table"], given["column"], offset, constant) for offset in given["offsets"]]


def _mean_of_years(given: Given) -> nw.Expr:
    values = [nw.col(value.name) for value in _years(given)]
    counted = [nw.when(value >= 0).then(value) for value in values]
    # Written out as a sum in a fixed order, so that two runs give the same bits.
    total, count = nw.lit(0.0), nw.lit(0)
    for value in counted:
        total = total + value.fill_null(0.0)
        count = count + (~value.is_null()).cast(nw.Int64)
    return nw.when(count > 0).then(total / nw.max_horizontal(count, nw.lit(1)))


def _all_years(given: Given) -> list[Value]:
    return [OfYear(given["table"], given["column"], offset) for offset in given["offsets"]]


def _below_in_all_years(given: Given) -> nw.Expr:
    values = [nw.col(value.name) for value in _all_years(given)]
    outside = nw.any_horizontal(*[(value >= given["bound"]).fill_null(False) for value in values], ignore_nulls=True)
    below = nw.all_horizontal(*[(value < given["bound"]).fill_null(False) for value in values], ignore_nulls=True)
    return nw.when(below).then(nw.lit(1.0)).otherwise(nw.when(outside).then(nw.lit(0.0)))


def _part(given: Given, column: str) -> OfYear:
    constant = given.get("constant_prices", False)
    return OfYear(given["table"], column, given.get("offset", 0), constant, given.get("until"))


def _parts(given: Given) -> list[Value]:
    return [_part(given, column) for name in ("columns", "minus", "unless") for column in given.get(name, [])]


def _is_there(given: Given) -> nw.Expr:
    """Whether any of the columns is known."""
    values = [nw.col(_part(given, column).name) for column in given["columns"]]
    return nw.any_horizontal(*[~value.is_null() for value in values], ignore_nulls=True)


def _any_positive(given: Given) -> nw.Expr:
    test = _positive(given, "columns")
    if given.get("unless"):
        test = test & ~_positive(given, "unless")
    return absent(nw.when(_is_there(given)).then(binary(test)), given)


def _positive(given: Given, which: str) -> nw.Expr:
    values = [nw.col(_part(given, column).name) for column in given[which]]
    return nw.any_horizontal(*[value.fill_null(0.0) > 0 for value in values], ignore_nulls=True)


def _sum_of(given: Given) -> nw.Expr:
    total = nw.lit(0.0)
    for sign, columns in ((1.0, given["columns"]), (-1.0, given.get("minus", []))):
        for column in columns:
            value = nw.col(_part(given, column).name).fill_null(0.0)
            total = total + nw.when(value > 0).then(value).otherwise(nw.lit(0.0)) * sign
    return absent(nw.when(_is_there(given)).then(total), given)


def _rows(given: Given) -> SumOfRows:
    return SumOfRows(
        given["table"],
        given["column"],
        given.get("constant_prices", False),
        given.get("negative", "missing"),
        given.get("gap", "skip"),
    )


def _per(given: Given) -> SumOfRows:
    # A correction downwards is part of the sum, as long as the sum itself is above zero.
    return SumOfRows(given["table"], given["per"], False, "keep", "skip")


def _ratio_of_rows(given: Given) -> nw.Expr:
    part, over = nw.col(_rows(given).name), nw.col(_per(given).name)
    if given.get("no_hours") != "infinite":
        return nw.when(over > 0).then(part / over)
    # Written out, because engines differ in what a division by zero gives.
    endless = nw.when((over == 0) & (part > 0)).then(nw.lit(float("inf")))
    return nw.when((over > 0) | (over < 0)).then(part / over).otherwise(endless)


def _most(given: Given) -> MostOfRows:
    return MostOfRows(given["table"], given["column"], given["code"], given["by"])


def _ages(given: Given) -> SumOverAges:
    where = tuple((column, tuple(codes)) for column, codes in given.get("where", {}).items())
    return SumOverAges(given["table"], given["column"], given["ages"][0], given["ages"][1], where)


def _of_dwelling(given: Given, column: str, offset: int) -> OfDwelling:
    table, _, name = given[column].partition(".")
    if column == "per" and offset != given["offsets"][0]:
        return OfDwelling(table, name, offset, given.get("per_lag", 0), given.get("per_until"))
    return OfDwelling(table, name, offset)


def _dwelling_values(given: Given) -> list[Value]:
    return [_of_dwelling(given, part, offset) for offset in given["offsets"] for part in ("column", "per")]


def _ratio_of_dwelling(given: Given) -> nw.Expr:
    """Both parts come from one address and year; a later offset counts where the first has no ratio.

    `per_lag` and `per_until`: of a later offset, `per` is read so many years later, and not after that year.
    """
    ratios: list[nw.Expr] = []
    for offset in given["offsets"]:
        part, over = (nw.col(_of_dwelling(given, name, offset).name) for name in ("column", "per"))
        ratios.append(nw.when((over > 0) & (part > 0)).then(part.cast(nw.Float64) / over.cast(nw.Float64)))
    return nw.coalesce(*ratios) if len(ratios) > 1 else ratios[0]


def _bound(about: str, compare: Callable[[nw.Expr, float], nw.Expr]) -> Recipe:
    def build(given: Given) -> nw.Expr:
        value = nw.col(given["of"])
        return known(value, binary(compare(value, given["bound"])))

    return recipe(about, "of bound", "", nothing, build)


def _difference(given: Given) -> nw.Expr:
    return nw.col(given["of"]) - nw.col(given["minus"])


def _shortfall(given: Given) -> nw.Expr:
    value = nw.col(given["of"])
    return known(value, nw.when(value < 0).then(-value).otherwise(nw.lit(0.0)))


def _more_than_parents(given: Given) -> nw.Expr:
    # Both were divided by prices: amounts that agree to a millionth of a euro are equal, and equal is not more.
    own, theirs = rounded(nw.col(given["of"]), 6), rounded(nw.col("parents_income"), 6)
    return nw.when(~own.is_null() & ~theirs.is_null()).then(binary(own > theirs))


def _amount(given: Given) -> Value:
    return value_of(given, given["column"], given.get("offset", 0), given.get("constant_prices", False))


RECIPES: dict[str, Recipe] = {
    "amount": recipe(
        "`column` of the outcome year, or of `offset` years later",
        "table column",
        "offset constant_prices absent grade",
        lambda given: [_amount(given)],
        lambda given: absent(nw.col(_amount(given).name), given),
    ),
    "mean_of_years": recipe(
        "mean of `column` over the years `offsets`; a negative amount is missing, and one year is enough",
        "table column offsets",
        "constant_prices",
        _years,
        _mean_of_years,
    ),
    "below_in_all_years": recipe(
        "1 where `column` is below `bound` in every year of `offsets`, 0 where it is not in one of them",
        "table column offsets bound",
        "",
        _all_years,
        _below_in_all_years,
    ),
    "any_positive": recipe(
        "1 where any of `columns` is above zero, and none of `unless`",
        "table columns",
        "absent offset until unless",
        _parts,
        _any_positive,
    ),
    "sum_of": recipe(
        "sum of `columns` less those of `minus`; a negative or missing part is zero",
        "table columns",
        "absent minus constant_prices offset until",
        _parts,
        _sum_of,
    ),
    "sum_of_rows": recipe(
        "sum of `column` over all rows of somebody in the outcome year, divided by `divide`",
        "table column",
        "constant_prices negative gap divide absent",
        lambda given: [_rows(given)],
        lambda given: absent(nw.col(_rows(given).name) / float(given.get("divide", 1)), given),
    ),
    "ratio_of_rows": recipe(
        "sum of `column` over the sum of `per`, likewise; missing where the latter is not above zero",
        "table column per",
        "constant_prices negative no_hours",
        lambda given: [_rows(given), _per(given)],
        _ratio_of_rows,
    ),
    "most_of_rows": recipe(
        "1 where the rows with `code` have the largest sum of `by`, 0 where those with another code have it",
        "table column code by",
        "",
        lambda given: [_most(given)],
        lambda given: nw.col(_most(given).name),
    ),
    "sum_over_ages": recipe(
        "sum of `column` over all rows of the years in which somebody is `ages` old",
        "table column ages",
        "where absent",
        lambda given: [_ages(given)],
        lambda given: absent(nw.col(_ages(given).name), given),
    ),
    "any_over_ages": recipe(
        "1 for who has such a row",
        "table column ages",
        "where absent",
        lambda given: [_ages(given)],
        lambda given: absent(known(nw.col(_ages(given).name), nw.lit(1.0)), given),
    ),
    "ratio_of_dwelling": recipe(
        "`column` over `per` of the dwelling on 1 January, in the first year of `offsets` that has both",
        "column per offsets",
        "per_lag per_until",
        _dwelling_values,
        _ratio_of_dwelling,
    ),
    "rank": recipe(
        "rank of the outcome `of` within the year of birth, from above 0 to 1; ties share their mean",
        "of",
        "",
        nothing,
        lambda given: nw.col(given["of"]),
    ),
    "at_least": _bound("1 where the outcome `of` is `bound` or more", lambda value, bound: value >= bound),
    "at_most": _bound("1 where the outcome `of` is `bound` or less", lambda value, bound: value <= bound),
    "above": _bound("1 where the outcome `of` is more than `bound`", lambda value, bound: value > bound),
    "below": _bound("1 where the outcome `of` is less than `bound`", lambda value, bound: value < bound),
    "more_than_parents": recipe(
        "1 where the outcome `of` is more than the income by which the parents are ranked, both in euros of the price "
        "year; missing where either is",
        "of",
        "",
        nothing,
        _more_than_parents,
    ),
    "difference": recipe("the outcome `of` less the outcome `minus`", "of minus", "", nothing, _difference),
    "shortfall": recipe("how far the outcome `of` is below zero, 0 where it is not", "of", "", nothing, _shortfall),
}
