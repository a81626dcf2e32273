"""Whether declared recipes can be followed: every field of its kind, every table, column and code in the catalogue.

Looked at before anything is read, so that a slip in a declaration is told where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kansen.cohorts import recipes
from kansen.cohorts.declarations import CohortDeclaration, Outcome
from kansen.cohorts.values import BIRTHDAY, DAYS, SERIES, TRAITS
from kansen.errors import DeclarationError
from kansen.registers import Catalogue, Table, load_catalogue

Kind = tuple[Callable[[Any], bool], str]


def _words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _whole(value: Any) -> bool:
    return type(value) is int


def _wholes(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_whole, value))


WORD: Kind = (lambda value: isinstance(value, str) and bool(value), "text")
LIST: Kind = (_words, "a list of texts")
EITHER: Kind = (lambda value: WORD[0](value) or _words(value), "text, or a list of texts")
WHOLE: Kind = (_whole, "a whole number")
NUMBER: Kind = (lambda value: type(value) in (int, float), "a number")
FLAG: Kind = (lambda value: isinstance(value, bool), "true or false")
OFFSETS: Kind = (_wholes, "a list of whole numbers")
SPAN: Kind = (lambda value: _wholes(value) and len(value) == 2, "two whole numbers, the first and the last")
PAIR: Kind = (lambda value: _words(value) and len(value) == 2, "a column and its code")
CODES: Kind = (
    lambda value: isinstance(value, dict) and all(map(_words, value.values())),
    "columns with lists of codes",
)
REQUIRED: Kind = (lambda value: value in (True, "one"), 'true or "one"')


def _one_of(*words: str) -> Kind:
    return lambda value: value in words, " or ".join(words)


@dataclass(frozen=True)
class Field:
    """What a field of a recipe may be (`kind`), and what it does, for the data dictionary."""

    kind: Kind
    about: str


FIELDS: Mapping[str, Field] = {
    "table": Field(WORD, "register table"),
    "column": Field(EITHER, "column of the table; of several, the first that has a code. Of dwellings: `table.column`"),
    "columns": Field(LIST, "columns of the table"),
    "per": Field(WORD, "column to divide by. Of dwellings: `table.column`"),
    "by": Field(WORD, "column that is added up per code"),
    "minus": Field(EITHER, "columns that are taken off; of a difference, the outcome"),
    "unless": Field(LIST, "columns that may not be above zero"),
    "codes": Field(LIST, "the codes that count"),
    "code": Field(WORD, "the code that counts; it wins a tie"),
    "from": Field(WORD, "the lowest code that counts, of codes of one width"),
    "unknown": Field(LIST, "codes that tell nothing, as if there were none"),
    "unknown_in": Field(LIST, "the columns in which they tell nothing; all by default"),
    "unknown_as": Field(NUMBER, "the value for a row without a code; by default there is none"),
    "of": Field(WORD, f"an outcome of this cohort; of others in a class or postcode: {', '.join(TRAITS)}"),
    "bound": Field(NUMBER, "a limit; of a trait, a parental income rank"),
    "trait_column": Field(WORD, "with the trait `codes`: the column of the school table"),
    "offset": Field(WHOLE, "years from the outcome year to the year that is read; 0 by default"),
    "offsets": Field(OFFSETS, "several of these"),
    "until": Field(WHOLE, "the last year that is read"),
    "on": Field(
        _one_of(*DAYS, BIRTHDAY),
        f"the day of a spell: of the outcome year, or the {BIRTHDAY} at the outcome age; the last day by default",
    ),
    "within": Field(WHOLE, "days after that day within which a later spell counts, where none holds the day"),
    "age": Field(WHOLE, "the birthday on which postcodes are compared; 1 January of the outcome year by default"),
    "ages": Field(SPAN, "the first and the last age that count"),
    "years": Field(SPAN, "the first and the last year of the school table"),
    "first": Field(WHOLE, "the first year that the table has; earlier outcome years take that one"),
    "before": Field(WHOLE, "an age"),
    "days": Field(WHOLE, "days from birth, or of gestation"),
    "stages": Field(LIST, "codes of the stage of death in the register of births"),
    "home": Field(LIST, "codes of the place in the household that are the parental home"),
    "grade": Field(PAIR, "the column and the code of a grade: rows of other grades do not count"),
    "side": Field(_one_of("u", "o"), "under or over the test"),
    "test": Field(WORD, "column of the test advice"),
    "teacher": Field(LIST, "columns of the teacher's advice; the first that has a code counts"),
    "where": Field(CODES, "only rows with these codes"),
    "negative": Field(_one_of("missing", "keep"), "what a negative amount is; missing by default"),
    "gap": Field(
        _one_of("skip", "missing"), "what a missing amount does: it is left out (the default), or the sum is missing"
    ),
    "no_hours": Field(_one_of("infinite"), "what a sum over nothing is; missing by default (quirk Q26)"),
    "per_lag": Field(WHOLE, "years by which `per` is read later, where a later offset counts (quirk Q28)"),
    "per_until": Field(WHOLE, "the last year in which it is read then (quirk Q28)"),
    "series": Field(_one_of(*SERIES), "whose gross income: personal (the default), or of the household"),
    "until_age": Field(WHOLE, "years in which somebody is older than this do not count"),
    "low": Field(OFFSETS, "years after the outcome year in which the income has to be below the limit"),
    "not_low": Field(OFFSETS, "years in which it has to be at or above the limit"),
    "after": Field(OFFSETS, "years of which one is enough"),
    "becomes": Field(_one_of("low", "not_low"), "below the limit, or at or above it"),
    "divide": Field(NUMBER, "what the sum is divided by"),
    "constant_prices": Field(
        FLAG, "amounts in euros of the cohort's price year; true by default for means over years, else false"
    ),
    "absent": Field(NUMBER, "the value for who has no row or no value; missing by default"),
    "required": Field(
        REQUIRED,
        "children without it leave the cohort; `one`: those without any outcome that says so. Any recipe may have it",
    ),
}
"""The fields of recipes."""


def check_recipes(declaration: CohortDeclaration) -> None:
    """`DeclarationError` for the first recipe that cannot be followed."""
    catalogue = load_catalogue()
    for outcome in declaration.outcomes:
        recipes.recipe_of(outcome)
        for name, value in outcome.recipe.items():
            if name not in FIELDS:
                continue
            allowed, words = FIELDS[name].kind
            if not allowed(value):
                raise _wrong("A field of a recipe cannot be used", outcome, f"{name} = {value!r}", words)
        _check_trait(outcome)
        _check_columns(declaration, outcome, catalogue)
        _check_codes(outcome, catalogue)
        for id in recipes.built_on(outcome):
            if id not in declaration.ids:
                raise _wrong("A recipe builds on an unknown outcome", outcome, id, ", ".join(declaration.ids))


def _check_columns(declaration: CohortDeclaration, outcome: Outcome, catalogue: Catalogue) -> None:
    told = outcome.recipe.get("table")
    if told is not None and told not in catalogue.tables:
        raise _wrong("A recipe asks for an unknown table", outcome, told, ", ".join(catalogue.tables))
    for value in recipes.values(outcome):
        for need in value.requires(declaration):
            if need.table not in catalogue.tables:
                raise _wrong("A recipe asks for an unknown table", outcome, need.table, ", ".join(catalogue.tables))
            there = _columns(catalogue.table(need.table))
            for column in need.columns:
                if column not in there:
                    raise _wrong(
                        f"A recipe asks for a column that {need.table} lacks", outcome, column, ", ".join(there)
                    )


def _check_trait(outcome: Outcome) -> None:
    given = outcome.recipe
    if given["take"] not in ("class_mean", "neighbourhood_mean"):
        return
    allowed = TRAITS if given["take"] == "class_mean" else tuple(name for name in TRAITS if name != "codes")
    if given["of"] not in allowed:
        raise _wrong("A recipe asks for an unknown trait of others", outcome, given["of"], ", ".join(allowed))
    needed = TRAITS[given["of"]]
    lacking = [name for name in needed if name not in given]
    if lacking:
        raise _wrong(
            f"The trait {given['of']} lacks a field", outcome, f"no {' and no '.join(lacking)}", ", ".join(needed)
        )


def _columns(table: Table) -> list[str]:
    """All output names and concepts, of any year."""
    return list(dict.fromkeys(n for t in table.templates for n in (t.column.output, t.column.concept) if n))


def _check_codes(outcome: Outcome, catalogue: Catalogue) -> None:
    given = outcome.recipe
    if given["take"] == "code_in" and not {"codes", "from"} & set(given):
        raise _wrong(
            "A recipe says not which codes count", outcome, "neither codes nor from", "codes, or from, or both"
        )
    if not {"table", "column", "codes"} <= set(given):
        return
    columns = [given["column"]] if isinstance(given["column"], str) else given["column"]
    for template in catalogue.table(given["table"]).templates:
        column = template.column
        if column.codes is None or not {column.output, column.concept} & set(columns):
            continue
        unknown = [code for code in given["codes"] if not column.codes.knows(code)]
        if unknown:
            raise _wrong(
                f"A recipe counts codes that {column.output} cannot hold",
                outcome, ", ".join(unknown), column.codes.describe(),
            )  # fmt: skip


def _wrong(what: str, outcome: Outcome, found: object, expected: str) -> DeclarationError:
    return DeclarationError(what, where=f"outcome {outcome.id}", found=found, expected=expected)
