"""`kansen import` as a command."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from importing import worlds
from kansen.cli import main
from kansen.release import open_release


def test_a_folder_becomes_a_release_and_the_report_is_printed(tmp_path: Path) -> None:
    world = worlds.random_world("G4", 1)
    worlds.write(tmp_path / "in", world)
    (tmp_path / "in" / "script.R").write_text("print(1)")
    out, report = tmp_path / "release", tmp_path / "report.csv"
    told = CliRunner().invoke(main, ["import", str(tmp_path / "in"), "--out", str(out), "--report", str(report)])
    assert told.exit_code == 0, told.output
    assert f"{len(worlds.expected(world))} figures of 1 outcomes" in told.stdout
    assert "file that is no table; not read in script.R" in told.stdout
    assert "outcomes of Netherlands Opportunity Lab 2026" in told.stdout
    assert report.read_text().startswith("kind,what,count,file,line,example\nread,file,")
    again = CliRunner().invoke(main, ["import", str(tmp_path / "in"), "--out", str(out)])
    assert again.exit_code == 2
    assert "never changed" in again.stderr
    told = CliRunner().invoke(main, ["import", str(tmp_path / "in"), "--out", str(out), "--replace", "--synthetic"])
    assert told.exit_code == 0
    assert open_release(out).manifest["synthetic"] is True


def test_a_wrong_file_is_one_message_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("outcome;income_group;gender_group\n")
    told = CliRunner().invoke(main, ["import", str(tmp_path / "a.csv"), "--out", str(tmp_path / "release")])
    assert told.exit_code == 2
    assert told.stderr.startswith("kansen: The file has the wrong delimiter.")
    assert "row 1" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
