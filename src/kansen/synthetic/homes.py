"""Dwellings, and who was registered at which from when to when: address and household spells."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from itertools import pairwise

import numpy as np

from kansen.synthetic.days import OPEN, REGISTER_END, REGISTER_START, YEAR, day
from kansen.synthetic.people import KNOWN, Families, People, Presence
from kansen.synthetic.places import Places
from kansen.synthetic.unions import Unions, draw_unions

EARLY = day(1950)


@dataclass(frozen=True)
class Dwellings:
    """Dwellings, arrays of shape (dwellings,).

    wijk : position in the places. postcode : PC4 number. postcode_end : last day with a postcode (OPEN: still).
    without_postcode, without_area : the register knows no code; `absent` : no row in the table of areas.
    earlier_postcode : PC4 before renumbering, 0 for most. renumbered : day of it.
    family : the family whose home it is, -1 for the homes of young adults.
    """

    wijk: np.ndarray
    family: np.ndarray
    postcode: np.ndarray
    postcode_end: np.ndarray
    without_postcode: np.ndarray
    without_area: np.ndarray
    absent: np.ndarray
    earlier_postcode: np.ndarray
    renumbered: np.ndarray

    def __len__(self) -> int:
        return len(self.wijk)

    @property
    def has_postcode(self) -> np.ndarray:
        """Whether a postcode is valid at the end of 2023."""
        return ~self.without_postcode & (self.postcode_end > REGISTER_END)

    @property
    def has_area(self) -> np.ndarray:
        """Whether municipality and wijk of 2023 are known."""
        return ~self.without_area & ~self.absent


@dataclass(frozen=True)
class Spells:
    """Spells, arrays of shape (spells,): person number, first and last day, and what holds then."""

    person: np.ndarray
    start: np.ndarray
    end: np.ndarray
    what: np.ndarray

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Homes:
    """Dwellings, address spells, and who lives where.

    at_fifteen : dwelling of each child on its fifteenth birthday (-1: not registered).
    own : dwelling that only the child and its household live in on the day it is settled (-1: none).
    in_turn : the up to three dwellings of each family, shape (3, families), -1 where it has none.
    moves : days of the first and second move, shape (2, families).
    """

    dwellings: Dwellings
    addresses: Spells
    at_fifteen: np.ndarray
    own: np.ndarray
    in_turn: np.ndarray
    moves: np.ndarray

    def of_family(self, family: np.ndarray, when: np.ndarray) -> np.ndarray:
        """The dwelling of each given family on a day of its own."""
        turn = (when >= self.moves[0, family]).astype(np.int8) + (when >= self.moves[1, family])
        return self.in_turn[turn, family]


class _Collector:
    """Gathers spells and keeps of each the days on which the person was registered."""

    def __init__(self, presence: Presence) -> None:
        self.presence, self.parts = presence, []

    def add(self, person: np.ndarray, start: np.ndarray, end: np.ndarray, what: np.ndarray) -> None:
        """Spells of people (numbers) from `start` to `end` included; empty where end is before start."""
        here = self.presence.take(person)
        self._keep(person, start, end, what, here.begin, np.minimum(here.end, here.away - 1))
        again = here.away < OPEN
        if again.any():
            self._keep(person[again], start[again], end[again], what[again], here.back[again], here.end[again])

    def _keep(
        self,
        person: np.ndarray,
        start: np.ndarray,
        end: np.ndarray,
        what: np.ndarray,
        first: np.ndarray,
        last: np.ndarray,
    ) -> None:
        start, end = np.maximum(start, first), np.minimum(end, last)
        keep = (start <= end) & (start <= REGISTER_END)
        end = np.where(end > REGISTER_END, OPEN, end)
        self.parts.append((person[keep], start[keep].astype(np.int32), end[keep].astype(np.int32), what[keep]))

    def spells(self) -> Spells:
        """Everything gathered, by person and within a person in the order of time."""
        columns = [np.concatenate(part) for part in zip(*self.parts, strict=True)]
        self.parts = []
        order = np.argsort(columns[0], kind="stable")
        return Spells(*(column[order] for column in columns))


def _moved(rng: np.random.Generator, places: Places, wijk: np.ndarray, stay: float, near: float) -> np.ndarray:
    """The wijk after a move: the same (share `stay`), the same municipality (`near`), or anywhere."""
    draw = rng.random(len(wijk))
    within = places.draw_within(rng, places.municipality[wijk])
    return np.where(draw < stay, wijk, np.where(draw < stay + near, within, places.draw(rng, len(wijk))))


def _dwellings(rng: np.random.Generator, places: Places, wijk: np.ndarray, family: np.ndarray) -> Dwellings:
    n = len(wijk)
    draw, postcode = rng.random(n), places.draw_postcode(rng, wijk)
    ended = draw < 0.008
    renumbered = rng.random(n) < 0.03
    return Dwellings(
        wijk=wijk.astype(np.int32),
        family=family.astype(np.int32),
        postcode=postcode,
        postcode_end=np.where(ended, rng.integers(day(2000), day(2023), n), OPEN).astype(np.int32),
        without_postcode=(draw >= 0.008) & (draw < 0.011),
        without_area=((draw < 0.004) | (rng.random(n) < 0.002)),
        absent=rng.random(n) < 0.001,
        earlier_postcode=np.where(renumbered & ~ended, places.draw_postcode(rng, wijk), 0).astype(np.int32),
        renumbered=rng.integers(day(1998), day(2020), n).astype(np.int32),
    )


def make_homes(rng: np.random.Generator, places: Places, people: People, settled: np.ndarray) -> Homes:
    """Dwellings and address spells of everyone.

    A family has up to three homes in turn; the parent who leaves gets a home of his or her own; children leave for up
    to three homes, more often than not in the same municipality or in a larger city. Young adults' homes are let to
    several in turn, but the one of the day `settled` (shape (children,), OPEN: never) is for one household.
    """
    families, children = people.families, people.children
    f, n = len(families), len(children)
    # the home of reference is the one at the eldest's fifteenth birthday
    earliest = np.maximum(families.eldest_born - int(3 * YEAR), REGISTER_START)
    first_move = np.where(
        rng.random(f) < 0.30,
        earliest + 30 + rng.random(f) * (families.settled - earliest - 60),
        EARLY,
    ).astype(np.int32)
    second_move = np.where(rng.random(f) < 0.45, families.settled + 30 + rng.random(f) * 20 * YEAR, OPEN).astype(
        np.int32
    )
    before, after = np.flatnonzero(first_move > EARLY), np.flatnonzero(second_move < OPEN)
    parted = np.flatnonzero((families.apart < OPEN) & (families.father == KNOWN))
    pool = _starter_homes(rng, places, max(n // 2, 400))
    wijk = np.concatenate(
        [
            families.wijk,
            _moved(rng, places, families.wijk[before], 0.45, 0.35),
            _moved(rng, places, families.wijk[after], 0.45, 0.35),
            _moved(rng, places, families.wijk[parted], 0.25, 0.45),
            pool,
        ]
    )
    numbers = np.split(
        np.arange(len(wijk), dtype=np.int32),
        np.cumsum([f, len(before), len(after), len(parted)]),
    )
    first_home, second_home, third_home, own_home = (np.full(f, -1, np.int32) for _ in range(4))
    first_home[before], second_home[:], third_home[after] = numbers[1], numbers[0], numbers[2]
    own_home[parted] = numbers[3]
    collector = _Collector(people.presence)

    def family_homes(person: np.ndarray, family: np.ndarray, until: np.ndarray) -> None:
        """The family's homes in turn, up to and including the day `until`."""
        early = np.full(len(person), EARLY, np.int32)
        first, second = first_move[family], second_move[family]
        collector.add(person, early, np.minimum(first - 1, until), first_home[family])
        collector.add(person, first, np.minimum(second - 1, until), second_home[family])
        collector.add(person, second, np.minimum(OPEN, until), third_home[family])

    every = np.arange(f, dtype=np.int32)
    for parents, stays in ((people.mothers, ~families.with_father), (people.fathers, families.with_father)):
        here = people.exists[parents]
        person, family = parents[here], every[here]
        leaves = ~stays[family] & (own_home[family] >= 0)
        together = np.where(leaves, families.apart[family] - 1, OPEN)
        family_homes(person, family, together)
        gone = family[leaves]
        collector.add(person[leaves], families.apart[gone], np.full(len(gone), OPEN), own_home[gone])
    everyone = np.arange(n, dtype=np.int32)
    family_homes(everyone, children.family, children.leaves - 1)
    own, own_wijk = _adult_homes(rng, places, people, collector, pool, int(numbers[4][0]), settled)
    whose = np.concatenate([every, before, after, parted, np.full(len(pool), -1)])
    shared = _dwellings(rng, places, wijk, whose)
    settled_in = _dwellings(rng, places, own_wijk, np.full(len(own_wijk), -1))
    homes = Homes(
        dwellings=Dwellings(*(np.concatenate(pair) for pair in zip(astuple(shared), astuple(settled_in), strict=True))),
        addresses=collector.spells(),
        at_fifteen=np.full(n, -1, np.int32),
        own=own,
        in_turn=np.stack([first_home, second_home, third_home]),
        moves=np.stack([first_move, second_move]),
    )
    registered = people.presence.take(slice(0, n)).on(children.fifteen)
    at_fifteen = np.where(registered, homes.of_family(children.family, children.fifteen), -1)
    return replace(homes, at_fifteen=at_fifteen.astype(np.int32))


def _starter_homes(rng: np.random.Generator, places: Places, size: int) -> np.ndarray:
    """Wijken (sorted) of the homes that young adults rent in turn; every municipality has at least one."""
    one_each = places.draw_within(rng, np.arange(len(places.municipality_id)))
    return np.sort(np.concatenate([one_each, places.draw(rng, size - len(one_each), adults=True)]))


def _adult_homes(
    rng: np.random.Generator,
    places: Places,
    people: People,
    collector: _Collector,
    pool: np.ndarray,
    first_number: int,
    settled: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Up to three homes of each child after leaving the parents.

    Returns the own dwelling of each child (-1: none), and the wijken of these dwellings, which follow the pool.
    """
    children = people.children
    n = len(children)
    start = np.searchsorted(places.municipality[pool], np.arange(len(places.municipality_id) + 1))
    moves = [children.leaves.astype(np.int64)]
    for shortest, longest in ((1, 6), (2, 9)):
        moves.append(moves[-1] + ((shortest + (longest - shortest) * rng.random(n)) * YEAR).astype(np.int64))
    moves.append(np.full(n, OPEN + 1, np.int64))
    municipality = places.municipality[people.families.wijk[children.family]]
    first_own = first_number + len(pool)
    own, own_wijk, made = np.full(n, -1, np.int32), [np.zeros(0, np.int32)], 0
    everyone = np.arange(n, dtype=np.int32)
    here = people.presence.take(slice(0, n)).on(settled)
    for begin, following in pairwise(moves):
        elsewhere = rng.random(n) < 0.35
        municipality = np.where(elsewhere, places.municipality[places.draw(rng, n, adults=True)], municipality)
        room = start[municipality + 1] - start[municipality]
        chosen = start[municipality] + (rng.random(n) * room).astype(np.int64)
        dwelling = (first_number + chosen).astype(np.int32)
        whole = np.flatnonzero(here & (begin <= settled) & (settled < following))
        own[whole] = dwelling[whole] = first_own + made + np.arange(len(whole))
        own_wijk.append(pool[chosen[whole]])
        made += len(whole)
        collector.add(everyone, begin, following - 1, dwelling)
    return own, np.concatenate(own_wijk)


SINGLE_PERSON, COUPLE, MARRIED, COUPLE_WITH, MARRIED_WITH, ONE_PARENT, OTHER, INSTITUTION = range(1, 9)
"""TYPHH."""


def make_households(rng: np.random.Generator, people: People, unions: Unions | None = None) -> Spells:
    """Household spells; `what` is 100 x TYPHH + PLHH.

    Children live at home, then alone, then as a couple, then with children of their own (`unions`, drawn if not given);
    parents live with their children and then without.
    """
    families, children = people.families, people.children
    f, n = len(families), len(children)
    collector = _Collector(people.presence)
    parents_married = rng.random(f) < 0.92
    with_children = np.where(parents_married, MARRIED_WITH, COUPLE_WITH) * 100
    last_leaves = np.zeros(f, np.int64)
    np.maximum.at(last_leaves, children.family, children.leaves)
    _parents_households(people, collector, parents_married, last_leaves)
    person, family = np.arange(n, dtype=np.int32), children.family
    early = np.full(n, EARLY, np.int64)
    apart = families.apart[family]
    known = children.household >= 0
    with_others = np.where(people.odd.foster, MARRIED * 100 + 9, OTHER * 100 + 1)
    home = np.where(children.household == 2, with_others, with_children[family] + 1)
    home_apart = np.where(children.household == 2, with_others, ONE_PARENT * 100 + 1)
    home = np.where(children.institution, INSTITUTION * 100 + 10, home)
    home_apart = np.where(children.institution, INSTITUTION * 100 + 10, home_apart)
    at_home = np.flatnonzero(known & ~families.late[family])
    collector.add(
        person[at_home],
        early[at_home],
        np.minimum(apart, children.leaves)[at_home] - 1,
        home[at_home].astype(np.int16),
    )
    collector.add(
        person[at_home],
        np.minimum(apart, children.leaves)[at_home],
        children.leaves[at_home] - 1,
        home_apart[at_home].astype(np.int16),
    )
    if unions is None:
        unions = draw_unions(rng, children)
    couple, own_children, ends, married = unions.couple, unions.own_children, unions.ends, unions.married
    shared = np.where(rng.random(n) < 0.10, OTHER * 100 + 9, SINGLE_PERSON * 100 + 2)
    steps = [
        (children.leaves, couple, shared),
        (couple, np.minimum(own_children, ends), np.where(married, MARRIED * 100 + 4, COUPLE * 100 + 3)),
        (own_children, ends, np.where(married, MARRIED_WITH * 100 + 6, COUPLE_WITH * 100 + 5)),
        (ends, np.full(n, OPEN + 1), np.where(unions.keeps, ONE_PARENT * 100 + 7, SINGLE_PERSON * 100 + 2)),
    ]
    for begin, following, code in steps:
        collector.add(person, begin, np.minimum(following - 1, OPEN), code.astype(np.int16))
    return collector.spells()


def _parents_households(people: People, collector: _Collector, married: np.ndarray, last_leaves: np.ndarray) -> None:
    families: Families = people.families
    every = np.arange(len(families), dtype=np.int32)
    together = np.where(married, MARRIED_WITH * 100 + 6, COUPLE_WITH * 100 + 5).astype(np.int16)
    alone_together = np.where(married, MARRIED * 100 + 4, COUPLE * 100 + 3).astype(np.int16)
    for parents, stays in ((people.mothers, ~families.with_father), (people.fathers, families.with_father)):
        here = every[people.exists[parents]]
        person, apart, leave = parents[here], families.apart[here], last_leaves[here]
        early, never = np.full(len(here), EARLY), np.full(len(here), OPEN)
        stay, first = stays[here], families.eldest_born[here].astype(np.int64)
        # before the first child
        collector.add(person, early, np.minimum(apart, first) - 1, alone_together[here])
        single = np.full(len(here), SINGLE_PERSON * 100 + 2, np.int16)
        collector.add(person, np.minimum(apart, first), np.minimum(first, OPEN) - 1, single)
        collector.add(person, first, np.minimum(apart, leave) - 1, together[here])
        collector.add(person, leave, np.minimum(never, apart - 1), alone_together[here])
        with_them = np.where(stay, np.maximum(apart, leave), apart)
        since = np.maximum(apart, first)
        collector.add(person, since, with_them - 1, np.full(len(here), ONE_PARENT * 100 + 7, np.int16))
        collector.add(person, np.maximum(with_them, first), never, single)
