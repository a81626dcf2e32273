"""What a delivery allows: which tables are there, and which cohorts and outcomes can be built from them.

Only names and headers are looked at, never a row. What is needed comes from the declarations of the cohorts, as
`Requirement`s; this module compares them with what was delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kansen.errors import KansenError, MissingInputError, TableError
from kansen.registers.catalogue import Column, Table
from kansen.registers.find import Delivery, FoundFile
from kansen.registers.sources import Header, match_columns, read_header


@dataclass(frozen=True)
class Requirement:
    """A register table that something cannot be computed without.

    table : its id in the catalogue.
    years : the years it takes; empty for the newest file, whatever its year.
    columns : output names, or concepts; a column that a year does not have yet is not asked for in that year.
    instead : a table that can stand in for it, year by year.
    """

    table: str
    years: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True)
class Needs:
    """What a cohort takes: the tables without which there is no cohort, and those of each outcome by its id.

    predictors : the same for what children are grouped by and a cohort can do without, by column of the cohort file.
    """

    cohort: tuple[Requirement, ...]
    outcomes: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    predictors: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)

    def all(self) -> list[Requirement]:
        """Everything that is needed for anything."""
        optional = [*self.outcomes.values(), *self.predictors.values()]
        return [*self.cohort, *(need for own in optional for need in own)]


@dataclass(frozen=True)
class Lack:
    """Something that is needed and not there: a table (of some years), or columns of it.

    `whole` says that nothing of the table was delivered, in any year: then it was left out on purpose. `gap` says that
    there are files of earlier and of later years: that, or a missing column, rather is a mistake.
    """

    table: str
    years: tuple[int, ...]
    why: str
    columns: tuple[str, ...] = ()
    whole: bool = False
    gap: bool = False

    def words(self) -> str:
        """For people: the table, the years, and why.

        >>> Lack("inpa", (2015, 2016, 2018), "not delivered").words()
        'inpa of 2015–2016, 2018: not delivered'
        """
        return f"{self.table} of {spans(self.years)}: {self.why}" if self.years else f"{self.table}: {self.why}"


@dataclass(frozen=True)
class CohortReadiness:
    """What one cohort lacks, and what each of its outcomes and predictors lacks."""

    id: str
    lacks: tuple[Lack, ...]
    outcomes: Mapping[str, tuple[Lack, ...]]
    predictors: Mapping[str, tuple[Lack, ...]]

    @property
    def left_out(self) -> dict[str, tuple[Lack, ...]]:
        """The outcomes and predictors of which a table was not delivered at all: the cohort is built without them."""
        return {name: lacks for name, lacks in self._optional() if any(lack.whole for lack in lacks)}

    @property
    def stopped_by(self) -> dict[str, tuple[Lack, ...]]:
        """The outcomes and predictors of which a table has holes: building the cohort stops there."""
        return {name: lacks for name, lacks in self._optional() if lacks and not any(lack.whole for lack in lacks)}

    @property
    def can_be_built(self) -> bool:
        """Whether nothing that the cohort takes is lacking, and no outcome or predictor has a table with holes."""
        return not self.lacks and not self.stopped_by

    def _optional(self) -> list[tuple[str, tuple[Lack, ...]]]:
        return [*self.outcomes.items(), *self.predictors.items()]


@dataclass(frozen=True)
class Readiness:
    """The report: the delivery, and what can be built from it. `needed` has the tables and years that are asked for."""

    delivery: Delivery
    cohorts: tuple[CohortReadiness, ...]
    needed: frozenset[tuple[str, int]] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether every cohort that was asked for can be built."""
        return all(cohort.can_be_built for cohort in self.cohorts)


def check(delivery: Delivery, needs: Mapping[str, Needs]) -> Readiness:
    """Compare a delivery with what cohorts need. Reads the headers of files, each once."""
    headers = _Headers(delivery)
    cohorts = [
        CohortReadiness(
            name,
            _lacks(headers, need.cohort),
            {outcome: _lacks(headers, own) for outcome, own in need.outcomes.items()},
            {predictor: _lacks(headers, own) for predictor, own in need.predictors.items()},
        )
        for name, need in needs.items()
    ]
    wanted = [one for need in needs.values() for one in need.all()]
    return Readiness(delivery, tuple(cohorts), frozenset((one.table, year) for one in wanted for year in one.years))


def lacks(delivery: Delivery, needed: Iterable[Requirement]) -> list[Lack]:
    """The tables and years that were not delivered, by the names of the files alone; columns are not looked at.

    Two files that contradict each other count as there: reading them says so.
    """
    names = [*delivery.files, *delivery.conflicts]
    out: dict[Lack, None] = {}
    for need in needed:
        own = {year for name, year in names if name == need.table}
        there = own | {year for name, year in names if name == need.instead}
        absent = tuple(year for year in need.years if year not in there)
        if absent or (not need.years and not there):
            known = {year for year in own if year is not None}
            gap = bool(known and absent) and all(min(known) < year < max(known) for year in absent)
            why = f"not delivered; there are {spans(known)}" if known else "not delivered"
            out[Lack(need.table, absent, why, whole=not there, gap=gap)] = None
    return list(out)


def spans(years: Iterable[int]) -> str:
    """Years as spans.

    >>> spans([2011, 2012, 2013, 2015])
    '2011–2013, 2015'
    """
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and runs[-1][-1] == year - 1:
            runs[-1][1:] = [year]
        else:
            runs.append([year])
    return ", ".join("–".join(map(str, run)) for run in runs)


class _Headers:
    """The headers of a delivery's files, each read when it is first asked for."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.read: dict[Path, Header | KansenError] = {}

    def of(self, file: FoundFile) -> Header | KansenError:
        if file.path not in self.read:
            try:
                self.read[file.path] = read_header(file)
            except KansenError as error:
                self.read[file.path] = error
        return self.read[file.path]


def _lacks(headers: _Headers, needed: Iterable[Requirement]) -> tuple[Lack, ...]:
    out: dict[Lack, None] = {}
    for need in needed:
        out |= dict.fromkeys(_lacking(headers, need))
    return tuple(out)


def _lacking(headers: _Headers, need: Requirement) -> Iterable[Lack]:
    delivery = headers.delivery
    there = {*delivery.files, *delivery.conflicts}
    yield from lacks(delivery, [need])
    found: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for year in need.years or (None,):
        name = need.table if (need.table, year) in there or year is None else need.instead
        if (name, year) in there or (year is None and any(name == one for one, _ in there)):
            why = _wrong(headers, delivery.catalogue.table(name), year, need.columns)
            if why is not None:
                found.setdefault((name, *why), []).extend([] if year is None else [year])
    for (name, reason, columns), years in found.items():
        yield Lack(name, tuple(years), reason, columns)


def _wrong(
    headers: _Headers, table: Table, year: int | None, columns: tuple[str, ...]
) -> tuple[str, tuple[str, ...]] | None:
    """Why the file of that year cannot serve, and the columns it misses; None when it can."""
    try:
        file = headers.delivery.file(table.id, year)
    except KansenError as error:
        return f"{error.what.removeprefix(f'The register table {table.id} ')} ({error.found})", ()
    header = headers.of(file)
    if isinstance(header, KansenError):
        return f"{file.relative} cannot be read ({header.found})", ()
    if header.rows == 0:
        return f"{file.path.name} has no rows", ()
    if header.columns is None:  # an R file tells its columns only when it is read
        return None
    missing: list[str] = []
    wanted = dict.fromkeys((*table.required, *table.unique, *columns))
    for part in dict.fromkeys(part for name in wanted for part in _parts(table, name, file.year)):
        try:
            match_columns(file, [part], header.columns)
        except MissingInputError:
            missing.append(part)
        except TableError as error:
            return f"{file.path.name} has one column more than once ({error.found})", ()
    return (f"{file.path.name} misses {', '.join(missing)}", tuple(missing)) if missing else None


def _parts(table: Table, name: str, year: int | None) -> tuple[str, ...]:
    """The delivered names behind an output name or a concept; none when that year does not have it yet."""
    column = _column(table, name, year)
    return column.parts if column is not None else ()


def _column(table: Table, name: str, year: int | None) -> Column | None:
    named = [template for template in table.templates if template.column.concept == name]
    if named:
        return next((template.column for template in named if template.at(year)), None)
    if any(template.column.output == name and not template.at(year) for template in table.templates):
        return None
    return table.column(name, year)


def delivered(delivery: Delivery) -> list[tuple[Table, list[FoundFile]]]:
    """The tables that were delivered, in the order of the catalogue, with the file that is read for each year."""
    out: list[tuple[Table, list[FoundFile]]] = []
    for table in delivery.catalogue.tables.values():
        files = [file for (name, _), file in delivery.files.items() if name == table.id]
        if files:
            out.append((table, sorted(files, key=lambda file: file.year or 0)))
    return out


def not_delivered(delivery: Delivery) -> list[Table]:
    """The declared tables of which no file was found."""
    there = {name for name, _ in delivery.files}
    return [table for name, table in delivery.catalogue.tables.items() if name not in there]


def gaps(files: list[FoundFile]) -> list[int]:
    """The years between the first and the last file of a yearly table of which there is none."""
    if not files or files[0].table.kind != "yearly":
        return []
    years = {file.year for file in files if file.year is not None}
    return [year for year in range(min(years), max(years)) if year not in years] if years else []
