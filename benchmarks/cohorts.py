"""All cohorts from their registers: rows per second of every stage, peak memory, and how each grows with the country.

    python benchmarks/cohorts.py [SMALL LARGE]     # default 0.1 1; a folder of kansen synth instead of a scale is read

Each scale runs in its own process, so its peak memory is its own. `convert` is every delivered table, checked and
written once; a stage is the same step of all cohorts together, in rows that it writes. Growth is the ratio of times
over the ratio of rows: 1 is linear, below 1 is better.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from kansen import pipeline, synthetic
from kansen.progress import Task


class Recorder:
    """Progress that keeps what was done, how much of it, and how long it took."""

    def __init__(self) -> None:
        self.done: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    @contextmanager
    def _timed(self, what: str) -> Iterator[Task]:
        started, counter = time.perf_counter(), _Counter()
        yield counter
        entry = self.done[_stage(what)]
        entry[0] += counter.units
        entry[1] += time.perf_counter() - started

    def task(self, what: str, total: int | None = None, unit: str = "rows") -> AbstractContextManager[Task]:
        """A step, timed."""
        return self._timed(what)

    def say(self, text: str) -> None:
        """Nothing."""


class _Counter:
    def __init__(self) -> None:
        self.units = 0

    def advance(self, units: int = 1) -> None:
        self.units += units


def _stage(what: str) -> str:
    """The stage that a step belongs to."""
    if what.startswith("Reading"):
        return "convert"
    name = what.partition(": ")[2]
    return "values" if name.startswith(("values-", "pupils-", "pc4-", "neighbours-")) else name or what


def measure(registers: Path) -> None:
    """Build everything from `registers` and print, as JSON, rows and seconds per stage, and the peak memory."""
    recorder, started = Recorder(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        pipeline.build(registers, Path(folder) / "release", progress=recorder)
    whole = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"stages": {**recorder.done, "whole": [0, whole]}, "memory": memory}))


def main() -> None:
    """Measure both scales, each in its own process, and print how every stage grows."""
    if sys.argv[1:2] == ["--one"]:
        return measure(Path(sys.argv[2]))
    found: list[dict[str, list[float]]] = []
    for word in sys.argv[1:] or ["0.1", "1"]:
        with tempfile.TemporaryDirectory() as folder:
            registers = Path(word)
            if not registers.is_dir():
                registers = Path(folder) / "registers"
                synthetic.write(registers, scale=float(word))
            command = [sys.executable, __file__, "--one", str(registers)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for name, (rows, seconds) in told["stages"].items():
            rate = f"{rows / seconds:12,.0f} per second" if rows and seconds else ""
            print(f"{word:<8} {name:<20} {rows:14,.0f} {seconds:8.1f} s {rate}")
        print(f"{word:<8} at most {told['memory']:.2f} GB", flush=True)
        found.append(told["stages"])
    if len(found) == 2:
        size = found[1]["convert"][0] / found[0]["convert"][0]
        for name in found[0]:
            if found[0][name][1] > 0.5 and name in found[1]:
                growth = found[1][name][1] / found[0][name][1] / size
                print(f"growth {name:<20} {growth:.2f} of linear, of {size:.1f} times the rows")
    return None


if __name__ == "__main__":
    main()
