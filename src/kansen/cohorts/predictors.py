"""What children are grouped by: their parents' income, their origin, and the household that they grew up in."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.prices import price_factor
from kansen.cohorts.tables import Tables, days_present

ORIGINS = {
    "6030": "none",
    "6043": "turkey",
    "5022": "morocco",
    "5007": "suriname",
    **dict.fromkeys(("7011", "5095", "5016", "5107", "5108", "5109", "5110"), "dutch_caribbean"),
}
"""Country code (BRP table 34) to origin; every other code, and an unknown one, is `other`."""

HOUSEHOLDS = {"6": "single", "4": "two", "5": "two"}
"""TYPHH to household type. Couples without children (2, 3) and all others are `other`."""

SECOND_GENERATION = "2"
NATIVE = "0"


def residency(tables: Tables, people: nw.LazyFrame, first: int, last: int, slack: int) -> nw.LazyFrame:
    """Whether people were registered in the window but for `slack` days (`person`, `present`; both end days count)."""
    start, end = tables.spell_ends("gbaadresobject")
    spells = tables.scan("gbaadresobject", ["person", "dwelling", start, end]).drop("row", "dwelling")
    window = people.select("person", from_day=nw.lit(first).cast(nw.Int64), to_day=nw.lit(last).cast(nw.Int64))
    days = days_present(spells.join(window, on="person", how="inner"), start, end)
    return days.select("person", present=nw.col("days") >= last - first + 1 - slack)


def parental_income(tables: Tables, parents: nw.LazyFrame, declaration: CohortDeclaration) -> nw.LazyFrame:
    """A parent's gross personal income in euros of the price year, averaged over the years it is known in.

    A negative year is missing; one year is enough. Years are joined as columns and added in a fixed order, so that two
    runs give the same bits. Returns `person`, `income` (null where no year is known).
    """
    first, last = declaration.parent_income_years
    out = parents
    total, count = nw.lit(0.0), nw.lit(0)
    for year in range(first, last + 1):
        name = f"income_{year}"
        table, column = ("persoonink", "persbrut") if year <= 2010 else ("inpa", "inppersbrut")
        factor = price_factor(year, declaration.price_year)
        amount = nw.when(nw.col(column) >= 0).then(nw.col(column) / factor)
        known = tables.yearly(table, [column], year).select("person", amount.alias(name))
        out = out.join(known, on="person", how="left")
        total = total + nw.col(name).fill_null(0.0)
        count = count + (~nw.col(name).is_null()).cast(nw.Int64)
    mean = nw.when(count > 0).then(total / nw.max_horizontal(count, nw.lit(1)))
    return out.select("person", income=mean)


def origin(children: nw.LazyFrame, people: nw.LazyFrame) -> nw.LazyFrame:
    """Add `origin` by country codes; a child of the third generation gets a parent's.

    Third generation: the child is native and a parent is of the second generation. It takes the country of the mother
    when she is of the second generation and it is known, else that of the father when he is, else it is unknown.
    """
    out = children
    for role in ("mother", "father"):
        names = {"person": role, "gbageneratie": f"{role}_generation", "gbaherkomstgroepering": f"{role}_origin"}
        out = out.join(people.rename(names), on=role, how="left")
    second = {
        role: (nw.col(f"{role}_generation") == SECOND_GENERATION).fill_null(False) for role in ("mother", "father")
    }
    third = (nw.col("gbageneratie") == NATIVE).fill_null(False) & (second["mother"] | second["father"])
    of_parent = {role: nw.when(second[role]).then(nw.col(f"{role}_origin")) for role in second}
    inherited = nw.coalesce(of_parent["mother"], of_parent["father"])
    country = nw.when(~third).then(nw.col("gbaherkomstgroepering")).otherwise(inherited)
    return out.with_columns(origin=recode(country, ORIGINS, "other")).drop(
        "mother_generation",
        "mother_origin",
        "father_generation",
        "father_origin",
        "gbageneratie",
        "gbaherkomstgroepering",
    )


def household_type(tables: Tables, children: nw.LazyFrame) -> nw.LazyFrame:
    """The type of household on the birthday at the home age (`person`, `household_type`), first spell in the file."""
    start, end = tables.spell_ends("gbahuishoudens")
    spells = tables.scan("gbahuishoudens", ["person", "typhh", start, end])
    when = children.filter(nw.col("fate").is_null()).select("person", day=nw.col("birthday_home"))
    found = tables.on_day(spells, start, end, "person", when).filter(~nw.col("typhh").is_null())
    return found.select("person", household_type=recode(nw.col("typhh"), HOUSEHOLDS, "other"))


def recode(value: nw.Expr, codes: dict[str, str], otherwise: str) -> nw.Expr:
    """Codes to names; whatever is not in `codes`, and a missing code, becomes `otherwise`."""
    out = nw.lit(otherwise)
    for name in dict.fromkeys(codes.values()):
        these = [code for code, label in codes.items() if label == name]
        out = nw.when(value.is_in(these).fill_null(False)).then(nw.lit(name)).otherwise(out)
    return out
