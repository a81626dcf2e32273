"""Figures with noise: counts by the cell-key method, other figures by noise infusion.

Sources: the cell-key method of the Australian Bureau of Statistics (Fraser and Wooton 2005); Chetty and Friedman
(2019), "A practical method to reduce privacy loss when disclosing statistics based on small samples", with four
changes: every statistic has a draw of its own, a child is at the ends of the band and not of the scale, the most that a
child moves a line is taken per province over cells of some size and capped beforehand, and the number of children in
the scale is the noisy one. All draws follow from the children of a cell, so that the same children always have the
same noise.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.cohorts.declarations import Outcome
from kansen.measures import Ends, Estimates, Steadiness, load_measure
from kansen.measures.expectation import t_quantiles
from kansen.moments import Grid, Prepared
from kansen.moments.combine import area_of_child, combine
from kansen.protection.beside import Exact, Neighbours, Told
from kansen.protection.counts import with_noise
from kansen.protection.guard import Guard
from kansen.protection.keys import Draws, Keys, Secret
from kansen.protection.profiles import NoiseRule, Profile
from kansen.protection.protected import Protected

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shorts = NDArray[np.int32]

REGION = "province"
"""The level by whose areas the most that a child moves a line is taken."""

STEP = 1.25
"""The most that a child moves a line is rounded up to a power of this: it tells of no cell."""

OBSERVED_STEP = 2**0.25
"""The number of children with an outcome is rounded down to a power of this where it enters the scale of the noise."""

FEWEST_FOR_SPREAD = 50
"""From this number of children on, the spread of an outcome in the largest area serves for the intervals of others."""


def steadiness(profile: Profile) -> Steadiness | None:
    """What has to be estimated for figures with noise; None where a profile has none."""
    rule = profile.noise
    return rule and Steadiness(rule.spread, rule.cap, rule.clip)


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


def draw_cells(prepared: Prepared, keys: Keys, secret: Secret, profile: Profile) -> NoisyCells:
    """Draw the number of children of every occupied cell, and keep the cells where it is large enough.

    keys : the key of each child, in file order (`Secret.record_keys`).
    """
    rule, draws = _rule(profile), Draws(secret)
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
    closed = profile.exact == "closed"
    neighbours = Neighbours(prepared.grid, prepared.areas, prepared.levels, profile.spine) if closed else None
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

    def cells(self, prepared: Prepared) -> NoisyCells:
        """The cells of a cohort on one grid that may be told with noise; the grid that holds everybody comes first."""
        with self._lock:
            if self._keys is None:
                self._keys = self._secret.record_keys(prepared.source)
            if id(prepared) not in self._cells:
                drawn = draw_cells(prepared, self._keys, self._secret, self._profile)
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

    def outcome(
        self, prepared: Prepared, figures: Mapping[str, Estimates], before: Sequence[Protected] = ()
    ) -> NoisyOutcome:
        """What an outcome is told with on one grid.

        figures : what noise is added to. before : what is told of the outcome on the first grid, if this is another.
        """
        cells = self.cells(prepared)
        everybody = None
        if before and cells.neighbours is not None:
            everybody = cells.neighbours.of_everybody((part.level, vars(part)) for part in before)
        return NoisyOutcome(cells, figures, everybody)


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


def _rule(profile: Profile) -> NoiseRule:
    if profile.noise is None:
        raise TypeError(f"the profile {profile.id} has no noise")
    return profile.noise


def noisy_count(n: NDArray[Any], key: Keys, what: str, draws: Draws, rule: NoiseRule) -> Shorts:
    """Counts of cells with noise. The draw is named after its table too: two tables at one draw would tell more."""
    u = draws.uniform(key, f"{what} {rule.variance:.9g} {rule.most}")
    return with_noise(n, u, rule.variance, rule.most)


@dataclass(frozen=True)
class NoisyOutcome:
    """What an outcome is told with where it carries noise.

    figures : per level what noise is added to (`Estimates.steady`); amounts clipped at their ends. everybody : the
    exact figures of the groups of everybody, for a grid that does not hold them (`Neighbours.of_everybody`).
    """

    cells: NoisyCells
    figures: Mapping[str, Estimates]
    everybody: Mapping[str, Exact] | None = None


@dataclass(frozen=True)
class Noisy:
    """Figures with noise at one level, sorted by group and area, and the standard deviation of their noise."""

    group: Shorts
    area: Shorts
    n: Shorts
    est: Floats
    lwr: Floats
    upr: Floats
    noise_sd: Floats

    def columns(self) -> dict[str, NDArray[Any]]:
        """All of it by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def rows(self, which: NDArray[Any]) -> Noisy:
        """Some of them."""
        return Noisy(*(getattr(self, field.name)[which] for field in fields(self)))


def infuse(noise: NoisyOutcome, outcome: Outcome, profile: Profile) -> dict[str, Noisy]:
    """The figures of an outcome with noise, per level, where the noisy numbers are large enough.

    The children with the outcome known, those who have a binary outcome and those who have it not must be enough, each
    with noise. Of a binary outcome that is known for everybody, the number who have it gets noise as a count, and the
    figure is its share of the noisy number; all other figures get normal noise. The interval covers the noise and
    uses nothing but what is published: the share, the numbers, and the national spread of other outcomes.
    """
    rule = _rule(profile)
    scale = _Scale(noise, rule, outcome)
    return {level: _level(noise, level, outcome, profile, scale) for level in noise.figures}


class _Scale:
    """How large the noise on an outcome is, times the number of children: from its ends and its lines."""

    def __init__(self, noise: NoisyOutcome, rule: NoiseRule, outcome: Outcome) -> None:
        figures = noise.figures
        any_level = next(iter(figures.values()))
        low, high, self.complete = any_level.ends or Ends(0.0, 1.0, False)
        # A share of children is protected as its count is: with at least the noise of a count.
        least = sqrt(rule.variance) if outcome.kind != "money" else 0.0
        factor = sqrt(2) / rule.epsilon
        self.mean = max(factor * (high - low), least)
        chi = np.maximum(self._most_moved(noise, rule, high - low), high - low)
        self.line = np.maximum(factor * chi, least)
        self.spread = _national_spread(figures, noise.cells.grid)

    @staticmethod
    def _most_moved(noise: NoisyOutcome, rule: NoiseRule, range: float) -> Floats:
        """The most that a child moves any line of ten children or more, per region; of all for those who mix them."""
        regions = noise.cells.regions
        most = np.zeros(regions + 1)
        for level, of in noise.figures.items():
            cells = noise.cells.levels[level]
            assert of.moves is not None
            mine, theirs = matched(cells.group, cells.area, of.group, of.area)
            lines = np.isfinite(of.moves[theirs]) & (of.n[theirs] >= FEWEST)
            np.maximum.at(most, cells.region[mine[lines]], of.moves[theirs[lines]])
        most[-1] = most.max()
        unit = np.maximum(most / range, 1.0)
        return np.minimum(STEP ** np.ceil(np.log(unit) / log(STEP) - 1e-9), rule.cap) * range


FEWEST = 10
"""Only lines through this many children count for how far a child can move one."""


def _national_spread(figures: Mapping[str, Estimates], grid: Grid) -> Floats:
    """The standard deviation of the outcome around the mean or line of each position, two digits; (positions,).

    From the largest area; NaN where it has too few children.
    """
    inner = int(np.prod(grid.shape[1:]))
    found = np.full(len(grid.positions), np.nan)
    confidence = load_measure("expectation").confidence
    for position in range(len(found)):
        best = FEWEST_FOR_SPREAD - 1
        for of in figures.values():
            first, last = np.searchsorted(of.group, (position * inner, position * inner + 1)).tolist()
            if first == last or int(of.n[first:last].max()) <= best:
                continue
            row = first + int(np.argmax(of.n[first:last]))
            best, half = int(of.n[row]), (of.upr[row] - of.lwr[row]) / 2
            spread = half / float(t_quantiles(np.array([best - 1]), confidence)[0]) * sqrt(best)
            found[position] = float(f"{spread:.2g}")
    return found


def _level(noise: NoisyOutcome, level: str, outcome: Outcome, profile: Profile, scale: _Scale) -> Noisy:
    rule, cells, of, grid = _rule(profile), noise.cells.levels[level], noise.figures[level], noise.cells.grid
    draws = noise.cells.draws
    assert of.steady is not None
    assert of.moves is not None
    mine, theirs = matched(cells.group, cells.area, of.group, of.area)
    some = np.isfinite(of.steady[theirs])
    mine, theirs = mine[some], theirs[some]
    key, n, group = cells.key[mine], cells.n[mine], cells.group[mine]
    if scale.complete:
        told, weight = np.ones(len(n), np.bool_), n.astype(np.float64)
    else:
        observed = noisy_count(of.n[theirs], key, "observed", draws, rule)
        told = observed >= profile.min_n
        weight = _coarse(np.minimum(observed, n))
    moves, region = of.moves[theirs], cells.region[mine]
    line = np.isfinite(moves)
    weight = np.maximum(weight, 1.0)
    if outcome.kind == "binary" and scale.complete:
        ones = noisy_count(of.ones[theirs], key, f"{outcome.id} ones", draws, rule)
        est = ones / weight
        sd = np.sqrt(rule.variance * (1 + est * est)) / weight
    else:
        est, sd = np.empty(len(n)), np.empty(len(n))
    plain = ~line if not (outcome.kind == "binary" and scale.complete) else np.zeros(len(n), np.bool_)
    for which, size, purpose in _statistics(grid, group, plain, line, scale, region):
        sd[which] = size / weight[which]
        normal = ndtri(draws.uniform(key[which], f"{outcome.id} {purpose}"))
        est[which] = of.steady[theirs[which]] + sd[which] * normal
    if outcome.kind in ("share", "rank"):
        est = np.clip(est, 0.0, 1.0)
    if outcome.kind == "binary":
        told &= (est * weight >= profile.min_ones) & ((1 - est) * weight >= profile.min_zeros)
    chosen = np.flatnonzero(told)
    est, sd, weight, line, group = est[chosen], sd[chosen], weight[chosen], line[chosen], group[chosen]
    half = _half_width(outcome, grid, group, line, est, sd, weight, scale.spread)
    digits = profile.decimals[outcome.kind]
    power = 10.0**digits
    return Noisy(
        group=group,
        area=cells.area[mine[chosen]],
        n=n[chosen],
        est=np.round(est, digits) + 0.0,
        lwr=np.round(est - half, digits) + 0.0,
        upr=np.round(est + half, digits) + 0.0,
        # Rounded up, so that it never says that there is no noise.
        noise_sd=np.ceil(sd * power - 1e-9) / power,
    )


def _statistics(
    grid: Grid, group: Shorts, plain: Flags, line: Flags, scale: _Scale, region: Shorts
) -> Iterator[tuple[NDArray[np.int64], float, str]]:
    """The cells of each statistic: which, the size of its noise, and its name.

    The name says all of it, and the size too: of two sizes of the same draw, the figure could be worked out.
    """
    yield np.flatnonzero(plain), scale.mean, f"mean {scale.mean:.9g}"
    position = group // int(np.prod(grid.shape[1:]))
    for number, of in enumerate(grid.positions):
        which = np.flatnonzero(line & (position == number))
        sizes = scale.line[region[which]]
        for size in np.unique(sizes).tolist():
            yield which[sizes == size], size, f"line {grid.column} {of.range} at {of.at} {size:.9g}"


def _half_width(
    outcome: Outcome,
    grid: Grid,
    group: Shorts,
    line: Flags,
    est: Floats,
    sd: Floats,
    weight: Floats,
    spread: Floats,
) -> Floats:
    """Half the interval: t times the root of the squares of the standard error and of the noise.

    The standard error of a share p is sqrt(p (1 - p) / n), of other figures the national spread over sqrt(n); that of a
    line read away from the middle of its band is larger as it is for evenly spread ranks.
    """
    position = group // int(np.prod(grid.shape[1:]))
    variance = est * (1 - est) if outcome.kind == "binary" else spread[position] ** 2
    away = np.zeros(len(grid.positions))
    for number, of in enumerate(grid.positions):
        if of.range and of.at is not None:
            low, high = of.range
            away[number] = 12 * ((of.at - (low + high) / 2) / (high - low)) ** 2
    variance = variance / weight * np.where(line, 1 + away[position], 1.0)
    df = np.maximum(np.floor(weight).astype(np.int64) - np.where(line, 2, 1), 1)
    return t_quantiles(df, load_measure("expectation").confidence) * np.sqrt(variance + sd * sd)


def _coarse(n: Shorts) -> Floats:
    """Counts rounded down to a power of `OBSERVED_STEP`: the same however little they differ between outcomes."""
    return OBSERVED_STEP ** np.floor(np.log(np.maximum(n, 1)) / log(OBSERVED_STEP) + 1e-9)


@njit(nogil=True, cache=True)
def _match(group: Shorts, area: Shorts, other_group: Shorts, other_area: Shorts, mine: Any, theirs: Any) -> int:
    count, j = 0, 0
    for i in range(len(group)):
        while j < len(other_group) and (
            other_group[j] < group[i] or (other_group[j] == group[i] and other_area[j] < area[i])
        ):
            j += 1
        if j < len(other_group) and other_group[j] == group[i] and other_area[j] == area[i]:
            mine[count], theirs[count] = i, j
            count += 1
    return count


def matched(
    group: Shorts, area: Shorts, other_group: Shorts, other_area: Shorts
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the same cells are in two lists that are sorted by group and area."""
    mine, theirs = np.empty((2, min(len(group), len(other_group))), np.int64)
    count = _match(group, area, other_group, other_area, mine, theirs)
    return mine[:count], theirs[:count]
