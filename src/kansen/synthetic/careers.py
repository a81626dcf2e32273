"""School careers of the children born from 1993 on: group 8, class four, the levels at 16 and 21, and leaving home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kansen.synthetic.advice import Advice, Adviser
from kansen.synthetic.days import YEAR, birthday, parts
from kansen.synthetic.youth_truth import YouthBackground, YouthTruth

GROUP_8_AGE, FOURTH_CLASS_LATER = 11, 4
"""Age in the calendar year in which group 8 begins (for who was born before October), and years until class four."""


@dataclass(frozen=True)
class Careers:
    """What happened at school, arrays of shape (children,).

    Attributes
    ----------
    index, noise : the score of the test is their sum.
    group_8 : calendar year in which group 8 began for the first time; `repeats` : it was done again.
    fourth : calendar year in which class four of secondary school began.
    advice : test advice, first and final advice. offset, revised : what the teacher adds, chance of reconsideration.
    arithmetic, reading, language : levels of the test, 1 to 4.
    tested : took the test. advised : has an advice.
    level16 : 0 to 4: below vmbo-b/k, vmbo-b/k, vmbo-g/t, havo, vwo.
    level21 : 0 to 3: below a start qualification, that, hbo, university.
    index16, index21 : what these are limits on, without the noise. leaves : day of leaving the parents' home.
    """

    index: np.ndarray
    noise: np.ndarray
    group_8: np.ndarray
    repeats: np.ndarray
    fourth: np.ndarray
    advice: Advice
    offset: np.ndarray
    revised: np.ndarray
    arithmetic: np.ndarray
    reading: np.ndarray
    language: np.ndarray
    tested: np.ndarray
    advised: np.ndarray
    level16: np.ndarray
    level21: np.ndarray
    index16: np.ndarray
    index21: np.ndarray
    leaves: np.ndarray


def group_8_year(rng: np.random.Generator, born: np.ndarray) -> np.ndarray:
    """Calendar year in which group 8 begins: who is born from October on is a year later, some are late or early."""
    year, month, _ = parts(born)
    usual = year + GROUP_8_AGE + (month >= 10)
    draw = rng.random(len(born))
    late = draw < np.where(month >= 10, 0.05, 0.13)
    return (usual + late - (draw > np.where(month >= 10, 0.94, 0.99))).astype(np.int32)


def make_careers(
    rng: np.random.Generator,
    truth: YouthTruth,
    adviser: Adviser,
    born: np.ndarray,
    at_ten: YouthBackground,
    at_fifteen: YouthBackground,
) -> Careers:
    """Draw the careers of all children from the truth; `at_ten` and `at_fifteen` differ by home and household."""
    n, world = len(born), truth.world
    index, noise = truth.school(at_ten), rng.standard_normal(n)
    year = group_8_year(rng, born)
    offset, revised = truth.teacher(at_ten, year), truth.revised(at_ten, year)
    without = np.isin(year, world["advice"]["without_test"])
    tested = (rng.random(n) >= world["advice"]["no_test"]) & ~without
    advice = adviser.draw(rng, index, noise, offset, np.where(tested, revised, 0.0))
    like = world["advice"]["parts_like_score"]

    def similar(likeness: float) -> np.ndarray:
        return likeness * noise + np.sqrt(1 - likeness**2) * rng.standard_normal(n)

    def part_of_test(name: str) -> np.ndarray:
        part = world["advice"]
        level = index + part[f"{name}_women"] * at_ten.woman + similar(like)
        return (1 + np.searchsorted(part[name], level, side="right")).astype(np.int8)

    index16, index21 = truth.level16(at_fifteen), truth.level21(at_fifteen)
    noise21 = similar(world["level21"]["like_score"])
    level16 = np.searchsorted(
        world["level16"]["limits"], index16 + similar(world["level16"]["like_score"]), side="right"
    )
    leaving = world["leaving"]
    hidden = leaving["studies"] * noise21 + np.sqrt(1 - leaving["studies"] ** 2) * rng.standard_normal(n)
    stays = truth.index("leaving", at_fifteen) + hidden
    return Careers(
        index=index,
        noise=noise,
        group_8=year,
        repeats=rng.random(n) < 0.004,
        fourth=year + FOURTH_CLASS_LATER + (rng.random(n) < 0.10),
        advice=advice,
        offset=offset,
        revised=revised,
        arithmetic=part_of_test("arithmetic"),
        reading=part_of_test("reading"),
        language=part_of_test("language"),
        tested=tested,
        advised=rng.random(n) >= world["advice"]["no_advice"],
        level16=level16.astype(np.int8),
        level21=np.searchsorted(world["level21"]["limits"], index21 + noise21, side="right").astype(np.int8),
        index16=index16,
        index21=index21,
        leaves=_leaving_day(born, stays, leaving["years"]),
    )


def _leaving_day(born: np.ndarray, stays: np.ndarray, years: float) -> np.ndarray:
    """The day of leaving home: after the 21st birthday for who `stays` above zero, and at 16.5 at the earliest."""
    days = np.clip(stays * years, -4.5, 14.0) * YEAR
    return (birthday(born, 21) + np.where(stays > 0, days + 1, days)).astype(np.int32)
