"""A cohort from register tables, in stages that each end in a Parquet file of the vault.

Every child of the birth years stays in the stage files; `fate` holds the number of the rule that dropped it, or is
empty. So the attrition table is one count over the last stage, and an interrupted build goes on after the last
finished stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from kansen import registers
from kansen.cohorts.areas import LEVELS, check_areas
from kansen.cohorts.attrition import Attrition, drop_where
from kansen.cohorts.compat import Switches
from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration, SpellsDeclaration
from kansen.cohorts.decompositions import Survey
from kansen.cohorts.homes import BIRTH, birth_homes, homes
from kansen.cohorts.origins import CLASSIFICATIONS, origin
from kansen.cohorts.outcomes import GRADE, outcomes, read_values
from kansen.cohorts.panel import panel_of, panel_people, parts_of
from kansen.cohorts.parents import own_income, parents
from kansen.cohorts.population import population
from kansen.cohorts.predictors import household_type
from kansen.cohorts.requirements import as_delivered
from kansen.cohorts.tables import Tables, days_between, days_present
from kansen.cohorts.values import InYear, latest_year
from kansen.engine import Engine, day_number
from kansen.errors import EmptyResultError, NobodyBornError
from kansen.files import make_folder
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
"""The columns of a cohort file before its outcomes; a cohort with birth areas has those after them."""

PARENTS_INCOME = "parents_income"
"""The last column of a cohort file: the income that parents (of residents: they themselves) are ranked by, in euros of
the cohort's price year."""


@dataclass(frozen=True)
class Cohort:
    """One row per child in `path` (Parquet, sorted by person): `COLUMNS`, the outcomes and `PARENTS_INCOME`.

    Missing is null. `panel` : the yearly incomes of all residents (`kansen.cohorts.panel`), where spells are told.
    `surveys` : per decomposition with answers, the file of those who answered: `person` and the columns of the survey.
    """

    declaration: CohortDeclaration
    path: Path
    children: int
    attrition: Attrition
    inputs: tuple[dict[str, Any], ...]
    panel: tuple[Path, ...] = ()
    surveys: Mapping[str, Path] = field(default_factory=dict)

    @property
    def rows(self) -> Path:
        """Where the rows are, for `moments.compute`."""
        return self.path


def build_cohort(
    declaration: CohortDeclaration,
    delivery: registers.Delivery,
    vault: Path,
    engine: Engine,
    areas: Areas,
    progress: Progress | None = None,
) -> Cohort:
    """Follow one cohort through the registers, without the optional outcomes whose tables were not delivered.

    Raises `InputError`s of the tables that it reads, `AreaError` for areas of another year, `NobodyBornError` when
    nobody of its years of birth is there, before any other table is read, and `EmptyResultError` when no child is left,
    naming the rule that dropped the last ones.
    """
    progress = progress or Quiet()
    declaration, notes = as_delivered(declaration, delivery)
    folder = vault / "cohorts" / declaration.id
    make_folder(folder)
    c = Context(
        declaration,
        Tables(delivery, vault, engine, progress),
        engine,
        areas,
        folder,
        progress,
        Switches(declaration.quirks),
    )
    born = c.stage("born", lambda: population(c))
    _require_anybody(c, born)
    for note in notes:
        progress.say(note)
    at_home = c.stage("home", lambda: homes(c, born), ["born"])
    before = "home"
    if declaration.birth_home:
        before, lived = "birth-home", at_home
        at_home = c.stage(before, lambda: birth_homes(c, lived), ["home"])
    check_areas(c.tables, at_home, areas, declaration)
    position = own_income if declaration.own_income_years else parents
    with_parents = c.stage("parents", lambda: position(c, at_home), [before])
    described = c.stage("predictors", lambda: _predictors(c, with_parents), ["parents"])
    followed = c.stage("followed", lambda: _moved(c, _followed(c, described)), ["predictors"])
    values = read_values(c, followed, "followed")
    keep = [*COLUMNS, *(BIRTH if declaration.birth_home else ())]
    recipes = [(o.id, dict(o.recipe)) for o in declaration.outcomes]
    children = c.stage(
        "outcomes",
        lambda: outcomes(c, followed, values).select(*keep, "fate", *declaration.ids, PARENTS_INCOME),
        [*values],
        recipes,
    )
    attrition = Attrition.count(engine, children, declaration)
    if attrition.left == 0:
        raise EmptyResultError(
            f"No child is left in cohort {declaration.id}",
            where=delivery.root,
            found=attrition.last_words(),
            expected="at least one child that passes every rule",
            todo="check that the tables hold these birth years and the years that the cohort needs",
        )
    c.stage(
        "cohort",
        lambda: children.filter(nw.col("fate").is_null()).select(*keep, *declaration.ids, PARENTS_INCOME),
        ["outcomes"],
    )
    panel = _panel(c, declaration.spells_told) if declaration.spells_told else ()
    surveys = {one.id: _survey(c, one.id, one.survey) for one in declaration.decompositions
               if one.survey and set(one.of) & set(declaration.ids)}  # fmt: skip
    inputs = tuple(c.tables.inputs.values())
    return Cohort(declaration, folder / "cohort.parquet", attrition.left, attrition, inputs, panel, surveys)


def _survey(c: Context, id: str, survey: Survey) -> Path:
    """The answers of those who were asked in their outcome year, whether or not they are in the cohort."""

    def answers() -> nw.LazyFrame:
        frames = [c.tables.yearly(survey.table, survey.columns, year).with_columns(year=nw.lit(year).cast(nw.Int64))
                  for year in c.declaration.outcome_years]  # fmt: skip
        people = c.engine.scan(c.folder / "followed.parquet").select("person", "year")
        return people.join(nw.concat(frames, how="vertical"), on=["person", "year"], how="inner").drop("year")

    c.stage(f"survey-{id}", answers, ["followed"], depends=survey)
    return c.folder / f"survey-{id}.parquet"


def _panel(c: Context, spells: SpellsDeclaration) -> tuple[Path, ...]:
    """The yearly incomes of all residents, which spells of a low income are told from, some people per file."""
    years, ages, price_year = spells.calendar, spells.ages, c.declaration.price_year
    people = c.stage("panel_people", lambda: panel_people(c.tables, years, ages))
    found: list[Path] = []
    for number, part in enumerate(parts_of(c.folder / "panel_people.parquet")):
        made = partial(panel_of, c.tables, people, part, years, ages, price_year)
        c.stage(f"panel_{number}", made, ["panel_people"], depends=part)
        found.append(c.folder / f"panel_{number}.parquet")
    return tuple(found)


def _require_anybody(c: Context, born: nw.LazyFrame) -> None:
    d = c.declaration
    if c.engine.collect(born.filter(nw.col("core")).select("person").head(1)).num_rows == 0:
        table = "perined" if d.population == "births" else "gbapersoon"
        raise NobodyBornError(
            f"Nobody of cohort {d.id} is in the registers",
            where=c.tables.delivery.file(table).path,
            found=f"nobody born in {d.births[0]}-{d.births[1]}",
            expected="children of the cohort's years of birth",
            todo="deliver the table with these years of birth, or leave the cohort out",
        )


def _predictors(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """Origin and type of household of those who are followed; their classmates have done their part."""
    d = c.declaration
    by = CLASSIFICATIONS[d.origin]
    people = c.tables.scan("gbapersoon", ["person", *by.columns]).drop("row")
    out = origin(children.filter(nw.col("core")).drop("core"), people, d.parent_roles, by)
    if d.home_age is None:  # residents: the household of their childhood is not known
        return out.with_columns(household_type=nw.lit(None).cast(nw.String))
    out = out.join(household_type(c.tables, out, d.home_age, c.quirks), on="person", how="left")
    if d.household_rule:
        out = drop_where(out, c.rule("household_type"), nw.col("household_type").is_null())
    return out.with_columns(household=nw.coalesce(nw.col("mother"), nw.col("father"))).drop("mother", "father")


def _followed(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """The outcome year of each child, and whether it lived here at the outcome ages."""
    d = c.declaration
    if d.school_years:
        seen = latest_year(c, *GRADE, d.outcome_years)
        out = children.join(seen, on="person", how="left")
        out = drop_where(out, c.rule("in_grade"), nw.col("year").is_null())
    elif d.start_year is not None:
        out = children.with_columns(year=nw.lit(d.start_year).cast(nw.Int64))
    else:
        out = children.with_columns(year=nw.col("birth_year") + (d.outcome_age or 0))
    return _resident(c, out) if d.residency_ages else out


PROTECTION = InYear("jgdbescherm", 2015)
"""Child-protection measures, which are delivered from 2015."""


def _moved(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    """With Q55, give children with a protection measure the areas of their birth as those of their home."""
    if "Q55" not in c.quirks:
        return children
    alive = children.filter(nw.col("fate").is_null())
    measure = InYear.read(c, alive, [PROTECTION]).rename({PROTECTION.name: "measure"})
    out = children.join(measure, on="person", how="left")
    under = ~nw.col("measure").is_null()
    moved = {level: nw.when(under).then(nw.col(birth)).otherwise(nw.col(level)) for level, birth in AT_BIRTH.items()}
    return out.with_columns(**moved).drop("measure")


AT_BIRTH = dict(zip(LEVELS, BIRTH, strict=True))
"""The level of a home and the column with that of the birth."""


def _resident(c: Context, children: nw.LazyFrame) -> nw.LazyFrame:
    d = c.declaration
    first, last = d.residency_ages or (0, 0)
    base = nw.col("year") if d.school_years else nw.col("birth_year")
    start, end = c.tables.spell_ends("gbaadresobject")
    window = children.filter(nw.col("fate").is_null()).select(
        "person",
        from_day=day_number(base + first, nw.lit(1), nw.lit(1)),
        to_day=day_number(base + last, nw.lit(12), nw.lit(31)),
    )
    spells = c.tables.scan("gbaadresobject", ["person", "dwelling", start, end]).drop("row", "dwelling")
    plain = "Q13" in c.quirks
    count = days_between if plain else days_present
    present = count(spells.join(window, on="person", how="inner"), start, end)
    out = children.join(window, on="person", how="left").join(present, on="person", how="left")
    length = nw.col("to_day") - nw.col("from_day") + (0 if plain else 1)
    enough = nw.col("days").fill_null(0) >= length - d.slack_days
    return drop_where(out, c.rule("resident"), ~enough.fill_null(False)).drop("from_day", "to_day", "days")
