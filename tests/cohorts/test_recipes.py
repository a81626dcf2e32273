"""The recipes of outcomes, one by one."""

from __future__ import annotations

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa
import pytest

from kansen.cohorts.prices import price_factor
from kansen.cohorts.recipes import RECIPES, add_rank
from kansen.cohorts.recipes.check import FIELDS


def ranks(values: list[float | None], within: list[int]) -> list[float | None]:
    table = pa.table({"value": pa.array(values, pa.float64()), "year": within, "row": range(len(values))})
    ranked = add_rank(nw.from_native(duckdb.from_arrow(table)), "value", "year").sort("row")
    return ranked.collect("pyarrow").to_native().column("value").to_pylist()


def test_ranks_are_made_within_a_year_and_divided_by_the_highest() -> None:
    found = ranks([1, 2, 2, 3, None, 5, 5], [1, 1, 1, 1, 1, 2, 2])
    assert found == [0.25, 0.625, 0.625, 1.0, None, 1.0, 1.0]


def test_equal_amounts_are_tied_however_they_were_added() -> None:
    def income(yearly: float) -> float:
        return sum(yearly / price_factor(year, 2020) for year in range(2003, 2008)) / 5

    couples = [income(15_000) + income(30_000), income(20_000) + income(25_000), income(10_000) + income(35_000)]
    assert len(set(couples)) > 1  # the sums really differ in their last bits
    assert ranks([*couples, income(45_000) + 0.01], [1] * 4) == pytest.approx([0.5, 0.5, 0.5, 1.0])


def test_every_field_of_a_recipe_is_explained() -> None:
    used = {field for one in RECIPES.values() for field in one.fields | one.optional}
    assert used | {"required"} == set(FIELDS)
    assert all(one.about for one in (*RECIPES.values(), *FIELDS.values()))
