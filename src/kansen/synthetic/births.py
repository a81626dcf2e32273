"""Births from 2011 on: gestation, weight and deaths in the first year, drawn from the truth."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from kansen.synthetic.days import OPEN, YEAR
from kansen.synthetic.people import People
from kansen.synthetic.youth_truth import YouthBackground, YouthTruth

ALIVE, ANTEPARTUM, INTRAPARTUM, FIRST_WEEK, FIRST_MONTH, LATER, UNCLEAR = range(7)
"""Stage of death around birth, as the perinatal registry tells it."""
PRETERM_BELOW = 259
SHORTEST, LONGEST = 161, 294
"""Days of gestation that the curve of birth weights covers."""


@dataclass(frozen=True)
class Births:
    """Births in the perinatal registry, arrays of shape (births,).

    child : position of the child. gestation : days, 0 unknown. weight : grams, 0 unknown. stage : ALIVE, ...
    died : day of death of who died in the first year (OPEN for the others). linked : the mother's key is known.
    """

    child: np.ndarray
    gestation: np.ndarray
    weight: np.ndarray
    stage: np.ndarray
    died: np.ndarray
    linked: np.ndarray

    def __len__(self) -> int:
        return len(self.child)

    @property
    def still(self) -> np.ndarray:
        """Who was not alive at birth: such a child is in no other register."""
        return (self.stage == ANTEPARTUM) | (self.stage == INTRAPARTUM)


@cache
def weight_p10() -> np.ndarray:
    """The tenth percentile of birth weight in grams, shape (days from SHORTEST to LONGEST, boys and girls)."""
    text = files("kansen").joinpath("cohorts", "data", "birth_weight_p10.csv").read_text(encoding="utf-8")
    rows = sorted(csv.DictReader(text.splitlines()), key=lambda row: int(row["days"]))
    return np.array([[float(row["boys"]), float(row["girls"])] for row in rows])


def make_births(
    rng: np.random.Generator, truth: YouthTruth, child: np.ndarray, born: np.ndarray, x: YouthBackground
) -> Births:
    """Draw the births of the given children (positions) with their days of birth and background.

    Whether a child is born early, or small for the days it had, are probits; its weight lies on the right side of the
    tenth percentile of its sex and day. Deaths are told by the registry's stages, in declared shares; who dies was born
    early more often than not, which leaves the chances of those who live as they are.
    """
    part, n = truth.world["birth"], len(child)
    dies = rng.random(n) < truth.chance("mortality", x)
    stage = np.zeros(n, np.int8)
    stage[dies] = 1 + np.searchsorted(np.cumsum(list(part["stages"].values()))[:-1], rng.random(dies.sum()))
    stage[~dies & (rng.random(n) < part["unclear"])] = UNCLEAR
    preterm = rng.random(n) < np.where(dies & (stage <= FIRST_WEEK), 0.65, truth.chance("preterm", x))
    mean, sd = part["gestation"]
    term = np.clip(np.rint(mean + sd * rng.standard_normal(n)), PRETERM_BELOW, LONGEST)
    term += np.where(rng.random(n) < part["after_term"], 15, 0)
    early = np.maximum(PRETERM_BELOW - 1 - np.floor(part["early"] * rng.standard_exponential(n) * (1 + dies)), 150)
    gestation = np.where(preterm, early, term).astype(np.int32)
    small = rng.random(n) < truth.chance("sga", x)
    limit = weight_p10()[np.clip(gestation, SHORTEST, LONGEST) - SHORTEST, x.woman.astype(int)]
    above = limit * (1 + 0.01 + 0.28 * rng.beta(2.2, 2.6, n))
    below = limit * (1 - 0.002 - 0.07 * rng.standard_exponential(n))
    weight = np.where(small, np.floor(np.minimum(below, limit - 1)), np.ceil(above)).clip(250, 6500).astype(np.int32)
    after = np.select(
        [stage == FIRST_WEEK, stage == FIRST_MONTH, stage == LATER],
        [rng.integers(0, 8, n), rng.integers(8, 29, n), rng.integers(29, 365, n)],
        0,
    )
    alive = (stage == ALIVE) | (stage == UNCLEAR)
    return Births(
        child=child,
        gestation=np.where(rng.random(n) < part["unknown_gestation"], 0, gestation),
        weight=np.where(rng.random(n) < part["unknown_weight"], 0, weight),
        stage=stage,
        died=np.where(alive, OPEN, born + after).astype(np.int32),
        linked=rng.random(n) >= part["mother_unlinked"],
    )


def with_deaths(people: People, births: Births) -> People:
    """The same people, of whom some died in their first year or were never alive; nobody else dies so young."""
    here, exists, linked = people.presence, people.exists.copy(), people.children.linked.copy()
    end, away, back, died = here.end.copy(), here.away.copy(), here.back.copy(), here.died.copy()
    young = births.child[end[births.child] < people.children.born[births.child] + int(2 * YEAR)]
    end[young], died[young] = OPEN, False
    gone = births.died < OPEN
    who = births.child[gone]
    end[who], died[who] = births.died[gone], True
    away[who], back[who] = OPEN, OPEN
    still = births.child[births.still]
    end[still] = here.begin[still] - 1
    died[still], exists[still], linked[still] = False, False, False
    return replace(
        people,
        presence=replace(here, end=end, away=away, back=back, died=died),
        exists=exists,
        children=replace(people.children, linked=linked),
    )
