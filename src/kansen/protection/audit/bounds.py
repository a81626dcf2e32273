"""What follows from sums of counts: the least and the most that every cell can be.

Every cell of [areas, groups] has a lower and an upper bound. A whole that is known, less what its other parts are at
least, bounds a part from above, and so on around; this is repeated until nothing more follows. Where the bounds meet,
the count is certain. This holds differencing, empty remainders and "what is absent is below ten" in one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kansen.protection.audit.lattice import Bools, Equations, Ints
from kansen.protection.audit.regions import Nesting

NO_LIMIT = np.int32(1 << 29)
ROUNDS = 40
"""Bounds that keep creeping are left after so many turns: what is certain by then is certain."""

Counts = NDArray[np.int32]


@njit(nogil=True, cache=True)
def _settle(lo, hi, members, whole, exact, limit):  # type: ignore[no-untyped-def]
    """Apply one sum to the bounds in place; members[0..] are places of its parts. Gives 1 when a bound moved, else 0,
    and -1 when the bounds contradict each other.
    """
    least, most, endless = 0, 0, 0
    for m in members:
        least += lo[m]
        if hi[m] >= limit:
            endless += 1
        else:
            most += hi[m]
    moved = 0
    if least > lo[whole]:
        lo[whole] = least
        moved = 1
    if exact and endless == 0 and most < hi[whole]:
        hi[whole] = most
        moved = 1
    if lo[whole] > hi[whole]:
        return -1
    if hi[whole] < limit:
        for m in members:
            room = hi[whole] - (least - lo[m])
            if room < hi[m]:
                if room < lo[m]:
                    return -1
                if hi[m] >= limit:
                    endless -= 1
                    most += room
                else:
                    most += room - hi[m]
                hi[m] = room
                moved = 1
    if exact and lo[whole] > 0 and endless <= 1:
        for m in members:
            if endless == 1 and hi[m] < limit:
                continue
            others = most if endless == 1 else most - hi[m]
            need = lo[whole] - others
            if need > lo[m]:
                if need > hi[m]:
                    return -1
                lo[m] = need
                moved = 1
    return moved


@njit(nogil=True, cache=True)
def tighten_groups(lo, hi, fresh, broken, whole, start, part, exact, of_start, of_group, limit, rounds):  # type: ignore[no-untyped-def]
    """Sums of groups in every area that has something fresh [areas]; `broken` areas are left. Gives the changes."""
    count = len(whole)
    waiting = np.empty(count, np.bool_)
    changed = 0
    for area in range(lo.shape[0]):
        if not fresh[area] or broken[area]:
            continue
        low, high = lo[area], hi[area]
        for e in range(count):
            waiting[e] = True
        for _ in range(rounds):
            more = 0
            for e in range(count):
                if not waiting[e]:
                    continue
                waiting[e] = False
                members = part[start[e] : start[e + 1]]
                if high[whole[e]] >= limit:
                    known = False
                    for m in members:
                        if low[m] > 0:
                            known = True
                            break
                    if not known:
                        continue
                moved = _settle(low, high, members, whole[e], exact[e], limit)
                if moved < 0:
                    broken[area] = True
                    break
                if moved > 0:
                    more += 1
                    for k in range(of_start[whole[e]], of_start[whole[e] + 1]):
                        waiting[of_group[k]] = True
                    for m in members:
                        for k in range(of_start[m], of_start[m + 1]):
                            waiting[of_group[k]] = True
                    waiting[e] = False
            if more == 0 or broken[area]:
                break
            changed += more
    return changed


@njit(nogil=True, cache=True)
def tighten_levels(lo, hi, fresh, moved_areas, broken, parent, start, child, closed, limit):  # type: ignore[no-untyped-def]
    """Every group of every parent that is fresh (or has a fresh child) against its children; gives the changes."""
    changed = 0
    most = 1
    for p in range(len(parent)):
        most = max(most, start[p + 1] - start[p] + 1)
    low, high = np.empty(most, lo.dtype), np.empty(most, hi.dtype)
    places = np.arange(1, most)
    for p in range(len(parent)):
        own, first, last = parent[p], start[p], start[p + 1]
        if first == last:
            continue
        usable, wanted = not broken[own], fresh[own]
        for k in range(first, last):
            usable = usable and not broken[child[k]]
            wanted = wanted or fresh[child[k]]
        if not (usable and wanted):
            continue
        count = last - first
        for g in range(lo.shape[1]):
            low[0], high[0] = lo[own, g], hi[own, g]
            known = high[0] < limit
            for k in range(count):
                low[k + 1], high[k + 1] = lo[child[first + k], g], hi[child[first + k], g]
                known = known or low[k + 1] > 0
            if not known:
                continue
            moved = _settle(low, high, places[:count], 0, closed[p], limit)
            if moved <= 0:
                continue
            changed += 1
            if low[0] != lo[own, g] or high[0] != hi[own, g]:
                lo[own, g], hi[own, g] = low[0], high[0]
                moved_areas[own] = True
            for k in range(count):
                area = child[first + k]
                if low[k + 1] != lo[area, g] or high[k + 1] != hi[area, g]:
                    lo[area, g], hi[area, g] = low[k + 1], high[k + 1]
                    moved_areas[area] = True
    return changed


@dataclass
class Bounds:
    """The least and the most of every cell [areas, groups]; areas whose figures contradict the sums are `broken`."""

    lo: Counts
    hi: Counts
    broken: Bools

    @classmethod
    def of(cls, areas: int, groups: int, area: Ints, group: Ints, value: Ints) -> Bounds:
        """Counts that are known, and nothing of the others."""
        lo = np.zeros((areas, groups), dtype=np.int32)
        hi = np.full((areas, groups), NO_LIMIT, dtype=np.int32)
        lo[area, group] = value
        hi[area, group] = value
        return cls(lo, hi, np.zeros(areas, dtype=bool))

    @property
    def certain(self) -> Bools:
        """Which cells can only be one number."""
        return (self.lo == self.hi) & ~self.broken[:, None]

    def touched(self) -> Bools:
        """Areas of which anything is known."""
        return np.asarray((self.lo > 0).any(axis=1) | (self.hi < NO_LIMIT).any(axis=1))

    def settle(self, rules: Equations, nests: list[tuple[Nesting, Bools]], fresh: Bools | None = None) -> None:
        """Tighten all bounds until nothing more follows from the sums of groups and, where given, of areas.

        nests : pairs of levels with the parents that are complete. fresh : areas where something is new.
        """
        of_start, of_group = rules.of_group(self.lo.shape[1])
        now = self.touched() if fresh is None else fresh.copy()
        for _ in range(ROUNDS):
            tighten_groups(
                self.lo, self.hi, now, self.broken, rules.whole, rules.start, rules.part, rules.exact, of_start,
                of_group, NO_LIMIT, ROUNDS,
            )  # fmt: skip
            moved = np.zeros(len(now), dtype=bool)
            for nest, closed in nests:
                tighten_levels(
                    self.lo, self.hi, now | moved, moved, self.broken, nest.parent, nest.start, nest.child, closed,
                    NO_LIMIT,
                )  # fmt: skip
            if not moved.any():
                return
            now = moved
