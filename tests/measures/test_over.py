"""Measures over an outcome, of all cells at once, against least squares and counting in every cell on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm
from scipy import stats

from kansen import moments
from kansen.cohorts import cohort_ids, load_cohort
from kansen.cohorts.declarations import Outcome
from kansen.errors import DeclarationError
from kansen.geography import load_areas
from kansen.measures import Estimates, asked_of, everybody_of, expectations, load_over, work_out
from kansen.measures.over import LineNoise, Lines, Worked, _composition, _gap, _Side
from moments import worlds

AREAS = load_areas()
GRID = moments.load_grid()
MOST = 300
OUTCOMES = [
    worlds.outcome("c35_income_perc", "rank"),
    worlds.outcome("c35_income"),
    worlds.outcome("c35_hbo_attained", "binary"),
    worlds.outcome("c35_top_20_income", "binary"),
]


def world(size: int = 1500) -> pa.Table:
    rng = np.random.default_rng(11)
    rank = np.round(rng.random(size), 2)
    place = np.clip(0.3 + 0.4 * rank + rng.normal(0, 0.2, size), 0, 1)

    def holey(values: np.ndarray) -> pa.Array:
        return pa.array(values, pa.float64(), mask=rng.random(size) < 0.05)

    given = {
        "income_rank": holey(rank),
        "parents_income": holey(np.where(rng.random(size) < 0.02, 0, 1000 + 50_000 * rank)),
        "c35_income_perc": holey(place),
        "c35_income": holey(np.round(60_000 * place**2)),
        "c35_hbo_attained": holey((rng.random(size) < 0.2 + 0.5 * rank).astype(float)),
        "c35_top_20_income": holey((place > 0.7).astype(float)),
    }
    return worlds.cohort(rng, size, **given)


def worked_out(table: pa.Table) -> dict[str, Worked]:
    """Every measure over the outcomes of a world, by id."""
    asked = asked_of(OUTCOMES)
    prepared = moments.prepare(table, AREAS, GRID)
    room = moments.Room()
    figures: dict[str, Mapping[str, Estimates]] = {
        outcome.id: found for outcome, found in expectations(prepared, OUTCOMES, room)
    }
    everybody = everybody_of(GRID)
    assert everybody is not None
    lines = moments.prepare(table, AREAS, everybody)
    return {of.asked.outcome.id: of for of in work_out(lines, GRID, asked, figures, room)}


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return world()


@pytest.fixture(scope="module")
def worked(table: pa.Table) -> dict[str, Worked]:
    return worked_out(table)


def children(table: pa.Table, column: str) -> dict[tuple[str, str, str], worlds.Cell]:
    """The children of every cell, of whom both parents' rank and the outcome are known."""
    found: dict[tuple[str, str, str], worlds.Cell] = {}
    for cell in worlds.cells(table, GRID, AREAS, column):
        known = ~np.isnan(cell.x) & ~np.isnan(cell.y)
        found[cell.level, cell.area, GRID.groups[cell.group]] = replace(cell, x=cell.x[known], y=cell.y[known])
    return found


def rows(of: Worked) -> list[tuple[tuple[str, str, str], int, float, float, float]]:
    """Cell, n, est, lwr and upr of a measure."""
    return [
        ((level, found.areas[area], found.groups[group]), int(n), float(est), float(lwr), float(upr))
        for level, found in of.estimates.items()
        for area, group, n, est, lwr, upr in zip(
            found.area, found.group, found.n, found.est, found.lwr, found.upr, strict=True
        )
    ]


def fit(cell: worlds.Cell) -> sm.regression.linear_model.RegressionResults:
    return sm.OLS(cell.y, sm.add_constant(cell.x, has_constant="add")).fit()


@pytest.mark.parametrize(
    ("id", "base"), [("c35_income_perc_slope", "c35_income_perc"), ("c35_hbo_attained_gradient", "c35_hbo_attained")]
)
def test_slopes(worked: dict[str, Worked], table: pa.Table, id: str, base: str) -> None:
    own, scale, compared = children(table, base), 100 if "gradient" in id else 1, 0
    for key, n, est, lwr, upr in rows(worked[id])[::7][:MOST]:
        cell = own[key]
        assert n == len(cell.y)
        if n < 3 or np.ptp(cell.x) == 0:
            assert np.isnan([est, lwr, upr]).all()
            continue
        found = fit(cell)
        expected = scale * np.array([found.params[1], *found.conf_int()[1]])
        np.testing.assert_allclose([est, lwr, upr], expected, rtol=1e-8, atol=1e-9)
        compared += 1
    assert compared > 50


def test_expected_rank_and_euros(worked: dict[str, Worked], table: pa.Table) -> None:
    own = children(table, "c35_income_perc")
    euros = {key: est for key, _, est, _, _ in rows(worked["c35_income_perc_from25_eur"])}
    income, place = (np.array(table[name].to_pylist(), float) for name in ("c35_income", "c35_income_perc"))
    compared = 0
    for key, n, est, lwr, upr in rows(worked["c35_income_perc_from25"])[::11][:MOST]:
        if n < 3 or np.ptp(own[key].x) == 0:
            continue
        told = fit(own[key]).get_prediction([[1.0, 0.25]])
        np.testing.assert_allclose([est, lwr, upr], [told.predicted_mean[0], *told.conf_int()[0]], rtol=1e-8)
        if n > 100:
            near = np.abs(place - est) < 0.03
            assert euros[key] == pytest.approx(np.nanmean(income[near]), rel=0.1)
        compared += 1
    assert compared > 50


def test_share_that_goes_with_parents(worked: dict[str, Worked], table: pa.Table) -> None:
    own = children(table, "c35_income_perc")
    for key, n, est, lwr, upr in rows(worked["c35_income_perc_r2"])[::11][:MOST]:
        if n < 5 or np.ptp(own[key].x) == 0:
            continue
        assert est == pytest.approx(max(fit(own[key]).rsquared_adj, 0), abs=1e-9)
        low, high = stats.pearsonr(own[key].x, own[key].y).confidence_interval(0.95)
        expected = 0 if low * high < 0 else min(low**2, high**2)
        assert lwr == pytest.approx(min(expected, est), abs=1e-9)
        assert upr == pytest.approx(max(low**2, high**2, est), abs=1e-9)


def test_gap_at_equal_parental_income(worked: dict[str, Worked], table: pa.Table) -> None:
    own, compared = children(table, "c35_income_perc"), 0
    for key, _, est, lwr, upr in rows(worked["c35_income_perc_gap_sex"]):
        women, men = (own[*key[:2], key[2].replace(";all;", f";{sex};", 1)] for sex in ("women", "men"))
        assert key[2].startswith("income=all;all;")
        if min(len(women.y), len(men.y)) < 3 or min(np.ptp(women.x), np.ptp(men.x)) == 0:
            assert np.isnan(est)
            continue
        rank = np.concatenate([women.x, men.x]).mean()
        told = [fit(side).get_prediction([[1.0, rank]]) for side in (women, men)]
        expected = 100 * (told[0].predicted_mean[0] - told[1].predicted_mean[0])
        half = 100 * np.hypot(*(float(one.se_mean[0]) for one in told))
        half *= stats.t.ppf(0.975, len(women.y) + len(men.y) - 4)
        np.testing.assert_allclose([est, lwr, upr], [expected, expected - half, expected + half], rtol=1e-8, atol=1e-8)
        compared += 1
    assert compared > 50


def test_a_gap_is_what_goes_with_parents_and_what_is_left(worked: dict[str, Worked], table: pa.Table) -> None:
    own, compared = children(table, "c35_income_perc"), 0
    left = {key: est for key, _, est, _, _ in rows(worked["c35_income_perc_gap_origin"])}
    for key, _, est, lwr, upr in rows(worked["c35_income_perc_parents_origin"]):
        sex, origin, household = key[2].removeprefix("income=all;").split(";")
        assert origin == "all"
        sides = [own[*key[:2], f"income=all;{sex};{side};{household}"] for side in ("any", "none")]
        if min(len(side.y) for side in sides) < 3 or min(np.ptp(side.x) for side in sides) == 0:
            assert np.isnan(est)
            continue
        raw = 100 * (sides[0].y.mean() - sides[1].y.mean())
        assert est + left[key] == pytest.approx(raw, abs=1e-8)
        n = [len(side.y) for side in sides]
        slope = np.dot([fit(side).params[1] for side in sides], n[::-1]) / sum(n)
        assert est == pytest.approx(100 * slope * (sides[0].x.mean() - sides[1].x.mean()), abs=1e-8)
        assert lwr <= est <= upr
        compared += 1
    assert compared > 50


def sides_of(rng: np.random.Generator, n: int, parents: float, slope: float) -> _Side:
    """10,000 cells of n children each, with parents around a rank."""
    x = np.clip(rng.normal(parents, 0.25, (10_000, n)), 0, 1)
    y = 0.3 + slope * x + rng.normal(0, 0.2, x.shape)
    mx, my = x.mean(1), y.mean(1)
    away = x - mx[:, None]
    sxx = (away**2).sum(1)
    own = (away * y).sum(1) / sxx
    rest = ((y - my[:, None] - own[:, None] * away) ** 2).sum(1)
    return _Side(Lines(np.full(10_000, float(n)), mx, my, sxx, own, rest / (n - 2)), LineNoise.none(10_000))


def test_intervals_of_both_parts_of_a_gap_hold_the_truth() -> None:
    rng = np.random.default_rng(5)
    a, b = sides_of(rng, 60, 0.4, 0.5), sides_of(rng, 90, 0.6, 0.4)
    # Truncation moves the means of parents a little: those of a huge draw.
    means = [np.clip(rng.normal(mean, 0.25, 4_000_000), 0, 1).mean() for mean in (0.4, 0.6)]
    slope = 0.6 * 0.5 + 0.4 * 0.4
    half = stats.t.ppf(0.975, 146)
    value, variance, noisy = _composition(a, b)
    assert (noisy == 0).all()
    covered = np.abs(value - (means[0] - means[1]) * slope) < half * np.sqrt(variance)
    assert 0.94 < covered.mean() < 0.96
    value, variance, _ = _gap(a, b)
    rank = (60 * a.line.mx + 90 * b.line.mx) / 150
    covered = np.abs(value - (0.5 - 0.4) * rank) < half * np.sqrt(variance)
    assert 0.94 < covered.mean() < 0.96


def test_corners(worked: dict[str, Worked], table: pa.Table) -> None:
    own = {
        (cell.level, cell.area, GRID.groups[cell.group]): cell.y[~np.isnan(cell.y)]
        for cell in worlds.cells(table, GRID, AREAS, "c35_top_20_income")
    }
    told = rows(worked["c35_top_20_income_q1q5"])
    assert len(told) > 50
    for key, n, est, lwr, upr in told:
        band = own[*key[:2], key[2].replace("=all;", "=very_low;", 1)]
        assert (n, est) == (len(band), pytest.approx(band.mean()))
        limits = stats.binomtest(int(band.sum()), n).proportion_ci(0.95, "wilson")
        assert (lwr, upr) == pytest.approx(tuple(limits), abs=1e-9)


def test_elasticities_of_the_country_and_provinces(worked: dict[str, Worked], table: pa.Table) -> None:
    told = worked["c35_income_ige"]
    assert set(told.estimates) == {"nl", "province"}
    own = children(table, "c35_income")
    income, parents = (np.array(table[name].to_pylist(), float) for name in ("c35_income", "parents_income"))
    [(_, n, est, lwr, upr)] = [row for row in rows(told) if row[0] == ("nl", "NL", "income=all;all;all;all")]
    good = (income > 0) & (parents > 0)
    fitted = sm.OLS(np.log(income[good]), sm.add_constant(np.log(parents[good]))).fit()
    np.testing.assert_allclose([est, lwr, upr], [fitted.params[1], *fitted.conf_int()[1]], rtol=1e-8)
    assert n == good.sum() < len(own["nl", "NL", "income=all;all;all;all"].y)


def test_without_the_income_of_parents_there_is_no_elasticity(table: pa.Table) -> None:
    assert "c35_income_ige" not in worked_out(table.drop_columns(["parents_income"]))


def test_what_each_figure_needs(worked: dict[str, Worked]) -> None:
    def needed(id: str, group: str) -> set[str]:
        of = worked[id]
        place = int(np.flatnonzero(of.estimates["nl"].group == GRID.groups.index(group))[0])
        return {GRID.groups[number] for number in of.needs["nl"][place]}

    group = "income=all;all;any;single"
    assert needed("c35_income_perc_slope", group) == {group}
    assert needed("c35_income_perc_gap_sex", group) == {
        group, "income=all;women;any;single", "income=all;men;any;single"
    }  # fmt: skip
    assert needed("c35_top_20_income_q1q5", group) == {group, "income=very_low;all;any;single"}


def test_every_declared_measure_has_an_outcome() -> None:
    used = {one.over.id for id in cohort_ids() for one in asked_of(load_cohort(id).outcomes)}
    assert used == {over.id for over in load_over()}


@pytest.mark.parametrize("id", cohort_ids())
def test_words_are_filled_in(id: str) -> None:
    for one in asked_of(load_cohort(id).outcomes):
        told = one.outcome
        assert told.of == one.base.id
        assert told.id == f"{one.base.id}_{told.measure}"
        for text in (told.label, told.short, told.description, told.definition):
            assert "{" not in text.nl + text.en
        assert "{" not in told.formula
        assert told.cohort == one.base.cohort


def test_a_measure_over_a_measure_is_none() -> None:
    derived = [one.outcome for one in asked_of(OUTCOMES)]
    assert asked_of(derived) == []


def test_euros_ask_for_the_outcome_in_euros() -> None:
    def asked(*outcomes: Outcome) -> list[str]:
        return [one.over.id for one in asked_of(outcomes)]

    assert "from25_eur" in asked(*OUTCOMES)
    assert "from25_eur" not in asked(OUTCOMES[0])


def test_a_wrong_declaration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "measures.toml"
    texts = "".join(f'{name} = {{ nl = "x", en = "x" }}\n' for name in ("label", "short", "description", "definition"))
    good = (
        '[over.m]\nhow = "at"\noutcomes = ["*"]\nkinds = ["rank"]\nkind = "rank"\nunit = "u"\ntheme = "mobility"\n'
        f'polarity = "none"\nformula = "f"\n{texts}'
    )
    path.write_text(good + "at = 0.5\n", encoding="utf-8")
    assert load_over(path)[0].at == 0.5
    for number, wrong in enumerate((good, good + 'at = 0.5\nposition = "low"\n', good + "at = 0.5\nwhy = 1\n")):
        other = tmp_path / f"{number}.toml"
        other.write_text(wrong, encoding="utf-8")
        with pytest.raises(DeclarationError, match="too m"):
            load_over(other)


def test_no_lines_on_categories() -> None:
    assert everybody_of(moments.load_grid("education")) is None


def test_a_cell_without_a_line_has_no_figure() -> None:
    table = world(40)
    for of in worked_out(table).values():
        for _, _, est, lwr, upr in rows(of):
            assert not np.isinf([est, lwr, upr]).any()
            assert np.isnan(lwr) == np.isnan(upr)
