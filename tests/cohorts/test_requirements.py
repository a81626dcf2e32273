"""What a cohort is said to need is what building it reads, and what a check allows is what can be built."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import readstat_arrow

from cohorts import worlds
from kansen import registers
from kansen.cohorts import Cohort, load_cohort, needs
from kansen.errors import KansenError

Places = set[tuple[str, int | None, str]]
"""Table, year (of a yearly table) and column."""


def required(cohort: str) -> Places:
    """Every column that the declarations of a cohort ask for, with those that every row of their tables must have."""
    out: Places = set()
    told = needs(load_cohort(cohort))
    for need in [*told.cohort, *(one for own in (*told.outcomes.values(), *told.predictors.values()) for one in own)]:
        table = registers.load_catalogue().table(need.table)
        concepts = {template.column.concept for template in table.templates}
        for year in need.years or (None,):
            names = {table.named(one, year or 0) if one in concepts else one for one in need.columns}
            there = names if year is None else names & set(table.names(year))
            out |= {(table.id, year, name) for name in (*there, *table.required, *table.unique)}
    return out


def read(vault: Path) -> Places:
    """Every column that was converted."""
    out: Places = set()
    for path in (vault / "registers").glob("*.json"):
        record = json.loads(path.read_text())
        table = record["columns"], path.stem
        name, _, year = path.stem.rpartition("_")
        yearly = year.isdigit() and registers.load_catalogue().tables[name].kind == "yearly"
        id = name if year.isdigit() else path.stem
        out |= {(id, int(year) if yearly else None, column) for column in table[0]}
    return out


@pytest.mark.parametrize("cohort", sorted(worlds.WORLDS))
def test_what_a_cohort_reads_is_what_it_is_said_to_need(cohort: str, tmp_path: Path) -> None:
    worlds.write(cohort, tmp_path / "in")
    built = worlds.follow(load_cohort(cohort), tmp_path / "in", tmp_path / "vault")
    assert built.children == 12
    assert built.declaration.ids == load_cohort(cohort).ids
    assert read(tmp_path / "vault") == required(cohort)


TAKEN = ("c35_income", "c35_household_income", "c35_employed", "c35_hourly_wage", "c35_sum_gifts", "c35_wealth")
COHORT = replace(
    load_cohort("age35"), outcomes=tuple(outcome for outcome in load_cohort("age35").outcomes if outcome.id in TAKEN)
)
"""age35 with an outcome or two of each kind of table, some optional; the others take the same way and their time."""


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivered") / "in"
    worlds.write("age35", folder)
    return folder


def one(root: Path, name: str) -> Path:
    (found,) = root.rglob(f"{name}.parquet")
    return found


Change = Callable[[Path], object]


def each(*changes: Change) -> Change:
    """One change after the other."""
    return lambda root: [change(root) for change in changes]


def gone(*patterns: str) -> Change:
    def change(root: Path) -> None:
        for path in [path for pattern in patterns for path in root.rglob(f"{pattern}.parquet")]:
            path.unlink()

    return change


def without(name: str, *columns: str) -> Change:
    def change(root: Path) -> None:
        path = one(root, name)
        pq.write_table(pq.read_table(path).drop_columns(list(columns)), path)

    return change


def again(name: str, other: str) -> Change:
    def change(root: Path) -> None:
        shutil.copy(one(root, name), one(root, name).with_name(f"{other}.parquet"))

    return change


def renamed(name: str, other: str) -> Change:
    def change(root: Path) -> None:
        one(root, name).rename(one(root, name).with_name(f"{other}.parquet"))

    return change


def as_sav(name: str, *, keep: bool, encoding: bytes = b"UTF-8") -> Change:
    def change(root: Path) -> None:
        path = one(root, name)
        readstat_arrow.write_sav(path.with_suffix(".sav"), pq.read_table(path))
        content = path.with_suffix(".sav").read_bytes()
        path.with_suffix(".sav").write_bytes(content.replace(b"UTF-8", encoding))
        if not keep:
            path.unlink()

    return change


def damaged(name: str) -> Change:
    return lambda root: one(root, name).write_bytes(b"PAR1 and no more")


def emptied(name: str) -> Change:
    return lambda root: pq.write_table(pq.read_table(one(root, name)).slice(0, 0), one(root, name))


def elsewhere_and_other(name: str) -> Change:
    def change(root: Path) -> None:
        table = pq.read_table(one(root, name))
        (root / "copy").mkdir()
        pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), root / "copy" / f"{name}.parquet")

    return change


def doubled(name: str, column: str) -> Change:
    def change(root: Path) -> None:
        table = pq.read_table(one(root, name))
        pq.write_table(table.append_column(column.lower(), table[column]), one(root, name))

    return change


DELIVERIES: dict[str, tuple[Change, bool]] = {
    # what was done to the tables; whether the cohort can be built
    "nothing": (lambda root: None, True),
    "a table of the cohort gone": (gone("KINDOUDER*"), False),
    "a table of a required outcome gone": (gone("SECMBUS*"), False),
    "a table of an optional outcome gone": (gone("SPOLISBUS*"), True),
    "a table of a predictor gone": (gone("VEH*", "Koppeltabel*"), True),
    "the link gone, incomes instead": (gone("KOPPELPERSOONHUISHOUDEN201[5-9]", "KOPPELPERSOONHUISHOUDEN2020"), True),
    "the link gone, and the households of the incomes": (
        each(gone("KOPPELPERSOONHUISHOUDEN2016"), without("INPA2016TABV1", "RINPERSOONHKW")),
        False,
    ),
    "a year of the cohort gone": (gone("INHA2017*"), False),
    "a year between others of an optional outcome gone": (gone("SPOLISBUS2018*"), False),
    "the last year of an optional outcome gone": (gone("SPOLISBUS2020*"), False),
    "a year that nothing needs gone": (gone("KOPPELPERSOONHUISHOUDEN2012", "VEH2012*"), True),
    "V9 beside V10": (each(renamed("INPA2016TABV1", "INPA2016TABV10"), again("INPA2016TABV10", "INPA2016TABV9")), True),
    "V9 is damaged, V10 is not": (
        each(
            again("INPA2016TABV1", "INPA2016TABV10"),
            renamed("INPA2016TABV1", "INPA2016TABV9"),
            damaged("INPA2016TABV9"),
        ),
        True,
    ),
    "a key gone": (without("GBAPERSOON2023TABV1", "RINPERSOONS"), False),
    "the day of birth gone": (without("GBAPERSOON2023TABV1", "GBAGEBOORTEDAG"), False),
    "the father gone": (without("KINDOUDER2023TABV1", "RINPERSOONpa"), False),
    "the dwelling gone": (without("GBAADRESOBJECT2023BUSV1", "RINOBJECTNUMMER"), False),
    "the household of the link gone": (without("KOPPELPERSOONHUISHOUDEN2016", "RINPERSOONHKW"), False),
    "who received gifts gone": (without("SCH2012TABV1", "RINPERSOONONTVANGER"), False),
    "a column of an optional outcome gone": (without("SPOLISBUS2018V1", "SBASISUREN"), False),
    "a column that nothing needs gone": (without("KINDOUDER2023TABV1", "XKOPPELNUMMER"), True),
    "a column twice": (doubled("INHA2017TABV1", "INHBRUTINKH"), False),
    "another encoding": (as_sav("INPA2016TABV1", keep=False, encoding=b"CP125"), True),
    "as .sav and as .parquet": (as_sav("INPA2016TABV1", keep=True), True),
    "a stray file": (again("INPA2016TABV1", "INPA2016TABV1_old"), True),
    "two files for one year that differ": (elsewhere_and_other("INPA2016TABV1"), False),
    "a damaged file": (damaged("INPA2016TABV1"), False),
    "a damaged file that nothing needs": (damaged("KOPPELPERSOONHUISHOUDEN2012"), True),
    "a file without rows": (emptied("INHA2017TABV1"), False),
}


@pytest.fixture(scope="module")
def vault(delivered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vault of the sound delivery: what a delivery shares with it is not converted again."""
    folder = tmp_path_factory.mktemp("vault")
    worlds.follow(COHORT, delivered, folder)
    return folder


@pytest.mark.parametrize("name", DELIVERIES)
def test_what_a_check_allows_is_what_can_be_built(name: str, delivered: Path, vault: Path, tmp_path: Path) -> None:
    change, allowed = DELIVERIES[name]
    root, own = tmp_path / "in", tmp_path / "vault"
    shutil.copytree(delivered, root)
    shutil.copytree(vault, own)
    again("KOPPELPERSOONHUISHOUDEN2011", "KOPPELPERSOONHUISHOUDEN2012")(root)  # a year that the cohort does not take
    change(root)
    (told,) = registers.check(registers.find(root), {"age35": needs(COHORT)}).cohorts
    built, error = attempt(root, own)
    assert (told.can_be_built, error is None) == (allowed, allowed), (str(error), [one.words() for one in told.lacks])
    if built is not None:
        assert built.children == 12
        left_out = {id for id in COHORT.ids if id not in built.declaration.ids}
        assert left_out == {id for id in told.left_out if id in told.outcomes}


def attempt(root: Path, vault: Path) -> tuple[Cohort | None, KansenError | None]:
    try:
        return worlds.follow(COHORT, root, vault), None
    except KansenError as error:
        return None, error
