"""`kansen audit` as a user meets it: exit codes, what it prints and keeps, and one message for what is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from kansen import pipeline
from kansen.cli import main
from kansen.release import export, open_release
from moments import worlds

SPEC = '[[outcome]]\nid = "c35_y"\nkind = "money"\n[[outcome]]\nid = "c35_b"\nkind = "binary"\n'


def made(folder: Path, seed: int, profile: str = "kansenkaart") -> Path:
    """A release of 1,500 made-up children, with its vault beside it."""
    folder.mkdir()
    pq.write_table(worlds.cohort(np.random.default_rng(seed), 1_500, gaps=0.02), folder / "cohort.parquet")
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    pipeline.estimate(folder / "cohort.parquet", folder / "spec.toml", folder / "out", profile=profile)
    return folder / "out"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("audit") / "one", 1)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("audit") / "two", 2)


def vault_of(release: Path) -> Path:
    return release.with_name("out.vault")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, words)])


def one_message(result: Result, *told: str) -> None:
    """Exit code 2 and one message that says these things."""
    assert result.exit_code == 2, result.output
    assert all(word in result.output for word in told), result.output
    assert "should not have" not in result.output
    assert result.output.count("kansen:") == 1


def test_a_leaking_release_is_told_and_scored(release: Path, tmp_path: Path) -> None:
    found = run(release, "--vault", vault_of(release), "--out", tmp_path / "report.json")
    assert found.exit_code == 1, found.output
    assert "100.0 % of them right" in found.output
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["small"] > 100
    by_id = {attack["id"]: attack for attack in report["attacks"]}
    assert by_id["groups"]["right"] == 1
    assert not by_id["zeros"]["counted"]
    with open_release(release) as opened:
        attached = opened.audit
    assert attached is not None
    assert (attached["small"], attached["passed"]) == (report["small"], False)
    assert all(attack["right"] is None for attack in attached["attacks"])
    assert "zeros" not in {attack["id"] for attack in attached["attacks"]}


def test_the_report_is_the_same_every_time(release: Path) -> None:
    first, second = (json.loads(run(release, "--json").stdout) for _ in range(2))
    assert first == second


def test_what_protection_left(release: Path) -> None:
    found = run(release, "--vault", vault_of(release), "--utility", "--json")
    rows = json.loads(found.stdout)["utility"]["told"]
    national = next(row for row in rows if (row["level"], row["attributes"]) == ("nl", 0))
    assert (national["cells"], national["exact"], national["noise"]) == (2, 1.0, 0.0)
    assert all(row["changed"] in (0.0, None) for row in rows if row["level"] == "nl"), "rounding changes nothing"
    one_message(run(release, "--utility"), "--vault")


def test_other_material_is_not_attached(release: Path, tmp_path: Path) -> None:
    (release / "audit.json").unlink(missing_ok=True)
    alone = json.loads(run(release, "--json").stdout)
    (release / "audit.json").unlink()
    known = tmp_path / "known.csv"
    known.write_text("area,origin,n\nGM0363,turkey,0\n", encoding="utf-8")
    found = run(release, "--against", release, "--known", known, "--json")
    assert found.exit_code == 1, found.output
    assert not (release / "audit.json").exists()
    report = json.loads(found.stdout)
    assert report["against"] == [str(release), "known.csv"]
    by_id = {attack["id"]: attack for attack in report["attacks"]}
    assert by_id["against"]["tried"] > 1_000
    assert by_id["against"]["reached"] == 0, "the same release tells nothing new"
    assert alone["against"] == []


def test_published_files_are_imported_on_the_fly(release: Path, tmp_path: Path) -> None:
    with open_release(release) as opened:
        export.export_csv(opened, tmp_path / "csv")
    found = run(release, "--against", tmp_path / "csv", "--json")
    by_id = {attack["id"]: attack for attack in json.loads(found.stdout)["attacks"]}
    assert by_id["against"]["tried"] > 1_000
    assert by_id["against"]["small"] == 0


class TestWrong:
    def test_the_vault_of_another_release(self, release: Path, another: Path) -> None:
        one_message(run(release, "--vault", vault_of(another)), "not the vault of this release", "c35_")

    def test_a_vault_without_the_outcomes(self, release: Path, tmp_path: Path) -> None:
        one_message(run(release, "--vault", tmp_path), "no figures of an outcome")

    def test_no_manifest(self, release: Path, tmp_path: Path) -> None:
        shutil.copytree(release, tmp_path / "copy")
        (tmp_path / "copy" / "manifest.json").unlink()
        one_message(run(tmp_path / "copy"), "not a release")

    def test_an_estimate_file_that_was_changed(self, release: Path, tmp_path: Path) -> None:
        shutil.copytree(release, tmp_path / "copy")
        path = next((tmp_path / "copy" / "estimates").iterdir())
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        one_message(run(tmp_path / "copy"), "was changed after it was written", path.name)

    def test_another_release_that_was_changed(self, release: Path, tmp_path: Path) -> None:
        shutil.copytree(release, tmp_path / "copy")
        path = next((tmp_path / "copy" / "estimates").iterdir())
        path.write_bytes(path.read_bytes()[:-1])
        one_message(run(release, "--against", tmp_path / "copy"), path.name)

    def test_known_numbers_that_cannot_be_read(self, release: Path, tmp_path: Path) -> None:
        path = tmp_path / "known.csv"
        path.write_bytes(b"area,n\nGM0363,\xff\n")
        one_message(run(release, "--known", path), "known.csv", "cannot be read")
        path.write_text("area,n\nGM0457,3\n", encoding="utf-8")
        one_message(run(release, "--known", path), "column area, row 2", "GM0457")

    def test_published_files_that_are_none(self, release: Path, tmp_path: Path) -> None:
        (tmp_path / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        one_message(run(release, "--against", tmp_path / "notes.csv"), "notes.csv")
