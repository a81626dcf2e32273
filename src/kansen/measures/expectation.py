"""The expected outcome of a group: its mean, or a least-squares line within a band, evaluated at one parental rank.

Formulas: mean and its t interval; simple regression with the classical standard error of a fitted value,
s2 * (1/n + (x0 - mx)**2 / sxx) with s2 = RSS / (n - 2) (any textbook, for example Draper and Smith, Applied Regression
Analysis, ch. 1). Which predictor counts as constant follows the KansenKaart estimator: the one for which
sqrt(sxx) < 1e-7 * sqrt(sum of x**2).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from kansen.cohorts.declarations import Outcome
from kansen.measures.declarations import load_measure
from kansen.measures.influence import AMOUNTS, Ends, Steadiness, band_ends, ends_of, least_spread, steady_part
from kansen.moments import Cells, Grid, Prepared, Room, Structure

CONSTANT = 1e-7
"""Below this share of the size of x, its spread is rounding and the slope is left out."""

DOUBT = 1e-5
"""Below this share of the spread of y, what a line leaves unexplained has lost digits in the moments."""

EXACT_FIT = 64 * np.finfo(np.float64).eps
"""Below this share of the spread of y, what a line leaves unexplained is rounding and counts as nothing."""


@dataclass(frozen=True)
class Estimates:
    """Figures of the occupied cells of one outcome at one level, unprotected: they stay in the vault.

    Arrays as in `Cells`; `est`, `lwr`, `upr` in the outcome's unit. `est` is NaN where nothing was observed, the limits
    are NaN where there are no degrees of freedom left.

    Only where asked for (`expectations`), what noise may be added to: `steady` is the line where one child cannot move
    it far, the mean elsewhere; `moves` is n times the most that one child moves that line, NaN for a mean; `ends` are
    those of the outcome.
    """

    outcome: str
    level: str
    areas: tuple[str, ...]
    groups: tuple[str, ...]
    area: NDArray[np.int32]
    group: NDArray[np.int32]
    rows: NDArray[np.int32]
    n: NDArray[np.int32]
    ones: NDArray[np.int32]
    est: NDArray[np.float64]
    lwr: NDArray[np.float64]
    upr: NDArray[np.float64]
    steady: NDArray[np.float64] | None = None
    moves: NDArray[np.float64] | None = None
    ends: Ends | None = None

    def __len__(self) -> int:
        return len(self.area)


@njit(nogil=True, cache=True, inline="always")
def _fit(m, mx, my, sxx, sxy, syy, x0, t, constant, exact):  # type: ignore[no-untyped-def]
    """Estimate and half width of one cell, and whether the latter is in doubt.

    `x0` is NaN for a mean, `t` the quantile per degree of freedom.
    """
    if m == 0:
        return np.nan, np.nan, False
    value, df, variance, doubt = my, m - 1, 0.0, False
    if m > 1 and not np.isnan(x0) and sxx > 0 and np.sqrt(sxx) >= constant * np.sqrt(sxx + m * mx * mx):
        b = sxy / sxx
        away = x0 - mx
        value, df = my + b * away, m - 2
        if df > 0:
            rss = syy - b * sxy
            if rss < exact * syy:
                rss = 0.0
            doubt = 0.0 < rss < DOUBT * syy
            variance = rss / df * (1.0 / m + away * away / sxx)
    elif df > 0:
        variance = syy / df / m
    return value, np.sqrt(variance) * t[df], doubt


@njit(nogil=True, cache=True)
def _fit_cells(n, mx, my, sxx, sxy, syy, group, at, t, constant, exact, est, lwr, upr):  # type: ignore[no-untyped-def]
    """The cells of one outcome, one after the other; `at` is the rank per group."""
    for i in range(len(n)):
        value, half, _ = _fit(n[i], mx[i], my[i], sxx[i], sxy[i], syy[i], at[group[i]], t, constant, exact)
        est[i], lwr[i], upr[i] = value, value - half, value + half


@njit(nogil=True, cache=True)
def _fit_part(values, place, group, least, at, t, constant, exact, found, where, n, ones, est, half):  # type: ignore[no-untyped-def]
    """The cells of a part (values [cells, FIELDS, LANES]) that hold enough, added to the results [outcomes, room].

    least [outcomes, 3] : fewest observed, ones and others. found [outcomes] : how many results there are. where : the
    place of each result in its chain, ~ of that where its half width is to be worked out from the children.
    """
    for i in range(len(place)):
        x0, of = at[group[i]], values[i]
        for lane in range(len(found)):
            m, hits = int(of[0, lane]), int(of[1, lane])
            if m < least[lane, 0] or hits < least[lane, 1] or m - hits < least[lane, 2]:
                continue
            value, width, doubt = _fit(
                m, of[2, lane], of[3, lane], of[4, lane], of[5, lane], of[6, lane], x0, t, constant, exact
            )
            to = found[lane]
            where[lane, to] = ~place[i] if doubt else place[i]
            n[lane, to], ones[lane, to], est[lane, to], half[lane, to] = m, hits, value, width
            found[lane] = to + 1


FAR = 20_000
"""From this number of degrees of freedom on, quantiles come from an expansion, with an error below 1e-15."""


class _Quantiles:
    """Quantiles of Student's t for one level of confidence, worked out once for every degree of freedom.

    Far out: Abramowitz and Stegun (1972), 26.7.5, four terms.
    """

    def __init__(self, confidence: float) -> None:
        self._at = 0.5 + confidence / 2
        self._table = np.full(1, np.nan)
        self._lock = threading.Lock()

    def up_to(self, most: int) -> NDArray[np.float64]:
        """A table by degree of freedom that goes at least to `most`; NaN at zero."""
        with self._lock:
            if most >= len(self._table):
                new = np.arange(len(self._table), most + 1, dtype=np.float64)
                near, far = new[new < FAR], new[new >= FAR]
                self._table = np.concatenate([self._table, stdtrit(near, self._at), self._far(far)])
            return self._table

    def _far(self, df: NDArray[np.float64]) -> NDArray[np.float64]:
        z = float(ndtri(self._at))
        terms = (
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        )
        return z + np.sum([term / df**power for power, term in enumerate(terms, 1)], axis=0)


_quantiles = cache(_Quantiles)


def t_quantiles(df: NDArray[np.integer[Any]], confidence: float) -> NDArray[np.float64]:
    """Quantiles of Student's t for two-sided intervals, one per entry of `df`; NaN where `df` is zero.

    >>> t_quantiles(np.array([0, 10]), 0.95).round(6).tolist()
    [nan, 2.228139]
    """
    return _quantiles(confidence).up_to(int(df.max(initial=0)))[df]


def expectation(cells: Cells, grid: Grid, confidence: float | None = None) -> Estimates:
    """The expectation of every cell, with its interval.

    Position `all`: the mean, n - 1 degrees of freedom. A band: the least-squares line of y on x within the band at the
    declared rank, n - 2 degrees of freedom. Degenerate cells: nothing observed, no estimate; one child, its value and
    no interval; two children with different ranks, the exact line and no interval; equal ranks, the mean (n - 1);
    equal outcomes, an interval of no width.

    confidence : level of the interval; what the measure declares by default.
    """
    level = load_measure("expectation").confidence if confidence is None else confidence
    est, lwr, upr = np.empty((3, len(cells)))
    t = _quantiles(level).up_to(int(cells.n.max(initial=0)))
    _fit_cells(
        cells.n, cells.mx, cells.my, cells.sxx, cells.sxy, cells.syy, cells.group, grid.at, t, CONSTANT, EXACT_FIT,
        est, lwr, upr,
    )  # fmt: skip
    shared = {item.name: getattr(cells, item.name) for item in fields(Estimates) if hasattr(cells, item.name)}
    return Estimates(**shared, est=est, lwr=lwr, upr=upr)


class Least(NamedTuple):
    """The fewest children of a cell whose figure is wanted: with the outcome observed, one, and something else."""

    n: int = 0
    ones: int = 0
    zeros: int = 0


def every_cell(_: Outcome) -> Least:
    """No cell is left out."""
    return Least()


def expectations(
    prepared: Prepared,
    outcomes: Sequence[Outcome],
    room: Room,
    least: Callable[[Outcome], Least] = every_cell,
    steadiness: Steadiness | None = None,
    *,
    clipped: bool = False,
) -> Iterator[tuple[Outcome, dict[str, Estimates]]]:
    """The same for a few outcomes together, per level, without keeping their moments: for `moments.compute`.

    least : cells with fewer are left out, which saves their time and room; by default every occupied cell is there.
    steadiness : also find what noise may be added to. clipped : amounts beyond their ends count as those ends.
    """
    t = _quantiles(load_measure("expectation").confidence).up_to(prepared.source.rows)
    bounds = np.array([least(outcome) for outcome in outcomes], dtype=np.int64)
    kinds = {**_RESULTS, **(_STEADY if steadiness else {})}
    # For all cells: what is not used is never touched, and so takes no memory.
    found = {
        id(structure): (
            np.zeros(len(outcomes), np.int64),
            *(
                room.array(f"{name} {number}", (len(outcomes), len(structure.rows)), kind)
                for name, kind in kinds.items()
            ),
        )
        for number, structure in enumerate(prepared.structures)
    }
    ends: dict[str, Ends] = {}
    bands = band_ends(prepared.grid)

    def values(outcome: Outcome) -> NDArray[np.float64]:
        of = prepared.source.outcome(outcome)
        if steadiness:
            ends[outcome.id] = ends_of(outcome, of, steadiness.clip)
        return np.clip(of, *ends[outcome.id][:2]) if clipped and outcome.kind in AMOUNTS else of

    for part in prepared.parts(outcomes, room, values):
        results = found[id(part.structure)]
        usual, more = results[: 1 + len(_RESULTS)], results[1 + len(_RESULTS) :]
        first = usual[0].copy()
        _fit_part(part.values, part.place, part.group, bounds, prepared.grid.at, t, CONSTANT, EXACT_FIT, *usual)
        if steadiness:
            steady_part(
                part.values, part.group, bounds, prepared.grid.at, bands,
                least_spread(prepared.grid, steadiness.spread), np.array([ends[one.id][:2] for one in outcomes]),
                steadiness.cap, first, *more,
            )  # fmt: skip
    for lane, outcome in enumerate(outcomes):
        yield outcome, _levels_of(prepared, outcome.id, lane, list(kinds), found, room, t, ends.get(outcome.id))


_RESULTS: Mapping[str, type] = {"where": np.int32, "n": np.int32, "ones": np.int32, "est": float, "half": float}
_STEADY: Mapping[str, type] = {"steady": float, "moves": float}


def _levels_of(
    prepared: Prepared,
    outcome: str,
    lane: int,
    names: Sequence[str],
    found: Mapping[int, tuple[NDArray[Any], ...]],
    room: Room,
    t: NDArray[np.float64],
    ends: Ends | None,
) -> dict[str, Estimates]:
    """The results of one outcome in the order of their places, per level. names : of the arrays after the counts."""
    levels: dict[str, Estimates] = {}
    for structure in prepared.structures:
        count, *results = found[id(structure)]
        columns = {name: of[lane, : count[lane]] for name, of in zip(names, results, strict=True)}
        where = columns.pop("where")
        for i in np.flatnonzero(where < 0).tolist():
            where[i] = ~where[i]
            columns["half"][i] = _residual_half(prepared, structure, int(where[i]), prepared.observed(room, lane), t)
        levels |= dict(_by_level(prepared, structure, outcome, where, columns, ends))
    return {level: levels[level] for level in prepared.levels}


def _residual_half(
    prepared: Prepared, structure: Structure, cell: int, y: NDArray[np.float64], t: NDArray[np.float64]
) -> float:
    """The half width of a line's interval from the residuals of the children themselves."""
    children = structure.children(cell)
    x, y = structure.x[children], y[structure.order[children]]
    x, y = x[~np.isnan(y)], y[~np.isnan(y)]
    dx, residual = x - x.mean(), y - y.mean()
    spread = float(dx @ dx)
    for _ in range(2):  # the second time takes away what rounding left of the slope
        residual = residual - dx * (float(dx @ residual) / spread)
    away = float(prepared.grid.at[structure.group[cell]]) - float(x.mean())
    df = len(y) - 2
    return float(np.sqrt(float(residual @ residual) / df * (1 / len(y) + away * away / spread)) * t[df])


def _by_level(
    prepared: Prepared,
    structure: Structure,
    outcome: str,
    where: NDArray[np.int32],
    columns: Mapping[str, NDArray[Any]],
    ends: Ends | None,
) -> Iterator[tuple[str, Estimates]]:
    """The results of a chain in the order of their places, level after level. columns : `_RESULTS` and any others."""
    rank, places = np.zeros(len(structure.rows), np.int32), np.empty(len(where), np.int32)
    _order(where, rank, places)
    others = dict(columns)
    usual = tuple(others.pop(name) for name in ("n", "ones", "est", "half"))
    ordered = {name: np.empty(len(where), kind) for name, kind in _FIGURES.items()}
    _place(where, rank, *usual, *ordered.values())
    if others:
        to = rank[where] - 1
        for name, values in others.items():
            ordered[name] = np.empty_like(values)
            ordered[name][to] = values
    ordered |= {name: getattr(structure, name)[places] for name in ("area", "group", "rows")}
    edges = np.searchsorted(places, structure.level_cell).tolist()
    for level, (start, stop) in zip(structure.levels, pairwise(edges), strict=True):
        cells = {name: values[start:stop] for name, values in ordered.items()}
        yield level, Estimates(outcome, level, prepared.areas.ids(level), prepared.grid.groups, **cells, ends=ends)


_FIGURES: Mapping[str, type] = {"n": np.int32, "ones": np.int32, "est": float, "lwr": float, "upr": float}


@njit(nogil=True, cache=True)
def _order(where: NDArray[np.int32], rank: NDArray[np.int32], places: NDArray[np.int32]) -> None:
    """Number the places that occur, from one, in `rank` (zero elsewhere), and list them."""
    for place in where:
        rank[place] = 1
    count = 0
    for place in range(len(rank)):
        if rank[place]:
            places[count] = place
            count += 1
            rank[place] = count


@njit(nogil=True, cache=True)
def _place(where, rank, n, ones, est, half, to_n, to_ones, to_est, to_lwr, to_upr):  # type: ignore[no-untyped-def]
    """Put every result in its place by `rank`, with its limits."""
    for i in range(len(where)):
        to = rank[where[i]] - 1
        to_n[to], to_ones[to], to_est[to] = n[i], ones[i], est[i]
        to_lwr[to], to_upr[to] = est[i] - half[i], est[i] + half[i]
