"""Who exists: families, their children born 1981-1985, the legal parents, and when each is in the country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from kansen.synthetic.days import OPEN, REGISTER_END, REGISTER_START, YEAR, birthday, day
from kansen.synthetic.parameters import ORIGINS, by_code
from kansen.synthetic.places import Places

BOTH_ABROAD, MOTHER_ABROAD, FATHER_ABROAD, THIRD_BY_MOTHER, THIRD_BY_FATHER = range(5)
"""How a family has its origin: who of the parents was born abroad, or (third generation) whose parents were."""

UNKNOWN, KNOWN, NOT_IN_REGISTER = range(3)
"""What the register knows about a father."""


@dataclass(frozen=True)
class Families:
    """Families, arrays of shape (families,). Days are numbers since 1970.

    Attributes
    ----------
    wijk : position of the home around the fifteenth birthday of the eldest.
    income : latent position of parental income in the country, about standard normal.
    origin : position in ORIGINS; `descent` : one of BOTH_ABROAD ... (0 as well where origin is none).
    country : country code of that origin, S4.
    arrived : day the family came to the country (a very early day for those who always lived here).
    mother_born, father_born : days.
    father : UNKNOWN, KNOWN or NOT_IN_REGISTER; `late` : an adult who came alone, without known parents.
    eldest_born, settled : days; `settled` is the fifteenth birthday of the eldest, when `wijk` is the home.
    apart : day from which the children live with one parent (OPEN: never; REGISTER_START or before: always).
    with_father : the children stay with the father after that day.
    """

    wijk: np.ndarray
    income: np.ndarray
    origin: np.ndarray
    descent: np.ndarray
    country: np.ndarray
    arrived: np.ndarray
    mother_born: np.ndarray
    father_born: np.ndarray
    father: np.ndarray
    late: np.ndarray
    eldest_born: np.ndarray
    settled: np.ndarray
    apart: np.ndarray
    with_father: np.ndarray

    def __len__(self) -> int:
        return len(self.wijk)


@dataclass(frozen=True)
class Presence:
    """When people are registered, arrays of shape (people,): from `begin` to `end`, not from `away` until `back`.

    `died` : `end` is the day of death, not of leaving the country.
    """

    begin: np.ndarray
    end: np.ndarray
    away: np.ndarray
    back: np.ndarray
    died: np.ndarray

    def days_within(self, start: np.ndarray | int, stop: np.ndarray | int) -> np.ndarray:
        """Days present from `start` to `stop`, both included."""
        first, last = np.maximum(self.begin, start), np.minimum(self.end, stop)
        gap = np.minimum(self.back - 1, last) - np.maximum(self.away, first) + 1
        return np.maximum(last - first + 1, 0) - np.maximum(gap, 0)

    def on(self, when: np.ndarray | int) -> np.ndarray:
        """Whether present on a day."""
        return (self.begin <= when) & (self.end >= when) & ~((self.away <= when) & (when < self.back))

    def take(self, who: np.ndarray | slice) -> Presence:
        """The same for some people."""
        return Presence(self.begin[who], self.end[who], self.away[who], self.back[who], self.died[who])


@dataclass(frozen=True)
class Children:
    """Children, arrays of shape (children,).

    Attributes
    ----------
    family : position; `born`, `fifteen` : days; `woman` : bool.
    foreign_born : bool. `household` : position in HOUSEHOLDS on the fifteenth birthday, -1 unknown.
    institution : lives in an institution around fifteen; `leaves` : day of leaving the parents' home.
    linked : has a row in the parent-child table.
    """

    family: np.ndarray
    born: np.ndarray
    fifteen: np.ndarray
    woman: np.ndarray
    foreign_born: np.ndarray
    household: np.ndarray
    institution: np.ndarray
    leaves: np.ndarray
    linked: np.ndarray

    def __len__(self) -> int:
        return len(self.born)


@dataclass(frozen=True)
class Oddities:
    """Who has an odd record in the registers (`oddities.py`), arrays of bool.

    Attributes
    ----------
    unobserved : families of whose incomes nothing is observed in any year, shape (families,).
    losses : parents with a loss in every year, mothers, then fathers, shape (2 x families,).
    foster : children in the household of a couple without children of its own, shape (children,).
    two_mothers : families of two women, shape (families,). of_partner : children whom the one bore who stands in the
        place of the father, shape (children,).
    exchanged : children whose parents stand in each other's place in the parent-child table, shape (children,).
    """

    unobserved: np.ndarray
    losses: np.ndarray
    foster: np.ndarray
    two_mothers: np.ndarray
    of_partner: np.ndarray
    exchanged: np.ndarray

    @classmethod
    def none(cls, children: int, families: int) -> Oddities:
        """Nobody has any."""
        of_families, of_parents, of_children = (np.zeros(n, bool) for n in (families, 2 * families, children))
        return cls(of_families, of_parents, of_children, of_families, of_children, of_children)


@dataclass(frozen=True)
class People:
    """Everyone. Person numbers: children first, then the mother and the father of each family.

    `exists` is False for parents who are in no register; `number` holds the identification (nine digits) of every
    person and, after them, of one possible partner per child, who is outside the tables.
    """

    families: Families
    children: Children
    presence: Presence
    exists: np.ndarray
    number: np.ndarray
    odd: Oddities

    @property
    def mothers(self) -> np.ndarray:
        """Person number of the mother of each family."""
        return len(self.children) + np.arange(len(self.families), dtype=np.int32)

    @property
    def fathers(self) -> np.ndarray:
        """Person number of the father of each family."""
        return self.mothers + len(self.families)

    @property
    def partners(self) -> np.ndarray:
        """Number in `number` of the possible partner of each child."""
        return 2 * len(self.families) + len(self.children) + np.arange(len(self.children), dtype=np.int32)


def _family_sizes(rng: np.random.Generator, children: int, shares: list[float]) -> np.ndarray:
    """Numbers of children per family that add up to `children`."""
    sizes = 1 + np.searchsorted(np.cumsum(shares)[:-1], rng.random(children))
    until = np.cumsum(sizes)
    families = int(np.searchsorted(until, children)) + 1
    sizes = sizes[:families]
    sizes[-1] -= until[families - 1] - children
    return sizes


def draw_origins(
    rng: np.random.Generator, places: Places, wijk: np.ndarray, income: np.ndarray, world: dict[str, Any]
) -> np.ndarray:
    """Origin per family, given where it lives and its income: a multinomial logit."""
    urban = np.maximum(places.urbanity[wijk] - 3, 0)
    within = (income - places.income_mean[wijk]) / places.income_sd[wijk]
    position = {code: i for i, code in enumerate(places.municipality_id)}
    odds = np.ones((len(ORIGINS), len(wijk)), np.float32)
    for i, name in enumerate(ORIGINS[1:], start=1):
        part = world["origins"][name]
        city = np.zeros(len(places.municipality_id))
        for code, extra in world["origins"]["cities"].items():
            city[position[code]] = extra.get(name, 0.0)
        odds[i] = np.exp(
            part["constant"]
            + part["urban"] * urban
            + part["low"] * np.clip(places.low[wijk], -2, 2)
            + part["income"] * within
            + city[places.municipality[wijk]]
        )
    until = np.cumsum(odds, axis=0)
    return (rng.random(len(wijk)) * until[-1] > until[:-1]).sum(axis=0).astype(np.int8)


def draw_descent(
    rng: np.random.Generator, origin: np.ndarray, world: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How each family has its origin, the country code (S4), and whether the family came during these years."""
    descent = np.zeros(len(origin), np.int8)
    country = np.full(len(origin), b"6030", "S4")
    came = np.zeros(len(origin), bool)
    draw, second = rng.random(len(origin)), rng.random(len(origin))
    for i, name in enumerate(ORIGINS[1:], start=1):
        part, who = world["origins"][name], np.flatnonzero(origin == i)
        third, mixed = part["third"], part["third"] + part["mixed"]
        by_mother = second[who] < 0.5
        descent[who] = np.select(
            [draw[who] < third, draw[who] < mixed],
            [
                np.where(by_mother, THIRD_BY_MOTHER, THIRD_BY_FATHER),
                np.where(by_mother, MOTHER_ABROAD, FATHER_ABROAD),
            ],
            BOTH_ABROAD,
        )
        codes = np.array(list(part["countries"]), "S4")
        country[who] = codes[np.searchsorted(np.cumsum(list(part["countries"].values()))[:-1], rng.random(len(who)))]
        came[who] = (descent[who] == BOTH_ABROAD) & (rng.random(len(who)) < 1.6 * part["abroad"])
    return descent, country, came


def _births(rng: np.random.Generator, sizes: np.ndarray, world: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Days of birth: of each family's eldest, and of every child in family order. A few siblings are twins."""
    part = world["families"]
    first, last = day(part["first_birth_year"]), day(part["last_birth_year"], 12, 31)
    family = np.repeat(np.arange(len(sizes)), sizes)
    spacing = rng.integers(400, 850, len(family)).astype(np.int32)
    spacing[rng.random(len(family)) < 0.08] = 0
    starts = np.cumsum(sizes) - sizes
    spacing[starts] = 0
    later = np.cumsum(spacing)
    later -= np.repeat(later[starts], sizes)
    span = later[starts + sizes - 1]
    eldest = (first + rng.random(len(sizes)) * (last - first + 1 - span)).astype(np.int32)
    return eldest, (np.repeat(eldest, sizes) + later).astype(np.int32)


def draw_presence(
    rng: np.random.Generator,
    families: Families,
    born: np.ndarray,
    family: np.ndarray,
    foreign_born: np.ndarray,
    youngest_born: np.ndarray,
) -> Presence:
    """Arrival, death, emigration and return of children, mothers and fathers.

    Parents live, and live here, at least until some time after the birth of the youngest (`youngest_born`, days).
    """
    n, f = len(born), len(families)
    everyone_born = np.concatenate([born, families.mother_born, families.father_born]).astype(np.int64)
    origin = np.concatenate([families.origin[family], families.origin, families.origin])
    grown = np.arange(n + 2 * f) < n
    begin = np.maximum(everyone_born, REGISTER_START)
    came = np.concatenate([foreign_born, np.ones(2 * f, bool)])
    arrived = np.concatenate([families.arrived[family], families.arrived, families.arrived])
    begin = np.where(came, np.maximum(begin, arrived), begin)
    # deaths of parents: Gompertz with its mode at 87; of children: an even, small risk
    at_death = 87 + 10 * np.log(-np.log1p(-rng.random(n + 2 * f)) + 1e-9)
    at_death = np.where(grown, np.where(rng.random(n + 2 * f) < 0.022, 43 * rng.random(n + 2 * f), 200), at_death)
    last_child = np.concatenate([born, youngest_born, youngest_born])
    death = np.maximum(everyone_born + (at_death * YEAR).astype(np.int64), last_child + np.where(grown, 0, 1500))
    # emigration: of children once they are adult, of parents at any time; half of the children come back
    chance = np.where(grown, 0.060, 0.014) * np.where(origin > 0, 2.0, 1.0)
    leaves = rng.random(n + 2 * f) < chance
    earliest = np.where(grown, everyone_born + 18 * YEAR, np.maximum(REGISTER_START, last_child) + 200)
    when = (np.maximum(earliest, begin + 100) + rng.random(n + 2 * f) * 20 * YEAR).astype(np.int64)
    returns = rng.random(n + 2 * f) < np.where(grown, 0.5, 0.3)
    absence = 150 + (rng.random(n + 2 * f) * 5 * YEAR).astype(np.int64)
    # a few are missing from the address register for some months
    hole = ~leaves & (rng.random(n + 2 * f) < 0.004)
    when = np.where(hole, begin + (rng.random(n + 2 * f) * 24 * YEAR).astype(np.int64), when)
    absence = np.where(hole, rng.integers(20, 220, n + 2 * f), absence)
    gap = (leaves & returns) | hole
    return presence_of(begin, death, when, absence, gone=leaves & ~returns, gap=gap)


def presence_of(
    begin: np.ndarray, death: np.ndarray, when: np.ndarray, absence: np.ndarray, *, gone: np.ndarray, gap: np.ndarray
) -> Presence:
    """Presence from the day of arrival, the day of death, and the day and length of an absence, shape (people,).

    gone : leaves on that day for good. gap : comes back after `absence` days.
    """
    end = np.where(gone, np.minimum(when, death), death)
    end = np.where(end > REGISTER_END, OPEN, end)
    away = np.where(gap & (when < end), when, OPEN)
    back = np.where(away < OPEN, away + absence, OPEN)
    end = np.where((back >= end) & (away < OPEN), np.minimum(end, away - 1), end)
    away = np.where(end < away, OPEN, away)
    back = np.where(away == OPEN, OPEN, back)
    end = np.minimum(end, OPEN)
    columns = (values.astype(np.int32) for values in (begin, end, away, back))
    return Presence(*columns, died=(end == death) & (end < OPEN))


def make_people(
    rng: np.random.Generator, places: Places, children: int, world: dict[str, Any], parts: int = 1
) -> People:
    """Draw `children` children born 1981-1985 with their families and parents, as part 0 of `parts`.

    Parental income and origin follow the wijk where the family lives; ages, separations, deaths and moves across the
    border are drawn around them.
    """
    part = world["families"]
    sizes = _family_sizes(rng, children, part["sizes"])
    f = len(sizes)
    wijk = places.draw(rng, f)
    income = places.income_mean[wijk] + places.income_sd[wijk] * rng.standard_normal(f)
    origin = draw_origins(rng, places, wijk, income, world)
    late = rng.random(f) < part["late_arrivals"]
    origin[late] = np.where(rng.random(late.sum()) < 0.75, ORIGINS.index("other"), origin[late])
    origin[late & (origin == 0)] = ORIGINS.index("other")
    descent, country, came = draw_descent(rng, origin, world)
    descent[late] = BOTH_ABROAD
    eldest, born = _births(rng, sizes, world)
    family = np.repeat(np.arange(f, dtype=np.int32), sizes)
    mother_age = np.clip(
        part["mothers_age"][0] + part["mothers_age"][1] * rng.standard_normal(f) + 0.6 * income, 16, 43
    )
    father_age = np.clip(
        mother_age + part["fathers_older"][0] + part["fathers_older"][1] * rng.standard_normal(f), 17, 46
    )
    arrived = np.full(f, day(1950), np.int64)
    arrived[came] = day(1981) + (rng.random(came.sum()) ** 1.4 * 19 * YEAR).astype(np.int64)
    arrived[late] = eldest[late] + ((16 + 15 * rng.random(late.sum())) * YEAR).astype(np.int64)
    fifteen = birthday(born, 15)
    starts = np.cumsum(sizes) - sizes
    father = draw_fathers(rng, descent, part)
    families = Families(
        wijk=wijk,
        income=income,
        origin=origin,
        descent=descent,
        country=country,
        arrived=arrived,
        mother_born=(eldest - mother_age * YEAR).astype(np.int64),
        father_born=(eldest - father_age * YEAR).astype(np.int64),
        father=father,
        late=late,
        eldest_born=eldest,
        settled=fifteen[starts],
        apart=np.full(f, OPEN, np.int64),
        with_father=(rng.random(f) < 0.12) & (father == KNOWN),
    )
    foreign_born = (descent[family] == BOTH_ABROAD) & (arrived[family] > born) & (origin[family] > 0)
    presence = draw_presence(rng, families, born, family, foreign_born, eldest)
    families.apart[:] = draw_separations(rng, places, families, presence, len(born), world)
    stay_with_who_is_left(families, presence)
    household, institution = household_at_fifteen(rng, families.apart[family], fifteen, world)
    woman = rng.random(len(born)) >= part["boys"]
    home = world["leaving_home"]
    age = home["mean"] + home["women"] * woman + home["income"] * income[family]
    age = age + by_code(home["origin"], ORIGINS)[origin[family]] + home["sd"] * rng.standard_normal(len(born))
    leaves = born + (np.clip(age, home["earliest"], home["latest"]) * YEAR).astype(np.int64)
    leaves = np.where(late[family], fifteen + 1, leaves)
    return People(
        families=families,
        children=Children(
            family=family,
            born=born,
            fifteen=fifteen,
            woman=woman,
            foreign_born=foreign_born,
            household=household,
            institution=institution,
            leaves=leaves.astype(np.int32),
            linked=~late[family] & (rng.random(len(born)) >= part["without_parent_link"]),
        ),
        presence=presence,
        exists=np.concatenate([np.ones(len(born), bool), ~late, ~late & (father == KNOWN)]),
        number=numbers(rng, 2 * len(born) + 2 * f, 0, parts),
        odd=Oddities.none(len(born), f),
    )


def draw_separations(
    rng: np.random.Generator,
    places: Places,
    families: Families,
    presence: Presence,
    children: int,
    world: dict[str, Any],
) -> np.ndarray:
    """The day from which one parent is left: never together, separated, or the other died or emigrated."""
    part, f = world["households"]["single"], len(families)
    index = part["constant"] + part["income"] * families.income
    index += part["urban"] * np.maximum(places.urbanity[families.wijk] - 3, 0)
    index += by_code({"none": 0.0} | {name: part[name] for name in ORIGINS[1:]}, ORIGINS)[families.origin]
    before, after = rng.random(f) < ndtr(index), rng.random(f) < 0.08
    when = np.where(
        before,
        families.eldest_born - 1500 + rng.random(f) * (families.settled - families.eldest_born + 1400),
        np.where(after, families.settled + 1500 + rng.random(f) * 10 * YEAR, OPEN),
    ).astype(np.int64)
    when = np.where(families.father == KNOWN, when, day(1960))
    mother, father = slice(children, children + f), slice(children + f, children + 2 * f)
    lost = np.minimum(presence.end[mother], presence.end[father]) + 1
    return np.minimum(when, lost)


def draw_fathers(rng: np.random.Generator, descent: np.ndarray, part: dict[str, Any]) -> np.ndarray:
    """Whether the father is KNOWN, UNKNOWN or NOT_IN_REGISTER, int8 of shape (families,).

    Where the register knows no father, an origin can only come through the mother: `descent` is changed in place.
    """
    draw = rng.random(len(descent))
    father = np.where(
        draw < part["unknown_father"],
        UNKNOWN,
        np.where(draw < part["unknown_father"] + part["father_not_in_register"], NOT_IN_REGISTER, KNOWN),
    ).astype(np.int8)
    for by_father, by_mother in {FATHER_ABROAD: MOTHER_ABROAD, THIRD_BY_FATHER: THIRD_BY_MOTHER}.items():
        descent[(father != KNOWN) & (descent == by_father)] = by_mother
    return father


def stay_with_who_is_left(families: Families, presence: Presence) -> None:
    """Children stay in the home of the parent who is left when the other one goes; changes `families.with_father`."""
    parents = presence.end[len(presence.end) - 2 * len(families.apart) :]
    mother_end, father_end = np.split(parents, 2)
    families.with_father[(families.apart == mother_end + 1) & (families.father == KNOWN)] = True
    families.with_father[(families.apart == father_end + 1) & (mother_end >= father_end)] = False


def household_at_fifteen(
    rng: np.random.Generator, apart: np.ndarray, fifteen: np.ndarray, world: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Position in HOUSEHOLDS (-1: no household spell on that day), and who lives in an institution."""
    part, draw = world["households"], rng.random(len(fifteen))
    limits = np.cumsum([part["unknown"], part["institution"], part["other"]])
    household = np.where(apart <= fifteen, 1, 0)
    household = np.where(draw < limits[2], 2, household)
    household = np.where(draw < limits[0], -1, household)
    return household.astype(np.int8), (draw >= limits[0]) & (draw < limits[1])


def numbers(rng: np.random.Generator, size: int, part: int, parts: int) -> np.ndarray:
    """Unique nine-digit identifications in an order that tells nothing, S9 with leading zeros.

    Every part of the country draws from its own residue class, so that no two parts share an identification.
    """
    stride = (999_999_998 // parts - 1) // size
    values = rng.permutation(size).astype(np.int64) * stride + rng.integers(0, stride, size)
    return digits(1 + values * parts + part, 9)


def digits(values: np.ndarray, width: int) -> np.ndarray:
    """Whole numbers as text of `width` digits with leading zeros, S-array of shape (n,).

    >>> digits(np.array([7, 12]), 4).tolist()
    [b'0007', b'0012']
    """
    out = np.empty((len(values), width), np.uint8)
    rest = values.astype(np.int64)
    for place in range(width - 1, -1, -1):
        rest, out[:, place] = rest // 10, 48 + rest % 10
    return out.reshape(-1).view(f"S{width}")
