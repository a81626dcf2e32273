"""Published files in, a release out, the same files back: nothing is lost, to the digit."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importing import worlds
from kansen.errors import TableError, UsageError
from kansen.geography import areas_from_hierarchy
from kansen.importing import import_files
from kansen.importing.labels import load_labels
from kansen.release import open_release
from kansen.release.export import export_csv

GENERATIONS = ("G1", "G2", "G3", "G4")


def round_trip(folder: Path, world: worlds.World, seed: int) -> None:
    worlds.write(folder / "files", world, seed)
    done = import_files([folder / "files"], folder / "release")
    assert done.figures == len(worlds.expected(world))
    assert worlds.shown(folder / "release", world.outcome) == worlds.expected(world)
    with open_release(folder / "release") as release:
        release.verify()
        assert list(release.manifest["imported"]["generations"]) == [world.generation]
        assert release.outcomes["outcomes"][0]["basis"] == world.basis
        export_csv(release, folder / "back")
    # The labels that come back are those of 2025, and G3 has the same cells with these labels; G1 keeps its own groups.
    as_2025 = worlds.World("G3", world.outcome, world.cells, world.basis)
    assert worlds.read_rows(folder / "back") == worlds.read_rows(worlds.write(folder / "again", as_2025))


@settings(max_examples=20, deadline=None)
@given(generation=st.sampled_from(GENERATIONS), seed=st.integers(0, 10_000))
def test_every_generation_comes_back_to_the_digit(generation: str, seed: int) -> None:
    world = worlds.random_world(generation, seed)
    if generation == "G1":
        allowed = set(worlds.ORIGIN["G3"])
        world = worlds.World("G1", world.outcome, {c: f for c, f in world.cells.items() if c[3] in allowed})
    with TemporaryDirectory() as folder:
        round_trip(Path(folder), world, seed)


def test_old_groups_of_origin_are_kept_as_they_were(tmp_path: Path) -> None:
    figure = ("", "31000", "30000", "32000")
    cells = {("income", "low", "men", origin, "all", "nl", "NL"): figure for origin in ("other_western", "nonwestern")}
    world = worlds.World("G1", "c30_income", cells)
    import_files([worlds.write(tmp_path / "files", world)], tmp_path / "release")
    assert worlds.shown(tmp_path / "release", "c30_income") == worlds.expected(world)
    with open_release(tmp_path / "release") as release:
        origins = {one["id"]: one for one in release.groups["origin"]}
        assert set(origins["other"]["of"]) == {"other_western", "other_nonwestern"}
        assert "other_western" not in origins["nonwestern"]["of"]
        export_csv(release, tmp_path / "back")
    written = worlds.read_rows(tmp_path / "back")
    assert [row[6] for row in written] == ["otherswestern", "totalnonwestern"]
    import_files([tmp_path / "back"], tmp_path / "again")
    assert worlds.shown(tmp_path / "again", "c30_income") == worlds.expected(world)


@pytest.mark.parametrize("generation", ["G2", "G3"])
def test_the_home_at_birth_is_a_fact_of_the_outcome(tmp_path: Path, generation: str) -> None:
    random = worlds.random_world(generation, 5, outcome="c16_youth_protection", axes=["income"])
    round_trip(tmp_path, worlds.World(generation, random.outcome, random.cells, basis="birth"), 1)
    with open_release(tmp_path / "release") as release:
        kinds = {path.name for path in (tmp_path / "back" / "income" / random.outcome).iterdir()}
        assert "c16_youth_protection_all.csv" in kinds
        assert "c16_youth_protection_postcode4_birth.csv" in kinds
        assert release.outcomes["outcomes"][0]["kind"] == "binary"


def test_the_order_of_files_and_rows_makes_no_difference(tmp_path: Path) -> None:
    world = worlds.random_world("G4", 3)
    ids = {import_files([worlds.write(tmp_path / f"{seed}", world, seed)], tmp_path / f"r{seed}").id for seed in (1, 2)}
    with open_release(tmp_path / "r1") as one, open_release(tmp_path / "r2") as other:
        same = {name: facts["sha256"] for name, facts in one.manifest["files"].items()}
        assert same == {name: facts["sha256"] for name, facts in other.manifest["files"].items()}
    assert len(ids) == 2, "the inputs, which are part of the id, are other files"


def test_figures_of_everybody_come_back_to_the_grids_that_had_them(tmp_path: Path) -> None:
    low = ("100", "0.5", "0.4", "0.6")
    cells: dict[worlds.Cell, worlds.Figure] = {}
    for axis, level, area in (("income", "nl", "NL"), ("wealth", "nl", "NL"), ("wealth", "corop", "CR23")):
        cells[(axis, "all", "all", "all", "all", level, area)] = low
        cells[(axis, "low", "all", "all", "all", level, area)] = low
    cells[("wealth", "all", "all", "all", "all", "corop", "CR01")] = low
    cells[("income", "low", "all", "all", "all", "pc4", "1061")] = low
    round_trip(tmp_path, worlds.World("G3", "c35_hbo_attained", cells), 1)


def test_figures_of_everybody_that_grids_tell_otherwise_all_come_back(tmp_path: Path) -> None:
    cells: dict[worlds.Cell, worlds.Figure] = {}
    for number, axis in enumerate(("education", "wealth", "income")):
        for level, area in (("nl", "NL"), ("pc4", "1061")):
            cells[(axis, "all", "women", "any", "all", level, area)] = (f"{number + 10}", f"0.{number + 4}", "0", "1")
    world = worlds.World("G3", "c35_hbo_attained", cells)
    round_trip(tmp_path, world, 1)
    shown = worlds.shown(tmp_path / "release", world.outcome)
    assert {figure[0] for figure in shown.values()} == {12}, "the atlas shows those of the first grid, income"
    with open_release(tmp_path / "release") as release:
        others = release.others(world.outcome)
        assert others is not None
        assert sorted(others["axis"].to_pylist()) == ["education", "education", "wealth", "wealth"]


@pytest.mark.parametrize(
    ("digits", "figures"),
    [
        ("plain", ["31000", "0.5", "12345.6789012345", "0.0000123", "100000000000000000000"]),
        ("point", ["31000.0", "0.5", "12345.6789012345", "100000000000000000000.0", "-3.0"]),
        (4, ["0.4500", "0.1234", "12.0000", "-0.0010"]),
        ("plain", ["0.45", "0.123"]),
    ],
)
def test_numbers_go_out_as_they_came_in(tmp_path: Path, digits: str | int, figures: list[str]) -> None:
    cells: dict[worlds.Cell, worlds.Figure] = {}
    for area, text in zip(worlds.AREAS["municipality"] + worlds.AREAS["wijk"], figures, strict=False):
        level = "municipality" if area.startswith("GM") else "wijk"
        cells[("income", "low", "all", "all", "all", level, area)] = ("100", text, text, text)
    worlds.write(tmp_path / "files", worlds.World("G4", "c35_wealth", cells))
    import_files([tmp_path / "files"], tmp_path / "release")
    with open_release(tmp_path / "release") as release:
        assert release.manifest["imported"]["outcomes"]["c35_wealth"]["digits"] == digits
        export_csv(release, tmp_path / "back")
    assert sorted(row[-2] for row in worlds.read_rows(tmp_path / "back")) == sorted(figures)


def test_an_import_of_an_export_says_whose_and_that_people_are_made_up(tmp_path: Path) -> None:
    from release import worlds as releases

    releases.small_release(tmp_path / "own")
    with open_release(tmp_path / "own") as own:
        export_csv(own, tmp_path / "csv")
        import_files([tmp_path / "csv"], tmp_path / "release")
        with open_release(tmp_path / "release") as release:
            assert release.manifest["synthetic"] is True
            assert own.id in release.manifest["attribution"][-1]["en"]
            export_csv(release, tmp_path / "back")
    assert worlds.read_rows(tmp_path / "back") == worlds.read_rows(tmp_path / "csv")


def test_an_imported_release_tells_what_it_is(tmp_path: Path) -> None:
    world = worlds.random_world("G4", 8)
    import_files([worlds.write(tmp_path / "files", world)], tmp_path / "release")
    with open_release(tmp_path / "release") as release:
        manifest, outcome = release.manifest, release.outcomes["outcomes"][0]
    assert manifest["synthetic"] is False
    assert manifest["licence"]["id"] == "CC-BY-4.0"
    assert "Netherlands Opportunity Lab" in manifest["attribution"][-1]["en"]
    assert manifest["profile"]["parameters"]["n_rounded_to"] == {"G4": 10}
    assert "rounded to tens" in manifest["profile"]["description"]["en"]
    assert (outcome["unit"], outcome["cohort"], outcome["years"]) == ("EUR 2024", "age35", "")
    assert manifest["cohorts"][0]["births"] == [1985, 1989]


def test_the_labels_of_2025_are_those_of_our_own_export() -> None:
    from kansen.moments.grid import load_grid

    labels = load_labels()
    for axis in ("income", "wealth", "education"):
        grid = load_grid(axis)
        assert {p.id: labels.position(axis, p.kansenkaart)[1].ours for p in grid.positions} == {  # type: ignore[index]
            p.id: p.id for p in grid.positions
        }
        for dimension in grid.dimensions:
            for member in dimension.members:
                assert labels.words[dimension.id][member.kansenkaart].ours == member.id


def test_rounded_numbers_of_children_are_not_added_up_by_the_audit(tmp_path: Path) -> None:
    from kansen.auditing import audit_release

    def figure(n: int) -> worlds.Figure:
        return (str(n), "0.3", "0.25", "0.35")

    cells = {("income", "low", sex, "all", "all", "nl", "NL"): figure(n) for sex, n in (("all", 1000), ("men", 510))}
    for generation, reached in (("G3", 1), ("G4", 0)):
        folder = tmp_path / generation
        worlds.write(folder / "in", worlds.World(generation, "c35_wealth", dict(cells)))
        import_files([folder / "in"], folder / "release")
        found = audit_release(folder / "release").attack("groups").reached
        assert found == reached, generation


def test_areas_of_other_years_can_be_asked_for(tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from kansen.atlas import create_app

    world = worlds.World(
        "G3",
        "c35_income",
        {
            ("income", "all", "all", "all", "all", level, area): ("100", "30000", "29000", "31000")
            for level in worlds.AREAS
            for area in worlds.AREAS[level]
        },
    )
    import_files([worlds.write(tmp_path / "in", world)], tmp_path / "release")
    with open_release(tmp_path / "release") as release:
        client = TestClient(create_app(release, None))
        weesp = client.get("/api/v1/areas/GM0457").json()
        assert (weesp["name"], weesp["parents"], weesp["figures"][0]["est"]) == ("Weesp", [], 30000)
        assert client.get("/api/v1/areas/WK036399").json()["name"] == "WK036399"
        found = [one["area"] for one in client.get("/api/v1/search?q=weesp").json()["results"]]
        assert "GM0457" in found
        assert client.get("/api/v1/areas?level=municipality").status_code == 200


def test_figures_with_noise_are_left_out_and_counted(tmp_path: Path) -> None:
    columns = [*worlds.header("G3", "income"), "protection"]
    world = worlds.random_world("G3", 6, cells=10, axes=["income"])
    kinds = ["exact", "noise"] * 10
    rows = [
        worlds.row(world, *item) | {"protection": kind} for item, kind in zip(world.cells.items(), kinds, strict=False)
    ]
    path = worlds.write_rows(tmp_path / "in.csv", columns, rows)
    done = import_files([path], tmp_path / "release")
    exact = {cell: figure for (cell, figure), kind in zip(world.cells.items(), kinds, strict=False) if kind == "exact"}
    assert worlds.shown(tmp_path / "release", world.outcome) == worlds.expected(
        worlds.World("G3", world.outcome, exact)
    )
    assert done.report.total("dropped") == len(world.cells) - len(exact)


def test_the_oldest_files_may_have_shorter_names_of_columns(tmp_path: Path) -> None:
    lines = [
        "outcome,income,gender,migration,type,id,est,lwr,upr",
        "c30_income,low,male,surinam,gemeente_code,363,1,0,2",
    ]
    (tmp_path / "old.csv").write_text("\n".join([*lines, ""]))
    import_files([tmp_path / "old.csv"], tmp_path / "release")
    assert worlds.shown(tmp_path / "release", "c30_income") == {
        ("income", "low", "men", "suriname", "all", "municipality", "GM0363"): (None, 1.0, 0.0, 2.0)
    }


def test_a_part_of_an_export_still_says_that_people_are_made_up(tmp_path: Path) -> None:
    world = worlds.random_world("G3", 1, axes=["income"])
    worlds.write(tmp_path / "out", world)
    (tmp_path / "out" / "README.txt").write_text("SYNTHETIC DATA: made up.")
    one = next((tmp_path / "out").rglob("*.csv"))
    for number, path in enumerate((one, one.parent, one.parent.parent, tmp_path / "out")):
        import_files([path], tmp_path / f"release{number}")
        with open_release(tmp_path / f"release{number}") as release:
            assert release.manifest["synthetic"] is True, path


OWN = (
    "child_type,child_id,parent_type,parent_id,child_name\n"
    "school,001,municipality,GM01,De Ark\nschool,002,municipality,GM02,De Boei\nschool,003,municipality,GM02,De Brug\n"
    "municipality,GM02,region,x,Twee\n"
)


def own_release(folder: Path) -> Path:
    """A release with schools in municipalities, one of which lies in a region."""
    from release import worlds as releases

    folder.mkdir()
    (folder / "regions.csv").write_text(OWN, encoding="utf-8")
    areas = areas_from_hierarchy(folder / "regions.csv")
    low = "income=low;women;all;all"
    cells = {
        "school": {(releases.ALL, "002"): (50, 1, 0, 2), (low, "003"): (30, 2, 1, 4)},
        "municipality": {(releases.ALL, "GM01"): (60, 3, 1, 5)},
        "nl": {(releases.ALL, "NL"): (90, 2, 1, 3)},
    }
    figures = [releases.protected(releases.outcome(), level, of, areas=areas) for level, of in cells.items()]
    with releases.writer(folder / "release", areas=areas) as writer:
        writer.add(releases.summary(releases.outcome()), figures)
    return folder / "release"


def test_areas_of_someones_own_come_back(tmp_path: Path) -> None:
    own = own_release(tmp_path / "own")
    with open_release(own) as release:
        export_csv(release, tmp_path / "csv")
    done = import_files([tmp_path / "csv"], tmp_path / "again")
    assert done.figures == 4
    assert worlds.shown(tmp_path / "again", "c35_income") == worlds.shown(own, "c35_income")
    with open_release(own) as before, open_release(tmp_path / "again") as after:
        assert after.areas.levels == before.areas.levels
        for level in before.areas.levels:
            assert dict(zip(after.areas.ids(level), after.areas.names(level), strict=True)) == dict(
                zip(before.areas.ids(level), before.areas.names(level), strict=True)
            )
            for area in before.areas.ids(level):
                assert after.areas.parents(area, level) == before.areas.parents(area, level)
        export_csv(after, tmp_path / "back")
    assert worlds.read_rows(tmp_path / "back" / "income") == worlds.read_rows(tmp_path / "csv" / "income")


def test_areas_that_no_hierarchy_has_are_refused(tmp_path: Path) -> None:
    with open_release(own_release(tmp_path / "own")) as release:
        export_csv(release, tmp_path / "csv")
    table = tmp_path / "csv" / "income" / "c35_income" / "c35_income_school.csv"
    text = table.read_text(encoding="utf-8-sig")
    (tmp_path / "csv" / "hierarchy.csv").rename(tmp_path / "hierarchy.csv")
    with pytest.raises(TableError, match="Unknown region type"):
        import_files([table], tmp_path / "out")
    table.write_text(text.replace(",003,", ",004,"), encoding="utf-8")
    with pytest.raises(TableError, match="a school of the hierarchy"):
        import_files([table, tmp_path / "hierarchy.csv"], tmp_path / "out")
    (tmp_path / "other.csv").write_text(OWN.replace("De Ark", "De Ark 2"), encoding="utf-8")
    with pytest.raises(UsageError, match="several hierarchies"):
        import_files([table, tmp_path / "hierarchy.csv", tmp_path / "other.csv"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
