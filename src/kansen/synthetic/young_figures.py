"""The figures that the children born from 1993 on are tuned to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kansen.synthetic.adult_figures import PLAUSIBLE, wealth_and_income
from kansen.synthetic.figures import (
    EUROS,
    NON_WESTERN,
    NUMBER,
    SHARE,
    SMALL,
    TIMES,
    Cohort,
    Figure,
    Found,
    Unit,
    above,
    inside,
)

ACADEMIC, LOWER = "university", "other"
ZAANSTAD, STAPHORST = "GM0479", "GM0180"
MANY_HAVO = ("GM0579", "GM0377", "GM0397", "GM0277", "GM0417")
FEW_HAVO = ("GM0765", "GM0184", "GM0118", "GM0037")
"""Oegstgeest, Bloemendaal, Heemstede, Rozendaal and Laren; Pekela, Urk, Hoogeveen and Stadskanaal."""
SPARSE = ("PV20", "PV21", "PV22", "PV29")
RANDSTAD = ("PV26", "PV27", "PV28")
NORTH_EAST = ("PV20", "PV21", "PV22", "PV23")

Level = tuple[str, str, float, float, Unit]
GROUP_8: Sequence[Level] = (
    ("Arithmetic at the target level", "math", 0.45, 0.60, SHARE),
    ("Reading at the target level", "reading", 0.60, 0.75, SHARE),
    ("Language at the target level", "language", 0.55, 0.68, SHARE),
    ("Test vmbo-gl or higher", "vmbo_gl_test", 0.65, 0.73, SHARE),
    ("Test havo or higher", "havo_test", 0.39, 0.46, SHARE),
    ("Test vwo", "vwo_test", 0.14, 0.19, SHARE),
    ("Advice vmbo-gl or higher", "vmbo_gl_final", 0.67, 0.76, SHARE),
    ("Advice havo or higher", "havo_final", 0.42, 0.51, SHARE),
    ("Advice vwo", "vwo_final", 0.16, 0.21, SHARE),
    ("Care costs, year of group 8", "youth_health_costs", 850, 1_300, EUROS),
    ("Protection measure, year of group 8", "youth_protection", 0.009, 0.018, SMALL),
    ("Living space per person, m², group 8", "living_space_pp", 25.0, 33.0, NUMBER),
    ("Pupils in the class, group 8", "class_size", 20.0, 26.0, NUMBER),
    ("Class mates with both parents born abroad", "class_foreign_born_parents", 0.08, 0.18, SHARE),
)
SIXTEEN: Sequence[Level] = (
    ("Vmbo-gl or higher at 16", "vmbo_gl", 0.68, 0.77, SHARE),
    ("Havo or vwo at 16", "havo", 0.46, 0.52, SHARE),
    ("Vwo at 16", "vwo", 0.20, 0.26, SHARE),
    ("Care costs at 16", "youth_health_costs", 850, 1_300, EUROS),
    ("Protection measure at 16", "youth_protection", 0.010, 0.020, SMALL),
    ("Living space per person, m², at 16", "living_space_pp", 25.0, 34.0, NUMBER),
)
TWENTY_ONE: Sequence[Level] = (
    ("Start qualification at 21", "high_school_attained", 0.82, 0.89, SHARE),
    ("In or through hbo or university at 21", "hbo_followed", 0.44, 0.53, SHARE),
    ("In or through university at 21", "uni_followed", 0.17, 0.23, SHARE),
    ("Living with the parents at 21", "living_with_parents", 0.52, 0.65, SHARE),
    ("Parent before 20", "young_parents", 0.003, 0.010, SMALL),
    ("Medicines at 20", "pharma", 0.52, 0.65, SHARE),
    ("Hospital at 20", "hospital", 0.36, 0.48, SHARE),
    ("Mental health care at 20", "mhc", 0.08, 0.11, SHARE),
    ("Health costs at 20", "total_health_costs", 850, 1_200, EUROS),
)
BORN: Sequence[Level] = (
    ("Born before 37 weeks", "preterm_birth", 0.065, 0.077, SMALL),
    ("Below the tenth percentile of weight", "sga", 0.095, 0.115, SMALL),
    ("Perinatal mortality", "perinatal_mortality", 0.0038, 0.0058, SMALL),
    ("Neonatal mortality", "neonatal_mortality", 0.0042, 0.0065, SMALL),
    ("Infant mortality", "infant_mortality", 0.0052, 0.0078, SMALL),
)


def young_figures(cohorts: Mapping[str, Cohort]) -> list[Figure]:
    """All tuned figures of the cohorts of the young that are there, in the order of docs/synthetic.md."""
    rows: list[Figure] = []
    if "prim8_a" in cohorts:
        rows += [*_advice(cohorts["prim8_a"]), *_places(cohorts["prim8_a"])]
    if "prim8_a" in cohorts and "prim8_b" in cohorts:
        rows += _narrowing(cohorts["prim8_a"], cohorts["prim8_b"])
    for name, tag in (("prim8_a", "2014–2018"), ("prim8_b", "2020–2024")):
        if name in cohorts:
            rows += _plausible(cohorts[name], GROUP_8, f", {tag}")
            rows += _segregation(cohorts[name], "class", f" in group 8, {tag}", 0.29, 0.38)
    if "age16" in cohorts:
        rows += _sixteen(cohorts["age16"])
    if "age21" in cohorts:
        rows += _twenty_one(cohorts["age21"])
    if "newborns" in cohorts:
        rows += _newborns(cohorts["newborns"])
    return rows


def _plausible(cohort: Cohort, levels: Sequence[Level], tag: str = "") -> list[Figure]:
    return [
        inside(name + tag, PLAUSIBLE, low, high, cohort.found(outcome), unit)
        for name, outcome, low, high, unit in levels
        if outcome in cohort.outcome
    ]


def _against(cohort: Cohort, outcome: str) -> Found:
    """An outcome of children with an academic parent, against those whose parents have less than hbo."""
    more, less = (cohort.found(outcome, cohort.where(parent_education=one)) for one in (ACADEMIC, LOWER))
    return more / less


def _advice(cohort: Cohort) -> list[Figure]:
    def found(outcome: str, **who: str | tuple[str, ...]) -> Found:
        return cohort.found(outcome, cohort.where(**who))

    def below_test(provinces: tuple[str, ...]) -> Found:
        return found("havo_test", province_code=provinces) - found("havo_final", province_code=provinces)

    over, under = (_against(cohort, outcome) for outcome in ("over_advice", "under_advice"))
    return [
        inside("Over-advice, academic parents against below hbo", "N30", 1.2, 1.3, over, TIMES),
        inside("Under-advice, academic parents against below hbo", "N30", 0.7, 0.8, under, TIMES),
        above(
            "Under-advice, parents very low and very high",
            "002",
            cohort.found("under_advice", None, "very_low"),
            cohort.found("under_advice", None, "very_high"),
            SHARE,
        ),
        above(
            "Under-advice, sparse provinces and Noord-Holland",
            "N33",
            found("under_advice", province_code=SPARSE),
            found("under_advice", province_code="PV27"),
            SHARE,
        ),
        above(
            "Over-advice, Randstad and the north and east",
            "N33",
            found("over_advice", province_code=RANDSTAD),
            found("over_advice", province_code=NORTH_EAST),
            SHARE,
        ),
        above(
            "Test less advice (havo), the north and east and the Randstad",
            "N33",
            below_test(NORTH_EAST),
            below_test(RANDSTAD),
            SHARE,
        ),
        above("Reading, girls and boys", "001", found("reading", sex="women"), found("reading", sex="men"), SHARE),
        above(
            "Over-advice, four origins and none",
            PLAUSIBLE,
            found("over_advice", origin=NON_WESTERN),
            found("over_advice", origin="none"),
            SHARE,
        ),
    ]


def _places(cohort: Cohort) -> list[Figure]:
    """The second worked example: Zaanstad and Staphorst."""

    def test(town: str, position: str = "all", **who: str | tuple[str, ...]) -> Found:
        return cohort.found("havo_test", cohort.where(municipality=town, **who), position)

    def difference(position: str, **who: str | tuple[str, ...]) -> Found:
        return test(STAPHORST, position, **who) - test(ZAANSTAD, position, **who)

    country = cohort.found("havo_test")
    native, other = test(ZAANSTAD, origin="none"), test(ZAANSTAD, origin=NON_WESTERN)
    gap = cohort.found("havo_test", cohort.where(origin="none")) - cohort.found(
        "havo_test", cohort.where(origin=NON_WESTERN)
    )
    return [
        above("Test havo or higher, country and Zaanstad", "000", country, test(ZAANSTAD), SHARE),
        above("Test havo or higher, Staphorst and Zaanstad", "000", test(STAPHORST), test(ZAANSTAD), SHARE),
        above("Staphorst less Zaanstad, parents high and all", "000", difference("high"), difference("all"), SHARE),
        above("No migration background less four origins, Zaanstad and country", "000", native - other, gap, SHARE),
    ]


def _narrowing(before: Cohort, after: Cohort) -> list[Figure]:
    return [
        above(
            "Over-advice, academic parents against below hbo, 2014–2018 and 2020–2024",
            "N31",
            _against(before, "over_advice"),
            _against(after, "over_advice"),
            TIMES,
        ),
        inside(
            "Over-advice, academic parents against below hbo, 2020–2024: still more",
            "N31",
            1.02,
            1.3,
            _against(after, "over_advice"),
            TIMES,
        ),
        above(
            "Under-advice, parents very low, 2014–2018 and 2020–2024 (more often reconsidered)",
            "N48",
            before.found("under_advice", None, "very_low"),
            after.found("under_advice", None, "very_low"),
            SHARE,
        ),
        above(
            "Parents with a university degree, 2020–2024 and 2014–2018",
            PLAUSIBLE,
            _education(after),
            _education(before),
            SHARE,
        ),
        inside("Parents with a university degree, 2014–2018", PLAUSIBLE, 0.17, 0.26, _education(before), SHARE),
    ]


def _education(cohort: Cohort) -> Found:
    share = float(np.mean(cohort.where(parent_education=ACADEMIC)))
    return Found(share, float(np.sqrt(share * (1 - share) / len(cohort))))


def _segregation(cohort: Cohort, kind: str, tag: str, low: float, high: float) -> list[Figure]:
    """Isolation: class mates from the lowest quarter of incomes, of children from that quarter (in all: 25 %)."""
    outcome = f"{kind}_income_below_25th"
    if outcome not in cohort.outcome:
        return []
    poor = cohort.found(outcome, cohort.rank < 0.25)
    return [inside(f"Poor class mates of poor children{tag}", PLAUSIBLE, low, high, poor, SHARE, full=True)]


def _sixteen(cohort: Cohort) -> list[Figure]:
    def ratio(position: str) -> Found:
        many, few = (
            cohort.found("havo", cohort.where(municipality=towns), position) for towns in (MANY_HAVO, FEW_HAVO)
        )
        return many / few

    boys, girls = (cohort.found("havo", cohort.where(sex=sex)) for sex in ("men", "women"))
    return [
        inside("Havo or vwo at 16, five municipalities against four", "N32", 2.7, 3.3, ratio("all"), TIMES),
        inside("The same, parents low", "N32", 2.4, 3.6, ratio("low"), TIMES),
        above("Havo or vwo at 16, girls and boys", "001", girls, boys, SHARE),
        *_plausible(cohort, SIXTEEN),
        *_segregation(cohort, "primary_class", " in primary school", 0.29, 0.38),
        *_segregation(cohort, "secondary_class", " in secondary school", 0.26, 0.34),
        *wealth_and_income(cohort),
    ]


def _twenty_one(cohort: Cohort) -> list[Figure]:
    def without(**who: str | tuple[str, ...]) -> Found:
        found = cohort.found("high_school_attained", cohort.where(**who))
        return Found(1 - found.value, found.se)

    return [
        inside(
            "Without start qualification, four origins against none",
            "N40",
            2.0,
            3.2,
            without(origin=NON_WESTERN) / without(origin="none"),
            TIMES,
        ),
        above("Without start qualification, men and women", "001", without(sex="men"), without(sex="women"), SHARE),
        above(
            "Living with the parents at 21, men and women",
            PLAUSIBLE,
            cohort.found("living_with_parents", cohort.where(sex="men")),
            cohort.found("living_with_parents", cohort.where(sex="women")),
            SHARE,
        ),
        *_plausible(cohort, TWENTY_ONE),
    ]


def _newborns(cohort: Cohort) -> list[Figure]:
    return [
        above(
            "Perinatal mortality, parents very low and very high",
            "004",
            cohort.found("perinatal_mortality", None, "very_low"),
            cohort.found("perinatal_mortality", None, "very_high"),
            SMALL,
        ),
        above(
            "Born before 37 weeks, boys and girls",
            PLAUSIBLE,
            cohort.found("preterm_birth", cohort.where(sex="men")),
            cohort.found("preterm_birth", cohort.where(sex="women")),
            SMALL,
        ),
        *_plausible(cohort, BORN),
        inside("Mothers with a university degree", PLAUSIBLE, 0.15, 0.24, _education(cohort), SHARE),
        *wealth_and_income(cohort),
    ]
