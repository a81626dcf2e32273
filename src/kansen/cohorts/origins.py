"""Two ways to say where a child's family comes from; both give the same six origins.

`migration_background` is the classification that Statistics Netherlands used until 2022, with the third generation as
the published pipeline adds it. `country_of_birth` is the one of 2022: only where somebody and the parents were born
counts ("Nieuwe indeling bevolking naar herkomst", CBS 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from kansen.cohorts.labels import Label
from kansen.errors import UsageError

NETHERLANDS = "6030"
COUNTRIES = {
    NETHERLANDS: "none",
    "6043": "turkey",
    "5022": "morocco",
    "5007": "suriname",
    **dict.fromkeys(("7011", "5095", "5016", "5107", "5108", "5109", "5110"), "dutch_caribbean"),
}
"""Country code (BRP table 34) to origin; every other code, and an unknown one, is `other`."""

SECOND_GENERATION = "2"
NATIVE = "0"


@dataclass(frozen=True)
class Classification:
    """A way to tell origins.

    label, definition : for readers.
    columns : what it takes of the register of persons, of the child and of its parents.
    country : the country that decides, as an expression over `columns` of the child and, with the prefix `mother_` or
        `father_`, of the parents (only those of the given roles are there).
    """

    label: Label
    definition: Label
    columns: tuple[str, ...]
    country: Callable[[Sequence[str]], nw.Expr]

    def public(self) -> dict[str, dict[str, str]]:
        """What a release says about it, ready for JSON."""
        return {"label": self.label.as_dict(), "definition": self.definition.as_dict()}


def recode(value: nw.Expr, codes: dict[str, str], otherwise: str) -> nw.Expr:
    """Codes to names; whatever is not in `codes`, and a missing code, becomes `otherwise`."""
    out = nw.lit(otherwise)
    for name in dict.fromkeys(codes.values()):
        these = [code for code, label in codes.items() if label == name]
        out = nw.when(value.is_in(these).fill_null(False)).then(nw.lit(name)).otherwise(out)
    return out


def origin(children: nw.LazyFrame, people: nw.LazyFrame, roles: Sequence[str], by: Classification) -> nw.LazyFrame:
    """Replace the columns that the classification takes by `origin`.

    `people` has `person` and those columns for everybody; `roles` are the parents who count.
    """
    out = children
    for role in roles:
        out = out.join(
            people.rename({"person": role, **{name: f"{role}_{name}" for name in by.columns}}), on=role, how="left"
        )
    parents = [f"{role}_{name}" for role in roles for name in by.columns]
    return out.with_columns(origin=recode(by.country(roles), COUNTRIES, "other")).drop(*by.columns, *parents)


def _migration_background(roles: Sequence[str]) -> nw.Expr:
    """The child's own country; of the third generation, that of a parent.

    Third generation: the child is native and a parent is of the second generation. It takes the country of the mother
    when she is of the second generation and it is known, else that of the father when he is, else it is unknown. A
    child that is not in the register itself has the generation and the country of its mother. Without parents who
    count there is no third generation.
    """
    generation, country = nw.col("gbageneratie"), nw.col("gbaherkomstgroepering")
    if list(roles) == ["mother"]:
        generation = nw.coalesce(generation, nw.col("mother_gbageneratie"))
        country = nw.coalesce(country, nw.col("mother_gbaherkomstgroepering"))
    if not roles:
        return country
    second = {role: (nw.col(f"{role}_gbageneratie") == SECOND_GENERATION).fill_null(False) for role in roles}
    third = (generation == NATIVE).fill_null(False) & nw.any_horizontal(*second.values(), ignore_nulls=True)
    of_parent = [nw.when(second[role]).then(nw.col(f"{role}_gbaherkomstgroepering")) for role in roles]
    inherited = nw.coalesce(*of_parent) if len(of_parent) > 1 else of_parent[0]
    return nw.when(~third).then(country).otherwise(inherited)


def _country_of_birth(roles: Sequence[str]) -> nw.Expr:
    """Born abroad: the own country of birth. Born here: the mother's, unless she was born here or it is not known; then
    the father's, unless he was or it is not known; else the Netherlands, unless nothing is known of either.

    The parents' countries are those in the child's own row. A child without a row was born here, and has the country of
    birth that its mother's row tells of herself.
    """
    own, mother, father = nw.col("gbageboorteland"), nw.col("gbageboortelandmoeder"), nw.col("gbageboortelandvader")
    if list(roles) == ["mother"]:
        absent = own.is_null() & mother.is_null() & father.is_null()
        own = nw.when(~absent).then(own).otherwise(nw.lit(NETHERLANDS))
        mother = nw.coalesce(mother, nw.when(absent).then(nw.col("mother_gbageboorteland")))
    abroad = [nw.when(country != NETHERLANDS).then(country) for country in (mother, father)]
    of_parents = nw.coalesce(*abroad, mother, father)
    return nw.when(own == NETHERLANDS).then(of_parents).otherwise(own)


CLASSIFICATIONS = {
    "migration_background": Classification(
        Label("Migratieachtergrond (indeling tot 2022)", "Migration background (classification until 2022)"),
        Label(
            "De herkomst volgt uit het land waar iemand of een ouder geboren is. Wie zelf en van wie de ouders in "
            "Nederland geboren zijn, heeft de herkomst van een ouder die dat via de eigen ouders heeft.",
            "The origin follows from the country where somebody or a parent was born. People who, like their parents, "
            "were born in the Netherlands have the origin of a parent who has one through the grandparents.",
        ),
        ("gbageneratie", "gbaherkomstgroepering"),
        _migration_background,
    ),
    "country_of_birth": Classification(
        Label("Geboorteland van persoon en ouders (indeling van 2022)", "Country of birth (classification of 2022)"),
        Label(
            "Wie in het buitenland geboren is, heeft dat land als herkomst. Wie in Nederland geboren is, heeft "
            "het geboorteland van de moeder als herkomst, of dat van de vader als de moeder in Nederland geboren is of "
            "haar geboorteland onbekend is. Zijn beide ouders in Nederland geboren, dan is de herkomst Nederlands.",
            "People born abroad have that country as their origin. People born in the Netherlands have their mother's "
            "country of birth, or their father's when she was born in the Netherlands or hers is unknown. With both "
            "parents born in the Netherlands the origin is Dutch.",
        ),
        ("gbageboorteland", "gbageboortelandmoeder", "gbageboortelandvader"),
        _country_of_birth,
    ),
}
"""By the id that a cohort declares, or `kansen build --origin` names."""


def classification_named(name: str) -> str:
    """The id of a classification, or a `UsageError` that lists those there are."""
    if name not in CLASSIFICATIONS:
        raise UsageError(
            "Unknown classification of origins", found=name, expected=" or ".join(CLASSIFICATIONS),
            todo="choose one of these for --origin",
        )  # fmt: skip
    return name
