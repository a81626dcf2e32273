"""When the children live with a partner and with children of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kansen.synthetic.days import OPEN, YEAR
from kansen.synthetic.people import Children


@dataclass(frozen=True)
class Unions:
    """One union per child, days of shape (children,), OPEN for never.

    couple : the partner moves in. own_children : the first child is born. ends : the partner leaves; `keeps` says
    whether the children stay. married : bool.
    """

    couple: np.ndarray
    own_children: np.ndarray
    ends: np.ndarray
    married: np.ndarray
    keeps: np.ndarray


def draw_unions(rng: np.random.Generator, children: Children) -> Unions:
    """Unions of whom nothing else is known."""
    n = len(children)
    couple = children.leaves + ((0.5 + 7 * rng.random(n)) * YEAR).astype(np.int64)
    couple = np.where(rng.random(n) < 0.80, couple, OPEN)
    own_children = np.where(rng.random(n) < 0.75, couple + ((1 + 6 * rng.random(n)) * YEAR).astype(np.int64), OPEN)
    ends = np.where(rng.random(n) < 0.12, own_children + ((1 + 8 * rng.random(n)) * YEAR).astype(np.int64), OPEN)
    return Unions(couple, own_children, ends, married=rng.random(n) < 0.55, keeps=children.woman)


def unions_by(
    rng: np.random.Generator, children: Children, settled: np.ndarray, partner: np.ndarray, number: np.ndarray
) -> Unions:
    """Unions that leave everyone with the given `partner` (bool) and `number` of children in the year from `settled`.

    Who has neither may have had a partner before, or gets one later.
    """
    n = len(children)
    start = np.minimum(children.leaves, settled - 5).astype(np.int64)
    span = settled - start
    later = settled + 370
    early, middle, late, after = (rng.random(n) for _ in range(4))
    with_children = number > 0
    couple = start + (span * np.where(with_children, 0.05 + 0.45 * early, 0.10 + 0.85 * early)).astype(np.int64)
    born = couple + ((settled - couple) * (0.15 + 0.50 * middle)).astype(np.int64)
    parted = np.where(with_children, born, couple)
    parted = parted + ((settled - parted) * (0.30 + 0.60 * late)).astype(np.int64)
    kind = rng.random(n)
    soon = later + (after * 4 * YEAR).astype(np.int64)
    neither = ~partner & ~with_children
    couple = np.where(neither, np.select([kind < 0.3, kind < 0.6], [couple, soon], OPEN), couple)
    own_children = np.where(with_children, born, np.where(partner & (kind < 0.5), soon, OPEN))
    ended = np.where(neither & (kind >= 0.3), OPEN, parted)
    ends = np.where(partner, np.where(kind > 0.93, later + (after * 6 * YEAR).astype(np.int64), OPEN), ended)
    return Unions(couple, own_children, ends, married=rng.random(n) < 0.55, keeps=with_children)
