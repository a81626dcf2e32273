"""A cohort from register tables, in stages that each end in a Parquet file of the vault.

Every child of the birth years stays in the stage files; `fate` holds the number of the rule that dropped it, or is
empty. So the attrition table is one count over the last stage, and an interrupted build goes on after the last
finished stage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from kansen import registers
from kansen.cohorts import recipes
from kansen.cohorts.areas import area_columns, check_areas
from kansen.cohorts.attrition import Attrition, drop_where, fate_of
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.predictors import household_type, origin, parental_income, residency
from kansen.cohorts.prices import price_factor
from kansen.cohorts.tables import Tables, days_present, first_day, last_day
from kansen.engine import Engine, at_age, day, day_number, is_date
from kansen.errors import EmptyResultError
from kansen.files import code_digest, make_folder, read_json, write_json
from kansen.geography import Areas
from kansen.progress import Progress, Quiet

COLUMNS = (
    "person",
    "household",
    "birth_year",
    "sex",
    "origin",
    "household_type",
    "income_rank",
    "wealth_rank",
    "parent_education",
    "municipality",
    "wijk",
    "pc4",
)
"""The columns of a cohort file before its outcomes."""


@dataclass(frozen=True)
class Cohort:
    """One row per child in `path` (Parquet, sorted by person): `COLUMNS`, then the outcomes; missing is null."""

    declaration: CohortDeclaration
    path: Path
    children: int
    attrition: Attrition
    inputs: tuple[dict[str, Any], ...]

    @property
    def rows(self) -> Path:
        """Where the rows are, for `moments.compute`."""
        return self.path


@dataclass(frozen=True)
class _Build:
    declaration: CohortDeclaration
    tables: Tables
    engine: Engine
    areas: Areas
    folder: Path
    progress: Progress

    def rule(self, name: str) -> int:
        """The number of a rule in `fate`."""
        return fate_of(name, self.declaration)

    def stage(self, name: str, make: Callable[[], nw.LazyFrame]) -> nw.LazyFrame:
        """Run a stage, or take its file when the same stage of the same input is already there."""
        frame = make()  # lazy: reads and converts tables, computes nothing yet
        path = self.folder / f"{name}.parquet"
        note = path.with_suffix(".json")
        key = _fingerprint(self.declaration, self.tables.inputs, name)
        # The length, too, so that a file that a power cut left incomplete is made again.
        if not path.is_file() or read_json(note) != {"key": key, "bytes": path.stat().st_size}:
            with self.progress.task(f"{self.declaration.id}: {name}", unit="children") as task:
                note.unlink(missing_ok=True)
                rows = self.engine.write(frame, path, sort_by=["person"])
                task.advance(rows)
            write_json(note, {"key": key, "bytes": path.stat().st_size})
        return self.engine.scan(path)


def build_cohort(
    declaration: CohortDeclaration,
    delivery: registers.Delivery,
    vault: Path,
    engine: Engine,
    areas: Areas,
    progress: Progress | None = None,
) -> Cohort:
    """Follow one cohort through the registers.

    Raises `InputError`s of the tables that it reads, `AreaError` for areas of another year, and `EmptyResultError` when
    no child is left, naming the rule that dropped the last ones.
    """
    progress = progress or Quiet()
    folder = vault / "cohorts" / declaration.id
    make_folder(folder)
    b = _Build(declaration, Tables(delivery, vault, engine, progress), engine, areas, folder, progress)
    children = b.stage("born", lambda: _born(b))
    children = b.stage("home", lambda: _home(b, children))
    check_areas(b.tables, children, areas, declaration)
    children = b.stage("parents", lambda: _parents(b, children))
    children = b.stage("predictors", lambda: _predictors(b, children))
    children = b.stage("outcomes", lambda: _outcomes(b, children))
    attrition = Attrition.count(engine, children, declaration)
    if attrition.left == 0:
        raise EmptyResultError(
            f"No child is left in cohort {declaration.id}",
            where=delivery.root,
            found=attrition.last_words(),
            expected="at least one child that passes every rule",
            todo="check that the tables hold these birth years and the years that the cohort needs",
        )
    names = [*COLUMNS, *(outcome.id for outcome in declaration.outcomes)]
    path = folder / "cohort.parquet"
    b.stage("cohort", lambda: children.filter(nw.col("fate").is_null()).select(*names))
    return Cohort(declaration, path, attrition.left, attrition, tuple(b.tables.inputs.values()))


def _fingerprint(declaration: CohortDeclaration, inputs: dict[str, dict[str, Any]], stage: str) -> str:
    content = [
        code_digest("cohorts", "engine"),
        repr(declaration),
        [repr(o.recipe) for o in declaration.outcomes],
        stage,
        inputs,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _born(b: _Build) -> nw.LazyFrame:
    """Children of the birth years with a real birth date, and their parents' keys."""
    first, last = b.declaration.births
    parts = (nw.col("gbageboortejaar"), nw.col("gbageboortemaand"), nw.col("gbageboortedag"))
    people = b.tables.scan(
        "gbapersoon",
        ["person", *_BIRTH, "gbageslacht", "gbageneratie", "gbaherkomstgroepering"],
    ).filter(nw.col("gbageboortejaar").is_between(first, last))
    links = b.tables.scan("kindouder", ["person", "mother", "father"]).with_columns(linked=nw.lit(True)).drop("row")
    sex = nw.when(nw.col("gbageslacht") == "1").then(nw.lit("men")).when(nw.col("gbageslacht") == "2")
    born = people.join(links, on="person", how="left").with_columns(
        birth_year=nw.col("gbageboortejaar").cast(nw.Int64),
        sex=sex.then(nw.lit("women")),
        birthday_home=at_age(*parts, b.declaration.home_age),
        fate=nw.lit(None).cast(nw.Int64),
    )
    born = drop_where(born, b.rule("birth_date"), ~is_date(*parts))
    born = drop_where(born, b.rule("parents_known"), nw.col("linked").is_null())
    return born.select(
        "person",
        "mother",
        "father",
        "birth_year",
        "birthday_home",
        "sex",
        "gbageneratie",
        "gbaherkomstgroepering",
        "fate",
    )


_BIRTH = ("gbageboortejaar", "gbageboortemaand", "gbageboortedag")


def _home(b: _Build, children: nw.LazyFrame) -> nw.LazyFrame:
    """The dwelling on the birthday at the home age, and its codes on today's borders.

    A dwelling without a code on the target date leaves the child in the country's figures and in no area at that level.
    """
    start, end = b.tables.spell_ends("gbaadresobject")
    spells = b.tables.scan("gbaadresobject", ["person", "dwelling", start, end])
    when = children.filter(nw.col("fate").is_null()).select("person", day=nw.col("birthday_home"))
    homes = b.tables.on_day(spells, start, end, "person", when).select("person", "dwelling", at_home=nw.lit(True))
    on = date.fromisoformat(b.declaration.areas_on)
    codes = area_columns(b.tables, homes, day(on.year, on.month, on.day), on.year)
    out = children.join(homes, on="person", how="left").join(codes, on="dwelling", how="left")
    return drop_where(out, b.rule("home"), nw.col("at_home").is_null()).drop("dwelling", "at_home")


def _parents(b: _Build, children: nw.LazyFrame) -> nw.LazyFrame:
    """Whether a parent lived here, what the parents earned, and the rank of that among the same year of birth."""
    d = b.declaration
    alive = children.filter(nw.col("fate").is_null())
    parents = nw.concat(
        [alive.select(person=nw.col(role)).filter(~nw.col("person").is_null()) for role in ("mother", "father")],
        how="vertical",
    ).unique()
    here = residency(b.tables, parents, first_day(d.parent_residency[0]), last_day(d.parent_residency[1]), d.slack_days)
    income = parental_income(b.tables, parents, d)
    out = children
    for role in ("mother", "father"):
        out = out.join(here.rename({"person": role, "present": f"{role}_here"}), on=role, how="left")
        out = out.join(income.rename({"person": role, "income": f"{role}_income"}), on=role, how="left")
    present = nw.any_horizontal(
        nw.col("mother_here").fill_null(False), nw.col("father_here").fill_null(False), ignore_nulls=True
    )
    mother, father = nw.col("mother_income"), nw.col("father_income")
    out = drop_where(out, b.rule("parent_resident"), ~present).with_columns(
        parents_income=nw.when(~(mother.is_null() & father.is_null())).then(
            mother.fill_null(0.0) + father.fill_null(0.0)
        )
    )
    out = drop_where(out, b.rule("parents_income"), nw.col("parents_income").is_null())
    # Ranked among the children who are still here: a null among the others keeps them out of the ranks.
    out = out.with_columns(income_rank=nw.when(nw.col("fate").is_null()).then(nw.col("parents_income")))
    return recipes.add_rank(out, "income_rank", "birth_year").drop(
        "mother_here", "father_here", "mother_income", "father_income"
    )


def _predictors(b: _Build, children: nw.LazyFrame) -> nw.LazyFrame:
    """Origin, and the type of household on the birthday at the home age."""
    people = b.tables.scan("gbapersoon", ["person", "gbageneratie", "gbaherkomstgroepering"]).drop("row")
    out = origin(children, people)
    out = out.join(household_type(b.tables, children), on="person", how="left")
    out = drop_where(out, b.rule("household_type"), nw.col("household_type").is_null())
    return out.with_columns(
        household=nw.coalesce(nw.col("mother"), nw.col("father")),
        wealth_rank=nw.lit(None).cast(nw.Float64),
        parent_education=nw.lit(None).cast(nw.String),
    ).drop("mother", "father", "birthday_home")


def _outcomes(b: _Build, children: nw.LazyFrame) -> nw.LazyFrame:
    """Residency of the child at the outcome ages, the register values that the recipes need, and the outcomes."""
    d = b.declaration
    ages = d.residency_ages
    start, end = b.tables.spell_ends("gbaadresobject")
    window = children.filter(nw.col("fate").is_null()).select(
        "person",
        from_day=day_number(nw.col("birth_year") + ages[0], nw.lit(1), nw.lit(1)),
        to_day=day_number(nw.col("birth_year") + ages[1], nw.lit(12), nw.lit(31)),
    )
    spells = b.tables.scan("gbaadresobject", ["person", "dwelling", start, end]).drop("row", "dwelling")
    present = days_present(spells.join(window, on="person", how="inner"), start, end)
    out = children.join(window, on="person", how="left").join(present, on="person", how="left")
    enough = nw.col("days").fill_null(0) >= nw.col("to_day") - nw.col("from_day") + 1 - d.slack_days
    out = drop_where(out, b.rule("resident"), ~enough.fill_null(False)).drop("from_day", "to_day", "days")
    out = _attach(b, out)
    # Required outcomes first, because their rules still drop children; ranks are among those who are left after them.
    required = recipes.required(d)
    for outcome in required:
        out = recipes.add(out, outcome)
        out = drop_where(out, b.rule(outcome.id), nw.col(outcome.id).is_null())
    for outcome in d.outcomes:
        if outcome not in required:
            out = recipes.add(out, outcome)
    return out.drop(*[need.name for need in _needs(d)])


def _needs(declaration: CohortDeclaration) -> list[recipes.Need]:
    found = {need.name: need for outcome in declaration.outcomes for need in recipes.needs(outcome)}
    return [found[name] for name in sorted(found)]


def _attach(b: _Build, children: nw.LazyFrame) -> nw.LazyFrame:
    """Join the register values of every child's own years, one table and offset at a time."""
    needs = _needs(b.declaration)
    together: dict[tuple[str, int, bool], list[recipes.Need]] = {}
    for need in needs:
        together.setdefault((need.table, need.offset, need.constant_prices), []).append(need)
    out = children
    for (table, offset, constant), group in together.items():
        values = _values(b, children, table, offset, group, constant)
        out = out.join(values, on="person", how="left")
    return out


def _values(
    b: _Build, children: nw.LazyFrame, table: str, offset: int, needs: Sequence[recipes.Need], constant: bool
) -> nw.LazyFrame:
    d = b.declaration
    columns = [need.column for need in needs]
    alive = children.filter(nw.col("fate").is_null()).select("person", "birth_year")
    shift = d.outcome_age + offset
    if b.tables.is_spells(table):
        start, end = b.tables.spell_ends(table)
        spells = b.tables.scan(table, ["person", start, end, *columns])
        last = alive.select("person", day=day_number(nw.col("birth_year") + shift, nw.lit(12), nw.lit(31)))
        found = b.tables.on_day(spells, start, end, "person", last)
        return found.select("person", *[nw.col(need.column).alias(need.name) for need in needs])
    frames: list[nw.LazyFrame] = []
    for birth_year in range(d.births[0], d.births[1] + 1):
        year = birth_year + shift
        factor = price_factor(year, d.price_year) if constant else None
        value = {n.name: nw.col(n.column) / factor if factor else nw.col(n.column) for n in needs}
        frame = b.tables.yearly(table, columns, year).select("person", **value)
        frames.append(frame.with_columns(birth_year=nw.lit(birth_year).cast(nw.Int64)))
    long = nw.concat(frames, how="vertical")
    return alive.join(long, on=["person", "birth_year"], how="inner").drop("birth_year")
