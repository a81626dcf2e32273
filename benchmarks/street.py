"""The street for age35 with all its outcomes, command by command, at two scales: seconds, rates, memory, growth.

    python benchmarks/street.py [SMALL LARGE]     # default 0.1 1

Each command runs in its own process, so its peak memory is its own. Growth is the ratio of times over the ratio of
scales: 1 is linear, below 1 is better.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHILDREN = 900_000


def run(*words: str, cwd: Path) -> tuple[float, float, int]:
    """Seconds, peak memory in GB and exit code of one command."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "kansen.cli", *words], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss / 1e6, os.waitstatus_to_exitcode(status)


def street(scale: float, folder: Path) -> dict[str, float]:
    """Run synth, build and audit at one scale; print a line each; return the seconds."""
    commands = {
        "synth": ["synth", "registers", "--cohort", "age35", "--scale", str(scale)],
        "build": ["build", "registers", "--out", "release"],
        "audit": ["audit", "release"],
    }
    seconds: dict[str, float] = {}
    for name, words in commands.items():
        spent, memory, code = run(*words, cwd=folder)
        assert code in (0, 1 if name == "audit" else 0), f"{name} ended with {code}"
        seconds[name] = spent
        rate = CHILDREN * scale / spent
        print(f"scale {scale:<5g} {name:<6} {spent:7.1f} s  {rate:9,.0f} children per second  {memory:5.2f} GB at most")
    total = sum(seconds.values())
    print(f"scale {scale:<5g} whole  {total:7.1f} s  {CHILDREN * scale / total:9,.0f} children per second")
    return {**seconds, "whole": total}


def main() -> None:
    """Measure both scales and print how time grows."""
    small, large = (float(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (0.1, 1.0)
    found = []
    for scale in (small, large):
        with tempfile.TemporaryDirectory() as folder:
            found.append(street(scale, Path(folder)))
    for name in found[0]:
        growth = found[1][name] / found[0][name] / (large / small)
        print(f"growth {name:<6} {growth:.2f} of linear from scale {small:g} to {large:g}")


if __name__ == "__main__":
    main()
