"""The commands say what was found, in words and as JSON, and refuse in one message."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from effects.worlds import panel
from kansen.cli import main
from kansen.effects import about_effect
from kansen.errors import DeclarationError
from kansen.release import open_release
from kansen.synthetic.movers import FILE, PARAMETERS, draw_movers
from release.worlds import small_release

pytest.importorskip("pyfixest")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_the_synthetic_country_has_children_who_move(tmp_path: Path) -> None:
    found = run("synth", tmp_path / "country", "--scale", "0.002", "--cohort", "newborns", "--movers")
    assert found.exit_code == 0, found.output
    table = pq.read_table(tmp_path / "country" / FILE)
    assert table.num_rows > 500
    told = json.loads((tmp_path / "country" / PARAMETERS).read_text(encoding="utf-8"))
    assert told["world"]["exposure"]["per_year"] == 0.027
    note = json.loads((tmp_path / "country" / "synthetic.json").read_text(encoding="utf-8"))
    assert FILE in note["files"]
    checked = run("registers", "check", tmp_path / "country", "--cohort", "newborns")
    assert checked.exit_code == 0, checked.output


def test_movers_in_words_and_numbers(tmp_path: Path) -> None:
    table = draw_movers(0.05, 1)
    pq.write_table(table, tmp_path / "movers.parquet")
    pc.write_csv(table, tmp_path / "movers.csv")
    said = run("effect", "movers", tmp_path / "movers.parquet")
    assert said.exit_code == 0, said.output
    assert "of the difference between two places" in said.output
    assert "siblings" in said.output
    told = json.loads(run("effect", "movers", tmp_path / "movers.csv", "--json").output)
    per_cent = f"{100 * told['per_year']['value']:.1f} %"
    assert per_cent in said.output
    assert told["movers"] == table.num_rows - table["destination"].null_count
    assert {one["name"] for one in told["placebos"]} == {"late", "siblings", "own_cohort", "other_cohort"}


def test_a_policy_in_words_and_numbers(tmp_path: Path) -> None:
    frame, policy = panel(np.random.default_rng(1), areas=30, treated=15)
    pq.write_table(frame, tmp_path / "rows.parquet")
    lines = ["area,date", *(f"{area},{date}" for area, date in policy.items())]
    (tmp_path / "policy.csv").write_text("\n".join(lines), encoding="utf-8")
    arguments = ("effect", "policy", tmp_path / "rows.parquet", "--policy", tmp_path / "policy.csv", "--outcome", "y")
    said = run(*arguments)
    assert said.exit_code == 0, said.output
    assert "15 areas with the policy, 15 without, 2008 to 2017" in said.output
    told = json.loads(run(*arguments, "--json").output)
    assert told["overall"]["value"] == pytest.approx(1.0, abs=0.5)
    assert told["panel"]["years"] == list(range(2008, 2018))
    assert re.search(rf"overall +{told['overall']['value']:.3g} ", said.output)


def test_few_areas_are_warned_of(tmp_path: Path) -> None:
    frame, policy = panel(np.random.default_rng(2), areas=20, treated=3, starts=(2012,))
    pq.write_table(frame, tmp_path / "rows.parquet")
    lines = ["area,date", *(f"{area},2012" for area in policy)]
    (tmp_path / "policy.csv").write_text("\n".join(lines), encoding="utf-8")
    arguments = ("effect", "policy", tmp_path / "rows.parquet", "--policy", tmp_path / "policy.csv", "--outcome", "y")
    assert "Few areas had the policy" in run(*arguments).output
    assert 0 < json.loads(run(*arguments, "--json").output)["pretrend_p"] <= 1


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("area,date\nA001,2012\nA001,2013\n", "twice"),
        ("area,date\nA001,\n", "lacks something"),
        ("place,date\nA001,2012\n", "lacks a column"),
        ("area,date\nA001,soon\n", "date of a policy"),
        ("", "cannot be read"),
    ],
)
def test_a_bad_policy_is_one_message(tmp_path: Path, policy: str, message: str) -> None:
    frame, _ = panel(np.random.default_rng(3), areas=6, treated=3)
    pq.write_table(frame, tmp_path / "rows.parquet")
    (tmp_path / "policy.csv").write_text(policy, encoding="utf-8")
    found = run("effect", "policy", tmp_path / "rows.parquet", "--policy", tmp_path / "policy.csv", "--outcome", "y")
    assert found.exit_code == 2
    assert message in found.output
    assert "Traceback" not in found.output


def test_a_file_that_is_no_table_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "people.parquet").write_text("nothing", encoding="utf-8")
    found = run("effect", "movers", tmp_path / "people.parquet")
    assert found.exit_code == 2
    assert "The table cannot be read" in found.output


# attached to a release


@pytest.fixture(scope="module")
def movers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("movers") / "movers.parquet"
    pq.write_table(draw_movers(0.1, 1), path)
    return path


def test_an_effect_is_attached_in_its_own_words(tmp_path: Path, movers: Path) -> None:
    out = small_release(tmp_path / "release")
    about = tmp_path / "about.toml"
    about.write_text(
        'id = "verhuizers-2"\ntitle = { nl = "Verhuisd", en = "Moved" }\noutcome = { nl = "loon", en = "wage" }\n',
        encoding="utf-8",
    )
    for arguments in ((), ("--about", about), ("--until", "20")):
        found = run("effect", "movers", movers, "--attach", out, *arguments)
        assert found.exit_code == 0, found.output
        assert "effects.json, rounded" in found.output
    with open_release(out) as release:
        first, second = release.effects
    assert (first["id"], first["until"]) == ("movers", 20.0)
    assert (second["id"], second["title"]["nl"], second["outcome"]["en"]) == ("verhuizers-2", "Verhuisd", "wage")
    assert second["description"]["en"].startswith("Children of the same region")
    assert second["effect"]["lwr"] < 0.027 < second["effect"]["upr"]


def test_a_policy_is_attached_with_its_people(tmp_path: Path) -> None:
    out = small_release(tmp_path / "release")
    frame, policy = panel(np.random.default_rng(1), areas=30, treated=15)
    rows = frame.append_column("people", [[2_000] * frame.num_rows])
    pq.write_table(rows, tmp_path / "rows.parquet")
    lines = ["area,date", *(f"{area},{date}" for area, date in policy.items())]
    (tmp_path / "policy.csv").write_text("\n".join(lines), encoding="utf-8")
    arguments = ("effect", "policy", tmp_path / "rows.parquet", "--policy", tmp_path / "policy.csv", "--outcome", "y")
    refused = run(*arguments, "--attach", out)
    assert refused.exit_code == 2
    assert "--weight" in refused.output
    assert not (out / "effects.json").exists()
    found = run(*arguments, "--weight", "people", "--attach", out)
    assert found.exit_code == 0, found.output
    with open_release(out) as release:
        [told] = release.effects
    assert (told["id"], told["kind"], told["people"]["treated"]) == ("policy", "count", 30_000)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('id = "Met Spaties"', "id of an effect"),
        ('titel = "x"', "unknown member"),
        ('title = { nl = "x" }', "lacks a language"),
        ('title = { nl = "x", en = " " }', "is empty"),
        ("id = ", "cannot be read"),
        ('kind = "euro"', "kind of an effect|unknown member"),
    ],
)
def test_words_that_cannot_be_used_are_one_message(tmp_path: Path, words: str, message: str) -> None:
    path = tmp_path / "about.toml"
    path.write_text(words, encoding="utf-8")
    with pytest.raises(DeclarationError, match=message):
        about_effect("policy", path)


def test_words_without_a_release_and_a_release_that_is_none(tmp_path: Path, movers: Path) -> None:
    about = tmp_path / "about.toml"
    about.write_text('id = "x"', encoding="utf-8")
    alone = run("effect", "movers", movers, "--about", about)
    assert (alone.exit_code, "--attach with --about" in alone.output) == (2, True)
    nowhere = run("effect", "movers", movers, "--attach", tmp_path)
    assert nowhere.exit_code == 2
    assert "not a release" in nowhere.output
