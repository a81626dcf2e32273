"""The cells that may be told with noise: the numbers of their children drawn once, for all outcomes of a cohort."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.measures import Estimates
from kansen.moments import Grid, Prepared
from kansen.moments.combine import area_of_child, combine
from kansen.protection.beside import Exact, Neighbours, Told
from kansen.protection.counts import with_noise
from kansen.protection.guard import Guard
from kansen.protection.keys import Draws, Keys, Secret
from kansen.protection.profiles import NoiseRule, Profile
from kansen.protection.protected import Protected

Shorts = NDArray[np.int32]

REGION = "province"
"""The level by whose areas the most that a child moves a line is taken."""


def rule_of(profile: Profile) -> NoiseRule:
    """How a profile adds noise; TypeError for one that does not."""
    if profile.noise is None:
        raise TypeError(f"the profile {profile.id} has no noise")
    return profile.noise


def noisy_count(n: NDArray[Any], key: Keys, what: str, draws: Draws, rule: NoiseRule) -> Shorts:
    """Counts of cells with noise. The draw is named after its table too: two tables at one draw would tell more."""
    u = draws.uniform(key, f"{what} {rule.variance:.9g} {rule.most}")
    return with_noise(n, u, rule.variance, rule.most)


@dataclass(frozen=True)
class LevelCells:
    """Cells of one level with enough children, sorted by group and area; arrays of shape (cells,).

    key : the sum of the keys of the children. n : how many they are, with noise. region : the province that all of them
    live in; the number after the last where they live in several.
    """

    group: Shorts
    area: Shorts
    key: Keys
    n: Shorts
    region: Shorts


@dataclass(frozen=True)
class NoisyCells:
    """The cells of a cohort on one grid that may be told with noise, drawn and chosen once for all outcomes.

    regions : how many provinces there are. neighbours : what holds what, where noise stands beside exact figures.
    """

    grid: Grid
    draws: Draws
    levels: Mapping[str, LevelCells]
    regions: int
    neighbours: Neighbours | None = None

    def beside(self, exact: Told, min_n: int) -> NoisyCells:
        """The cells that leave enough children beside them, wherever a number of children is told exactly."""
        if self.neighbours is None:
            return self
        kept: dict[str, LevelCells] = {}
        for level, of in self.levels.items():
            columns = {"group": of.group, "area": of.area, "n": of.n, "est": np.zeros(len(of.n))}
            which = np.flatnonzero(self.neighbours.allows(level, columns, exact, (min_n, 0, 0)))
            kept[level] = LevelCells(*(getattr(of, field.name)[which] for field in fields(of)))
        return replace(self, levels=kept)


def draw_cells(
    prepared: Prepared, keys: Keys, secret: Secret, profile: Profile, spine: Sequence[str] = ()
) -> NoisyCells:
    """Draw the number of children of every occupied cell, and keep the cells where it is large enough.

    keys : the key of each child, in file order (`Secret.record_keys`). spine : the levels with exact figures, if any.
    """
    rule, draws = rule_of(profile), Draws(secret)
    rows = prepared.source.rows
    home = next((of for of in prepared.structures if REGION in of.levels), None)
    place = area_of_child(home, REGION, rows) if home else np.zeros(rows, np.int32)
    regions = len(prepared.areas.ids(REGION)) if home else 1
    place = np.where(place < 0, regions, place)
    levels: dict[str, LevelCells] = {}
    for structure in prepared.structures:
        key = combine(structure, keys, np.add, 0)
        least, most = (combine(structure, place, by, start) for by, start in ((np.minimum, regions), (np.maximum, 0)))
        n = noisy_count(structure.rows, key, "n", draws, rule)
        region = np.where(least == most, least, regions).astype(np.int32)
        for level in structure.levels:
            at = structure.cells_of(level)
            enough = np.flatnonzero(n[at] >= profile.min_n) + at.start
            levels[level] = LevelCells(
                structure.group[enough], structure.area[enough], key[enough], n[enough], region[enough]
            )
    neighbours = Neighbours(prepared.grid, prepared.areas, prepared.levels, spine) if spine else None
    ordered = {level: levels[level] for level in prepared.levels}
    return NoisyCells(prepared.grid, draws, ordered, regions, neighbours)


class CohortNoise:
    """The noise of one cohort: the keys of its children, and the cells of each grid, worked out when first asked for.

    Threads may share it.
    """

    def __init__(self, secret: Secret, profile: Profile, guard: Guard | None = None) -> None:
        """guard : what is told exactly, under a profile that is closed."""
        self._secret, self._profile, self._guard = secret, profile, guard
        self._lock = threading.Lock()
        self._keys: Keys | None = None
        self._cells: dict[int, tuple[Prepared, NoisyCells]] = {}
        self._everybody: dict[str, dict[str, Exact]] = {}
        self._names: dict[str, str] = {}

    def cells(self, prepared: Prepared) -> NoisyCells:
        """The cells of a cohort on one grid that may be told with noise; the grid that holds everybody comes first."""
        with self._lock:
            if self._keys is None:
                self._keys = self._secret.record_keys(prepared.source)
            if id(prepared) not in self._cells:
                spine = self._guard.spine(prepared) if self._guard else ()
                drawn = draw_cells(prepared, self._keys, self._secret, self._profile, spine)
                self._cells[id(prepared)] = (prepared, self._beside(prepared, drawn))
            return self._cells[id(prepared)][1]

    def _beside(self, prepared: Prepared, drawn: NoisyCells) -> NoisyCells:
        """The cells that leave enough children beside them, wherever any outcome tells their number exactly."""
        around = drawn.neighbours
        if around is None or self._guard is None:
            return drawn
        counts = _counts(prepared)
        exact = self._guard.counted(counts, prepared)
        if exact is None:
            return drawn
        columns: dict[str, dict[str, NDArray[Any]]] = {}
        for level, which in around.derived(exact, counts).items():
            of, rows = counts[level], np.flatnonzero(which)
            nothing = np.zeros(len(rows))
            columns[level] = {
                "group": of.group[rows], "area": of.area[rows], "n": of.rows[rows], "est": nothing, "noise_sd": nothing
            }  # fmt: skip
        if around.has_everybody:
            self._everybody[prepared.basis] = around.of_everybody(columns.items())
        told = around.told(columns, self._everybody.get(prepared.basis))
        return drawn.beside(told, self._profile.min_n)

    def _name(self, prepared: Prepared, outcome: Outcome) -> str:
        """What the draws of an outcome are called: it follows from its values, one child after the other.

        The same outcome under two names has the same noise. Where the value of one child was corrected, all noise of
        the outcome is new: otherwise two releases would differ by that value, and only where the child is.
        """
        with self._lock:
            if outcome.id not in self._names and self._keys is not None:
                values = prepared.source.outcome(outcome)
                known = ~np.isnan(values)
                parts = self._keys[known] * (values[known].view(np.uint64) | np.uint64(1))
                self._names[outcome.id] = f"{int(parts.sum(dtype=np.uint64)):016x}"
            return self._names[outcome.id]

    def outcome(
        self, prepared: Prepared, outcome: Outcome, figures: Mapping[str, Estimates], before: Sequence[Protected] = ()
    ) -> NoisyOutcome:
        """What an outcome is told with on one grid.

        figures : what noise is added to. before : what is told of the outcome on earlier grids; everybody is on the
        first of them.
        """
        cells = self.cells(prepared)
        everybody = None
        if before and cells.neighbours is not None:
            first = [part for part in before if part.groups == before[0].groups]
            everybody = cells.neighbours.of_everybody((part.level, vars(part)) for part in first)
        return NoisyOutcome(cells, figures, self._name(prepared, outcome), everybody)


class _Counts(NamedTuple):
    """Cells of one level and their numbers of children."""

    group: Shorts
    area: Shorts
    rows: Shorts


def _counts(prepared: Prepared) -> dict[str, _Counts]:
    """How many children every cell has, per level."""
    found: dict[str, _Counts] = {}
    for structure in prepared.structures:
        for level in structure.levels:
            at = structure.cells_of(level)
            found[level] = _Counts(structure.group[at], structure.area[at], structure.rows[at])
    return found


@dataclass(frozen=True)
class NoisyOutcome:
    """What an outcome is told with where it carries noise.

    figures : per level what noise is added to (`Estimates.steady`); amounts clipped at their ends. name : what its
    draws are called. everybody : the exact figures of the groups of everybody, for a grid that does not hold them
    (`Neighbours.of_everybody`).
    """

    cells: NoisyCells
    figures: Mapping[str, Estimates]
    name: str
    everybody: Mapping[str, Exact] | None = None
