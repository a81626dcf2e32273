"""The families of the young beside the adults: one country, in which nobody is a child of two kinds."""

from __future__ import annotations

import numpy as np

from kansen.synthetic.days import YEAR, day, year_of
from kansen.synthetic.windows import load_windows
from kansen.synthetic.young_people import not_followed


def test_no_parent_is_born_in_a_year_that_is_followed() -> None:
    rng = np.random.default_rng(7)
    first_child = day(1993) + rng.random(20_000) * (day(2021) - day(1993))
    age = np.clip(29.5 + 5 * rng.standard_normal(20_000), 16, 45)
    born = not_followed(rng, first_child - age * YEAR, first_child)
    followed = {year for window in load_windows().values() for year in window.births}
    assert not followed & set(year_of(born).tolist())
    moved = (first_child - born) / YEAR - age
    assert abs(moved.mean()) < 0.5  # years; few are made much older
    assert ((first_child - born) / YEAR).min() > 15.9
    untouched = ~np.isin(year_of(np.round(first_child - age * YEAR).astype(np.int64)), list(followed))
    assert np.abs(moved[untouched]).max() < 1 / YEAR  # whole days
