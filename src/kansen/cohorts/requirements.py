"""Which register tables a cohort and its outcomes need, and what a delivery allows.

Everything follows from the declarations: the rules of a cohort, and the values that its recipes ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from kansen.cohorts import recipes
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.origins import CLASSIFICATIONS
from kansen.cohorts.outcomes import GRADE
from kansen.cohorts.panel import panel_requirements
from kansen.cohorts.parents import INCOMES
from kansen.cohorts.population import LAST_BY_CAUSE, OF_BIRTH, OF_DEATH, PARTS
from kansen.cohorts.recipes.check import check_recipes
from kansen.cohorts.tables import LAST_BY_TRAINING, LAST_KERN
from kansen.cohorts.values import LAST_OLD
from kansen.registers import Delivery, Needs, Requirement, lacks, load_catalogue

INSTEAD = {"koppel": "inpa", "koppel_kern": "persoonink"}
"""Tables that another one can stand in for: the household of a person is also told beside its income."""


def cohort_requirements(d: CohortDeclaration) -> list[Requirement]:
    """The tables without which there is no cohort. `DeclarationError` for a recipe that cannot be followed."""
    check_recipes(d)
    year = date.fromisoformat(d.areas_on).year
    out = [
        Requirement("gbapersoon", (), ("gbageslacht", *CLASSIFICATIONS[d.origin].columns)),
        *([Requirement("kindouder", (), ("mother", "father"))] if d.parent_roles else []),
        Requirement("gbaadresobject", (), ("dwelling",)),
        *([Requirement("gbahuishoudens", (), ("typhh",))] if d.home_age is not None else []),
        Requirement("vslpostcode", (), ("postcodenum",)),
        Requirement("vslgwb", (), (f"gem{year}", f"wc{year}")),
    ]
    old, new = INCOMES[d.parent_income_of]
    ends = d.own_income_years or d.parent_income_years or (0, -1)
    years = range(ends[0], ends[1] + 1)
    out += _by_year({old: [y for y in years if y <= LAST_OLD], new: [y for y in years if y > LAST_OLD]})
    if d.own_income_years:  # the household that is named beside the first income
        first = INCOMES["parents"][0 if years[0] <= LAST_OLD else 1][0]
        out.append(Requirement(first, (years[0],), ("household",)))
    if d.spells_told:
        out += panel_requirements(d.spells_told.calendar)
    if d.school_years:
        out.append(Requirement(GRADE[0], tuple(d.outcome_years), (GRADE[1],)))
    if d.population != "births":
        out.append(Requirement("gbapersoon", (), PARTS))
    else:
        deaths = range(d.births[0], d.births[1] + 2)
        early, late = (tuple(y for y in deaths if (y > LAST_BY_CAUSE) == after) for after in (False, True))
        registered = [
            Requirement("do", early, OF_DEATH),
            Requirement("doodoorz", late),
            Requirement("gbaoverlijden", late, ("gbadatumoverlijden",)),
        ]
        out += [Requirement("perined", (), OF_BIRTH), *[need for need in registered if need.years]]
    required = [outcome for outcome in d.outcomes if not outcome.optional]
    return with_links(out + [need for outcome in required for need in recipes.requirements(d, outcome)])


def outcome_requirements(d: CohortDeclaration) -> dict[str, list[Requirement]]:
    """The tables of each outcome, by its id. `DeclarationError` for a recipe that cannot be followed."""
    check_recipes(d)
    return {outcome.id: with_links(recipes.requirements(d, outcome)) for outcome in d.outcomes}


def predictor_requirements(d: CohortDeclaration) -> dict[str, list[Requirement]]:
    """The tables of the predictors that a cohort can do without: `wealth_rank` and `parent_education`."""
    out: dict[str, list[Requirement]] = {}
    births = range(d.births[0], d.births[1] + 1)
    if d.wealth_ages:
        years = sorted({born + age for born in births for age in d.wealth_ages})
        out["wealth_rank"] = with_links([Requirement("veh", tuple(years), ("vehw1000verh",))])
    if d.education_age is not None:
        years = [born + d.education_age for born in births]
        old = [y for y in years if y <= LAST_BY_TRAINING]
        out["parent_education"] = [
            *_by_year({("hoogsteopl", "attained"): [y for y in years if y > LAST_BY_TRAINING]}),
            *_by_year({("hoogsteopl_old", "oplnrhb"): old}),
            *(_references() if old else []),
        ]
    return out


def _references() -> list[Requirement]:
    """From the number of a training to its level."""
    columns = {"opleidingsnrref": "cto2021v", "ctoref": "oplnivsoi2016agg4hb"}
    return [Requirement(table, (), (column,)) for table, column in columns.items()]


def _by_year(years: Mapping[tuple[str, str], Sequence[int]]) -> list[Requirement]:
    return [Requirement(table, tuple(own), (column,)) for (table, column), own in years.items() if own]


def with_links(needed: Iterable[Requirement]) -> list[Requirement]:
    """The same tables and, for those of households, the table that says who belongs to which household."""
    out: list[Requirement] = []
    catalogue = load_catalogue()
    for need in needed:
        out.append(need)
        keys = catalogue.table(need.table).names(max(need.years, default=None))
        if need.years and "household" in keys and "person" not in keys:
            out += [
                Requirement(link, years, ("person", "household"), INSTEAD[link])
                for link, years in (
                    ("koppel_kern", tuple(y for y in need.years if y <= LAST_KERN)),
                    ("koppel", tuple(y for y in need.years if y > LAST_KERN)),
                )
                if years
            ]
    return list(dict.fromkeys(out))


def survey_requirements(d: CohortDeclaration) -> dict[str, list[Requirement]]:
    """The tables of answers that decompositions of its outcomes are made with, by `decomposition` and its id."""
    return {
        f"decomposition {one.id}": [Requirement(one.survey.table, tuple(d.outcome_years), one.survey.columns)]
        for one in d.decompositions
        if one.survey and set(one.of) & set(d.ids)
    }


def needs(d: CohortDeclaration) -> Needs:
    """What `registers.check` compares with a delivery: for the cohort, its outcomes, predictors and surveys."""
    outcomes, predictors = (
        {id: tuple(needed) for id, needed in wanted.items()}
        for wanted in (outcome_requirements(d), {**predictor_requirements(d), **survey_requirements(d)})
    )
    return Needs(tuple(cohort_requirements(d)), outcomes, predictors)


def as_delivered(d: CohortDeclaration, delivery: Delivery) -> tuple[CohortDeclaration, list[str]]:
    """The cohort without what the delivery does not allow, and a line about each thing that is left out.

    Only what is optional is left out, and only when one of its tables was not delivered at all: a table of which some
    years are absent is an error when it is read, because then something went wrong.
    """
    absent = {
        id: missing
        for id, needed in {**outcome_requirements(d), **predictor_requirements(d), **survey_requirements(d)}.items()
        if (missing := [lack.table for lack in lacks(delivery, needed) if lack.whole])
    }
    optional = (
        {outcome.id for outcome in d.outcomes if outcome.optional}
        | set(predictor_requirements(d))
        | set(survey_requirements(d))
    )
    left_out = {id: tables for id, tables in absent.items() if id in optional}
    notes = [
        f"{d.id}: {id} is left out, because {', '.join(dict.fromkeys(tables))} was not delivered"
        for id, tables in left_out.items()
    ]
    kept = replace(
        d,
        outcomes=tuple(outcome for outcome in d.outcomes if outcome.id not in left_out),
        wealth_ages=() if "wealth_rank" in left_out else d.wealth_ages,
        decompositions=tuple(one for one in d.decompositions if f"decomposition {one.id}" not in left_out),
        education_age=None if "parent_education" in left_out else d.education_age,
    )
    return kept, notes
