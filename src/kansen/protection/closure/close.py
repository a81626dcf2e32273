"""Which cells of the spine may be told exactly, for all outcomes and grids together.

The number of children of a group is decided first, once for all outcomes. Then every *statistic* of the outcomes is:
who has a binary outcome, and of whom an outcome is known at all. Statistics that say the same of everybody are one.
What is true of the children that the outcomes are about (one outcome implies another, three outcomes add up) is found
in the data, not taken from declarations.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.geography import Areas
from kansen.moments import Prepared
from kansen.progress import Progress, Quiet
from kansen.protection.closure.absorbers import choose_absorbers, largest_within
from kansen.protection.closure.kernels import EXTRA, randoms, room_of, see, star
from kansen.protection.closure.lattice import Lattice
from kansen.protection.closure.people import SPINE, People, gather
from kansen.protection.closure.regions import (
    Around,
    Counts,
    Known,
    Result,
    Tree,
    close_regions,
    look_around,
    telling_silence,
)
from kansen.protection.closure.relations import Relations, relate
from kansen.protection.closure.rests import failing_rests
from kansen.protection.closure.spine import Spine

SEED = 20_231_101
"""Any number: what is published does not depend on it but for one chance in two thousand million per test."""

ROWS = 400
"""Independent rows that one region publishes at most."""

AT_ONCE = 8
"""Where a region gives a silent part away, it publishes this share of its rows less, and is looked at again."""

Bytes = NDArray[np.uint8]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pattern:
    """What is published of one statistic: flags [regions, groups], and the independent groups of every region.

    own [regions, room], own_count [regions] : the groups, in the order in which they were taken.
    """

    published: Bytes
    own: Shorts
    own_count: Shorts


@dataclass(frozen=True)
class Closed:
    """Which cells may be told exactly.

    outcomes : per outcome the flags [regions, groups], as bits. See `exact`.
    """

    people: People
    outcomes: Mapping[str, Bytes]
    everybody: Bytes

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels with exact figures, from large to small."""
        return self.people.spine.levels

    def silent(self, areas: Areas) -> dict[str, list[str]]:
        """The ids of the two areas that stay silent within each area; none where nothing in it is told exactly."""
        return self.people.spine.named(areas)

    def exact(self, outcome: str, level: str, grid: int) -> Flags:
        """The cells of an outcome that may be told exactly, bool [areas of the level, groups of the grid]."""
        return self._unpacked(self.outcomes[outcome], level, grid)

    def counted(self, level: str, grid: int) -> Flags:
        """The cells whose number of children may be told exactly."""
        return self._unpacked(self.everybody, level, grid)

    def _unpacked(self, bits: Bytes, level: str, grid: int) -> Flags:
        lattice = self.people.lattice
        rows = bits[self.people.spine.level_of(level)]
        return np.unpackbits(rows, axis=1, count=lattice.groups)[:, lattice.of_grid(grid)].astype(bool)


def close(
    prepared: Sequence[Prepared],
    outcomes: Sequence[Outcome],
    *,
    least: int = 10,
    attributes: int = 4,
    spine: Sequence[str] = SPINE,
    silent: Mapping[str, Sequence[str]] | None = None,
    beside: Sequence[str] = (),
    threads: int | None = None,
    progress: Progress | None = None,
) -> Closed:
    """Choose the cells of the outcomes of a cohort (all of one basis) that may be told exactly.

    prepared : the cohort for every grid. least : children, ones and zeros that every told and every derived cell needs.
    attributes : groups that differ from everybody in more attributes than this are not told exactly. silent : who
    stayed silent within each region in an earlier release (`Closed.silent`); it stays so. beside : levels that are told
    with noise; of their areas, what the exact figures within them leave over has to be enough.
    """
    people = gather(prepared, spine)
    source = prepared[0].source
    work = _Work(people, prepared[0].areas, least, attributes, silent or {}, beside)
    counted = work.decide([work.n], 0, np.ones((work.regions, work.groups), bool))
    relations = relate(source, outcomes)
    found: dict[str, Bytes] = {}
    patterns: dict[int, Pattern] = {}

    def settle(family: Sequence[int]) -> None:
        for statistic in family:
            patterns[statistic] = work.statistic(relations, statistic, patterns, counted)
        work.share(relations, family, patterns, counted)

    with (
        (progress or Quiet()).task("Closing", relations.statistics, "statistics") as task,
        ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool,
    ):  # fmt: skip
        for stage in relations.stages:
            for _, family in zip(pool.map(settle, stage), stage, strict=True):
                task.advance(len(family))
    for outcome in outcomes:
        pattern = patterns[relations.of_outcome[outcome.id]]
        found[outcome.id] = np.packbits(pattern.published, axis=1)
    return Closed(replace(people, spine=work.spine), found, np.packbits(counted.published, axis=1))


class _Work:
    """What all statistics of a cohort share."""

    def __init__(
        self,
        people: People,
        areas: Areas,
        least: int,
        attributes: int,
        silent: Mapping[str, Sequence[str]],
        beside: Sequence[str],
    ) -> None:
        self.people, self.least = people, least
        self.lattice: Lattice = people.lattice
        self.n = self.table(np.ones(len(people.atoms[0]), bool))
        self.allowed = self.lattice.plan.attributes <= attributes
        kept = people.spine.numbered(silent, areas)
        chosen = choose_absorbers(self.lattice, people.spine, self.n, self.allowed, least, kept)
        self.spine: Spine = people.spine.with_absorbers(chosen)
        self.unions = self.spine.unions(beside, areas)
        self.prints, self.around = self._fingerprints(), self._look_around()

    @property
    def regions(self) -> int:
        return self.spine.regions

    @property
    def groups(self) -> int:
        return self.lattice.groups

    def table(self, chosen: Flags) -> Shorts:
        """Children `chosen` per atom of every region."""
        lattice = self.lattice
        return self.people.spine.count(self.people.atoms, lattice.atoms, lattice.plan.first_atom.tolist(), chosen)

    @cached_property
    def tree(self) -> Tree:
        """The regions, as the kernel takes them."""
        of = self.spine
        return Tree(of.parent, of.absorbers, largest_within(of, self.n), of.children_start, of.children)

    def _look_around(self) -> Around:
        regions = self.regions
        out = Around(
            np.zeros((regions, self.lattice.atoms), np.int32), np.zeros((regions, self.lattice.cells), np.int32)
        )
        look_around(self.lattice.plan, self.tree, self.n, SEED, out)
        return out

    def _fingerprints(self) -> NDArray[np.int64]:
        """Random sums of every cell, as a function of all kinds of children there can be."""
        plan = self.lattice.plan
        columns = np.zeros((room_of(plan), len(plan.slices)), np.int32)
        width = star(plan, np.ones(self.lattice.atoms, np.uint8), columns, 0)
        out = np.zeros((EXTRA - 1, self.lattice.cells), np.int64)
        for number in range(EXTRA - 1):
            weights = np.zeros(width, np.int64)
            randoms(SEED - 1 - number, width, weights)
            flat, work = np.zeros(self.lattice.atoms, np.int64), np.zeros((2, plan.work), np.int64)
            see(plan, weights, columns, width, np.zeros(self.lattice.cells, np.int64), flat, work, out[number])
        return out

    def decide(
        self,
        parts: Sequence[Shorts],
        tested: int,
        allowed: Flags,
        split: int | None = None,
        known: Sequence[tuple[Pattern, int]] = (),
    ) -> Pattern:
        """What may be published of one statistic.

        parts, tested, split : see `close_regions`. allowed [regions, groups] : what may be at most. known : patterns of
        what is published already, each with the first of the parts that its sums are of.
        """
        regions, groups = self.regions, self.groups
        of = Counts(self.n, np.stack(parts), len(parts) if split is None else split, tested, self.least)
        may = (allowed & self.allowed & ~self.spine.silent[:, None]).astype(np.uint8)
        forced = np.zeros((regions, groups), np.uint8)
        out = Result(
            published=np.zeros((regions, groups), np.uint8),
            in_span=np.zeros((regions, groups), np.uint8),
            counts=np.zeros((len(parts), regions, groups), np.int32),
            own=np.zeros((regions, ROWS), np.int32),
            own_count=np.zeros(regions, np.int32),
            vector=self.around.atoms.copy(),
        )
        told = _joined(known, regions)
        plan, tree = self.lattice.plan, self.tree

        def choose(regions: NDArray[np.int64]) -> None:
            close_regions(
                regions, plan, tree, of, told, may, forced, self.prints, self.around, SEED + self.regions, out
            )
            # A region that is done again publishes less than before, and so nothing that others said is undone.
            may[regions] = out.published[regions]

        choose(np.flatnonzero(may.any(axis=1)))
        while len(again := failing_rests(tree, self.unions, of, out, forced)):
            choose(again)
        telling = np.arange(regions)
        while len(telling := telling_silence(telling, plan, tree, of, self.around, out)):
            for region in telling:
                count = out.own_count[region]
                may[region, out.own[region, count - 1 - count // AT_ONCE : count]] = 0
            choose(telling)
        return Pattern(out.published, out.own[:, : max(1, int(out.own_count.max()))].copy(), out.own_count)

    def statistic(
        self, relations: Relations, statistic: int, patterns: Mapping[int, Pattern], counted: Pattern
    ) -> Pattern:
        """The pattern of one statistic, given those of the statistics before it."""
        mask = relations.mask_of(statistic)
        within = counted if mask is None else patterns[mask]
        known = [(counted, 0)] if mask is None else [(counted, 0), (within, 1)]
        if relations.counts_everybody(statistic):
            return within
        parts, tested = self._parts(relations, statistic)
        chain = relations.chain(statistic)
        if chain is not None:
            between = self.table(chain.whole & ~chain.inner)
            parts[tested:] = [
                self.table(relations.observed(statistic) & ~chain.whole),
                between,
                self.table(chain.inner),
            ]
            known.append((patterns[chain.narrow], len(parts) - 2))
        split = len(parts)
        parts += [self.table(group) for group in relations.derived(statistic)]
        return self.decide(parts, tested, within.published.astype(bool), split, known)

    def _parts(self, relations: Relations, statistic: int) -> tuple[list[Shorts], int]:
        """Those of whom a statistic is not known (if any), who have it not and who have it; the first that is tested.

        That those of whom it is known are enough, and those of whom it is not, was tested when the mask was.
        """
        observed, ones = relations.observed(statistic), relations.ones(statistic)
        parts = [] if relations.mask_of(statistic) is None else [self.table(~observed)]
        tested = len(parts) + relations.is_amount(statistic)
        return [*parts, self.table(observed & ~ones), self.table(ones)], tested

    def share(
        self, relations: Relations, family: Sequence[int], patterns: dict[int, Pattern], counted: Pattern
    ) -> None:
        """Statistics that add up to one another publish the same cells."""
        for same in relations.adding_up(family):
            allowed = np.logical_and.reduce([patterns[one].published.astype(bool) for one in same])
            # What all of them publish is not yet safe for each: fewer rows hide more, but other rows come within reach.
            pattern = counted
            for one in same:
                if relations.counts_everybody(one):
                    continue
                parts, tested = self._parts(relations, one)
                pattern = self.decide(parts, tested, allowed, known=[(counted, 0)])
                allowed = pattern.published.astype(bool)
            for one in same:
                patterns[one] = pattern


def _joined(known: Sequence[tuple[Pattern, int]], regions: int) -> Known:
    """The independent rows of some patterns in one list."""
    counts = np.sum([pattern.own_count for pattern, _ in known], axis=0) if known else np.zeros(regions, np.int32)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    groups, first = np.zeros(int(start[-1]), np.int32), np.zeros(int(start[-1]), np.int32)
    at = start[:-1].copy()
    for pattern, part in known:
        room = pattern.own.shape[1]
        filled = np.arange(room)[None] < pattern.own_count[:, None]
        place = (at[:, None] + np.arange(room)[None])[filled]
        groups[place], first[place] = pattern.own[filled], part
        at += pattern.own_count
    return Known(groups, start, first)
