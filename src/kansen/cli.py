"""The commands. Each is a thin layer over a function of the same name; errors become one message and an exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

import kansen
from kansen.errors import CheckFailed, KansenError, StorageError, UsageError
from kansen.progress import Lines

INTERRUPTED = 130

_new_folder = click.Path(path_type=Path, file_okay=False)
_folder = click.Path(path_type=Path, file_okay=False, exists=True)
_file = click.Path(path_type=Path, dir_okay=False, exists=True)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Turn our own errors into their message and exit code; everything else says that it is our fault."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
        except KansenError as error:
            click.echo(f"kansen: {error}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("kansen: interrupted. Finished steps are kept: run the same command again to go on.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            sys.exit(2)
        except Exception as error:
            if os.environ.get("KANSEN_TRACE"):
                raise
            click.echo(
                f"kansen: something went wrong that should not have: {type(error).__name__}: {error}.\n"
                "  to do:    set KANSEN_TRACE=1, run the command again and report what it prints",
                err=True,
            )
            sys.exit(2)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(kansen.__version__, prog_name="kansen")
def main() -> None:
    """Kansen: an open opportunity atlas of the Netherlands.

    Register tables go in, figures that may be told come out, and a map shows them.
    """


@main.command()
@click.argument("folder", metavar="DIR", type=_new_folder)
@click.option("--scale", type=float, default=1.0, show_default=True, help="1 is the size of the country.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--format", "formats", default="parquet", show_default=True, help="sav, parquet, or both with a comma.")
@click.option("--cohort", "cohorts", multiple=True, help="Only what this cohort needs; may be repeated. Default: all.")
@click.option("--movers", is_flag=True, help="Also children who move, in truth/movers.parquet, for kansen effect.")
@click.option("--replace", is_flag=True, help="Replace a synthetic country that is already there.")
@command
def synth(
    folder: Path, scale: float, seed: int, formats: str, cohorts: tuple[str, ...], movers: bool, replace: bool
) -> None:
    """Write a made-up Netherlands as register tables, with the truth behind it, to DIR."""
    from kansen import synthetic

    names = [name.strip() for name in formats.split(",") if name.strip()]
    chosen = cohorts or synthetic.COHORTS
    synthetic.write(
        folder,
        scale=scale,
        seed=seed,
        formats=names,
        cohorts=chosen,
        movers=movers,
        replace=replace,
        progress=Lines(),
    )
    click.echo(f"Synthetic registers in {folder}. They are made up: no real people.")


def _explain_compat(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from kansen.cohorts import compat

        click.echo(compat.explained())
        context.exit()


@main.command()
@click.argument("root", metavar="DIR", type=_folder)
@click.option("--out", required=True, metavar="RELEASE", type=_new_folder, help="Where the release goes.")
@click.option("--cohort", "cohorts", multiple=True, help="May be repeated; all that the tables allow by default.")
@click.option("--profile", metavar="NAME", help="What protection allows: public, with --compat kansenkaart.")
@click.option("--vault", type=_new_folder, help="Confidential working folder; default RELEASE.vault.")
@click.option("--key", metavar="FILE", type=_file, help="The perturbation key; default VAULT/perturbation.key.")
@click.option("--engine", default="duckdb", show_default=True, help="Where cohort expressions run: duckdb or spark.")
@click.option("--origin", metavar="NAME", help="migration_background, or country_of_birth: the classification of 2022.")
@click.option("--groups", metavar="FILE", type=_file, help="TOML: other bands and ranks than the declared ones.")
@click.option("--compat", metavar="NAME", help="kansenkaart-2025, or quirks with commas: do as the published pipeline.")
@click.option("--explain-compat", is_flag=True, is_eager=True, expose_value=False, callback=_explain_compat,
              help="List what the published pipeline does otherwise, and stop.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace a release that is already there.")
@command
def build(
    root: Path,
    out: Path,
    cohorts: tuple[str, ...],
    profile: str | None,
    vault: Path | None,
    key: Path | None,
    engine: str,
    origin: str | None,
    groups: Path | None,
    compat: str | None,
    replace: bool,
) -> None:
    """Register tables in DIR to a release. Run again after an interruption, it goes on."""
    from kansen import pipeline
    from kansen.memory import keep_freed_memory

    keep_freed_memory()
    pipeline.build(
        root,
        out,
        cohorts=cohorts,
        profile=profile,
        vault=vault,
        key=key,
        engine=engine,
        origin=origin,
        groups=groups,
        compat=compat,
        replace=replace,
        progress=Lines(),
    )
    click.echo(f"Release in {out}. Look at it with: kansen serve {out}")


@main.command()
@click.argument("table", metavar="COHORT", type=_file)
@click.option("--spec", required=True, metavar="SPEC", type=_file, help="TOML: columns, labels, areas and outcomes.")
@click.option("--out", required=True, metavar="RELEASE", type=_new_folder, help="Where the release goes.")
@click.option("--profile", metavar="NAME", default="public", show_default=True, help="What protection allows.")
@click.option("--vault", type=_new_folder, help="Where unprotected estimates go; default RELEASE.vault.")
@click.option("--key", metavar="FILE", type=_file, help="The perturbation key; default VAULT/perturbation.key.")
@click.option("--no-vault", is_flag=True, help="Keep no unprotected estimates, and no key.")
@click.option("--groups", metavar="FILE", type=_file, help="TOML: other bands and ranks than the declared ones.")
@click.option("--replace", is_flag=True, help="Replace a release that is already there.")
@command
def estimate(
    table: Path,
    spec: Path,
    out: Path,
    profile: str,
    vault: Path | None,
    key: Path | None,
    no_vault: bool,
    groups: Path | None,
    replace: bool,
) -> None:
    """A ready COHORT file (Parquet, a row per child) with a SPEC to a release, without registers."""
    from kansen import pipeline
    from kansen.memory import keep_freed_memory

    keep_freed_memory()
    pipeline.estimate(
        table,
        spec,
        out,
        profile=profile,
        vault=vault,
        key=key,
        keep=not no_vault,
        groups=groups,
        replace=replace,
        progress=Lines(),
    )
    click.echo(f"Release in {out}. Look at it with: kansen serve {out}")


@main.command()
@click.argument("release", metavar="RELEASE", type=_folder)
@click.option("--against", "against", multiple=True, metavar="OTHER", type=click.Path(path_type=Path, exists=True),
              help="Another release, or published KansenKaart files, laid beside it; may be repeated.")  # fmt: skip
@click.option("--known", "known", multiple=True, metavar="FILE", type=_file,
              help="csv with numbers of children from elsewhere; may be repeated.")  # fmt: skip
@click.option("--vault", type=_folder, help="Score the findings against the truth in this vault.")
@click.option("--utility", "with_utility", is_flag=True, help="Also tell what protection left, compared with --vault.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the whole report to this file as JSON.")  # fmt: skip
@command
def audit(
    release: Path,
    against: tuple[Path, ...],
    known: tuple[Path, ...],
    vault: Path | None,
    with_utility: bool,
    as_json: bool,
    out: Path | None,
) -> None:
    """Attack RELEASE as an outsider would and attach the report. Exit 1 when a hidden figure can be worked out."""
    from kansen import auditing
    from kansen.files import write_json
    from kansen.release.format import AUDIT

    if with_utility and vault is None:
        raise UsageError("What protection left can only be told with the truth", expected="--vault with --utility")
    progress = Lines()
    report = auditing.audit_release(release, vault, progress, against=against, known=known)
    left = auditing.utility_of(release, vault) if with_utility and vault else None
    whole = report.as_dict() | ({"utility": left.as_dict()} if left else {})
    text = "\n".join([report.text(), *(left.lines() if left else ())])
    click.echo(json.dumps(whole, ensure_ascii=False, indent=1) if as_json else text)
    if out is not None:
        write_json(out, whole)
    if against or known:
        progress.say("The report is not attached to the release: it does not follow from the release alone.")
    else:
        try:
            auditing.attach(release, report)
        except StorageError as error:
            progress.say(f"The report is not attached to the release. {error}")
        else:
            where = f"Attached as {release / AUDIT}"
            progress.say(where + (", without the scores against the vault." if vault else "."))
    if not report.passed:
        raise CheckFailed("A hidden figure that rests on few can be worked out from this release")


@main.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", required=True, metavar="RELEASE", type=_new_folder, help="Where the release goes.")
@click.option("--report", metavar="FILE.csv", type=click.Path(path_type=Path, dir_okay=False),
              help="Write every line of the report to this file.")  # fmt: skip
@click.option("--synthetic", is_flag=True, help="The people are made up, and the release has to say so.")
@click.option("--replace", is_flag=True, help="Replace a release that is already there.")
@command
def import_published(files: tuple[Path, ...], out: Path, report: Path | None, synthetic: bool, replace: bool) -> None:
    """Figures that others published (KansenKaart csv files, KansenKloof tables; folders are walked) to a release."""
    from kansen import importing

    done = importing.import_files(files, out, report=report, synthetic=synthetic, replace=replace, progress=Lines())
    click.echo("\n".join([*done.report.lines(), f"{done.line()}. Look at it with: kansen serve {out}"]))


@main.group()
def export() -> None:
    """Write RELEASE in another format."""


@export.command("csv")
@click.argument("release", metavar="RELEASE", type=_folder)
@click.argument("out", metavar="OUT", type=_new_folder)
@click.option("--layout", type=click.Choice(["kansenkaart"]), default="kansenkaart", show_default=True)
@click.option("--with-noise", is_flag=True, help="Also write figures that carry noise, marked in a twelfth column.")
@command
def export_csv(release: Path, out: Path, layout: str, with_noise: bool) -> None:
    """Shown figures as csv files, one per outcome and region type."""
    from kansen.release import export as exporting
    from kansen.release import open_release

    click.echo(exporting.export_csv(open_release(release), out, layout=layout, with_noise=with_noise).line())


@main.command()
@click.argument("a", metavar="A", type=_folder)
@click.argument("b", metavar="B", type=_folder)
@click.option("--outcome", "outcomes", multiple=True, metavar="ID", help="May be repeated; default all.")
@click.option("--level", "levels", multiple=True, metavar="LEVEL", help="May be repeated; default all.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write every cell that differs to FILE.csv or FILE.parquet.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@command
def diff(a: Path, b: Path, outcomes: tuple[str, ...], levels: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Release B beside release A: figures that appeared, vanished or changed, and what is defined otherwise."""
    from kansen.release import open_release
    from kansen.release.difference_text import as_json as to_json
    from kansen.release.difference_text import as_text
    from kansen.release.differences import compare

    with open_release(a) as one, open_release(b) as other:
        found = compare(one, other, outcomes=outcomes, levels=levels, out=out, progress=Lines())
        click.echo(to_json(found) if as_json else as_text(found, other.areas, by_level=bool(outcomes or levels)))


@main.group("registers")
def registers_group() -> None:
    """Register tables as they were delivered."""


@registers_group.command("check")
@click.argument("root", metavar="DIR", type=_folder)
@click.option("--cohort", "names", multiple=True, metavar="NAME", help="May be repeated; default every cohort.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@command
def registers_check(root: Path, names: tuple[str, ...], as_json: bool) -> None:
    """What lies in DIR, which cohorts and outcomes can be built from it, and what is missing. Reads no rows.

    Exit 1 when a cohort that was asked for cannot be built.
    """
    from kansen import cohorts, registers
    from kansen.registers.report import as_json as to_json
    from kansen.registers.report import as_text

    needs = {name: cohorts.needs(cohorts.load_cohort(name)) for name in names or cohorts.cohort_ids()}
    found = registers.check(registers.find(root), needs)
    text = json.dumps(to_json(found), ensure_ascii=False, indent=1) if as_json else as_text(found)
    click.echo(text)
    if not found.passed:
        lacking = ", ".join(cohort.id for cohort in found.cohorts if not cohort.can_be_built)
        raise CheckFailed(f"Not every cohort can be built from these tables: {lacking}")


@main.group()
def effect() -> None:
    """Effects, apart from the map: children who moved, and policies by area and date."""


_attach = click.option("--attach", "release", metavar="RELEASE", type=_folder,
                       help="Publish it beside the figures of this release, rounded.")  # fmt: skip
_about = click.option("--about", metavar="TOML", type=_file, help="What the effect is called there.")


def _publish(found: Any, method: Any, release: Path | None, about: Path | None) -> None:
    """Attach an effect to a release, or refuse words without one."""
    from kansen.effects import about_effect
    from kansen.protection import protect_effect
    from kansen.release.attachments import attach_effect
    from kansen.release.format import EFFECTS

    if release is None:
        if about is not None:
            raise UsageError("What the effect is called is for a release", expected="--attach with --about")
        return
    told = protect_effect(found, about_effect(method, about))
    attach_effect(release, told)
    Lines().say(f"Attached as {told.id} in {release / EFFECTS}, rounded.")


@effect.command("movers")
@click.argument("people", metavar="PEOPLE", type=_file)
@click.option("--outcome", default="income", show_default=True, help="The column that is explained.")
@click.option("--until", type=float, default=23.0, show_default=True, help="Age from which years no longer count.")
@click.option("--plain", is_flag=True, help="The outcome itself, not its logarithm.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@_attach
@_about
@command
def effect_movers(
    people: Path, outcome: str, until: float, plain: bool, as_json: bool, release: Path | None, about: Path | None
) -> None:
    """What a year of childhood in a place is worth, from a table of children (Parquet or csv)."""
    from kansen.effects import exposure, report

    found = exposure(report.read(people), outcome, until=until, log=not plain)
    click.echo(report.as_json(found) if as_json else report.of_movers(found))
    _publish(found, "movers", release, about)


@effect.command("policy")
@click.argument("rows", metavar="ROWS", type=_file)
@click.option("--policy", "dates", required=True, metavar="CSV", type=_file, help="area and date of its start.")
@click.option("--outcome", required=True, help="The column that is explained.")
@click.option("--weight", help="A column of weights, such as people.")
@click.option("--window", type=int, default=5, show_default=True, help="Years around the start told one by one.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@_attach
@_about
@command
def effect_policy(
    rows: Path,
    dates: Path,
    outcome: str,
    weight: str | None,
    window: int,
    as_json: bool,
    release: Path | None,
    about: Path | None,
) -> None:
    """What a policy did, from rows of people or areas by year (Parquet or csv)."""
    from kansen.effects import policy_effect, report

    found = policy_effect(report.read(rows), outcome, report.read_dates(dates), weight=weight, window=window)
    click.echo(report.as_json(found) if as_json else report.of_policy(found))
    _publish(found, "policy", release, about)


@main.group()
def areas() -> None:
    """Boundaries of areas."""


@areas.command("import")
@click.argument("file", metavar="FILE", type=_file)
@click.option("--level", help="municipality, wijk, corop, province, pc3 or pc4; recognised from the codes if left out.")
@click.option("--attribution", help="Whose boundaries these are; shown on every map made from them.")
@command
def areas_import(file: Path, level: str | None, attribution: str | None) -> None:
    """Use real boundaries from a GeoJSON, TopoJSON or GeoPackage FILE instead of the schematic ones."""
    from kansen import geography

    report = geography.areas_import(file, level=level, attribution=attribution, progress=Lines())
    click.echo("\n".join(report.lines))


@main.command()
@click.argument("release", metavar="RELEASE", type=_folder)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8000, show_default=True)
@command
def serve(release: Path, host: str, port: int) -> None:
    """Show RELEASE in the browser, with its JSON API."""
    from kansen.atlas import serve as serve_atlas

    serve_atlas(release, host=host, port=port)


@main.command()
@click.option("--scale", type=float, default=1.0, show_default=True, help="1 is about 900,000 children.")
@click.option("--no-serve", is_flag=True, help="Stop when the release is there.")
@click.option("--port", type=int, default=8000, show_default=True)
@click.option("--dir", "folder", type=_new_folder, default=Path("kansen-demo"), show_default=True)
@command
def demo(scale: float, no_serve: bool, port: int, folder: Path) -> None:
    """Make a synthetic Netherlands, build and audit an atlas of it, and show it. Reused when it is already there."""
    from kansen import demonstration

    release = demonstration.make(folder, scale=scale, progress=Lines())
    if no_serve:
        click.echo(f"Release in {release}. Look at it with: kansen serve {release}")
        return
    from kansen.atlas import serve as serve_atlas

    serve_atlas(release, host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
