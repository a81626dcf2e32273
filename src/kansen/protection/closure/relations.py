"""What outcomes have to do with one another, as found among the children: who has one and not the other, who is known.

A *statistic* divides the children of whom something is known into those who have it and those who have not: a binary
outcome among those of whom it is known, or being known among all. Statistics that divide the same children in the same
way are one. Nobody has one and not another: then their difference is a group of children too, which may be small. What
is found here among real children holds for everybody who reasons about them, whether it is declared or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular
from scipy.sparse.csgraph import connected_components

from kansen.cohorts.declarations import Outcome
from kansen.moments.source import CohortSource

Flags = NDArray[np.bool_]

SAMPLE = 20_000
"""Children among whom sums of outcomes are looked for. What adds up among them all is found among some."""

MOST = 10
"""Other statistics that one is tried together with at most: there are 2 to that power of combinations."""

COMMON = 0.01
"""Where at least this share has the least of an amount, it counts who has more."""

CHUNK = 65_536
"""Children that are compared at a time."""


@dataclass(frozen=True)
class Chain:
    """A statistic within another: all who have `inner` are in `whole`, which is the statistic `narrow` or its rest."""

    whole: Flags
    inner: Flags
    narrow: int


@dataclass(frozen=True)
class Relations:
    """The statistics of some outcomes, numbered; flags are kept as bits, per child.

    of_outcome : the statistic of every outcome.
    has, known [statistics, bytes] : who has it, and of whom it is known. masks : per statistic the one of being known,
    None where that is everybody. amounts : which stand for an amount: who has more than most, or than the least.
    apart [2 * statistics, 2 * statistics] : which sides have nobody in common; the sides of a statistic are those who
    have it, and (after all those) those who have not. sizes : how many each side has.
    sums : the statistics that add up to one another.
    """

    rows: int
    of_outcome: dict[str, int]
    has: NDArray[np.uint8]
    known: NDArray[np.uint8]
    masks: tuple[int | None, ...]
    amounts: tuple[bool, ...]
    apart: Flags
    sizes: NDArray[np.int64]
    sums: tuple[tuple[int, ...], ...]

    @property
    def statistics(self) -> int:
        """How many there are."""
        return len(self.masks)

    def ones(self, statistic: int) -> Flags:
        """Who has it."""
        return self._unpacked(self.has[statistic])

    def observed(self, statistic: int) -> Flags:
        """Of whom it is known."""
        return self._unpacked(self.known[statistic])

    def mask_of(self, statistic: int) -> int | None:
        """The statistic of its being known; None where it is known of everybody."""
        return self.masks[statistic]

    def is_amount(self, statistic: int) -> bool:
        """Whether it stands for an amount, of which only those who have any have to be enough."""
        return self.amounts[statistic]

    def counts_everybody(self, statistic: int) -> bool:
        """Whether it stands for an amount of which everybody counts of whom it is known."""
        return self.amounts[statistic] and np.array_equal(self.has[statistic], self.known[statistic])

    def _unpacked(self, bits: NDArray[np.uint8]) -> Flags:
        return np.unpackbits(bits, count=self.rows).astype(bool)

    def chain(self, statistic: int) -> Chain | None:
        """The nearest statistic before this one that holds one side of it; both known of the same children.

        A side is within a side of another when it has nobody in common with the other side of that.
        """
        count, found = self.statistics, []
        for inner in (statistic, statistic + count):
            for other in self._before[statistic]:
                if self.masks[other] != self.masks[statistic]:
                    continue
                for side in (other, other + count):
                    if self.apart[inner, (side + count) % (2 * count)]:
                        found.append((int(self.sizes[side] - self.sizes[inner]), inner, side))
        if not found:
            return None
        _, inner, side = min(found)
        return Chain(self._side(side), self._side(inner), side % count)

    def derived(self, statistic: int) -> list[Flags]:
        """The groups of children that follow from this statistic and those before it that it has to do with.

        What is told of several statistics in one cell tells every sum and difference of them. Children who have the
        same of all of them are one class; what follows is every union of classes whose indicator is a combination of
        the indicators of the statistics. Of those that need this statistic the smallest are given: no other is smaller.
        """
        told = self._near(statistic)
        if not told:
            return []
        vectors = [np.ones(self.rows, bool), *map(self.ones, self._with_masks(statistic, told)), self.ones(statistic)]
        codes = np.zeros(self.rows, np.int64)
        for vector in vectors:
            codes = 2 * codes + vector
        classes, of_child = np.unique(codes, return_inverse=True)
        member = (classes[None] >> np.arange(len(vectors) - 1, -1, -1)[:, None]) & 1
        found = [own for own in unions(member) if not in_rows(own, member[:-1])]
        smallest = [own for own in found if not any((other <= own).all() and (other < own).any() for other in found)]
        return [own.astype(bool)[of_child] for own in smallest]

    def _with_masks(self, statistic: int, told: Sequence[int]) -> list[int]:
        """Some statistics, and before them those of their being known."""
        masks = [self.masks[one] for one in (*told, statistic)]
        return list(dict.fromkeys([*(mask for mask in masks if mask is not None), *told]))

    def _near(self, statistic: int) -> list[int]:
        """The statistics before this one that hang together with it, the nearest first, not more than can be tried."""
        near: list[int] = []
        rim = [statistic]
        while rim:
            rim = [
                other
                for other in self._before[statistic]
                if other not in near and any(self.related[one, other] for one in rim)
            ]
            near += rim
        while len(self._with_masks(statistic, near)) > MOST:
            near.pop()
        return near

    @cached_property
    def _before(self) -> dict[int, list[int]]:
        """The statistics of the same family that are settled before each one; of amounts, none count."""
        before: dict[int, list[int]] = {}
        for stage in self.stages:
            for family in stage:
                for one in family:
                    early = [other for other in before if self._family[other] == self._family[one]]
                    before[one] = [other for other in early if not (self.amounts[one] or self.amounts[other])]
        return before

    def _side(self, side: int) -> Flags:
        statistic = side % self.statistics
        ones = self.ones(statistic)
        return ones if side < self.statistics else self.observed(statistic) & ~ones

    @cached_property
    def related(self) -> Flags:
        """Which statistics have a side each with nobody in common, or add up to others; not those that follow."""
        count = self.statistics
        found: Flags = np.any(self.apart.reshape(2, count, 2, count), axis=(0, 2))
        for one, mask in enumerate(self.masks):
            if mask is None:
                continue
            # Who has an outcome is among those of whom it is known, and so apart from all that they are apart from.
            found[one, mask] = found[mask, one] = False
            for other in range(count):
                trivial = [side for side in (other, other + count) if self.apart[mask, side]]
                own = [side for side in (other, other + count) if self.apart[[one, one + count], side].any()]
                if set(own) <= set(trivial):
                    found[one, other] = found[other, one] = False
        for same in self.sums:
            for one in same:
                found[one, list(same)] = True
        np.fill_diagonal(found, False)
        return found

    @cached_property
    def _family(self) -> NDArray[np.int32]:
        """The number of the family of each statistic."""
        return connected_components(self.related, directed=False)[1]

    @cached_property
    def stages(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Families to be settled: first what is about all children, then what is about those of whom it is known."""
        # The larger the smaller side, the more can be told: those go first.
        side = np.minimum(self.sizes[: self.statistics], self.sizes[self.statistics :])
        stages: tuple[dict[int, list[int]], ...] = ({}, {})
        for one in np.argsort(-side, kind="stable").tolist():
            stages[self.masks[one] is not None].setdefault(int(self._family[one]), []).append(one)
        return tuple(tuple(tuple(members) for members in stage.values()) for stage in stages)

    def adding_up(self, family: Sequence[int]) -> list[tuple[int, ...]]:
        """The statistics of a family that add up to one another."""
        return [same for same in self.sums if set(same) <= set(family)]


def relate(source: CohortSource, outcomes: Iterable[Outcome]) -> Relations:
    """Find the statistics of outcomes and what they have to do with one another."""
    found = _Found(source.rows)
    of_outcome = {outcome.id: found.add(outcome, source.outcome(outcome)) for outcome in outcomes}
    bits, observed = np.stack(found.has), np.stack(found.known)
    count, rows = len(bits), source.rows
    together = np.zeros((2 * count, 2 * count))
    for start in range(0, bits.shape[1], CHUNK // 8):
        at = slice(start, start + CHUNK // 8)
        size = min(CHUNK, rows - 8 * start)
        ones = np.unpackbits(bits[:, at], axis=1, count=size)
        zeros = np.unpackbits(observed[:, at] & ~bits[:, at], axis=1, count=size)
        sides = np.vstack([ones, zeros]).astype(np.float32)
        together += sides @ sides.T
    sizes = np.diag(together).astype(np.int64)
    # The two sides of one statistic have nobody in common, nor has nobody with anybody: that says nothing.
    apart = (together == 0) & (sizes[:, None] > 0) & (sizes[None] > 0)
    at = np.arange(count)
    apart[at, at + count] = apart[at + count, at] = False
    return Relations(
        rows, of_outcome, bits, observed, tuple(found.masks), tuple(found.amounts), apart, sizes, found.sums()
    )


class _Found:
    """The statistics found so far, each named by how it divides whom."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.has: list[NDArray[np.uint8]] = []
        self.known: list[NDArray[np.uint8]] = []
        self.masks: list[int | None] = []
        self.amounts: list[bool] = []
        self._numbers: dict[bytes, int] = {}
        self._everybody = np.packbits(np.ones(rows, bool))
        self._sample = np.sort(np.random.default_rng(0).permutation(rows)[:SAMPLE])
        self._values: list[tuple[int, NDArray[np.float64]]] = []

    def add(self, outcome: Outcome, values: NDArray[np.float64]) -> int:
        """The statistic of an outcome."""
        observed = ~np.isnan(values)
        bits = np.packbits(observed)
        mask = None if np.array_equal(bits, self._everybody) else self._number(bits, self._everybody, None, False)
        if mask is not None:
            self._values.append((mask, observed[self._sample].astype(float)))
        ones, amount = (values == 1, False) if outcome.kind == "binary" else _more(values, observed)
        found = self._number(np.packbits(ones), bits, mask, amount)
        self._values.append((found, ones[self._sample].astype(float)))
        if outcome.kind != "binary":
            self._values.append((found, np.nan_to_num(values[self._sample])))
        return found

    def _number(self, ones: NDArray[np.uint8], observed: NDArray[np.uint8], mask: int | None, amount: bool) -> int:
        # Having it and not having it is one division: both name it.
        names = sorted(hashlib.blake2b(bits.tobytes(), digest_size=16).digest() for bits in (ones, observed & ~ones))
        name = b"".join((*names, f"{mask} {amount}".encode()))
        if name not in self._numbers:
            self._numbers[name] = len(self.has)
            self.has.append(ones)
            self.known.append(observed)
            self.masks.append(mask)
            self.amounts.append(amount)
        return self._numbers[name]

    def sums(self) -> tuple[tuple[int, ...], ...]:
        """The statistics of which some combination is the same for all children: those of each that hang together.

        Amounts count with their values. What adds up among all children is found among some.
        """
        owners = [-1, *(owner for owner, _ in self._values)]
        vectors = np.array([np.ones(len(self._sample)), *(vector for _, vector in self._values)])
        size = np.abs(vectors).max(axis=1)
        vectors = vectors / np.where(size > 0, size, 1)[:, None]
        decomposed: Any = qr(vectors.T, mode="r", pivoting=True)
        r, order = decomposed
        depth = np.abs(np.diag(r))
        rank = int((depth > 1e-9 * depth[0]).sum())
        shares = solve_triangular(r[:rank, :rank], r[:rank, rank:])
        found: list[set[int]] = []
        for number, column in enumerate(shares.T):
            parts = [order[rank + number], *order[:rank][np.abs(column) > 1e-7]]
            # Everybody is told anyway, and what is the same as one other statistic says nothing new.
            named = {owners[part] for part in parts} - {-1}
            if not named:
                continue
            touching = [group for group in found if group & named]
            found = [group for group in found if not group & named]
            found.append(named.union(*touching))
        return tuple(tuple(sorted(group)) for group in found if len(group) > 1)


def _more(values: NDArray[np.float64], observed: NDArray[np.bool_]) -> tuple[Flags, bool]:
    """Of an amount: who has something else than most, or more than the least; and whether only they have to be enough.

    With two values it is a binary outcome in other words. With none that many children have, everybody counts.
    """
    known = values[observed]
    if not len(known):
        return observed, True
    usual = float(np.partition(known, len(known) // 2)[len(known) // 2])
    if (known == usual).mean() < 0.5:
        usual = float(known.min())
        if (known == usual).mean() < COMMON:
            return observed, True
    ones = observed & (values != usual)
    other = values[ones]
    return ones, not (len(other) and other.min() == other.max())


def unions(member: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Every union of classes (not none) whose indicator is a combination of the rows of `member` [vectors, classes].

    A combination is fixed by its values on as many classes as the rows are independent: all zeros and ones are tried.

    >>> member = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0]])      # everybody, and two who exclude one another
    >>> [one.tolist() for one in unions(member)]
    [[0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]]
    """
    reduced, pivots = _reduced(member)
    rank = len(pivots)
    tried = (np.arange(1, 2**rank)[:, None] >> np.arange(rank - 1, -1, -1)[None]) & 1
    values = tried @ reduced
    whole = np.round(values)
    fits = (np.abs(values - whole) < 1e-9).all(axis=1) & ((whole == 0) | (whole == 1)).all(axis=1)
    return list(whole[fits].astype(np.int64))


def in_rows(vector: NDArray[np.int64], member: NDArray[np.int64]) -> bool:
    """Whether a vector is a combination of rows."""
    reduced, pivots = _reduced(member)
    return bool(np.abs(vector - vector[pivots] @ reduced).max(initial=0) < 1e-9)


def _reduced(member: NDArray[np.int64]) -> tuple[NDArray[np.float64], list[int]]:
    """The rows in reduced echelon form, those that are zero left out, and their pivots."""
    rows, pivots = member.astype(float), []
    for column in range(rows.shape[1]):
        done = len(pivots)
        if done == len(rows):
            break
        best = done + int(np.argmax(np.abs(rows[done:, column])))
        if abs(rows[best, column]) < 1e-9:
            continue
        rows[[done, best]] = rows[[best, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= rows[others, column][:, None] * rows[done]
        pivots.append(column)
    return rows[: len(pivots)], pivots
