"""Parents' incomes and the rank they give, against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansen.synthetic.country import Country
from kansen.synthetic.days import day, year_of
from kansen.synthetic.incomes import MISSING_OLD, PARENT_YEARS, residence
from kansen.synthetic.parameters import price_level
from kansen.synthetic.people import Presence


def test_nobody_earns_after_the_end_of_the_registration(country: Country) -> None:
    n = len(country.people.children)
    end = country.people.presence.end[n:]
    for recorded, year in zip(country.parent_incomes.recorded, PARENT_YEARS, strict=True):
        assert (end[recorded] >= day(year)).all()
    assert (end < day(2005)).any()


def test_odd_amounts_occur(country: Country) -> None:
    amount = country.parent_incomes.amount[country.parent_incomes.recorded]
    assert 0.002 < (amount == MISSING_OLD).mean() < 0.01
    assert 0.003 < (amount < 0).mean() < 0.02


def test_rank_is_the_average_rank_over_the_highest_within_the_birth_year(country: Country) -> None:
    people, rank = country.people, country.background.rank
    f, family = len(people.families), people.children.family
    amounts = pd.DataFrame(
        np.where(country.parent_incomes.recorded, country.parent_incomes.amount, np.nan), index=PARENT_YEARS
    )
    real = amounts.where((amounts >= 0) & (amounts != MISSING_OLD)).div([price_level(y) for y in PARENT_YEARS], axis=0)
    mean = real.mean()
    both = pd.DataFrame({"ma": mean[:f].to_numpy(), "pa": mean[f:].to_numpy()}).sum(axis=1, min_count=1)
    table = pd.DataFrame({"year": year_of(people.children.born), "income": both.to_numpy()[family]})
    table = table[~np.isnan(rank)]
    expected = table.groupby("year").income.rank() / table.groupby("year").income.rank().groupby(table.year).transform(
        "max"
    )
    np.testing.assert_allclose(rank[~np.isnan(rank)], expected, rtol=1e-12)


def test_residence_allows_31_days_and_no_more(country: Country) -> None:
    period = (day(2003), day(2011, 12, 31))
    absent = np.array([0, 31, 32])
    presence = Presence(
        *(np.array(values) for values in ([0] * 3, [day(2050)] * 3, [day(2005)] * 3, day(2005) + absent, [False] * 3))
    )
    days = presence.days_within(*period)
    assert (period[1] - period[0] + 1 - days).tolist() == [0, 31, 32]
    lived = residence(country.people, period)
    n, f = len(country.people.children), len(country.people.families)
    registered = country.people.presence.take(slice(n, n + f)).days_within(*period)
    whole = (registered == period[1] - period[0] + 1) & country.people.exists[n : n + f]
    assert lived[whole].all()
    assert 0.9 < lived.mean() < 1
