"""What parents earned and owned, how far they learned, and where that puts their children."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals.stable.v2 as nw

from kansen.cohorts.attrition import drop_where
from kansen.cohorts.context import Context
from kansen.cohorts.predictors import residency
from kansen.cohorts.prices import price_factor
from kansen.cohorts.recipes import add_rank
from kansen.cohorts.tables import first_day, last_day
from kansen.cohorts.values import LAST_OLD, SERIES

EDUCATION = {
    "university": ("3113", "3212", "3213"),
    "hpe": ("3110", "3111", "3112", "3210", "3211"),
}
"""Attained levels of parents; the higher of two counts, and every other level, or none, is `other`."""

INCOMES = {"parents": SERIES["personal"], "household": SERIES["household"]}
"""Table and column of gross income, until `LAST_OLD` and after it."""


def parents(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """Add `income_rank`, `wealth_rank` and `parent_education`; who lacks a resident parent or an income is dropped."""
    roles = c.declaration.parent_roles
    alive = children.filter(nw.col("fate").is_null())
    by_role = nw.concat(
        [alive.select(person=nw.col(role)).filter(~nw.col("person").is_null()).unique() for role in roles],
        how="vertical",
    )
    out = _resident(c, children, by_role)
    out = _income(c, out, by_role.unique())
    out = _wealth(c, out) if c.declaration.wealth_ages else out.with_columns(wealth_rank=_none())
    if c.declaration.education_age is None:
        return out.with_columns(parent_education=nw.lit(None).cast(nw.String))
    return _education(c, out)


def _none() -> nw.Expr:
    return nw.lit(None).cast(nw.Float64)


def _resident(c: Context, children: nw.LazyFrame, people: nw.LazyFrame) -> nw.LazyFrame:
    """Drop children of whom no parent lived here in the years that the cohort asks for."""
    d = c.declaration
    if d.parent_residency is None:
        return children
    window = first_day(d.parent_residency[0]), last_day(d.parent_residency[1])
    here = residency(c.tables, people, *window, d.slack_days, c.quirks)
    out = children
    for role in d.parent_roles:
        out = out.join(here.rename({"person": role, "present": f"{role}_here"}), on=role, how="left")
    names = [f"{role}_here" for role in d.parent_roles]
    present = nw.any_horizontal(*[nw.col(name).fill_null(False) for name in names], ignore_nulls=True)
    return drop_where(out, c.rule("parent_resident"), ~present).drop(*names)


def _income(c: Context, children: nw.LazyFrame, people: nw.LazyFrame) -> nw.LazyFrame:
    """Add the rank of the parents' income among the children who are still here, within their year of birth."""
    d = c.declaration
    income = mean_income(c, people, _years(d.parent_income_years))
    out = children
    for role in d.parent_roles:
        renamed = {"person": role, "income": f"{role}_income", "unknown": f"{role}_unknown"}
        out = out.join(income.rename(renamed), on=role, how="left")
    names = [f"{role}_income" for role in d.parent_roles]
    amounts = [nw.col(name) for name in names]
    known = nw.any_horizontal(*[~amount.is_null() for amount in amounts], ignore_nulls=True)
    total = nw.lit(0.0)
    for amount in amounts:
        total = total + amount.fill_null(0.0)
    if "Q17" in c.quirks:
        known = known & (total >= 0)
    if "Q18" in c.quirks:
        known = known & ~nw.any_horizontal(
            *[(nw.col(f"{role}_unknown") == 1).fill_null(False) for role in d.parent_roles], ignore_nulls=True
        )
    out = out.with_columns(parents_income=nw.when(known).then(total)).drop(*names)
    if d.parent_income_required:
        out = drop_where(out, c.rule("parents_income"), nw.col("parents_income").is_null())
    # A null among those who were dropped keeps them out of the ranks.
    out = out.with_columns(income_rank=nw.when(nw.col("fate").is_null()).then(nw.col("parents_income")))
    out = out.drop(*[f"{role}_unknown" for role in d.parent_roles])
    return add_rank(out, "income_rank", "birth_year", missing_on_top="Q15" in c.quirks)


def own_income(c: Context, people: nw.LazyFrame) -> nw.LazyFrame:
    """What stands in the place of the parents of residents: the rank of the own income at the start, as `income_rank`.

    Who has no known income in these years is dropped. `household` is that beside the income of the first of the years
    that has one, else the person; what only parents have is null.
    """
    d = c.declaration
    years = _years(d.own_income_years)
    alive = people.filter(nw.col("fate").is_null()).select("person")
    income = c.stage("own-income", lambda: mean_income(c, alive, years).select("person", "income"))
    out = people.join(income, on="person", how="left")
    out = drop_where(out, c.rule("own_income"), nw.col("income").is_null())
    out = out.with_columns(income_rank=nw.when(nw.col("fate").is_null()).then(nw.col("income")))
    out = add_rank(out, "income_rank", "birth_year")
    first = INCOMES["parents"][0 if years[0] <= LAST_OLD else 1][0]
    members = c.tables.scan(first, ["person", "household"], years[0]).drop("row")
    return out.join(members, on="person", how="left").with_columns(
        household=nw.coalesce(nw.col("household"), nw.col("person")),
        wealth_rank=_none(),
        parent_education=nw.lit(None).cast(nw.String),
    )


def _years(ends: tuple[int, int] | None) -> range:
    assert ends is not None, "a declaration says whose income counts in which years"
    return range(ends[0], ends[1] + 1)


def mean_income(c: Context, people: nw.LazyFrame, years: range) -> nw.LazyFrame:
    """Income in euros of the price year, averaged over the years it is known in (`person`, `income`).

    `unknown` is 1 for who is in the tables of all years without a known income.
    A negative year is missing; one year is enough. Years are joined as columns and added in a fixed order, so that two
    runs give the same bits. What counts is gross personal income, or that of the household that the table of personal
    incomes names.
    """
    d = c.declaration
    out = people.with_columns(years_there=nw.lit(0))
    total, count = nw.lit(0.0), nw.lit(0)
    for year in years:
        name = f"income_{year}"
        table, column = INCOMES[d.parent_income_of][0 if year <= LAST_OLD else 1]
        real = nw.col(column) / price_factor(year, d.price_year)
        amount = real if "Q17" in c.quirks else nw.when(nw.col(column) >= 0).then(real)
        amounts = c.tables.yearly(table, [column], year, household_of_income=True)
        known = amounts.select("person", amount.alias(name), there=nw.lit(1))
        out = out.join(known, on="person", how="left")
        out = out.with_columns(years_there=nw.col("years_there") + nw.col("there").fill_null(0)).drop("there")
        total = total + nw.col(name).fill_null(0.0)
        count = count + (~nw.col(name).is_null()).cast(nw.Int64)
    mean = nw.when(count > 0).then(total / nw.max_horizontal(count, nw.lit(1)))
    always = (nw.col("years_there") == len(years)) & (count == 0)
    return out.select("person", income=mean, unknown=nw.when(always).then(nw.lit(1)).otherwise(nw.lit(0)))


def _wealth(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """Add the rank of the net worth of the parents' household within the year of birth; missing stays missing."""
    d = c.declaration
    out = children
    names = [f"wealth_{age}" for age in d.wealth_ages]
    for age, name in zip(d.wealth_ages, names, strict=True):
        out = _beside(out, d.parent_roles, _worth(c, age), ("home", "worth"))
        out = out.with_columns(_shared(d.parent_roles).alias(name))
        out = out.drop(*[f"{role}_{what}" for role in d.parent_roles for what in ("home", "worth")])
    wealth = nw.coalesce(*[nw.col(name) for name in names]) if len(names) > 1 else nw.col(names[0])
    out = out.with_columns(wealth_rank=nw.when(nw.col("fate").is_null()).then(wealth)).drop(*names)
    return add_rank(out, "wealth_rank", "birth_year", missing_on_top="Q19" in c.quirks)


def _worth(c: Context, age: int) -> nw.LazyFrame:
    """`person`, `birth_year`, `home` (household) and `worth`, in euros of the price year.

    The net worth of people's households in the year in which children of a year of birth turn `age`.
    """
    d = c.declaration
    frames: list[nw.LazyFrame] = []
    for born in range(d.births[0], d.births[1] + 1):
        factor = price_factor(born + age, d.price_year)
        found = c.tables.yearly("veh", ["vehw1000verh", "household"], born + age)
        known = found.filter(~nw.col("vehw1000verh").is_null())
        frames.append(
            known.select("person", _born(born), home=nw.col("household"), worth=nw.col("vehw1000verh") / factor)
        )
    return nw.concat(frames, how="vertical")


def _born(year: int) -> nw.Expr:
    return nw.lit(year).cast(nw.Int64).alias("birth_year")


def _beside(children: nw.LazyFrame, roles: Sequence[str], people: nw.LazyFrame, columns: Sequence[str]) -> nw.LazyFrame:
    """Add the columns of `people` (`person`, `birth_year`, ...) of each parent, as `mother_...` and `father_...`.

    Joined to the children themselves, so that the plan does not hold a copy of them per year of birth.
    """
    out = children
    for role in roles:
        named = {"person": role, **{column: f"{role}_{column}" for column in columns}}
        out = out.join(people.rename(named), on=[role, "birth_year"], how="left")
    return out


def _shared(roles: tuple[str, ...]) -> nw.Expr:
    """Parents of one household count once; those of two are added; one who is not known leaves the other's."""
    if len(roles) == 1:
        return nw.col(f"{roles[0]}_worth")
    mother, father = (nw.col(f"{role}_worth") for role in ("mother", "father"))
    same = (nw.col("mother_home") == nw.col("father_home")).fill_null(False)
    both = nw.when(same).then(father).otherwise(mother + father)
    return nw.coalesce(both, father, mother)


def _education(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """Add the highest level that a parent had attained in the year that the child turned the declared age."""
    d = c.declaration
    years = range(d.births[0], d.births[1] + 1)
    levels = [
        c.tables.attained(born + (d.education_age or 0)).select("person", _born(born), level="attained")
        for born in years
    ]
    out = _beside(children, d.parent_roles, nw.concat(levels, how="vertical"), ("level",))
    names = [f"{role}_level" for role in d.parent_roles]
    has = {
        group: nw.any_horizontal(
            *[nw.col(name).is_in(list(codes)).fill_null(False) for name in names], ignore_nulls=True
        )
        for group, codes in EDUCATION.items()
    }
    named = nw.when(has["hpe"]).then(nw.lit("hpe"))
    if "Q25" not in c.quirks:
        named = named.otherwise(nw.lit("other"))
    level = nw.when(has["university"]).then(nw.lit("university")).otherwise(named)
    followed = nw.col("core") & nw.col("fate").is_null()
    return out.with_columns(parent_education=nw.when(followed).then(level)).drop(*names)
