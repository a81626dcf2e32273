"""Nothing is missing: every table and year that a cohort takes is written, at the smallest scale and for it alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kansen import cohorts, registers, synthetic
from kansen.synthetic.country import SMALLEST
from kansen.synthetic.files import TableFile
from kansen.synthetic.strangers import NUMBER, stranger

EVERY = (*synthetic.COHORTS, *synthetic.OF_RESIDENTS)


@pytest.fixture(scope="module")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("smallest") / "registers"
    synthetic.write(root, scale=SMALLEST, seed=3, cohorts=EVERY)
    return root


def _check(root: Path, names: tuple[str, ...]) -> registers.Readiness:
    return registers.check(registers.find(root), {name: cohorts.needs(cohorts.load_cohort(name)) for name in names})


def test_the_smallest_country_has_about_a_thousand_people(smallest: Path) -> None:
    persons = pq.read_table(smallest / "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1.parquet")
    assert 500 < persons.num_rows < 4000


def test_the_smallest_country_has_all_that_all_cohorts_take(smallest: Path) -> None:
    found = _check(smallest, tuple(cohorts.cohort_ids()))
    assert [one.id for one in found.cohorts] == list(cohorts.cohort_ids())
    for one in found.cohorts:
        assert not one.lacks, one.id
        assert not {name: lacks for name, lacks in one.outcomes.items() if lacks}, one.id
    assert not found.delivery.notes


@pytest.mark.parametrize("name", EVERY)
def test_one_cohort_alone_has_all_that_it_takes(tmp_path: Path, name: str) -> None:
    synthetic.write(tmp_path / "registers", scale=SMALLEST, seed=4, cohorts=[name])
    (found,) = _check(tmp_path / "registers", (name,)).cohorts
    assert not found.lacks
    assert not {outcome: lacks for outcome, lacks in found.outcomes.items() if lacks}


def test_years_follow_one_another(smallest: Path) -> None:
    """Every yearly table of a country with all cohorts runs from its first to its last year."""
    delivery = registers.find(smallest)
    files = delivery.files
    for table in {table for table, _ in files if delivery.catalogue.table(table).kind == "yearly"}:
        found = sorted(year for other, year in files if other == table and year)
        assert found == list(range(found[0], found[-1] + 1)), table


@pytest.mark.parametrize(
    "table", ["sch", "do", "doodoorz", "jgdbescherm", "gbaoverlijden", "onderwijsinschr", "inschrwpo"]
)
def test_a_stranger_has_the_columns_of_the_table(smallest: Path, tmp_path: Path, table: str) -> None:
    row = stranger(table, 2012)
    assert row is not None
    year = min(year for other, year in registers.find(smallest).files if other == table and year)
    path = Path(registers.find(smallest).files[table, year].path)
    file = TableFile(tmp_path / "table.parquet")
    file.append(row)
    file.close()
    assert set(pq.read_schema(tmp_path / "table.parquet").names) == set(pq.read_schema(path).names)


def test_nobody_of_the_country_is_the_stranger(smallest: Path) -> None:
    persons = pq.read_table(smallest / "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1.parquet")
    assert not pc.any(pc.equal(persons.column("RINPERSOON"), pa.scalar(NUMBER.decode()))).as_py()
    assert stranger("inpa", 2012) is None
