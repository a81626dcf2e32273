"""The figures that the children born 1981-1985 are tuned to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kansen.geography.tables import read_table
from kansen.synthetic.figures import (
    CENTS,
    EUROS,
    LARGE_CITIES,
    NON_WESTERN,
    NORTH,
    NUMBER,
    RANK,
    SHARE,
    TIMES,
    Cohort,
    Figure,
    Found,
    Unit,
    above,
    inside,
    near,
)

OUD_ZUID = tuple(f"WK0363{number}" for number in range(44, 50))
PLAUSIBLE = "plausible"

LEVELS: Sequence[tuple[str, str, float, float, Unit]] = (
    ("Mean income, country", "income", 31_000, 34_000, EUROS),
    ("Hbo or university", "hbo_attained", 0.38, 0.46, SHARE),
    ("University", "wo_attained", 0.15, 0.20, SHARE),
    ("Employed", "employed", 0.83, 0.88, SHARE),
    ("Social assistance", "social_assistance", 0.03, 0.05, SHARE),
    ("Mental health care", "mhc", 0.08, 0.10, SHARE),
    ("Health costs", "total_health_costs", 1_300, 1_800, EUROS),
    ("Household income", "household_income", 52_000, 66_000, EUROS),
    ("Household below the poverty line", "household_below_poverty", 0.05, 0.10, SHARE),
    ("Disability benefit", "disability", 0.03, 0.05, SHARE),
    ("Hourly wage of employees", "hourly_wage", 18.0, 22.0, CENTS),
    ("Hourly wage below 14 euros", "hourly_wage_max_14", 0.15, 0.32, SHARE),
    ("Hours per week of employees", "hrs_work_pw", 29.0, 33.0, NUMBER),
    ("Permanent contract", "permanent_contract", 0.60, 0.75, SHARE),
    ("Medicines", "pharma", 0.58, 0.70, SHARE),
    ("Hospital", "hospital", 0.50, 0.62, SHARE),
    ("Net worth of the household", "wealth", 50_000, 85_000, EUROS),
    ("Own home", "homeowner", 0.52, 0.62, SHARE),
    ("Living space per person, m²", "living_space_pp", 42.0, 52.0, NUMBER),
    ("Gifts at 27 to 34", "gifts_received", 0.10, 0.16, SHARE),
    ("Age at leaving home", "age_left_parents", 20.5, 22.5, NUMBER),
)
"""Levels of the country: name, outcome, limits."""


def adult_figures(cohort: Cohort) -> list[Figure]:
    """All tuned figures of the cohort `age35`, in the order of docs/synthetic.md; of outcomes it has only."""
    rows = [*_levels(cohort), *_places(cohort), *_gaps(cohort), *_regions(cohort), *_people(cohort)]
    rows += [
        inside(name, PLAUSIBLE, low, high, cohort.found(outcome), unit)
        for name, outcome, low, high, unit in LEVELS
        if outcome in cohort.outcome
    ]
    return [*rows, *wealth_and_income(cohort)]


def _levels(cohort: Cohort) -> list[Figure]:
    income = {
        code: cohort.found("income", cohort.where(municipality=code)) for code in (*LARGE_CITIES, "GM0080", "GM0917")
    }
    top = cohort.found("top_20_income", None, "very_low")
    return [
        near("Top 20 % income, parents very low", "N01", 0.12, 0.005, top, SHARE),
        near("Mean income, Amsterdam", "N04", 28_592, 0.02 * 28_592, income["GM0363"], EUROS),
        near("Mean income, Rotterdam", "N04", 30_504, 0.02 * 30_504, income["GM0599"], EUROS),
        inside("Mean income, Rotterdam", "N07", 29_000, 31_000, income["GM0599"], EUROS),
        inside("Mean income, Leeuwarden", "N07", 29_000, 31_000, income["GM0080"], EUROS),
        inside("Mean income, Heerlen", "N07", 29_000, 31_000, income["GM0917"], EUROS),
        inside("Mean income, Amsterdam: below that range", "N07", 0, 28_999, income["GM0363"], EUROS),
    ]


def _places(cohort: Cohort) -> list[Figure]:
    names = {row["code"]: row["name"] for row in read_table("wijken")}

    def line(name: str, wanted: float, wijk: str | tuple[str, ...]) -> Figure:
        found = cohort.found("income", cohort.where(wijk=wijk), "low")
        return near(name, "N09", wanted, 0.02 * wanted, found, EUROS, full=True)

    return [
        line("Income, parents low, Oud-Zuid (six wijken together)", 26_000, OUD_ZUID),
        *(line(f"— {names[code]}", 26_000, code) for code in OUD_ZUID),
        line("Income, parents low, Overtoomse Veld", 19_000, "WK036386"),
    ]


def _gaps(cohort: Cohort) -> list[Figure]:
    def gap(town: str, **who: str) -> Found:
        chosen = cohort.where(municipality=town, **who)
        return cohort.found("income", chosen, "high") - cohort.found("income", chosen, "low")

    whose: list[tuple[str, dict[str, str]]] = [
        ("all children", {}),
        ("native parents", {"origin": "none"}),
        ("boys", {"sex": "men"}),
        ("boys of native parents", {"sex": "men", "origin": "none"}),
    ]
    name = "Gap high − low parents, Rotterdam and Amsterdam"
    return [above(f"{name}: {of}", "N06", gap("GM0599", **who), gap("GM0363", **who), EUROS) for of, who in whose]


def _regions(cohort: Cohort) -> list[Figure]:
    def income(position: str, **who: str | tuple[str, ...]) -> Found:
        return cohort.found("income", cohort.where(**who), position)

    def rank(position: str, province: str) -> Found:
        return cohort.found("income_perc", cohort.where(province_code=province), position)

    provinces = tuple(code for code in np.unique(cohort.text["province_code"]) if code)
    rest = tuple(code for code in provinces if code not in NORTH)
    others = tuple(code for code in provinces if code != "PV31")
    cities = cohort.where(municipality=LARGE_CITIES)
    around = cohort.where(corop_code=tuple(np.unique(cohort.text["corop_code"][cities]))) & ~cities
    rows = [
        above(
            f"Income rank, parents {position}, Zeeland and Groningen",
            "N13",
            rank(position, "PV29"),
            rank(position, "PV20"),
            RANK,
        )
        for position in ("low", "mid", "high")
    ]
    for position in ("low", "high"):
        start = f"Income, parents {position},"
        near_cities, inner = (cohort.found("income", who, position) for who in (around, cities))
        rows += [
            above(
                f"{start} other provinces and the north",
                "001",
                income(position, province_code=rest),
                income(position, province_code=NORTH),
                EUROS,
            ),
            above(f"{start} around the four large cities and in them", "001", near_cities, inner, EUROS),
            above(
                f"{start} other provinces and Limburg",
                "001",
                income(position, province_code=others),
                income(position, province_code="PV31"),
                EUROS,
            ),
            above(
                f"{start} no migration background and Moroccan origin",
                "N11",
                income(position, origin="none"),
                income(position, origin="morocco"),
                EUROS,
            ),
        ]
    return rows


def _people(cohort: Cohort) -> list[Figure]:
    men, women = cohort.where(sex="men"), cohort.where(sex="women")
    work = [cohort.found("employed", cohort.where(origin=origin)) for origin in (NON_WESTERN, "none")]
    return [
        above("Mean income, men and women", "002", cohort.found("income", men), cohort.found("income", women), EUROS),
        above(
            "Hbo or university, women and men",
            "N36",
            cohort.found("hbo_attained", women),
            cohort.found("hbo_attained", men),
            SHARE,
        ),
        inside("Employed, four origins against none", "N20", 0.70, 0.97, work[0] / work[1], TIMES),
    ]


def wealth_and_income(cohort: Cohort) -> list[Figure]:
    """How alike the ranks of the parents' income and net worth are."""
    if cohort.wealth_rank is None:
        return []
    known = ~np.isnan(cohort.wealth_rank) & ~np.isnan(cohort.rank)
    if known.sum() < 3:
        return []
    alike = float(np.corrcoef(cohort.rank[known], cohort.wealth_rank[known])[0, 1])
    found = Found(alike, float((1 - alike**2) / np.sqrt(known.sum())))
    return [inside("Correlation of the parents' ranks of income and net worth", PLAUSIBLE, 0.35, 0.65, found, RANK)]
