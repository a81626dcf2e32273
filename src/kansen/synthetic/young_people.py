"""Families with children born from 1993 on: siblings over many years, region by region."""

from __future__ import annotations

from typing import Any

import numpy as np

from kansen.synthetic.days import REGISTER_END, YEAR, birthday, day, year_of
from kansen.synthetic.people import (
    BOTH_ABROAD,
    KNOWN,
    Children,
    Families,
    Oddities,
    People,
    draw_descent,
    draw_fathers,
    draw_origins,
    draw_presence,
    draw_separations,
    household_at_fifteen,
    numbers,
    stay_with_who_is_left,
)
from kansen.synthetic.places import Places
from kansen.synthetic.windows import Years, load_windows


def _births(
    rng: np.random.Generator, births: Years, per_year: float, world: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Family and day of birth of all children born in the given years, and the day of birth of each family's first.

    First children are born evenly over the years, from long enough before the first year for the younger siblings to be
    there. Children born in other years are not part of the country, nor are families without children in these.
    """
    part = world["families"]
    shares = np.asarray(part["sizes"])
    lead = part["years_of_births"]
    years = births[-1] - births[0] + 1 + lead
    f = round(per_year * years / float(shares @ np.arange(1, len(shares) + 1)))
    sizes = 1 + np.searchsorted(np.cumsum(shares)[:-1], rng.random(f))
    first = day(births[0] - lead) + rng.random(f) * (day(births[-1] + 1) - day(births[0] - lead))
    family = np.repeat(np.arange(f, dtype=np.int32), sizes)
    spacing = np.clip(np.exp(np.log(2.75) + 0.40 * rng.standard_normal(len(family))), 0.85, 8.0) * YEAR
    spacing[rng.random(len(family)) < part["twins"]] = 0
    starts = np.cumsum(sizes) - sizes
    spacing[starts] = 0
    later = np.cumsum(spacing)
    later -= np.repeat(later[starts], sizes)
    born = (np.repeat(first, sizes) + later).astype(np.int32)
    kept = np.isin(year_of(np.minimum(born, day(births[-1] + 1))), births)
    family, born = family[kept], born[kept]
    found, family = np.unique(family, return_inverse=True)
    return family.astype(np.int32), born, first[found].astype(np.int32)


STEP = 5
"""Years by which a parent is made older or younger."""
YOUNGEST = 18 * YEAR
"""The age at the first child, in days, below which nobody is made younger."""


def not_followed(rng: np.random.Generator, born: np.ndarray, first_child: np.ndarray) -> np.ndarray:
    """Days of birth of parents, moved out of the years whose children are followed themselves; shape (families,).

    Whoever is born in such a year has a childhood in the tables; parents of the young have none. So they are five years
    older, or, born 1981-1985 and old enough, for one half five years younger.
    """
    step = round(STEP * YEAR)
    followed = np.unique([year for window in load_windows().values() for year in window.births])
    moved = np.round(born).astype(np.int64)
    younger = rng.random(len(moved)) < 0.5
    later = moved + step
    may = younger & np.isin(year_of(moved), followed) & ~np.isin(year_of(later), followed)
    moved = np.where(may & (first_child - later >= YOUNGEST), later, moved)
    while (inside := np.isin(year_of(moved), followed)).any():
        moved = np.where(inside, moved - step, moved)
    return moved


def make_young_people(
    rng: np.random.Generator,
    places: Places,
    municipalities: np.ndarray,
    births: Years,
    children: float,
    world: dict[str, Any],
    part: int,
    parts: int,
) -> People:
    """Draw the families of some municipalities (positions).

    children : expected number born in the country in each of the years `births`. part, parts : which part of the
    country this is.
    """
    weight = np.where(np.isin(places.municipality, municipalities), places.children, 0.0)
    family, born, first_born = _births(rng, births, children * float(weight.sum()), world)
    n, f = len(born), len(first_born)
    cumulative = np.cumsum(weight)
    wijk = np.searchsorted(cumulative, rng.random(f) * cumulative[-1], side="right").astype(np.int32)
    income = places.income_mean[wijk] + places.income_sd[wijk] * rng.standard_normal(f)
    origin = draw_origins(rng, places, wijk, income, world)
    descent, country, came = draw_descent(rng, origin, world)
    eldest = np.full(f, day(2100), np.int32)
    youngest = np.zeros(f, np.int32)
    np.minimum.at(eldest, family, born)
    np.maximum.at(youngest, family, born)
    declared = world["families"]
    mean, sd = declared["mothers_age"]
    calendar = (first_born - day(2000)) / YEAR
    mother_age = mean + declared["later_each_year"] * calendar + sd * rng.standard_normal(f) + 0.8 * income
    oldest = declared["oldest_mother"] - (youngest - first_born) / YEAR
    mother_age = np.clip(mother_age, 16, np.maximum(oldest, 17))
    father_age = np.clip(
        mother_age + declared["fathers_older"][0] + declared["fathers_older"][1] * rng.standard_normal(f), 17, 55
    )
    arrived = np.full(f, day(1950), np.int64)
    arrived[came] = eldest[came] + ((-9 + 20 * rng.random(came.sum())) * YEAR).astype(np.int64)
    father = draw_fathers(rng, descent, declared)
    families = Families(
        wijk=wijk,
        income=income,
        origin=origin,
        descent=descent,
        country=country,
        arrived=arrived,
        mother_born=not_followed(rng, first_born - mother_age * YEAR, first_born),
        father_born=not_followed(rng, first_born - father_age * YEAR, first_born),
        father=father,
        late=np.zeros(f, bool),
        eldest_born=eldest,
        settled=birthday(eldest, 15),
        apart=np.zeros(f, np.int64),
        with_father=(rng.random(f) < 0.12) & (father == KNOWN),
    )
    foreign_born = (descent[family] == BOTH_ABROAD) & (arrived[family] > born) & (origin[family] > 0)
    presence = draw_presence(rng, families, born, family, foreign_born, youngest)
    families.apart[:] = draw_separations(rng, places, families, presence, n, world)
    stay_with_who_is_left(families, presence)
    fifteen = birthday(born, 15)
    household, institution = household_at_fifteen(rng, families.apart[family], fifteen, world)
    return People(
        families=families,
        children=Children(
            family=family,
            born=born,
            fifteen=fifteen,
            woman=rng.random(n) >= declared["boys"],
            foreign_born=foreign_born,
            household=household,
            institution=institution,
            leaves=np.full(n, REGISTER_END + 1, np.int32),
            linked=rng.random(n) >= declared["without_parent_link"],
        ),
        presence=presence,
        exists=np.concatenate([np.ones(n + f, bool), father == KNOWN]),
        number=numbers(rng, 2 * n + 2 * f, part, parts),
        odd=Oddities.none(n, f),
    )
