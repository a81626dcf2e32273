"""The study of mbo: who has been in mbo, whether they work at 21, and a survey among them (`mbo.toml`).

Everything is drawn from streams of its own, so that no other table depends on it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa

from kansen.synthetic.country import stream
from kansen.synthetic.days import year_of
from kansen.synthetic.delivery import Columns
from kansen.synthetic.files import coded, text
from kansen.synthetic.parameters import ORIGINS, SEXES, by_code
from kansen.synthetic.tables import person_key
from kansen.synthetic.windows import load_windows
from kansen.synthetic.young import Young, corops

STEP = 21_000
"""Step of the random numbers."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@cache
def load_mbo() -> dict[str, Any]:
    """The declared world of the study."""
    return tomllib.loads(files("kansen.synthetic").joinpath("mbo.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Students:
    """What is drawn of people who have been in mbo; all arrays have shape (people,).

    chance : of work, whatever they felt. felt : discriminated against when looking for work; stage : for an internship.
    works, answered : what came of it. weight : how many people who answered stand for; 0 for others.
    """

    chance: np.ndarray
    felt: np.ndarray
    stage: np.ndarray
    works: np.ndarray
    answered: np.ndarray
    weight: np.ndarray


def draw(
    rng: np.random.Generator,
    *,
    rank: np.ndarray,
    woman: np.ndarray,
    single: np.ndarray,
    origin: np.ndarray,
    year: np.ndarray,
    world: dict[str, Any],
) -> Students:
    """Draw the students of one country or part of it. origin : position in `ORIGINS`. year : of their 21st birthday."""
    works, survey = world["works"], world["survey"]
    base = works["base"] + works["rank"] * (rank - 0.5) + works["women"] * woman + works["single"] * single
    lower = by_code(world["lower"], ORIGINS)[origin]
    lower = np.where(np.isin(year, world["lockdown"]["years"]), lower * world["lockdown"]["larger"], lower)
    chance = base * (1 - lower)
    share = by_code(world["felt"], ORIGINS)[origin]
    n = len(rank)
    felt = rng.random(n) < share
    stage = rng.random(n) < np.where(felt, *world["stage"])
    employed = rng.random(n) < chance - world["felt_works"] * (felt - share)
    answers = by_code(survey["answer"], ORIGINS)[origin] + survey["men"] * ~woman
    answered = (rng.random(n) < survey["invited"]) & (rng.random(n) < answers)
    kind = 2 * origin + woman
    people, told = (np.bincount(of, minlength=2 * len(ORIGINS)) for of in (kind, kind[answered]))
    weight = np.where(answered, people[kind] / np.maximum(told[kind], 1), 0.0)
    return Students(chance, felt, stage, employed, answered, np.round(weight, 4))


def _students(young: Young) -> tuple[np.ndarray, np.ndarray, Students]:
    """Children of the cohort who have been in mbo, the year in which they turn 21, and what is drawn of them."""
    world, rng = load_mbo(), stream(young.seed, STEP, young.part)
    children = young.people.children
    n = len(children)
    went = rng.random(n) < np.asarray(world["went"])[young.careers.level21]
    who = np.flatnonzero(went & young.here & np.isin(year_of(children.born), load_windows()["age21"].core))
    x = young.at_fifteen.take(who)
    year = year_of(children.born[who]) + 21
    drawn = draw(
        rng, rank=x.rank, woman=x.woman.astype(bool), single=x.household == 1, origin=x.origin, year=year, world=world
    )
    return who.astype(np.int32), year, drawn


def cohort(young: Young, year: int) -> Columns:
    """MBOCOHORT of one year: who has been in mbo, and whether they work."""
    who, at, drawn = _students(young)
    rows = at == year
    return {**person_key(young, who[rows]), "WERKEND": coded(drawn.works[rows], ["0", "1"])}


def survey(young: Young, year: int) -> Columns:
    """MBOENQUETE of one year: who answered."""
    who, at, drawn = _students(young)
    rows = (at == year) & drawn.answered
    region = corops(young.places)[young.places.municipality[young.at_fifteen.wijk[who]]]
    school = load_mbo()["schools"] * region + who % load_mbo()["schools"]
    names = [f"{number // 26:02d}{LETTERS[number % 26]}M" for number in range(int(school.max(initial=0)) + 1)]
    return {
        **person_key(young, who[rows]),
        "GEWICHT": pa.array(drawn.weight[rows]),
        "MBOSCHOOL": coded(school[rows], names),
        "DISCRSTAGE": coded(drawn.stage[rows], ["0", "1"]),
        "DISCRWERK": coded(drawn.felt[rows], ["0", "1"]),
    }


def truth(young: Young) -> Columns:
    """One row for everybody who has been in mbo: the chance of work, what they felt, and whether they answered."""
    who, year, drawn = _students(young)
    x = young.at_fifteen.take(who)
    return {
        "person": text(np.char.add(b"R", young.people.number[who])),
        "year": pa.array(year.astype(np.int16)),
        "sex": coded(x.woman, SEXES),
        "origin": coded(x.origin, ORIGINS),
        "expected_c21_mbo_employed": pa.array(drawn.chance.astype(np.float32)),
        "felt": pa.array(drawn.felt),
        "answered": pa.array(drawn.answered),
    }
