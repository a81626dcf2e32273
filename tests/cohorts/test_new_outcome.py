"""A new outcome takes one declaration: the example of the documentation is computed, and nothing else is done again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cohorts import handmade
from kansen import registers
from kansen.cohorts import Cohort, CohortDeclaration, build_cohort, load_cohort, needs, read_cohort
from kansen.cohorts.declarations import FOLDER
from kansen.engine import load_engine
from kansen.errors import DeclarationError
from kansen.geography import load_areas

DOCS = Path(__file__).parents[2] / "docs" / "cohorts.md"

CHILDREN = {
    "student": {"secm": [("20100101", "20181230", "11"), ("20181231", "99991231", "26")]},
    "student before": {"secm": [("20100101", "20181230", "26"), ("20181231", "99991231", "11")]},
    "student without income": {"secm": [(*handmade.ALWAYS, "31")]},
    "nothing known": {"secm": []},
}


def follow(declaration: CohortDeclaration, root: Path, vault: Path) -> Cohort:
    return build_cohort(declaration, registers.find(root), vault, load_engine("duckdb", vault / "s"), load_areas())


@pytest.fixture
def with_example(tmp_path: Path) -> CohortDeclaration:
    """age35 with the outcome of the documentation at its end."""
    block = re.search(r"```toml\n(\[\[outcome\]\].*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    path = tmp_path / "age35.toml"
    shutil.copy(FOLDER / "age35.toml", path)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + block.group(1))
    return read_cohort(path)


def test_the_example_of_the_documentation(with_example: CohortDeclaration, tmp_path: Path) -> None:
    keys = handmade.write(tmp_path / "registers", CHILDREN)
    before = follow(load_cohort("age35"), tmp_path / "registers", tmp_path / "vault")
    stages = before.path.parent
    made = {path.name: path.stat().st_mtime_ns for path in stages.glob("*.parquet")}
    after = follow(with_example, tmp_path / "registers", tmp_path / "vault")
    found = {row["person"]: row["c35_student"] for row in pq.read_table(after.path).to_pylist()}
    assert {name: found[key] for key, name in {key: name for name, key in keys.items()}.items()} == {
        "student": 1.0,
        "student before": 0.0,
        "student without income": 1.0,
        "nothing known": None,
    }
    again = {path.name for path in stages.glob("*.parquet") if made.get(path.name) != path.stat().st_mtime_ns}
    assert again == {"measured.parquet", "outcomes.parquet", "cohort.parquet"}


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ('"code_in"', '"code_inn"', "Unknown recipe"),
        ('"secmbus"', '"secmbuss"', "unknown table"),
        ('"secmbus"', "3", "table = 3"),
        ('column = "secm"', 'column = "secmm"', "secmbus lacks"),
        ('codes = ["26", "31"]', 'codez = ["26"]', "unknown: codez"),
        (', codes = ["26", "31"]', "", "neither codes nor from"),
        ('codes = ["26", "31"]', 'codes = "26"', "a list of texts"),
        ('codes = ["26", "31"]', 'codes = ["26", "99"]', "99"),
        ('take = "code_in", table = "secmbus", column = "secm", codes = ["26", "31"]',
         'take = "above", of = "c35_incom", bound = 1', "unknown outcome"),
        ('codes = ["26", "31"]', 'codes = ["26", "31"], on = "lastday"', "last_day or first_day or birthday"),
        ('take = "code_in", table = "secmbus", column = "secm", codes = ["26", "31"]',
         'take = "neighbourhood_mean", of = "income_bellow", bound = 0.5', "income_below, income_above"),
        ('take = "code_in", table = "secmbus", column = "secm", codes = ["26", "31"]',
         'take = "neighbourhood_mean", of = "codes"', "income_below, income_above"),
        ('take = "code_in", table = "secmbus", column = "secm", codes = ["26", "31"]',
         'take = "neighbourhood_mean", of = "income_below"', "no bound"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_followed_is_told_before_anything_is_read(
    with_example: CohortDeclaration, tmp_path: Path, right: str, wrong: str, words: str
) -> None:
    text = (tmp_path / "age35.toml").read_text(encoding="utf-8")
    head, tail = text.rsplit("[[outcome]]", 1)
    assert right in tail
    (tmp_path / "age35.toml").write_text(f"{head}[[outcome]]{tail.replace(right, wrong)}", encoding="utf-8")
    with pytest.raises(DeclarationError, match="c35_student") as error:
        needs(read_cohort(tmp_path / "age35.toml"))
    assert words in str(error.value)
    assert needs(with_example).outcomes["c35_student"]
