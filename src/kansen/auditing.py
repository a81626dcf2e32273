"""`kansen audit`: open a release as anybody could, attack it, and (with its vault) score what was reached."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kansen.errors import MissingInputError
from kansen.measures.vault import estimates_path
from kansen.progress import Progress
from kansen.protection import AuditReport, audit
from kansen.release import Release, open_release
from kansen.release.writer import attach_audit


def audit_release(release: Path, vault: Path | None = None, progress: Progress | None = None) -> AuditReport:
    """Attack the release at `release`; with `vault`, score the findings against the true figures there.

    Raises `ReleaseError` for a release that is damaged or was changed, and `MissingInputError` for a vault without the
    release's outcomes.
    """
    with open_release(release) as opened:
        opened.verify()
        return audit(
            outcomes=opened.outcomes["outcomes"],
            groups=opened.groups,
            areas=opened.areas,
            levels=opened.levels,
            estimates=partial(_published_figures, opened),
            profile=opened.manifest["profile"],
            truth=partial(_true_figures, vault) if vault else None,
            progress=progress,
        )


def attach(release: Path, report: AuditReport) -> None:
    """Keep the public part of the report in the release's `audit.json`. Raises `StorageError` when that cannot be."""
    attach_audit(release, report.public())


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
