"""The Python interface: tables out, one message for what cannot be, and nothing heavy before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import kansen
from kansen.errors import AreaError, InputError, ReleaseError, UsageError
from kansen.geography import load_areas
from kansen.release.breaks import breaks_of, load_breaks
from opened import worlds
from release.worlds import ALL


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.release_of_municipalities(tmp_path_factory.mktemp("opened") / "release")


@pytest.fixture(scope="session")
def r(folder: Path) -> kansen.opened.Opened:
    return kansen.open(folder)


def test_importing_kansen_loads_nothing_heavy() -> None:
    code = "import sys, kansen; print([m for m in ('numpy', 'pyarrow', 'numba', 'duckdb') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_rooms_are_there_when_they_are_named() -> None:
    assert kansen.precision.rank_sets([2.0, 1.0], [0.1, 0.1]).rank.tolist() == [1, 2]
    assert kansen.errors.KansenError.exit_code == 2
    with pytest.raises(AttributeError, match="protectoin"):
        kansen.protectoin  # noqa: B018


def test_what_there_is(r: kansen.opened.Opened) -> None:
    outcomes = r.outcomes.to_pylist()
    assert [one["outcome"] for one in outcomes] == ["c11_a_math", "c11_b_math", "c35_income"]
    assert outcomes[0]["unit"] == "fraction"
    assert r.levels[0] == "nl"
    assert r.everybody == ALL
    assert len(r.areas("municipality")) == 342
    with pytest.raises(UsageError, match="no level street"):
        r.areas("street")


def test_a_layer_has_its_standard_errors(r: kansen.opened.Opened) -> None:
    table = r.layer("c35_income")
    truth = worlds.figures("c35_income")
    assert table["area"].to_pylist() == truth["area"]
    assert np.array(table["se"]) == pytest.approx(truth["se"], rel=2e-3)
    assert set(table["protection"].to_pylist()) == {"exact"}
    assert table.to_pandas()["est"].mean() == pytest.approx(np.mean(truth["est"]), abs=1)


def test_ranks_are_those_of_the_figures(r: kansen.opened.Opened) -> None:
    table = r.ranks("c35_income")
    est = np.array(table["est"])
    assert np.array(table["rank"]).tolist() == (1 + (est[None, :] > est[:, None]).sum(axis=1)).tolist()
    assert (np.array(table["low_all"]) <= np.array(table["low"])).all()
    assert set(table["of"].to_pylist()) == {len(table)}
    turned = r.ranks("c35_income", highest_first=False)
    assert (np.array(turned["rank"]) + np.array(table["rank"])).tolist() == [len(table) + 1] * len(table)


def test_wijken_are_ranked_in_their_municipality(r: kansen.opened.Opened) -> None:
    table = r.ranks("c35_income", "wijk").to_pylist()
    by = load_areas()
    assert {row["within"] for row in table} == {"GM0363", "GM0599"}
    for row in table:
        assert by.parents(row["area"], "wijk")[0].id == row["within"]
        assert row["of"] == sum(other["within"] == row["within"] for other in table)


def test_shrunk_figures_stand_beside_the_raw_ones(r: kansen.opened.Opened) -> None:
    table = r.shrunk("c35_income").to_pandas()
    raw = r.layer("c35_income").to_pandas()
    assert table["est"].tolist() == raw["est"].tolist()
    inside = (table["post"] - table["est"]) * (table["prior"] - table["post"]) >= -1e-6
    assert inside.all()
    assert table["post"].std() < table["est"].std()
    assert r.shrunk("c35_income", prior="close").to_pandas()["post"].notna().all()


def test_covariates_come_as_numbers_or_as_a_table(r: kansen.opened.Opened) -> None:
    truth = worlds.figures("c35_income")
    helpful = dict(zip(truth["area"], truth["covariate"], strict=True))
    by_name = r.shrunk("c35_income", covariates={"help": helpful})
    as_table = r.shrunk("c35_income", covariates=pa.table({"area": truth["area"], "help": truth["covariate"]}))
    assert by_name.equals(as_table)
    assert by_name["prior_sd"][0].as_py() < r.shrunk("c35_income")["prior_sd"][0].as_py()
    del helpful[truth["area"][0]]
    assert r.shrunk("c35_income", covariates={"help": helpful})["post"][0].as_py() is None
    with pytest.raises(InputError, match="column area"):
        r.shrunk("c35_income", covariates=pa.table({"help": truth["covariate"]}))
    with pytest.raises(UsageError, match="no covariates"):
        r.shrunk("c35_income", covariates={"help": helpful}, prior="close")
    with pytest.raises(UsageError, match="prior"):
        r.shrunk("c35_income", prior="flat")


def test_few_areas_say_why_they_were_not_shrunk(r: kansen.opened.Opened) -> None:
    table = r.shrunk("c35_income", "nl")
    assert table.schema.metadata[b"reason"] == b"too_few_areas"
    assert table["post"].to_pylist() == [None]


def test_areas_that_differ_from_the_country_are_named(r: kansen.opened.Opened) -> None:
    table = r.differs("c35_income").to_pandas().set_index("area")
    assert table.loc["GM0363", "differs"]
    assert not table["differs"].all()
    assert (table["p_adjusted"] >= table["p"]).all()
    against = r.differs("c35_income", reference="GM0363").to_pandas().set_index("area")
    assert against.loc["GM0363", "p"] == 1.0
    with pytest.raises(UsageError, match="reference has no figure"):
        r.differs("c35_income", group="income=low;women;any;single")


def test_a_change_is_told_with_its_break(r: kansen.opened.Opened) -> None:
    table = r.change("c11_a_math", "c11_b_math").to_pandas()
    assert table["change"].to_numpy() == pytest.approx((table["est_later"] - table["est_earlier"]).to_numpy())
    assert table["break"].unique().tolist() == ["In 2020 there was no end test; other tests came after it"]
    first, second = r.layer("c11_a_math").to_pandas(), r.layer("c11_b_math").to_pandas()
    assert table["se"].to_numpy() == pytest.approx(np.hypot(first["se"], second["se"]).to_numpy())


def test_a_change_needs_two_cohorts_of_one_measure(r: kansen.opened.Opened) -> None:
    with pytest.raises(UsageError, match="not the same measure"):
        r.change("c11_a_math", "c35_income")
    with pytest.raises(UsageError, match="two cohorts"):
        r.change("c11_a_math", "c11_a_math")
    with pytest.raises(UsageError, match="no outcome c11_c_math"):
        r.change("c11_a_math", "c11_c_math")


def test_two_releases_of_the_same_children_hardly_change(
    r: kansen.opened.Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = worlds.release_of_municipalities(tmp_path_factory.mktemp("later") / "release", more=10.0)
    with kansen.open(other) as later:
        table = r.change("c35_income", "c35_income", later=later).to_pandas()
    assert table["change"].to_numpy() == pytest.approx(10.0)
    # The same years of birth: their errors are the same, and nothing of them is left in the change.
    assert (table["se"] < 1e-2 * r.layer("c35_income").to_pandas()["se"]).all()


def test_people_measured_at_two_moments_share_no_chance(
    r: kansen.opened.Opened, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Residents followed from two years on: the same people, with another value. The error is that of others."""
    other = worlds.release_of_municipalities(tmp_path_factory.mktemp("later") / "release", more=10.0)
    with kansen.open(other) as later:
        for one in (r, later):
            cohort = next(of for of in one.release.manifest["cohorts"] if of["id"] == "age35")
            monkeypatch.setitem(cohort, "start_year", 2003)
        table = r.change("c35_income", "c35_income", later=later).to_pandas()
    se = r.layer("c35_income").to_pandas()["se"].to_numpy()
    assert table["se"].to_numpy() == pytest.approx(np.sqrt(2) * se)


def test_the_breaks_are_whole() -> None:
    assert {one.id for one in load_breaks()} >= {"income_statistics_2011", "no_end_test_2020", "advice_raised_2024"}
    before, after = ({"id": "c35_income", "years": years} for years in ("2003–2008", "2012–2014"))
    assert [one.id for one in load_breaks() if one.lies_between(before, after)] == ["income_statistics_2011"]
    assert not any(one.lies_between(after, after) for one in load_breaks())
    assert not any(one.lies_between({"id": "c35_mhc", "years": "2003"}, after) for one in load_breaks())


def test_a_release_tells_the_breaks_in_and_beside_the_years_of_an_outcome(r: kansen.opened.Opened) -> None:
    told = {one["id"]: [of["id"] for of in one["series_breaks"]] for one in r.release.outcomes["outcomes"]}
    # Each of two school cohorts lies on one side of the year without a test; incomes of 2015 on lie after their break.
    assert told == {"c11_a_math": ["no_end_test_2020"], "c11_b_math": ["no_end_test_2020"], "c35_income": []}
    label = next(one for one in load_breaks() if one.id == "no_end_test_2020").label
    assert r.release.outcomes["outcomes"][0]["series_breaks"] == [
        {"id": "no_end_test_2020", "year": 2020, "label": label}
    ]


@pytest.mark.parametrize(
    ("id", "years", "found"),
    [
        ("c35_income", "2009–2012", ["income_statistics_2011"]),
        ("c35_income", "2004–2009", ["income_statistics_2011"]),
        ("c35_income", "2004–2008", []),
        ("c35_income", "2012–2014", []),
        ("c16_primary_class_foreign_born_parents", "2008–2019", []),
        ("c35_total_health_costs", "2016–2020", ["care_kinds_2018"]),
        ("c11_b_under_advice", "2020–2024", ["no_end_test_2020", "advice_raised_2024"]),
        ("c11_b_vwo_final", "", []),
    ],
)
def test_a_break_is_told_where_it_lies_in_or_beside_the_years(id: str, years: str, found: list[str]) -> None:
    assert [one["id"] for one in breaks_of({"id": id, "years": years})] == found


def test_reliability_is_one_row_per_outcome(r: kansen.opened.Opened) -> None:
    table = r.reliability()
    assert table["outcome"].to_pylist() == r.outcomes["outcome"].to_pylist()
    row = table.to_pylist()[2]
    truth = worlds.figures("c35_income")
    assert row["variance"] == pytest.approx(np.var(truth["est"], ddof=1), rel=1e-6)
    assert 0 < row["reliability"] < 1


def test_neighbours_are_taken_from_the_map(r: kansen.opened.Opened) -> None:
    pytest.importorskip("esda")
    found = r.autocorrelation("c35_income")
    assert found.areas < len(r.layer("c35_income"))
    assert found.islands.sum() >= 5
    table = r.clusters("c35_income", permutations=499).to_pandas()
    assert table["area"].tolist() == r.layer("c35_income")["area"].to_pylist()
    assert table.loc[table["island"], "value"].isna().all()


def test_an_area_tells_all_its_figures(r: kansen.opened.Opened) -> None:
    assert r.area("GM0363")["outcome"].to_pylist() == ["c11_a_math", "c11_b_math", "c35_income"]
    with pytest.raises(AreaError):
        r.area("GM9999")
    with pytest.raises(UsageError, match="Perhaps"):
        r.layer("c35_incom")


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no release"):
        kansen.open(tmp_path / "nothing")
