"""How outcomes are computed: a recipe turns a declared outcome into values of the registers and one expression.

A recipe in a cohort's TOML has `take` (a name of `RECIPES`) and that recipe's own fields; the data dictionary lists
both. A new outcome of a known kind takes a declaration only.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from kansen.cohorts.declarations import CohortDeclaration, Outcome
from kansen.cohorts.recipes import amounts, births, codes, school, series
from kansen.cohorts.recipes.base import Recipe
from kansen.cohorts.values import Value
from kansen.engine import rounded
from kansen.errors import DeclarationError
from kansen.registers import Requirement

RECIPES: dict[str, Recipe] = {
    **amounts.RECIPES,
    **codes.RECIPES,
    **school.RECIPES,
    **births.RECIPES,
    **series.RECIPES,
}
"""Every kind of outcome by its name."""


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
