"""The truth of the children born from 1993 on: what is expected of every child of each cohort."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from scipy.special import ndtr

from kansen.synthetic.advice import HAVO, VMBO_GT, VWO
from kansen.synthetic.days import year_of
from kansen.synthetic.files import coded, text
from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, SEXES, price_level
from kansen.synthetic.school_tables import last_in_group_8
from kansen.synthetic.windows import load_windows
from kansen.synthetic.young import Young
from kansen.synthetic.youth_truth import YouthBackground, YouthTruth

EDUCATIONS = ("other", "hpe", "university")
LAST_PRICES = 2024
Expected = dict[str, np.ndarray]


def group_8(young: Young, x: YouthBackground, who: np.ndarray) -> Expected:
    """Outcomes of the end of primary school; `x` is the background at ten, shape (children,).

    Under- and over-advice are expected among the pupils whose test leaves room for them.
    """
    careers, adviser, world = young.careers, young.adviser, young.truth.world
    index, offset = careers.index[who], careers.offset[who]
    year = careers.group_8[who]
    # where no test was taken nothing is reconsidered
    revised = np.where(np.isin(year, world["advice"]["without_test"]), 0.0, careers.revised[who])
    revised = revised * (1 - world["advice"]["no_test"])

    def part_of_test(name: str, limit: int) -> np.ndarray:
        part = world["advice"]
        return ndtr(index + part[f"{name}_women"] * x.woman - part[name][limit])

    known = careers.revised[who]
    return {
        "math": part_of_test("arithmetic", 1),
        "reading": part_of_test("reading", 2),
        "language": part_of_test("language", 2),
        "vmbo_gl_test": adviser.test_chance(VMBO_GT, index),
        "havo_test": adviser.test_chance(HAVO, index),
        "vwo_test": adviser.test_chance(VWO, index),
        "vmbo_gl_final": adviser.final_chance(VMBO_GT, index, offset, revised),
        "havo_final": adviser.final_chance(HAVO, index, offset, revised),
        "vwo_final": adviser.final_chance(VWO, index, offset, revised),
        "under_advice": adviser.under_chance(index, offset, known) / adviser.room("under", index),
        "over_advice": adviser.over_chance(index, offset) / adviser.room("over", index),
        "youth_health_costs": _care(young, x, last_in_group_8(young)[who]),
        "youth_protection": young.truth.chance("protection", x),
    }


def sixteen(young: Young, x: YouthBackground, who: np.ndarray) -> Expected:
    """Outcomes at 16; `x` is the background at fifteen."""
    part, index = young.truth.world["level16"], young.careers.index16[who]
    limits = part["limits"]
    return {
        "vmbo_gl": ndtr(index - limits[1]),
        "havo": ndtr(index - limits[2]),
        "vwo": ndtr(index - limits[3]) * (1 - part["lower_years"]),
        "youth_health_costs": _care(young, x, year_of(young.people.children.born[who]) + 16),
        "youth_protection": young.truth.chance("protection", x),
    }


def twenty_one(young: Young, x: YouthBackground, who: np.ndarray) -> Expected:
    """Outcomes at 21; `x` is the background at fifteen."""
    index, limits = young.careers.index21[who], young.truth.world["level21"]["limits"]
    insured = 1 - young.truth.world["youth_care"]["not_insured"]
    mental = young.truth.chance("mhc", x) * insured
    # Who lives in an institution or with a foster family is among the other households, and not with its parents.
    part = young.truth.world["households"]
    apart = part["institution"] + part["other"] * young.truth.world["oddities"]["foster"]
    away = np.where(x.household == HOUSEHOLDS.index("other"), apart / (part["institution"] + part["other"]), 0)
    return {
        "young_parents": young.truth.chance("young_parent", x),
        "high_school_attained": ndtr(index - limits[0]),
        "hbo_followed": ndtr(index - limits[1]),
        "uni_followed": ndtr(index - limits[2]),
        "living_with_parents": young.truth.chance("leaving", x) * (1 - away),
        "pharma": young.truth.chance("pharma", x) * insured,
        "hospital": young.truth.chance("hospital", x) * insured,
        "mhc": mental,
        "basic_mhc": mental,
        "specialist_mhc": mental * young.truth.world["adult_care"]["specialist"],
        "total_health_costs": young.truth.care(x, "adult_care") * insured,
    }


def newborn(young: Young, x: YouthBackground, who: np.ndarray) -> Expected:
    """Outcomes of births; `x` is the background at birth."""
    stages = young.truth.world["birth"]["stages"]
    dies = young.truth.chance("mortality", x)
    first_week = stages["antepartum"] + stages["intrapartum"] + stages["first_week"]
    return {
        "preterm_birth": young.truth.chance("preterm", x),
        "sga": young.truth.chance("sga", x),
        "perinatal_mortality": dies * first_week,
        "neonatal_mortality": dies * (first_week + stages["first_month"]),
        "infant_mortality": dies,
    }


def _care(young: Young, x: YouthBackground, year: np.ndarray) -> np.ndarray:
    """Expected care costs in euros of 2020, of who may not be insured; no table is later than `LAST_PRICES`."""
    known, positions = np.unique(np.minimum(year, LAST_PRICES), return_inverse=True)
    prices = np.array([price_level(int(value)) for value in known])[positions]
    return young.truth.care(x) * (1 - young.truth.world["youth_care"]["not_insured"]) / prices


Make = Callable[[Young, YouthBackground, np.ndarray], Expected]
COHORT_TRUTH: dict[str, tuple[str, str, Make]] = {
    "age21": ("c21", "at_fifteen", twenty_one),
    "age16": ("c16", "at_fifteen", sixteen),
    "prim8_a": ("c11_a", "at_ten", group_8),
    "prim8_b": ("c11_b", "at_ten", group_8),
    "newborns": ("c00", "at_birth", newborn),
}
"""Prefix of the outcomes, background they depend on, and expectations, by cohort."""


def cohort_truth(young: Young, cohort: str) -> dict[str, pa.Array]:
    """One row for every child of the births of a cohort who is in the perinatal or the population register.

    `income_rank` is the rank of the family's lasting income; what a cohort ranks is what was observed in some years.
    `parent_education` is that of the best educated parent, of the mother for newborns.
    """
    prefix, when, make = COHORT_TRUTH[cohort]
    children = young.people.children
    of_births = np.isin(year_of(children.born), load_windows()[cohort].core)
    if cohort == "newborns":
        chosen = np.zeros(len(children), bool)
        chosen[young.births.child] = True
        who = np.flatnonzero(of_births & chosen)
        kinds = np.where(young.births.still, b"S", b"R")[np.searchsorted(young.births.child, who)]
    else:
        who = np.flatnonzero(of_births & young.here)
        kinds = np.full(len(who), b"R")
    background: YouthBackground = getattr(young, when)
    x = background.take(who)
    education = x.mothers_education if cohort == "newborns" else x.education
    places = young.places
    return {
        "person": text(np.char.add(kinds, young.people.number[who])),
        "birth_year": pa.array(year_of(children.born[who]).astype(np.int16)),
        "sex": coded(x.woman, SEXES),
        "origin": coded(x.origin, ORIGINS),
        "household_type": coded(x.household, HOUSEHOLDS),
        "parent_education": coded(education, EDUCATIONS),
        "income_rank": pa.array(x.rank.astype(np.float32)),
        "wijk": coded(x.wijk, places.wijk.tolist()),
        "municipality": coded(places.municipality[x.wijk], places.municipality_id.tolist()),
        **{
            f"expected_{prefix}_{name}": pa.array(values.astype(np.float32))
            for name, values in make(young, x, who).items()
        },
    }


def place_effects(truth: YouthTruth) -> dict[str, pa.Array]:
    """Effects per wijk of every model of the young, one row for every wijk."""
    places = truth.places
    return {
        "wijk": pa.array(places.wijk.tolist()),
        "municipality": pa.array(places.municipality_id[places.municipality].tolist()),
        **{f"effect_{name}": pa.array(values) for name, values in truth.place_effects.items()},
    }
