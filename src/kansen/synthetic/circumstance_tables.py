"""The register tables on what surrounds the children at 35: jobs, gifts, net worth, the poverty line."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kansen.synthetic.adult_tables import INCOME_YEARS, OUTCOME_YEARS, breadwinner, household_incomes, present
from kansen.synthetic.country import Country, stream
from kansen.synthetic.days import year_of
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.files import coded
from kansen.synthetic.incomes import MISSING
from kansen.synthetic.jobs import WEEKS
from kansen.synthetic.money import MISSING_WEALTH, disposable, whole
from kansen.synthetic.oddities import NO_HOURS
from kansen.synthetic.parameters import price_level
from kansen.synthetic.tables import person_key

GIFT_YEARS = tuple(range(2007, 2021))
FIRST_GIFT, LAST_GIFT = 27, 34
"""Years (calendar year less year of birth) in which the gifts of `Circumstances` are received."""
JOB_YEARS_AROUND = 1
"""Jobs are written for the year of the 35th birthday and this many years before and after."""
PERMANENT, TEMPORARY, NEITHER = range(3)
CONTRACTS = ("Onbepaalde tijd", "Bepaalde tijd", "Niet van toepassing")


def steps(country: Country) -> list[Step]:
    """The tables on jobs, gifts, net worth and poverty that the cohort `age35` needs."""
    return [
        *yearly("spolisbus", OUTCOME_YEARS, jobs, country),
        *yearly("sch", GIFT_YEARS, gifts, country),
        *yearly("veh", OUTCOME_YEARS, net_worth, country),
        *yearly("inharma", INCOME_YEARS, poverty, country),
    ]


def jobs(country: Country, year: int) -> Columns:
    """SPOLISBUS of one year: job-months, all twelve of every job.

    Wages and hours of the year of the 35th birthday add up to what was drawn, but for rounding; those of other years
    are a little different. Some have two jobs at a time in a month, some changed from a temporary to a permanent
    contract, a few wages were corrected afterwards by a negative amount without hours, and a few people are paid
    without any.
    """
    drawn, rng = country.circumstances.jobs, stream(country.seed, 500 + year)
    away = year - country.adults.thirty_five
    who = present(country, year)
    who = who[drawn.employee[who] & (np.abs(away[who]) <= JOB_YEARS_AROUND)]
    n = len(who)
    other = np.where(away[who] == 0, 1.0, 1 + 0.02 * away[who] + 0.02 * rng.standard_normal(n))
    wage = whole(drawn.wage[who] * other * price_level(year) / 12)
    hours = np.round(drawn.hours[who] * WEEKS / 12, 2)
    hours = np.where(paid_without_hours(country)[who], 0.0, hours)
    permanent = drawn.permanent[who]
    changed = rng.random(n) < 0.05
    month = np.tile(np.arange(12, dtype=np.int8), n)
    row = np.repeat(np.arange(n), 12)
    kind = np.where(permanent, PERMANENT, TEMPORARY).astype(np.int8)[row]
    kind[changed[row] & permanent[row] & (month < 3)] = TEMPORARY
    # a second, small job takes its part of one month
    second = np.flatnonzero(rng.random(n) < 0.06)
    at = second * 12 + rng.integers(0, 12, len(second))
    pay, time = wage[row], hours[row]
    small_pay, small_time = whole(0.2 * pay[at]), np.round(0.2 * time[at], 2)
    pay[at], time[at] = pay[at] - small_pay, np.round(time[at] - small_time, 2)
    corrected = np.flatnonzero(rng.random(n) < 0.004)
    less = -rng.integers(20, 400, len(corrected))
    whose = np.concatenate([row, second, corrected])
    order = np.argsort(whose, kind="stable")
    amount = np.concatenate([pay, small_pay, less])[order]
    contract = np.concatenate([kind, np.full(len(second), TEMPORARY), np.full(len(corrected), NEITHER)])[order]
    return {
        **person_key(country, who[whose[order]]),
        "SBASISLOON": pa.array(amount),
        "SBASISUREN": pa.array(np.concatenate([time, small_time, np.zeros(len(corrected))])[order]),
        "SCONTRACTSOORT": coded(contract, CONTRACTS),
    }


def paid_without_hours(country: Country) -> np.ndarray:
    """Who is paid by the piece or by the result: jobs without hours, in every year; bool of shape (children,)."""
    draw = stream(country.seed, NO_HOURS).random(len(country.people.children))
    return draw < country.truth.world["oddities"]["paid_without_hours"]


def gifts(country: Country, year: int) -> Columns:
    """SCHTAB of one year: a child's gifts are one to three amounts in different years from 27 to 34.

    Some more were received earlier or later, or are of a type that is no gift of the parents.
    """
    rng = stream(country.seed, 600)
    total = country.circumstances.gift
    who = np.flatnonzero(total > 0)
    n = len(who)
    born = year_of(country.people.children.born[who])
    number = rng.choice([1, 2, 3], n, p=[0.6, 0.25, 0.15])
    first = rng.integers(FIRST_GIFT, LAST_GIFT - 1, n)
    share = rng.uniform(0.2, 0.4, n)
    person: list[np.ndarray] = []
    amount: list[np.ndarray] = []
    for turn in range(3):
        part = np.select([number == 1, turn > 0], [1.0, share], 1 - share * (number - 1))
        here = (turn < number) & (born + first + turn == year)
        person.append(who[here])
        amount.append((total[who] * part)[here])
    outside = rng.random(n) < 0.10
    early = outside & (born + np.where(first % 2 == 0, FIRST_GIFT - 1, LAST_GIFT + 1) == year)
    person.append(who[early])
    amount.append(total[who][early] / 2)
    kinds = [np.where(values > 40_000, 3, 1 + (values > 15_000)) for values in amount]
    odd = stream(country.seed, 700 + year).integers(0, len(total), len(total) // 2000)
    person.append(odd)
    amount.append(np.full(len(odd), 2_500.0))
    kinds.append(np.full(len(odd), 4))
    euros = whole(np.concatenate(amount) * price_level(year))
    return {
        **person_key(country, np.concatenate(person), "ONTVANGER"),
        "SCHTYPEVRIJ": coded(np.concatenate(kinds), ["-", "1", "2", "3", "4"]),
        "SCHBRUTSCHK": pa.array(np.maximum(euros, 1)),
    }


def net_worth(country: Country, year: int) -> Columns:
    """VEHTAB of one year, of the households of the children: exact in the year of the 35th birthday."""
    lives, who = country.circumstances, present(country, year)
    away = year - country.adults.thirty_five[who]
    other = price_level(year) * np.where(away == 0, 1.0, np.exp(0.06 * away))
    home = whole(np.where(lives.owner[who], lives.equity[who], 0.0) * other)
    rest = whole(lives.saved[who] * other)
    unseen = stream(country.seed, 800 + year).random(len(who)) < 0.004
    return {
        **person_key(country, breadwinner(country, who), "HKW"),
        "VEHW1000VERH": pa.array(np.where(unseen, MISSING_WEALTH, home + rest)),
        "VEHWVEREXEWH": pa.array(np.where(unseen, MISSING_WEALTH, rest)),
    }


def poverty(country: Country, year: int) -> Columns:
    """INHARMATAB of one year: disposable income per equivalent person in percent of the poverty line."""
    part = country.truth.world["poverty"]
    who = present(country, year)
    gross = household_incomes(country, year, who)
    lives, partner = country.circumstances, country.adults.drawn.partner[who]
    equivalent = 1 + part["adult"] * partner + part["child"] * lives.children[who]
    percent = np.rint(100 * disposable(gross) / (equivalent * part["line"] * price_level(year)))
    percent = np.where((percent == 998) | (percent == 999), 997, percent)
    unseen = gross == MISSING
    return {
        **person_key(country, breadwinner(country, who), "HKW"),
        "INHARMOEDE": pa.array(np.where(unseen, np.where(who % 2 == 0, 998, 999), np.clip(percent, -2000, 5000))),
    }
