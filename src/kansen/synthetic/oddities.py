"""What registers hold and a model of a country does not: rare and odd records, so that rules about them have a case.

Each has a declared share (`[oddities]` in world.toml and youth.toml) and random numbers of its own, so that it leaves
the rest of the country as it is. What is expected of a child takes account of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kansen.synthetic.births import Births
from kansen.synthetic.days import OPEN, YEAR
from kansen.synthetic.people import KNOWN, Oddities, People, Presence

MONTH_AWAY, UNOBSERVED, LOSSES, FOSTER, TWO_MOTHERS, ABROAD, CORRECTED, NO_HOURS, EXCHANGED = range(20_000, 20_009)
"""Steps of random numbers, one for each oddity."""
MONTH = 31
"""Days of an absence of a month: all that the rules of residence allow."""
LATEST_BIRTH = 45
"""Age in years after which the other of two mothers bears no child."""

Random = Callable[[int], np.random.Generator]
"""The random numbers of a step in one part of the country."""


def with_oddities(random: Random, people: People, world: dict[str, Any]) -> People:
    """The same people with odd lives and families, as far as these are declared in `world`."""
    shares, children, f = world["oddities"], people.children, len(people.families)
    other = (children.household == 2) & ~children.institution
    both = people.families.father[children.family] == KNOWN
    entered_wrongly = random(EXCHANGED).random(len(children)) < shares["parents_exchanged"]
    two, of_partner = _two_mothers(random(TWO_MOTHERS), people, shares["two_mothers"])
    return replace(
        people,
        presence=_with_a_month_away(random(MONTH_AWAY), people.presence, shares["month_away"]),
        odd=Oddities(
            unobserved=random(UNOBSERVED).random(f) < shares["unobserved"],
            losses=random(LOSSES).random(2 * f) < shares["losses"],
            foster=other & (random(FOSTER).random(len(children)) < shares["foster"]),
            two_mothers=two,
            of_partner=of_partner,
            exchanged=children.foreign_born & both & entered_wrongly,
        ),
    )


def _with_a_month_away(rng: np.random.Generator, here: Presence, share: float) -> Presence:
    """Some who never left, and were not away before, are out of the address register for a month."""
    n = len(here.begin)
    chosen, when = rng.random(n) < share, here.begin + (rng.random(n) * 24 * YEAR).astype(np.int64)
    chosen &= (here.away == OPEN) & (when > here.begin) & (when + MONTH < here.end)
    away = np.where(chosen, when, here.away).astype(np.int32)
    return replace(here, away=away, back=np.where(chosen, when + MONTH, here.back).astype(np.int32))


def _two_mothers(rng: np.random.Generator, people: People, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Families of two women, and the children whom the one in the place of the father bore while they were together."""
    families, children = people.families, people.children
    two = (rng.random(len(families)) < share) & (families.father == KNOWN)
    able = children.born - families.father_born[children.family] < LATEST_BIRTH * YEAR
    able &= children.born < families.apart[children.family]
    return two, two[children.family] & able & ~children.foreign_born & (rng.random(len(children)) < 0.5)


def taken_abroad(rng: np.random.Generator, people: People, births: Births, share: float) -> People:
    """Some families' children in the registry of births left at once: they are in no register but that of persons.

    Of those who live, so that every death that is drawn is in the registers.
    """
    families = rng.random(len(people.families)) < share
    child = births.child[births.died == OPEN]
    child = child[families[people.children.family[child]]]
    here = people.presence
    end, away, back, died = (values.copy() for values in (here.end, here.away, here.back, here.died))
    end[child], away[child], back[child], died[child] = here.begin[child] - 1, OPEN, OPEN, False
    return replace(people, presence=replace(here, end=end, away=away, back=back, died=died))


def first_told(
    rng: np.random.Generator, year: np.ndarray, woman: np.ndarray, shares: dict[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What an earlier register of persons said of people, where it was corrected afterwards; all of shape (people,).

    year, woman : of birth, and the sex, as they are now. Returns whether the day of birth was another one (the first of
    July of a year around it stood in its place), that year, the sex, and whose parents were thought to be born here.
    """
    n = len(year)
    born = rng.random(n) < shares["birth_corrected"]
    other = np.where(born, year + rng.integers(-1, 2, n), year)
    sex = woman ^ (rng.random(n) < shares["sex_corrected"])
    return born, other, sex, rng.random(n) < shares["parents_corrected"]
