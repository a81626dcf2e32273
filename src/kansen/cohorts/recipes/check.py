"""Whether declared recipes can be followed: every field of its kind, every table, column and code in the catalogue.

Looked at before anything is read, so that a slip in a declaration is told where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kansen.cohorts import recipes
from kansen.cohorts.declarations import CohortDeclaration, Outcome
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

FIELDS: Mapping[str, Kind] = {
    **dict.fromkeys(("table", "from", "code", "by", "of", "on", "test", "trait_column", "per"), WORD),
    **dict.fromkeys(("columns", "codes", "home", "unknown", "unknown_in", "unless", "teacher", "stages"), LIST),
    **dict.fromkeys(("column", "minus"), EITHER),
    **dict.fromkeys(("offset", "age", "days", "first", "within", "before", "until"), WHOLE),
    **dict.fromkeys(("per_lag", "per_until"), WHOLE),
    **dict.fromkeys(("bound", "absent", "unknown_as", "divide"), NUMBER),
    **dict.fromkeys(("ages", "years"), SPAN),
    "constant_prices": FLAG,
    "offsets": OFFSETS,
    "grade": PAIR,
    "side": (lambda value: value in ("u", "o"), "u or o"),
    "negative": (lambda value: value in ("missing", "keep"), "missing or keep"),
    "no_hours": (lambda value: value == "infinite", "infinite"),
    "gap": (lambda value: value in ("skip", "missing"), "skip or missing"),
    "required": (lambda value: value in (True, "one"), 'true or "one"'),
    "where": (
        lambda value: isinstance(value, dict) and all(map(_words, value.values())),
        "columns with lists of codes",
    ),
}
"""What a field of a recipe may be, whatever the recipe."""


def check_recipes(declaration: CohortDeclaration) -> None:
    """`DeclarationError` for the first recipe that cannot be followed."""
    catalogue = load_catalogue()
    for outcome in declaration.outcomes:
        recipes.recipe_of(outcome)
        for name, value in outcome.recipe.items():
            allowed, words = FIELDS.get(name, (None, ""))
            if allowed is not None and not allowed(value):
                raise _wrong("A field of a recipe cannot be used", outcome, f"{name} = {value!r}", words)
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
