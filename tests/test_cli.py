"""The commands as a user meets them: what they print, what they leave behind, and their exit codes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohorts import handmade
from cohorts.test_age35 import CHILDREN


def kansen(*words: str | Path, cwd: Path | None = None, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; `limit` is the largest file it may write, in bytes, as a disk that is full would."""

    def small_disk() -> None:
        assert limit is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    return subprocess.run(
        [sys.executable, "-m", "kansen.cli", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        preexec_fn=small_disk if limit else None,
        timeout=300,
    )


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("registers")
    handmade.write(root, CHILDREN)
    return root


def copy_with(registers: Path, to: Path, name: str, change: object) -> Path:
    """The registers with one table changed; `change` gets and returns an Arrow table (None: the table is removed)."""
    subprocess.run(["cp", "-r", str(registers), str(to)], check=True)
    path = next(to.rglob(f"{name}.parquet"))
    if change is None:
        path.unlink()
    else:
        pq.write_table(change(pq.read_table(path)), path)  # type: ignore[operator]
    return to


def replaced(table: pa.Table, column: str, values: list[object]) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values))


def only_message(found: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2, no traceback, and every word is said."""
    assert found.returncode == 2, found.stderr
    assert "Traceback" not in found.stderr
    assert "something went wrong" not in found.stderr
    for word in words:
        assert word in found.stderr


def test_build_and_look(registers: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    found = kansen("build", registers, "--out", out, "--profile", "kansenkaart")
    assert found.returncode == 0, found.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["synthetic"] is False
    assert {source["table"] for source in manifest["inputs"]} >= {"gbapersoon", "inpa", "zvwzorgkosten"}
    assert (tmp_path / "release.vault" / "estimates" / "c35_income.parquet").is_file()
    assert not list(tmp_path.glob(".*"))
    again = kansen("build", registers, "--out", out, "--profile", "kansenkaart")
    only_message(again, str(out), "--replace")
    exported = kansen("export", "csv", out, tmp_path / "csv")
    assert exported.returncode == 0, exported.stderr
    first = (tmp_path / "csv" / "income" / "c35_income" / "c35_income_all.csv").read_bytes()
    assert first.startswith(b"\xef\xbb\xbfoutcome,income_group,gender_group,migration_group,household_group,")


def test_the_same_input_gives_the_same_release(registers: Path, tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        assert kansen("build", registers, "--out", tmp_path / name, "--profile", "kansenkaart").returncode == 0
        ids.append(json.loads((tmp_path / name / "manifest.json").read_text())["id"])
    assert ids[0] == ids[1]
    for path in sorted((tmp_path / "one").rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("INPA2017TABV1", None, ["inpa of 2017", "INPA2017"]),
        ("INPA2017TABV1", lambda t: t.drop_columns(["INPPERSBRUT"]), ["INPA2017", "INPPERSBRUT"]),
        (
            "INPA2017TABV1",
            lambda t: replaced(t, "INPPERSBRUT", ["veel"] * t.num_rows),
            ["INPA2017", "INPPERSBRUT", "veel"],
        ),
        ("SECMBUS2021V1", lambda t: replaced(t, "SECM", ["77"] * t.num_rows), ["SECMBUS2021", "SECM", "77"]),
        ("GBAPERSOON2023TABV1", lambda t: pa.concat_tables([t, t.slice(0, 1)]), ["GBAPERSOON2023", "twice"]),
        ("VSLGWB2023TAB03V1", lambda t: replaced(t, "gem2023", ["0457"] * t.num_rows), ["GM0457", "GM0363"]),
        ("GBAPERSOON2023TABV1", lambda t: t.slice(0, 0), ["GBAPERSOON2023"]),
        (
            "GBAPERSOON2023TABV1",
            lambda t: replaced(t, "GBAGEBOORTEJAAR", ["1955"] * t.num_rows),
            ["age35", "1981-1985"],
        ),
    ],
    ids=["no table", "no column", "wrong type", "unknown code", "a child twice", "other year", "empty", "nobody"],
)
def test_bad_tables(registers: Path, tmp_path: Path, table: str, change: object, words: list[str]) -> None:
    root = copy_with(registers, tmp_path / "registers", table, change)
    found = kansen("build", root, "--out", tmp_path / "release")
    only_message(found, *words)
    assert not (tmp_path / "release").exists()
    assert not list(tmp_path.glob(".release*"))


def test_a_truncated_sav(registers: Path, tmp_path: Path) -> None:
    import readstat_arrow

    root = copy_with(registers, tmp_path / "registers", "SECMBUS2021V1", None)
    table = pq.read_table(next(registers.rglob("SECMBUS2021V1.parquet")))
    path = root / "InkomenBestedingen" / "SECMBUS" / "SECMBUS2021V1.sav"
    readstat_arrow.write_sav(path, table)
    path.write_bytes(path.read_bytes()[: path.stat().st_size - 40])
    only_message(kansen("build", root, "--out", tmp_path / "release"), "SECMBUS2021V1.sav")
    assert not (tmp_path / "release").exists()


def test_a_place_that_cannot_be_written_to(registers: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    only_message(kansen("build", registers, "--out", tmp_path / "file" / "release"), "Cannot write", "Not a directory")
    only_message(
        kansen("build", registers, "--out", tmp_path / "r", "--vault", tmp_path / "file" / "v"), "Cannot write", "file"
    )
    only_message(kansen("build", registers, "--out", tmp_path / ("r" * 250)), "Cannot write", "too long")


def test_made_up_tables_further_down_are_told(registers: Path, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    root = copy_with(registers, tmp_path / "all" / "synthetic", "INPA2017TABV1", lambda table: table)
    (root / "synthetic.json").write_text('{"synthetic": true}')
    assert kansen("build", tmp_path / "all", "--out", tmp_path / "release").returncode == 0
    assert json.loads((tmp_path / "release" / "manifest.json").read_text())["synthetic"] is True
    (root / "synthetic.json").write_text("{")
    only_message(kansen("build", tmp_path / "all", "--out", tmp_path / "again"), "synthetic.json")


@pytest.mark.parametrize("damage", ["born.json", pytest.param("predictors.parquet", marks=pytest.mark.slow)])
def test_a_damaged_vault_is_made_again(registers: Path, tmp_path: Path, damage: str) -> None:
    assert kansen("build", registers, "--out", tmp_path / "release").returncode == 0
    path = tmp_path / "release.vault" / "cohorts" / "age35" / damage
    path.write_bytes(path.read_bytes()[:10])
    found = kansen("build", registers, "--out", tmp_path / "again", "--vault", tmp_path / "release.vault")
    assert found.returncode == 0, found.stderr
    ids = [json.loads((tmp_path / name / "manifest.json").read_text())["id"] for name in ("release", "again")]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("limit", [1_000, 20_000, 60_000])
def test_a_full_disk(registers: Path, tmp_path: Path, limit: int) -> None:
    found = kansen("build", registers, "--out", tmp_path / "release", limit=limit)
    only_message(found, "space")
    assert not (tmp_path / "release").exists()
    assert not list(tmp_path.glob(".release*"))


@pytest.mark.parametrize("signal_number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_an_interrupted_build_goes_on(tmp_path: Path, signal_number: int) -> None:
    root, out = tmp_path / "registers", tmp_path / "release"
    assert kansen("synth", root, "--scale", "0.01", "--cohort", "age35").returncode == 0
    only_message(kansen("synth", root, "--scale", "0.01"), str(root), "--replace")
    command = [sys.executable, "-m", "kansen.cli", "build", str(root), "--out", str(out)]
    # A shell that runs the tests in the background has its children ignore the interruption.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as running:
        stages = tmp_path / "release.vault" / "cohorts" / "age35"
        deadline = time.monotonic() + 60
        while not (stages / "parents.json").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        running.send_signal(signal_number)
        _, said = running.communicate(timeout=60)
    assert not out.exists()
    if signal_number == signal.SIGINT:
        assert running.returncode == 130
        assert "run the same command again" in said
    stamp = (stages / "parents.parquet").stat().st_mtime_ns
    assert kansen("build", root, "--out", out, "--profile", "kansenkaart").returncode == 0
    assert (stages / "parents.parquet").stat().st_mtime_ns == stamp, "the finished stage was done again"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["registers", "release", "release.vault"]


def test_wrong_command_lines(registers: Path, tmp_path: Path) -> None:
    only_message(kansen("build", registers, "--out", tmp_path / "r", "--cohort", "age99"), "age99", "age35")
    only_message(kansen("build", registers, "--out", tmp_path / "r", "--profile", "none"), "kansenkaart")
    only_message(kansen("build", registers, "--out", tmp_path / "r", "--engine", "abacus"), "abacus", "duckdb")
    only_message(kansen("build", tmp_path / "nowhere", "--out", tmp_path / "r"), "nowhere")
    inside = tmp_path / "r" / "vault"
    only_message(kansen("build", registers, "--out", tmp_path / "r", "--vault", inside), "vault")
    only_message(kansen("serve", tmp_path), "manifest.json")
    only_message(kansen("synth", tmp_path / "s", "--scale", "0"), "scale")
    only_message(kansen("synth", tmp_path / "s", "--format", "docx"), "docx")
    assert not (tmp_path / "r").exists()
    assert not (tmp_path / "s").exists()


def test_demo_is_reused(tmp_path: Path) -> None:
    first = kansen("demo", "--scale", "0.01", "--no-serve", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "audit" in first.stderr.lower()
    release = tmp_path / "kansen-demo" / "release"
    assert json.loads((release / "manifest.json").read_text())["synthetic"] is True
    stamp = (release / "manifest.json").stat().st_mtime_ns
    second = kansen("demo", "--scale", "0.01", "--no-serve", cwd=tmp_path)
    assert second.returncode == 0
    assert "earlier run" in second.stderr
    assert (release / "manifest.json").stat().st_mtime_ns == stamp
    vault = tmp_path / "kansen-demo" / "release.vault"
    attached = (release / "audit.json").read_bytes()
    (release / "audit.json").unlink()
    full = kansen("audit", release, "--vault", vault, limit=100)
    assert full.returncode == 0, full.stderr
    assert "not attached" in full.stderr
    assert "leaves no hidden cell" in full.stdout
    assert not (release / "audit.json").exists()
    found = kansen("audit", release, "--vault", vault, "--json")
    assert found.returncode == 0, found.stderr
    assert "Traceback" not in found.stderr
    assert f"Attached as {release}" in found.stderr
    told = json.loads(found.stdout)
    assert told["passed"] is True
    assert any(attack["right"] is not None for attack in told["attacks"])
    assert (release / "audit.json").read_bytes() == attached, "what needs the truth to be known is not attached"


@pytest.mark.slow
def test_a_damaged_demo_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "kansen-demo"
    words = ("demo", "--scale", "0.005", "--no-serve")
    assert kansen(*words, cwd=tmp_path).returncode == 0
    id = json.loads((folder / "release" / "manifest.json").read_text())["id"]
    note = (folder / "demo.json").read_text()
    tables = (folder / "registers" / "synthetic.json").stat().st_mtime_ns
    shutil.rmtree(folder / "release")
    found = kansen(*words, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert "earlier run" not in found.stderr
    assert json.loads((folder / "release" / "manifest.json").read_text())["id"] == id
    assert (folder / "registers" / "synthetic.json").stat().st_mtime_ns == tables, "the registers were still good"
    (folder / "demo.json").write_text("{")
    found = kansen(*words, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert (folder / "demo.json").read_text() == note
    (folder / "demo.json").write_text("[]")
    (folder / "registers" / "mine.txt").write_text("keep")
    only_message(kansen(*words, cwd=tmp_path), "registers", "mine.txt")
    assert (folder / "registers" / "mine.txt").read_text() == "keep"


def test_help_names_every_command() -> None:
    found = kansen("--help")
    assert found.returncode == 0
    assert all(name in found.stdout for name in ("synth", "build", "audit", "export", "serve", "demo", "areas"))
    assert os.linesep in found.stdout
