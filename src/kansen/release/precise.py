"""How sure the figures of a release are: `kansen.precision` on its layers, from the release alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen import precision
from kansen.errors import InputError, UsageError
from kansen.precision.ranks import MOST
from kansen.release.breaks import Break, load_breaks
from kansen.release.reader import Release


@dataclass(frozen=True)
class Column:
    """The shown figures of one outcome, level and group with their standard errors. Shapes: (shown areas,).

    Attributes
    ----------
    areas : ids. position : in the level's ids. n : children, -1 where not told. df : degrees of freedom, or NaN.
    est, se : figures and standard errors, noise included; se is NaN where there is no interval.
    lwr, upr, noise_sd, reliability : as `Release.figures` has them.
    """

    areas: tuple[str, ...]
    position: NDArray[np.int64]
    n: NDArray[np.int64]
    est: NDArray[np.float64]
    se: NDArray[np.float64]
    df: NDArray[np.float64]
    lwr: NDArray[np.float64]
    upr: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    reliability: NDArray[np.int64]


def column(release: Release, outcome: str, level: str, group: str, *, less: str | None = None) -> Column:
    """A layer with its standard errors. `UsageError` for an id that the release lacks.

    Degrees of freedom are those of the interval: children less one for everybody of a group, less two in a band of
    parental position.
    less : a group that is taken off, in the areas that have both figures. The two groups count as independent: exact
    where they have nobody in common, too wide where they overlap. Children are those of both.
    """
    own = _column(release, outcome, level, group)
    return own if less is None else _without(own, _column(release, outcome, level, less))


def _column(release: Release, outcome: str, level: str, group: str) -> Column:
    found = release.figures(outcome, level, group)
    ids = release.areas.ids(level)
    n = found["n"].astype(np.int64)
    position = group.partition("=")[2].partition(";")[0]
    freedom = np.where(n >= 0, n - (1 if position == "all" else 2), np.nan)
    limits = {name: found[name].astype(np.float64) for name in ("est", "lwr", "upr", "noise_sd")}
    se = precision.standard_error(limits["lwr"], limits["upr"], freedom)
    place = found["area"].astype(np.int64)
    return Column(
        tuple(ids[i] for i in place.tolist()), place, n,
        se=se, df=freedom, reliability=found["reliability"].astype(np.int64), **limits,
    )  # fmt: skip


def _without(own: Column, other: Column) -> Column:
    """Area by area one column less another; degrees of freedom after Welch and Satterthwaite."""
    _, left, right = np.intersect1d(own.position, other.position, assume_unique=True, return_indices=True)
    a, b = _rows(own, left), _rows(other, right)
    est = a.est - b.est
    half = np.hypot(a.upr - a.lwr, b.upr - b.lwr) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = (a.se**2 + b.se**2) ** 2 / (a.se**4 / a.df + b.se**4 / b.df)
    return Column(
        a.areas, a.position, np.where((a.n >= 0) & (b.n >= 0), a.n + b.n, -1),
        est=est, se=np.hypot(a.se, b.se), df=freedom, lwr=est - half, upr=est + half,
        noise_sd=np.hypot(a.noise_sd, b.noise_sd), reliability=np.maximum(a.reliability, b.reliability),
    )  # fmt: skip


def around(release: Release, level: str, position: NDArray[np.int64]) -> tuple[str | None, NDArray[np.int64]]:
    """Among which areas those of a level are ranked: the level of the areas around them, and their positions in it.

    None and zeros where all areas of the level are ranked together: 1,000 at most. `UsageError` when there are more and
    nothing lies around them.
    """
    table = release.areas.table(level)
    if len(table.ids) <= MOST:
        return None, np.zeros(len(position), np.int64)
    within = table.level.mostly_in or (table.level.within[-1] if table.level.within else None)
    if within is None or within not in table.parents:
        raise UsageError(
            f"The level {level} has too many areas for one ranking",
            found=f"{len(table.ids)} areas that lie in no others",
            expected=f"{MOST} or fewer",
        )
    return within, table.parents[within][position].astype(np.int64)


@dataclass(frozen=True)
class Ranked:
    """A layer with its ranks. within : the area around each, None where all are ranked together."""

    column: Column
    sets: precision.RankSets
    within: tuple[str | None, ...]


def ranked(
    release: Release,
    outcome: str,
    level: str,
    group: str,
    *,
    less: str | None = None,
    highest_first: bool = True,
    confidence: float = 0.95,
) -> Ranked:
    """Rank sets of the shown areas of a layer: of small areas within the municipality around them.

    less : a group that is taken off, so that the differences between two groups are ranked.
    """
    of = column(release, outcome, level, group, less=less)
    above, near = around(release, level, of.position)
    sets = precision.rank_sets(of.est, of.se, within=near, highest_first=highest_first, confidence=confidence)
    if above is None:
        return Ranked(of, sets, (None,) * len(near))
    names = release.areas.ids(above)
    return Ranked(of, sets, tuple(names[i] if i >= 0 else None for i in near.tolist()))


PRIORS = ("normal", "close", "close-any")
"""How figures are shrunk: with one prior, with one that depends on precision, or with one of that and of any shape."""


def shrunk(
    release: Release,
    outcome: str,
    level: str,
    group: str,
    *,
    less: str | None = None,
    prior: str = "normal",
    covariates: Mapping[str, Mapping[str, float]] | None = None,
    confidence: float = 0.95,
) -> tuple[Column, precision.Shrunk]:
    """Shrunk figures beside the raw ones; with `less` of the differences from that group.

    covariates : by name, a number per area id; for the prior `normal` only. An area without a number is not shrunk.
    """
    of = column(release, outcome, level, group, less=less)
    if prior not in PRIORS:
        raise UsageError("There is no such prior", found=prior, expected=", ".join(PRIORS))
    if prior == "normal":
        given = None
        if covariates:
            given = np.array([[numbers.get(area, np.nan) for numbers in covariates.values()] for area in of.areas])
            given = given.reshape(len(of.areas), len(covariates))
        return of, precision.shrink(of.est, of.se, given, confidence=confidence)
    if covariates:
        raise UsageError("This prior takes no covariates", found=prior, expected="normal, or no covariates")
    shape = "normal" if prior == "close" else "any"
    return of, precision.shrink_close(of.est, of.se, shape=shape, confidence=confidence)


def differences(
    release: Release,
    outcome: str,
    level: str,
    group: str,
    *,
    reference: str | None = None,
    method: precision.Method = "bh",
    rate: float = 0.05,
) -> tuple[Column, precision.Differences]:
    """Which shown areas differ from a reference area in the same group.

    reference : an area id; left out, the country, of which every area is a part by its share of the children. Areas
    inside another reference count as part of it in the same way. `UsageError` when the reference has no figure.
    """
    of = column(release, outcome, level, group)
    areas = release.areas
    whole = reference or areas.ids("nl")[0]
    at = areas.level(whole)
    theirs = column(release, outcome, at, group)
    row = int(np.searchsorted(theirs.position, areas.index(at)[whole]))
    if row == len(theirs.areas) or theirs.areas[row] != whole or np.isnan(theirs.se[row]):
        raise UsageError(
            "The reference has no figure with an interval",
            found=f"{whole} in {group}",
            expected="an area that the release has a figure of in this group",
        )
    inside = _lies_in(release, level, of.position, whole, at)
    told = (of.n >= 0) & (theirs.n[row] > 0) & inside
    overlap = np.where(told, of.n / max(int(theirs.n[row]), 1), 0.0)
    found = precision.differs(
        of.est, of.se, float(theirs.est[row]), reference_se=float(theirs.se[row]),
        overlap=overlap, noise=of.noise_sd, df=of.df, method=method, rate=rate,
    )  # fmt: skip
    return of, found


def _lies_in(release: Release, level: str, position: NDArray[np.int64], area: str, at: str) -> NDArray[np.bool_]:
    """Which areas lie entirely in another one; all of them in the country."""
    if at == "nl":
        return np.ones(len(position), np.bool_)
    if at == level:
        return position == release.areas.index(at)[area]
    try:
        return release.areas.parent_index(level, at)[position] == release.areas.index(at)[area]
    except InputError:  # no area of this level lies in one of that level
        return np.zeros(len(position), np.bool_)


# the same measure over cohorts


@dataclass(frozen=True)
class Changed:
    """The change of one measure between two cohorts, over the areas that have both figures.

    Attributes
    ----------
    areas : ids. earlier, later : figures. changes : with one change per area.
    p_adjusted : whether the area changed, among all areas (Benjamini and Hochberg), shape (areas,).
    correlation : of the two figures of an area, by the years of birth that both cohorts have; 0 where the people of
    both do not count with the same value, because they are measured at another moment of their lives. That makes the
    error too large rather than too small.
    breaks : that lie between them: with any, a change is not one of chances alone.
    """

    areas: tuple[str, ...]
    earlier: Column
    later: Column
    changes: precision.Changes
    p_adjusted: NDArray[np.float64]
    correlation: float
    breaks: tuple[Break, ...]


def changed(
    release: Release, outcome: str, other: str, level: str, group: str, *, later: Release | None = None
) -> Changed:
    """The change from `outcome` to `other`: outcomes of two cohorts in one release, or of two releases.

    later : the release of the later outcome; left out, the same. `UsageError` when both are of the same children, of
    different units, or of areas of different years.
    """
    second = later or release
    first_of, second_of = _outcome(release, outcome), _outcome(second, other)
    if (first_of["kind"], first_of["unit"]) != (second_of["kind"], second_of["unit"]):
        raise UsageError(
            "These outcomes are not the same measure",
            found=f"{outcome} in {first_of['unit']}, {other} in {second_of['unit']}",
            expected="two outcomes of one kind and unit",
        )
    if outcome == other and second.id == release.id:
        raise UsageError("A change needs two cohorts", found=outcome, expected="another outcome or another release")
    vintages = [one.areas.vintage(level) for one in (release, second)]
    if vintages[0] != vintages[1]:
        raise UsageError(
            "The areas of these releases are of different years",
            found=f"{level} of {vintages[0]} and of {vintages[1]}",
            expected="the same areas: build both cohorts with one area table",
        )
    windows = [_births(one, of) for one, of in ((release, first_of), (second, second_of))]
    shared = 0.0 if None in windows else float(precision.shared_births([w for w in windows if w])[0, 1])
    a, b = column(release, outcome, level, group), column(second, other, level, group)
    both, left, right = np.intersect1d(a.areas, b.areas, return_indices=True)
    table = np.array([[1.0, shared], [shared, 1.0]])
    between = tuple(one for one in load_breaks() if one.lies_between(first_of, second_of))
    found = precision.changes(
        [a.est[left], b.est[right]],
        [a.se[left], b.se[right]],
        correlation=table,
        noise=[a.noise_sd[left], b.noise_sd[right]],
        breaks=[1] if between else [],
    )
    p = precision.differs(found.change[0], found.se[0], 0.0).p_adjusted
    return Changed(tuple(both.tolist()), _rows(a, left), _rows(b, right), found, p, shared, between)


def _rows(of: Column, which: NDArray[Any]) -> Column:
    columns = {name: values[which] for name, values in vars(of).items() if name != "areas"}
    return Column(areas=tuple(of.areas[i] for i in which.tolist()), **columns)


def _outcome(release: Release, outcome: str) -> dict[str, Any]:
    release.figures(outcome, release.levels[0], release.groups["default"])  # says which id there is instead
    return next(one for one in release.outcomes["outcomes"] if one["id"] == outcome)


def _births(release: Release, outcome: Mapping[str, Any]) -> tuple[int, int] | None:
    """The years of birth of a cohort whose people have one value, whichever cohort they are in; None of others."""
    for cohort in release.manifest["cohorts"]:
        if cohort["id"] == outcome["cohort"] and cohort.get("births") and cohort.get("start_year") is None:
            return int(cohort["births"][0]), int(cohort["births"][1])
    return None
