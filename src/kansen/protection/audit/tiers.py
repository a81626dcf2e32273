"""Attacks on all that is published: differences of groups, of areas, of published figures, and unions of areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kansen.protection.audit.differences import Known, Nests
from kansen.protection.audit.lattice import Bools, Ints
from kansen.protection.audit.material import Material
from kansen.protection.audit.regions import closed_parents
from kansen.protection.audit.report import Score
from kansen.protection.audit.rests import Rests, between_groups, events_between_groups, unions
from kansen.protection.audit.shelf import Denominator, Told
from kansen.protection.audit.truth import Truth

SMALL = 10
"""A figure rests on few when fewer than this many children, ones or zeros are behind it."""

Check = Callable[[Ints], Ints]


@dataclass
class Findings:
    """Scores per attack, and how often sums of levels were taken as complete."""

    scores: dict[str, Score] = field(default_factory=dict)
    closed: dict[str, list[float]] = field(default_factory=dict)

    def score(self, attack: str) -> Score:
        """The score of one attack."""
        return self.scores.setdefault(attack, Score())

    def add(self, other: Findings) -> None:
        """Take in what another part found."""
        for name, score in other.scores.items():
            self.score(name).add(score)
        for pair, shares in other.closed.items():
            self.closed.setdefault(pair, []).extend(shares)


@dataclass
class Counted:
    """What is known of the children that a denominator counts, after differencing.

    `cell`, `n` are published (or known from elsewhere); `shown` says where, `hidden` where not though the level has
    figures; `after` is what was known after each attack, the last one also in `known`; `small` are hidden cells with
    few children that follow.
    """

    cell: Ints
    n: NDArray[np.int32]
    shown: Bools
    hidden: Bools
    known: Known
    after: dict[str, Known]
    small: Bools
    nests: Nests


def nests_of(material: Material, cell: Ints, n: Ints) -> Nests:
    """Pairs of levels that have exact figures, and which parents are complete."""
    levels = levels_told(cell, material)
    totals = np.full(material.regions.size, -1, dtype=np.int64)
    everyone = cell % material.lattice.size == 0
    totals[cell[everyone] // material.lattice.size] = n[everyone]
    return [(nest, closed_parents(totals, nest)) for nest in material.regions.nestings(levels)]


def levels_told(cell: Ints, material: Material) -> list[str]:
    """Levels that have figures: of the others nothing is hidden."""
    areas = cell // material.lattice.size
    return [level for level, of in material.regions.range.items() if ((areas >= of.start) & (areas < of.stop)).any()]


def hidden_of(shown: Bools, cell: Ints, material: Material) -> Bools:
    """Cells without a figure at the levels that have figures."""
    areas = np.zeros(material.regions.size, dtype=bool)
    for level in levels_told(cell, material):
        areas[material.regions.range[level]] = True
    return ~shown & areas[:, None]


def attack_children(
    denominator: Denominator, material: Material, found: Findings, check: Check | None, known: tuple[Ints, Ints] | None
) -> Counted:
    """Work out numbers of children from all that the outcomes of one denominator tell.

    known : further cells and counts that the attacker has from elsewhere. check : gives the true counts of cells.
    """
    lattice, regions = material.lattice, material.regions
    cell, n = denominator.cell, denominator.n
    if known is not None:
        extra = ~np.isin(known[0], cell)
        cell, n = np.concatenate([cell, known[0][extra]]), np.concatenate([n, known[1][extra].astype(np.int32)])
    nests = nests_of(material, denominator.cell, denominator.n.astype(np.int64))
    for nest, closed in nests:
        found.closed.setdefault(nest.name, []).append(float(closed.mean()))
    own = Known.of(regions.size, lattice.size, cell, n)
    shown = own.value >= 0
    hidden = hidden_of(shown, denominator.cell, material)
    after: dict[str, Known] = {}
    small = np.zeros_like(shown)
    done = np.zeros_like(shown)
    own.difference_groups(lattice.equations)
    after["groups"] = Known(own.value.copy())
    small |= _note(found.score("groups"), own, hidden, done, check)
    own.difference_levels(lattice.equations, nests)
    after["levels"] = own
    small |= _note(found.score("levels"), own, hidden, done, check)
    over = between_groups(_table(cell, n, material), lattice, SMALL)
    found.score("rests").add(_left(over))
    over = unions(own, None, shown, nests, lattice, SMALL)
    found.score("unions").add(_left(over))
    return Counted(cell, n, shown, hidden, own, after, small, nests)


def _note(score: Score, known: Known, hidden: Bools, done: Bools, check: Check | None) -> Bools:
    """Count hidden cells that are newly known, mark them done, compare them with the truth; gives the small ones."""
    new = (known.value >= 0) & hidden & ~done
    done |= new
    some = new & (known.value > 0)
    small = some & (known.value < SMALL)
    score.tried += int(hidden.sum())
    score.reached += int(some.sum())
    score.empty += int((new & (known.value == 0)).sum())
    score.small += int(small.sum())
    _check(score, some, known.value, check)
    return small


def _left(over: Rests) -> Score:
    """A remainder of many is no hidden figure: only small ones are reached."""
    return Score(tried=over.tried, reached=over.small, small=over.small)


def _check(score: Score, cells: Bools, value: NDArray[np.int32], check: Check | None) -> None:
    if check is not None:
        flat = np.flatnonzero(cells)
        score.right += int((check(flat) == value.ravel()[flat]).sum())
        score.scored += len(flat)


@dataclass
class Ones:
    """What is known of who has a binary outcome, after differencing, and which cells are hidden."""

    known: Known
    hidden: Bools


def attack_outcome(
    told: Told, counted: Counted, material: Material, found: Findings, truth: Truth | None
) -> Ones | None:
    """Work out who has a binary outcome: by differencing, between published figures, and in unions of areas.

    Gives None for an outcome that tells no counts.
    """
    lattice, regions = material.lattice, material.regions
    sure = told.ones >= 0
    if not sure.any():
        return None
    shown = np.zeros((regions.size, lattice.size), dtype=bool)
    shown.ravel()[told.cell] = True
    hidden = hidden_of(shown, told.cell, material)
    ones = Known.of(regions.size, lattice.size, told.cell[sure], told.ones[sure])
    done = np.zeros_like(shown)
    for name in ("groups", "levels"):
        n = counted.after[name].value
        # Nobody in the group: nobody with the outcome, and that is news about the group.
        empty = (n == 0) & (ones.value < 0)
        ones.value[empty] = 0
        if name == "groups":
            ones.difference_groups(lattice.equations)
        else:
            ones.difference_levels(lattice.equations, counted.nests)
        new = (ones.value >= 0) & (n > 0) & hidden & ~done
        done |= new
        few = new & ~counted.small & ((ones.value < SMALL) | (n - ones.value < SMALL))
        score = Score(small=int(few.sum()), reached=int((new & counted.shown).sum()))
        _check(score, new, ones.value, truth.ones if truth else None)
        found.score(name).add(score)
    n_told, ones_told = _table(told.cell, told.n, material), _table(told.cell, told.ones, material)
    over = events_between_groups(n_told, ones_told, lattice, SMALL)
    found.score("rests").add(_left(over))
    over = unions(counted.known, ones, shown & counted.shown, counted.nests, lattice, SMALL)
    found.score("unions").add(_left(over))
    _predictions(told, counted, hidden, material, found.score("predictions"), truth)
    return Ones(ones, hidden)


def _predictions(
    told: Told, counted: Counted, hidden: Bools, material: Material, score: Score, truth: Truth | None
) -> None:
    """Take n times a prediction at a rank for the number who have the outcome, as if it were a mean, and difference.

    A guess, and nearly always a good one: predictions of parts of a group add up to that of the group but for how the
    ranks within the band differ. Only small numbers of enough children count; small groups are counted already.
    """
    lattice = material.lattice
    bands = ~lattice.means
    rows = np.flatnonzero(bands[told.cell % lattice.size] & (told.n >= 0))
    if not len(rows):
        return
    areas, place = np.unique(told.cell[rows] // lattice.size, return_inverse=True)
    value = np.full((len(areas), lattice.size), -1, dtype=np.int32)
    value[place, told.cell[rows] % lattice.size] = np.maximum(np.round(told.n[rows] * told.est[rows]), 0)
    known = Known(value)
    known.difference_groups(lattice.equations)
    n = counted.known.value[areas]
    new = (value >= 0) & hidden[areas] & bands & (n > 0)
    few = new & (n >= SMALL) & ((value < SMALL) | (n - value < SMALL))
    score.tried += int(new.sum())
    score.reached += int(few.sum())
    score.small += int(few.sum())
    if truth is not None:
        row, group = np.nonzero(few)
        true = truth.ones(areas[row] * lattice.size + group)
        score.right += int((true == value[row, group]).sum())
        score.scored += len(row)


def _table(cell: Ints, value: NDArray[np.int32], material: Material) -> NDArray[np.int32]:
    """Counts of the areas of which any is told, int32 [areas, groups], -1 where not told."""
    size = material.lattice.size
    areas, place = np.unique(cell // size, return_inverse=True)
    out = np.full((len(areas), size), -1, dtype=np.int32)
    out[place, cell % size] = value
    return out
