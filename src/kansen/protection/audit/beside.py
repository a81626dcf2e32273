"""Another release laid beside this one: what it tells that this one hides, and what their difference tells.

Releases of the same children tell the same figures: what either shows, both do. Releases of cohorts of which one holds
the other differ by the children who are in one only, who may be few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kansen.protection.audit.differences import Known
from kansen.protection.audit.families import is_within, shared
from kansen.protection.audit.lattice import Ints
from kansen.protection.audit.material import Figures, Material, Outcome
from kansen.protection.audit.report import Score
from kansen.protection.audit.shelf import AGREE, Denominator, Told, put_away
from kansen.protection.audit.tiers import SMALL, Findings, hidden_of
from kansen.protection.audit.truth import Truth

SAME = 0.9
"""From this share of equal figures on, two releases are about the same children."""


@dataclass(frozen=True)
class Other:
    """Another release: its name, and a reader of its figures by our outcome (None where it has none)."""

    name: str
    figures: Callable[[Outcome], Figures | None]


def attack_beside(
    denominator: Denominator,
    others: list[Other],
    material: Material,
    found: Findings,
    truth: Callable[[Outcome], Truth] | None,
) -> None:
    """Compare every outcome of a denominator with that of other releases."""
    score = found.score("against")
    for other in others:
        for told in denominator.told:
            figures = other.figures(told.outcome)
            if figures is None:
                continue
            theirs = put_away(figures, told.outcome, material)
            mine, place = shared(told.cell, theirs.cell)
            usable = (told.n[mine] >= 0) & (theirs.n[place] >= 0)
            mine, place = mine[usable], place[usable]
            score.tried += len(mine)
            if len(mine) < AGREE:
                continue
            if (told.n[mine] == theirs.n[place]).mean() >= SAME:
                _same(told, theirs, material, score, truth)
            else:
                _overlap(told, theirs, mine, place, score)


def _same(told: Told, theirs: Told, material: Material, score: Score, truth: Callable[[Outcome], Truth] | None) -> None:
    """The same children: what is hidden here and shown there, and what follows from both."""
    lattice, regions = material.lattice, material.regions
    shown = np.zeros((regions.size, lattice.size), dtype=bool)
    shown.ravel()[told.cell] = True
    hidden = hidden_of(shown, told.cell, material)
    usable = theirs.n >= 0
    own = Known.of(regions.size, lattice.size, told.cell[told.counted], told.n[told.counted])
    own.difference_groups(lattice.equations)
    both = Known(own.value.copy())
    both.value.ravel()[theirs.cell[usable]] = theirs.n[usable]
    both.difference_groups(lattice.equations)
    new = (both.value > 0) & (own.value < 0) & hidden
    few = new & (both.value < SMALL)
    events = theirs.ones >= 0
    cells = theirs.cell[events]
    rare = np.minimum(theirs.ones[events], theirs.n[events] - theirs.ones[events]) < SMALL
    few.ravel()[cells[rare & hidden.ravel()[cells]]] = True
    score.reached += int((new | few).sum())
    score.small += int(few.sum())
    if truth is not None:
        at = np.flatnonzero(new)
        score.right += int((truth(told.outcome).children(at) == both.value.ravel()[at]).sum())
        score.scored += len(at)


def _overlap(told: Told, theirs: Told, mine: Ints, place: Ints, score: Score) -> None:
    """One cohort within the other: the children who are in one only."""
    ours, other = told.n[mine], theirs.n[place]
    for inner, outer, a, b in ((ours, other, told.ones[mine], theirs.ones[place]),
                               (other, ours, theirs.ones[place], told.ones[mine])):  # fmt: skip
        if not is_within(inner, outer):
            continue
        between = outer - inner
        few = (between > 0) & (between < SMALL)
        have = b - a
        known = (a >= 0) & (b >= 0) & (have >= 0) & (have <= between)
        few |= known & (between >= SMALL) & (np.minimum(have, between - have) < SMALL)
        score.reached += int(few.sum())
        score.small += int(few.sum())
        return
