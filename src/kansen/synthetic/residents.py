"""Residents of working age, who are no parent and no child of anybody else here: who they are, and their yearly lives.

Somebody's income has a latent position that lasts in part and wanders for the rest, and beside it a state: an income
below the line, or not. Spells below it end by a hazard that falls with their length, with a factor of one's own and,
from 2003 to 2017, with the calendar; so everything that an estimator looks for is declared (`residents.toml`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from kansen.synthetic.country import stream
from kansen.synthetic.days import OPEN, YEAR, day, new_year, year_of
from kansen.synthetic.incomes import MISSING_OLD
from kansen.synthetic.parameters import ORIGINS, by_code, load_world, price_level
from kansen.synthetic.people import draw_origins, numbers
from kansen.synthetic.places import Places, load_places
from kansen.synthetic.young import corops

STEP = 50_000
"""Steps of the random numbers of residents lie above this; those of a year of incomes above it and the year."""
PLACES_SEED = 20_030_101
"""Of the deviations of municipalities, which are the same in every synthetic country."""
LONG_AGO = day(1950)


@cache
def load_residents() -> dict[str, Any]:
    """The declared truth of the residents.

    >>> load_residents()["people"]["ages"]
    [25, 60]
    """
    return tomllib.loads(files("kansen.synthetic").joinpath("residents.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class PlaceEffects:
    """Per municipality, arrays of shape (municipalities,): of the position of who lives there (`level`), of what ten
    years there add to it (`drift`), and of the hazard of leaving a low income (`leave`, on its log scale)."""

    level: np.ndarray
    drift: np.ndarray
    leave: np.ndarray


def place_effects(places: Places, world: dict[str, Any]) -> PlaceEffects:
    """Declared effects, and deviations that are the same whatever the seed."""
    rng, size = np.random.default_rng(PLACES_SEED), len(places.municipality_id)
    drift = world["places"]["drift_sd"] * rng.standard_normal(size)
    leave = world["low"]["municipality_sd"] * rng.standard_normal(size)
    level = np.zeros(size)
    for position, code in enumerate(places.municipality_id):
        own = world["places"].get(code)
        if own:
            level[position], drift[position] = own["level"], own["drift"]
    return PlaceEffects(level, drift, leave)


@dataclass(frozen=True)
class Residents:
    """One part of the residents, arrays of shape (people,) unless said; days are numbers since 1970.

    Attributes
    ----------
    number : identification (S9). born, begin, end : days; registered from `begin` to `end`.
    country : country code of the origin (S4); `foreign` : born there, else a parent was.
    wijk : position of the home until `moved` and from that day, shape (2, people).
    lead : who the household is named after.
    position, frailty : the lasting part of the latent position; the own factor in the hazard of leaving a low income.
    years : calendar years, shape (years,). The rest has shape (years, people): low : whether the income is below the
        line; length : which year of the spell it is (0: none); leaves : the chance that the next year is not low.
    """

    part: int
    parts: int
    seed: int
    number: np.ndarray
    born: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    woman: np.ndarray
    origin: np.ndarray
    country: np.ndarray
    foreign: np.ndarray
    wijk: np.ndarray
    moved: np.ndarray
    lead: np.ndarray
    position: np.ndarray
    frailty: np.ndarray
    years: np.ndarray
    real: np.ndarray
    low: np.ndarray
    length: np.ndarray
    leaves: np.ndarray

    def __len__(self) -> int:
        return len(self.born)

    def here(self, year: int) -> np.ndarray:
        """Who has an income in a year: of the ages that are followed, and registered all year."""
        first, last = load_residents()["people"]["ages"]
        age = year - year_of(self.born)
        whole = (self.begin <= day(year)) & (self.end >= day(year, 12, 31))
        return whole & (age >= first) & (age <= last)


def people_at(scale: float) -> float:
    """How many people there are at a scale, of all years of birth."""
    people = load_residents()["people"]
    return people["per_birth_year"] * (people["births"][1] - people["births"][0] + 1) * scale


def parts_of(places: Places, scale: float) -> list[np.ndarray]:
    """Municipalities (positions) of every part: neighbouring COROP regions of some `people_per_part`."""
    corop = corops(places)
    share = np.bincount(corop, np.bincount(places.municipality, places.adults))
    until = np.floor(np.cumsum(share) * people_at(scale) / load_residents()["people"]["people_per_part"])
    return [np.flatnonzero(np.isin(corop, np.flatnonzero(until == one))) for one in np.unique(until)]


def make_residents(municipalities: np.ndarray, *, scale: float, seed: int, part: int, parts: int) -> Residents:
    """Draw the residents of some municipalities (positions). scale : 1 is 250,000 of every year of birth."""
    world, places = load_residents(), load_places()
    people, movers = world["people"], world["movers"]
    rng = stream(seed, STEP, part)
    weight = np.where(np.isin(places.municipality, municipalities), places.adults, 0.0)
    n = max(2, round(people_at(scale) * weight.sum()))
    lead = np.arange(n)
    second = np.flatnonzero((lead % 2 == 1) & (rng.random(n) < movers["couple"]))
    lead[second] -= 1
    cumulative = np.cumsum(weight)
    first = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right").clip(0, len(places) - 1)
    first = first[lead].astype(np.int32)
    position = places.income_mean[first] + places.income_sd[first] * rng.standard_normal(n)
    origin = draw_origins(rng, places, first, position, load_world())
    born = new_year(rng.integers(people["births"][0], people["births"][1] + 1, n)) + rng.integers(0, 365, n)
    woman = rng.random(n) >= people["boys"]
    woman[second] = ~woman[second - 1]
    elsewhere, near = movers["elsewhere"], movers["near"]
    drawn = rng.random(n)
    anywhere, within = places.draw(rng, n, adults=True), places.draw_within(rng, places.municipality[first])
    then = np.select([drawn < elsewhere, drawn < elsewhere + near], [anywhere, within], first)[lead].astype(np.int32)
    days = rng.integers(day(1997), day(2022), n)
    moved = np.where(drawn < elsewhere + near, days, OPEN)[lead].astype(np.int32)
    foreign = (origin > 0) & (rng.random(n) < movers["born_abroad"])
    arrived = foreign & (rng.random(n) < movers["arrived"])
    own = by_code(world["position"]["origin"], ORIGINS)[origin] + np.where(woman, world["position"]["women"], 0.0)
    effects = place_effects(places, world)
    position = position + own - world["position"]["women"] / 2 + effects.level[places.municipality[first]]
    spread = world["low"]["frailty"]
    lives = _live(
        stream(seed, STEP + 1, part), world, effects, position, rng.gamma(1 / spread, spread, n), born,
        np.stack([places.municipality[first], places.municipality[then]]), moved,
    )  # fmt: skip
    begin = np.where(arrived, rng.integers(day(1998), day(2016), n), LONG_AGO).astype(np.int32)
    return Residents(
        part=part,
        parts=parts,
        seed=seed,
        number=numbers(rng, n, part, parts),
        born=born.astype(np.int32),
        begin=np.maximum(begin, born).astype(np.int32),
        end=_ends(rng, world, lives["low"], lives["years"]),
        woman=woman,
        origin=origin,
        country=_countries(rng, origin),
        foreign=foreign,
        wijk=np.stack([first, then]),
        moved=moved,
        lead=lead,
        position=position,
        **lives,
    )


def _live(
    rng: np.random.Generator,
    world: dict[str, Any],
    effects: PlaceEffects,
    position: np.ndarray,
    frailty: np.ndarray,
    born: np.ndarray,
    municipality: np.ndarray,
    moved: np.ndarray,
) -> dict[str, np.ndarray]:
    """Income in euros of 2020, and the state, year by year; of the years before the tables only the state is kept."""
    low, income, lasting = world["low"], world["income"], world["position"]["lasting"]
    n, (first, last) = len(position), world["people"]["years"]
    years = np.arange(first, last + 1)
    kept = {name: np.zeros((len(years), n), kind) for name, kind in _KEPT.items()}
    wander, carried = rng.standard_normal(n), world["position"]["yearly"]
    length, chance = np.zeros(n, np.int16), np.zeros(n)
    trend_from, trend_to = low["trend"]
    birth_year = year_of(born)
    for year in range(world["people"]["first_year"], last + 1):
        # who is in a spell stays or leaves, who is not may enter; lives begin five years before they are followed
        inside, draw = length > 0, rng.random(n)
        entered = draw < _chance(low["enter"] + low["enter_position"] * position)
        of_age = year - birth_year >= world["people"]["ages"][0] - 5
        length = np.where(np.where(inside, draw >= chance, entered) & of_age, length + 1, 0).astype(np.int16)
        where = np.where(new_year(np.array([year])) < moved, municipality[0], municipality[1])
        passed = np.clip((year - trend_from) / (trend_to - trend_from), 0, 1)
        log_hazard = low["leave"] + low["leave_length"] * np.log(np.maximum(length, 1)) + low["leave_trend"] * passed
        chance = _chance(log_hazard + effects.leave[where] + np.log(frailty))
        wander = carried * wander + np.sqrt(1 - carried**2) * rng.standard_normal(n)
        if year < first:
            continue
        latent = np.sqrt(lasting) * position + np.sqrt(1 - lasting) * wander
        latent += effects.drift[where] * (year - first) / 10
        by_age = np.interp(year + 0.5 - born / YEAR - 1970, income["ages"], income["by_age"])
        above = income["line"] + income["median"] * by_age * np.exp(income["log_sd"] * latent)
        below = income["line"] * (income["lowest"] + (income["highest"] - income["lowest"]) * rng.random(n))
        at = year - first
        kept["low"][at], kept["length"][at] = length > 0, np.minimum(length, 127)
        kept["leaves"][at] = np.where(length > 0, chance, 0)
        kept["real"][at] = np.where(length > 0, below, above)
    return {**kept, "years": years, "frailty": frailty}


_KEPT = {"real": np.float32, "low": bool, "length": np.int8, "leaves": np.float32}


def _chance(log_hazard: np.ndarray) -> np.ndarray:
    """From a log hazard to the chance of an event within the year (complementary log-log)."""
    return -np.expm1(-np.exp(log_hazard))


def _ends(rng: np.random.Generator, world: dict[str, Any], low: np.ndarray, years: np.ndarray) -> np.ndarray:
    """The last day that somebody is registered; a low income makes leaving more likely."""
    end = np.full(low.shape[1], OPEN, np.int32)
    for at, year in enumerate(years):
        leaves = rng.random(low.shape[1]) < world["leaving"]["base"] + world["leaving"]["low"] * low[at]
        on = day(int(year) + 1) + rng.integers(0, 365, low.shape[1])
        end = np.where(leaves & (end == OPEN), on, end).astype(np.int32)
    return end


def _countries(rng: np.random.Generator, origin: np.ndarray) -> np.ndarray:
    """A country code for every origin, in the declared shares; S4."""
    out = np.full(len(origin), b"6030", "S4")
    for position, name in enumerate(ORIGINS[1:], start=1):
        shares = load_world()["origins"][name]["countries"]
        codes, share = np.array([*shares], "S4"), np.array([*shares.values()], float)
        who = np.flatnonzero(origin == position)
        out[who] = codes[np.searchsorted(np.cumsum(share / share.sum())[:-1], rng.random(len(who)))]
    return out


def yearly_amounts(residents: Residents, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Gross income of a year in euros of that year (int64, negative or MISSING_OLD), and who has a row."""
    odd, n = load_residents()["odd"], len(residents)
    rng = stream(residents.seed, STEP + year, residents.part)
    real = residents.real[year - residents.years[0]].astype(float)
    draw = rng.random(n)
    real = np.where(draw < odd["negative"], -0.3 * real - 50, real)
    euros = np.rint(real * price_level(year)).astype(np.int64)
    amount = np.where(draw > 1 - odd["missing"], MISSING_OLD, euros)
    return amount, residents.here(year) & (rng.random(n) >= odd["absent"])
