"""Reading: figures come back, and a bad directory gives one clear message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kansen.errors import AreaError, ReleaseError, UsageError
from kansen.release import Release, open_release
from release import worlds


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return worlds.small_release(tmp_path / "out")


@pytest.fixture
def release(out: Path) -> Release:
    return open_release(out)


def change(out: Path, **members: Any) -> None:
    path = out / "manifest.json"
    manifest = json.loads(path.read_bytes())
    path.write_text(json.dumps({k: v for k, v in (manifest | members).items() if v is not ...}), encoding="utf-8")


def test_a_layer_comes_back(release: Release) -> None:
    layer = release.layer("c35_income", "municipality", worlds.ALL)
    assert layer.cells == 3
    told = layer.json()
    assert told["areas"] == ["GM0014", "GM0363", "GM1980"]
    assert told["est"] == [29_111, 28_592, 35_000]
    assert (told["lwr"], told["upr"]) == ([28_800, 28_400, None], [29_421, 28_784, None])


def test_a_layer_without_figures_is_empty(release: Release) -> None:
    layer = release.layer("c35_hbo_attained", "wijk", worlds.LOW)
    assert (layer.cells, layer.json()["areas"]) == (0, [])


def test_layers_and_estimates_say_the_same(release: Release) -> None:
    for outcome in release.outcome_ids:
        told = set()
        for level in release.levels:
            for group in (worlds.ALL, worlds.LOW):
                layer = release.layer(outcome, level, group).json()
                columns = (layer[name] for name in ("areas", "n", "est", "lwr", "upr", "reliability"))
                told |= {(level, group, *cell) for cell in zip(*columns, strict=True)}
        rows = release.estimates(outcome).to_pylist()
        assert told == {
            (
                row["level"],
                f"{row['axis']}={row['position']};{row['sex']};{row['origin']};{row['household']}",
                *(row[name] for name in ("area", "n", "est", "lwr", "upr", "reliability")),
            )
            for row in rows
        }


def test_estimates_are_sorted_and_typed(release: Release) -> None:
    rows = release.estimates("c35_income").to_pylist()
    assert [(row["level"], row["position"], row["area"]) for row in rows] == [
        ("nl", "all", "NL"),
        ("municipality", "all", "GM0014"),
        ("municipality", "all", "GM0363"),
        ("municipality", "all", "GM1980"),
        ("municipality", "low", "GM0363"),
        ("wijk", "all", "WK036344"),
        ("pc4", "all", "1061"),
        ("pc4", "all", "1062"),
    ]
    assert rows[3] == {
        "axis": "income", "position": "all", "sex": "all", "origin": "all", "household": "all",
        "level": "municipality", "area": "GM1980", "n": 12, "est": 35_000.0, "lwr": None, "upr": None,
        "protection": "exact", "noise_sd": 0.0, "reliability": "A",
    }  # fmt: skip


def test_everybody_is_one_group_on_every_axis(tmp_path: Path) -> None:
    """A second axis shares the cells of position `all` with the first."""
    from dataclasses import replace

    from kansen.moments.grid import load_grid

    income = load_grid()
    wealth = replace(income, axis="wealth")
    low = "wealth=low;all;all;all"
    of = worlds.outcome()
    figures = [
        worlds.protected(of, "nl", {(worlds.ALL, "NL"): (100, 5, 4, 6)}),
        worlds.protected(of, "nl", {(low, "NL"): (50, 3, 2, 4)}, grid=wealth),
    ]
    with worlds.writer(tmp_path / "out", grid=[income, wealth]) as writer:
        writer.add(worlds.summary(of), figures)
    release = open_release(tmp_path / "out")
    assert release.layer(of.id, "nl", "wealth=all;all;all;all").json()["est"] == [5]
    assert release.layer(of.id, "nl", low).json()["est"] == [3]
    assert release.layer(of.id, "nl", "income=low;all;all;all").cells == 0
    assert [axis["id"] for axis in release.groups["axes"]] == ["income", "wealth"]
    assert release.manifest["grid"] == {"axes": ["income", "wealth"], "groups": 432 + 360}


def test_the_figures_of_one_area(release: Release) -> None:
    income, degree = release.area_figures("GM0363")
    assert (income["outcome"], income["est"], income["lwr"], income["upr"]) == ("c35_income", 28_592, 28_400, 28_784)
    assert (degree["outcome"], degree["n"], degree["protection"]) == ("c35_hbo_attained", 41_000, "exact")
    assert release.area_figures("GM0363", "income=high;all;all;all") == []
    assert release.area_figures("PV27") == []


def test_noise_is_told(tmp_path: Path) -> None:
    of = worlds.outcome()
    noisy = worlds.protected(of, "nl", {(worlds.ALL, "NL"): (-1, 5, 4, 6)}, noise_sd=0.5)
    with worlds.writer(tmp_path / "out") as writer:
        writer.add(worlds.summary(of), [noisy])
    release = open_release(tmp_path / "out")
    (row,) = release.estimates(of.id).to_pylist()
    assert (row["n"], row["protection"], row["noise_sd"]) == (None, "noise", 0.5)
    (figure,) = release.area_figures("NL")
    assert (figure["n"], figure["protection"], figure["noise_sd"]) == (None, "noise", 0.5)


@pytest.mark.parametrize(
    ("ask", "near"),
    [
        (("c35_incom", "nl", worlds.ALL), "c35_income"),
        (("c35_income", "municipalty", worlds.ALL), "municipality"),
        (("c35_income", "nl", "income=low;women;any;singel"), worlds.LOW),
    ],
)
def test_unknown_ids_get_a_hint(release: Release, ask: tuple[str, str, str], near: str) -> None:
    with pytest.raises(UsageError) as caught:
        release.layer(*ask)
    assert near in str(caught.value.expected)


def test_unknown_areas_and_maps(release: Release) -> None:
    with pytest.raises(AreaError, match="Weesp"):
        release.area_figures("GM0457")
    with pytest.raises(UsageError, match="schematic"):
        release.geometry("wijk", "hexagon")


def test_what_is_not_a_release(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("x", encoding="utf-8")
    for path, message in [
        (tmp_path / "none", "no release"),
        (tmp_path, "not a release"),
        (tmp_path / "other.txt", "a file"),
    ]:
        with pytest.raises(ReleaseError, match=message):
            open_release(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ('{"format": "geojson"}', "not a release"),
        ("[]", "not a release"),
        ("null", "not a release"),
    ],
)
def test_a_manifest_that_is_none(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match=message):
        open_release(tmp_path)


def test_a_newer_format(out: Path) -> None:
    change(out, format="kansen-release/3")
    with pytest.raises(ReleaseError, match="newer Kansen"):
        open_release(out)


def test_a_manifest_without_files(out: Path) -> None:
    change(out, files=...)
    with pytest.raises(ReleaseError, match="lacks a member"):
        open_release(out)


def test_a_file_is_missing(out: Path) -> None:
    (out / "estimates/outcome=c35_income.parquet").unlink()
    with pytest.raises(ReleaseError, match=r"no estimates/outcome=c35_income\.parquet"):
        open_release(out)


def test_a_truncated_file(out: Path) -> None:
    path = out / "layers/c35_income.bin"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ReleaseError, match=r"c35_income\.bin"):
        open_release(out)


def test_a_file_that_shrinks_while_it_is_open(release: Release, out: Path) -> None:
    release.layer("c35_income", "municipality", worlds.ALL)
    (out / "layers/c35_income.bin").write_bytes(b"")
    with pytest.raises(ReleaseError, match="damaged"):
        release.layer("c35_income", "nl", worlds.ALL)


@pytest.mark.parametrize("file", ["layers/c35_income.bin", "estimates/outcome=c35_income.parquet", "outcomes.json"])
def test_a_tampered_file_is_found(out: Path, file: str) -> None:
    path = out / file
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(ReleaseError, match="changed after") as caught:
        open_release(out).verify()
    assert str(caught.value.where).endswith(file)


def test_a_tampered_manifest_is_found(out: Path) -> None:
    change(out, synthetic=False)
    with pytest.raises(ReleaseError, match="manifest was changed"):
        open_release(out).verify()


def test_a_foreign_file_is_found(out: Path) -> None:
    (out / "estimates/extra.parquet").write_bytes(b"")
    with pytest.raises(ReleaseError, match="not part of it"):
        open_release(out).verify()


@pytest.mark.parametrize("file", ["groups.json", "areas/areas.parquet", "estimates/outcome=c35_income.parquet"])
def test_unreadable_content_is_one_message(out: Path, file: str) -> None:
    path = out / file
    path.write_bytes(b"x" * path.stat().st_size)
    release = open_release(out)
    with pytest.raises(ReleaseError, match="damaged"):
        _ = (release.groups, release.areas, release.estimates("c35_income"))


def test_closing_and_asking_again(out: Path) -> None:
    with open_release(out) as release:
        first = release.layer("c35_income", "nl", worlds.ALL)
    assert release.layer("c35_income", "nl", worlds.ALL) == first
    release.close()
