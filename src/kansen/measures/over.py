"""Measures over an outcome, of all cells at once: slopes, predictions, gaps, corners, from the moments of each cell.

A line through all children of a cell follows from their moments: b = sxy / sxx, a = my - b mx, with the classical
standard errors of simple regression (s2 = (syy - b sxy) / (n - 2)). They are functions of sums over children, which is
what allows them to be told where the mean of the cell is told exactly. Those of `rank_rank`, which take into account
that ranks are estimated, are not; for the children of one area, a small part of those who are ranked, both agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.cohorts.declarations import Outcome
from kansen.errors import UsageError
from kansen.measures.declarations import Over, load_measure, load_over
from kansen.measures.expectation import CONSTANT, EXACT_FIT, Estimates, t_quantiles
from kansen.measures.mobility import Crosswalk, crosswalk
from kansen.measures.results import wilson
from kansen.measures.transitions import count_classes
from kansen.moments import Cells, Grid, Prepared, Room

Floats = NDArray[np.float64]
Shorts = NDArray[np.int32]

FEWEST_FOR_Z = 4
"""Fisher's z has a standard error from this number of children on."""


@dataclass(frozen=True)
class Asked:
    """A measure, the outcome it is over, and the outcome that it is told as."""

    over: Over
    base: Outcome
    outcome: Outcome


@dataclass(frozen=True)
class Worked:
    """The figures of a measure, per level, unprotected.

    needs : per level the groups of the base outcome that each figure is a function of, [cells, groups]. whole : per
    level whether a figure is of all children of these groups, or leaves out some without a known rank, [cells].
    cells : per level the moments behind its lines, none for what is not read off a line; from other lines, and how far
    noise may have moved what they are made of, `read` works it out again. classes : of a rank, the children of the
    country by fifths of parents and of children.
    """

    asked: Asked
    estimates: Mapping[str, Estimates]
    needs: Mapping[str, Shorts]
    whole: Mapping[str, NDArray[np.bool_]]
    cells: Mapping[str, Cells]
    read: Callable[[Cells, Lines, LineNoise], Found]
    classes: NDArray[np.int64] | None = None


class Found(NamedTuple):
    """Figures of one level, the groups that each needs [cells, groups], and how far noise may have moved each."""

    estimates: Estimates
    needs: Shorts
    noise_sd: Floats


def asked_of(outcomes: Sequence[Outcome], wanted: Mapping[str, Sequence[str]] | None = None) -> list[Asked]:
    """The measures over each of the outcomes of a cohort: those that are declared for them, or those that are wanted.

    wanted : by outcome the ids of measures. Raises `UsageError` for one that there is not, or that does not fit.
    """
    ids = [outcome.id for outcome in outcomes]
    if wanted is None:
        return [
            Asked(over, outcome, over.outcome(outcome))
            for outcome in outcomes
            for over in load_over()
            if over.applies(outcome, ids) and f"{outcome.id}_{over.id}" not in ids
        ]
    found: list[Asked] = []
    for outcome in outcomes:
        known = {over.id: over for over in load_over() if over.fits(outcome, ids)}
        for name in wanted.get(outcome.id, ()):
            if name not in known:
                raise UsageError(
                    "There is no such measure over an outcome of this kind",
                    where=f"outcome {outcome.id}",
                    found=name,
                    expected=", ".join(known) or f"none, for the kind {outcome.kind}",
                )
            found.append(Asked(known[name], outcome, known[name].outcome(outcome)))
    return found


def everybody_of(grid: Grid) -> Grid | None:
    """The groups of a grid with parents of every position; None where a line through them says nothing."""
    if grid.codes or not any(position.everybody for position in grid.positions):
        return None
    return grid.without(position.id for position in grid.positions if not position.everybody)


def work_out(
    prepared: Prepared, grid: Grid, asked: Sequence[Asked], figures: Mapping[str, Mapping[str, Estimates]], room: Room
) -> Iterator[Worked]:
    """Work out the measures over a few outcomes (at most `LANES`), per level.

    prepared : the cohort on `everybody_of` the grid. grid : on which the outcomes themselves were estimated. figures :
    per outcome its estimates per level, for corners.
    """

    def values(outcome: Outcome) -> Floats:
        # Children whose parents have no known rank are in no line.
        return np.where(np.isnan(ranks), np.nan, prepared.source.outcome(outcome))

    ranks = prepared.source.ranks(grid.column)
    bases = list({one.base.id: one.base for one in asked if one.over.how not in ("corner", "elasticity")}.values())
    lines = {base.id: cells for base, cells in prepared.outcomes(bases, room, values)} if bases else {}
    first = _everybody(grid)
    for one in asked:
        if one.over.x:
            # A ready file need not have what only this measure asks for.
            if prepared.source.has(one.over.x):
                yield _of_logarithms(prepared, one, grid, first, room)
            continue
        ladder = _ladder(prepared, one) if one.over.how == "amount" else None
        read = partial(_of_line, one, grid=grid, first=first, ladder=ladder)
        corner = one.over.how == "corner"
        cells = {} if corner else {level: of for level, of in lines[one.base.id].items() if _told_at(one.over, level)}
        found = {level: read(of, Lines.of(of), LineNoise.none(len(of))) for level, of in cells.items()}
        if corner:
            of_base = figures[one.base.id]
            found = {level: _corner(one, of, grid) for level, of in of_base.items() if _told_at(one.over, level)}
        yield Worked(
            one,
            {level: of.estimates for level, of in found.items()},
            {level: of.needs for level, of in found.items()},
            {
                level: _all_known(of, cells[level], first) if level in cells else np.ones(len(of.needs), np.bool_)
                for level, of in found.items()
            },
            cells,
            read,
            _classes(prepared, one, ranks) if one.over.how == "slope" and one.base.kind == "rank" else None,
        )


def _classes(prepared: Prepared, asked: Asked, ranks: Floats) -> NDArray[np.int64]:
    """The transition matrix of the country, in children."""
    own = prepared.source.outcome(asked.base)
    known = ~(np.isnan(own) | np.isnan(ranks))
    return count_classes(ranks[known], own[known])


FEWEST_LEFT_OUT = 10
"""From this number of children without a logarithm on, a line of the country counts as one of all its children."""


def _of_logarithms(prepared: Prepared, asked: Asked, grid: Grid, first: int, room: Room) -> Worked:
    """A slope of logarithms, from no moments that noise could be added to: one child may move it any distance.

    The figure of everybody in the country does not say of how many children it is, and there is no other to take from
    it: there, enough children may be left out.
    """
    cells = _logarithms(prepared, asked, room)
    read = partial(_of_line, asked, grid=grid, first=first, ladder=None)
    found = {level: read(of, Lines.of(of), LineNoise.none(len(of))) for level, of in cells.items()}
    left_out = {level: of.rows - of.n for level, of in cells.items()}
    return Worked(
        asked,
        {level: of.estimates for level, of in found.items()},
        {level: of.needs for level, of in found.items()},
        {
            level: (of == 0) | ((level == "nl") & (cells[level].group == 0) & (of >= FEWEST_LEFT_OUT))
            for level, of in left_out.items()
        },
        {},
        read,
    )


def _logarithms(prepared: Prepared, asked: Asked, room: Room) -> dict[str, Cells]:
    """The moments of the logarithms of an outcome and of another amount, where both are above zero, at some levels."""
    x, y = prepared.source.amounts(asked.over.x or ""), prepared.source.outcome(asked.base)
    good = (x > 0) & (y > 0)
    log_x, log_y = (np.log(np.where(good, of, 1.0)) for of in (x, y))
    told = replace(prepared, structures=tuple(replace(of, x=log_x[of.order]) for of in prepared.structures))

    def values(_: Outcome) -> Floats:
        return np.where(good, log_y, np.nan)

    [(_, cells)] = told.outcomes([asked.base], room, values)
    return {level: of for level, of in cells.items() if _told_at(asked.over, level)}


def _told_at(over: Over, level: str) -> bool:
    return not over.levels or level in over.levels


def _all_known(found: Found, cells: Cells, first: int) -> NDArray[np.bool_]:
    """Where every child of the groups that a figure needs has a known outcome, and parents of a known rank."""
    areas = int(cells.area.max(initial=0)) + 1
    complete = np.zeros((int(cells.group.max(initial=0)) + 1, areas), np.bool_)
    complete[cells.group, cells.area] = cells.n == cells.rows
    return np.all(complete[found.needs - first, found.estimates.area[:, None]], axis=1)


def _everybody(grid: Grid) -> int:
    """The number of the first group with parents of every position."""
    inner = int(np.prod(grid.shape[1:]))
    return next(number for number, of in enumerate(grid.positions) if of.everybody) * inner


def _ladder(prepared: Prepared, asked: Asked) -> Crosswalk | None:
    """What each place on the national ladder of the base outcome is in euros."""
    amount = replace(asked.base, id=asked.over.amount_of(asked.base), kind="money")
    return crosswalk(prepared.source.outcome(asked.base), prepared.source.outcome(amount))


@dataclass(frozen=True)
class Lines:
    """Least squares through the children of each cell; NaN where there is no line."""

    n: Floats
    mx: Floats
    my: Floats
    sxx: Floats
    slope: Floats
    variance: Floats

    @classmethod
    def of(cls, cells: Cells) -> Lines:
        """Those of cells with three children or more whose parents differ."""
        n = cells.n.astype(np.float64)
        some = (cells.n > 2) & (cells.sxx > 0)
        some &= np.sqrt(np.maximum(cells.sxx, 0)) >= CONSTANT * np.sqrt(np.maximum(cells.sxx + n * cells.mx**2, 0))
        sxx = np.where(some, cells.sxx, np.nan)
        slope = cells.sxy / sxx
        rest = cells.syy - slope * cells.sxy
        rest = np.where(rest < EXACT_FIT * cells.syy, 0.0, rest)
        return cls(n, cells.mx, cells.my, sxx, slope, rest / np.where(some, n - 2, np.nan))

    def at(self, rank: float | Floats) -> tuple[Floats, Floats]:
        """The line at a parental rank, and the variance of that."""
        away = rank - self.mx
        return self.my + self.slope * away, self.variance * (1 / np.maximum(self.n, 1) + away**2 / self.sxx)


@dataclass(frozen=True)
class LineNoise:
    """Standard deviations of noise on what lines are made of, for each cell; zeros without noise."""

    mx: Floats
    my: Floats
    slope: Floats

    @classmethod
    def none(cls, cells: int) -> LineNoise:
        """That there is no noise."""
        return cls(*np.zeros((3, cells)))

    def at(self, lines: Lines, rank: float | Floats) -> Floats:
        """The variance of the noise on the line at a parental rank."""
        return self.my**2 + ((rank - lines.mx) * self.slope) ** 2 + (lines.slope * self.mx) ** 2


def _of_line(
    asked: Asked, cells: Cells, lines: Lines, noise: LineNoise, *, grid: Grid, first: int, ladder: Crosswalk | None
) -> Found:
    """A measure that is read off the lines of cells; its interval covers the noise on them."""
    over, level = asked.over, load_measure("expectation").confidence
    own = cells.group + np.int32(first)
    needs, df = own[:, None], _whole(lines.n) - 2
    if over.how in ("gap", "composition"):
        which, a, b, needs = _both(over, cells, grid, first)
        compared = _gap if over.how == "gap" else _composition
        value, variance, noisy = compared(_Side.of(lines, noise, a), _Side.of(lines, noise, b))
        df = _whole(lines.n[a]) + _whole(lines.n[b]) - 4
        cells, own = _some(cells, which), own[which]
    elif over.how == "explained":
        value, lwr, upr, sd = _explained(lines, noise, level)
        return Found(_estimates(asked, cells, grid, own, value, lwr, upr), needs, sd)
    elif over.how in ("slope", "elasticity"):
        value, variance, noisy = lines.slope, lines.variance / lines.sxx, noise.slope**2
    else:
        value, variance = lines.at(over.at or 0.0)
        noisy = noise.at(lines, over.at or 0.0)
    half = t_quantiles(np.maximum(df, 0), level) * np.sqrt(variance + noisy)
    sd = np.sqrt(noisy)
    ends = [over.scale * of for of in (value, value - half, value + half, value - sd, value + sd)]
    if over.how == "amount":
        ends = [_read_off(ladder, of) for of in ends]
    return Found(_estimates(asked, cells, grid, own, *ends[:3]), needs, (ends[4] - ends[3]) / 2)


def _whole(n: Floats) -> Shorts:
    """Numbers of children rounded down; zero where there is none."""
    return np.floor(np.nan_to_num(n)).astype(np.int32)


def _read_off(ladder: Crosswalk | None, rank: Floats) -> Floats:
    """Ranks in euros; NaN stays NaN, and all are without a ladder."""
    if ladder is None:
        return np.full(len(rank), np.nan)
    return np.where(np.isnan(rank), np.nan, np.interp(np.nan_to_num(rank), ladder.rank, ladder.amount))


def _explained(lines: Lines, noise: LineNoise, confidence: float) -> tuple[Floats, Floats, Floats, Floats]:
    """R squared of parents' rank, freed of what chance adds, its limits by Fisher's z of r, and the noise on it.

    r2 = b2 sxx / syy with syy = b2 sxx + (n - 2) s2.
    """
    n = lines.n
    explained, rest = lines.slope**2 * lines.sxx, np.maximum(n - 2, 0) * lines.variance
    total = explained + rest
    some = (n > 2) & (total > 0)
    share = np.where(some, explained / np.where(some, total, 1.0), np.nan)
    r = np.sign(lines.slope) * np.sqrt(np.clip(share, 0.0, 1.0))
    value = np.maximum(1 - (1 - r**2) * (n - 1) / np.where(some, n - 2, np.nan), 0.0)
    wide = n >= FEWEST_FOR_Z
    # r = b (sxx / syy) ** 1/2: noise on the slope moves it by (1 - r2) of that.
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(some, noise.slope * np.sqrt(lines.sxx / total) * (1 - r**2), np.nan)
        error = np.sqrt(1 / np.where(wide, n - 3, np.nan) + (moved / (1 - r**2)) ** 2)
        half = ndtri(0.5 + confidence / 2) * np.where(np.abs(r) < 1, error, 1 / np.sqrt(np.where(wide, n - 3, np.nan)))
        low, high = (np.tanh(np.arctanh(r) + side * half) for side in (-1, 1))
    lwr = np.where(low * high < 0, 0.0, np.minimum(low**2, high**2))
    # The corrected figure can lie below what the interval of r itself starts from.
    return value, np.minimum(lwr, value), np.maximum(np.maximum(low**2, high**2), value), 2 * np.abs(r) * moved


class _Side(NamedTuple):
    """The lines of one of two groups that are compared, and the noise on them."""

    line: Lines
    noise: LineNoise

    @classmethod
    def of(cls, lines: Lines, noise: LineNoise, which: NDArray[np.int64]) -> _Side:
        """Those of some cells."""
        return cls(
            Lines(*(getattr(lines, name)[which] for name in Lines.__dataclass_fields__)),
            LineNoise(*(getattr(noise, name)[which] for name in LineNoise.__dataclass_fields__)),
        )


def _both(
    over: Over, cells: Cells, grid: Grid, first: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64], Shorts]:
    """The cells that hold both groups of a gap, those of a and of b within them, and the groups that each needs."""
    axis = [dimension.id for dimension in grid.dimensions].index(over.dimension or "")
    members = [member.id for member in grid.dimensions[axis].members]
    whole = next(i for i, member in enumerate(grid.dimensions[axis].members)
                 if grid.dimensions[axis].sums[i].all())  # fmt: skip
    shape = grid.shape[1:]
    codes = np.array(np.unravel_index(cells.group, shape))
    which = np.flatnonzero(codes[axis] == whole)
    areas = int(cells.area.max(initial=0)) + 1
    place = np.full(int(np.prod(shape)) * areas, -1, dtype=np.int64)
    place[cells.group.astype(np.int64) * areas + cells.area] = np.arange(len(cells))
    sides: list[NDArray[np.int64]] = []
    needs = [cells.group[which] + np.int32(first)]
    for side in (over.a, over.b):
        of = codes[:, which].copy()
        of[axis] = members.index(side or "")
        group = np.asarray(np.ravel_multi_index(tuple(of), shape))
        sides.append(place[group.astype(np.int64) * areas + cells.area[which]])
        needs.append((group + first).astype(np.int32))
    both = (sides[0] >= 0) & (sides[1] >= 0)
    return which[both], sides[0][both], sides[1][both], np.stack([of[both] for of in needs], axis=1)


def _gap(a: _Side, b: _Side) -> tuple[Floats, Floats, Floats]:
    """The gap between two groups at the mean parental rank of both; value, variance, variance of the noise."""
    rank = (a.line.n * a.line.mx + b.line.n * b.line.mx) / np.maximum(a.line.n + b.line.n, 1)
    at = [side.line.at(rank) for side in (a, b)]
    noisy = a.noise.at(a.line, rank) + b.noise.at(b.line, rank)
    return at[0][0] - at[1][0], at[0][1] + at[1][1], noisy


def _composition(a: _Side, b: _Side) -> tuple[Floats, Floats, Floats]:
    """What two groups differ by as their parents do: value, variance, variance of the noise.

    (mx_a - mx_b) (w_b b_a + w_a b_b), w the share of a group in both. It adds up with `_gap` to the difference of the
    means: the explained part of Oaxaca and Blinder with these slopes as the reference. Variances by the delta method,
    the mean ranks included.
    """
    n = np.maximum(a.line.n + b.line.n, 1)
    away = a.line.mx - b.line.mx
    slope = (b.line.n * a.line.slope + a.line.n * b.line.slope) / n

    def error(*sides: tuple[Floats, Floats]) -> Floats:
        """Of the variances of the mean rank and of the slope on both sides."""
        (mean_a, slope_a), (mean_b, slope_b) = sides
        weighed = (b.line.n / n) ** 2 * slope_a + (a.line.n / n) ** 2 * slope_b
        return slope**2 * (mean_a + mean_b) + away**2 * weighed

    def chance(of: Lines) -> tuple[Floats, Floats]:
        return of.sxx / np.maximum(of.n, 1) ** 2, of.variance / of.sxx

    def drawn(of: LineNoise) -> tuple[Floats, Floats]:
        return of.mx**2, of.slope**2

    return away * slope, error(chance(a.line), chance(b.line)), error(drawn(a.noise), drawn(b.noise))


def _corner(asked: Asked, of: Estimates, grid: Grid) -> Found:
    """The share of a binary outcome among the children of a band of parents, told of the group of all parents."""
    inner = int(np.prod(grid.shape[1:]))
    position = [one.id for one in grid.positions].index(asked.over.position or "")
    which = np.flatnonzero((of.group // inner == position) & (of.n > 0))
    own = (of.group[which] % inner + _everybody(grid)).astype(np.int32)
    n, ones = of.n[which].astype(np.float64), of.ones[which].astype(np.float64)
    z = float(ndtri(0.5 + load_measure("expectation").confidence / 2))
    lwr, upr = wilson(ones, n, z)
    found = Estimates(
        asked.outcome.id, of.level, of.areas, of.groups, of.area[which], own, of.rows[which], of.n[which],
        of.ones[which], ones / n, lwr, upr,
    )  # fmt: skip
    return Found(found, np.stack([own, of.group[which]], axis=1), np.zeros(len(own)))


def _some(cells: Cells, which: NDArray[np.intp]) -> Cells:
    names = ("area", "group", "rows", "n", "ones", "mx", "my", "sxx", "sxy", "syy")
    return replace(cells, **{name: getattr(cells, name)[which] for name in names})


def _estimates(asked: Asked, cells: Cells, grid: Grid, own: Shorts, est: Floats, lwr: Floats, upr: Floats) -> Estimates:
    gone = np.isnan(lwr) | np.isnan(upr)
    return Estimates(
        asked.outcome.id,
        cells.level,
        cells.areas,
        grid.groups,
        cells.area,
        own,
        cells.rows,
        cells.n,
        cells.ones,
        est,
        np.where(gone, np.nan, lwr),
        np.where(gone, np.nan, upr),
    )
