"""The data dictionary: one page, made from the declarations that the pipeline itself reads."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from kansen.cohorts import CohortDeclaration, cohort_ids, load_cohort, load_themes
from kansen.cohorts.recipes import RECIPES
from kansen.cohorts.recipes.check import FIELDS
from kansen.errors import KansenError
from kansen.files import atomic_path
from kansen.geography import load_areas
from kansen.measures import asked_of
from kansen.moments import grid_axes, load_grid
from kansen.moments.grid import Position
from kansen.registers import list_codes, list_columns, list_tables


def dictionary() -> str:
    """The whole page as Markdown."""
    parts = [
        "# Data dictionary",
        "",
        "Made from the declarations by `make docs`; a test fails when it is out of date.",
        *_cohorts(),
        *_groups(),
        *_levels(),
        *_recipes(),
        *_tables(),
    ]
    return "\n".join(parts) + "\n"


def _cohorts() -> list[str]:
    out: list[str] = []
    for name in cohort_ids():
        cohort = load_cohort(name)
        out += [
            "",
            f"## Cohort `{cohort.id}`: {cohort.label.en}",
            "",
            cohort.description.en,
            "",
            " ".join(_rules(cohort)),
            "",
            *_outcomes(cohort),
            *_measures(cohort),
        ]
    return out


def _measures(cohort: CohortDeclaration) -> list[str]:
    """The measures over its outcomes, which a release tells as outcomes of their own."""
    rows = [
        (
            f"`{one.outcome.id}`",
            f"{one.outcome.label.nl} / {one.outcome.label.en}",
            one.outcome.kind,
            one.outcome.unit,
            one.outcome.polarity,
            f"`{one.outcome.formula}`",
        )
        for one in asked_of(cohort.outcomes)
    ]
    if not rows:
        return []
    heads = ("outcome", "label", "kind", "unit", "favourable", "formula")
    return ["", "Measures over these outcomes (see [measures.md](measures.md)):", "", *_table(heads, rows)]


def _rules(cohort: CohortDeclaration) -> list[str]:
    """Who is followed, in sentences; a rule that the cohort does not have is not named."""
    out = [f"Births {_span(cohort.births)}."]
    if cohort.loaded:
        out.append(f"Births {_span(cohort.loaded)} are read to describe classmates.")
    home = f"at {cohort.home_age}" if cohort.home_on is None else f"on {cohort.home_on}"
    out.append(f"Home {home}; borders of {cohort.areas_on}.")
    if cohort.parent_residency:
        out.append(f"A parent resident in {_span(cohort.parent_residency)}, but for {cohort.slack_days} days.")
    whose = "the parents" if cohort.parent_income_of == "parents" else "the mother's household"
    if cohort.parent_income_years:
        out.append(f"Income of {whose} in {_span(cohort.parent_income_years)}.")
    if cohort.own_income_years:
        out.append(f"Own income in {_span(cohort.own_income_years)} in the place of the parents'.")
    if cohort.wealth_ages:
        out.append(f"Wealth in the year of age {' or '.join(map(str, cohort.wealth_ages))}.")
    if cohort.education_age is not None:
        out.append(f"Parental education in the year of age {cohort.education_age}.")
    if cohort.school_years:
        out.append(f"Followed to the latest of the school years {_span(cohort.school_years)} in group 8.")
    if cohort.residency_ages:
        base = "the outcome year" if cohort.school_years else f"the years of ages {_span(cohort.residency_ages)}"
        out.append(f"The child resident in {base}, but for {cohort.slack_days} days.")
    return [*out, f"Euros of {cohort.price_year}."]


def _span(ends: tuple[int, int]) -> str:
    return f"{ends[0]}–{ends[1]}" if ends[0] != ends[1] else str(ends[0])


def _outcomes(cohort: CohortDeclaration) -> list[str]:
    themes = {theme.id: theme.label for theme in load_themes()}
    rows = (
        (
            f"`{o.id}`",
            f"{o.label.nl} / {o.label.en}",
            themes[o.theme].en,
            o.kind,
            o.unit,
            "" if o.minimum is None else f"{o.minimum:g}",
            o.polarity,
            o.definition.en,
            f"`{o.formula}`",
            o.source.en,
            o.missing.en,
        )
        for o in cohort.outcomes
    )
    heads = (
        "outcome",
        "label",
        "theme",
        "kind",
        "unit",
        "minimum",
        "favourable",
        "definition",
        "formula",
        "source",
        "missing",
    )
    return _table(heads, rows)


def _groups() -> list[str]:
    grids = [load_grid(axis) for axis in grid_axes()]
    grid = grids[0]
    positions = (
        (
            of.axis,
            f"`{p.id}`",
            f"{p.label.nl} / {p.label.en}",
            _who(p),
            f"{p.at:.2f}" if p.at is not None else "mean",
            p.kansenkaart,
        )
        for of in grids
        for p in of.positions
    )
    members = (
        (d.id, f"`{m.id}`", f"{m.label.nl} / {m.label.en}", ", ".join(m.of), m.kansenkaart)
        for d in grid.dimensions
        for m in d.members
    )
    return [
        "",
        "## Groups: "
        + ", ".join(f"{len(of.groups)} by {of.label.en.lower()} (`{of.column}`)" for of in grids)
        + ", for every outcome and area",
        "",
        "A group id is `axis=position;sex;origin;household`, for example `income=low;women;any;single`. Position",
        "`all` is the same cell on every axis.",
        "",
        *_table(("axis", "position", "label", "parents", "evaluated at", "in KansenKaart files"), positions),
        "",
        *_table(("dimension", "member", "label", "codes of the cohort file", "in KansenKaart files"), members),
    ]


def _who(position: Position) -> str:
    """Whose parents a position is about."""
    if position.range:
        return f"rank {position.range[0]:.2f} to {position.range[1]:.2f}, both included"
    return ", ".join(f"`{code}`" for code in position.of) or "everybody"


def _levels() -> list[str]:
    areas = load_areas()
    rows = (
        (
            f"`{level}`",
            f"{areas.info(level).label['nl']} / {areas.info(level).label['en']}",
            str(len(areas.ids(level))),
            areas.vintage(level),
            f"`{areas.ids(level)[0]}`",
            areas.info(level).definition["en"],
        )
        for level in areas.levels
    )
    return ["", "## Area levels", "", *_table(("level", "label", "areas", "vintage", "example", "what it is"), rows)]


def _recipes() -> list[str]:
    """The kinds of outcomes and their fields, which a new outcome chooses from."""
    kinds = ((f"`{name}`", one.about, _words(one.fields), _words(one.optional)) for name, one in RECIPES.items())
    fields = ((f"`{name}`", one.kind[1], one.about) for name, one in sorted(FIELDS.items()))
    return [
        "",
        "## Recipes",
        "",
        "How an outcome is computed: `recipe = { take = ..., ... }` in its declaration, with the fields of that kind.",
        "",
        *_table(("take", "the outcome", "fields", "may have"), kinds),
        "",
        *_table(("field", "is", "what it does"), fields),
    ]


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _tables() -> list[str]:
    out: list[str] = []
    for title, rows in (
        ("Register tables", list_tables()),
        ("Columns of the register tables", list_columns()),
        ("Codes in the register tables", list_codes()),
    ):
        heads = tuple(rows[0])
        out += ["", f"## {title}", "", *_table(heads, (tuple(row[head] for head in heads) for row in rows))]
    return out


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return [line(heads), line("---" for _ in heads), *(line(row) for row in rows)]


def write(path: Path) -> None:
    """Write the page to `path`."""
    with atomic_path(path) as aside:
        aside.write_text(dictionary(), encoding="utf-8")


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]))
    except KansenError as error:
        sys.exit(f"kansen: {error}")
