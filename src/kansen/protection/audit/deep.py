"""The costly attacks on a sample of areas: bounds, the rule replayed, somebody on the inside, and all sums at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.bounds import NO_LIMIT, Bounds
from kansen.protection.audit.lattice import Bools, Ints
from kansen.protection.audit.material import Material
from kansen.protection.audit.programmes import (
    Tables,
    both,
    follows_without,
    interval,
    must_be_empty,
    programme,
    target_of,
    units_of,
    whole_number,
)
from kansen.protection.audit.report import Score
from kansen.protection.audit.sample import Sample
from kansen.protection.audit.spans import Follows, follows, rows_of, spans, zero_rows
from kansen.protection.audit.tiers import SMALL, Check, Counted, Findings

JOINT = 4
"""Linear programmes take a parent together with up to so many parts."""

NARROW = 2
"""Of so many hidden cells of an area, those with the narrowest bounds, linear programmes give the limits."""

PAIR = 2
"""Somebody on the inside knows of at most so many children: their own record and a sibling's."""

Counts = NDArray[np.int32]


@dataclass
class Deep:
    """What is known of a sample: published counts, and the bounds of all cells [areas of the sample, groups].

    `others` holds per area what follows of groups that are published nowhere.
    """

    sample: Sample
    told: Counts
    hidden: Bools
    bounds: Bounds
    done: Bools
    others: dict[int, dict[int, int]] = field(default_factory=dict)


def attack_children(
    counted: Counted, sample: Sample, material: Material, found: Findings, check: Check | None, replay: int | None
) -> Deep:
    """The least and the most of every number of children, and all sums at once.

    replay : what is absent has fewer children than this; None where absence tells nothing.
    """
    deep = _start(counted.cell, counted.n, counted.hidden, counted.known.value, sample, material)
    deep.bounds.settle(material.lattice.equations, sample.nests)
    _note(found.score("bounds"), deep, check)
    _inside(found.score("respondent"), deep, deep.hidden & ~deep.done, check)
    _spans(found, deep, material, check, None)
    if replay is not None:
        lower = deep.hidden & (deep.bounds.hi >= replay) & (deep.bounds.lo < replay)
        deep.bounds.hi[lower] = replay - 1
        deep.bounds.settle(material.lattice.equations, sample.nests, np.asarray(lower.any(axis=1)))
        _note(found.score("replay"), deep, check)
    return deep


def attack_ones(
    cell: Ints,
    ones: Counts,
    hidden: Bools,
    known: Counts,
    children: Deep,
    material: Material,
    found: Findings,
    check: Check | None,
) -> Deep:
    """The same for who has a binary outcome: no more than the children there are."""
    deep = _start(cell, ones, hidden, known, children.sample, material)
    # Where there is nobody, or nobody for certain, nothing is to be found of the outcome.
    some = children.bounds.certain & (children.bounds.lo > 0)
    deep.bounds.hi[:] = np.minimum(deep.bounds.hi, children.bounds.hi)
    deep.bounds.broken |= (deep.bounds.lo > deep.bounds.hi).any(axis=1) | children.bounds.broken
    deep.done |= ~some
    deep.bounds.settle(material.lattice.equations, children.sample.nests)
    _note(found.score("bounds"), deep, check, children.bounds.lo)
    _spans(found, deep, material, check, children)
    return deep


def _start(cell: Ints, value: Counts, hidden: Bools, known: Counts, sample: Sample, material: Material) -> Deep:
    size = material.lattice.size
    place = np.full(material.regions.size, -1, dtype=np.int64)
    place[sample.areas] = np.arange(len(sample.areas))
    rows = np.flatnonzero((place[cell // size] >= 0) & (value >= 0))
    told = np.full((len(sample.areas), size), -1, dtype=np.int32)
    told[place[cell[rows] // size], cell[rows] % size] = value[rows]
    area, group = np.nonzero(told >= 0)
    bounds = Bounds.of(len(told), size, area, group, told[area, group].astype(np.int64))
    return Deep(sample, told, hidden[sample.areas], bounds, (known[sample.areas] >= 0) | (told >= 0))


def _note(score: Score, deep: Deep, check: Check | None, children: Counts | None = None) -> None:
    """Count hidden cells whose bounds meet, and that no attack before reached."""
    new = deep.bounds.certain & deep.hidden & ~deep.done
    deep.done |= new
    score.tried += int(deep.hidden.sum())
    _count(score, deep, new, deep.bounds.lo, check, children)


def _count(score: Score, deep: Deep, new: Bools, value: Counts, check: Check | None, children: Counts | None) -> None:
    some = new & (value > 0) if children is None else new
    few = some & (value < SMALL)
    if children is not None:
        few |= some & (children - value < SMALL)
    score.reached += int(some.sum())
    score.small += int(few.sum())
    score.empty += int((new & (value == 0)).sum()) if children is None else 0
    if check is not None and some.any():
        area, group = np.nonzero(some)
        cells = deep.sample.areas[area] * some.shape[1] + group
        score.right += int((check(cells) == value[area, group]).sum())
        score.scored += len(cells)


def _inside(score: Score, deep: Deep, cells: Bools, check: Check | None) -> None:
    """Hidden cells of at most two in which somebody must be: whoever is, alone or with a sibling, knows its number."""
    few = cells & (deep.bounds.hi <= PAIR) & (deep.bounds.hi > deep.bounds.lo) & ~deep.bounds.broken[:, None]
    few &= deep.bounds.lo > 0
    score.tried += int(cells.sum())
    score.reached += int(few.sum())
    score.small += int(few.sum())
    if check is not None and few.any():
        area, group = np.nonzero(few)
        true = check(deep.sample.areas[area] * few.shape[1] + group)
        score.right += int((true > 0).sum())
        score.scored += len(true)


def _spans(found: Findings, deep: Deep, material: Material, check: Check | None, children: Deep | None) -> None:
    """Cells that are a combination of published ones, where groups that must be empty are known to be."""
    sample, score = deep.sample, found.score("spans")
    value = np.full(deep.told.shape, -1, dtype=np.int32)
    for place, own in follow(deep.told, deep.bounds.hi == 0, sample, material).items():
        value[place] = own.value
        _unlisted(found.score("unlisted"), deep, place, own, children)
    new = (value >= 0) & deep.hidden & ~deep.done
    deep.done |= new
    score.tried += int(deep.hidden.sum())
    _count(score, deep, new, value, check, None if children is None else children.bounds.lo)


def _unlisted(score: Score, deep: Deep, place: int, found: Follows, children: Deep | None) -> None:
    """Count small groups that are published nowhere, and that were not found before."""
    before = deep.others.setdefault(place, {})
    there = None if children is None else children.others.get(place, {})
    for group, value in zip(found.others.tolist(), found.other_value.tolist(), strict=True):
        if group in before:
            continue
        before[group] = value
        if there is None:
            few = 0 < value < SMALL
        else:
            n = there.get(group, 0)
            few = n >= SMALL and (value < SMALL or n - value < SMALL)
        score.tried += 1
        score.reached += few
        score.small += few


def attack_programmes(
    deep: Deep, tables: Tables, most: int, found: Findings, check: Check | None, children: Deep | None = None
) -> None:
    """Linear programmes on up to `most` units of the sample; children : those that the outcome of `deep` is about."""
    score = found.score("programmes")
    base = deep if children is None else children
    there = int((base.told.max(axis=1, initial=-1) >= 0).sum())
    looked = 0
    for unit in units_of(deep.sample.areas, base.told, deep.sample.families, most, JOINT):
        rows = [*unit.leaves, *([] if unit.parent is None else [unit.parent])]
        looked += int((base.told[rows].max(axis=1) >= 0).sum())
        if deep.bounds.broken[rows].any():
            continue
        problem = programme(unit, base.told, tables)
        if children is not None:
            problem = both(problem, programme(unit, deep.told, tables))
        empty = must_be_empty(problem)
        if empty is None:
            continue
        for place, leaf in enumerate(unit.leaves):
            own = empty[place * problem.slices : (place + 1) * problem.slices]
            follows = follows_without(own, deep.told[leaf], tables)
            if follows is not None:
                _learn(score, deep, leaf, follows.value, check, children)
                _unlisted(found.score("unlisted"), deep, leaf, follows, children)
            for group in _narrow(deep, leaf):
                target = target_of(unit, leaf, group, tables, 1 if children is None else 2)
                limits = interval(problem, target, ~empty)
                only = None if limits is None else whole_number(limits)
                value = np.full(deep.told.shape[1], -1, dtype=np.int64)
                value[group] = -1 if only is None else only
                _learn(score, deep, leaf, value, check, children)
    found.look("programmes", looked, there)


def _narrow(deep: Deep, leaf: int) -> list[int]:
    """The hidden cells of an area with the narrowest bounds that are still open."""
    still = deep.hidden[leaf] & ~deep.done[leaf] & (deep.bounds.hi[leaf] > deep.bounds.lo[leaf])
    width = np.where(still, deep.bounds.hi[leaf] - deep.bounds.lo[leaf], NO_LIMIT)
    order = np.argsort(width, kind="stable")[:NARROW]
    return [int(group) for group in order if still[group] and width[group] < NO_LIMIT]


def _learn(
    score: Score, deep: Deep, leaf: int, value: NDArray[np.int64], check: Check | None, children: Deep | None
) -> None:
    """Count what is new about one area."""
    new = (value >= 0) & deep.hidden[leaf] & ~deep.done[leaf]
    table = np.zeros(deep.told.shape, dtype=bool)
    table[leaf] = new
    deep.done |= table
    score.tried += int(deep.hidden[leaf].sum())
    values = np.zeros(deep.told.shape, dtype=np.int32)
    values[leaf] = value
    _count(score, deep, table, values, check, None if children is None else children.bounds.lo)


def attack_zeros(deep: Deep, material: Material, found: Findings, check: Check) -> None:
    """All sums at once for somebody who knows of every group that is empty that it is."""
    area, group = np.nonzero(deep.hidden)
    empty = np.zeros_like(deep.hidden)
    empty[area, group] = check(deep.sample.areas[area] * deep.hidden.shape[1] + group) == 0
    score = found.score("zeros")
    for place, own in follow(deep.told, empty, deep.sample, material).items():
        new = np.zeros_like(deep.hidden)
        new[place] = (own.value > 0) & deep.hidden[place] & ~deep.done[place]
        values = np.zeros(new.shape, dtype=np.int32)
        values[place] = own.value
        _count(score, deep, new, values, check, None)
    score.tried += int((deep.hidden & ~deep.done).sum())


def follow(told: Counts, empty: Bools, sample: Sample, material: Material) -> dict[int, Follows]:
    """What follows about every area of a sample, by its place, from published counts and groups known to be empty."""
    lattice = material.lattice
    place = {int(area): number for number, area in enumerate(sample.areas)}

    def facts(area: int) -> NDArray[np.int64]:
        row = told[place[area]]
        groups = np.flatnonzero(row >= 0)
        rows = rows_of(lattice, groups, row[groups].astype(np.int64))
        if not sample.whole:
            return rows
        return np.concatenate([zero_rows(lattice, np.flatnonzero(empty[place[area]])), rows])

    known = spans(sample.areas[::-1].tolist(), sample.families, facts, lattice.unknowns)
    rng = np.random.default_rng(0)
    found: dict[int, Follows] = {}
    for area, span in known.items():
        here = span
        if not sample.whole and empty[place[area]].any():
            here = span.with_zeros(zero_rows(lattice, np.flatnonzero(empty[place[area]])))
        if not here.broken:
            found[place[area]] = follows(here, lattice, rng)
    return found


__all__ = ["Deep", "attack_children", "attack_ones", "follow"]
