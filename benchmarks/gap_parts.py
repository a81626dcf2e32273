"""What gaps go with, of every declared pair of groups, in the country, provinces and municipalities.

    python benchmarks/gap_parts.py [--children N]

A made-up cohort (see `estimation.py`) with the outcome `c35_employed`, decomposed as age35 declares it.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from estimation import cohort

from kansen import measures, moments
from kansen.cohorts import load_cohort
from kansen.geography import Areas, load_areas


def rows(children: int, areas: Areas) -> pa.Table:
    """A cohort file: two children to a household, and work that goes with the rank of the parents."""
    rng = np.random.default_rng(5)
    table = cohort(children, 0, areas)
    works = rng.random(children) < 0.6 + 0.3 * table.column("income_rank").to_numpy()
    columns = {
        "household": pa.array([str(number // 2) for number in range(children)]),
        "birth_year": pa.array(rng.integers(1981, 1986, children)),
        "c35_employed": pa.array(works.astype(float)),
    }
    for name, values in columns.items():
        if name not in table.column_names:
            table = table.append_column(name, values)
    return table


def main() -> None:
    """Run, and print the time and the memory."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--children", type=int, default=1_000_000)
    given = options.parse_args()
    areas, declared = load_areas(), load_cohort("age35")
    [background] = [one for one in declared.decompositions if one.id == "background"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cohort.parquet"
        pq.write_table(rows(given.children, areas), file)
        start, used = time.perf_counter(), time.process_time()
        found = measures.gap_parts(
            file, declared.outcome("c35_employed"), background, areas, moments.load_grid("income")
        )
        clock, processor = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{given.children:,} children: {len(found):,} gaps in {clock:.1f} s ({processor:.1f} s of processor time), "
        f"at most {peak:.2f} GB"
    )


if __name__ == "__main__":
    main()
