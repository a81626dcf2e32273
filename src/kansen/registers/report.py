"""The report of `kansen registers check`, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kansen.registers.catalogue import Table
from kansen.registers.find import Delivery, FoundFile, Unused
from kansen.registers.likeness import expected_name
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
        "not_delivered": [table.id for table in not_delivered(delivery)],
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
        yield f"  {table.id:{width}}  {_table(report, table, files)}"
    if not tables:
        yield "  none"
    absent = not_delivered(delivery)
    width = max((len(table.id) for table in absent), default=0)
    places = [f"{table.id:{width}}  {table.label}: {table.folders[0]}/{expected_name(table)}" for table in absent]
    yield from _section("Not delivered", [place.replace("{year}", "<year>") for place in places], len(places))
    yield from _section("Delivered twice, and not equal", [str(one.found) for one in delivery.conflicts.values()])
    older = [one for one in delivery.passed_over if not one.same]
    yield from _section("Passed over", [_unused(delivery, one) for one in older])
    yield from _section("Look like a table and are not read", [_unused(delivery, one) for one in delivery.not_taken])
    for cohort in report.cohorts:
        yield ""
        yield from _cohort(cohort)


def _table(report: Readiness, table: Table, files: list[FoundFile]) -> str:
    delivery = report.delivery
    years = spans(file.year for file in files if file.year is not None)
    parts = [years] if years else []
    for needed, words in ((True, "absent"), (False, "absent, not needed")):
        absent = [year for year in gaps(files) if ((table.id, year) in report.needed) == needed]
        if absent:
            parts[0] += f" ({spans(absent)} {words})"
    parts.append(" and ".join(dict.fromkeys(file.format for file in files)))
    same = {one.path.suffix[1:].lower() for one in delivery.passed_over if one.same and one.table == table.id}
    if same:
        parts[-1] += f" (also {' and '.join(sorted(same))})"
    parts.append(_versions(files))
    if len(files) == 1:
        parts.append(files[0].relative)
    return "; ".join(part for part in parts if part)


def _versions(files: list[FoundFile]) -> str:
    """The version that is read; where years differ, which years have which, the rarer versions first."""
    by: dict[tuple[int, int], list[FoundFile]] = {}
    for file in files:
        by.setdefault((file.edition, file.version), []).append(file)
    if len(by) == 1:
        return _version(files[0])
    rarest = sorted(by.values(), key=lambda own: (len(own), own[0].version))
    named = [f"{_version(own[0]) or 'no version'} of {spans(file.year or 0 for file in own)}" for own in rarest[:-1]]
    return ", ".join([*named, f"else {_version(rarest[-1][0]) or 'no version'}"])


def _version(file: FoundFile) -> str:
    edition = f"edition {file.edition} " if file.edition else ""
    return f"{edition}V{file.version}" if file.version else edition.strip()


def _section(title: str, lines: list[str], most: int = _MOST) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield title
    for line in lines[:most]:
        yield f"  {line}"
    if len(lines) > most:
        yield f"  and {len(lines) - most} more"


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
    for what, lacking in (("stops at", cohort.stopped_by), ("leaves out", cohort.left_out)):
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
