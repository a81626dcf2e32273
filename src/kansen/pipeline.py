"""A release in about eight calls: the file to read first.

Registers are found and converted, a cohort is followed through them, its moments are computed once and rolled up to
every group and area, a measure turns moments into figures, protection decides what may be said, and the release is
written from nothing else than what protection returned. Everything before that wall stays in the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from typing import Any

from kansen import measures, moments, protection, registers
from kansen.cohorts import (
    Cohort,
    CohortDeclaration,
    Label,
    Outcome,
    ReadyCohort,
    build_cohort,
    classification_named,
    cohort_ids,
    cohort_requirements,
    compat_public,
    load_cohort,
    load_themes,
    positions_left_out,
    protection_changed,
    quirks_named,
    read_ready,
    read_spec,
    with_quirks,
)
from kansen.cohorts.spec import OTHER
from kansen.engine import Engine, load_engine
from kansen.errors import DeclarationError, EmptyResultError, InputError, NobodyBornError, UsageError
from kansen.files import read_json
from kansen.geography import Areas, areas_from_hierarchy, load_areas
from kansen.measures.vault import write_vault
from kansen.progress import Progress, Quiet
from kansen.release.writer import ReleaseWriter

Estimated = dict[str, measures.Estimates]
TITLE = Label("Kansenatlas van Nederland", "Opportunity atlas of the Netherlands")


def build(
    root: Path,
    out: Path,
    *,
    cohorts: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    profile: str | None = None,
    vault: Path | None = None,
    key: Path | None = None,
    engine: str = "duckdb",
    compat: str | None = None,
    origin: str | None = None,
    groups: Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Register tables below `root` to a release at `out`; confidential work in `vault` (default `out`.vault).

    cohorts : the ids of those to follow; by default all that the delivery has the tables and the children of.
    key : a file with the perturbation key, in the place of the one in the vault.
    outcomes : the ids of some of their outcomes, with those that they follow from; by default all.
    profile : what protection allows; by default `public`, with `compat` the rule of the published pipeline. compat :
        what is done as the published pipeline does it: its name, or numbers of quirks (`kansen.cohorts.compat`).
    origin : the classification of origins (`kansen.cohorts.origins`); by default the one that each cohort declares.
    groups : a declaration of groups in the place of `moments/groups.toml`: other bands, other ranks, one line through
        everybody. Every axis in it that a cohort knows is computed.

    Run again after an interruption, it goes on where it stopped. Raises `KansenError`s with one message each; `out` is
    either complete or not there.
    """
    progress = progress or Quiet()
    vault = vault_of(out, vault)
    asked, quirks = [load_cohort(name) for name in cohorts], quirks_named(compat)
    by = origin and classification_named(origin)
    changes = protection_changed(quirks)
    default = protection.AS_PUBLISHED if quirks else protection.DEFAULT
    rule = protection.load_profile(profile or default, changes=changes)
    areas, grids = load_areas(), grids_of(groups, positions_left_out(quirks))
    ReleaseWriter.check_target(out, replace=replace)
    # A key that cannot be used is said before the work; one of our own is made when there is somebody to use it for.
    secret = secret_for(rule, vault, key) if key else None
    delivery = registers.find(root)
    for note in delivery.notes:
        progress.say(note)
    declared = [with_quirks(one, quirks) for one in asked or cohorts_in(delivery, progress)]
    if outcomes:
        chosen = frozenset(outcomes)
        declared = [replaced(one, outcomes=tuple(o for o in one.outcomes if o.id in chosen)) for one in declared]
    if by:
        declared = [replaced(one, origin=by) for one in declared]
    check_words(declared, grids)
    with closing(load_engine(engine, vault / "scratch")) as runner:
        followed = follow(declared, delivery, vault, runner, areas, progress, named=bool(asked))
    secret = secret or secret_for(rule, vault, None)
    inputs = inputs_of(followed)
    grids = moments.known_grids([cohort.rows for cohort in followed], grids)
    with ReleaseWriter(
        out,
        cohorts=[cohort.declaration for cohort in followed],
        grid=grids,
        areas=areas,
        themes=load_themes(),
        title=TITLE,
        synthetic=is_synthetic(root, [source["path"] for source in inputs]),
        inputs=inputs,
        engine=engine,
        profile=rule.public(),
        compat=compat_public(quirks),
        replace=replace,
        progress=progress,
    ) as release:
        for cohort in followed:
            publish(cohort, areas, grids, rule, vault, release, progress, secret)
    return out


def estimate(
    table: Path,
    spec: Path,
    out: Path,
    *,
    profile: str = protection.DEFAULT,
    vault: Path | None = None,
    key: Path | None = None,
    keep: bool = True,
    groups: Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Path:
    """A ready cohort file and its spec to a release at `out`; unprotected estimates in `vault` (default `out`.vault).

    keep : whether unprotected estimates, and the perturbation key, are kept at all. key, groups : as in `build`.

    After the cohort everything is as in `build`. Raises `KansenError`s with one message each; `out` is either complete
    or not there.
    """
    progress = progress or Quiet()
    vault = vault_of(out, vault)
    rule = protection.load_profile(profile)
    grids = grids_of(groups)
    ReleaseWriter.check_target(out, replace=replace)
    codes = {dimension.column: dimension.codes for dimension in grids[0].dimensions}
    positions = {grid.column: grid.codes for grid in grids if grid.codes}
    told = read_spec(spec, codes | positions)
    areas = areas_from_hierarchy(told.hierarchy) if told.hierarchy else load_areas()
    cohort = read_ready(table, told, areas, codes, positions)
    secret = secret_for(rule, vault if keep else None, key)
    grids = moments.known_grids([cohort.rows], grids)
    with ReleaseWriter(
        out,
        cohorts=[cohort.declaration],
        grid=grids,
        areas=areas,
        themes=(*load_themes(), OTHER),
        title=told.title or TITLE,
        synthetic=told.synthetic,
        inputs=cohort.inputs,
        engine="ready",
        profile=rule.public(),
        replace=replace,
        progress=progress,
    ) as release:
        publish(cohort, areas, grids, rule, vault if keep else None, release, progress, secret)
    return out


def publish(
    cohort: Cohort | ReadyCohort,
    areas: Areas,
    grids: Sequence[moments.Grid],
    profile: protection.Profile,
    vault: Path | None,
    release: ReleaseWriter,
    progress: Progress,
    secret: protection.Secret | None = None,
) -> None:
    """Estimate, protect and write every outcome of a cohort, a few at a time, and what its rules dropped, if any.

    grids : the first one holds everybody too. vault : where unprotected estimates go, if anywhere. secret : what noise
    is drawn with, under a profile that has any.
    """
    # The vault holds every occupied cell; a release alone needs those that can pass.
    enough = partial(protection.least, profile=profile) if vault is None else measures.every_cell
    outcomes = cohort.declaration.outcomes
    fewest = min((enough(outcome).n for outcome in outcomes), default=0)
    ready = moments.prepare_cohort(cohort.rows, areas, grids, outcomes, fewest)
    guard = protection.Guard.of(ready, outcomes, profile, vault, progress)
    noise = protection.CohortNoise(secret, profile, guard) if secret else None
    wanted = cohort.declaration.measures if isinstance(cohort, ReadyCohort) else None
    asked, everybody = measures.asked_of(outcomes, wanted), measures.everybody_of(grids[0])
    lines: moments.PreparedCohort = {}
    if asked and everybody:
        lines = moments.prepare_cohort(cohort.rows, areas, everybody, [one.base for one in asked], fewest)

    def written(
        prepared: Sequence[moments.Prepared], outcomes: Sequence[Outcome], room: moments.Room
    ) -> Iterator[tuple[Outcome, None]]:
        told: dict[str, tuple[protection.ProtectedSummary | None, list[protection.Protected]]] = {}
        measured = [one for one in asked if one.base in outcomes and lines]
        bases = {one.base.id: ({}, []) for one in measured}
        bands = {one.base.id for one in measured if one.over.position}
        for of in prepared:
            for outcome, estimates, clipped in estimated(of, outcomes, room):
                if vault is not None:
                    write_vault(vault, outcome, estimates, areas, of.grid, profile.counted)
                first, parts = told.pop(outcome.id, (None, []))
                drawn = noise.outcome(of, outcome, clipped, parts) if noise else None
                exact = guard.exact(estimates, outcome, of)
                summary, figures = protection.protect_outcome(
                    estimates, outcome, profile, like=first, exact=exact, noise=drawn, prepared=of
                )
                if of is prepared[0] and outcome.id in bases:
                    bases[outcome.id] = (estimates if outcome.id in bands else {}, figures)
                del estimates, clipped, drawn  # which take as much room as what is told of them
                if of is prepared[-1]:
                    release.add(beside(summary, outcome, parts + figures), parts + figures)
                    yield outcome, None
                else:
                    told[outcome.id] = (summary, parts + figures)
            if of is prepared[0] and measured:
                add_measures(of, measured, bases, room)

    def beside(
        summary: protection.ProtectedSummary, outcome: Outcome, told: Sequence[protection.Protected]
    ) -> protection.ProtectedSummary:
        """The summary with what is told of spells, for those who are gone, and of what gaps go with."""
        if not isinstance(cohort, Cohort):
            return summary
        for one in cohort.declaration.decompositions:
            if outcome.id in one.of:
                with progress.task(f"what gaps in {outcome.id} go with"):
                    found = measures.gap_parts(cohort.rows, outcome, one, areas, grids[0], cohort.surveys.get(one.id))
                summary = protection.with_gap_parts(summary, found, told, profile)
        if outcome.id in cohort.declaration.weighted:
            summary = protection.with_all(summary, measures.mean_of_all(cohort.rows, outcome), profile)
        declared = cohort.declaration.spells_told
        if declared is None or declared.of != outcome.id or not cohort.panel:
            return summary
        with progress.task("spells of a low income"):
            found = measures.national_spells(cohort.panel, declared)
        return protection.with_spells(summary, found, profile)

    def add_measures(
        of: moments.Prepared,
        measured: Sequence[measures.Asked],
        bases: dict[str, tuple[Estimated, list[protection.Protected]]],
        room: moments.Room,
    ) -> None:
        """Work out, keep, protect and write the measures over a few outcomes.

        bases : per outcome its estimates on the first grid, and what is told of them; emptied.
        """
        estimates = {id: found for id, (found, _) in bases.items()}
        for worked in measures.work_out(lines[of.basis][0], of.grid, measured, estimates, room):
            if vault is not None:
                write_vault(vault, worked.asked.outcome, worked.estimates, areas, of.grid, profile.counted)
            drawn = noise.outcome(of, worked.asked.base, {}) if noise else None
            release.add(*protection.protect_over(worked, bases[worked.asked.base.id][1], profile, drawn))
        bases.clear()

    def estimated(
        of: moments.Prepared, outcomes: Sequence[Outcome], room: moments.Room
    ) -> Iterator[tuple[Outcome, Estimated, Estimated]]:
        """The figures of every outcome, and those that noise is added to: with amounts clipped at their ends."""
        steady = protection.steadiness(profile)
        passing = partial(protection.least, profile=profile)
        if not steady:
            yield from map(_twice, measures.expectations(of, outcomes, room, enough))
            return
        if vault is None and profile.exact == "none":
            for outcome, clipped in measures.expectations(of, outcomes, room, passing, steady, clipped=True):
                yield outcome, clipped, clipped
            return
        amounts = [outcome for outcome in outcomes if outcome.kind in measures.AMOUNTS]
        beside = dict(measures.expectations(of, amounts, room, passing, steady, clipped=True)) if amounts else {}
        by_id = {outcome.id: found for outcome, found in beside.items()}
        for outcome, estimates in measures.expectations(of, outcomes, room, enough, steady):
            yield outcome, estimates, by_id.get(outcome.id, estimates)

    for _ in moments.compute(ready, areas, grids, outcomes, written, progress=progress):
        pass
    if cohort.attrition is not None:
        release.add_attrition(protection.protect_attrition(cohort.attrition))


def _twice(found: tuple[Outcome, Estimated]) -> tuple[Outcome, Estimated, Estimated]:
    """The same figures once more; nothing here holds on to them."""
    return (*found, found[1])


def secret_for(profile: protection.Profile, vault: Path | None, key: Path | None) -> protection.Secret | None:
    """What the noise of a profile is drawn with; None for a profile without noise, to which no key may be given."""
    if profile.noise is not None:
        return protection.vault_secret(vault, key)
    if key is not None:
        raise UsageError(
            "A perturbation key was given, and the protection profile has no noise",
            where=key,
            found=f"--profile {profile.id}",
            todo="leave --key out, or choose a profile with noise",
        )
    return None


def grids_of(groups: Path | None = None, without: Iterable[str] = ()) -> tuple[moments.Grid, ...]:
    """The grids of a declaration of groups, by default ours: one per axis of parental position."""
    path, left_out = groups or moments.GROUPS, frozenset(without)
    return tuple(moments.load_grid(axis, path).without(left_out) for axis in moments.grid_axes(path))


def check_words(declared: Iterable[CohortDeclaration], grids: Sequence[moments.Grid]) -> None:
    """`DeclarationError` where a cohort has words for an axis or a position that no group has.

    Words for groups that a declaration of groups (`--groups`) leaves out are not missed by anybody.
    """
    known = {
        grid.axis: [position.id for position in grid.positions] for grid in map(moments.load_grid, moments.grid_axes())
    }
    known |= {grid.axis: [position.id for position in grid.positions] for grid in grids}
    for cohort in declared:
        for axis, words in cohort.axes.items():
            unknown = [id for id in words.positions if id not in known.get(axis, ())]
            if axis not in known or unknown:
                raise DeclarationError(
                    "A cohort has words for groups that there are not",
                    where=f"cohort {cohort.id}, axes.{axis}",
                    found=", ".join(unknown) or axis,
                    expected=", ".join(known.get(axis, known)),
                )


def cohorts_in(delivery: registers.Delivery, progress: Progress) -> list[CohortDeclaration]:
    """The cohorts that a delivery has the tables of; the others are said to be left out.

    A table that lacks a year between others is a mistake and not a reason to leave a cohort out: building it says so.
    Where nothing can be built, the cohort that lacks least is, so that building it says what it lacks.
    """
    lacking = {id: registers.lacks(delivery, cohort_requirements(load_cohort(id))) for id in cohort_ids()}
    found = [id for id, lack in lacking.items() if _is_meant(lack)]
    for id, lack in lacking.items():
        if id not in found:
            progress.say(f"cohort {id} is left out: {'; '.join(one.words() for one in lack[:3])}")
    return [load_cohort(id) for id in found or [min(lacking, key=lambda id: len(lacking[id]))]]


def follow(
    declared: Sequence[CohortDeclaration],
    delivery: registers.Delivery,
    vault: Path,
    engine: Engine,
    areas: Areas,
    progress: Progress,
    *,
    named: bool,
) -> list[Cohort]:
    """Build cohorts one after another.

    named : somebody asked for these cohorts. If not, one of which nobody is in the registers is left out, and said to
        be: its tables may be there for the sake of another cohort. `EmptyResultError` when that is so for all.
    """
    followed: list[Cohort] = []
    for one in declared:
        try:
            followed.append(build_cohort(one, delivery, vault, engine, areas, progress))
        except NobodyBornError as error:
            if named:
                raise
            progress.say(f"cohort {one.id} is left out: {error.found}")
    if not followed:
        raise EmptyResultError(
            "Nobody of any cohort is in the registers",
            where=delivery.root,
            found="nobody born in " + ", ".join(f"{one.births[0]}-{one.births[1]}" for one in declared),
            expected="children of the years of birth of at least one cohort",
            todo="check that the register of persons is the whole one; docs/cohorts.md has the years of every cohort",
        )
    return followed


def _is_meant(lack: Sequence[registers.Lack]) -> bool:
    """Whether a cohort lacks nothing, or only years between others."""
    return all(one.gap for one in lack)


def inputs_of(followed: Sequence[Cohort]) -> list[dict[str, Any]]:
    """Every file that went in, once, with the `cohorts` that it went into."""
    out: dict[str, dict[str, Any]] = {}
    for cohort in followed:
        for source in cohort.inputs:
            out.setdefault(source["path"], {**source, "cohorts": []})["cohorts"].append(cohort.declaration.id)
    return list(out.values())


def is_synthetic(root: Path, paths: Sequence[str] = ()) -> bool:
    """Whether any register table at `paths` below `root` was made up by `kansen synth`, which says so beside them."""
    folders = {root, *(folder for path in paths for folder in (root / path).parents if folder.is_relative_to(root))}
    return any(_says_synthetic(folder / "synthetic.json") for folder in sorted(folders))


def _says_synthetic(note: Path) -> bool:
    told = read_json(note)
    if told is None and note.exists():
        raise InputError(
            "It cannot be read whether these tables are made up",
            where=note,
            expected='{"synthetic": true, ...} as kansen synth writes it',
            todo="write the tables again with kansen synth; remove the file only when they are about real people",
        )
    return bool(told and told.get("synthetic"))


def vault_of(out: Path, vault: Path | None) -> Path:
    """The vault of a release: beside it unless named, and never inside it."""
    chosen = vault or out.with_name(out.name + ".vault")
    if chosen.resolve().is_relative_to(out.resolve()):
        raise UsageError(
            "The vault may not lie inside the release",
            where=chosen,
            expected="a folder outside " + str(out),
            todo="choose another --vault: the release is public, the vault is not",
        )
    return chosen
