"""What a policy did: event study and difference-in-differences over areas that it reached at different dates.

- by year since the start: saturated in cohort and time (Sun and Abraham 2021, Journal of Econometrics 225), so that
  effects may differ between early and late areas; years before the start show whether trends were alike;
- overall: two stages (Gardner 2022, did2s), which uses years and areas without the policy only to tell what would have
been;
- for few areas: the wild cluster bootstrap with the null imposed (Cameron, Gelbach and Miller 2008; Webb 2023) and a
  permutation of the policy over areas.

Regressions by pyfixest; errors are clustered by area.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from kansen.effects.panel import NEVER, Panel, make_panel
from kansen.effects.regress import Estimate, Fit, fit, library
from kansen.errors import InputError

Floats = NDArray[np.float64]

DRAWS = 1999
FEW = 10
"""Areas with the policy, below which errors clustered by area are too small."""
SEED = 20261121


@dataclass(frozen=True)
class Policy:
    """What a policy did.

    Attributes
    ----------
    overall : mean effect on the areas it reached, over the years since (did2s).
    by_year : effect by years since the start (saturated), -1 left out; before 0 it should be about 0.
    pretrend_p : of no difference in any year before the start; with `few`, of no difference in slope before it, by
    permutation. NaN with a single year before.
    p_wild, p_permutation : of no effect at all, by the wild cluster bootstrap and by permutation.
    few : the policy reached fewer than ten areas: clustered errors, and so the intervals, are too small. Read p_wild,
    and with fewer than six areas p_permutation.
    treated, untreated : areas that it reached within the years, and others. panel : what was made of the rows.
    """

    overall: Estimate
    by_year: tuple[Estimate, ...]
    pretrend_p: float
    p_wild: float
    p_permutation: float
    few: bool
    treated: int
    untreated: int
    panel: Panel


def policy_effect(
    frame: Any,
    outcome: str,
    policy: Mapping[str, object],
    *,
    weight: str | None = None,
    window: int = 5,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Policy:
    """The effect of a policy on an outcome, from rows of people or areas by year.

    frame, outcome, policy, weight : as of `make_panel`. window : years before and after the start that are told one by
    one; what lies further away is one group at each end. draws, seed : of bootstrap and permutation.

    `InputError` when the policy reached no area within the years, or all of them.
    """
    panel = make_panel(frame, outcome, policy, weight)
    treated = panel.first != NEVER
    if not treated.any() or treated.all():
        raise InputError(
            "There is nothing to compare with" if treated.all() else "The policy reached no area within these years",
            found=f"{int(treated.sum())} of {len(treated)} areas",
            expected="some areas with the policy from the second year on, and some without",
        )
    by_year, pretrend = _saturated(panel, window)
    p_wild, p_permutation = _few_areas(panel, draws, seed)
    return Policy(
        overall=_overall(panel),
        by_year=by_year,
        pretrend_p=_slopes_before(panel, draws, seed) if treated.sum() < FEW else pretrend,
        few=bool(treated.sum() < FEW),
        p_wild=p_wild,
        p_permutation=p_permutation,
        treated=int(treated.sum()),
        untreated=int((~treated).sum()),
        panel=panel,
    )


def _long(panel: Panel) -> dict[str, NDArray[Any]]:
    """One row per area and year."""
    areas, years = panel.y.shape
    first = np.repeat(panel.first, years)
    year = np.tile(np.array(panel.years), areas)
    return {
        "y": panel.y.ravel(),
        "area": np.repeat(np.arange(areas), years),
        "year": year,
        "weight": np.repeat(panel.weight, years),
        "first": first,
        "since": np.where(first == NEVER, -1, year - first),
        "on": ((first != NEVER) & (year >= first)).astype(np.int64),
    }


def _overall(panel: Panel) -> Estimate:
    """The mean effect by did2s of pyfixest, over areas with two years or more before; `InputError` where none has."""
    before = (np.array(panel.years)[None, :] < panel.first[:, None]).sum(axis=1)
    if before.max(initial=0) < 2:
        raise InputError(
            "There is too little before the policy to compare with",
            found="one year before in every area",
            expected="two years before, or more, in some",
        )
    pandas, pyfixest = import_module("pandas"), library()
    with warnings.catch_warnings(action="ignore"):  # the library's own, about pandas
        found = pyfixest.did2s(
            pandas.DataFrame(_long(panel)), yname="y", first_stage="~ 0 | area + year", second_stage="~ 0 + on",
            treatment="on", cluster="area", weights="weight",
        )  # fmt: skip
    value, se = float(np.asarray(found._beta_hat)[0]), float(np.sqrt(np.atleast_2d(np.asarray(found._vcov))[0, 0]))
    since = _since(panel)
    return _with_people(Estimate.of("overall", value, se, panel.y.size, len(panel.areas)), panel, since >= 0, since < 0)


def _saturated(panel: Panel, window: int) -> tuple[tuple[Estimate, ...], float]:
    """Effects by year since the start, averaged over starts by people, and the test of the years before."""
    long = _long(panel)
    since = np.clip(long["since"], -window, window)
    columns = {name: long[name] for name in ("y", "area", "year", "weight")}
    terms: dict[int, list[tuple[str, float]]] = {}
    for start in np.unique(panel.first[panel.first != NEVER]).tolist():
        people = float(panel.weight[panel.first == start].sum())
        for step in np.unique(since[long["first"] == start]).tolist():
            if step == -1:
                continue
            name = f"s{start}_{'m' if step < 0 else 'p'}{abs(step)}"
            columns[name] = ((long["first"] == start) & (since == step)).astype(np.float64)
            terms.setdefault(step, []).append((name, people))
    names = [name for step in terms.values() for name, _ in step]
    found = fit(columns, f"y ~ {' + '.join(names)} | area + year", "area", "weight")
    steps = sorted(terms)
    mix = np.stack([_mixed(found, terms[step]) for step in steps])
    value, covariance = mix @ found.values, mix @ found.covariance @ mix.T
    of_cell = np.clip(_since(panel), -window, window)

    def estimate(i: int, step: int) -> Estimate:
        se = float(np.sqrt(max(covariance[i, i], 0)))
        one = Estimate.of(f"{step:+d}", float(value[i]), se, found.rows, found.clusters)
        return _with_people(one, panel, of_cell == step, of_cell == -1)

    told = tuple(estimate(i, step) for i, step in enumerate(steps) if mix[i].any())
    before = [i for i, step in enumerate(steps) if step < -1 and mix[i].any()]
    return told, _joint(value[before], covariance[np.ix_(before, before)], found.clusters)


def _since(panel: Panel) -> NDArray[np.int64]:
    """Years since the policy reached an area, in every year, shape (areas, years); -1 where it never did."""
    year = np.array(panel.years)[None, :]
    return np.where(panel.first[:, None] == NEVER, -1, year - panel.first[:, None])


def _with_people(one: Estimate, panel: Panel, cells: NDArray[np.bool_], base: NDArray[np.bool_]) -> Estimate:
    """An estimate with the people of the areas that have the policy, and how much one person moves it at most.

    cells, base : the years of an area that it is about, and those that they are compared with; only areas with the
    policy count. Somebody can be in all years of an area, on either side; in an area without the policy, likewise.
    """
    treated = panel.first != NEVER
    sums = panel.moved * panel.people

    def mean(values: Floats, which: NDArray[np.bool_]) -> Floats:
        count = which.sum(axis=1)
        return np.where(count > 0, np.where(which, values, 0.0).sum(axis=1) / np.maximum(count, 1), 0.0)

    here = cells & treated[:, None]
    people = float(mean(panel.people, here).sum())
    own = (mean(sums, here) + mean(sums, base & treated[:, None]))[treated & here.any(axis=1)]
    other = 2 * sums[~treated].max(axis=1)
    parts = (own, people), (other, float(panel.weight[~treated].sum()))
    largest = max((float(of.max()) / of_all for of, of_all in parts if of.size and of_all > 0), default=math.nan)
    # Of few areas the error comes out too small. A mean of n people varies by more than what each of them makes.
    least = float(np.std(_left(panel))) / math.sqrt(treated.sum())
    told = one.over(people)
    return replace(told, typical=told.typical * max(1.0, least / one.se) if one.se > 0 else math.nan, largest=largest)


def _mixed(found: Fit, terms: list[tuple[str, float]]) -> Floats:
    """How coefficients are averaged to one: by people, over those that could be told."""
    told = [(found.names.index(name), people) for name, people in terms if name in found.names]
    weights = np.zeros(len(found.names))
    for i, people in told:
        weights[i] = people / sum(people for _, people in told)
    return weights


def _joint(value: Floats, covariance: Floats, clusters: int) -> float:
    """The p-value of all being zero, as Hotelling's T squared of the clusters (1931); NaN of nothing.

    (G - q) / (q (G - 1)) W is F with q and G - q degrees of freedom, for q values from G clusters.
    """
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True)) if len(value) else 0
    if rank == 0 or clusters <= rank:
        return float("nan")
    wald = float(value @ np.linalg.pinv(covariance, hermitian=True) @ value)
    return float(fdtrc(rank, clusters - rank, wald * (clusters - rank) / (rank * (clusters - 1))))


# few areas


def _within(x: Floats, w: Floats) -> Floats:
    """Without means of areas and of years; x of shape (..., areas, years), weights (areas,) that add up to one."""
    by_area = x.mean(axis=-1, keepdims=True)
    by_year = np.einsum("...at,a->...t", x, w)[..., None, :]
    return x - by_area - by_year + by_year.mean(axis=-1, keepdims=True)


def _few_areas(panel: Panel, draws: int, seed: int) -> tuple[float, float]:
    """p-values of no effect at all: wild cluster bootstrap with the null imposed, and permutation of the policy."""
    rng = np.random.default_rng(seed)
    w = panel.weight / panel.weight.sum()
    y = _within(panel.y, w)
    on = _treated(panel.first, panel.years)
    seen = abs(_t(y, _within(on, w), w))
    wild = sum(
        int((np.abs(_t(_within(v[:, :, None] * y, w), _within(on, w), w)) >= seen - 1e-12).sum())
        for v in _webb(rng, draws, len(w))
    )
    effect = abs(_slope(y, _within(on, w), w))
    permuted = 0
    for _ in range(draws):
        other = _within(_treated(panel.first[rng.permutation(len(w))], panel.years), w)
        permuted += bool(abs(_slope(y, other, w)) >= effect - 1e-12)
    return (1 + wild) / (1 + draws), (1 + permuted) / (1 + draws)


def _slopes_before(panel: Panel, draws: int, seed: int) -> float:
    """The p-value of equal slopes over the years before the start, by permutation of the policy over areas.

    The slope of an area that has the policy is taken over its years before, less the mean slope (by people) over the
    same years of those that never have it; the statistic is the mean of that over areas. NaN where nobody has two
    years before.
    """
    years = np.array(panel.years, np.float64)
    slopes: dict[int, Floats] = {}
    for start in np.unique(panel.first[panel.first != NEVER]).tolist():
        before = years < start
        if before.sum() > 1:
            time = years[before] - years[before].mean()
            slopes[start] = panel.y[:, before] @ time / (time @ time)
    if not slopes:
        return float("nan")

    def apart(first: NDArray[np.int64]) -> float:
        weights = np.where(first == NEVER, panel.weight, 0.0)
        parts = [of[first == start] - weights @ of / weights.sum() for start, of in slopes.items()]
        return abs(float(np.concatenate(parts).mean()))

    rng = np.random.default_rng(seed)
    seen = apart(panel.first)
    larger = sum(apart(panel.first[rng.permutation(len(panel.first))]) >= seen - 1e-12 for _ in range(draws))
    return (1 + larger) / (1 + draws)


def _left(panel: Panel) -> Floats:
    """What areas, years and the policy leave of the means, shape (areas, years)."""
    w = panel.weight / panel.weight.sum()
    y, on = _within(panel.y, w), _within(_treated(panel.first, panel.years), w)
    return y - _slope(y, on, w) * on


def _treated(first: NDArray[np.int64], years: tuple[int, ...]) -> Floats:
    return ((first[:, None] != NEVER) & (np.array(years)[None, :] >= first[:, None])).astype(np.float64)


_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_AT_ONCE = 200


def _webb(rng: np.random.Generator, draws: int, areas: int) -> Any:
    """Six-point weights per area, some draws at a time, shape (draws, areas)."""
    values = np.concatenate([-_WEBB, _WEBB])
    for start in range(0, draws, _AT_ONCE):
        yield values[rng.integers(0, 6, (min(_AT_ONCE, draws - start), areas))]


def _slope(y: Floats, on: Floats, w: Floats) -> Any:
    """The coefficient of the policy; y may have a leading axis of draws."""
    return np.einsum("...at,at,a->...", y, on, w) / np.einsum("at,at,a->", on, on, w)


def _t(y: Floats, on: Floats, w: Floats) -> Any:
    """The coefficient over its clustered standard error."""
    slope = np.asarray(_slope(y, on, w))
    residual = y - slope[..., None, None] * on
    score = np.einsum("...at,at,a->...a", residual, on, w)
    error = np.sqrt((score**2).sum(axis=-1)) / np.einsum("at,at,a->", on, on, w)
    return slope / np.where(error > 0, error, np.inf)
