"""Both classifications of origins, worked out by hand from the rules of Statistics Netherlands."""

from __future__ import annotations

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa
import pytest

from kansen.cohorts import classification_named
from kansen.cohorts.origins import CLASSIFICATIONS, origin
from kansen.errors import UsageError

NL, TURKEY, MOROCCO, POLAND, ARUBA = "6030", "6043", "5022", "7028", "5095"


def of(classification: str, child: tuple[str | None, ...], mother: tuple[str | None, ...], *roles: str) -> str:
    """The origin of a child with that row in the register of persons (None: no row), and that row of its mother."""
    by = CLASSIFICATIONS[classification]
    own = dict(zip(by.columns, child or (None,) * len(by.columns), strict=True))
    children = _lazy({"person": "c", "mother": "m", "father": "f", **own})
    people = _lazy({"person": "m", **dict(zip(by.columns, mother, strict=True))})
    found = origin(children, people, roles or ("mother", "father"), by).collect().to_dict(as_series=False)
    assert set(found) == {"person", "mother", "father", "origin"}
    return found["origin"][0]


def _lazy(row: dict[str, str | None]) -> nw.LazyFrame:
    table = pa.table({name: pa.array([value], pa.string()) for name, value in row.items()})
    return nw.from_native(duckdb.from_arrow(table)).lazy()


@pytest.mark.parametrize(
    ("own", "mother", "father", "expected"),
    [
        (NL, NL, NL, "none"),
        (TURKEY, TURKEY, TURKEY, "turkey"),
        (TURKEY, NL, NL, "turkey"),  # the classification until 2022 calls this native
        (POLAND, TURKEY, NL, "other"),
        (NL, MOROCCO, TURKEY, "morocco"),
        (NL, NL, TURKEY, "turkey"),
        (NL, None, TURKEY, "turkey"),
        (NL, TURKEY, None, "turkey"),
        (NL, NL, None, "none"),
        (NL, None, NL, "none"),
        (NL, None, None, "other"),
        (NL, ARUBA, NL, "dutch_caribbean"),
        (None, TURKEY, TURKEY, "other"),
    ],
)
def test_the_classification_of_2022(own: str, mother: str | None, father: str | None, expected: str) -> None:
    assert of("country_of_birth", (own, mother, father), (NL, NL, NL)) == expected


def test_a_newborn_without_a_row_was_born_here_and_has_its_mothers_country_of_birth() -> None:
    assert of("country_of_birth", (), (MOROCCO, MOROCCO, MOROCCO), "mother") == "morocco"
    assert of("country_of_birth", (), (NL, MOROCCO, MOROCCO), "mother") == "none"
    assert of("country_of_birth", (NL, NL, TURKEY), (NL, NL, NL), "mother") == "turkey"


@pytest.mark.parametrize(
    ("generation", "country", "mothers", "expected"),
    [
        ("0", NL, ("0", NL), "none"),
        ("2", TURKEY, ("1", TURKEY), "turkey"),
        ("0", NL, ("2", MOROCCO), "morocco"),  # third generation
        ("0", NL, ("1", MOROCCO), "none"),
        (None, None, ("0", NL), "other"),
    ],
)
def test_migration_background(generation: str, country: str, mothers: tuple[str, str], expected: str) -> None:
    assert of("migration_background", (generation, country), mothers) == expected


def test_a_third_generation_differs_between_the_two() -> None:
    assert of("migration_background", ("0", NL), ("2", TURKEY)) == "turkey"
    assert of("country_of_birth", (NL, NL, NL), (NL, TURKEY, TURKEY)) == "none"


def test_an_unknown_classification_lists_those_there_are() -> None:
    assert classification_named("country_of_birth") == "country_of_birth"
    with pytest.raises(UsageError, match="migration_background or country_of_birth"):
        classification_named("2022")
