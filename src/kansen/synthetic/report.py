"""How the synthetic country compares with the figures it is tuned to, as computed from cohorts.

::

    python -m kansen.synthetic.report PLACE

`PLACE` is the folder with the cohorts that `kansen build` leaves in its vault (`RELEASE.vault/cohorts`), so what is
compared is what comes out of the registers, not the model behind them; or one cohort file; or the folder `truth` of
the synthetic registers, to compare what the truth expects. Prints the tables of docs/synthetic.md.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kansen.errors import UsageError
from kansen.synthetic.adult_figures import adult_figures
from kansen.synthetic.figures import Cohort, Figure
from kansen.synthetic.windows import load_windows
from kansen.synthetic.young_figures import young_figures

PREFIXES = {
    "age35": "c35_",
    "age21": "c21_",
    "age16": "c16_",
    "prim8_a": "c11_a_",
    "prim8_b": "c11_b_",
    "newborns": "c00_",
}
"""What the names of the outcomes of each cohort begin with."""
CHILDREN = {"age35": "children"}
"""Names of the files of the truth that are not the cohort's."""
EXPECTED = "expected_"
"""What the truth puts before the name of an outcome."""


def figures(tables: Mapping[str, pa.Table]) -> list[Figure]:
    """All tuned figures of the given cohorts (by name), in the order of docs/synthetic.md."""
    cohorts = {name: Cohort(table, PREFIXES[name]) for name, table in tables.items()}
    adults = [figure for name in cohorts if name == "age35" for figure in adult_figures(cohorts[name])]
    return [*adults, *young_figures(cohorts)]


def read_cohorts(place: Path) -> dict[str, pa.Table]:
    """The cohorts at a place: those of a vault, those that a `truth` expects, or one cohort file.

    Raises `UsageError` where none is found.
    """
    if place.is_file():
        table = pq.read_table(place)
        return {_cohort_of(place, table): table}
    found = {name: place / name / "cohort.parquet" for name in load_windows()}
    truth = {name: place / f"{CHILDREN.get(name, name)}.parquet" for name in load_windows()}
    tables = {name: pq.read_table(path) for name, path in found.items() if path.is_file()}
    tables |= {name: expected(pq.read_table(path)) for name, path in truth.items() if path.is_file()}
    if not tables:
        raise UsageError(
            "There is no cohort to compare",
            where=place,
            found="neither COHORT/cohort.parquet nor COHORT.parquet",
            expected="the folder `cohorts` of a vault, or `truth` of synthetic registers",
        )
    return tables


def expected(table: pa.Table) -> pa.Table:
    """A table of the truth as if what is expected were what happened; of adults, who reach the end of the cohort."""
    if "final" in table.column_names:
        table = table.filter(table.column("final"))
    return table.rename_columns([name.removeprefix(EXPECTED) for name in table.column_names])


def _cohort_of(path: Path, table: pa.Table) -> str:
    for name, prefix in PREFIXES.items():
        if any(column.startswith(prefix) for column in table.column_names):
            return name
    raise UsageError(
        "This is not a file of a cohort of the synthetic country",
        where=path,
        found=", ".join(table.column_names[:5]),
        expected="outcomes that begin with " + ", ".join(PREFIXES.values()),
    )


def markdown(rows: list[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| figure | source | wanted | from the cohort | holds |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row.name} | {row.source} | {row.wanted} | {row.shown} | {'yes' if row.holds else 'no'} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table for the place named on the command line."""
    sys.stdout.write(markdown(figures(read_cohorts(Path(sys.argv[1])))) + "\n")


if __name__ == "__main__":
    main()
