"""How much of a gap between two groups goes with whom they consist of, and how much with how alike people fare.

Kitagawa (1955), "Components of a difference between two rates"; for more factors Das Gupta (1993), "Standardization and
decomposition of rates", whose effects are the Shapley values of the factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import factorial, sqrt

import numpy as np
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.measures.frames import Columns, Floats, Frame, columns
from kansen.measures.results import FEW, Estimate, estimate, nothing

NO_OVERLAP = "some kind of child is in one group only, so that its rate in the other is not known"

MEANING = {
    "nl": "Wat niet verklaard is, is niet hetzelfde als discriminatie: het kan ook komen door wat niet gemeten is.",
    "en": "What is unexplained is not the same as discrimination: it may also come from what was not measured.",
}
"""What has to stand beside every decomposition."""


@dataclass(frozen=True)
class Kitagawa:
    """gap = composition + rates. `only_one` : the share of each group that is of a kind which the other lacks."""

    gap: Estimate
    composition: Estimate
    rates: Estimate
    only_one: Mapping[str, float]
    dropped: int
    meaning: Mapping[str, str] = field(default_factory=lambda: MEANING)


def kitagawa(
    frame: Frame, *, y: str, group: str, a: object, b: object, by: Sequence[str], confidence: float = 0.95
) -> Kitagawa:
    """The gap in the mean of y between groups a and b, split by the kinds of children that `by` makes.

    rates : sum of (w_a + w_b) / 2 (r_a - r_b); composition : sum of (r_a + r_b) / 2 (w_a - w_b), with w the share of a
    kind within the group and r its mean. Standard errors by the delta method, for means and for shares; kinds with one
    child of a group count as having no variance. None, with a reason, where a kind is in one group only: make the kinds
    wider.
    """
    of = columns(frame, [y], [group, *by])
    kinds, cells = _kinds(of, by)
    sides: list[tuple[Floats, Floats, Floats, int]] = []
    for side in (a, b):
        chosen = of.codes[group] == of.code(group, side)
        n = np.bincount(cells[chosen], minlength=kinds).astype(np.float64)
        mean = np.bincount(cells[chosen], of.numbers[y][chosen], kinds) / np.maximum(n, 1)
        away = (of.numbers[y][chosen] - mean[cells[chosen]]) ** 2
        variance = np.bincount(cells[chosen], away, kinds) / np.maximum(n - 1, 1) / np.maximum(n, 1)
        sides.append((n / max(n.sum(), 1), mean, variance, int(n.sum())))
    (w_a, r_a, v_a, n_a), (w_b, r_b, v_b, n_b) = sides
    only = {"a": float(w_a[w_b == 0].sum()), "b": float(w_b[w_a == 0].sum())}
    n = n_a + n_b
    if min(n_a, n_b) < 2 or any(only.values()):
        none = nothing(FEW if min(n_a, n_b) < 2 else NO_OVERLAP, n, confidence)
        return Kitagawa(none, none, none, only, of.dropped)

    def told(weight: Floats, share: Floats, other: Floats, turn: Floats) -> Estimate:
        """A component: its value is share @ turn; its slopes in r_a, r_b, w_a, w_b."""
        variance = weight**2 @ (v_a + v_b) + _multinomial(other, w_a, n_a) + _multinomial(turn, w_b, n_b)
        return estimate(float(share[0]), sqrt(max(float(variance), 0.0)), n, confidence)

    between, level = r_a - r_b, (r_a + r_b) / 2
    rates = np.array([(w_a + w_b) @ between / 2])
    composition = np.array([level @ (w_a - w_b)])
    gap_variance = w_a**2 @ v_a + w_b**2 @ v_b + _multinomial(r_a, w_a, n_a) + _multinomial(r_b, w_b, n_b)
    return Kitagawa(
        estimate(float(w_a @ r_a - w_b @ r_b), sqrt(float(gap_variance)), n, confidence),
        told((w_a - w_b) / 2, composition, level, level),
        told((w_a + w_b) / 2, rates, between / 2, between / 2),
        only,
        of.dropped,
    )


def _kinds(of: Columns, by: Sequence[str]) -> tuple[int, NDArray[np.int64]]:
    if not by:
        raise UsageError("Nothing to split by", found="no columns", expected="one or more in `by`")
    cells = np.zeros(of.n, dtype=np.int64)
    for name in by:
        cells = cells * max(len(of.labels[name]), 1) + of.codes[name]
    used, cells = np.unique(cells, return_inverse=True)
    return len(used), cells.astype(np.int64)


def _multinomial(slope: Floats, share: Floats, n: int) -> float:
    """The variance of slope @ share, of shares of n children."""
    return float(slope**2 @ share - (slope @ share) ** 2) / n


def das_gupta(
    rate: Callable[[Mapping[str, Floats]], float], a: Mapping[str, Floats], b: Mapping[str, Floats]
) -> dict[str, float]:
    """What each factor contributes to rate(a) - rate(b), averaged over all orders in which factors can change.

    rate : the figure as a function of all factors. a, b : the factors of both groups by name. The contributions add up
    to the gap. With P factors the rate is worked out 2 ** P times.

    >>> def births(of):
    ...     return float(of["per woman"] * of["women"])
    >>> now = {"per woman": np.array(0.1), "women": np.array(0.5)}
    >>> then = {"per woman": np.array(0.08), "women": np.array(0.4)}
    >>> {name: round(part, 6) for name, part in das_gupta(births, now, then).items()}
    {'per woman': 0.009, 'women': 0.009}
    """
    if set(a) != set(b) or not a:
        raise UsageError("The groups differ in factors", found=f"{sorted(a)} and {sorted(b)}", expected="the same")
    names = list(a)
    worth: dict[frozenset[str], float] = {}
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            worth[frozenset(chosen)] = rate({name: (a if name in chosen else b)[name] for name in names})
    total = factorial(len(names))
    return {
        name: sum(
            factorial(len(held)) * factorial(len(names) - len(held) - 1) / total * (worth[held | {name}] - worth[held])
            for held in worth
            if name not in held
        )
        for name in names
    }
