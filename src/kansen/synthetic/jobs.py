"""Work as an employee: hours and hourly wage follow from the income of the year, so that the registers agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RegularGridInterpolator
from scipy.special import ndtr, ndtri

from kansen.synthetic.truth import Background, Drawn, Truth

WAGES = (
    "c35_hourly_wage",
    "c35_hrs_work_pw",
    "c35_hourly_wage_max_11",
    "c35_hourly_wage_max_14",
    "c35_hourly_wage_max_16",
)
"""Outcomes of employees that follow from income."""
LIMITS = (11, 14, 16)
"""Euros per hour (of 2020) that outcomes count as low."""
WEEKS = 52
YEARLY = 0.15
"""The income of one year differs from the mean of two by at most this part."""


@dataclass(frozen=True)
class Jobs:
    """Work in the year of the 35th birthday, arrays of shape (children,).

    employee : has a job in that year, all through it. wage : basic wage of the year, euros of 2020. hours : per week.
    permanent : contract without an end.
    """

    employee: np.ndarray
    wage: np.ndarray
    hours: np.ndarray
    permanent: np.ndarray


def week(part: dict[str, float], woman: np.ndarray | bool, wage: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Hours per week of who has a basic wage (euros of 2020 in a year); `noise` is standard normal.

    Higher wages come with more hours, at most those of a full week; nobody is paid less than the minimum.
    """
    usual = np.where(woman, part["hours_women"], part["hours_men"])
    relative = wage / np.where(woman, part["wage_women"], part["wage_men"])
    hours = usual * relative ** part["elasticity"] * np.exp(part["hours_log_sd"] * noise)
    return np.minimum(np.minimum(hours, part["full_week"]), wage / (WEEKS * part["minimum"]))


def draw_jobs(
    rng: np.random.Generator, truth: Truth, x: Background, drawn: Drawn, spread: np.ndarray, permanent: np.ndarray
) -> Jobs:
    """Jobs of the employed. spread : as in `Adults`; permanent : probit of a permanent contract, shape (children,)."""
    part, n = truth.world["jobs"], len(x)
    wage = part["of_income"] * drawn.income * (1 - spread)
    employee = drawn.employed & (rng.random(n) < part["employees"]) & (wage >= part["least"])
    hours = week(part, x.woman, np.maximum(wage, part["least"]), rng.standard_normal(n))
    return Jobs(employee, wage, hours, rng.random(n) < ndtr(permanent))


def expected_jobs(truth: Truth, x: Background) -> dict[str, np.ndarray]:
    """Expected hourly wage (euros of 2020), hours per week and share with a low wage of those with a job, (children,).

    Who works is linked to income. So the hidden term of income is integrated with the chance to be employed given it,
    over a grid of expected income and chance of employment, and the grid is interpolated. A few are paid without hours,
    which is no hourly wage and counts as no hours.
    """
    part, links = truth.world["jobs"], truth.world["links"]
    none, linked = truth.world["income"]["no_income"], links["attachment_status"]
    income, employed = np.log(truth.income(x)), ndtri(truth.chances(x)["employed"])
    level = np.linspace(income.min() - 0.01, income.max() + 0.01, 40)
    chance = np.linspace(employed.min() - 0.01, employed.max() + 0.01, 30)
    hidden = np.linspace(-5, 5, 801)
    weight = np.exp(-(hidden**2) / 2)
    within = np.clip((ndtr(hidden) - none) / (1 - none), 1e-12, 1 - 1e-12)
    works = ndtr((linked * hidden + chance[:, None]) / np.sqrt(1 - linked**2)) * weight
    noise, noise_weight = np.polynomial.hermite_e.hermegauss(7)
    years, years_weight = np.polynomial.legendre.leggauss(3)
    result = {name: np.empty(len(x)) for name in WAGES}
    for woman in (False, True):
        sd = truth.world["income"]["log_sd_women" if woman else "log_sd_men"]
        shock = np.where(ndtr(hidden) < none, 0.0, np.exp(sd * ndtri(within) - sd**2 / 2) / (1 - none))
        usual = np.exp(level)[:, None, None, None] * shock[:, None, None] * (1 + YEARLY * years[:, None])
        wage = part["of_income"] * usual * np.ones(len(noise))
        here = wage >= part["least"]
        wage = np.maximum(wage, part["least"])
        hours = week(part, woman, wage, noise)
        hourly = wage / (WEEKS * hours)
        shares = here * (years_weight[:, None] * noise_weight)
        total = np.einsum("lhyn,ch->lc", shares, works)
        who = x.woman == woman
        at = np.column_stack([income[who], employed[who]])
        values = (hourly, hours, *((hourly < limit).astype(float) for limit in LIMITS))
        for name, value in zip(WAGES, values, strict=True):
            mean = np.einsum("lhyn,ch->lc", value * shares, works) / total
            result[name][who] = RegularGridInterpolator((level, chance), mean)(at)
    result["c35_hrs_work_pw"] *= 1 - truth.world["oddities"]["paid_without_hours"]
    return result
