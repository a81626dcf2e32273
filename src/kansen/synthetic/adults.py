"""The children at 34 and 35: outcomes drawn from the truth, who stays in the final sample, and odd registrations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kansen.synthetic.days import day, year_of
from kansen.synthetic.homes import Homes
from kansen.synthetic.incomes import SLACK
from kansen.synthetic.people import People
from kansen.synthetic.truth import Background, Drawn, Truth

USUAL, NEGATIVE_BEFORE, MISSING_LAST, MISSING_BOTH = range(4)
"""State of the registered individual income: as drawn; a loss at 34; not observed at 35; not observed at all."""

BAND, BAND_AT = (0.15, 0.35), 0.25
"""Parental ranks of the group `low`, and where its line is read."""
FEWEST_RECENTRED = 12
LEEWAY = 0.01
"""What a single wijk may keep, at most, of its difference from the figure that it shares with its neighbours."""


@dataclass(frozen=True)
class Adults:
    """What happened to the children, arrays of shape (children,).

    Attributes
    ----------
    drawn : outcomes; income and household income are the means over the years of age 34 and 35.
    thirty_five : calendar year of the 35th birthday.
    income_state : USUAL, NEGATIVE_BEFORE, ... ; household_negative : the household's income at 34 is negative.
    household_missing : 0 known, 1 coded missing, 2 no link to a household.
    spread, partner_spread : relative difference of the two yearly amounts from their mean.
    without_level, level_unknown, without_status : no row on education, level 9999, no socioeconomic category.
    final : in the final sample of the cohort.
    recentred : factor by which income was moved (see `world.toml`), 1 for nearly all.
    """

    drawn: Drawn
    thirty_five: np.ndarray
    income_state: np.ndarray
    household_negative: np.ndarray
    household_missing: np.ndarray
    spread: np.ndarray
    partner_spread: np.ndarray
    without_level: np.ndarray
    level_unknown: np.ndarray
    without_status: np.ndarray
    final: np.ndarray
    recentred: np.ndarray


def fit_at(rank: np.ndarray, value: np.ndarray, at: float) -> float:
    """The least-squares line of `value` on `rank`, read at `at`."""
    x = rank - rank.mean()
    return float(value.mean() + (x @ value) / (x @ x) * (at - rank.mean()))


def filled(background: Background) -> Background:
    """The background with parents in the middle for those who are not ranked."""
    return replace(background, rank=np.where(np.isnan(background.rank), 0.5, background.rank))


def make_adults(
    rng: np.random.Generator,
    people: People,
    homes: Homes,
    background: Background,
    truth: Truth,
    line: float | None = None,
) -> Adults:
    """Draw the outcomes of all children; those who are not ranked are drawn as if their parents were in the middle.

    line : an income that the two years lie on one side of; None: that they may lie on either side of.
    """
    children, links = people.children, truth.world["links"]
    n = len(children)
    drawn = truth.draw(rng, filled(background))
    born = year_of(children.born)
    years = np.unique(born)
    start = np.array([day(year + 34) for year in years])[born - years[0]]
    stop = np.array([day(year + 35, 12, 31) for year in years])[born - years[0]]
    lived = people.presence.take(slice(0, n)).days_within(start, stop) >= stop - start + 1 - SLACK
    draw = rng.random(n)
    limits = np.cumsum([links["income_negative"], links["income_missing_year"], links["income_missing"]])
    state = np.select(
        [draw < limits[0], draw < limits[1], draw < limits[2]],
        [NEGATIVE_BEFORE, MISSING_LAST, MISSING_BOTH],
        USUAL,
    ).astype(np.int8)
    missing = np.where(rng.random(n) < links["household_income_missing"], rng.integers(1, 3, n), 0)
    ranked = ~np.isnan(background.rank)
    final = ranked & (children.household >= 0) & lived & (missing == 0)
    coded = (homes.at_fifteen >= 0) & homes.dwellings.has_area[homes.at_fifteen]
    factor = _recentre(background, drawn.income, final & coded & (state != MISSING_BOTH), truth)
    income = drawn.income * factor
    away = np.inf if line is None else 0.99 * np.abs(line / np.maximum(income, 1.0) - 1)
    return Adults(
        drawn=replace(drawn, income=income, household_income=drawn.household_income + income - drawn.income),
        thirty_five=born + 35,
        income_state=state,
        household_negative=rng.random(n) < links["household_income_negative"],
        household_missing=missing.astype(np.int8),
        spread=np.clip(np.where(state == USUAL, rng.uniform(-0.15, 0.15, n), 0.0), -away, away),
        partner_spread=rng.uniform(-0.15, 0.15, n),
        without_level=~drawn.hbo & (rng.random(n) < links["rows_without_level"]),
        level_unknown=~drawn.hbo & (rng.random(n) < links["level_unknown"]),
        without_status=rng.random(n) < links["no_status"],
        final=final,
        recentred=factor,
    )


def _recentre(background: Background, income: np.ndarray, sample: np.ndarray, truth: Truth) -> np.ndarray:
    """Factors that move the realised fit of the declared cells onto the published figures, shape (children,).

    Wijken with the same figure are moved one by one to within `LEEWAY` of it, in the order in which they came out, and
    then, pooled, onto it: single wijken are small, and six neighbours with one and the same income would look false.
    """
    factor = np.ones(len(income))
    targets: dict[str, float] = truth.world["recentred"]
    position = {code: i for i, code in enumerate(truth.places.wijk)}
    band = sample & (background.rank >= BAND[0]) & (background.rank <= BAND[1])
    for group, leeway in (([code] for code in targets), LEEWAY), (_pooled(targets), 0.0):
        for codes in group:
            cell = np.flatnonzero(band & np.isin(background.wijk, [position[code] for code in codes]))
            if len(cell) >= FEWEST_RECENTRED:
                fit = fit_at(background.rank[cell], income[cell] * factor[cell], BAND_AT)
                figure = targets[codes[0]]
                if fit > 0:
                    factor[cell] *= figure * (1 + leeway * np.tanh(5 * (fit / figure - 1))) / fit
    return factor


def _pooled(targets: dict[str, float]) -> list[list[str]]:
    return [[code for code, value in targets.items() if value == figure] for figure in sorted(set(targets.values()))]
