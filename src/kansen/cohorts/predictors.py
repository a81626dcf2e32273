"""What children are grouped by: their parents' income, their origin, and the household that they grew up in."""

from __future__ import annotations

from collections.abc import Container, Sequence

import narwhals.stable.v2 as nw

from kansen.cohorts.days import birthday
from kansen.cohorts.tables import Tables, days_between, days_present

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

COUPLES = {"2": "two", "3": "two"}
"""What the published pipeline adds (Q23)."""

OTHER = "7"
"""A code of TYPHH that is `other`."""

SECOND_GENERATION = "2"
NATIVE = "0"


def residency(
    tables: Tables, people: nw.LazyFrame, first: int, last: int, slack: int, quirks: Container[str] = ()
) -> nw.LazyFrame:
    """Whether people were registered in the window but for `slack` days (`person`, `present`; both end days count).

    `people` may have somebody twice: with Q14 the days count as often.
    """
    start, end = tables.spell_ends("gbaadresobject")
    spells = tables.scan("gbaadresobject", ["person", "dwelling", start, end]).drop("row", "dwelling")
    times = people.group_by("person").agg(nw.len().cast(nw.Int64).alias("times"))
    window = times.select("person", from_day=nw.lit(first).cast(nw.Int64), to_day=nw.lit(last).cast(nw.Int64))
    count, length = (days_between, last - first) if "Q13" in quirks else (days_present, last - first + 1)
    days = count(spells.join(window, on="person", how="inner"), start, end)
    if "Q14" in quirks:
        days = days.join(times, on="person", how="inner").with_columns(days=nw.col("days") * nw.col("times"))
    return days.select("person", present=nw.col("days") >= length - slack)


def origin(children: nw.LazyFrame, people: nw.LazyFrame, roles: Sequence[str]) -> nw.LazyFrame:
    """Add `origin` by country codes; a child of the third generation gets a parent's.

    Third generation: the child is native and a parent (one of `roles`) is of the second generation. It takes the
    country of the mother when she is of the second generation and it is known, else that of the father when he is, else
    it is unknown. A child that is not in the register itself has the generation and the country of its mother.
    """
    out = children
    for role in roles:
        names = {"person": role, "gbageneratie": f"{role}_generation", "gbaherkomstgroepering": f"{role}_origin"}
        out = out.join(people.rename(names), on=role, how="left")
    generation, country = nw.col("gbageneratie"), nw.col("gbaherkomstgroepering")
    if list(roles) == ["mother"]:
        generation = nw.coalesce(generation, nw.col("mother_generation"))
        country = nw.coalesce(country, nw.col("mother_origin"))
    second = {role: (nw.col(f"{role}_generation") == SECOND_GENERATION).fill_null(False) for role in roles}
    a_parent = nw.any_horizontal(*second.values(), ignore_nulls=True)
    third = (generation == NATIVE).fill_null(False) & a_parent
    of_parent = [nw.when(second[role]).then(nw.col(f"{role}_origin")) for role in roles]
    inherited = nw.coalesce(*of_parent) if len(of_parent) > 1 else of_parent[0]
    named = nw.when(~third).then(country).otherwise(inherited)
    return out.with_columns(origin=recode(named, ORIGINS, "other")).drop(
        *[f"{role}_{what}" for role in roles for what in ("generation", "origin")],
        "gbageneratie",
        "gbaherkomstgroepering",
    )


def household_type(tables: Tables, children: nw.LazyFrame, age: int, quirks: Container[str] = ()) -> nw.LazyFrame:
    """The type of household on the birthday at `age` (`person`, `household_type`), first spell in the file.

    At age 0 the child's first spell counts, whenever it starts; without one, the mother's on the day of birth.
    """
    start, end = tables.spell_ends("gbahuishoudens")
    spells = tables.scan("gbahuishoudens", ["person", "typhh", start, end])
    alive = children.filter(nw.col("fate").is_null())
    if age:
        found = tables.on_day(spells, start, end, "person", alive.select("person", day=birthday(age)))
        found = found.select("person", "typhh")
    else:
        own = spells.join(alive.select("person"), on="person", how="inner")
        first = own.group_by("person").agg(nw.col("row").min())
        firsts = own.join(first, on=["person", "row"], how="inner").select("person", "typhh")
        without = alive.join(firsts.select("person"), on="person", how="anti")
        of_mother = _of_mother(spells, start, end, without)
        if "Q24" in quirks:
            of_mother = of_mother.with_columns(typhh=nw.lit(OTHER))
        found = nw.concat([firsts, of_mother], how="vertical")
    known = found.filter(~nw.col("typhh").is_null())
    codes = {**HOUSEHOLDS, **COUPLES} if "Q23" in quirks else HOUSEHOLDS
    return known.select("person", household_type=recode(nw.col("typhh"), codes, "other"))


def _of_mother(spells: nw.LazyFrame, start: str, end: str, children: nw.LazyFrame) -> nw.LazyFrame:
    when = children.filter(~nw.col("mother").is_null()).select("person", "mother", day=birthday(0))
    holding = (
        spells.rename({"person": "mother"})
        .join(when, on="mother", how="inner")
        .filter((nw.col(start) <= nw.col("day")) & (nw.col("day") <= nw.col(end)))
    )
    first = holding.group_by("person").agg(nw.col("row").min())
    return holding.join(first, on=["person", "row"], how="inner").select("person", "typhh")


def recode(value: nw.Expr, codes: dict[str, str], otherwise: str) -> nw.Expr:
    """Codes to names; whatever is not in `codes`, and a missing code, becomes `otherwise`."""
    out = nw.lit(otherwise)
    for name in dict.fromkeys(codes.values()):
        these = [code for code, label in codes.items() if label == name]
        out = nw.when(value.is_in(these).fill_null(False)).then(nw.lit(name)).otherwise(out)
    return out
