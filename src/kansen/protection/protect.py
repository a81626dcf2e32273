"""The only way through the wall: estimates in, figures that may be told out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.errors import InputError
from kansen.measures import Estimates, Least
from kansen.moments import Prepared
from kansen.protection.draws import NoisyOutcome
from kansen.protection.facts import facts_of, pass_facts
from kansen.protection.noise import Noisy, infuse
from kansen.protection.partners import with_partners
from kansen.protection.profiles import Profile
from kansen.protection.protected import Protected, ProtectedSummary, token
from kansen.protection.same_cells import matched
from kansen.protection.scale import class_breaks, reliability_of, spread_of

SPREAD_LEVEL = "municipality"


def least(outcome: Outcome, profile: Profile) -> Least:
    """Counts below which no cell passes, whatever its figures: what need not be estimated for a release."""
    if profile.noise is not None:
        # Noise adds to a number no more than its largest size, and not everybody may be observed.
        return Least(max(1, profile.min_n - profile.noise.most))
    if profile.partner:
        return Least(1)  # a withheld part of a sum has to be seen to get a partner
    if profile.counted == "rows":
        return Least()
    if outcome.kind != "binary" or profile.events == "fitted":
        return Least(profile.min_n)
    return Least(profile.min_n, profile.min_ones, profile.min_zeros)


def allowed(estimates: Estimates, outcome: Outcome, profile: Profile) -> NDArray[np.bool_]:
    """Which cells a profile lets through; cells without an estimate never pass.

    Decided on integers alone, unless the profile takes the events to be fitted (estimate times n).
    """
    n = _counted(estimates, profile)
    shown = (n >= profile.min_n) & np.isfinite(estimates.est)
    if outcome.kind == "binary":
        ones, zeros = _events(estimates, n, profile)
        shown &= (ones >= profile.min_ones) & (zeros >= profile.min_zeros)
        if profile.largest_share is not None:
            shown &= np.maximum(ones, zeros) <= profile.largest_share * n
    if profile.zeros == "dropped":
        shown &= estimates.est != 0
    return shown


def _counted(estimates: Estimates, profile: Profile) -> NDArray[np.int32]:
    """The number of children that the profile tests and tells."""
    return estimates.rows if profile.counted == "rows" else estimates.n


def _events(estimates: Estimates, n: NDArray[np.int32], profile: Profile) -> tuple[NDArray[Any], NDArray[Any]]:
    """How many have a binary outcome, and how many have it not."""
    if profile.events == "fitted":
        return estimates.est * n, (1 - estimates.est) * n
    return estimates.ones, estimates.n - estimates.ones


def protect_outcome(
    estimates: Mapping[str, Estimates],
    outcome: Outcome,
    profile: Profile,
    like: ProtectedSummary | None = None,
    *,
    noise: NoisyOutcome | None = None,
    exact: Mapping[str, NDArray[np.bool_]] | None = None,
    prepared: Prepared | None = None,
) -> tuple[ProtectedSummary, list[Protected]]:
    """All levels of one outcome: cells that may not be told are left out, the others rounded and graded.

    like : the summary that the first grid gave, for the figures of a further one, which has no cells for everybody.
    noise : under a profile with noise, what the cells that are not told exactly are told with. exact : under a profile
    that is closed, per level which rows of its estimates are told exactly. prepared : the cohort, for rules that look
    at more than numbers of children.
    Returns the summary (national figure, spread, class breaks), made from the published figures, and the figures per
    level in the order given.
    """
    if profile.noise is not None and noise is None:
        raise TypeError(f"the profile {profile.id} has noise: protect_outcome needs to know what it is drawn from")
    around = noise.cells.neighbours if noise is not None else None
    if around is not None and exact is not None:
        exact = around.derived(exact, estimates)
    chosen = _chosen(estimates, outcome, profile, exact, prepared)
    told = {level: _exact(item, outcome, profile, chosen[level]) for level, item in estimates.items()}
    if noise is not None:
        noisy = infuse(noise, outcome, profile)
        if around is not None:
            binary = outcome.kind == "binary"
            enough = (profile.min_n, profile.min_ones if binary else 0, profile.min_zeros if binary else 0)
            exactly = around.told(told, noise.everybody)
            noisy = {
                level: of.rows(np.flatnonzero(around.allows(level, of.columns(), exactly, enough)))
                for level, of in noisy.items()
            }
        told = {level: _together(columns, noisy[level]) for level, columns in told.items()}
    summary = like or summary_of(told, outcome)
    spread = summary.spread
    figures = [
        Protected(
            outcome=outcome,
            level=level,
            areas=estimates[level].areas,
            groups=estimates[level].groups,
            **columns,
            reliability=reliability_of(columns["lwr"], columns["upr"], spread, profile.reliability),
            profile=profile.id,
            _token=token(),
        )
        for level, columns in told.items()
    ]
    return summary, figures


def _chosen(
    estimates: Mapping[str, Estimates],
    outcome: Outcome,
    profile: Profile,
    exact: Mapping[str, NDArray[np.bool_]] | None,
    prepared: Prepared | None,
) -> dict[str, NDArray[np.bool_]]:
    """Which cells are told exactly, per level."""
    if profile.exact == "none":
        return {level: np.zeros(len(of), dtype=bool) for level, of in estimates.items()}
    passing = {level: allowed(of, outcome, profile) for level, of in estimates.items()}
    if profile.exact == "closed":
        if exact is None:
            raise TypeError(f"the profile {profile.id} is closed: protect_outcome needs to know which cells are exact")
        return {level: of & exact[level] if level in exact else np.zeros_like(of) for level, of in passing.items()}
    if not (profile.wants_amounts or profile.degrees or profile.partner):
        return passing
    if prepared is None:
        raise TypeError(f"the profile {profile.id} looks at more than numbers of children: give the prepared cohort")
    facts = facts_of(prepared, outcome, estimates, profile)
    if facts is not None:
        passing = {
            level: of & pass_facts(estimates[level], facts[level], outcome, profile) for level, of in passing.items()
        }
    return with_partners(passing, estimates, prepared.grid, prepared.areas) if profile.partner else passing


def _no_noise(cells: int) -> NDArray[np.float64]:
    """Zeros that take no room."""
    return np.broadcast_to(0.0, cells)


def summary_of(told: Mapping[str, Mapping[str, NDArray[Any]]], outcome: Outcome) -> ProtectedSummary:
    """What may be said of an outcome as a whole, from the figures per level that are told."""
    everybody = {level: _for_everybody(item) for level, item in told.items()}
    spread = spread_of(everybody[_spread_level(everybody)]["est"]) if everybody else None
    national = _first(everybody.get("nl", {}))
    breaks = class_breaks(outcome, national["est"] if national else None, spread)
    return ProtectedSummary(outcome=outcome, national=national, spread=spread, breaks=breaks, _token=token())


def already_published(
    outcome: Outcome,
    level: str,
    areas: tuple[str, ...],
    groups: tuple[str, ...],
    columns: Mapping[str, NDArray[Any]],
    *,
    source: str,
    spread: float | None = None,
    limits: Mapping[str, float] | None = None,
) -> Protected:
    """Figures that somebody published before, with the digits that were published.

    columns : area, group, n (-1 unknown), est, lwr, upr, as in `Protected`. source : who published them; it is told
    as the profile. spread, limits : the scale of reliability, all C without.
    """
    wanted = {"area", "group", "n", "est", "lwr", "upr"}
    if set(columns) != wanted:
        raise InputError(
            "Published figures lack a column or have one too many",
            found=", ".join(sorted(columns)),
            expected=", ".join(sorted(wanted)),
        )
    kept = {name: np.array(values) for name, values in columns.items()}
    letters = reliability_of(kept["lwr"], kept["upr"], spread if limits else None, dict(limits or {}))
    return Protected(
        outcome=outcome,
        level=level,
        areas=areas,
        groups=groups,
        **kept,
        noise_sd=_no_noise(len(kept["est"])),
        reliability=letters,
        profile=source,
        _token=token(),
    )


def _exact(
    estimates: Estimates, outcome: Outcome, profile: Profile, chosen: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    """The columns of the cells that are told exactly."""
    which = slice(None) if chosen.all() else np.flatnonzero(chosen)
    columns: dict[str, NDArray[Any]] = {name: getattr(estimates, name)[which] for name in ("area", "group")}
    columns["n"] = (estimates.rows if profile.n == "group" else _counted(estimates, profile))[which]
    if profile.n_step > 1:
        columns["n"] = (np.rint(columns["n"] / profile.n_step) * profile.n_step).astype(np.int32)
    for name in ("est", "lwr", "upr"):
        values = getattr(estimates, name)[which]
        values = np.round(values, profile.decimals[outcome.kind]) if profile.rounded else values.copy()
        values += 0.0  # turns a negative zero into zero
        columns[name] = values
    columns["noise_sd"] = _no_noise(len(columns["est"]))
    return columns


def _together(exact: dict[str, NDArray[Any]], noisy: Noisy) -> dict[str, NDArray[Any]]:
    """Exact figures and, where there is none, those with noise, sorted by group and area."""
    beside = np.ones(len(noisy.est), dtype=bool)
    beside[matched(noisy.group, noisy.area, exact["group"], exact["area"])[0]] = False
    rest = noisy.rows(np.flatnonzero(beside)).columns()
    joined = {name: np.concatenate([values, rest[name]]) for name, values in exact.items()}
    order = np.lexsort((joined["area"], joined["group"]))
    return {name: values[order] for name, values in joined.items()}


def _for_everybody(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    first = columns["group"] == 0
    return {name: columns[name][first] for name in ("n", "est", "lwr", "upr")}


def _first(columns: Mapping[str, NDArray[Any]]) -> dict[str, float] | None:
    """The national figure for everybody, without limits where there are none; None where it may not be told."""
    if not columns or len(columns["est"]) == 0:
        return None
    return {name: values[0].item() for name, values in columns.items() if not np.isnan(values[0])}


def _spread_level(everybody: Mapping[str, Mapping[str, NDArray[Any]]]) -> str:
    """Municipalities where there are any; otherwise the level with the most figures for everybody."""
    if SPREAD_LEVEL in everybody:
        return SPREAD_LEVEL
    return max(everybody, key=lambda level: len(everybody[level]["est"]))
