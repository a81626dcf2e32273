"""`kansen audit`: open a release as anybody could, attack it, and (with its vault) score what was reached."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kansen.errors import MissingInputError
from kansen.importing import import_files
from kansen.measures.vault import estimates_path
from kansen.progress import Progress
from kansen.protection import AuditReport, audit
from kansen.protection.utility import Utility, utility
from kansen.release import Release, open_release
from kansen.release.attachments import attach_audit
from kansen.release.format import is_release

Tables = Callable[[str], pa.Table | None]


def audit_release(
    release: Path,
    vault: Path | None = None,
    progress: Progress | None = None,
    *,
    against: Sequence[Path] = (),
    known: Sequence[Path] = (),
) -> AuditReport:
    """Attack the release at `release`; with `vault`, score the findings against the true figures there.

    against : other releases, or published KansenKaart files and folders, that an attacker lays beside it. known : files
    with numbers of children from elsewhere.

    Raises `ReleaseError` for a release that is damaged or was changed, `MissingInputError` for a vault without the
    release's outcomes, `InputError` for the vault of another release, `TableError` for other material that is wrong.
    """
    with ExitStack() as opened:
        own = opened.enter_context(open_release(release))
        own.verify()
        others = {str(path): opened.enter_context(_figures_of(path)) for path in against}
        return audit(
            outcomes=own.outcomes["outcomes"],
            groups=own.groups,
            areas=own.areas,
            levels=own.levels,
            estimates=partial(_published_figures, own),
            profile=own.manifest["profile"],
            truth=partial(_true_figures, vault) if vault else None,
            vault=vault or "",
            others=others,
            known=known,
            progress=progress,
        )


def utility_of(release: Path, vault: Path) -> Utility:
    """What the protection of a release leaves to a reader, compared with its vault; the same errors."""
    with open_release(release) as own:
        own.verify()
        return utility(
            outcomes=_measured_on_children(own),
            groups=own.groups,
            areas=own.areas,
            levels=own.levels,
            estimates=own.estimates,
            truth=partial(_true_figures, vault),
        )


def _measured_on_children(release: Release) -> list[dict[str, Any]]:
    """The outcomes but for measures over them, which are no means over children."""
    return [outcome for outcome in release.outcomes["outcomes"] if outcome.get("of") is None]


def attach(release: Path, report: AuditReport) -> None:
    """Keep the public part of the report in the release's `audit.json`. Raises `StorageError` when that cannot be."""
    attach_audit(release, report.public())


@contextmanager
def _figures_of(path: Path) -> Iterator[Tables]:
    """The published tables of a release, or of files that others published, imported aside."""
    with tempfile.TemporaryDirectory(prefix="kansen-audit-") as aside:
        folder = path
        if not (path.is_dir() and is_release(path)):
            folder = Path(aside) / "release"
            import_files([path], folder)
        with open_release(folder) as other:
            other.verify()
            yield partial(_figures_there, other)


def _figures_there(release: Release, outcome: str) -> pa.Table | None:
    return _published_figures(release, outcome) if outcome in release.outcome_ids else None


def _published_figures(release: Release, outcome: str) -> pa.Table:
    """The figures of an outcome, without n where it was published rounded: an attacker cannot add such numbers up."""
    table = release.estimates(outcome)
    imported = release.manifest.get("imported")
    if imported is None:
        return table
    generation = imported["generations"][imported["outcomes"][outcome]["generation"]]
    if generation["n_rounded_to"] == 1:
        return table
    column = table.schema.get_field_index("n")
    return table.set_column(column, table.schema.field(column), pa.nulls(table.num_rows, pa.int32()))


def _true_figures(vault: Path, outcome: str, axis: str) -> pa.Table | None:
    """The figures of one axis; None where the outcome has none of that axis."""
    path = estimates_path(vault, outcome, axis)
    if not path.is_file():
        if estimates_path(vault, outcome).is_file():
            return None
        raise MissingInputError(
            "The vault has no figures of an outcome of this release",
            where=vault,
            found=f"no estimates/{outcome}.parquet",
            expected="the vault that was written with this release",
            todo="name the right --vault, or leave it out",
        )
    return pq.read_table(path)
