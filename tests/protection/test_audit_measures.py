"""Measures over an outcome tell nothing small of it, and the audit finds where they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import pipeline
from kansen.auditing import audit_release
from kansen.geography import load_areas
from kansen.measures.expectation import t_quantiles
from kansen.measures.over import LineNoise, Lines
from kansen.measures.results import wilson
from kansen.protection import over as wall
from kansen.protection.audit.averages import Observed
from kansen.protection.audit.lattice import read_lattice
from kansen.protection.audit.material import Figures
from kansen.protection.audit.noisy import noise_of
from kansen.protection.audit.over import Beside, ones_by_spread, read_measures
from kansen.protection.profiles import load_profile
from moments.worlds import cohort
from protection.little import SAFE, Cell, attack, found_by
from protection.worlds import GRID

ALL, MEN, WOMEN = "all;all;all;all", "all;men;all;all", "all;women;all;all"
BAND, MEN_OF_BAND, WOMEN_OF_BAND = (of.replace("all", "very_low", 1) for of in (ALL, MEN, WOMEN))
CORNER = {"top_q1q5": ("q1q5", "top")}
KINDS = {"top": "binary", "top_q1q5": "share"}


class TestCorners:
    """A corner says how many of a band have the outcome: the shares of parts of the band are taken from each other."""

    told = (Cell("m1", BAND, 100, 0.40), Cell("m1", MEN_OF_BAND, 60, 0.41), Cell("m1", WOMEN_OF_BAND, 40, 0.39))

    def test_of_the_sexes_of_a_band(self) -> None:
        base = [Cell("m1", ALL, 400, 0.5), *self.told[:2], Cell("m1", MEN, 240, 0.5)]
        outcomes = {"top": base, "money": [*base, self.told[2]], "top_q1q5": [Cell("m1", ALL, 400, 0.40)]}
        group_n = SAFE | {"parameters": SAFE["parameters"] | {"n": "group"}}
        kinds = KINDS | {"money": "money"}

        def tried(corners: list[Cell]) -> dict[str, int]:
            return found_by(attack(outcomes | {"top_q1q5": corners}, kinds, group_n, measures=CORNER))

        assert "groups" not in tried([Cell("m1", ALL, 400, 0.40)])
        assert tried([Cell("m1", ALL, 400, 0.40), Cell("m1", MEN, 240, 0.55)])["groups"] == 1, "seven women of the band"
        assert "groups" not in tried([Cell("m1", ALL, 400, 0.40), Cell("m1", MEN, 240, 0.45)]), "thirteen"

    def test_of_the_parts_of_an_area(self) -> None:
        """Both wijken of the band and their corners but one: the last one has 2 of 30."""
        base = [Cell("m1", BAND, 100, 0.4), Cell("w11", BAND, 40, 0.4), Cell("w12", BAND, 30, 0.4)]
        base += [Cell("w13", BAND, 30, 0.4), Cell("m1", ALL, 400, 0.5)]
        base += [Cell(wijk, ALL, n, 0.5) for wijk, n in (("w11", 160), ("w12", 120), ("w13", 120))]
        other = [cell for cell in base if (cell.area, cell.group) != ("w13", BAND)]
        group_n = SAFE | {"parameters": SAFE["parameters"] | {"n": "group"}}
        corners = [Cell("m1", ALL, 400, 0.32), Cell("w11", ALL, 160, 0.40), Cell("w12", ALL, 120, round(14 / 30, 4))]
        kinds = KINDS | {"money": "money"}
        found = found_by(attack({"top": other, "money": base, "top_q1q5": corners}, kinds, group_n, measures=CORNER))
        assert found["levels"] == 1
        found = found_by(attack({"top": other, "money": base}, kinds, group_n))
        assert "levels" not in found

    def test_of_the_band_of_whom_the_outcome_is_known(self) -> None:
        """Of 64 children of the band, the interval says that it is known of 57."""
        low, high = (round(float(of[0]), 4) for of in wilson(np.array([20.0]), np.array([57.0]), 1.959964))
        base = [Cell("m1", ALL, 400, 0.5), Cell("m1", BAND, 64, 0.35)]
        corner = [Cell("m1", ALL, 400, round(20 / 57, 4), lwr=low, upr=high)]
        group_n = SAFE | {"parameters": SAFE["parameters"] | {"n": "group"}}
        report = attack({"top": base, "top_q1q5": corner}, KINDS, group_n, measures=CORNER)
        assert found_by(report) == {"measures": 1}


def line(n: int, left_out: int) -> tuple[Cell, Cell, Cell]:
    """The mean, the slope and the share of variance of n children of a municipality, of n - left_out of them a line."""
    rng = np.random.default_rng(5)
    of = n - left_out
    x = rng.random(of)
    y = 0.3 + 0.4 * x + rng.normal(0, 0.2, of)
    sxx, sxy, syy = (float(((a - a.mean()) * (b - b.mean())).sum()) for a, b in ((x, x), (x, y), (y, y)))
    slope = sxy / sxx
    rest = (syy - slope * sxy) / (of - 2)
    half = float(t_quantiles(np.array([of - 2]), 0.95)[0]) * np.sqrt(rest / sxx)
    share = 1 - (1 - sxy**2 / sxx / syy) * (of - 1) / (of - 2)
    ends = [round(slope + side * half, 4) for side in (0, -1, 1)]
    return (
        Cell("m1", ALL, n, 0.5),
        Cell("m1", ALL, n, ends[0], 0.0, *ends[1:]),
        Cell("m1", ALL, n, round(share, 4), 0.0, 0.0, 0.5),
    )


@pytest.mark.parametrize(("left_out", "expected"), [(0, {}), (4, {"measures": 1}), (15, {})])
def test_a_slope_and_a_share_of_variance_say_how_many_children_a_line_has(
    left_out: int, expected: dict[str, int]
) -> None:
    """Those who are left out are children whose parents have no known rank: a group that nobody told."""
    base, slope, share = line(74, left_out)
    kinds = {"y": "rank", "y_slope": "share", "y_r2": "share"}
    report = attack(
        {"y": [base], "y_slope": [slope], "y_r2": [share]},
        kinds,
        measures={"y_slope": ("slope", "y"), "y_r2": ("r2", "y")},
    )
    assert found_by(report) == expected


SIZE = 5_000
SPEC = """
[[outcome]]
id = "c35_income_perc"
kind = "rank"
measures = ["slope", "from25", "r2", "gap_sex"]
[[outcome]]
id = "c35_top_20_income"
kind = "binary"
measures = ["q1q5", "q5q5", "gradient", "gap_sex"]
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of few municipalities, in which ranks of some parents and outcomes of some children are not known."""
    rng = np.random.default_rng(4)
    areas = load_areas()
    parent = areas.parent_index("wijk", "municipality")
    wijken = [areas.ids("wijk")[i] for m in (3, 60, 200) for i in np.flatnonzero(parent == m)[:6]]
    wijk = rng.choice(wijken, SIZE, p=rng.dirichlet(np.ones(len(wijken))))
    rank = rng.random(SIZE)
    place = np.clip(0.35 + 0.3 * rank + rng.normal(0, 0.2, SIZE), 0, 1)
    holes = rng.random((2, SIZE)) < 0.02
    given: dict[str, Any] = {
        "wijk": wijk,
        "municipality": [areas.ids("municipality")[parent[areas.index("wijk")[one]]] for one in wijk],
        "income_rank": pa.array(np.where(holes[0], np.nan, rank), from_pandas=True),
        "c35_income_perc": pa.array(np.where(holes[1], np.nan, place), from_pandas=True),
        "c35_top_20_income": pa.array((place > 0.75).astype(float)),
    }
    folder = tmp_path_factory.mktemp("measures")
    pq.write_table(cohort(rng, SIZE, gaps=0.0, **given), folder / "cohort.parquet")
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    return folder


def released(world: Path, profile: str) -> Path:
    out = world / profile
    if not out.exists():
        pipeline.estimate(world / "cohort.parquet", world / "spec.toml", out, profile=profile)
    return out


def test_no_measure_of_a_public_release_gives_few_away(world: Path) -> None:
    for profile in ("public", "exact-closed"):
        report = audit_release(released(world, profile), world / f"{profile}.vault")
        assert report.small == 0, profile
        assert report.attack("measures").tried > 0, "there are exact corners"


def test_measures_of_the_published_rule_give_many_away(world: Path) -> None:
    out = released(world, "kansenkaart")
    report = audit_release(out, world / "kansenkaart.vault")
    assert report.attack("measures").small > 10
    assert report.attack("groups").right == 1.0, "how many of a band have the outcome agrees with the vault"


def test_the_spread_of_ones_says_no_more_than_their_number(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the spread around a line follows how many have the outcome: with the noise of a count, or more."""
    seen: list[tuple[Any, str, Lines]] = []
    drawn = wall.noisy_lines

    def watched(worked: Any, level: str, *rest: Any) -> tuple[Lines, LineNoise]:
        lines, moved = drawn(worked, level, *rest)
        seen.append((worked, level, lines))
        return lines, moved

    monkeypatch.setattr(wall, "noisy_lines", watched)
    pipeline.estimate(world / "cohort.parquet", world / "spec.toml", world / "watched", profile="public")
    off: list[float] = []
    for worked, level, lines in seen:
        if worked.asked.outcome.id != "c35_top_20_income_gradient" or level != "wijk":
            continue
        cells = worked.cells[level]
        some = np.flatnonzero(np.isfinite(lines.slope) & (cells.n >= 30))
        n = cells.n[some]
        product = lines.variance[some] * (lines.n[some] - 2) / lines.n[some]
        product += lines.slope[some] ** 2 * lines.sxx[some] / lines.n[some]
        low = np.flatnonzero(product < 0.2)
        p = (1 - np.sqrt(1 - 4 * product[low])) / 2
        off += (n[low] * p - cells.ones[some][low]).tolist()
    assert len(off) > 100
    variance = load_profile("public").noise
    assert variance is not None
    assert np.std(off) > 0.9 * np.sqrt(variance.variance)


def test_a_guess_from_the_spread_of_a_slope_is_as_far_off_as_it_says(world: Path) -> None:
    """An attacker who takes intervals of gradients apart knows how good the guess is."""
    import json

    out = released(world, "perturbed")
    entries: list[Mapping[str, Any]] = json.loads((out / "outcomes.json").read_text(encoding="utf-8"))["outcomes"]
    measures = read_measures(entries)
    assert {one.over.id for one in measures["c35_top_20_income"]} == {"q1q5", "q5q5", "gradient", "gap_sex"}
    lattice = read_lattice(json.loads((out / "groups.json").read_text(encoding="utf-8")))
    groups = {group: number for number, group in enumerate(GRID.groups)}
    vault = pq.read_table(world / "perturbed.vault" / "estimates" / "c35_top_20_income.parquet").to_pylist()
    true = {row["region_id"]: row for row in vault if _everybody(row)}

    def figures(id: str) -> tuple[Figures, list[str]]:
        rows = pq.read_table(out / "estimates" / f"outcome={id}.parquet").to_pylist()
        rows = [row for row in rows if row["level"] == "wijk" and row["position"] == row["sex"] == "all"]
        rows = [row for row in rows if row["origin"] == row["household"] == "all"]
        columns = {name: np.array([row[name] for row in rows], float) for name in ("est", "lwr", "upr", "noise_sd")}
        area = np.array([load_areas().index("wijk")[row["area"]] for row in rows])
        n = np.array([row["n"] for row in rows])
        group = np.full(len(rows), groups["income=all;all;all;all"])
        return Figures(id, True, 4, area, group, n, **columns), [row["area"] for row in rows]

    base, _ = figures("c35_top_20_income")
    gradient, names = figures("c35_top_20_income_gradient")
    beside = Beside(base, [], lambda _: base, lattice)
    rows, guessed = ones_by_spread(beside, gradient, 100.0, noise_of({}))
    assert isinstance(guessed, Observed)
    ones = np.array([true[names[row][2:]]["est"] * true[names[row][2:]]["n"] for row in rows])
    assert len(rows) > 8
    assert 0.3 < np.sqrt(np.mean((guessed.value - ones) ** 2 / guessed.variance)) < 1.7


def _everybody(row: Mapping[str, Any]) -> bool:
    groups = ("income_group", "gender_group", "migration_group", "household_group")
    return all(row[name] == "all" for name in groups) and row["region_type"] == "neighborhood_code"
