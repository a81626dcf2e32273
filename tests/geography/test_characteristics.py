"""Key figures of areas: all municipalities have them, wijken where they were published, and merged ones are weighed."""

from __future__ import annotations

import numpy as np
import pytest

from kansen.geography import characteristic_values, load_areas, load_characteristics

BY_ID = {one.id: one for one in load_characteristics()}


@pytest.mark.parametrize("one", load_characteristics(), ids=lambda one: one.id)
def test_every_municipality_has_every_figure_in_its_unit(one) -> None:
    values = characteristic_values(one, "municipality", load_areas().ids("municipality"))
    assert not np.isnan(values).any()
    low, high = {"share": (0.0, 1.0), "money": (100_000, 2_000_000), "count": (10, 10_000)}[one.kind]
    assert values.min() >= low
    assert values.max() <= high
    assert one.label["nl"] != one.label["en"]


def test_most_wijken_have_them_and_the_rest_is_not_filled() -> None:
    ids = load_areas().ids("wijk")
    known = ~np.isnan(characteristic_values(BY_ID["income_low"], "wijk", ids))
    assert 3_000 < known.sum() < len(ids)


def test_a_merged_municipality_is_weighed_by_its_parts() -> None:
    # Amsterdam (882,633 people, 39.8 %) and Weesp (20,766 people, 33.2 %) of 2022.
    expected = (39.8 * 882_633 + 33.2 * 20_766) / (882_633 + 20_766) / 100
    (found,) = characteristic_values(BY_ID["income_low"], "municipality", ("GM0363",))
    assert found == pytest.approx(expected, abs=0.0005)


def test_other_levels_and_unknown_areas_have_none() -> None:
    assert np.isnan(characteristic_values(BY_ID["density"], "pc4", ("1011",))).all()
    assert np.isnan(characteristic_values(BY_ID["home_value"], "municipality", ("GM9999",))).all()
