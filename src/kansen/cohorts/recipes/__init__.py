"""How outcomes are computed: a recipe turns a declared outcome into values of the registers and one expression.

A recipe in a cohort's TOML has `take` (one of the names below) and that recipe's own fields. A new outcome of a known
kind takes a declaration only.

==================  ===============================================================================================
amount              a `column` of the outcome year (`offset` years later)
mean_of_years       mean over `offsets` (years from the outcome year) of a `column`; a negative amount is missing
below_in_all_years  1 where a `column` is below `bound` in all `offsets`, 0 where it is not in one of them
any_positive        1 where any of `columns` is above zero, in the outcome year (`offset` years later)
sum_of              sum of `columns` minus `minus`, likewise; a negative or missing part is zero
sum_of_rows         sum over all rows of somebody in the outcome year, divided by `divide`
ratio_of_rows       sum of `column` over sum of `per`; missing where the latter is not above zero
most_of_rows        1 where `code` has the largest sum of `by`, 0 where another code has it
sum_over_ages       sum over all rows of the years in which somebody is `ages[0]` to `ages[1]`
any_over_ages       1 for who has such a row
ratio_of_dwelling   `column` over `per` of the dwelling on 1 January, the first of `offsets` that has both
rank                rank of the outcome `of` in the year of birth, ties averaged, divided by the highest rank
at_least, at_most   1 where the outcome `of` is at least, at most, above or below `bound`
above, below
difference          the outcome `of` minus the outcome `minus`
shortfall           how far the outcome `of` is below zero
code_in             1 where the first known of `column` is one of `codes`, or at or after `from`
dwelling_code_in    the same for the dwelling on 1 January
in_table            1 for who has a row in a table of the outcome year
age_away            lowest of `ages` at which the place in the household is not one of `home`
parent_before       1 for who has a child before that birthday
advice              1 where the teacher's advice lies on `side` (u: below, o: above) of the test advice
class_mean          share of the others in the same grade of a school with a trait (`of`)
neighbourhood_mean  share of the others of that year of birth in the same postcode with a trait
died_within,        about birth and the first year
born_before,
small_at_birth
==================  ===============================================================================================

`absent` is the value for who has no row or no value; without it the outcome is missing. `constant_prices` asks for
euros of the price year. `required = true` drops children without the outcome from the cohort; `required = "one"` drops
children that have none of the outcomes that say so. `grade` names a column and a grade of a school table.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from kansen.cohorts.declarations import CohortDeclaration, Outcome
from kansen.cohorts.recipes import amounts, births, codes, school
from kansen.cohorts.recipes.base import Recipe
from kansen.cohorts.values import Value
from kansen.engine import rounded
from kansen.errors import DeclarationError
from kansen.registers import Requirement

RECIPES: dict[str, Recipe] = {**amounts.RECIPES, **codes.RECIPES, **school.RECIPES, **births.RECIPES}


def values(outcome: Outcome) -> list[Value]:
    """The values of the registers that an outcome is made of."""
    return recipe_of(outcome).values(outcome.recipe)


def built_on(outcome: Outcome) -> list[str]:
    """The outcomes that an outcome follows from."""
    return [outcome.recipe[name] for name in ("of", "minus") if _is_outcome(outcome, name)]


def _is_outcome(outcome: Outcome, name: str) -> bool:
    found = outcome.recipe.get(name)
    return isinstance(found, str) and not recipe_of(outcome).values(outcome.recipe)


def requirements(declaration: CohortDeclaration, outcome: Outcome) -> list[Requirement]:
    """The tables of an outcome and of those it follows from."""
    own = [needed for value in values(outcome) for needed in value.requires(declaration)]
    return own + [needed for id in built_on(outcome) for needed in requirements(declaration, declaration.outcome(id))]


def add(frame: nw.LazyFrame, outcome: Outcome) -> nw.LazyFrame:
    """The frame with the outcome as a column, for children without a `fate`; null for the others.

    The frame has the outcome's values, `birth_year`, `fate` and the outcomes that it follows from.
    """
    value = recipe_of(outcome).expression(outcome.recipe)
    out = frame.with_columns(nw.when(nw.col("fate").is_null()).then(value).cast(nw.Float64).alias(outcome.id))
    return add_rank(out, outcome.id, "birth_year") if outcome.recipe["take"] == "rank" else out


def add_rank(frame: nw.LazyFrame, column: str, within: str, missing_on_top: bool = False) -> nw.LazyFrame:
    """Replace `column` by its percentile rank in (0, 1] among rows with the same `within`.

    Ties share their mean rank, which is divided by the highest rank there is; missing stays missing and takes no place.
    Values that are equal to a millionth (of a euro) are tied.

    missing_on_top : as the published pipeline ranks some incomes (Q15, Q19): those without a value who have no `fate`
        take the places above everybody, in the order of `person`.
    """
    # The same amount reached by another sum (15 + 30 and 20 + 25 thousand) differs in its last bits, and is a tie.
    value = rounded(nw.col(column), 6)
    ranked = frame.with_columns(value.rank(method="average").over(within).alias(column))
    if missing_on_top:
        ranked = _missing_on_top(ranked, column, within)
    highest = ranked.with_columns(nw.col(column).max().over(within).alias("_highest"))
    return highest.with_columns((nw.col(column) / nw.col("_highest")).alias(column)).drop("_highest")


def _missing_on_top(frame: nw.LazyFrame, column: str, within: str) -> nw.LazyFrame:
    absent = nw.col(column).is_null() & nw.col("fate").is_null()
    counted = frame.with_columns(
        _absent=absent.cast(nw.Int64), _known=(~nw.col(column).is_null()).cast(nw.Int64)
    ).with_columns(
        _place=nw.col("_absent").cum_sum().over(within, order_by="person"), _below=nw.col("_known").sum().over(within)
    )
    on_top = (nw.col("_below") + nw.col("_place")).cast(nw.Float64)
    filled = counted.with_columns(nw.when(absent).then(on_top).otherwise(nw.col(column)).alias(column))
    return filled.drop("_absent", "_known", "_place", "_below")


def recipe_of(outcome: Outcome) -> Recipe:
    """The recipe that an outcome names, or a `DeclarationError` when there is none, or its fields are others."""
    given = dict(outcome.recipe)
    given.pop("required", None)
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
