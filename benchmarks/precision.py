"""How fast rank sets, shrunk figures and local clusters are worked out from published figures.

Invented figures of 342 municipalities for 100 outcomes, about as sure as those of a cohort of 900,000 children; rank
sets, marginal and simultaneous, beside the same procedure in plain numpy. Nothing is read from a release.

    python benchmarks/precision.py [OUTCOMES]
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kansen.geography import load_areas
from kansen.precision import rank_sets, shrink, shrink_close

DRAWS = 1000


def invent(outcomes: int) -> tuple[np.ndarray, np.ndarray]:
    """Figures and standard errors, shape (outcomes, 342): errors of 0.05 to 0.6 of the spread between areas."""
    people = load_areas().table("municipality").population
    rng = np.random.default_rng(1)
    se = 0.2 * np.sqrt(np.median(people) / people) * rng.uniform(0.6, 1.8, (outcomes, 1))
    return rng.normal(0, 1, se.shape) + rng.normal(0, se), se


def plain(est: np.ndarray, se: np.ndarray) -> np.ndarray:
    """The lower ends of simultaneous sets, in numpy: what the paper says, with no thought of speed."""
    count = len(est)
    z = np.random.default_rng(2).standard_normal((DRAWS, count)) * se
    error = np.sqrt(se[:, None] ** 2 + se[None, :] ** 2)
    statistic, active = (est[:, None] - est[None, :]) / error, ~np.eye(count, dtype=bool)
    while True:
        largest = np.array([((one[:, None] - one[None, :]) / error)[active].max() for one in z])
        new = active & (statistic > np.quantile(largest, 0.95))
        if not new.any():
            return 1 + (~active & ~np.eye(count, dtype=bool)).sum(axis=0)
        active &= ~new


def main() -> None:
    outcomes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    est, se = invent(outcomes)
    rank_sets(est[0, :5], se[0, :5])  # compiled once, then kept
    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda i: rank_sets(est[i], se[i], draws=DRAWS), range(outcomes)))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    width = np.mean([(one.high_all - one.low_all).mean() for one in found])
    each = f"{cpu / outcomes:.2f} s of processor time each"
    print(f"rank sets of 342 areas: {outcomes} outcomes in {seconds:.0f} s, {each};")
    print(f"  sets span {width:.0f} places on average")
    start = time.perf_counter()
    by_hand = plain(est[0], se[0])
    once = time.perf_counter() - start
    start = time.perf_counter()
    ours = rank_sets(est[0], se[0], draws=DRAWS)
    times = once / (time.perf_counter() - start)
    print(f"  plain numpy, simultaneous sets only: {times:.1f} times as long; ", end="")
    print(f"ends differ by {np.abs(by_hand - ours.low_all).max()} places at most")
    for name, shrinking in (("one prior", shrink), ("by precision", shrink_close)):
        start = time.perf_counter()
        for i in range(outcomes):
            shrinking(est[i], se[i])
        print(f"shrunk figures, {name}: {outcomes / (time.perf_counter() - start):.0f} outcomes per second")


if __name__ == "__main__":
    main()
