"""Which register tables a cohort and its outcomes take; all of it follows from the declarations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kansen.cohorts import recipes
from kansen.cohorts.declarations import CohortDeclaration, Outcome
from kansen.registers import Needs, Requirement, load_catalogue


def needs(declaration: CohortDeclaration) -> Needs:
    """What `registers.check` compares with a delivery."""
    d = declaration
    borders = date.fromisoformat(d.areas_on).year
    first, last = d.parent_income_years
    cohort = [
        Requirement("gbapersoon", columns=("gbageboortejaar", "gbageslacht", "gbageneratie", "gbaherkomstgroepering")),
        Requirement("kindouder", columns=("mother", "father")),
        Requirement("gbaadresobject", columns=("dwelling",)),
        Requirement("gbahuishoudens", columns=("typhh",)),
        Requirement("vslpostcode", columns=("postcodenum",)),
        Requirement("vslgwb", columns=(f"gem{borders}", f"wc{borders}")),
        Requirement("persoonink", tuple(range(first, min(last, 2010) + 1)), ("persbrut",)),
        Requirement("inpa", tuple(range(max(first, 2011), last + 1)), ("inppersbrut",)),
    ]
    kept = [need for need in cohort if need.years or load_catalogue().table(need.table).kind != "yearly"]
    of = {outcome.id: outcome for outcome in d.outcomes}
    required = [need for outcome in recipes.required(d) for need in _of(outcome, of, d)]
    outcomes = {id: tuple(dict.fromkeys(_of(outcome, of, d))) for id, outcome in of.items()}
    return Needs(tuple(dict.fromkeys([*kept, *required])), outcomes)


def _of(outcome: Outcome, of: dict[str, Outcome], d: CohortDeclaration) -> Iterable[Requirement]:
    """The tables of an outcome, and of the outcome that it builds on."""
    if "of" in outcome.recipe:
        yield from _of(of[outcome.recipe["of"]], of, d)
    for need in recipes.needs(outcome):
        table = load_catalogue().table(need.table)
        years = tuple(year + need.offset for year in d.outcome_years) if table.kind == "yearly" else ()
        yield Requirement(need.table, years, (need.column,))
        if years and "person" not in table.names(max(years)):
            yield Requirement("koppel", years, ("person", "household"))
