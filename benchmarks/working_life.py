"""Working life: residents and their tables, the panel of incomes, its spells, and both cohorts; time, memory, growth.

    python benchmarks/working_life.py [SMALL LARGE]     # default 0.02 0.1; 1 is nine million people in each of 20 years

Each step of each scale runs in its own process, so that its peak memory is its own. Growth is the ratio of times over
the ratio of scales: 1 is linear, below 1 is better.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kansen import pipeline, registers, synthetic
from kansen.cohorts import load_cohort
from kansen.cohorts.panel import build_panel
from kansen.engine import load_engine
from kansen.geography import load_areas
from kansen.measures.national import national_spells
from kansen.progress import Quiet

YEARS = range(2003, 2023)
STEPS = ("synth", "panel", "spells", "cohorts")


def run(step: str, folder: Path, scale: float) -> None:
    """One step in this process."""
    root, vault = folder / "registers", folder / "vault"
    if step == "synth":
        synthetic.write(root, scale=scale, seed=1, cohorts=synthetic.OF_RESIDENTS)
        return
    if step == "spells":
        declared = load_cohort("working_life").spells
        assert declared is not None
        told = national_spells(sorted((vault / "panel").glob("incomes-*.parquet")), declared)
        found, falls = told.corrected, told.low.trend(*declared.trend)
        assert found is not None
        assert falls is not None
        print(
            f"    leaving a low income changes {100 * falls.slope:.2f} points a year (z {falls.z:.0f}); by length "
            f"{found.slope:.2f} ({found.slope_se:.2f}), frailty {found.variance:.2f}",
            file=sys.stderr,
        )
        return
    engine = load_engine("duckdb", vault / "scratch")
    try:
        if step == "panel":
            build_panel(registers.find(root), vault, engine, YEARS)
        else:
            declared = [load_cohort(name) for name in synthetic.OF_RESIDENTS]
            pipeline.follow(declared, registers.find(root), vault, engine, load_areas(), Quiet(), named=True)
    finally:
        engine.close()


def measured(scale: float) -> dict[str, tuple[float, float]]:
    """Seconds and peak memory (GB) of every step at one scale."""
    out: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            said = subprocess.run(
                [sys.executable, __file__, "--step", step, folder, str(scale)],
                check=True, stdout=subprocess.PIPE, text=True,
            ).stdout  # fmt: skip
            out[step] = tuple(json.loads(said))
    return out


def main(small: float, large: float) -> None:
    """Both scales, and how the one grows into the other."""
    found = {scale: measured(scale) for scale in (small, large)}
    print(f"{'step':10}{'scale ' + format(small, 'g'):>20}{'scale ' + format(large, 'g'):>20}{'growth':>10}")
    for step in STEPS:
        one, other = found[small][step], found[large][step]
        growth = (other[0] / one[0]) / (large / small)
        cells = "".join(f"{seconds:>11.1f} s {memory:>4.1f} GB" for seconds, memory in (one, other))
        print(f"{step:10}{cells}{growth:>10.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        started = time.perf_counter()
        run(sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps([time.perf_counter() - started, peak]))
    else:
        main(*(float(scale) for scale in sys.argv[1:3]) if len(sys.argv) > 2 else (0.02, 0.1))
