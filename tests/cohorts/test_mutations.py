"""Whole cohorts from spoilt tables: a clear error, or a result in which every child is there or accounted for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import readstat_arrow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts import worlds
from kansen import registers
from kansen.cohorts import Cohort, load_cohort, needs
from kansen.errors import KansenError

TEXTS = ["----", "-", "", " ", "x", "é", "0", "00", "1", "12", "999999999", "9999999999", "88888888", "99991231",
         "20150230", "19980615", "R", "G", "000000000", "100000010", "9" * 40]  # fmt: skip
NUMBERS = [None, 0.0, -1.0, 1.5, 999999999.0, 9999999999.0, 1e12, float("nan"), float("inf")]

Rows = list[dict[str, Any]]


def wrong_value(data: random.Random, rows: Rows) -> Rows:
    """A few values become something else, of the same type or not."""
    for _ in range(data.randint(1, 4)):
        row = data.choice(rows)
        name = data.choice(sorted(row))
        row[name] = data.choice(NUMBERS if isinstance(row[name], float) else [*TEXTS, None])
    return rows


def other_value(data: random.Random, rows: Rows) -> Rows:
    """A value moves to another row."""
    for _ in range(data.randint(1, 4)):
        one, other = data.choice(rows), data.choice(rows)
        name = data.choice(sorted(one))
        one[name] = other[name]
    return rows


def as_text(data: random.Random, rows: Rows) -> Rows:
    """A column of numbers becomes text, or of text numbers."""
    name = data.choice(sorted(rows[0]))
    for row in rows:
        value = row[name]
        row[name] = str(value) if isinstance(value, float) else float(value) if str(value).isdigit() else None
    return rows


def repeated(data: random.Random, rows: Rows) -> Rows:
    """Rows occur again, perhaps with another value: keys are no longer unique, spells overlap."""
    again = [dict(row) for row in data.choices(rows, k=data.randint(1, 5))]
    return rows + (wrong_value(data, again) if data.random() < 0.5 else again)


def fewer(data: random.Random, rows: Rows) -> Rows:
    """Rows are gone."""
    return [row for row in rows if data.random() < 0.7] or rows[:1]


def shuffled(data: random.Random, rows: Rows) -> Rows:
    """Rows are in another order."""
    return data.sample(rows, len(rows))


def without_column(data: random.Random, rows: Rows) -> Rows:
    """A column is gone."""
    name = data.choice(sorted(rows[0]))
    return [{key: value for key, value in row.items() if key != name} for row in rows]


CHANGES: list[Callable[[random.Random, Rows], Rows]] = [
    wrong_value, wrong_value, other_value, other_value, as_text, repeated, repeated, fewer, shuffled, without_column,
]  # fmt: skip


@dataclass(frozen=True)
class Delivered:
    """Sound tables, the vault of a cohort that was built from them, and how many children it follows."""

    cohort: str
    root: Path
    vault: Path


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Delivered]:
    made: dict[str, Delivered] = {}

    def delivered(cohort: str) -> Delivered:
        if cohort not in made:
            folder = tmp_path_factory.mktemp(cohort)
            worlds.write(cohort, folder / "in")
            worlds.follow(load_cohort(cohort), folder / "in", folder / "vault")
            made[cohort] = Delivered(cohort, folder / "in", folder / "vault")
        return made[cohort]

    return delivered


MANY_ROWS = ["GBAADRESOBJECT*", "GBAHUISHOUDENS*", "VSLPOSTCODE*", "LEVCYCL*", "INSCHRWPO*", "JGDBESCHERM*"]


def test_rows_that_occur_twice_do_not_multiply_children(tmp_path: Path) -> None:
    """In tables that may hold several rows per person or dwelling; in the others they are refused."""
    worlds.write("prim8_a", tmp_path / "in")
    for path in [path for pattern in MANY_ROWS for path in (tmp_path / "in").rglob(f"{pattern}.parquet")]:
        table = pq.read_table(path)
        pq.write_table(pa.concat_tables([table, table]), path)
    built = worlds.follow(load_cohort("prim8_a"), tmp_path / "in", tmp_path / "vault")
    account(built, Delivered("prim8_a", tmp_path / "in", tmp_path / "vault"))
    assert built.children == 12


SOME = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
CHOICES = st.tuples(st.integers(0, 2**32), st.lists(st.sampled_from(range(len(CHANGES))), min_size=1, max_size=3))


def tables_of(cohort: str) -> list[str]:
    """Every register table that the cohort, its outcomes and its predictors take."""
    return sorted({one.table for one in needs(load_cohort(cohort)).all()})


@pytest.mark.parametrize("cohort", sorted(worlds.WORLDS))
def test_every_table_of_a_cohort_is_there_to_be_spoilt(cohort: str, tmp_path: Path) -> None:
    worlds.write(cohort, tmp_path)
    assert {table for table, _ in registers.find(tmp_path).files} >= set(tables_of(cohort))


@pytest.mark.parametrize("cohort", sorted(worlds.WORLDS))
@settings(SOME, max_examples=2)
@given(chosen=CHOICES)
def test_children_of_a_spoilt_delivery_are_there_or_accounted_for(
    cohort: str, chosen: tuple[int, list[int]], deliveries: Callable[[str], Delivered]
) -> None:
    spoil_and_follow(deliveries(cohort), *chosen)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cohort", "table"), [(cohort, table) for cohort in worlds.WORLDS for table in tables_of(cohort)]
)
@settings(SOME, max_examples=4)
@given(chosen=CHOICES)
def test_children_are_there_or_accounted_for_whatever_table_is_spoilt(
    cohort: str, table: str, chosen: tuple[int, list[int]], deliveries: Callable[[str], Delivered]
) -> None:
    spoil_and_follow(deliveries(cohort), *chosen, table)


def spoil_and_follow(delivered: Delivered, seed: int, changes: list[int], table: str | None = None) -> None:
    """Change some files in a way that follows from `seed`, build the cohort in the vault that is there, restore.

    table : the register table that they are of; all by default.
    """
    data = random.Random(seed)
    before: dict[Path, bytes] = {}
    files = registers.find(delivered.root).files
    places = sorted(file.path for (name, _), file in files.items() if table in (None, name))
    try:
        for number in changes:
            path = data.choice(places)
            if not path.exists():  # it has become another format
                continue
            before.setdefault(path, path.read_bytes())
            rows = CHANGES[number](data, pq.read_table(path).to_pylist())
            if not save(path, rows, as_sav=data.random() < 0.3):
                return
        try:
            built = worlds.follow(load_cohort(delivered.cohort), delivered.root, delivered.vault)
        except KansenError as error:
            told = (error.exit_code, "Traceback" in str(error), len(error.what) > 0)
            assert told == (2, False, True)
            return
        account(built, delivered)
    finally:
        for path in delivered.root.rglob("*.sav"):
            path.unlink()
        for path, content in before.items():
            path.write_bytes(content)


def save(path: Path, rows: Rows, *, as_sav: bool) -> bool:
    """Write the rows instead of a table; False where no format holds them."""
    try:
        table = pa.Table.from_pylist(rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # text and numbers in one column
        names = sorted(rows[0])
        table = pa.table({name: [None if row[name] is None else str(row[name]) for row in rows] for name in names})
    if not table.column_names:
        return False
    if as_sav:
        readstat_arrow.write_sav(path.with_suffix(".sav"), table)
        path.unlink()
    else:
        pq.write_table(table, path)
    return True


def account(built: Cohort, delivered: Delivered) -> None:
    """Every child of the birth years is one row of the cohort, or was dropped by one rule of the attrition table."""
    persons = pq.read_table(built.path)["person"].to_pylist()
    assert [key for key, count in Counter(persons).items() if count > 1] == []
    steps = [row for row in built.attrition.steps() if row["level"] == "nl" and row["dimension"] == "all"]
    dropped = sum(row["dropped"] for row in steps)
    born = births(delivered)
    assert len(persons) == built.children == steps[-1]["left"]
    assert len(persons) + dropped == born == steps[0]["before"]
    assert all(row["before"] - row["dropped"] == row["left"] for row in steps)


def births(delivered: Delivered) -> int:
    """The children of the birth years in the table that tells who is followed."""
    first, last = load_cohort(delivered.cohort).births
    if load_cohort(delivered.cohort).population == "births":
        days = pq.read_table(delivered.vault / "registers" / "perined.parquet").to_pylist()
        known = [row["ddgeb"] for row in days if row["person"] is not None and row["ddgeb"] is not None]
        return sum(first <= (date(1970, 1, 1) + timedelta(days)).year <= last for days in known)
    people = pq.read_table(delivered.vault / "registers" / "gbapersoon_2023.parquet")
    return sum(first <= (year or 0) <= last for year in people["gbageboortejaar"].to_pylist())
