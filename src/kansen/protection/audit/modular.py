"""Linear algebra modulo a large prime: exact, where floating point cannot say whether a rank is full.

A row is a linear functional of the unknown counts of an area, followed by its published value. What is in the span of
rows over the rationals is in their span modulo the prime (2**31 - 1) but for coincidences of that order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

PRIME = 2**31 - 1

Rows = NDArray[np.int64]


@njit(nogil=True, cache=True)
def _inverse(value: int) -> int:
    result, base, power = 1, value, 2147483645
    while power:
        if power & 1:
            result = result * base % 2147483647
        base = base * base % 2147483647
        power >>= 1
    return result


@njit(nogil=True, cache=True)
def _insert(basis, pivots, rank, rows, unknowns):  # type: ignore[no-untyped-def]
    """Add rows to a basis in place; basis row k has zeros at the pivots of rows before it. Gives rank and whether a row
    contradicts the others (no functional is left, but a value).
    """
    width = rows.shape[1]
    broken = False
    for i in range(rows.shape[0]):
        row = rows[i] % 2147483647
        for k in range(rank):
            factor = row[pivots[k]]
            if factor:
                factor = 2147483647 - factor
                for c in range(width):
                    if basis[k, c]:
                        row[c] = (row[c] + factor * basis[k, c]) % 2147483647
        pivot = -1
        for c in range(unknowns):
            if row[c]:
                pivot = c
                break
        if pivot < 0:
            for c in range(unknowns, width):
                if row[c]:
                    broken = True
            continue
        factor = _inverse(row[pivot])
        for c in range(width):
            basis[rank, c] = row[c] * factor % 2147483647
        pivots[rank] = pivot
        rank += 1
    return rank, broken


@njit(nogil=True, cache=True)
def _solve(basis, pivots, rank, start):  # type: ignore[no-untyped-def]
    """The solution of all rows that has the values of `start` where no row decides."""
    x = start.copy()
    unknowns = len(x)
    for back in range(rank):
        k = rank - 1 - back
        total = basis[k, unknowns]
        for c in range(unknowns):
            if basis[k, c] and c != pivots[k]:
                total = (total + (2147483647 - basis[k, c]) * x[c]) % 2147483647
        x[pivots[k]] = total
    return x


@njit(nogil=True, cache=True)
def _reduce(basis, pivots, rank, rows):  # type: ignore[no-untyped-def]
    """Rows less what the basis says of them, in place."""
    width = rows.shape[1]
    for i in range(rows.shape[0]):
        for k in range(rank):
            factor = rows[i, pivots[k]]
            if factor:
                factor = 2147483647 - factor
                for c in range(width):
                    if basis[k, c]:
                        rows[i, c] = (rows[i, c] + factor * basis[k, c]) % 2147483647


@njit(nogil=True, cache=True)
def _dependent(rows, carried, unknowns):  # type: ignore[no-untyped-def]
    """Combinations of rows that vanish on the first `unknowns` columns: the same combinations of `carried`."""
    count = rows.shape[0]
    pivots = np.empty(count, np.int64)
    order = np.empty(count, np.int64)
    rank = 0
    out = np.empty_like(carried)
    found = 0
    for i in range(count):
        for j in range(rank):
            k = order[j]
            factor = rows[i, pivots[j]]
            if factor:
                factor = 2147483647 - factor
                for c in range(rows.shape[1]):
                    if rows[k, c]:
                        rows[i, c] = (rows[i, c] + factor * rows[k, c]) % 2147483647
                for c in range(carried.shape[1]):
                    if carried[k, c]:
                        carried[i, c] = (carried[i, c] + factor * carried[k, c]) % 2147483647
        pivot = -1
        for c in range(unknowns):
            if rows[i, c]:
                pivot = c
                break
        if pivot < 0:
            out[found] = carried[i]
            found += 1
            continue
        factor = _inverse(rows[i, pivot])
        for c in range(rows.shape[1]):
            rows[i, c] = rows[i, c] * factor % 2147483647
        for c in range(carried.shape[1]):
            carried[i, c] = carried[i, c] * factor % 2147483647
        pivots[rank] = pivot
        order[rank] = i
        rank += 1
    return out[:found]


@dataclass
class Span:
    """What is known of an area: independent rows [rank, unknowns + 1], their pivots, and whether they contradict.

    `dead` unknowns are known to be zero; no row speaks of them.
    """

    basis: Rows
    pivots: Rows
    broken: bool = False
    dead: NDArray[np.int64] | None = None

    @classmethod
    def empty(cls, unknowns: int) -> Span:
        """Nothing is known."""
        return cls(np.zeros((0, unknowns + 1), np.int64), np.zeros(0, np.int64))

    @property
    def rank(self) -> int:
        """How many independent facts."""
        return len(self.pivots)

    def plus(self, rows: Rows) -> Span:
        """The span with more rows [rows, unknowns + 1]."""
        if not len(rows):
            return self
        unknowns = self.basis.shape[1] - 1
        room = min(self.rank + len(rows), unknowns)
        basis = np.zeros((room + 1, unknowns + 1), dtype=np.int64)
        pivots = np.zeros(room + 1, dtype=np.int64)
        basis[: self.rank], pivots[: self.rank] = self.basis, self.pivots
        rank, broken = _insert(basis, pivots, self.rank, rows, unknowns)
        return Span(basis[:rank], pivots[:rank], self.broken or bool(broken))

    def with_zeros(self, rows: Rows) -> Span:
        """The span with rows that say that something is zero; unknowns that are zero by themselves are taken out."""
        single = (rows != 0).sum(axis=1) == 1
        dead = np.flatnonzero(rows[single].any(axis=0))
        left = np.concatenate([rows[~single], self.basis])
        left[:, dead] = 0
        found = Span.empty(self.basis.shape[1] - 1).plus(left)
        return Span(found.basis, found.pivots, found.broken or self.broken, dead)

    def solution(self, rng: np.random.Generator) -> Rows:
        """A solution that is random wherever the rows leave freedom: [unknowns]."""
        start = rng.integers(0, PRIME, self.basis.shape[1] - 1)
        if self.dead is not None:
            start[self.dead] = 0
        return _solve(self.basis, self.pivots, self.rank, start)

    def meet(self, other: Span, sign: int = 1) -> Span:
        """What both know: functionals in both spans; the value is this one's plus `sign` times the other's."""
        one, two = (self, other) if self.rank <= other.rank else (other, self)
        if not one.rank:
            return Span.empty(self.basis.shape[1] - 1)
        unknowns = self.basis.shape[1] - 1
        reduced = one.basis.copy()
        reduced[:, unknowns] = 0
        _reduce(two.basis, two.pivots, two.rank, reduced)
        theirs = (PRIME - reduced[:, unknowns]) % PRIME  # the value of what was taken off
        mine = one.basis[:, unknowns]
        value = mine + sign * theirs if one is self else theirs + sign * mine
        carried = np.concatenate([one.basis[:, :unknowns], (value % PRIME)[:, None]], axis=1)
        # A value stays with its functional only where nothing is left of it: `theirs` is that of the part in the span.
        found = _dependent(reduced[:, :unknowns].copy(), carried, unknowns)
        return Span.empty(unknowns).plus(found)
