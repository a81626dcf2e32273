"""Children who move: the declared effect is recovered, placebos are what they must be, and bad input is refused."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kansen.effects import Exposure, exposure
from kansen.errors import InputError, UsageError
from kansen.synthetic.movers import draw_movers, load_movers

pytest.importorskip("pyfixest")


def stronger(**exposure: float) -> dict[str, Any]:
    """The declared world with larger differences between places, so that a small country tells enough."""
    world = copy.deepcopy(load_movers())
    world["place"] |= {"times": 4.0, "cohort_sd": 0.10}
    world["exposure"] |= exposure
    return world


def placebo(found: Exposure, name: str) -> Any:
    return next(one for one in found.placebos if one.name == name)


def test_the_published_effect_is_recovered_from_the_synthetic_country() -> None:
    """2.7 % of the difference per year, at the scale of the country."""
    found = exposure(draw_movers(1.0, 1), "income")
    assert found.per_year.se < 0.008
    assert abs(found.per_year.value - 0.027) < 2.5 * found.per_year.se
    assert found.per_year.lwr > 0.01
    assert placebo(found, "late").p > 0.01
    assert placebo(found, "other_cohort").p > 0.01
    assert placebo(found, "own_cohort").value == pytest.approx(0.027, abs=0.02)
    assert found.movers + found.residents + found.dropped == draw_movers(1.0, 1).num_rows


def recovered(worlds: int, scale: float = 0.05) -> dict[str, np.ndarray]:
    """Per coefficient the values and whether the interval holds the truth, shape (2, worlds)."""
    truth = {
        "per_year": 0.027,
        "chosen": 0.10,
        "late": 0.0,
        "siblings": 0.027,
        "own_cohort": 0.027,
        "other_cohort": 0.0,
    }
    rows: dict[str, list[tuple[float, bool]]] = {name: [] for name in truth}
    for seed in range(worlds):
        found = exposure(draw_movers(scale, seed, stronger()), "income")
        for one in (found.per_year, found.chosen, *found.placebos):
            rows[one.name].append((one.value, one.lwr <= truth[one.name] <= one.upr))
    return {name: np.array(of).T for name, of in rows.items()}


def test_the_effect_is_not_biased_and_its_interval_is_right() -> None:
    found = recovered(40)
    assert found["per_year"][0].mean() == pytest.approx(0.027, abs=0.004)
    assert found["per_year"][1].mean() >= 0.85
    assert found["late"][1].mean() >= 0.85
    assert found["siblings"][1].mean() >= 0.85


@pytest.mark.slow
def test_intervals_hold_the_effect_over_many_countries() -> None:
    found = recovered(2000)
    for name in ("per_year", "chosen", "late", "siblings"):
        assert found[name][1].mean() == pytest.approx(0.95, abs=0.02), name


def test_without_an_effect_of_years_none_is_found() -> None:
    found = exposure(draw_movers(0.3, 3, stronger(per_year=0.0, chosen=0.5)), "income")
    assert abs(found.per_year.value) < 3 * found.per_year.se
    assert found.chosen.value == pytest.approx(0.5, abs=3 * found.chosen.se)


def test_by_age_the_share_falls_until_years_no_longer_count() -> None:
    found = exposure(draw_movers(0.3, 4, stronger()), "income")
    share = {int(one.name): one.value for one in found.by_age}
    early, late = np.mean([share[age] for age in range(4)]), np.mean([share[age] for age in range(24, 32)])
    assert early == pytest.approx(0.1 + 0.027 * 21, abs=0.12)
    assert late == pytest.approx(0.1, abs=0.12)
    assert all(one.rows >= 10 for one in found.by_age)


def test_the_own_household_does_not_tell_what_a_place_does() -> None:
    """A younger child, born after the move, lives in the destination: its luck is not the place's."""
    world = stronger(per_year=0.0, chosen=0.0)
    world["income"] |= {"family_sd": 2.0, "own_sd": 0.1}
    found = exposure(draw_movers(0.02, 5, world), "income")
    assert abs(found.chosen.value) < 4 * found.chosen.se


def test_what_is_not_positive_has_no_logarithm() -> None:
    table = draw_movers(0.05, 6, stronger())
    income = table["income"].to_numpy().copy()
    income[:10], income[10] = 0.0, -5.0
    broken = table.set_column(table.column_names.index("income"), "income", pa.array(income))
    assert exposure(broken, "income").dropped == 11
    assert exposure(broken, "income", log=False).dropped == 0


def test_ages_with_few_movers_are_not_told() -> None:
    table = draw_movers(0.01, 7, stronger()).to_pandas()
    rare = table.index[table["age_at_move"].between(5, 6, inclusive="left")][:9]
    others = table["age_at_move"].between(5, 6, inclusive="left") & ~table.index.isin(rare)
    found = exposure(table[~others], "income")
    assert "5" not in {one.name for one in found.by_age}


def test_a_year_after_the_age_has_too_few_movers_and_says_so() -> None:
    table = draw_movers(0.05, 8, stronger()).to_pandas()
    found = exposure(table[~(table["age_at_move"] > 23)], "income")
    assert placebo(found, "late").reason == "too_few_movers"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"income_rank": [1.5]}, "outside 0 to 1"),
        ({"income": ["much"]}, "another kind"),
        ({"destination": [None], "age_at_move": [None]}, "too few movers"),
    ],
)
def test_bad_people_are_refused(change: dict[str, list[Any]], message: str) -> None:
    table = draw_movers(0.01, 9)
    for name, value in change.items():
        kind = table[name].type if value == [None] else None
        table = table.set_column(
            table.column_names.index(name), name, pa.array(value * table.num_rows, kind or pa.infer_type(value))
        )
    with pytest.raises(InputError, match=message):
        exposure(table, "income")
    with pytest.raises(InputError, match="lack a column"):
        exposure(table.drop_columns(["origin"]), "income")


def test_the_same_seed_gives_the_same_children() -> None:
    assert draw_movers(0.001, 1).equals(draw_movers(0.001, 1))
    assert not draw_movers(0.001, 1).equals(draw_movers(0.001, 2))
    with pytest.raises(UsageError, match="too small"):
        draw_movers(1e-6, 1)
