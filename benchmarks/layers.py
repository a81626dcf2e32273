"""How fast layers are written, and how fast the server answers them.

Makes a release of invented figures of a realistic size (areas and groups as large as in a cohort of 900,000 children),
then asks a server on this machine for layers one after the other over one connection.

    python benchmarks/layers.py [OUTCOMES]
"""

from __future__ import annotations

import http.client
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn

from kansen.atlas import create_app
from kansen.atlas.server import listen
from kansen.cohorts import load_cohort, load_themes
from kansen.cohorts.declarations import Label, Outcome
from kansen.geography import Areas, load_areas
from kansen.moments.grid import Grid, load_grid
from kansen.protection import Protected, already_published, load_profile
from kansen.protection.protected import ProtectedSummary, token
from kansen.release import Release, open_release
from kansen.release.layers import pack
from kansen.release.writer import ReleaseWriter

CHILDREN = 900_000
REQUESTS = 5_000
SHARES = {
    "sex": {"all": 1.0},
    "origin": {"all": 1.0, "none": 0.82, "any": 0.18, "other": 0.09},
    "household": {"all": 1.0, "two": 0.86, "single": 0.12},
}
"""What part of the children belongs to a group; members that are not named count for half (sex) or 2 % (origin)."""


def group_sizes(grid: Grid) -> np.ndarray:
    """About which part of all children is in each group, shape (groups,)."""
    position = np.array([1.0 if p.range is None else p.range[1] - p.range[0] for p in grid.positions])
    sex = np.array([SHARES["sex"].get(m.id, 0.5) for m in grid.sex.members])
    origin = np.array([SHARES["origin"].get(m.id, 0.02) for m in grid.origin.members])
    household = np.array([SHARES["household"].get(m.id, 0.5) for m in grid.household.members])
    return np.einsum("i,j,k,l->ijkl", position, sex, origin, household).ravel()


def invent(outcome: Outcome, level: str, areas: Areas, grid: Grid, seed: int) -> Protected:
    """Figures of one level: those cells that would have at least ten children."""
    rng = np.random.default_rng(seed)
    people = np.nan_to_num(areas.table(level).population, nan=500.0)
    expected = CHILDREN * np.outer(group_sizes(grid), people / people.sum())
    counts = rng.poisson(expected)
    group, area = np.nonzero(counts >= 10)
    n = counts[group, area]
    is_money = outcome.kind == "money"
    centre, spread, digits = (31_000, 18_000, 0) if is_money else (0.3, 0.45, 4)
    est = centre + spread * (0.2 * rng.normal(size=len(people))[area] + rng.normal(size=len(n)) / np.sqrt(n))
    half = 1.96 * spread / np.sqrt(n)
    columns = {
        "area": area.astype(np.int32),
        "group": group.astype(np.int32),
        "n": n,
        "est": np.round(est, digits),
        "lwr": np.round(est - half, digits),
        "upr": np.round(est + half, digits),
    }
    limits = {"A": 0.5, "B": 1.5}
    return already_published(
        outcome, level, areas.ids(level), grid.groups, columns, source="invented", spread=spread / 5, limits=limits
    )


def write(out: Path, outcomes: list[Outcome]) -> None:
    """Write the release and report the rate."""
    areas, grid = load_areas(), load_grid()
    figures = [[invent(o, level, areas, grid, i) for level in areas.levels] for i, o in enumerate(outcomes)]
    summaries = [ProtectedSummary(o, None, None, None, _token=token()) for o in outcomes]
    cells = sum(part.cells for parts in figures for part in parts)
    with ReleaseWriter(
        out,
        cohorts=[load_cohort("age35")],
        grid=grid,
        areas=areas,
        themes=load_themes(),
        title=Label("Verzonnen", "Invented"),
        synthetic=True,
        inputs=[],
        engine="none",
        profile=load_profile("kansenkaart").public(),
        draw=lambda areas, level, view: pack(b"{}"),
    ) as writer:
        started = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(writer.add, summaries, figures))
        spent = time.perf_counter() - started
    size = sum(path.stat().st_size for path in (out / "layers").glob("*.bin"))
    print(f"wrote {len(outcomes)} outcomes, {cells:,} figures in {spent:.1f} s")
    print(f"  {cells / spent:,.0f} figures per second, {size / cells:.1f} bytes a figure")


@contextmanager
def serving(release: Release) -> Iterator[int]:
    """A server in a thread of its own; gives the port."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(release, None), log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def ask(port: int, paths: list[str]) -> list[tuple[float, int]]:
    """Seconds and bytes per request, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    found = []
    for path in paths:
        started = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        found.append((time.perf_counter() - started, len(body)))
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
    connection.close()
    return found


def main() -> None:
    """Write, serve, ask, report."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    outcomes = list(load_cohort("age35").outcomes[:wanted])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "release"
        write(out, outcomes)
        started = time.perf_counter()
        with open_release(out) as release:
            print(f"opened in {1000 * (time.perf_counter() - started):.2f} ms")
            choose = random.Random(1)
            groups = release.group_ids
            paths = [
                f"/api/v1/layers/{choose.choice(outcomes).id}/{choose.choice(release.levels)}/{choose.choice(groups)}"
                for _ in range(REQUESTS)
            ]
            largest = [f"/api/v1/layers/{o.id}/{level}/{groups[0]}" for o in outcomes for level in ("wijk", "pc4")]
            with serving(release) as port:
                ask(port, paths[:200])
                times = np.array([seconds for seconds, _ in ask(port, paths)])
                full = ask(port, largest)
                full_times = np.array([seconds for seconds, _ in ask(port, largest * 50)])
    median, high = 1000 * np.quantile(times, (0.5, 0.99))
    print(f"any layer: {len(times) / times.sum():,.0f} per second, median {median:.2f} ms, 99 % within {high:.2f} ms")
    print(f"largest layers (everybody, wijk and pc4): median {1000 * np.median(full_times):.2f} ms")
    print(f"  compressed size at most {max(size for _, size in full) / 1000:.1f} kB")


if __name__ == "__main__":
    main()
