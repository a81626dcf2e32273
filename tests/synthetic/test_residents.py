"""Residents of working age: their tables agree, and what is declared about them comes out again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from kansen import registers, synthetic
from kansen.cohorts.panel import build_panel
from kansen.engine import load_engine
from kansen.errors import UsageError
from kansen.measures.frailty import dependence
from kansen.measures.panel import LowIncome, low_income
from kansen.synthetic.days import day, year_of
from kansen.synthetic.places import load_places
from kansen.synthetic.residents import Residents, load_residents, make_residents, parts_of

YEARS = range(2003, 2023)
WORLD = load_residents()
LINE = float(WORLD["income"]["line"])
EVERYWHERE = np.arange(342)


@pytest.fixture(scope="module")
def some() -> Residents:
    return make_residents(EVERYWHERE, scale=0.01, seed=1, part=1, parts=3)


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("residents") / "registers"
    synthetic.write(root, scale=0.01, seed=2, cohorts=["working_life"])
    return root


@pytest.fixture(scope="module")
def told(country: Path) -> LowIncome:
    engine = load_engine("duckdb", country.with_name("scratch"))
    path = build_panel(registers.find(country), country.with_name("vault"), engine, YEARS)
    engine.close()
    return low_income(path, YEARS, LINE)


def test_a_year_has_a_hundredth_of_nine_million(some: Residents) -> None:
    assert all(82_000 < some.here(year).sum() < 92_000 for year in (2003, 2019))


def test_incomes_are_below_the_line_in_a_spell_and_nowhere_else(some: Residents) -> None:
    assert (some.real[some.low] < LINE).all()
    assert (some.real[~some.low] > LINE + 50).all()
    assert ((some.length > 0) == some.low).all()
    goes_on = some.low[1:] & some.low[:-1]
    assert (some.length[1:][goes_on] == some.length[:-1][goes_on] + 1).all()


def test_as_many_leave_as_is_expected(country: Path) -> None:
    """Of every length and in every year, those who left differ from what is expected by chance alone."""
    cells = pq.read_table(country / "truth" / "low_income.parquet").to_pandas()
    for by in ("length", "year", "municipality"):
        sums = cells.groupby(by, observed=True)[["at_risk", "expected", "left"]].sum()
        share = sums.expected / sums.at_risk
        z = (sums.left - sums.expected) / np.sqrt(sums.at_risk * share * (1 - share))
        enough = sums.at_risk * share * (1 - share) > 10
        assert (z[enough] ** 2).sum() < enough.sum() + 5 * np.sqrt(2 * enough.sum()), by


def test_escape_gets_harder(told: LowIncome) -> None:
    """N14: the chance to leave a low income falls from 2003 to 2017."""
    line = told.trend(2003, 2017)
    assert line is not None
    assert line.slope < 0
    assert line.p < 0.001
    by_length = told.hazards(6).hazard
    assert (np.diff(by_length) < 0).all()


def test_what_is_declared_about_leaving_is_found_again(told: LowIncome) -> None:
    """Raw hazards say that every year makes leaving much harder; corrected for the frailty it is what is declared."""
    low = WORLD["low"]
    clock = np.clip((np.array(YEARS) - low["trend"][0]) / (low["trend"][1] - low["trend"][0]), 0, 1)
    raw, found = (dependence(told.histories, kind, time=clock) for kind in ("none", "gamma"))
    assert raw is not None
    assert found is not None
    assert found.trend is not None
    assert found.trend_se is not None
    assert raw.slope < 1.7 * low["leave_length"]
    assert abs(found.slope - low["leave_length"]) < 4 * found.slope_se
    assert abs(found.trend - low["leave_trend"]) < 4 * found.trend_se
    assert found.variance == pytest.approx(low["frailty"], abs=0.15)


def test_positions_last_as_declared(some: Residents) -> None:
    """The latent position of who is above the line in both years is correlated over time as declared."""
    income, share, carried = WORLD["income"], WORLD["position"]["lasting"], WORLD["position"]["yearly"]
    settled = year_of(some.born) < 1970
    for years in (1, 5, 10):
        both = ~some.low[0] & ~some.low[years] & settled & (year_of(some.born) > 1955)
        one, other = (np.log((some.real[at, both] - LINE) / income["median"]) for at in (0, years))
        wanted = (share * some.position.var() + (1 - share) * carried**years) / (
            share * some.position.var() + 1 - share
        )
        assert np.corrcoef(one, other)[0, 1] == pytest.approx(wanted, abs=0.025), years


@pytest.fixture(scope="module")
def limits() -> tuple[np.ndarray, np.ndarray]:
    """Incomes of the country at the start and ten years later, in order."""
    start, later, _ = incomes(make_residents(EVERYWHERE, scale=0.02, seed=5, part=1, parts=5))
    return np.sort(start[np.isfinite(start)]), np.sort(later[np.isfinite(later)])


def incomes(some: Residents) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means over 2003-2005, 2013-2015 and all years until 60, of who was 30 to 48 in 2003."""
    age = 2003 - year_of(some.born)
    of_age = (age >= 30) & (age <= 48)
    here = np.stack([some.here(year) for year in YEARS])[:, of_age]
    real = np.where(here, some.real[:, of_age], 0.0)

    def mean(years: slice) -> np.ndarray:
        count = here[years].sum(axis=0)
        return np.where(count > 0, real[years].sum(axis=0) / np.maximum(count, 1), np.nan)

    return mean(slice(0, 3)), mean(slice(10, 13)), mean(slice(None))


@pytest.mark.parametrize(
    ("code", "scale", "end", "mean"),
    [("GM0080", 1.0, 0.33, 35_298), ("GM0917", 1.2, 0.33, 33_698), ("GM0599", 0.2, 0.40, 38_671)],
)
def test_where_people_end_and_what_they_earn(
    limits: tuple[np.ndarray, np.ndarray], code: str, scale: float, end: float, mean: float
) -> None:
    """N07 and N08 of three municipalities, drawn large, with the ranks of a whole country."""
    there = np.flatnonzero(np.array(load_places().municipality_id) == code)
    start, later, life = incomes(make_residents(there, scale=scale, seed=8, part=2, parts=5))
    rank, then = (np.searchsorted(of, amounts) / len(of) for of, amounts in zip(limits, (start, later), strict=True))
    band = (rank >= 0.15) & (rank <= 0.35) & np.isfinite(start) & np.isfinite(later)
    slope, height = np.polyfit(rank[band] - 0.25, then[band], 1)
    assert slope > 0
    assert height == pytest.approx(end, abs=0.01)
    assert np.nanmean(life) == pytest.approx(mean, rel=0.015)


def test_the_country_is_cut_into_parts_of_neighbours() -> None:
    parts = parts_of(load_places(), 1.0)
    assert sorted(np.concatenate(parts).tolist()) == EVERYWHERE.tolist()
    assert 30 < len(parts) < 90
    assert len(parts_of(load_places(), 0.001)) == 1


def test_tables_agree(country: Path) -> None:
    delivery = registers.find(country)

    def column(table: str, name: str, year: int | None = None) -> list[str]:
        return pq.read_table(delivery.file(table, year).path, columns=[name]).column(0).to_pylist()

    people = column("gbapersoon", "RINPERSOON")
    assert len(set(people)) == len(people)
    for table, year in (("persoonink", 2003), ("inpa", 2022), ("gbaadresobject", None)):
        assert set(column(table, "RINPERSOON", year)) <= set(people)
    assert set(column("inpa", "RINPERSOONHKW", 2022)) <= set(people)
    homes = column("vslgwb", "RINOBJECTNUMMER")
    assert len(set(homes)) == len(homes)
    assert set(column("gbaadresobject", "RINOBJECTNUMMER")) <= set(homes)
    begin, end = (column("gbaadresobject", f"GBADATUM{name}ADRESHOUDING") for name in ("AANVANG", "EINDE"))
    assert all(first <= last for first, last in zip(begin, end, strict=True))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        synthetic.write(tmp_path / name, scale=0.0003, seed=4, formats=("parquet", "sav"), cohorts=["working_life"])
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert any(path.suffix == ".sav" for path in files)
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path


def test_residents_come_only_when_they_are_asked_for(tmp_path: Path) -> None:
    synthetic.write(tmp_path / "one", scale=0.0003, seed=4, cohorts=["age35"])
    assert not (tmp_path / "one" / "truth" / "residents.parquet").exists()
    with pytest.raises(UsageError, match="working_life"):
        synthetic.write(tmp_path / "two", scale=0.0003, cohorts=["working"])


def test_a_part_of_the_residents_stands_beside_all_children(tmp_path: Path) -> None:
    for name, part in (("all", 1.0), ("some", 0.25)):
        synthetic.write(tmp_path / name, scale=0.001, seed=4, cohorts=["age35", "working_life"], residents=part)
    sizes = {
        (name, file): pq.read_metadata(tmp_path / name / "truth" / f"{file}.parquet").num_rows
        for name in ("all", "some")
        for file in ("children", "residents")
    }
    assert sizes["some", "residents"] == pytest.approx(0.25 * sizes["all", "residents"], rel=0.02)
    assert sizes["some", "children"] == sizes["all", "children"]
    assert '"residents": 0.25' in (tmp_path / "some" / "synthetic.json").read_text()
    for wrong in (0.0, 1.5):
        with pytest.raises(UsageError, match="part of the residents"):
            synthetic.write(tmp_path / "none", scale=0.001, cohorts=["working_life"], residents=wrong)


def test_losses_and_unknown_amounts_are_there(country: Path) -> None:
    amounts = pq.read_table(registers.find(country).file("persoonink", 2005).path).column("PERSBRUT").to_numpy()
    for share, found in ((WORLD["odd"]["negative"], amounts < 0), (WORLD["odd"]["missing"], amounts == 999_999_999)):
        assert abs(found.mean() - share) < 4 * np.sqrt(share / len(amounts))


def test_leaving_the_country_goes_with_a_low_income(some: Residents) -> None:
    low = some.low[0]
    gone = some.end < day(2011)
    assert gone[low].mean() > 1.3 * gone[~low].mean()
