"""The report of `kansen registers check`, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kansen.registers.catalogue import Table
from kansen.registers.find import Delivery, FoundFile, Unused
from kansen.registers.readiness import CohortReadiness, Lack, Readiness, delivered, gaps, not_delivered, spans

_MOST = 12
"""Lines of one kind before the rest is only counted; `--json` has them all."""


def as_text(report: Readiness) -> str:
    """What was found, what was left, what is missing, and what can be built."""
    return "\n".join(_lines(report))


def as_json(report: Readiness) -> dict[str, Any]:
    """The report as plain values, for `--json`."""
    delivery = report.delivery
    return {
        "root": str(delivery.root),
        "passed": report.passed,
        "tables": [
            {
                "table": table.id,
                "label": table.label,
                "files": [
                    {
                        "year": file.year,
                        "path": file.relative,
                        "format": file.format,
                        "edition": file.edition,
                        "version": file.version,
                    }
                    for file in files
                ],
                "absent_years": gaps(files),
            }
            for table, files in delivered(delivery)
        ],
        "not_delivered": not_delivered(delivery),
        "passed_over": [_file(delivery, one) for one in delivery.passed_over],
        "not_taken": [_file(delivery, one) for one in delivery.not_taken],
        "conflicts": [str(error.found) for error in delivery.conflicts.values()],
        "cohorts": [
            {
                "cohort": cohort.id,
                "can_be_built": cohort.can_be_built,
                "lacks": [_lack(one) for one in cohort.lacks],
                "outcomes": [
                    {
                        "outcome": name,
                        "can_be_built": not (cohort.lacks or lacks),
                        "lacks": [_lack(one) for one in lacks],
                    }
                    for name, lacks in cohort.outcomes.items()
                ],
                "predictors": [
                    {"predictor": name, "lacks": [_lack(one) for one in lacks]}
                    for name, lacks in cohort.predictors.items()
                ],
            }
            for cohort in report.cohorts
        ],
    }


def _lines(report: Readiness) -> Iterator[str]:
    delivery = report.delivery
    yield f"Register tables in {delivery.root}"
    tables = delivered(delivery)
    width = max((len(table.id) for table, _ in tables), default=0)
    for table, files in tables:
        yield f"  {table.id:{width}}  {_table(delivery, table, files)}"
    if not tables:
        yield "  none"
    yield from _section("Not delivered", [", ".join(not_delivered(delivery))] if not_delivered(delivery) else [])
    yield from _section("Delivered twice, and not equal", [str(one.found) for one in delivery.conflicts.values()])
    older = [one for one in delivery.passed_over if not one.same]
    yield from _section("Passed over", [_unused(delivery, one) for one in older])
    yield from _section("Look like a table and are not read", [_unused(delivery, one) for one in delivery.not_taken])
    for cohort in report.cohorts:
        yield ""
        yield from _cohort(cohort)


def _table(delivery: Delivery, table: Table, files: list[FoundFile]) -> str:
    years = spans(file.year for file in files if file.year is not None)
    absent = gaps(files)
    parts = [years] if years else []
    if absent:
        parts[0] += f" ({spans(absent)} absent)"
    parts.append(" and ".join(dict.fromkeys(file.format for file in files)))
    same = {one.path.suffix[1:].lower() for one in delivery.passed_over if one.same and one.table == table.id}
    if same:
        parts[-1] += f" (also {' and '.join(sorted(same))})"
    versions = sorted({_version(file) for file in files} - {""})
    if len(versions) <= 3:
        parts.append(", ".join(versions))
    else:
        parts.append(f"{len(versions)} versions, {versions[0]} to {versions[-1]}")
    if len(files) == 1:
        parts.append(files[0].relative)
    return "; ".join(part for part in parts if part)


def _version(file: FoundFile) -> str:
    edition = f"edition {file.edition} " if file.edition else ""
    return f"{edition}V{file.version}" if file.version else edition.strip()


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield title
    for line in lines[:_MOST]:
        yield f"  {line}"
    if len(lines) > _MOST:
        yield f"  and {len(lines) - _MOST} more"


def _unused(delivery: Delivery, one: Unused) -> str:
    return f"{one.path.relative_to(delivery.root).as_posix()}: {one.why}"


def _cohort(cohort: CohortReadiness) -> Iterator[str]:
    ready = sum(not lacks for lacks in cohort.outcomes.values())
    if cohort.can_be_built:
        yield f"Cohort {cohort.id} can be built, with {ready} of {len(cohort.outcomes)} outcomes"
    else:
        yield f"Cohort {cohort.id} cannot be built"
    for lack in cohort.lacks:
        yield f"  lacks {lack.words()}"
    for what, lacking in (("cannot go on without", cohort.stopped_by), ("leaves out", cohort.left_out)):
        for lacks, names in _together(lacking, cohort.lacks).items():
            yield f"  {what} {_listed(names)}: lacks {'; '.join(lack.words() for lack in lacks)}"


def _together(lacking: dict[str, tuple[Lack, ...]], already: tuple[Lack, ...]) -> dict[tuple[Lack, ...], list[str]]:
    """Outcomes that lack the same share a line; what the whole cohort lacks was said."""
    out: dict[tuple[Lack, ...], list[str]] = {}
    for name, lacks in lacking.items():
        own = tuple(lack for lack in lacks if lack not in already)
        if own:
            out.setdefault(own, []).append(name)
    return out


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= _MOST else f"{', '.join(names[:_MOST])} and {len(names) - _MOST} more"


def _file(delivery: Delivery, one: Unused) -> dict[str, str]:
    return {"table": one.table, "path": one.path.relative_to(delivery.root).as_posix(), "why": one.why}


def _lack(one: Lack) -> dict[str, Any]:
    return {"table": one.table, "years": list(one.years), "columns": list(one.columns), "why": one.why}
