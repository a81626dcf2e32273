"""`kansen estimate` from a file to a release: the same figures as `build`, and nothing left behind after an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient

from kansen import pipeline, synthetic
from kansen.atlas import create_app
from kansen.cli import main
from kansen.cohorts import load_cohort
from kansen.geography import load_areas
from kansen.release import open_release
from moments import worlds

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "kansenkaart.toml"
SPEC = '[[outcome]]\nid = "c35_y"\nkind = "money"\n[[outcome]]\nid = "c35_b"\nkind = "binary"\n'


def estimate(folder: Path, table: pa.Table, spec: str = SPEC, *more: str) -> Result:
    """Run the command in `folder` on a table and a spec; the release is `folder`/out."""
    pq.write_table(table, folder / "cohort.parquet")
    (folder / "spec.toml").write_text(spec, encoding="utf-8")
    words = [
        "estimate",
        str(folder / "cohort.parquet"),
        "--spec",
        str(folder / "spec.toml"),
        "--profile",
        "kansenkaart",
    ]
    return CliRunner().invoke(main, [*words, "--out", str(folder / "out"), *more])


@pytest.fixture(scope="module")
def cohort() -> pa.Table:
    return worlds.cohort(np.random.default_rng(3), 2_000)


def test_equal_to_build(tmp_path: Path) -> None:
    synthetic.write(tmp_path / "registers", scale=0.005, seed=1, formats=["parquet"], cohorts=["age35"])
    built = pipeline.build(tmp_path / "registers", tmp_path / "built", profile="kansenkaart")
    vault = tmp_path / "built.vault"
    outcomes = load_cohort("age35").outcomes
    spec = tmp_path / "spec.toml"
    text = "".join(f'[[outcome]]\nid = "{outcome.id}"\nkind = "{outcome.kind}"\n' for outcome in outcomes)
    spec.write_text('[cohort]\nid = "age35"\n' + text, encoding="utf-8")
    made = pipeline.estimate(
        vault / "cohorts" / "age35" / "cohort.parquet", spec, tmp_path / "made", profile="kansenkaart"
    )
    for outcome in outcomes:
        name = f"estimates/{outcome.id}.parquet"
        one, two = (pq.read_table(folder / name) for folder in (vault, tmp_path / "made.vault"))
        assert one.num_rows > 1_000
        for column in one.column_names:
            # Bit for bit, because equal numbers may still be two (zero and minus zero).
            parts = [
                part.cast(pa.string()) if pa.types.is_dictionary(part.type) else part.combine_chunks()
                for part in (one.column(column), two.column(column))
            ]
            assert parts[0].equals(parts[1]), (outcome.id, column)
            if pa.types.is_floating(parts[0].type):
                bits = [part.to_numpy(zero_copy_only=False).view(np.int64) for part in parts]
                assert np.array_equal(*bits), (outcome.id, column)
    for folder in ("estimates", "layers", "areas"):
        names = sorted(path.name for path in (built / folder).iterdir())
        assert names == sorted(path.name for path in (made / folder).iterdir())
        for name in names:
            assert (built / folder / name).read_bytes() == (made / folder / name).read_bytes(), name
    told, estimated = (json.loads((folder / "outcomes.json").read_text())["outcomes"] for folder in (built, made))
    # What gaps go with is declared with a cohort of registers, and by no spec.
    assert [one for one in told if one.pop("decompositions", None)]
    assert told == estimated


def kansenkaart_cohort(size: int) -> pa.Table:
    """A cohort file as the KansenKaart pipeline calls its columns."""
    rng = np.random.default_rng(5)
    ours = worlds.cohort(rng, size, gaps=0.02)
    municipality = ours.column("municipality").to_pylist()
    areas = load_areas()
    corop = [areas.ids("corop")[i] for i in areas.parent_index("municipality", "corop")]
    origins = {
        "none": "No Migration Background", "turkey": "Turkey", "morocco": "Morocco", "suriname": "Suriname",
        "dutch_caribbean": "Dutch Caribbean", "other": "Other",
    }  # fmt: skip
    households = {"single": "Single Parent", "two": "Two Parents", "other": "Other"}
    columns: dict[str, Any] = {
        "RINPERSOON": [f"{number:09d}" for number in range(size)],
        "birth_year": rng.integers(1981, 1986, size),
        "gender": pa.array([value.title() for value in ours.column("sex").to_pylist()]).dictionary_encode(),
        "migration_background": [origins[value] for value in ours.column("origin").to_pylist()],
        "type_household": [households[value] for value in ours.column("household_type").to_pylist()],
        "income_parents_perc": ours.column("income_rank"),
        "wealth_parents_perc": ours.column("wealth_rank"),
        "income_group": ["Low"] * size,
        "corop_code": [value and corop[areas.index("municipality")[value]][2:] for value in municipality],
        "municipality_code": [value and value[2:] for value in municipality],
        "neighborhood_code": [value and value[2:] for value in ours.column("wijk").to_pylist()],
        "postcode4": [value and int(value) for value in ours.column("pc4").to_pylist()],
        "postcode3": [value and value[:3] for value in ours.column("pc4").to_pylist()],
        "c35_income": ours.column("c35_y"),
        "c35_hbo_attained": pa.array(
            [None if value is None else value == 1 for value in ours.column("c35_b").to_pylist()]
        ),
        "c35_age_first_job": rng.integers(16, 31, size),
    }
    return pa.table(columns)


def test_the_documented_example(tmp_path: Path) -> None:
    table = kansenkaart_cohort(3_000)
    found = estimate(tmp_path, table, EXAMPLE.read_text(encoding="utf-8"))
    assert found.exit_code == 0, found.output
    vault = pq.read_table(tmp_path / "out.vault" / "estimates" / "c35_income.parquet").to_pylist()
    labels = ("all", "Men", "all", "Two Parents", "municipality_code", "0363")
    names = ("income_group", "gender_group", "migration_group", "household_group", "region_type", "region_id")
    men = [row for row in vault if tuple(row[name] for name in names) == labels]
    values = [
        row["c35_income"]
        for row in table.to_pylist()
        if (row["gender"], row["type_household"], row["municipality_code"]) == ("Men", "Two Parents", "0363")
        and row["c35_income"] is not None
    ]
    assert [row["n"] for row in men] == [len(values)]
    assert men[0]["est"] == pytest.approx(np.mean(values), rel=1e-12)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [source["file"] for source in manifest["inputs"]] == ["cohort.parquet", "spec.toml"]
    assert [level["id"] for level in manifest["levels"]] == [
        "nl", "province", "corop", "municipality", "wijk", "pc3", "pc4",
    ]  # fmt: skip
    assert manifest["cohorts"][0]["births"] == [1981, 1985]
    assert manifest["synthetic"] is False
    wealthy = pq.read_table(tmp_path / "out.vault" / "estimates" / "wealth" / "c35_income.parquet").to_pylist()
    assert {row["wealth_group"] for row in wealthy} == {"Very_Low", "Low", "Mid", "High", "Very_High"}
    listed = json.loads((tmp_path / "out" / "outcomes.json").read_text())
    assert [outcome["id"] for outcome in listed["outcomes"]] == [
        "c35_income",
        "c35_hbo_attained",
        "c35_age_first_job",
    ]
    assert [theme["id"] for theme in listed["themes"]] == ["income", "education", "other"]


def test_all_axes_that_the_cohort_knows(tmp_path: Path, cohort: pa.Table) -> None:
    found = estimate(tmp_path, cohort)
    assert found.exit_code == 0, found.output
    vault = tmp_path / "out.vault" / "estimates"
    with open_release(tmp_path / "out") as release:
        assert [axis["id"] for axis in release.groups["axes"]] == ["income", "wealth", "education"]
        table = release.estimates("c35_b").to_pylist()
        everybody = release.layer("c35_b", "nl", "income=all;all;all;all").json()
        for axis, position in (("wealth", "very_high"), ("education", "hpe")):
            rows = [row for row in table if row["axis"] == axis]
            assert rows
            assert not any(row["position"] == "all" for row in rows), "everybody is stored once"
            truth = pq.read_table(vault / axis / "c35_b.parquet").to_pylist()
            assert f"{axis}_group" in truth[0]
            label = {"very_high": "Very_High", "hpe": "Higher Professional Education"}[position]
            whole = next(
                row for row in truth
                if (row[f"{axis}_group"], row["gender_group"], row["migration_group"], row["household_group"],
                    row["region_type"]) == (label, "all", "all", "all", "all")
            )  # fmt: skip
            layer = release.layer("c35_b", "nl", f"{axis}={position};all;all;all").json()
            assert layer["est"] == [round(whole["est"], 4)]
            assert layer["n"] == [whole["n"]]
            assert release.layer("c35_b", "nl", f"{axis}=all;all;all;all").json() == everybody
    audited = CliRunner().invoke(main, ["audit", str(tmp_path / "out"), "--vault", str(tmp_path / "out.vault")])
    assert audited.exit_code in (0, 1), audited.output
    assert "should not have" not in audited.output


def test_axes_that_nobody_has_a_place_on_are_not_told(tmp_path: Path, cohort: pa.Table) -> None:
    unknown = cohort.drop_columns(["wealth_rank"])
    unknown = unknown.set_column(
        unknown.column_names.index("parent_education"), "parent_education", pa.nulls(cohort.num_rows, pa.string())
    )
    found = estimate(tmp_path, unknown)
    assert found.exit_code == 0, found.output
    with open_release(tmp_path / "out") as release:
        assert [axis["id"] for axis in release.groups["axes"]] == ["income"]
        assert release.manifest["grid"]["groups"] == 432


def test_groups_of_ones_own_and_no_vault(tmp_path: Path, cohort: pa.Table) -> None:
    groups = EXAMPLE.with_name("one-line.toml")
    found = estimate(tmp_path, cohort, SPEC, "--groups", str(groups), "--no-vault")
    assert found.exit_code == 0, found.output
    assert not (tmp_path / "out.vault").exists()
    x, y = (cohort.column(name).to_numpy(zero_copy_only=False) for name in ("income_rank", "c35_y"))
    seen = ~np.isnan(x) & ~np.isnan(y)
    slope, start = np.polyfit(x[seen], y[seen], 1)
    with open_release(tmp_path / "out") as release:
        assert [axis["id"] for axis in release.groups["axes"]] == ["income"]
        layer = release.layer("c35_y", "nl", "income=p20;all;all;all").json()
        assert layer["est"] == [pytest.approx(start + slope * 0.2, abs=10)]
        assert layer["n"] == [int(seen.sum())]
    wrong = estimate(tmp_path, cohort, SPEC, "--replace", "--groups", str(EXAMPLE))
    assert (wrong.exit_code, "The groups lack a table" in wrong.output) == (2, True), wrong.output


def test_the_vault_makes_no_difference_to_the_release(tmp_path: Path, cohort: pa.Table) -> None:
    assert estimate(tmp_path, cohort).exit_code == 0
    first = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert estimate(tmp_path, cohort, SPEC, "--replace", "--no-vault").exit_code == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["id"] == first["id"]


def test_own_areas_and_the_atlas(tmp_path: Path, cohort: pa.Table) -> None:
    wijk = [value or "nowhere" for value in cohort.column("wijk").to_pylist()]
    blocks = sorted(set(wijk))
    rows = [f"block,{name},town,{'east' if i % 2 else 'west'}" for i, name in enumerate(blocks)]
    (tmp_path / "regions.csv").write_text(
        "\n".join(["child_type,child_id,parent_type,parent_id", *rows]) + "\n", encoding="utf-8"
    )
    table = cohort.select(["person", "sex", "origin", "household_type", "income_rank", "c35_y", "c35_b"])
    table = table.append_column("where", pa.array(wijk))
    spec = '[areas]\nhierarchy = "regions.csv"\n[areas.columns]\nblock = "where"\n' + SPEC
    found = estimate(tmp_path, table, spec)
    assert found.exit_code == 0, found.output
    with open_release(tmp_path / "out") as release, TestClient(create_app(release, None)) as client:
        release.verify()
        assert release.levels == ("nl", "town", "block")
        east = [name for i, name in enumerate(blocks) if i % 2]
        inside = [i for i, name in enumerate(wijk) if name in east]
        values = [value for value in table.column("c35_y").take(inside).to_pylist() if value is not None]
        answer = client.get("/api/v1/layers/c35_y/town/income=all;all;all;all").json()
        assert answer["est"][answer["areas"].index("east")] == pytest.approx(np.mean(values), abs=10)
        manifest = client.get("/api/v1/manifest").json()
        assert manifest["boundaries"] == {}
        assert manifest["attribution"] == []
        assert (manifest["cohorts"][0]["births"], manifest["cohorts"][0]["home_age"]) == (None, None)
        assert client.get("/api/v1/areas/east").json()["name"] == "east"
        assert client.get("/api/v1/search", params={"q": "east"}).status_code == 200
        assert client.get("/api/v1/geometry/town/schematic").status_code == 404


def test_a_release_is_replaced_on_demand_only(tmp_path: Path, cohort: pa.Table) -> None:
    assert estimate(tmp_path, cohort).exit_code == 0
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    again = estimate(tmp_path, cohort)
    assert (again.exit_code, "--replace" in again.output) == (2, True)
    broken = cohort.set_column(cohort.column_names.index("c35_b"), "c35_b", pa.array([2.0] * cohort.num_rows))
    assert estimate(tmp_path, broken, SPEC, "--replace").exit_code == 2
    assert (tmp_path / "out" / "manifest.json").read_bytes() == before
    assert estimate(tmp_path, cohort.slice(0, 1_500), SPEC, "--replace").exit_code == 0
    assert (tmp_path / "out" / "manifest.json").read_bytes() != before


def with_value(column: str, value: object) -> dict[str, Any]:
    return {column: [value, *[None] * 2, 0.0]}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (with_value("income_rank", 55.0), ["column income_rank, row 1", "55", "0 to 1"]),
        (with_value("income_rank", float("nan")), ["column income_rank, row 1", "nan", "null"]),
        (with_value("c35_y", float("inf")), ["column c35_y, row 1", "inf"]),
        (with_value("c35_y", float("nan")), ["column c35_y, row 1", "nan"]),
        ({"c35_y": ["1", "2", "3", "4"]}, ["column c35_y", "string"]),
        (with_value("c35_b", 0.5), ["column c35_b, row 1", "0.5", "0, 1 or null"]),
        ({"person": ["a", "b", "a", "c"]}, ["column person, row 3", "2 rows"]),
        ({"sex": ["men", "vrouw", "men", "men"]}, ["column sex, row 2", "'vrouw' in 1 row"]),
        ({"municipality": ["GM0457", None, None, None]}, ["municipality", "GM0457 Weesp merged into GM0363"]),
    ],
)
def test_bad_cohorts(tmp_path: Path, columns: dict[str, Any], words: list[str]) -> None:
    table = worlds.cohort(np.random.default_rng(1), 4, gaps=0)
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    found = estimate(tmp_path, table)
    assert found.exit_code == 2
    for word in [str(tmp_path / "cohort.parquet"), *words]:
        assert word in found.output
    assert "should not have" not in found.output
    assert {path.name for path in tmp_path.iterdir()} <= {"cohort.parquet", "spec.toml", "out.vault"}


def test_bad_command_lines(tmp_path: Path, cohort: pa.Table) -> None:
    for words, told in {
        ("--profile", "none"): "kansenkaart",
        ("--vault", str(tmp_path / "out" / "vault")): "vault",
        ("--spec", str(tmp_path / "nothing.toml")): "nothing.toml",
        ("--spec", str(tmp_path / "cohort.parquet")): "cohort.parquet",
    }.items():
        found = estimate(tmp_path, cohort, SPEC, *words)
        assert (found.exit_code, told in found.output) == (2, True), found.output
    assert {path.name for path in tmp_path.iterdir()} == {"cohort.parquet", "spec.toml"}
