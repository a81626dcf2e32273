"""Net worth of the parents of age 35, written by hand: which households, in which of two years, and what rank that is.

Everybody is born in 1983: the year is 2008 (25 years later), and 2009 for who has nothing known in 2008. Amounts are in
euros of 2020, when prices stood at 107.51; in 2008 at 89.37, in 2009 at 90.44.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohorts import handmade, handmade_age35, worlds
from cohorts.handmade import KOPPEL, NORMAL
from kansen.cohorts import load_cohort
from kansen.cohorts.prices import price_factor

UNKNOWN = 99999999999.0

# year -> mother's household and father's household, by name; then the net worth of each household in that year
Year = tuple[str | None, str | None, dict[str, float]]
PARENTS: dict[str, dict[int, Year]] = {
    "one household": {2008: ("a", "a", {"a": 100_000.0})},
    "two households": {2008: ("a", "b", {"a": 30_000.0, "b": 50_000.0})},
    "mother's not known": {2008: ("a", "b", {"a": UNKNOWN, "b": 20_000.0})},
    "father in no household": {2008: ("a", None, {"a": 10_000.0})},
    "debts": {2008: ("a", "b", {"a": -50_000.0, "b": 1_000.0})},
    # 20,100 euros of 2009 are worth less than 20,000 of 2008
    "known a year later": {2008: ("a", "a", {"a": UNKNOWN}), 2009: ("a", "a", {"a": 20_100.0})},
    "parted in the year after": {2008: ("a", "a", {}), 2009: ("a", "b", {"a": 40_000.0, "b": 30_000.0})},
    # what is known in 2008 decides, however little
    "less known before": {2008: ("a", "b", {"a": UNKNOWN, "b": 5_000.0}), 2009: ("a", "b", {"a": 1e6, "b": 1e6})},
    "two years too late": {2010: ("a", "a", {"a": 70_000.0})},
    "never": {},
}
LADDER = [
    "debts", "less known before", "father in no household", "known a year later", "mother's not known",
    "parted in the year after", "two households", "one household",
]  # fmt: skip


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float | None]:
    root = tmp_path_factory.mktemp("wealth") / "registers"
    parent = {**NORMAL["mother"], "incomes": {2003: 20000}}
    names = handmade_age35.write(root, {name: {"mother": parent, "father": parent} for name in PARENTS})
    for number, name in enumerate(PARENTS, 1):
        for year, (mother, father, worth) in PARENTS[name].items():
            for step, household in ((1, mother), (2, father)):
                if household is not None:
                    lives = {"RINPERSOONSKERN": "R", "RINPERSOONKERN": _household(number, household)}
                    person = handmade.person(100_000_000 + 10 * number + step)
                    row = {"RINPERSOONS": "R", "RINPERSOON": person, **lives}
                    _append(root / f"{KOPPEL}/Koppeltabel_IPI_IHI_IVB{year}.parquet", row)
            for household, amount in worth.items():
                lives = {"RINPERSOONSHKW": "R", "RINPERSOONHKW": _household(number, household)}
                amounts = {"VEHW1000VERH": amount, "VEHWVEREXEWH": amount}
                _append(root / f"InkomenBestedingen/VEHTAB/VEH{year}TABV1.parquet", {**lives, **amounts})
    built = worlds.follow(load_cohort("age35"), root, root.with_name("vault"))
    found = {row["person"]: row["wealth_rank"] for row in pq.read_table(built.path).to_pylist()}
    return {name: found[key] for name, key in names.items()}


def _household(number: int, name: str) -> str:
    return f"{500_000_000 + 10 * number + 'ab'.index(name):09d}"


def _append(path: Path, row: dict[str, Any]) -> None:
    pq.write_table(pa.Table.from_pylist([*pq.read_table(path).to_pylist(), row]), path)


def test_the_ladder_of_wealth(ranks: dict[str, float | None]) -> None:
    assert price_factor(2008, 2020) < 20_000 / 20_100 * price_factor(2009, 2020)
    assert {name: ranks[name] for name in LADDER} == {name: place / 8 for place, name in enumerate(LADDER, 1)}


@pytest.mark.parametrize("name", ["two years too late", "never"])
def test_wealth_of_no_year_that_counts_has_no_rank(ranks: dict[str, float | None], name: str) -> None:
    assert ranks[name] is None
