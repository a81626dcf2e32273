"""The study of mbo: what is declared is in the tables, and the decomposition with answers finds it again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from kansen import measures, pipeline, synthetic
from kansen.cohorts import load_cohort
from kansen.cohorts.requirements import as_delivered
from kansen.geography import load_areas
from kansen.moments.grid import load_grid
from kansen.registers import find
from kansen.release import open_release
from kansen.synthetic.mbo import Students, draw, load_mbo
from kansen.synthetic.parameters import ORIGINS

WORLD = load_mbo()
REPLICATIONS = 2_000


def students(rng: np.random.Generator, people: int) -> tuple[dict[str, np.ndarray], Students]:
    """People who have been in mbo, with poorer parents among those with a migration background."""
    origin = rng.choice(len(ORIGINS), people, p=[0.7, 0.06, 0.07, 0.04, 0.02, 0.11])
    x = {
        "rank": np.clip(rng.beta(2, 2, people) - 0.15 * (origin > 0), 0, 1),
        "woman": rng.random(people) < 0.5,
        "single": rng.random(people) < np.where(origin > 0, 0.3, 0.2),
        "origin": origin,
        "year": rng.integers(2016, 2021, people),
    }
    return x, draw(rng, **x, world=WORLD)


def decomposed(x: dict[str, np.ndarray], drawn: Students, who: np.ndarray, weight: np.ndarray) -> Any:
    """The gap between those without and those with a migration background, with what they felt as a block."""
    frame = {
        "works": drawn.works[who].astype(float), "group": np.where(x["origin"][who] == 0, "none", "any"),
        "rank": x["rank"][who], "woman": x["woman"][who].astype(float), "single": x["single"][who].astype(float),
        "felt": drawn.felt[who].astype(int), "weight": weight[who],
    }  # fmt: skip
    return measures.oaxaca_blinder(
        frame, y="works", group="group", a="none", b="any", numbers=["rank", "woman", "single"], categories=["felt"],
        weight="weight", blocks={"background": ["rank", "woman", "single"]},
    )  # fmt: skip


def part(found: Any, block: str) -> tuple[float, float]:
    row = next(row for row in found.detail.to_pylist() if row["name"] == block)
    return row["explained"], row["se_explained"]


def felt_truth(x: dict[str, np.ndarray]) -> float:
    """What goes with what people felt: the declared effect, times how much more often it is felt."""
    share = np.array([WORLD["felt"][name] for name in ORIGINS])[x["origin"]]
    return float(WORLD["felt_works"] * (share[x["origin"] > 0].mean() - share[x["origin"] == 0].mean()))


def test_work_is_up_to_thirty_percent_lower_and_most_of_it_does_not_go_with_background() -> None:
    x, drawn = students(np.random.default_rng(1), 400_000)
    none = drawn.chance[x["origin"] == 0].mean()
    lower = {}
    for year in (2019, 2020):
        means = [drawn.chance[(x["origin"] == at) & (x["year"] == year)].mean() for at in range(len(ORIGINS))]
        lower[year] = 1 - np.array(means) / none
    assert 0.26 <= lower[2020].max() <= 0.32
    assert (lower[2020][1:] > lower[2019][1:] + 0.01).all(), "it grew during the lockdown"
    whole = decomposed(x, drawn, np.arange(400_000), np.ones(400_000))
    assert whole.unexplained.value > 0.5 * whole.gap.value
    assert part(whole, "background")[0] < 0.2 * whole.gap.value
    assert part(whole, "felt")[0] == pytest.approx(felt_truth(x), abs=0.003)


def test_those_who_answered_stand_for_everybody_with_their_weights_only() -> None:
    x, drawn = students(np.random.default_rng(2), 400_000)
    everybody = np.arange(400_000)
    answered = np.flatnonzero(drawn.answered)
    truth, se = part(decomposed(x, drawn, everybody, np.ones(400_000)), "felt")
    weighted, own = part(decomposed(x, drawn, answered, drawn.weight), "felt")
    plain, _ = part(decomposed(x, drawn, answered, np.ones(400_000)), "felt")
    assert abs(weighted - truth) < 3 * np.hypot(own, se)
    assert plain < truth - 0.004, "those who felt it most answered least"
    for origin in range(len(ORIGINS)):
        assert drawn.weight[x["origin"] == origin].sum() == pytest.approx((x["origin"] == origin).sum(), rel=1e-3)


@pytest.mark.slow
def test_intervals_of_the_block_of_answers_cover_the_truth() -> None:
    """95 % ± 2 over 2,000 studies of 3,000 people, weights taken as given."""
    rng, hit, left = np.random.default_rng(3), 0, 0
    big_x, big = students(np.random.default_rng(4), 2_000_000)
    whole = decomposed(big_x, big, np.arange(2_000_000), np.ones(2_000_000))
    truth, unexplained = part(whole, "felt")[0], whole.unexplained.value
    for _ in range(REPLICATIONS):
        x, drawn = students(rng, 3_000)
        found = decomposed(x, drawn, np.flatnonzero(drawn.answered), drawn.weight)
        value, se = part(found, "felt")
        hit += abs(value - truth) < 1.959964 * se
        left += found.unexplained.lwr < unexplained < found.unexplained.upr
    assert 0.93 <= hit / REPLICATIONS <= 0.97
    assert 0.93 <= left / REPLICATIONS <= 0.97


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mbo")
    synthetic.write(folder / "registers", scale=0.03, seed=1, cohorts=["age21"])
    return pipeline.build(folder / "registers", folder / "release", cohorts=["age21"], outcomes=["c21_mbo_employed"])


def test_from_registers_to_a_release(release: Path) -> None:
    """Both decompositions are told of the country, and the answers hold what was declared."""
    with open_release(release) as opened:
        [outcome] = [one for one in opened.outcomes["outcomes"] if one["id"] == "c21_mbo_employed"]
        assert [(one["id"], one["survey"]) for one in outcome["decompositions"]] == [
            ("background", False), ("survey", True),
        ]  # fmt: skip
        rows = [row for row in opened.decompositions("c21_mbo_employed").to_pylist() if row["area"] == "NL"]
    told = {(row["decomposition"], row["part"], row["block"]): row for row in rows if row["b"] == "any"}
    perceived, gap = told["survey", "explained", "perceived"], told["survey", "gap", None]
    truth = pq.read_table(release.with_name("registers") / "truth" / "mbo.parquet").to_pandas()
    share = truth["origin"].astype(str).map(WORLD["felt"])
    expected = WORLD["felt_works"] * (share[truth.origin != "none"].mean() - share[truth.origin == "none"].mean())
    assert perceived["lwr"] <= expected <= perceived["upr"]
    chance = truth["expected_c21_mbo_employed"]
    raw = chance[truth.origin == "none"].mean() - chance[truth.origin != "none"].mean()
    assert gap["lwr"] <= raw <= gap["upr"]
    assert told["background", "gap", None]["lwr"] <= raw <= told["background", "gap", None]["upr"]
    assert ("background", "explained", "perceived") not in told


def test_how_many_answered_decides_and_not_for_how_many_they_stand(release: Path) -> None:
    """The survey's own file has a weight and answers per person; fewer answers than people in the study."""
    [declared] = [one for one in load_cohort("age21").decompositions if one.id == "survey"]
    folder = release.with_name("release.vault") / "cohorts" / "age21"
    answers = pq.read_table(folder / "survey-survey.parquet").to_pandas()
    rows = pq.read_table(folder / "cohort.parquet").to_pandas().set_index("person")
    outcome = load_cohort("age21").outcome("c21_mbo_employed")
    found = measures.gap_parts(
        folder / "cohort.parquet",
        outcome,
        declared,
        load_areas(),
        load_grid("income"),
        folder / "survey-survey.parquet",
    )
    [country] = [one for one in found if (one.area, one.between.b) == ("NL", "any")]
    own = rows.loc[rows.index.intersection(answers["person"])]
    own = own[own["c21_mbo_employed"].notna()]
    assert country.n == ((own["origin"] == "none").sum(), (own["origin"] != "none").sum())
    assert sum(country.n) < answers["gewicht"].sum() / 2


def test_without_the_survey_the_outcome_is_there_and_without_the_study_neither_is(
    release: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "registers"
    shutil.copytree(release.with_name("registers"), folder)
    shutil.rmtree(folder / "Onderwijs" / "MBOENQUETE")
    declaration, notes = as_delivered(load_cohort("age21"), find(folder))
    assert [one.id for one in declaration.decompositions] == ["background"]
    assert "c21_mbo_employed" in declaration.ids
    assert any("decomposition survey is left out, because mboenquete" in note for note in notes)
    shutil.rmtree(folder / "Onderwijs" / "MBOCOHORT")
    declaration, _ = as_delivered(load_cohort("age21"), find(folder))
    assert "c21_mbo_employed" not in declaration.ids
