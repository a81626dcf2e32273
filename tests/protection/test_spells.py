"""Spells of a low income in a release: large numbers, rounded; nothing where too few leave or stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import measures, protection
from kansen.atlas.national import Spells, Weighted
from kansen.cohorts import load_cohort
from kansen.cohorts.declarations import SpellsDeclaration
from kansen.measures import NationalSpells, national_spells
from kansen.protection.protected import ProtectedSummary, token
from measures.lives import frail, simulate

COHORT = load_cohort("working_life")
DECLARED = COHORT.spells
OUTCOME = COHORT.outcome("wl_low_left_1")
assert DECLARED is not None
YEARS = DECLARED.calendar


def panel(path: Path, states: np.ndarray, men: np.ndarray | None = None) -> Path:
    """The file of a panel in which people of one age have these states."""
    incomes = np.select([states == 1, states == 0], [10_000.0, 20_000.0], np.nan)
    sexes = np.full(len(states), True) if men is None else men
    table = pa.table(
        {
            "person": [f"R{number:09d}" for number in range(len(states))],
            "birth_year": np.full(len(states), 1970),
            "sex": np.where(sexes, "men", "women"),
            **{f"income_{year}": pa.array(incomes[:, at], from_pandas=True) for at, year in enumerate(YEARS)},
        }
    )
    pq.write_table(table, path)
    return path


def found(path: Path, people: int, seed: int = 1, trend: float = -0.03) -> NationalSpells:
    rng = np.random.default_rng(seed)
    leave = frail(rng, people, base=-0.5, slope=-0.4, variance=0.3, trend=trend)
    assert DECLARED is not None
    return national_spells([panel(path, simulate(rng, people, len(YEARS), enter=0.1, leave=leave))], DECLARED)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> NationalSpells:
    return found(tmp_path_factory.mktemp("many") / "panel.parquet", 20_000)


def told(of: NationalSpells, profile: str = "public") -> dict[str, Any] | None:
    bare = ProtectedSummary(OUTCOME, None, None, None, _token=token())
    return protection.with_spells(bare, of, protection.load_profile(profile)).spells


def test_every_step_stands_for_twenty_people(many: NationalSpells) -> None:
    shown = told(many)
    assert shown is not None
    table = many.low.hazards(10)
    at = np.array(shown["leaving"]["place"]) - 1
    step = np.array(shown["leaving"]["step"])
    most = 20 // (at + 2)  # spells of that length that fit into a life of twenty years, each after a year outside
    assert (step * table.at_risk[at] >= 20 * most - 1e-9).all()
    assert (step * table.at_risk[at] < 2.5 * 20 * most + 1e-9).all()  # the next readable one, and no coarser
    for name, values in (("est", table.hazard[at]), ("lwr", None), ("upr", None), ("weighted", None)):
        figures = np.array(shown["leaving"][name])
        assert np.allclose(figures / step, np.round(figures / step), atol=1e-6), name
        if values is None:
            assert name != "weighted" or (np.abs(figures - np.array(shown["leaving"]["est"])) <= step + 1e-9).all()
        else:
            assert (np.abs(figures - values) <= step / 2 + 1e-12).all()


def test_a_person_more_changes_a_year_by_less_than_a_step(many: NationalSpells) -> None:
    """Of every calendar year and length, somebody who stayed leaves."""
    shown, low = told(many), many.low
    assert shown is not None
    before = low.by_year(3).hazard
    for at, year in enumerate(YEARS):
        if year not in shown["by_year"]["place"]:
            continue
        step = shown["by_year"]["step"][shown["by_year"]["place"].index(year)]
        for length in range(3):
            ended = low.leaving.ended.copy()
            ended[at, length] += 1
            moved = measures.yearly_hazard(replace(low.leaving, ended=ended), 3).hazard[at] - before[at]
            assert 0 < moved <= step / 20 + 1e-12


def test_what_is_told_is_what_was_simulated(many: NationalSpells) -> None:
    shown = told(many)
    assert shown is not None
    assert shown["leaving"]["place"] == list(range(1, 11))
    assert shown["trend"]["upr"] < 0
    assert (shown["trend"]["first"], shown["trend"]["last"]) == (2006, 2017)  # from when three years have been seen
    raw, corrected = shown["dependence"]
    assert (raw["frailty"], corrected["frailty"]) == ("none", "gamma")
    assert raw["est"] < corrected["est"] < 0
    assert corrected["lwr"] <= -0.4 <= corrected["upr"]
    Spells.model_validate(shown)


def test_too_few_are_absent(tmp_path: Path) -> None:
    """A length is told of which ten people left, and stayed, however often each may count."""
    few = found(tmp_path / "panel.parquet", 8_000)
    shown, table = told(few), few.low.hazards(10)
    assert shown is not None
    most = 20 // (table.length + 1)
    left, stayed = table.ended / most, (table.at_risk - table.ended) / most
    enough = (np.minimum(left, stayed) >= 10) & (20 * most / table.at_risk <= 0.02)
    assert shown["leaving"]["place"] == table.length[enough].tolist()
    assert 0 < enough.sum() < 10
    at_risk, ended = (getattr(few.low.leaving, name)[:, :3] for name in ("at_risk", "ended"))
    ten = np.minimum(ended, at_risk - ended).min(axis=1) >= 10
    assert set(shown["by_year"]["place"]) <= {year for year, good in zip(YEARS, ten, strict=True) if good}
    assert max(shown["by_year"]["step"]) <= 0.02


def test_nothing_is_told_of_hardly_anybody_or_under_a_profile_without_exact_figures(
    tmp_path: Path, many: NationalSpells
) -> None:
    assert told(found(tmp_path / "panel.parquet", 30)) is None
    assert told(many, "perturbed") is None


def test_those_who_are_gone_are_stood_for(tmp_path: Path) -> None:
    """Men leave a low income less easily and are more often not seen again: without weights, leaving looks easier."""
    rng, people = np.random.default_rng(3), 40_000
    men = np.arange(people) % 2 == 0
    chance = np.where(men, 0.2, 0.6)
    states = simulate(rng, people, len(YEARS), enter=0.2, leave=lambda length, _: chance)
    lost = rng.random(states.shape) < np.where(men, 0.2, 0.02)[:, None]
    states = np.where(lost, -1, states).astype(np.int8)
    assert DECLARED is not None
    low = measures.low_income(panel(tmp_path / "panel.parquet", states, men), YEARS, DECLARED.below)
    first = np.arange(len(YEARS) - 1)[
        1:
    ]  # in the first year nobody's spell has a known start, and the last has no next
    # In a year and length, the true share is that of everybody who is there, whether seen in the next year or not.
    weighted, raw = (risks.ended[first, 0] / risks.at_risk[first, 0] for risks in (low.weighted, low.leaving))
    spells = measures.spells_of(states)
    inside = np.zeros((len(YEARS), 2))
    np.add.at(inside, (spells.start, men[spells.person].astype(int)), 1)
    inside = inside[first]
    truth = inside @ np.array([0.6, 0.2]) / inside.sum(axis=1)
    error = np.sqrt(truth * (1 - truth) / inside.sum(axis=1))
    assert abs(((weighted - truth) / error).mean()) < 0.7
    assert ((raw - truth) / error).mean() > 1.5


class TestWhoIsGone:
    """The later rank of people of whom the poor are more often gone."""

    RANK = COHORT.outcome("wl_income_10_perc")

    def rows(self, path: Path, people: int, share: float = 0.6) -> tuple[Path, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(5)
        start = (rng.permutation(people) + 1) / people
        later = np.clip(0.25 + 0.5 * start + rng.normal(0, 0.1, people), 0, 1)
        seen = rng.random(people) < np.where(start <= 0.2, share, 0.95)
        table = {
            "income_rank": start,
            "sex": np.where(rng.random(people) < 0.5, "men", "women"),
            "birth_year": rng.integers(1955, 1974, people),
            self.RANK.id: pa.array(np.where(seen, later, np.nan), from_pandas=True),
        }
        pq.write_table(pa.table(table), path)
        return path, later, seen

    def told(self, found: measures.WeightedMean | None, profile: str = "public") -> dict[str, Any] | None:
        national = {"n": 1.0, "est": 0.5, "lwr": 0.4, "upr": 0.6}
        bare = ProtectedSummary(self.RANK, national, None, None, _token=token())
        return protection.with_all(bare, found, protection.load_profile(profile)).weighted

    def test_those_who_are_seen_stand_for_them(self, tmp_path: Path) -> None:
        path, later, seen = self.rows(tmp_path / "cohort.parquet", 40_000)
        found = measures.mean_of_all(path, self.RANK)
        assert found is not None
        assert found.by == ("income_rank", "sex", "birth_year")
        plain = later[seen].mean()
        assert plain > later.mean() + 10 * found.se  # who is gone was poor
        assert abs(found.est - later.mean()) < 3 * found.se
        shown = self.told(found)
        assert shown is not None
        Weighted.model_validate(shown)
        assert shown["lwr"] <= found.est - 1.95 * found.se < found.est + 1.95 * found.se <= shown["upr"]
        assert shown["step"] >= 20 * found.largest
        assert self.told(found, "perturbed") is None

    def test_wider_cells_where_few_are_seen_and_nothing_where_hardly_anybody_is(self, tmp_path: Path) -> None:
        wide = measures.mean_of_all(self.rows(tmp_path / "one.parquet", 1_000)[0], self.RANK)
        assert wide is not None
        assert wide.by == ("income_rank", "sex")
        assert self.told(wide) is None  # in steps of 0.05
        assert measures.mean_of_all(self.rows(tmp_path / "two.parquet", 1_000, share=0.0)[0], self.RANK) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"of": "wl_income"}, "of"),
        ({"below": 0}, "below"),
        ({"years": (2022, 2003)}, "years"),
        ({"trend": (2001, 2017)}, "trend"),
    ],
)
def test_a_wrong_declaration_is_told(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    from kansen.cohorts import declarations
    from kansen.errors import DeclarationError

    assert isinstance(DECLARED, SpellsDeclaration)
    with pytest.raises(DeclarationError, match=f"Spells cannot be told: .*{says}"):
        declarations._check_spells(replace(COHORT, spells=replace(DECLARED, **change)), tmp_path)  # pyright: ignore


def test_without_its_outcome_nothing_is_asked_for() -> None:
    other = replace(COHORT, outcomes=tuple(one for one in COHORT.outcomes if one.id != OUTCOME.id))
    assert COHORT.spells_told is DECLARED
    assert other.spells_told is None
