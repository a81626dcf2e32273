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

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.moments.source import CohortSource
from kansen.protection.closure.kernels import P

Flags = NDArray[np.bool_]

SAMPLE = 20_000
"""Children among whom sums of outcomes are looked for. What adds up among them all is found among some."""

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

    of_outcome : the statistic of every outcome; None for one that is known of everybody and is not binary.
    has, known [statistics, bytes] : who has it, and of whom it is known. masks : per statistic the one of being known,
    None where that is everybody. apart [2 * statistics, 2 * statistics] : which sides have nobody in common; the sides
    of a statistic are those who have it, and (after all those) those who have not.
    stages : families of statistics, to be settled stage after stage; those of one family one after the other.
    sums : the statistics that add up to one another.
    """

    rows: int
    of_outcome: dict[str, int | None]
    has: NDArray[np.uint8]
    known: NDArray[np.uint8]
    masks: tuple[int | None, ...]
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

    def _unpacked(self, bits: NDArray[np.uint8]) -> Flags:
        return np.unpackbits(bits, count=self.rows).astype(bool)

    def implied(self, statistic: int, settled: frozenset[int]) -> tuple[Chain | None, list[Flags]]:
        """The nearest settled statistic that holds one side of this one, and what lies between it and the others.

        A side is within a side of another when it has nobody in common with the other side of that.
        """
        count, found = self.statistics, []
        for inner in (statistic, statistic + count):
            for other in settled:
                if self.masks[other] != self.masks[statistic]:
                    continue
                for side in (other, other + count):
                    beyond = (side + count) % (2 * count)
                    if self.apart[inner, beyond]:
                        found.append((int(self.sizes[side] - self.sizes[inner]), inner, side))
        if not found:
            return None, []
        found.sort()
        _, inner, side = found[0]
        chain = Chain(self._side(side), self._side(inner), side % count)
        return chain, [self._side(side) & ~self._side(inner) for _, inner, side in found[1:]]

    def _side(self, side: int) -> Flags:
        statistic = side % self.statistics
        ones = self.ones(statistic)
        return ones if side < self.statistics else self.observed(statistic) & ~ones

    @cached_property
    def stages(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Families to be settled: first what is about all children, then what is about those of whom it is known."""
        count = self.statistics
        joined = list(range(count))

        def root(one: int) -> int:
            while joined[one] != one:
                one = joined[one]
            return one

        related = self.apart[:count] | self.apart[count:]
        related = related[:, :count] | related[:, count:]
        for one, other in zip(*np.nonzero(np.triu(related, 1)), strict=True):
            if self.masks[one] == self.masks[other]:
                joined[root(int(other))] = root(int(one))
        for same in self.sums:
            for other in same[1:]:
                joined[root(other)] = root(same[0])
        families: dict[int, list[int]] = {}
        # The larger the smaller side, the more can be told: those go first.
        side = np.minimum(self.sizes[:count], self.sizes[count:])
        for one in np.argsort(-side, kind="stable").tolist():
            families.setdefault(root(one), []).append(one)
        early = [tuple(sorted(family, key=self._late)) for family in families.values()]
        masks = {mask for mask in self.masks if mask is not None}
        first = [family for family in early if all(self.masks[one] is None for one in family) or masks & set(family)]
        return tuple(first), tuple(family for family in early if family not in first)

    def _late(self, statistic: int) -> int:
        return self.masks[statistic] is not None

    def adding_up(self, family: Sequence[int]) -> list[tuple[int, ...]]:
        """The statistics of a family that add up to one another."""
        return [same for same in self.sums if set(same) <= set(family)]


def relate(source: CohortSource, outcomes: Iterable[Outcome]) -> Relations:
    """Find the statistics of outcomes and what they have to do with one another."""
    has: list[NDArray[np.uint8]] = []
    known: list[NDArray[np.uint8]] = []
    masks: list[int | None] = []
    numbers: dict[bytes, int] = {}
    everybody = np.packbits(np.ones(source.rows, bool))

    def number(ones: NDArray[np.uint8], observed: NDArray[np.uint8], mask: int | None) -> int:
        # Having it and not having it is one division: both name it.
        names = sorted(hashlib.blake2b(bits.tobytes(), digest_size=16).digest() for bits in (ones, observed & ~ones))
        name = b"".join((*names, str(mask).encode()))
        if name not in numbers:
            numbers[name] = len(has)
            has.append(ones)
            known.append(observed)
            masks.append(mask)
        return numbers[name]

    of_outcome: dict[str, int | None] = {}
    for outcome in outcomes:
        values = source.outcome(outcome)
        observed = np.packbits(~np.isnan(values))
        mask = None if np.array_equal(observed, everybody) else number(observed, everybody, None)
        if outcome.kind == "binary":
            of_outcome[outcome.id] = number(np.packbits(values == 1), observed, mask)
        else:
            of_outcome[outcome.id] = mask
    rows = source.rows
    if not has:
        nothing = np.zeros((0, 0), np.uint8)
        return Relations(rows, of_outcome, nothing, nothing, (), np.zeros((0, 0), bool), np.zeros(0, np.int64), ())
    bits, observed = np.stack(has), np.stack(known)
    together = np.zeros((2 * len(has), 2 * len(has)))
    for start in range(0, bits.shape[1], CHUNK // 8):
        at = slice(start, start + CHUNK // 8)
        size = min(CHUNK, rows - 8 * start)
        ones = np.unpackbits(bits[:, at], axis=1, count=size)
        zeros = np.unpackbits(observed[:, at] & ~bits[:, at], axis=1, count=size)
        sides = np.vstack([ones, zeros]).astype(np.float32)
        together += sides @ sides.T
    apart = together == 0
    # The two sides of one statistic have nobody in common, which says nothing.
    count = len(has)
    at = np.arange(count)
    apart[at, at + count] = apart[at + count, at] = False
    sizes = np.diag(together).astype(np.int64)
    return Relations(rows, of_outcome, bits, observed, tuple(masks), apart, sizes, _sums(bits, rows))


def _sums(bits: NDArray[np.uint8], rows: int) -> tuple[tuple[int, ...], ...]:
    """The statistics of which some combination is the same for all children: those of each that hang together."""
    chosen = np.random.default_rng(0).permutation(rows)[:SAMPLE]
    chosen.sort()
    flags = np.unpackbits(bits, axis=1, count=rows)[:, chosen].astype(np.int64)
    vectors = np.vstack([np.ones(len(chosen), np.int64), flags])
    count = len(vectors)
    weights = np.random.default_rng(1).integers(1, P, (len(chosen), count + 8))
    # Sums of at most 20,000 residues below 2**31 fit 64 bits.
    matrix = np.hstack([(vectors @ weights) % P, np.eye(count, dtype=np.int64)])
    width, done = count + 8, 0
    for column in range(width):
        pivot = next((row for row in range(done, count) if matrix[row, column]), None)
        if pivot is None:
            continue
        matrix[[done, pivot]] = matrix[[pivot, done]]
        matrix[done] = matrix[done] * pow(int(matrix[done, column]), P - 2, P) % P
        for row in range(count):
            if row != done and matrix[row, column]:
                matrix[row] = (matrix[row] + (P - matrix[row, column]) * matrix[done]) % P
        done += 1
        if done == count:
            break
    found: list[set[int]] = []
    for combination in matrix[done:, width:]:
        # The first vector is everybody, who is told anyway.
        named = {int(one) - 1 for one in np.flatnonzero(combination) if one}
        touching = [group for group in found if group & named]
        found = [group for group in found if not group & named]
        found.append(named.union(*touching))
    return tuple(tuple(sorted(group)) for group in found if len(group) > 1)
