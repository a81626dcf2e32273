"""`kansen estimate --profile perturbed` from a file to a release: noise everywhere, and the key nowhere in it."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from kansen import moments
from kansen.cli import main
from kansen.geography import load_areas
from kansen.measures import expectation
from kansen.release import open_release
from moments import worlds

SPEC = '[[outcome]]\nid = "c35_y"\nkind = "money"\n[[outcome]]\nid = "c35_b"\nkind = "binary"\n'


def estimate(folder: Path, table: pa.Table, out: str, *more: str, profile: str = "perturbed") -> Result:
    pq.write_table(table, folder / "cohort.parquet")
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    words = ["estimate", str(folder / "cohort.parquet"), "--spec", str(folder / "spec.toml"), "--profile", profile]
    return CliRunner().invoke(main, [*words, "--out", str(folder / out), *more])


@pytest.fixture(scope="module")
def cohort() -> pa.Table:
    return worlds.cohort(np.random.default_rng(9), 3_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cohort: pa.Table) -> Path:
    """The same cohort told twice with the key of one vault; the second time in another order."""
    made = tmp_path_factory.mktemp("perturbed")
    for out, table in (("one", cohort), ("two", cohort.take(np.random.default_rng(1).permutation(3_000)))):
        done = estimate(made, table, out, "--vault", str(made / "vault"))
        assert done.exit_code == 0, done.output
    return made


def test_every_figure_says_that_it_carries_noise(folder: Path) -> None:
    with open_release(folder / "one") as release:
        assert release.manifest["profile"]["parameters"]["noise"]["variance"] == 3.0
    for name in ("c35_y", "c35_b"):
        table = pq.read_table(folder / "one" / "estimates" / f"outcome={name}.parquet")
        assert table.num_rows > 500
        assert set(table["protection"].to_pylist()) == {"noise"}
        assert min(table["noise_sd"].to_pylist()) > 0
        assert min(table["n"].to_pylist()) >= 10


def test_the_same_children_get_the_same_bytes(folder: Path) -> None:
    for part in ("estimates", "layers"):
        for path in sorted((folder / "one" / part).iterdir()):
            assert path.read_bytes() == (folder / "two" / part / path.name).read_bytes(), path.name


def test_the_key_is_nowhere_in_the_release(folder: Path) -> None:
    key = (folder / "vault" / "perturbation.key").read_bytes()
    told = (key, key.hex().encode(), base64.b64encode(key), *(key[at : at + 8] for at in range(0, 32, 8)))
    files = [path for path in (folder / "one").rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        assert not any(word in content for word in told), path
        assert "perturbation" not in path.name


def test_the_vault_holds_the_truth(folder: Path, cohort: pa.Table) -> None:
    """Unprotected estimates are of the amounts as they are, not as they are clipped before noise."""
    grid = moments.load_grid()
    [(_, found)] = moments.compute(cohort, load_areas(), grid, [worlds.outcome()])
    kept = pq.read_table(folder / "vault" / "estimates" / "c35_y.parquet")
    nl = [
        value
        for value, type in zip(kept["est"].to_pylist(), kept["region_type"].to_pylist(), strict=True)
        if type == "all"
    ]
    assert nl[0] == pytest.approx(expectation(found["nl"], grid).est[0], rel=1e-12)


def test_another_key_or_none_gives_other_noise(folder: Path, cohort: pa.Table) -> None:
    own = folder / "own.key"
    own.write_bytes(bytes(range(32)))
    told = []
    for out, more in (
        ("three", ["--key", str(own)]),
        ("four", ["--key", str(own), "--no-vault"]),
        ("five", ["--no-vault"]),
    ):
        assert estimate(folder, cohort, out, *more).exit_code == 0
        told.append((folder / out / "estimates" / "outcome=c35_y.parquet").read_bytes())
    first = (folder / "one" / "estimates" / "outcome=c35_y.parquet").read_bytes()
    assert told[0] == told[1]
    assert len({first, *told}) == 3
    assert not (folder / "five.vault").exists()


def test_a_wrong_key_is_one_message(folder: Path, cohort: pa.Table) -> None:
    (folder / "short.key").write_bytes(b"abc")
    wrong = estimate(folder, cohort, "six", "--key", str(folder / "short.key"))
    assert (wrong.exit_code, "This is not a perturbation key" in wrong.output) == (2, True)
    useless = estimate(folder, cohort, "six", "--key", str(folder / "short.key"), profile="kansenkaart")
    assert (useless.exit_code, "has no noise" in useless.output) == (2, True)
    assert not (folder / "six").exists()


def test_an_export_leaves_noise_out_unless_asked(folder: Path) -> None:
    done = CliRunner().invoke(main, ["export", "csv", str(folder / "one"), str(folder / "csv")])
    assert done.exit_code == 0
    with_noise = CliRunner().invoke(main, ["export", "csv", str(folder / "one"), str(folder / "csv2"), "--with-noise"])
    assert with_noise.exit_code == 0
    assert not list((folder / "csv").rglob("*.csv"))
    assert len(list((folder / "csv2").rglob("*.csv"))) > 4
