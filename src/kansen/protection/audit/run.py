"""The audit from beginning to end: read the figures once, attack them in every way, count what gave way."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kansen.geography import Areas
from kansen.progress import Progress, Quiet
from kansen.protection.audit import deep
from kansen.protection.audit.beside import Other, attack_beside
from kansen.protection.audit.elsewhere import Elsewhere, read_elsewhere
from kansen.protection.audit.families import attack_families
from kansen.protection.audit.intervals import attack_ends, attack_intervals
from kansen.protection.audit.lattice import read_lattice, with_gaps
from kansen.protection.audit.material import Figures, Material, Outcome, read_figures, read_outcome
from kansen.protection.audit.noisy import NoiseSample, attack_noise, attack_noisy_ones, noise_of, noise_sample
from kansen.protection.audit.over import (
    Beside,
    Measured,
    add_corners,
    attack_corners,
    attack_lines,
    ones_by_corner,
    ones_by_spread,
    read_measures,
    with_corners,
)
from kansen.protection.audit.programmes import Tables
from kansen.protection.audit.regions import Regions
from kansen.protection.audit.report import AuditReport, results
from kansen.protection.audit.sample import choose, cost_of
from kansen.protection.audit.shelf import Denominator, Told, axes_with_gaps, denominators, put_away, share_twins
from kansen.protection.audit.tiers import Findings, attack_children, attack_outcome
from kansen.protection.audit.truth import ReadTruth, Truth, read_truth, require_same

LEAST_WORK, MOST_WORK, WORK_PER_FIGURE = 1e9, 1e11, 2_000.0
"""What the costly attacks may take, in multiplications: it grows with the release, between two ends."""

WORK_PER_PROGRAMME, WORK_PER_GUESS = 8e7, 1e8
"""About so much one unit of linear programmes is worth, and one unit of guesses from figures with noise."""

ASSUMPTIONS = (
    "an area is taken to consist of its smaller areas where the published totals agree, or where all totals of that "
    "pair of levels that can be compared agree",
    "outcomes with the same numbers of children wherever both are told are taken to count the same children",
)


def audit(
    *,
    outcomes: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Any],
    areas: Areas,
    levels: Sequence[str],
    estimates: Callable[[str], pa.Table],
    profile: Mapping[str, Any],
    truth: ReadTruth | None = None,
    vault: object = "the vault",
    others: Mapping[str, Callable[[str], pa.Table | None]] | None = None,
    known: Sequence[Path] = (),
    threads: int | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Attack a release.

    outcomes : entries of `outcomes.json`, with the measures over others. groups : the content of `groups.json`. areas,
    levels : the areas of the release and the levels that have figures. estimates : gives the published table of an
    outcome. profile : the member `profile` of the manifest. truth : gives the vault's table of an outcome and an axis
    (the columns of `write_vault`), to score what was reached; None where it has none of that axis. vault : what to call
    it. others : by name, other releases that lie beside it: the published table of an outcome, None where they have
    none. known : files with numbers from elsewhere (`read_elsewhere`). threads : outcomes at a time, all cores by
    default; the report does not depend on it.

    Raises `InputError` when the vault is not that of this release, or a file of known numbers is wrong.
    """
    lattice = read_lattice(groups)
    regions = Regions(areas, levels)
    parameters: Mapping[str, Any] = profile.get("parameters", {})
    decimals: Mapping[str, int] = parameters.get("decimals", {})

    def read(outcome: Outcome) -> Figures:
        figures = read_figures(estimates(outcome.id), outcome, lattice, regions, decimals)
        # Rounded numbers of children cannot be added up: they count as not told.
        return replace(figures, n=np.full(len(figures), -1)) if int(parameters.get("n_step", 1)) > 1 else figures

    measures, outcomes = read_measures(outcomes), [of for of in outcomes if of.get("of") is None]
    material = Material(tuple(read_outcome(of) for of in outcomes), lattice, regions, parameters, read)
    elsewhere = [item for path in known for item in read_elsewhere(path, lattice, regions, material.cohorts)]
    true = partial(_true, truth, groups, material) if truth else None
    true_ones = partial(_true_ones, true, measures, material) if true else None
    found, noise = Findings(), noise_sample(material)
    beside = [Other(name, partial(_beside, tables, material)) for name, tables in (others or {}).items()]
    workers = threads or os.cpu_count() or 1
    with (
        (progress or Quiet()).task("Attacking the release", 2 * len(outcomes), "steps") as task,
        ThreadPoolExecutor(workers) as pool,
    ):

        def first(outcome: Outcome) -> tuple[Told, Findings]:
            figures, own = read(outcome), Findings()
            if true is not None:
                require_same(true(outcome), figures, lattice, vault)
            attack_intervals(figures, material, own)
            attack_ends(figures, material, own)
            noise.gather(figures, material, outcome.children)
            told = put_away(figures, outcome, material)
            if outcome.id in measures:
                _attack_measures(told, Beside(figures, measures[outcome.id], read, lattice), material, noise, own)
            for other in beside:
                theirs = other.figures(outcome)
                if theirs is not None:
                    noise.gather(replace(theirs, binary=False), material, outcome.children)
            task.advance()
            return told, own

        shelf: list[Told] = []
        for told, own in pool.map(first, material.outcomes):
            shelf.append(told)
            found.add(own)
        exact = sum(len(told.cell) for told in shelf)
        material = replace(material, lattice=with_gaps(lattice, axes_with_gaps(shelf, lattice)))
        share_twins(shelf, regions, lattice.size)
        grouped = denominators(shelf, material.has_group_n)
        attack = partial(
            _attack,
            material=material,
            truth=true_ones,
            done=task.advance,
            work=_work(shelf),
            noise=noise,
            elsewhere=elsewhere,
            beside=beside,
        )
        if len(grouped) >= workers:
            parts = list(pool.map(attack, grouped))
        else:
            parts = [attack(of, each=pool.map) for of in grouped]
        for own in parts:
            found.add(own)
        attack_families(grouped, material, found, true_ones)
    return AuditReport(
        profile=str(profile["id"]),
        outcomes=tuple(outcome.id for outcome in material.outcomes),
        shown=sum(told.figures for told in shelf),
        exact=exact,
        attacks=results(found.scores),
        closed={pair: round(float(np.mean(shares)), 4) for pair, shares in found.closed.items()},
        looked=found.looked,
        assumptions=ASSUMPTIONS,
        against=(*(others or {}), *(path.name for path in known)),
    )


def _beside(tables: Callable[[str], pa.Table | None], material: Material, outcome: Outcome) -> Figures | None:
    table = tables(outcome.id)
    return None if table is None else read_figures(table, outcome, material.lattice, material.regions, {})


def _work(shelf: Sequence[Told]) -> float:
    """How many multiplications linear algebra may take: what a release of that size is worth."""
    return min(max(LEAST_WORK, WORK_PER_FIGURE * sum(told.figures for told in shelf)), MOST_WORK)


def _true(read: ReadTruth, groups: Mapping[str, Any], material: Material, outcome: Outcome) -> Truth:
    return read_truth(read, outcome, groups, material.lattice, material.regions)


def _true_ones(
    true: Callable[[Outcome], Truth], measures: Mapping[str, tuple[Measured, ...]], material: Material, outcome: Outcome
) -> Truth:
    """The same, with the shares of the bands of which corners are, where the vault has predictions otherwise."""
    corners = [one for one in measures.get(outcome.id, ()) if one.over.how == "corner"] if outcome.binary else []
    of = [(one.over.position or "", true(one.outcome)) for one in corners]
    return with_corners(true(outcome), of, material.lattice)


def _attack_measures(told: Told, beside: Beside, material: Material, noise: NoiseSample, found: Findings) -> None:
    """Lay the measures over an outcome beside it: what they tell goes to what is `told`, and to figures with noise."""
    corners = beside.corners()
    add_corners(told, corners, material.lattice)
    attack_corners(corners, found)
    attack_lines(beside, found)
    rule = noise_of(material.parameters)
    for corner in corners:
        rows, ones = ones_by_corner(corner, rule.variance)
        noise.see(corner, rows, ones, material)
    for over, slope in beside.slopes() if told.outcome.binary else ():
        rows, ones = ones_by_spread(beside, slope, over.scale, rule)
        noise.see(replace(slope, id=told.outcome.id), rows, ones, material)


def _attack(
    denominator: Denominator,
    *,
    material: Material,
    truth: Callable[[Outcome], Truth] | None,
    done: Callable[[], None],
    each: Callable[..., Any] = map,
    work: float,
    noise: NoiseSample,
    elsewhere: Sequence[Elsewhere],
    beside: list[Other],
) -> Findings:
    """All attacks on the outcomes that count the same children."""
    found = Findings()
    check = truth(denominator.told[0].outcome).children if truth else None
    cohort = denominator.children.partition(" ")[0]
    known = [of for of in elsewhere if of.cohort in (None, cohort)]
    cells, numbers = (
        np.concatenate([getattr(of, name) for of in known] or [np.zeros(0, np.int64)]) for name in ("cell", "n")
    )
    counted = attack_children(denominator, material, found, check, (cells, numbers))
    binary = sum(bool((told.ones >= 0).any()) for told in denominator.told)
    share = work * len(denominator.told) / len(material.outcomes)
    cost = cost_of(counted.shown, material.lattice.unknowns)
    sample = choose(counted.shown.sum(axis=1), counted.nests, cost, share / (1 + 0.5 * binary))
    there = int(counted.shown.any(axis=1).sum())
    for name in ("bounds", "spans"):
        found.look(name, int(counted.shown[sample.areas].any(axis=1).sum()), there)
    first = denominator.told[0].outcome
    tables = Tables.of(material.lattice)
    programmes = int(np.ceil(share / WORK_PER_PROGRAMME / (1 + binary)))
    replay = material.is_primary and len(denominator.told) == 1 and not first.binary
    inside = deep.attack_children(
        counted, sample, material, found, check, int(material.parameters["min_n"]) if replay else None
    )

    deep.attack_programmes(inside, tables, programmes, found, check)
    guesses = int(np.ceil(share / WORK_PER_GUESS / (1 + 0.25 * binary)))
    if check is not None:
        deep.attack_zeros(inside, material, found, check)
    attack_beside(denominator, beside, material, found, truth)
    attack_noise(denominator, noise, material, found, check, guesses)

    def outcome(told: Told) -> Findings:
        part, true = Findings(), truth(told.outcome) if truth else None
        ones = attack_outcome(told, counted, material, part, true)
        if ones is not None:
            have = true.ones if true else None
            own = deep.attack_ones(told.cell, told.ones, ones.hidden, ones.known.value, inside, material, part, have)
            deep.attack_programmes(own, tables, programmes, part, have, inside)
            attack_noisy_ones(told, noise, material, part, have, -(-guesses // 8))
        done()
        return part

    for part in each(outcome, denominator.told):
        found.add(part)
    return found
