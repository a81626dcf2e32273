"""Measures over an outcome through the wall.

Under a profile with noise, what lines are made of (the mean rank of the parents, the outcome there, the slope, and how
far both spread) gets noise, each with a draw of its own, and every measure is read off these lines: so it tells nothing
more than they do. That is done wherever the outcome itself is told, exactly or not, for a line leaves out the children
whose parents have no known rank, who are no published group.

A corner of the transition matrix is exact where the band of parents is, and carries noise of its own elsewhere.

Elsewhere a measure is told where all figures that it is a function of are told exactly: whoever knows an exact figure
is taken to know all sums behind it (docs/closure.md). Under a profile that is closed it has to be of all children of
these groups, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.measures import load_measure
from kansen.measures.expectation import t_quantiles
from kansen.measures.influence import slope_influence
from kansen.measures.over import LineNoise, Lines, Worked
from kansen.protection.draws import LevelCells, NoisyOutcome, noisy_count, rule_of
from kansen.protection.noise import FEWEST, STEP, coarse
from kansen.protection.profiles import NoiseRule, Profile
from kansen.protection.protect import summary_of
from kansen.protection.protected import Protected, ProtectedSummary, token
from kansen.protection.same_cells import matched
from kansen.protection.scale import readable_step, reliability_of

Floats = NDArray[np.float64]

STEEPER = 6.0
"""So many times as far as a prediction may one child move a slope: in evenly spread ranks it moves it that much."""


def protect_over(
    worked: Worked, told: Sequence[Protected], profile: Profile, noise: NoisyOutcome | None = None
) -> tuple[ProtectedSummary, list[Protected]]:
    """All levels of one measure over an outcome; rounded and graded as the outcome is.

    told : what is told of the outcome itself, on the same grid. The number of children is that of the outcome's figure
    of the group. noise : under a profile with noise, what the outcome is told with.
    """
    if profile.noise is not None and noise is None:
        raise TypeError(f"the profile {profile.id} has noise: protect_over needs to know what it is drawn from")
    outcome = worked.asked.outcome
    of_level = {part.level: part for part in told if part.outcome.id == worked.asked.base.id}
    levels = [level for level in worked.estimates if level in of_level]
    if noise is not None and worked.cells:
        most = _most_moved(worked, noise, rule_of(profile))
        columns = {level: _noisy(worked, level, of_level[level], noise, profile, most) for level in levels}
    else:
        columns = {level: _columns(worked, level, of_level[level], profile) for level in levels}
        if noise is not None and worked.asked.over.how == "corner":
            columns = {
                level: _with_noisy_corners(worked, level, of_level[level], noise, profile, of)
                for level, of in columns.items()
            }
    transitions = _transitions(worked, of_level.get("nl"), profile)
    summary = replace(summary_of(columns, outcome), transitions=transitions, _token=token())
    return summary, [
        Protected(
            outcome=outcome,
            level=level,
            areas=worked.estimates[level].areas,
            groups=worked.estimates[level].groups,
            **found,
            reliability=reliability_of(found["lwr"], found["upr"], summary.spread, profile.reliability),
            profile=profile.id,
            _token=token(),
        )
        for level, found in columns.items()
    ]


FEWEST_PER_STEP = 20
"""So many children at least does one step of a rounded transition matrix stand for."""


def _transitions(worked: Worked, told: Protected | None, profile: Profile) -> dict[str, Any] | None:
    """The transition matrix of the country, where the outcome itself is told exactly of everybody in the country.

    None where a cell has fewer children than a figure needs. Shares are rounded so that a step stands for at least
    `FEWEST_PER_STEP` children of the smallest row; rows then need not add up to one.
    """
    if worked.classes is None or told is None or not ((told.group == 0) & (told.noise_sd == 0)).any():
        return None
    if int(worked.classes.min()) < max(profile.min_n, profile.min_ones):
        return None
    rows = worked.classes.sum(axis=1)
    # One over a readable step is one too: the smallest that is not below what is asked for.
    step = float(f"{1 / readable_step(float(rows.min()) / FEWEST_PER_STEP):.6g}")
    shares = np.round(worked.classes / rows[:, None] / step) * step
    return {"classes": len(rows), "step": step, "shares": [[float(f"{one:.6g}") for one in row] for row in shares]}


def _rows_of(told: Protected, which: NDArray[np.intp]) -> NDArray[np.int64]:
    """Where each of some figures stands among those that are told, [groups, areas]; -1 where there is none."""
    row = np.full((len(told.groups), len(told.areas)), -1, dtype=np.int64)
    row[told.group[which], told.area[which]] = which
    return row


def _columns(worked: Worked, level: str, told: Protected, profile: Profile) -> dict[str, NDArray[Any]]:
    """The figures of a level whose every need is told exactly."""
    of, needs = worked.estimates[level], worked.needs[level].astype(np.int64)
    row = _rows_of(told, np.flatnonzero(told.noise_sd == 0))
    known = (row[needs, of.area[:, None].astype(np.int64)] >= 0).all(axis=1) & np.isfinite(of.est)
    if profile.exact == "closed":
        known &= worked.whole[level]
    which = np.flatnonzero(known)
    digits = profile.decimals[worked.asked.outcome.kind] if profile.rounded else None
    found: dict[str, NDArray[Any]] = {"group": of.group[which], "area": of.area[which]}
    found["n"] = told.n[row[of.group[which], of.area[which]]]
    for name in ("est", "lwr", "upr"):
        values = getattr(of, name)[which]
        found[name] = (values.copy() if digits is None else np.round(values, digits)) + 0.0
    found["noise_sd"] = np.broadcast_to(0.0, len(which))
    order = np.lexsort((found["area"], found["group"]))
    return {name: values[order] for name, values in found.items()}


def _with_noisy_corners(
    worked: Worked, level: str, told: Protected, noise: NoisyOutcome, profile: Profile, exact: dict[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The exact corners of a level and, where both the band and everybody of it are told, those with noise.

    A corner is a mean, where the figure of the band itself is a line at a rank: it gets a draw of its own, with at
    least the noise of a count over the number of children.
    """
    rule, draws = rule_of(profile), noise.cells.draws
    of, needs, cells = worked.estimates[level], worked.needs[level], noise.cells.levels[level]
    row = _rows_of(told, np.arange(told.cells))
    both = np.all(row[needs, of.area[:, None]] >= 0, axis=1)
    both[matched(of.group, of.area, exact["group"], exact["area"])[0]] = False
    mine, theirs = matched(cells.group, cells.area, needs[:, 1], of.area)
    mine, theirs = mine[both[theirs]], theirs[both[theirs]]
    key = cells.key[mine]
    observed = noisy_count(of.n[theirs], key, "observed", draws, rule)
    weight = coarse(np.minimum(observed, cells.n[mine]))
    size = max(sqrt(2) / rule.epsilon, sqrt(rule.variance))
    sd = size / np.maximum(weight, 1)
    est = of.est[theirs] + sd * ndtri(draws.uniform(key, f"{noise.name} corner {size:.9g}"))
    ones = est * weight
    enough = (observed >= profile.min_n) & (ones >= profile.min_ones) & (weight - ones >= profile.min_zeros)
    which, est, sd, weight = theirs[enough], est[enough], sd[enough], weight[enough]
    df = np.maximum(np.floor(weight).astype(np.int32) - 1, 1)
    half = t_quantiles(df, load_measure("expectation").confidence) * np.sqrt(est * (1 - est) / weight + sd * sd)
    digits = profile.decimals[worked.asked.outcome.kind]
    more: dict[str, NDArray[Any]] = {"group": of.group[which], "area": of.area[which]}
    more["n"] = told.n[row[of.group[which], of.area[which]]]
    for name, value in (("est", est), ("lwr", est - half), ("upr", est + half)):
        more[name] = np.round(value, digits) + 0.0
    more["noise_sd"] = np.ceil(sd * 10.0**digits - 1e-9) / 10.0**digits
    joined = {name: np.concatenate([values, more[name]]) for name, values in exact.items()}
    order = np.lexsort((joined["area"], joined["group"]))
    return {name: values[order] for name, values in joined.items()}


def _first(worked: Worked, level: str) -> int:
    """The number of the group of everybody on the grid of the figures."""
    of = worked.estimates[level]
    return next(number for number, id in enumerate(of.groups) if id.endswith("=all;all;all;all"))


def _keyed(
    worked: Worked, level: str, noise: NoisyOutcome
) -> tuple[LevelCells, NDArray[np.integer], NDArray[np.integer]]:  # pyright: ignore[reportMissingTypeArgument]
    """The cells that may be told with noise, and which rows of them and of the lines are the same cells."""
    cells, lines = noise.cells.levels[level], worked.cells[level]
    mine, theirs = matched(cells.group, cells.area, lines.group + np.int32(_first(worked, level)), lines.area)
    return cells, mine, theirs


def _moves(lines: Lines, rule: NoiseRule) -> tuple[Floats, NDArray[np.bool_]]:
    """n times the most that a child moves each slope, and where noise can hide that: ranks are spread enough."""
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = lines.n * slope_influence(lines.n, lines.mx, lines.my, lines.sxx, lines.slope, (0.0, 1.0))
        steady = (lines.sxx >= lines.n * rule.spread / 12) & (lines.n > 2)
        return moves, steady & (moves <= STEEPER * rule.cap)


def _most_moved(worked: Worked, noise: NoisyOutcome, rule: NoiseRule) -> Floats:
    """n times the most that a child moves any slope, per region; of all for cells in several."""
    most = np.zeros(noise.cells.regions + 1)
    for level, of in worked.cells.items():
        cells, mine, theirs = _keyed(worked, level, noise)
        lines = Lines.of(of)
        moves, steady = _moves(lines, rule)
        both = (steady & (lines.n >= FEWEST))[theirs]
        np.maximum.at(most, cells.region[mine[both]], moves[theirs[both]])
    most[-1] = most.max()
    return np.minimum(STEP ** np.ceil(np.log(np.maximum(most, 1.0)) / log(STEP) - 1e-9), STEEPER * rule.cap)


def _noisy(
    worked: Worked, level: str, told: Protected, noise: NoisyOutcome, profile: Profile, most: Floats
) -> dict[str, NDArray[Any]]:
    """The figures of a level, read off lines with noise, where the outcome itself is told."""
    lines, moved = noisy_lines(worked, level, noise, profile, most)
    found = worked.read(worked.cells[level], lines, moved)
    of = found.estimates
    row = _rows_of(told, np.arange(told.cells))
    known = (row[found.needs, of.area[:, None]] >= 0).all(axis=1)
    known &= np.isfinite(of.est) & np.isfinite(of.lwr) & np.isfinite(of.upr)
    which = np.flatnonzero(known)
    digits = profile.decimals[worked.asked.outcome.kind]
    power = 10.0**digits
    columns: dict[str, NDArray[Any]] = {"group": of.group[which], "area": of.area[which]}
    columns["n"] = told.n[row[of.group[which], of.area[which]]]
    for name in ("est", "lwr", "upr"):
        columns[name] = np.round(getattr(of, name)[which], digits) + 0.0
    # Rounded up, so that it never says that there is no noise.
    columns["noise_sd"] = np.maximum(np.ceil(found.noise_sd[which] * power - 1e-9), 1.0) / power
    order = np.lexsort((columns["area"], columns["group"]))
    return {name: values[order] for name, values in columns.items()}


def noisy_lines(
    worked: Worked, level: str, noise: NoisyOutcome, profile: Profile, most: Floats
) -> tuple[Lines, LineNoise]:
    """The lines of the cells of a level with noise on all that they are made of; NaN where there may be none.

    most [regions + 1] : n times the most that a child moves a slope. The outcome lies between 0 and 1. A child moves
    the mean rank, the mean of its squared distances and the mean of the outcome by at most 1 / n, and noise has the
    root of two over epsilon times that as its standard deviation; that of the outcome at least that of a count.
    """
    rule, draws = rule_of(profile), noise.cells.draws
    cells, mine, theirs = _keyed(worked, level, noise)
    of = worked.cells[level]
    true = Lines.of(of)
    fit = _moves(true, rule)[1][theirs]
    mine, theirs = mine[fit], theirs[fit]
    key = cells.key[mine]
    observed = noisy_count(of.n[theirs], key, "observed", draws, rule)
    enough = observed >= profile.min_n
    mine, theirs, key = mine[enough], theirs[enough], key[enough]
    n = coarse(np.minimum(observed[enough], cells.n[mine]))
    factor = sqrt(2) / rule.epsilon
    region = cells.region[mine]

    def drawn(what: str, sizes: Floats) -> Floats:
        """Noise of these sizes over n; the draw is named after its size, too."""
        out = np.empty(len(key))
        for size in np.unique(sizes).tolist():
            same = sizes == size
            name = f"{noise.name} all lines {what} {size:.9g}"
            out[same] = size / n[same] * ndtri(draws.uniform(key[same], name))
        return out

    one = np.full(len(key), factor)
    level_size = np.full(len(key), max(factor, sqrt(rule.variance)))
    steep = np.maximum(factor * most[region], sqrt(rule.variance))
    size = len(of)
    lines = Lines(*np.full((6, size), np.nan))
    moved = LineNoise(*np.full((3, size), np.nan))
    lines.n[theirs] = n
    lines.mx[theirs] = np.clip(true.mx[theirs] + drawn("rank", one), 0.0, 1.0)
    lines.my[theirs] = true.my[theirs] + drawn("mean", level_size)
    spread = true.sxx[theirs] / true.n[theirs] + drawn("spread", one)
    lines.sxx[theirs] = n * np.maximum(spread, rule.spread / 12)
    lines.slope[theirs] = true.slope[theirs] + drawn("slope", steep)
    if worked.asked.base.kind == "binary":
        # Made of what is above: how far ones and zeros spread says how many ones there are, which is told once.
        around = lines.my * (1 - lines.my) - lines.slope**2 * lines.sxx / lines.n
        rest = (around * lines.n / np.maximum(lines.n - 2, 1))[theirs]
    else:
        rest = true.variance[theirs] + drawn("rest", one)
    # No less than what is left of one child, so that an interval is never only noise.
    lines.variance[theirs] = np.maximum(rest, 1 / n)
    moved.mx[theirs], moved.my[theirs], moved.slope[theirs] = one / n, level_size / n, steep / n
    if worked.asked.base.kind == "binary":
        ones = lines.my * lines.n
        few = ~((ones >= profile.min_ones) & (lines.n - ones >= profile.min_zeros))
        lines.slope[few] = np.nan
    return lines, moved
