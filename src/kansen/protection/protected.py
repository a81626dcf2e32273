"""The type wall: what has passed protection, and the only thing that a release can be written from.

`Protected` cannot be made outside this room: its constructor asks for a token that only `kansen.protection` holds. Its
arrays are read-only. It holds shown cells only; a cell that is hidden or empty is not in it, and nothing tells which.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome

_TOKEN = object()


@dataclass(frozen=True)
class Protected:
    """The figures of one outcome at one level that may be told.

    Arrays have one entry per shown cell: `area` and `group` are numbers into `areas` and `groups`; `n` children (-1
    where the profile tells none), `est`, `lwr`, `upr` in the outcome's unit (NaN limits where there is no interval),
    `noise_sd` (in the outcome's unit; 0 where the figure is exact), `reliability` a place in `scale.LETTERS` (A, B, C).
    """

    outcome: Outcome
    level: str
    areas: tuple[str, ...]
    groups: tuple[str, ...]
    area: NDArray[np.int32]
    group: NDArray[np.int32]
    n: NDArray[np.int32]
    est: NDArray[np.float64]
    lwr: NDArray[np.float64]
    upr: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    reliability: NDArray[np.int8]
    profile: str
    _token: object = None

    def __post_init__(self) -> None:
        seal(self, self._token)

    @property
    def cells(self) -> int:
        """How many figures are shown."""
        return len(self.est)


@dataclass(frozen=True)
class ProtectedSummary:
    """What a release may say about one outcome as a whole: made from published figures only.

    `national` is the country's figure for everybody (n, est, lwr, upr) or None; `spread` the standard deviation across
    municipalities; `breaks` the six limits of seven classes, frozen for all groups and levels; `transitions` the
    transition matrix of the country, for a measure that has one; `spells` what is told of spells of a low income in the
    country, beside the outcome that a cohort names; `weighted` the national figure where those who are still seen stand
    for those who are gone. `decompositions` are the declarations of what gaps were decomposed by, and `gap_parts` the
    rows that may be told: decomposition, level, area, dimension, a, b, part, block, est, lwr, upr, step.
    """

    outcome: Outcome
    national: dict[str, float] | None
    spread: float | None
    breaks: dict[str, Any] | None
    transitions: dict[str, Any] | None = None
    spells: dict[str, Any] | None = None
    weighted: dict[str, Any] | None = None
    decompositions: tuple[dict[str, Any], ...] | None = None
    gap_parts: tuple[dict[str, Any], ...] = ()
    _token: object = None

    def __post_init__(self) -> None:
        seal(self, self._token)


@dataclass(frozen=True)
class ProtectedAttrition:
    """How many children each rule left, rounded to tens and not below ten.

    `rows`: cohort, step, level, area, dimension, category, label, before, dropped (None below ten), left.
    """

    rows: tuple[dict[str, Any], ...]
    _token: object = None

    def __post_init__(self) -> None:
        seal(self, self._token)


@dataclass(frozen=True)
class ProtectedEffect:
    """An effect as it may be told, ready for JSON; `docs/release.md` says what is in it."""

    content: dict[str, Any]
    _token: object = None

    def __post_init__(self) -> None:
        seal(self, self._token)

    @property
    def id(self) -> str:
        """Which effect of a release it is."""
        return str(self.content["id"])


def token() -> object:
    """The pass. Only `kansen.protection` may ask for it (a test checks every caller)."""
    return _TOKEN


def seal(item: Any, given: object) -> None:
    """Refuse an object that was not made by protection, and make its arrays read-only."""
    if given is not _TOKEN:
        raise TypeError(
            f"{type(item).__name__} can only be made by kansen.protection: figures pass through protect_outcome() first"
        )
    for field in fields(item):
        value = getattr(item, field.name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    object.__setattr__(item, "_token", None)
