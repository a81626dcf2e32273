"""Primary and secondary schools of a region, and which child goes where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from kansen.synthetic.people import digits
from kansen.synthetic.places import Places

CANDIDATES = 4
"""Schools that parents compare."""


@dataclass(frozen=True)
class Schools:
    """Locations of schools, sorted by wijk, arrays of shape (schools,).

    number : unique in the country. wijk : position in the places. profile : standing among parents, standard normal
    within the region; it decides who comes. quality : what the school adds to the score of its pupils.
    """

    number: np.ndarray
    wijk: np.ndarray
    profile: np.ndarray
    quality: np.ndarray

    def __len__(self) -> int:
        return len(self.number)


def make_schools(
    rng: np.random.Generator,
    places: Places,
    municipalities: np.ndarray,
    pupils: float,
    part: dict[str, Any],
    first_number: int,
) -> Schools:
    """Schools of some municipalities (positions), in proportion to the children who live there.

    pupils : children of one year of birth in the whole country. part : size of a year in one school, fewest schools in
    a municipality, spreads of profile and quality.
    """
    inside = np.isin(places.municipality, municipalities)
    share = np.bincount(places.municipality, places.children)[municipalities]
    expected = share * pupils / part["pupils_per_year"]
    count = np.maximum(np.floor(expected + rng.random(len(expected))), part["at_least"]).astype(int)
    if not count.any():
        count[np.argmax(share)] = 1
    wijken = []
    for municipality, number in zip(municipalities, count, strict=True):
        here = np.flatnonzero(inside & (places.municipality == municipality))
        cumulative = np.cumsum(places.children[here])
        # spread evenly over the children: one school for every so many
        at = (np.arange(number) + rng.random(number)) / number * cumulative[-1]
        wijken.append(here[np.minimum(np.searchsorted(cumulative, at), len(here) - 1)])
    wijk = np.sort(np.concatenate(wijken)).astype(np.int32)
    standing = places.income_mean[wijk] + part["profile_sd"] * rng.standard_normal(len(wijk))
    rank = (np.argsort(np.argsort(standing)) + 0.5) / len(standing)
    return Schools(
        number=first_number + np.arange(len(wijk)),
        wijk=wijk,
        profile=ndtri(rank),
        quality=part["quality_sd"] * rng.standard_normal(len(wijk)),
    )


def choose(
    rng: np.random.Generator,
    places: Places,
    schools: Schools,
    wijk: np.ndarray,
    standing: np.ndarray,
    part: dict[str, Any],
) -> np.ndarray:
    """The school (position) of each child, given its home and its standing (about standard normal), shape (children,).

    Parents compare a few schools, most of them in or near the wijk and all of them in the municipality where it has
    one, and prefer those whose profile fits them.
    """
    low, high = _span(schools.wijk, wijk)
    town_low, town_high = _span(
        schools.wijk,
        wijk,
        places.municipality_start[places.municipality[wijk]],
        places.municipality_start[places.municipality[wijk] + 1] - 1,
    )
    nowhere = town_low >= town_high
    town_low, town_high = np.where(nowhere, 0, town_low), np.where(nowhere, len(schools), town_high)
    chosen = np.zeros(len(wijk), np.int32)
    best = np.full(len(wijk), -np.inf)
    for _ in range(CANDIDATES):
        near = (rng.random(len(wijk)) < part["near"]) & (high > low)
        first, last = np.where(near, low, town_low), np.where(near, high, town_high)
        candidate = first + (rng.random(len(wijk)) * (last - first)).astype(np.int64)
        liking = part["fit"] * schools.profile[candidate] * standing + rng.gumbel(size=len(wijk))
        better = liking > best
        chosen, best = np.where(better, candidate, chosen), np.where(better, liking, best)
    return chosen


def _span(
    of_schools: np.ndarray, wijk: np.ndarray, first: np.ndarray | None = None, last: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """First and one past the last school with a wijk from `first` to `last` (both the child's own where not given)."""
    low = np.searchsorted(of_schools, wijk if first is None else first, side="left")
    return low, np.searchsorted(of_schools, wijk if last is None else last, side="right")


def school_key(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The encrypted school (S8) and its location (S2) as delivered: three locations to a school."""
    school, location = number // 3, number % 3
    return digits((school * 7_368_787 + 104_729) % 99_999_989, 8), digits(location, 2)
