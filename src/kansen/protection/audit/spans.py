"""All sums at once: which hidden cells are a linear combination of what is published, exactly.

Of the counts x of an area (slices of every axis by sex, origin and household) the release tells some functionals. An
area is the sum of the areas of a level below it, so that K, what an area's own subtree tells of it, is what it tells
itself and what all its parts tell of themselves (the intersection); and what is known of one part from outside is what
is known of the whole from outside and of all other parts. Everything that follows from the release about an area is the
span of the two, and a cell follows if and only if two random solutions agree on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.lattice import Bools, Ints, Lattice
from kansen.protection.audit.modular import PRIME, Rows, Span

Families = Mapping[int, Sequence[Sequence[int]]]
"""Per area the ways in which it is the sum of other areas."""


@dataclass(frozen=True)
class Follows:
    """Cells of one area that follow: `value` per group (-1 where it does not), and which other groups do, with theirs.

    `others` are numbers of groups that are published for no area: single slices of a rank, what a category leaves over.
    """

    value: Ints
    others: Ints
    other_value: Ints


Facts = Callable[[int], Rows]
"""The published rows of an area [rows, unknowns + 1]."""


def rows_of(lattice: Lattice, groups: Ints, values: Ints) -> Rows:
    """What an area tells of some groups, as rows."""
    return np.concatenate([lattice.functionals[groups], values[:, None]], axis=1)


def zero_rows(lattice: Lattice, empty: Ints) -> Rows:
    """That every part of empty groups is empty: a row per slice and rest of every axis."""
    units: list[Rows] = []
    for axis, (cube, number) in enumerate(zip(lattice.cubes, lattice.number, strict=True)):
        parts = lattice.parts[axis][np.isin(number, empty)]
        dead = np.flatnonzero(parts.any(axis=0))
        unit = np.zeros((len(dead), cube.slices.shape[1] * lattice.rests), dtype=np.int64)
        unit[np.arange(len(dead)), dead] = 1
        units.append(lattice.reduce(axis, unit))
    rows = np.concatenate(units)
    # Unit rows first: nothing is to be taken off them.
    rows = rows[np.argsort((rows != 0).sum(axis=1), kind="stable")]
    return np.concatenate([rows, np.zeros((len(rows), 1), np.int64)], axis=1)


def spans(areas: Sequence[int], families: Families, facts: Facts, unknowns: int) -> dict[int, Span]:
    """Everything that follows about each of `areas` (children before their parents, each in one family at most)."""
    own = {area: Span.empty(unknowns).plus(facts(area)) for area in areas}
    inside: dict[int, Span] = {}
    for area in areas:
        span = own[area]
        for family in families.get(area, ()):
            span = span.plus(_meet([inside[part] for part in family], unknowns).basis)
        inside[area] = span
    outside: dict[int, Span] = {}
    for area in reversed(areas):
        around = own[area].plus(outside[area].basis) if area in outside else own[area]
        ways = families.get(area, ())
        for number, family in enumerate(ways):
            whole = around
            for other, parts in enumerate(ways):
                if other != number:
                    whole = whole.plus(_meet([inside[part] for part in parts], unknowns).basis)
            for part, rest in zip(family, _all_but_one([inside[part] for part in family], unknowns), strict=True):
                outside[part] = whole if rest is None else whole.meet(rest, -1)
    return {area: inside[area].plus(outside[area].basis) if area in outside else inside[area] for area in areas}


def _meet(parts: Sequence[Span], unknowns: int) -> Span:
    """What all parts tell, of their sum."""
    ordered = sorted(parts, key=lambda span: span.rank)
    if not ordered:
        return Span.empty(unknowns)
    found = ordered[0]
    for span in ordered[1:]:
        if not found.rank:
            break
        found = found.meet(span)
    return found


def _all_but_one(parts: Sequence[Span], unknowns: int) -> list[Span | None]:
    """For every part what all others tell of their sum; None where there are no others."""
    silent = [number for number, span in enumerate(parts) if not span.rank]
    if len(parts) == 1:
        return [None]
    nothing = Span.empty(unknowns)
    if len(silent) >= 2:
        return [nothing] * len(parts)
    if len(silent) == 1:
        rest = _meet([span for number, span in enumerate(parts) if number != silent[0]], unknowns)
        return [rest if number == silent[0] else nothing for number in range(len(parts))]
    before: list[Span] = [parts[0]]
    for span in parts[1:-1]:
        before.append(before[-1].meet(span))
    after: list[Span] = [parts[-1]]
    for span in reversed(parts[1:-1]):
        after.append(after[-1].meet(span))
    after.reverse()
    found: list[Span | None] = [after[0]]
    for number in range(1, len(parts) - 1):
        found.append(before[number - 1].meet(after[number]))
    return [*found, before[-1]]


def follows(span: Span, lattice: Lattice, rng: np.random.Generator) -> Follows:
    """The groups whose number follows from a span, and the other groups of the extended lattice that do."""
    one, two = span.solution(rng), span.solution(rng)
    value = np.full(lattice.size, -1, dtype=np.int64)
    others: list[Ints] = []
    values: list[Ints] = []
    start = 0
    for axis, (tables, number) in enumerate(zip(lattice.extended, lattice.number, strict=True)):
        first, second = (_sums(lattice.expand(x, axis, PRIME), tables) for x in (one, two))
        sure = (first == second) & (first < PRIME // 2)
        members = np.ix_(*(np.arange(size) for size in lattice.cubes[axis].shape))
        own = np.where(sure, first, -1)
        value[number] = own[members].ravel()
        extra = sure.copy()
        extra[members] = False
        others.append(np.flatnonzero(extra) + start)
        values.append(first[extra])
        start += first.size
    return Follows(value, np.concatenate(others), np.concatenate(values))


def _sums(values: NDArray[np.int64], tables: Sequence[Bools]) -> NDArray[np.int64]:
    """Sums of slices and codes, modulo the prime, for every member of every dimension."""
    for axis, table in enumerate(tables):
        moved = np.moveaxis(values, axis, -1)
        values = np.moveaxis((moved @ table.T.astype(np.int64)) % PRIME, -1, axis)
    return values
