"""What each quirk of the published pipeline does to the figures, measured on one delivery.

    kansen synth DIR --scale 0.05
    python -m kansen.comparison DIR WORK --about "kansen synth DIR --scale 0.05" --docs docs
    make docs

Every cohort is built as declared, once; then with each quirk by itself, and with all of them, from the stages that the
quirk does not touch. What is found is kept in `cohorts/compat_effects.json` of the package, from which docs/compat.md
(`kansen.compatibility`) and `kansen build --explain-compat` are made, and in full in `compat-effects.csv` of the folder
of the documentation. Quirks and cohorts that were not measured this time keep what was found before, in both.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import isclose
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kansen import measures, moments, protection, registers
from kansen.cohorts import (
    COLUMNS,
    Cohort,
    Outcome,
    build_cohort,
    child_cohorts,
    load_cohort,
    positions_left_out,
    protection_changed,
    with_quirks,
)
from kansen.cohorts.compat import PUBLISHED, load_quirks
from kansen.cohorts.effects import SAME, Change, Effect, Measured, in_short, load_effects, save_effects
from kansen.cohorts.homes import BIRTH
from kansen.engine import Engine, load_engine
from kansen.errors import KansenError
from kansen.files import atomic_path, make_folder
from kansen.geography import load_areas
from kansen.progress import Lines, Progress, Quiet

ENOUGH = 50
"""A municipality with fewer children than this, before or after, is not looked at: it changes by chance."""

LOW = "income=low;all;all;all"
"""The group whose national figure tells what a change of ranks does."""

KEPT = 5
"""How many outcomes per quirk and cohort are kept for the page."""

PROFILE = "kansenkaart"

RANKS = ("income_rank", "wealth_rank")

FAR = 0.01
"""Ranks that differ by more than this are another rank: when others leave, everybody's moves a little."""

GROUPED = (*(name for name in COLUMNS if name not in ("person", "household", "birth_year")), *BIRTH)
"""The columns that say which group or area a child counts in."""


@dataclass(frozen=True)
class Figures:
    """The figures of one cohort under some quirks.

    national, low : per outcome the country's figure, for everybody and for children of parents with a low income.
    municipal : per outcome and municipality the figure for everybody and the children behind it.
    shown : per outcome the figures that pass protection, of the country, provinces, COROP regions and municipalities.
    """

    children: pa.Table
    national: Mapping[str, float | None]
    low: Mapping[str, float | None]
    municipal: Mapping[str, Mapping[str, tuple[float, int]]]
    shown: Mapping[str, int]

    @cached_property
    def persons(self) -> frozenset[str]:
        """The keys of the children."""
        return frozenset(self.children["person"].to_pylist())

    @cached_property
    def spread(self) -> dict[str, float]:
        """Per outcome the standard deviation of the municipalities' figures."""
        found = {id: [est for est, n in of.values() if n >= ENOUGH] for id, of in self.municipal.items()}
        return {id: float(np.std(values)) if len(values) > 1 else 0.0 for id, values in found.items()}


@dataclass(frozen=True)
class Bench:
    """Builds cohorts of one delivery, as declared and with quirks, in a folder of its own."""

    delivery: registers.Delivery
    work: Path
    engine: Engine
    progress: Progress

    def as_declared(self, id: str) -> Cohort:
        """The cohort without quirks; a finished one is reused."""
        return self._build(id, frozenset(), self.work / "as-declared")

    def with_quirks(self, id: str, quirks: frozenset[str]) -> Cohort:
        """The cohort with quirks, from links to the files of the one without, which stays as it is."""
        vault, base = self.work / "with-quirks", self.work / "as-declared"
        shutil.rmtree(vault, ignore_errors=True)
        folder = vault / "cohorts" / id
        make_folder(folder)
        (vault / "registers").symlink_to((base / "registers").resolve(), target_is_directory=True)
        for path in (base / "cohorts" / id).iterdir():
            os.link(path, folder / path.name)
        return self._build(id, quirks, vault)

    def _build(self, id: str, quirks: frozenset[str], vault: Path) -> Cohort:
        declared = with_quirks(load_cohort(id), quirks)
        return build_cohort(declared, self.delivery, vault, self.engine, load_areas(), self.progress)


def measure(
    root: Path,
    work: Path,
    cohorts: Sequence[str],
    only: Sequence[str] = (),
    without: Container[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Iterator[Effect]:
    """What every quirk (or `only` these) does to the cohorts built from `root`, with working files in `work`.

    without : pairs of quirk and cohort that are not measured.
    """
    with closing(load_engine("duckdb", work / "scratch")) as engine:
        bench = Bench(registers.find(root), work, engine, progress or Quiet())
        for id in cohorts:
            wanted = [one for one in combinations(id, only) if (one[0], id) not in without]
            if not wanted:
                continue
            plain = bench.as_declared(id)
            found = {frozenset[str](): figures_of(plain, frozenset())}
            for name, on, before in wanted:
                for quirks in (before, on):
                    if quirks not in found:
                        cohort = bench.with_quirks(id, quirks) if _of_children(quirks) else plain
                        found[quirks] = figures_of(cohort, quirks, like=found[frozenset()])
                yield effect(name, id, found[before], found[on])


def combinations(id: str, only: Sequence[str] = ()) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """For a cohort: each quirk by itself, and all of them, as name, quirks that are on, and those already on before.

    >>> [name for name, _, _ in combinations("newborns", ["Q12", "Q13", "Q40"])]
    ['Q12', 'Q40']
    """
    for quirk in load_quirks():
        if (id in quirk.cohorts or not quirk.cohorts) and (not only or quirk.id in only):
            before = frozenset({quirk.needs} if quirk.needs else ())
            yield quirk.id, before | {quirk.id}, before
    if not only or PUBLISHED in only:
        yield PUBLISHED, frozenset(quirk.id for quirk in load_quirks()), frozenset()


def _of_children(quirks: frozenset[str]) -> bool:
    return any(quirk.cohorts for quirk in load_quirks() if quirk.id in quirks)


def figures_of(cohort: Cohort, quirks: frozenset[str], like: Figures | None = None) -> Figures:
    """The figures of a built cohort, for the country and its municipalities.

    like : other figures, under the profile as declared; what is the same in both is taken from there.
    """
    table = pq.read_table(cohort.path)
    # Only municipalities and what follows from them: smaller areas take most of the time and are not looked at.
    smaller = [name for name in table.column_names if name.partition("_")[0] in ("wijk", "pc4")]
    grid = moments.load_grid().without(positions_left_out(quirks))
    profile = protection.load_profile(PROFILE, changes=protection_changed(quirks))
    same = _unchanged(like, table, cohort, quirks)
    national: dict[str, float | None] = {}
    low: dict[str, float | None] = {}
    municipal: dict[str, Mapping[str, tuple[float, int]]] = {}
    shown: dict[str, int] = {}
    if like is not None:
        for id in same:
            national[id], low[id] = like.national[id], like.low[id]
            municipal[id], shown[id] = like.municipal[id], like.shown[id]

    def estimated(
        prepared: Sequence[moments.Prepared], outcomes: Sequence[Outcome], room: moments.Room
    ) -> Iterator[tuple[Outcome, dict[str, measures.Estimates]]]:
        return measures.expectations(prepared[0], outcomes, room)

    outcomes = [outcome for outcome in cohort.declaration.outcomes if outcome.id not in same]
    for outcome, found in moments.compute(table.drop_columns(smaller), load_areas(), grid, outcomes, estimated):
        whole, parts = found["nl"], found["municipality"]
        by_group = dict(zip(whole.group.tolist(), whole.est.tolist(), strict=True))
        national[outcome.id], low[outcome.id] = (_finite(by_group.get(n)) for n in (0, grid.groups.index(LOW)))
        of_all = (parts.group == 0) & np.isfinite(parts.est)
        names = [parts.areas[number] for number in parts.area[of_all]]
        figures = zip(parts.est[of_all].tolist(), parts.n[of_all].tolist(), strict=True)
        municipal[outcome.id] = dict(zip(names, figures, strict=True))
        shown[outcome.id] = sum(part.cells for part in protection.protect_outcome(found, outcome, profile)[1])
    return Figures(table, national, low, municipal, shown)


def _unchanged(like: Figures | None, table: pa.Table, cohort: Cohort, quirks: frozenset[str]) -> frozenset[str]:
    """The outcomes whose figures are those of `like`: the same children in the same groups, and the same values."""
    if like is None or positions_left_out(quirks) or protection_changed(quirks):
        return frozenset()
    groups = [name for name in table.column_names if name not in cohort.declaration.ids]
    if not table.select(groups).equals(like.children.select(groups)):
        return frozenset()
    kinds = {outcome.id: outcome.kind for outcome in load_cohort(cohort.declaration.id).outcomes}
    return frozenset(
        outcome.id
        for outcome in cohort.declaration.outcomes
        if outcome.kind == kinds[outcome.id] and table[outcome.id].equals(like.children[outcome.id])
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def effect(name: str, cohort: str, before: Figures, after: Figures) -> Effect:
    """The difference of two sets of figures of one cohort."""
    changes = [_change(outcome, before, after) for outcome in before.national]
    changed = sorted((one for one in changes if one is not None), key=lambda one: (-one.size, one.outcome))
    return Effect(
        quirk=name,
        cohort=cohort,
        children=len(before.persons),
        dropped=len(before.persons - after.persons),
        added=len(after.persons - before.persons),
        regrouped=regrouped(before.children, after.children),
        shown=(sum(before.shown.values()), sum(after.shown.values())),
        changed=len(changed),
        changes=tuple(changed),
    )


def regrouped(before: pa.Table, after: pa.Table) -> int:
    """How many children of both tables (sorted by person) have another area or group, or a rank `FAR` away."""
    mine, theirs = (np.array(table["person"].to_pylist()) for table in (before, after))
    was_there, is_there = np.isin(mine, theirs), np.isin(theirs, mine)
    different = np.zeros(int(was_there.sum()), dtype=bool)
    for name in GROUPED:
        if name in before.column_names:
            was = np.array(before[name].to_pylist(), dtype=object)[was_there]
            now = np.array(after[name].to_pylist(), dtype=object)[is_there]
            if name in RANKS:
                was, now = was.astype(float), now.astype(float)  # a missing rank becomes NaN
                different |= (np.isnan(was) != np.isnan(now)) | (np.abs(was - now) > FAR)
            else:
                different |= was != now
    return int(different.sum())


def _change(outcome: str, before: Figures, after: Figures) -> Change | None:
    was, now = before.municipal[outcome], after.municipal[outcome]
    both = [area for area in was if area in now and min(was[area][1], now[area][1]) >= ENOUGH]
    most = max(both, key=lambda area: (abs(now[area][0] - was[area][0]), area), default=None)
    moved = None if most is None or _same(was[most][0], now[most][0]) else (most, was[most][0], now[most][0])
    national = before.national[outcome], after.national[outcome]
    low = before.low[outcome], after.low[outcome]
    if moved is None and _same(*national) and _same(*low):
        return None
    return Change(outcome, national, low, moved, before.spread[outcome])


def _same(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is after
    return isclose(before, after, rel_tol=SAME)


CSV = (
    "quirk",
    "cohort",
    "children",
    "dropped",
    "added",
    "regrouped",
    "shown_before",
    "shown_after",
    "outcome",
    "national_before",
    "national_after",
    "low_before",
    "low_after",
    "municipality",
    "municipality_before",
    "municipality_after",
    "spread",
)


def write_csv(effects: Sequence[Effect], path: Path) -> None:
    """Every change, one row per quirk, cohort and outcome; a quirk that changes no outcome has one row without any.

    What the file says of other quirks and cohorts stays; rows are in the order of quirks and cohorts.
    """
    found: dict[tuple[str, str], list[list[Any]]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as handle:
            for row in list(csv.reader(handle))[1:]:
                found.setdefault((row[0], row[1]), []).append(row)
    found |= {(one.quirk, one.cohort): _rows(one) for one in effects}
    with atomic_path(path) as aside, aside.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(CSV)
        for key in _in_order(found):
            out.writerows(found[key])


def _rows(one: Effect) -> list[list[Any]]:
    of = [one.quirk, one.cohort, one.children, one.dropped, one.added, one.regrouped, *one.shown]
    if not one.changes:
        return [[*of, *[None] * (len(CSV) - len(of))]]
    places = [change.municipality or (None, None, None) for change in one.changes]
    return [
        [*of, change.outcome, *change.national, *change.low, *place, change.spread]
        for change, place in zip(one.changes, places, strict=True)
    ]


def _in_order(found: Container[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pairs of quirk and cohort that were found, in the order of quirks and cohorts; all together come last."""
    for name in [*(quirk.id for quirk in load_quirks()), PUBLISHED]:
        yield from ((name, id) for id in child_cohorts() if (name, id) in found)


def merged(old: Measured, new: Sequence[Effect], about: str) -> Measured:
    """Earlier effects with those that were measured again, in the order of quirks and cohorts."""
    found = {(one.quirk, one.cohort): one for one in (*old.effects, *new)}
    return Measured(about, tuple(found[key] for key in _in_order(found)))


@click.command()
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("work", metavar="WORK", type=click.Path(path_type=Path, file_okay=False))
@click.option("--cohort", "cohorts", multiple=True, help="Only this cohort; may be repeated.")
@click.option("--quirk", "only", multiple=True, help="Only this quirk, again; may be repeated.")
@click.option("--about", default="", help="What DIR is, for the page.")
@click.option(
    "--docs",
    default="docs",
    show_default=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of the documentation, where the table of all changes goes.",
)
def main(root: Path, work: Path, cohorts: tuple[str, ...], only: tuple[str, ...], about: str, docs: Path) -> None:
    """Measure the quirks on the registers in DIR, with working files in WORK. Run again, it goes on.

    What is found goes into the package and the documentation; `make docs` then writes the page.
    """
    kept = work / "effects.json"
    everything = load_effects(kept) if kept.exists() else Measured("", ())
    done = () if only else {(one.quirk, one.cohort) for one in everything.effects}
    day = f"{about or root.name}, {datetime.now(UTC):%d %B %Y}"
    try:
        for one in measure(root, work, cohorts or child_cohorts(), only, done, Lines()):
            everything = merged(everything, [one], day)
            save_effects(everything, path=kept)
            click.echo(f"{one.quirk} {one.cohort}: {in_short([one])}")
    except KansenError as error:
        raise click.ClickException(str(error)) from error
    write_csv(everything.effects, docs / "compat-effects.csv")
    save_effects(merged(load_effects(), everything.effects, day), keep=KEPT)


if __name__ == "__main__":
    main()
