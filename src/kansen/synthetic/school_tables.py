"""The register tables on school careers: primary schools, secondary schools, level of education at 16 and 21."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kansen.synthetic.country import stream
from kansen.synthetic.days import day, year_of
from kansen.synthetic.delivery import Columns
from kansen.synthetic.files import coded, text
from kansen.synthetic.schools import Schools, school_key
from kansen.synthetic.tables import person_key
from kansen.synthetic.young import Young

NONE = "-"
FIRST_SIZES = 2012
"""From this file on the size of classes is known."""
LARGEST_CLASS = 31
SPECIAL_BELOW, SPECIAL = -1.75, 0.6
"""Score below which pupils go to a special primary school, and the share of them who do."""
NO_LEVEL = 20_100
"""Step of the random numbers of reconsidered advices without a level, before the year is added."""
OTHER_GROUPS = 0.10
"""Share of the pupils in the group or class before who have a row too: nobody needs them, but registers have them."""
LEVELS_16 = (
    ("1211",), ("1212",), ("1221", "1220"), ("2131", "2130", "1222"), ("2132", "1222"),
)  # fmt: skip
MBO_AT_16 = ("2111", "2112", "2121")
LEVELS_21 = (
    ("1112", "1211", "1212", "1213", "1221"),
    ("2111", "2112", "2121", "2131", "2132"),
    ("3112", "3111"),
    ("3113", "3212"),
)
BEFORE_HIGHER = ("2121", "2131", "2132")
"""Attained by students of hbo or university who have no degree yet."""
TRAININGS = ("430110", "430210", "430310", "430410", "430510")
"""OPLNR of pupils in secondary schools, by level."""


def _key_columns(schools: Schools, at: np.ndarray, names: tuple[str, str]) -> Columns:
    school, location = school_key(schools.number[at])
    return {names[0]: text(school), names[1]: text(location)}


def _enrolled(young: Young, year: int) -> np.ndarray:
    """Children who are registered on 1 October, bool of shape (children,)."""
    n = len(young.people.children)
    return young.here & young.people.presence.take(slice(0, n)).on(day(year, 10, 1))


def last_in_group_8(young: Young) -> np.ndarray:
    """Calendar year in which each child was last in group 8."""
    return young.careers.group_8 + young.careers.repeats


def primary(young: Young, year: int) -> Columns:
    """INSCHRWPOTAB of one school year, named after the calendar year in which it begins.

    Who repeats group 8 has the first year's test and advice in both. Files without a test have empty scores.
    """
    careers, rng = young.careers, stream(young.seed, 2000 + year, young.part)
    part = young.truth.world["advice"]
    enrolled = _enrolled(young, year)
    in_8 = enrolled & ((careers.group_8 == year) | (careers.repeats & (careers.group_8 == year - 1)))
    sample = rng.random(len(enrolled)) < OTHER_GROUPS
    in_7 = enrolled & sample & (careers.group_8 == year + 1)
    sizes = np.bincount(young.at_primary[in_8], minlength=len(young.primary))
    who = np.flatnonzero(in_8 | in_7).astype(np.int32)
    eighth, school = in_8[who], young.at_primary[who]
    classes = np.maximum(np.ceil(sizes / LARGEST_CLASS), 1)
    size = np.rint(sizes / classes).astype(np.int64)
    fewest, most = young.truth.world["schools"]["primary"]["combined"]
    # a class that is too small is taught together with another group
    together = fewest + rng.integers(0, most - fewest + 1, len(size))
    size = np.where(size < fewest, together, size)[school]
    tested = eighth & careers.tested[who] & (year not in part["without_test"])
    advised = eighth & careers.advised[who]
    variant = rng.random(len(who)) < part["variant_share"]
    teacher = [*young.adviser.teacher_codes, *part["variants"].values()]
    other = {young.adviser.teacher_codes.index(code): i for i, code in enumerate(part["variants"])}
    shifted = np.arange(len(young.adviser.teacher_codes))
    for position, i in other.items():
        shifted[position] = len(young.adviser.teacher_codes) + i
    first = careers.advice.teacher[who]
    first = np.where(variant, shifted[first], first)
    advices = [*teacher, "80", NONE]
    final = np.where(careers.advice.revised[who] & tested & advised, careers.advice.final[who], len(advices) - 1)
    # a reconsideration that ended without a level: the first advice stands
    empty = stream(young.seed, NO_LEVEL + year, young.part).random(len(who)) < young.truth.world["oddities"]["no_level"]
    final = np.where(empty & tested & advised & (final == len(advices) - 1), len(advices) - 2, final)
    test = np.where(tested, careers.advice.test[who], len(young.adviser.test_codes))
    special = (careers.index + careers.noise)[who] < SPECIAL_BELOW
    special &= rng.random(len(who)) < SPECIAL

    def level(values: np.ndarray) -> pa.Array:
        return coded(np.where(tested, values[who], 0), [NONE, "1", "2", "3", "4"])

    return {
        **person_key(young, who),
        **_key_columns(young.primary, school, ("WPOBRIN_crypt", "WPOBRINVEST")),
        "WPOTYPEPO": coded(special, ["BAO", "SBAO"]),
        "WPOLEERJAAR": coded(eighth, [" 7", " 8"]),
        "WPOGROEPSGROOTTE": pa.array(size, mask=~eighth | (year < FIRST_SIZES)),
        "WPOREKENEN": level(careers.arithmetic),
        "WPOTAALLV": level(careers.reading),
        "WPOTAALTV": level(careers.language),
        "WPOTOETSADVIES": coded(test, [*young.adviser.test_codes, NONE]),
        "WPOADVIESVO": coded(np.select([advised, eighth], [first, len(advices) - 2], len(advices) - 1), advices),
        "WPOADVIESHERZ": coded(final, advices),
    }


def secondary(young: Young, year: int) -> Columns:
    """ONDERWIJSINSCHRTAB of one school year: class four, and some of class three."""
    careers, rng = young.careers, stream(young.seed, 3000 + year, young.part)
    enrolled = _enrolled(young, year)
    sample = rng.random(len(enrolled)) < OTHER_GROUPS
    who = np.flatnonzero(enrolled & ((careers.fourth == year) | (sample & (careers.fourth == year + 1)))).astype(
        np.int32
    )
    return {
        **person_key(young, who),
        "OPLNR": coded(careers.level16[who], TRAININGS),
        "VOLEERJAAR": coded(careers.fourth[who] == year, ["3", "4"]),
        **_key_columns(young.secondary, young.at_secondary[who], ("BRIN_crypt", "VOBRINVEST")),
    }


def level(young: Young, year: int) -> Columns:
    """HOOGSTEOPLTAB of one year: children who turn 16 or 21 in it."""
    careers, rng = young.careers, stream(young.seed, 4000 + year, young.part)
    n = len(young.people.children)
    presence = young.people.presence.take(slice(0, n))
    here = young.here & (presence.days_within(day(year), day(year, 12, 31)) > 0)
    age = year - year_of(young.people.children.born)
    world = young.truth.world
    draw = rng.random(n)
    unseen = np.where(
        age == 16, draw < world["level16"]["no_row"], (careers.level21 == 0) & (draw < world["level21"]["no_row"])
    )
    who = np.flatnonzero(here & ((age == 16) | (age == 21)) & ~unseen).astype(np.int32)
    adult = age[who] == 21
    names = sorted({code for levels in (*LEVELS_16, MBO_AT_16, *LEVELS_21, BEFORE_HIGHER) for code in levels})
    names.append("9999")
    fine = rng.random(len(who))

    def pick(levels: tuple[str, ...], by: np.ndarray) -> np.ndarray:
        positions = np.array([names.index(code) for code in levels])
        return positions[np.minimum((by * len(positions)).astype(int), len(positions) - 1)]

    followed = np.zeros(len(who), np.int16)
    for i, levels in enumerate(LEVELS_16):
        # the first level of each is the usual one
        usual = np.where(fine < 1 - world["level16"]["lower_years"], 0.0, fine)
        chosen = pick(levels, usual)
        if i == 2:
            in_mbo = rng.random(len(who)) < world["level16"]["in_mbo"]
            chosen = np.where(in_mbo, pick(MBO_AT_16, fine), chosen)
        followed = np.where(~adult & (careers.level16[who] == i), chosen, followed)
    for i, levels in enumerate(LEVELS_21):
        followed = np.where(adult & (careers.level21[who] == i), pick(levels, fine), followed)
    # at 16 nobody has more than primary school, unless in mbo; students have what gave them entry
    primary_school = names.index("1112")
    attained = np.where(adult, followed, primary_school)
    student = adult & (careers.level21[who] >= 2)
    attained = np.where(student, pick(BEFORE_HIGHER, rng.random(len(who))), attained)
    unknown = ~adult & (rng.random(len(who)) < world["level16"]["unknown"])
    below = adult & (careers.level21[who] == 0)
    unknown |= below & (draw[who] > 1 - world["oddities"]["level_unknown"])
    followed, attained = (np.where(unknown, len(names) - 1, values) for values in (followed, attained))
    old = year <= 2018
    return {
        **person_key(young, who),
        "OPLNIVSOI2016AGG4HBMETNIRWO" if old else "OPLNIVSOI2021AGG4HBmetNIRWO": coded(attained, names),
        "OPLNIVSOI2016AGG4HGMETNIRWO" if old else "OPLNIVSOI2021AGG4HGmetNIRWO": coded(followed, names),
    }
