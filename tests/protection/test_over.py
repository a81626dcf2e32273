"""Measures over an outcome go through the wall with noise, or where all figures behind them are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import pipeline, protection
from kansen.auditing import audit_release
from kansen.errors import UsageError
from kansen.geography import load_areas
from kansen.measures import Estimates, Worked, asked_of, transition_matrix
from kansen.protection import Protected, protect_over
from kansen.release import open_release
from moments.worlds import cohort, outcome
from protection.worlds import estimates_at

PROFILE = protection.load_profile("kansenkaart")
RANK = outcome("c35_income_perc", "rank")
SIZE = 12_000
SPEC = "".join(
    f'[[outcome]]\nid = "{id}"\nkind = "{kind}"\nmeasures = {measures}\n'
    for id, kind, measures in (
        ("c35_income_perc", "rank", ["slope", "from25", "from25_eur", "r2", "gap_sex"]),
        ("c35_income", "money", []),
        ("c35_top_20_income", "binary", ["q1q5", "gradient"]),
    )
)


def told(figures: Estimates) -> list[Protected]:
    """What is told of a rank under the profile that tells all that passes."""
    [(_, parts)] = [protection.protect_outcome({"municipality": figures}, RANK, PROFILE)]
    return parts


def worked(figures: Estimates, needs: list[list[int]], whole: Sequence[bool] | None = None) -> Worked:
    [asked] = [one for one in asked_of([RANK]) if one.over.id == "slope"]
    complete = np.ones(len(needs), bool) if whole is None else np.array(whole)
    needed = {"municipality": np.array(needs, dtype=np.int32)}
    return Worked(asked, {"municipality": figures}, needed, {"municipality": complete}, {}, _no_lines)


def _no_lines(*_: object) -> NoReturn:
    raise AssertionError("nothing is read off again")


def test_told_where_all_that_it_needs_is_exact() -> None:
    base = told(estimates_at("municipality", [{"area": 0, "n": 50}, {"area": 0, "group": 1}, {"area": 1, "n": 5}]))
    slopes = [{"area": 0, "est": 0.25, "lwr": 0.1, "upr": 0.4}, {"area": 1, "est": 0.3}, {"area": 2, "est": 0.3}]
    _, [found] = protect_over(worked(estimates_at("municipality", slopes), [[0], [0], [0]]), base, PROFILE)
    assert (found.area.tolist(), found.n.tolist(), found.est.tolist()) == ([0], [50], [0.25])
    _, [found] = protect_over(worked(estimates_at("municipality", slopes), [[0, 1], [0, 1], [0, 1]]), base, PROFILE)
    assert found.area.tolist() == [0]
    _, [found] = protect_over(worked(estimates_at("municipality", slopes), [[0, 2], [0, 2], [0, 2]]), base, PROFILE)
    assert found.cells == 0


def test_absent_where_a_need_carries_noise() -> None:
    [base] = told(estimates_at("municipality", [{"area": 0}, {"area": 1}]))
    noisy = object.__new__(Protected)
    for name, value in vars(base).items():
        object.__setattr__(noisy, name, np.array([0.0, 0.01]) if name == "noise_sd" else value)
    slopes = estimates_at("municipality", [{"area": 0, "est": 0.25}, {"area": 1, "est": 0.25}])
    _, [found] = protect_over(worked(slopes, [[0], [0]]), [noisy], PROFILE)
    assert found.area.tolist() == [0]


def test_rounded_and_without_figures_that_are_none() -> None:
    base = told(estimates_at("municipality", [{"area": 0}, {"area": 1}]))
    slopes = estimates_at("municipality", [{"area": 0, "est": 0.123456}, {"area": 1, "est": np.nan}])
    summary, [found] = protect_over(worked(slopes, [[0], [0]]), base, PROFILE)
    assert found.est.tolist() == [0.1235]
    assert found.outcome.id == summary.outcome.id == "c35_income_perc_slope"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same cohort under a profile that tells all that passes, and under the default with noise."""
    rng = np.random.default_rng(8)
    areas = load_areas()
    parent = areas.parent_index("wijk", "municipality")
    wijken = [areas.ids("wijk")[i] for m in range(0, 160, 20) for i in np.flatnonzero(parent == m)[:5]]
    wijk = rng.choice(wijken, SIZE)
    rank = rng.random(SIZE)
    place = np.clip(0.35 + 0.3 * rank + rng.normal(0, 0.2, SIZE), 0, 1)
    given = {
        "wijk": wijk,
        "municipality": [areas.ids("municipality")[parent[areas.index("wijk")[one]]] for one in wijk],
        "income_rank": pa.array(rank),
        "c35_income_perc": pa.array(place),
        "c35_income": pa.array(np.round(50_000 * place)),
        "c35_top_20_income": pa.array((place > 0.7).astype(float)),
    }
    folder = tmp_path_factory.mktemp("over")
    pq.write_table(cohort(rng, SIZE, **given), folder / "cohort.parquet")
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    return {
        profile: pipeline.estimate(folder / "cohort.parquet", folder / "spec.toml", folder / profile, profile=profile)
        for profile in ("kansenkaart", "public")
    }


def figures(release: Path, id: str) -> dict[tuple[str, ...], tuple[int, float, str]]:
    table = pq.read_table(release / "estimates" / f"outcome={id}.parquet").to_pylist()
    keys = ("position", "sex", "origin", "household", "level", "area")
    return {
        tuple(row[key] for key in keys): (row["n"], row["est"], row["protection"])
        for row in table
        if row["axis"] == "income"
    }


def test_closed_sums_tell_a_measure_of_all_children_only() -> None:
    """A line leaves out children whose parents have no known rank: that is a group that nobody closed."""
    closed = protection.load_profile("exact-closed")
    base = told(estimates_at("municipality", [{"area": 0}, {"area": 1}]))
    slopes = estimates_at("municipality", [{"area": 0, "est": 0.25}, {"area": 1, "est": 0.25}])
    _, [found] = protect_over(worked(slopes, [[0], [0]], [True, False]), base, closed)
    assert found.area.tolist() == [0]
    with pytest.raises(TypeError, match="has noise"):
        protect_over(worked(slopes, [[0], [0]]), base, protection.load_profile("public"))


def test_a_release_tells_measures_where_their_outcome_is_told(releases: dict[str, Path]) -> None:
    base = figures(releases["kansenkaart"], "c35_income_perc")
    everybody = {key: of for key, of in base.items() if key[0] == "all"}
    found = figures(releases["kansenkaart"], "c35_income_perc_slope")
    assert set(found) == set(everybody)
    assert all(found[key][0] == everybody[key][0] and found[key][2] == "exact" for key in found)
    noisy = figures(releases["public"], "c35_income_perc")
    slopes = figures(releases["public"], "c35_income_perc_slope")
    kinds = {noisy[key][2] for key in slopes}
    assert kinds == {"exact", "noise"}, "with noise where the outcome is exact, too: of other children than it"
    assert all(noisy[key][0] == of[0] and of[2] == "noise" for key, of in slopes.items())
    assert len(slopes) > 0.5 * len({key for key in noisy if key[0] == "all"})
    for profile in ("kansenkaart", "public"):
        corner, of = (figures(releases[profile], f"c35_top_20_income{end}") for end in ("_q1q5", ""))
        assert {one[2] for one in corner.values()} == ({"exact"} if profile == "kansenkaart" else {"exact", "noise"})
        for key, one in corner.items():
            band = of["very_low", *key[1:]]
            assert one[0] == of[key][0]
            if one[2] == "exact":
                assert of[key][2] == band[2] == "exact"


@pytest.mark.parametrize("profile", ["kansenkaart", "public"])
def test_the_matrix_of_the_country_is_rounded(releases: dict[str, Path], profile: str) -> None:
    with open_release(releases[profile]) as release:
        listed = {one["id"]: one for one in release.outcomes["outcomes"]}
    assert [id for id, one in listed.items() if "transitions" in one] == ["c35_income_perc_slope"]
    matrix = listed["c35_income_perc_slope"]["transitions"]
    table = pq.read_table(releases[profile].with_name("cohort.parquet"))
    exact = transition_matrix(table, y="c35_income_perc", x="income_rank", ranks=True)
    shares = np.array(matrix["shares"])
    assert np.abs(shares - exact.shares).max() <= matrix["step"] / 2 + 1e-9
    assert matrix["step"] * exact.counts.sum(axis=1).min() >= 20
    assert np.allclose(np.round(shares / matrix["step"]) * matrix["step"], shares)


def test_no_matrix_with_a_small_cell() -> None:
    figures = estimates_at("nl", [{"n": 1000}])
    _, parts = protection.protect_outcome({"nl": figures}, RANK, PROFILE)
    needed, complete = {"nl": np.array([[0]], dtype=np.int32)}, {"nl": np.array([True])}
    for counts, expected in ((np.full((5, 5), 40), True), (np.full((5, 5), 9), False)):
        of = Worked(worked(figures, [[0]]).asked, {"nl": figures}, needed, complete, {}, _no_lines, counts)
        assert (protect_over(of, parts, PROFILE)[0].transitions is not None) == expected
        assert protect_over(of, [], PROFILE)[0].transitions is None


NAMES = ("slope", "from25", "r2", "gap_sex", "q1q5")


def id_of(name: str) -> str:
    return f"c35_top_20_income_{name}" if name == "q1q5" else f"c35_income_perc_{name}"


@pytest.mark.parametrize("name", NAMES)
def test_noise_on_measures_is_as_large_as_told(releases: dict[str, Path], name: str) -> None:
    """Off by one standard deviation of the noise, as the measures of all children are known without it."""
    true = figures(releases["kansenkaart"], id_of(name))
    rows = pq.read_table(releases["public"] / "estimates" / f"outcome={id_of(name)}.parquet").to_pylist()
    keys = ("position", "sex", "origin", "household", "level", "area")
    off = [
        (row["est"] - true[tuple(row[key] for key in keys)][1]) / row["noise_sd"]
        for row in rows
        if row["n"] >= 200 and row["noise_sd"] > 0 and tuple(row[key] for key in keys) in true
    ]
    assert len(off) > 60
    # A tenth is off by chance, as cells of one area share their children; r2 is cut off at zero.
    assert 0.75 < np.std(off) < (1.4 if name == "r2" else 1.25)
    assert abs(np.mean(off)) < 0.5
    least = {"slope": 6.0, "from25": 1.0, "r2": 0.0, "gap_sex": 100.0, "q1q5": 0.2}[name] / 2
    assert all(row["noise_sd"] * row["n"] >= least for row in rows if row["noise_sd"]), "it hides what one child adds"


def test_intervals_with_noise_hold_the_truth_of_the_children(releases: dict[str, Path]) -> None:
    """The children's own slope, without noise, lies in nearly all intervals, which are of chance and noise together."""
    for name in NAMES:
        true = figures(releases["kansenkaart"], id_of(name))
        rows = pq.read_table(releases["public"] / "estimates" / f"outcome={id_of(name)}.parquet").to_pylist()
        keys = ("position", "sex", "origin", "household", "level", "area")
        inside = [
            row["lwr"] <= true[tuple(row[key] for key in keys)][1] <= row["upr"]
            for row in rows
            if tuple(row[key] for key in keys) in true
        ]
        assert np.mean(inside) > 0.95, name


def test_the_vault_holds_every_cell(releases: dict[str, Path]) -> None:
    vault = releases["public"].with_name("public.vault") / "estimates"
    unprotected = pq.read_table(vault / "c35_income_perc_slope.parquet")
    assert unprotected.num_rows > len(figures(releases["public"], "c35_income_perc_slope"))
    assert set(unprotected["outcome"].to_pylist()) == {"c35_income_perc_slope"}


def test_a_release_is_audited_and_compared_as_before(releases: dict[str, Path]) -> None:
    report = audit_release(releases["public"], releases["public"].with_name("public.vault"))
    assert report.small == 0
    assert not any("slope" in id for id in report.outcomes)


def test_another_basis_of_areas_is_kept() -> None:
    born = replace(RANK, basis="birth")
    assert {one.outcome.basis for one in asked_of([born])} == {"birth"}


@pytest.mark.parametrize(("id", "name"), [("c35_income", "slope"), ("c35_income_perc", "median")])
def test_a_measure_that_does_not_fit_is_refused(id: str, name: str) -> None:
    kind = "money" if id == "c35_income" else "rank"
    with pytest.raises(UsageError, match="no such measure"):
        asked_of([outcome(id, kind)], {id: [name]})


def test_a_ready_file_tells_the_measures_that_were_asked_for(releases: dict[str, Path]) -> None:
    with open_release(releases["kansenkaart"]) as release:
        assert release.outcome_ids == (
            "c35_income_perc", "c35_income_perc_from25", "c35_income_perc_from25_eur", "c35_income_perc_gap_sex",
            "c35_income_perc_r2", "c35_income_perc_slope", "c35_income", "c35_top_20_income",
            "c35_top_20_income_gradient", "c35_top_20_income_q1q5",
        )  # fmt: skip
