"""How outcomes are computed: a recipe turns a declared outcome into register values that it needs and one expression.

A recipe in a cohort's TOML has `take` (one of the names below) and that recipe's own fields. A new outcome of a known
kind takes a declaration only.

=============  ====================================================================================================
mean_of_years  mean over `offsets` (years relative to the outcome year) of a `column`, in euros of the price year;
               a negative amount is missing; `required = true` drops children without any
rank           rank of the outcome `of` within the year of birth, ties averaged, divided by the highest rank
at_least,      1 where the outcome `of` is at least or at most `bound`
at_most
code_in        1 where the `column` of the outcome year (of a table of spells: on its 31 December) is one of `codes`
any_positive   1 where any of `columns` is above zero
sum_of         sum of `columns` minus `minus`; a negative or missing part is zero
=============  ====================================================================================================

`absent` is the value for who has no row or no value; without it the outcome is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from kansen.cohorts.declarations import CohortDeclaration, Outcome
from kansen.engine import rounded
from kansen.errors import DeclarationError


@dataclass(frozen=True)
class Need:
    """A register value of a child: `column` of `table` in the outcome year plus `offset`; in constant prices or not."""

    table: str
    column: str
    offset: int = 0
    constant_prices: bool = False

    @property
    def name(self) -> str:
        """Its column in the wide frame."""
        return f"{self.table}:{self.column}@{self.offset}{'*' if self.constant_prices else ''}"


@dataclass(frozen=True)
class Recipe:
    """The fields that a recipe takes, the register values it needs, the outcome it builds on, and its expression."""

    fields: frozenset[str]
    optional: frozenset[str]
    needs: Callable[[Mapping[str, Any]], list[Need]]
    expression: Callable[[Mapping[str, Any]], nw.Expr]


def needs(outcome: Outcome) -> list[Need]:
    """The register values that an outcome is made of."""
    return _recipe(outcome).needs(outcome.recipe)


def add(frame: nw.LazyFrame, outcome: Outcome) -> nw.LazyFrame:
    """The frame with the outcome as a column, for children without a `fate`; null for the others.

    The frame has the outcome's needs, `birth_year`, `fate` and the outcomes declared before it.
    """
    value = _recipe(outcome).expression(outcome.recipe)
    out = frame.with_columns(nw.when(nw.col("fate").is_null()).then(value).alias(outcome.id))
    return add_rank(out, outcome.id, "birth_year") if outcome.recipe["take"] == "rank" else out


def required(declaration: CohortDeclaration) -> list[Outcome]:
    """The outcomes without which a child leaves the cohort."""
    return [outcome for outcome in declaration.outcomes if outcome.recipe.get("required")]


def add_rank(frame: nw.LazyFrame, column: str, within: str) -> nw.LazyFrame:
    """Replace `column` by its percentile rank in (0, 1] among rows with the same `within`.

    Ties share their mean rank, which is divided by the highest rank there is; missing stays missing and takes no place.
    Values that are equal to a millionth (of a euro) are tied.
    """
    # The same amount reached by another sum (15 + 30 and 20 + 25 thousand) differs in its last bits, and is a tie.
    value = rounded(nw.col(column), 6)
    ranked = frame.with_columns(value.rank(method="average").over(within).alias(column))
    highest = ranked.with_columns(nw.col(column).max().over(within).alias("_highest"))
    return highest.with_columns((nw.col(column) / nw.col("_highest")).alias(column)).drop("_highest")


def _recipe(outcome: Outcome) -> Recipe:
    given = dict(outcome.recipe)
    recipe = RECIPES.get(given.pop("take", ""))
    if recipe is None:
        raise DeclarationError(
            "Unknown recipe", where=outcome.id, found=outcome.recipe.get("take"), expected=", ".join(RECIPES)
        )
    missing, unknown = recipe.fields - set(given), set(given) - recipe.fields - recipe.optional
    if missing or unknown:
        raise DeclarationError(
            "A recipe has fields too many or too few",
            where=outcome.id,
            found=f"unknown: {', '.join(sorted(unknown)) or 'none'}; absent: {', '.join(sorted(missing)) or 'none'}",
            expected=", ".join(sorted(recipe.fields | recipe.optional)),
        )
    return recipe


def _yearly_needs(r: Mapping[str, Any]) -> list[Need]:
    return [Need(r["table"], r["column"], offset, constant_prices=True) for offset in r["offsets"]]


def _mean_of_years(r: Mapping[str, Any]) -> nw.Expr:
    values = [nw.col(need.name) for need in _yearly_needs(r)]
    known = [nw.when(value >= 0).then(value) for value in values]
    # Written out as a sum in a fixed order, so that two runs give the same bits.
    total, count = nw.lit(0.0), nw.lit(0)
    for value in known:
        total = total + value.fill_null(0.0)
        count = count + (~value.is_null()).cast(nw.Int64)
    return nw.when(count > 0).then(total / nw.max_horizontal(count, nw.lit(1)))


def _absent(value: nw.Expr, r: Mapping[str, Any]) -> nw.Expr:
    return value.fill_null(r["absent"]) if "absent" in r else value


def _binary(test: nw.Expr) -> nw.Expr:
    return nw.when(test).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


def _code_in(r: Mapping[str, Any]) -> nw.Expr:
    value = nw.col(Need(r["table"], r["column"]).name)
    return _absent(nw.when(~value.is_null()).then(_binary(value.is_in(r["codes"]))), r)


def _any_positive(r: Mapping[str, Any]) -> nw.Expr:
    values = [nw.col(Need(r["table"], column).name) for column in r["columns"]]
    test = nw.any_horizontal(*[value.fill_null(0.0) > 0 for value in values], ignore_nulls=True)
    known = nw.any_horizontal(*[~value.is_null() for value in values], ignore_nulls=True)
    return _absent(nw.when(known).then(_binary(test)), r)


def _sum_of(r: Mapping[str, Any]) -> nw.Expr:
    total = nw.lit(0.0)
    for sign, columns in ((1.0, r["columns"]), (-1.0, r.get("minus", []))):
        for column in columns:
            value = nw.col(Need(r["table"], column).name).fill_null(0.0)
            total = total + nw.when(value > 0).then(value).otherwise(nw.lit(0.0)) * sign
    known = nw.any_horizontal(
        *[~nw.col(Need(r["table"], column).name).is_null() for column in r["columns"]], ignore_nulls=True
    )
    return _absent(nw.when(known).then(total), r)


def _bound(compare: Callable[[nw.Expr, float], nw.Expr]) -> Callable[[Mapping[str, Any]], nw.Expr]:
    def build(r: Mapping[str, Any]) -> nw.Expr:
        value = nw.col(r["of"])
        return nw.when(~value.is_null()).then(_binary(compare(value, r["bound"])))

    return build


def _columns_needs(r: Mapping[str, Any]) -> list[Need]:
    return [Need(r["table"], column) for column in [*r["columns"], *r.get("minus", [])]]


def _nothing(_: Mapping[str, Any]) -> list[Need]:
    return []


RECIPES: dict[str, Recipe] = {
    "mean_of_years": Recipe(
        frozenset({"table", "column", "offsets"}), frozenset({"required"}), _yearly_needs, _mean_of_years
    ),
    "rank": Recipe(frozenset({"of"}), frozenset(), _nothing, lambda r: nw.col(r["of"])),
    "at_least": Recipe(frozenset({"of", "bound"}), frozenset(), _nothing, _bound(lambda v, b: v >= b)),
    "at_most": Recipe(frozenset({"of", "bound"}), frozenset(), _nothing, _bound(lambda v, b: v <= b)),
    "code_in": Recipe(
        frozenset({"table", "column", "codes"}),
        frozenset({"absent"}),
        lambda r: [Need(r["table"], r["column"])],
        _code_in,
    ),
    "any_positive": Recipe(frozenset({"table", "columns"}), frozenset({"absent"}), _columns_needs, _any_positive),
    "sum_of": Recipe(frozenset({"table", "columns"}), frozenset({"absent", "minus"}), _columns_needs, _sum_of),
}
