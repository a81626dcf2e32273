"""Outcomes that have to do with one another: one within another, one the rest of another, one the children of another.

Some follow from the definitions; the others show in the figures. Two outcomes are taken for one within the other when
the first never has more children than the second, although outcomes that have nothing to do with one another would
have crossed in several cells: of a hundred pairs perhaps one is nested, so that only that makes it likely.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from kansen.protection.audit.differences import Known
from kansen.protection.audit.lattice import Bools, Ints
from kansen.protection.audit.material import Material, Outcome
from kansen.protection.audit.report import Score
from kansen.protection.audit.shelf import AGREE, Denominator, Told
from kansen.protection.audit.tiers import SMALL, Findings, hidden_of
from kansen.protection.audit.truth import Truth

FILE = Path(__file__).with_name("families.toml")

CLOSE = 1.5
"""Two counts are close when they differ by less than so many standard deviations of a difference of unrelated ones."""

CROSSINGS = 20
"""So many close cells must be there before not crossing once is taken for being within."""

BY_CHANCE = 10.0
"""And so many crossings would be expected of two outcomes of these sizes that have nothing to do with each other.

There are thousands of pairs of outcomes, and cells of one area share their children.
"""

Counts = NDArray[np.int32]


@cache
def declared() -> frozenset[tuple[str, str]]:
    """Pairs of outcomes of which the first is within the second.

    >>> ("c16_vwo", "c16_havo") in declared()
    True
    """
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return frozenset((inner, outer) for inner, outer in content["within"])


def shared(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Places of the cells that both have, in each (cells ascend)."""
    if not len(one) or not len(other):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    place = np.searchsorted(other, one)
    place[place == len(other)] = 0
    mine = np.flatnonzero(other[place] == one)
    return mine, place[mine]


def is_within(inner: Counts, outer: Counts) -> bool:
    """Whether one count looks like that of a part of the other: never larger, though often close.

    By chance, counts that have nothing to do with each other cross where the gap between their shares of both is
    small in standard deviations, the root of both counts together.
    """
    gap, both = outer.astype(np.int64) - inner, outer.astype(np.int64) + inner
    if (gap < 0).any() or not (gap > 0).any():
        return False
    close = gap < CLOSE * np.sqrt(np.maximum(both, 1))
    by_chance = ndtr(-np.sqrt(both) * gap.sum() / both.sum()).sum()
    return int(close.sum()) >= CROSSINGS and bool(by_chance >= BY_CHANCE)


@dataclass(frozen=True)
class _Ones:
    """Who has an outcome, where it is told: cells, children, ones."""

    told: Told
    cell: Ints
    n: Counts
    ones: Counts


def attack_families(
    groups: Sequence[Denominator], material: Material, found: Findings, truth: Callable[[Outcome], Truth] | None
) -> None:
    """Derive what outcomes tell of each other."""
    score = found.score("families")
    for children in dict.fromkeys(of.children for of in groups):
        own = [of for of in groups if of.children == children]
        binary = [_ones(told) for of in own for told in of.told if (told.ones >= 0).any()]
        for one, other in permutations(binary, 2):
            _pair(one, other, material, score, truth)
        for one in binary:
            for of in own:
                if len(own) > 1 and not any(told is one.told for told in of.told):
                    _denominator(one, of, material, score, truth)


def _ones(told: Told) -> _Ones:
    rows = np.flatnonzero(told.ones >= 0)
    return _Ones(told, told.cell[rows], told.n[rows], told.ones[rows])


def _pair(one: _Ones, other: _Ones, material: Material, score: Score, truth: Callable[[Outcome], Truth] | None) -> None:
    """What two binary outcomes of the same children tell: is the first within the second, or its rest?"""
    mine, theirs = shared(one.cell, other.cell)
    if not len(mine):
        return
    n, inner, outer = one.n[mine], one.ones[mine], other.ones[theirs]
    if (n != other.n[theirs]).any():
        return
    score.tried += len(mine)
    found = is_within(inner, outer)
    if found or (one.told.outcome.id, other.told.outcome.id) in declared():
        between = outer - inner
        few = (between > 0) & ((between < SMALL) | (n - between < SMALL))
        score.reached += int(few.sum())
        score.small += int(few.sum())
    elif len(mine) >= AGREE and (inner + outer == n).all():
        _merge(one, other.cell, other.n - other.ones, other.n, material, score, truth)
    elif len(mine) >= AGREE and (inner == outer).all():
        _merge(one, other.cell, other.ones, other.n, material, score, truth)


def _denominator(
    one: _Ones, of: Denominator, material: Material, score: Score, truth: Callable[[Outcome], Truth] | None
) -> None:
    """The children of one outcome are those who have another: what either tells, both do."""
    mine, theirs = shared(one.cell, of.cell)
    score.tried += len(mine)
    if len(mine) >= AGREE and (one.ones[mine] == of.n[theirs]).all() and (one.ones[mine] < one.n[mine]).any():
        _merge(one, of.cell, of.n, None, material, score, truth)


def _merge(
    one: _Ones,
    cell: Ints,
    ones: Counts,
    n: Counts | None,
    material: Material,
    score: Score,
    truth: Callable[[Outcome], Truth] | None,
) -> None:
    """Hidden cells of an outcome that another one tells, and what follows from them in the same area."""
    size = material.lattice.size
    shown = np.zeros((material.regions.size, size), dtype=bool)
    shown.ravel()[one.told.cell] = True
    hidden = hidden_of(shown, one.told.cell, material)
    before = Known.of(material.regions.size, size, one.cell, one.ones)
    before.difference_groups(material.lattice.equations)
    fresh = cell[before.value.ravel()[cell] < 0]
    if not len(fresh):
        return
    after = Known(before.value.copy())
    after.value.ravel()[cell] = ones
    marks = np.zeros(shown.shape, dtype=bool)
    marks.ravel()[fresh] = True
    after.difference_groups(material.lattice.equations, marks)
    new: Bools = (after.value > 0) & (before.value < 0) & hidden
    cells = np.flatnonzero(new)
    value = after.value.ravel()[cells]
    few = value < SMALL
    if n is not None:
        _, place = shared(cells, cell)
        known = np.isin(cells, cell)
        few[known] |= n[place] - value[known] < SMALL
    else:
        mine, place = shared(cells, one.told.cell)
        few[mine] |= one.told.n[place] - value[mine] < SMALL
    score.reached += len(cells)
    score.small += int(few.sum())
    if truth is not None:
        true = truth(one.told.outcome).ones(cells)
        score.right += int((true == value).sum())
        score.scored += len(cells)
