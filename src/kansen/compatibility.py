"""docs/compat.md: what explains a difference with the published KansenKaart, from declarations and measurements."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from kansen.cohorts import child_cohorts
from kansen.cohorts.compat import PUBLISHED, Quirk, load_others, load_quirks
from kansen.cohorts.effects import Change, Effect, in_short, load_effects, pair_told
from kansen.files import atomic_path

INTRODUCTION = """# Compared with the published KansenKaart

Made by `make docs` from the declared quirks and from what was measured; a test fails when it is out of date.

A figure of a release and the figure of the same name in a published KansenKaart file can differ, because the published
pipeline has 55 known quirks and bugs. Kansen does what is right by default, or the same, and says which. To compare:

1. Build a release that does as they do: `kansen build DIR --out RELEASE --compat kansenkaart-2025`, and
   `kansen export csv --layout kansenkaart RELEASE OUT`. What still differs is in the data, or in the list at the end.
2. To find what explains a difference, switch on one at a time: `--compat Q13`, `--compat Q13,Q18`. The manifest of the
   release names them (`compat`), and so does "About this figure" in the atlas.
3. `kansen build --explain-compat` prints the list below."""

SYMPTOMS = (
    ("n is higher than here", "Q40; in age 35 and the young also Q14"),
    ("n is lower than here", "Q10, Q11, Q13, Q18"),
    ("there are no rows Very_Low and Very_High", "Q30"),
    ("a cell is shown and hidden here, or the other way around", "Q50, Q40; for highest and lowest incomes Q38"),
    ("a figure of zero is absent", "Q54"),
    ("figures agree in four digits and not beyond", "Q52"),
    ("all groups of parental income differ a little", "Q10, Q11, Q13, Q14, Q17, Q18: others are ranked"),
    ("groups of high income or high wealth differ much", "Q15, Q19"),
    ("two parents: more children", "Q23"),
    ("one figure differs, everything else agrees", "Q16, Q26, Q27, Q28, Q31, Q32, Q33, Q34, Q37"),
    ("shares of classmates are lower", "Q35, Q36"),
    ("figures by area differ, the country's do not", "Q12, Q55; Q41 for regions that were renumbered"),
)

WITHOUT_NUMBER = (
    "A pupil with two rows in one school and year counts twice among classmates there, and once here.",
    "A parent whose country of birth is unknown counts as born abroad there; here it is unknown.",
    "Leaving home: where no spell holds a birthday, the first later row of the file counts there, and the next in "
    "time here.",
    "COROP regions have figures for age 35 only there.",
    "Sums of amounts are kept here in whole millionths of a euro, so that every run gives the same bits.",
)


HOW = """Registers: `{registers}`; measured on {day} with `python -m kansen.comparison DIR WORK`. Each
quirk by itself against the cohort as declared (Q04 against Q10, without which it changes nothing).

- *Regrouped*: children of both whose area or group is another one, or whose rank moves by more than a hundredth.
- *Shown*: figures of the country, provinces, COROP regions and municipalities that pass protection.
- *Low*: children of parents with a low income, at the 25th percentile.
- The municipality is the one whose figure for everybody changes most, of those with at least 50 children. At this scale
  one child more or less shows.
- Outcomes are ordered by the change of the country's figures in standard deviations across municipalities; at most five
  are listed per cohort.
- All changes are in [compat-effects.csv](compat-effects.csv).
- Made-up people have the oddities that a quirk needs to matter (docs/synthetic.md tells which and how many), but not as
  many as real ones, or in other places: a small effect here can be a larger one there."""


def page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, "", "## What you see, and what explains it", ""]
    parts += _table(("in their file", "look at"), SYMPTOMS)
    parts += ["", "## What can be switched on", ""]
    for quirk in load_quirks():
        parts += _of(quirk)
    effects = load_effects().of(PUBLISHED)
    parts += [f"### All of them: `--compat {PUBLISHED}`", "", *_measured(effects), ""]
    parts += ["## How it was measured", "", _how(), "", "## What cannot be switched on", ""]
    rows = [(other.id, other.published, other.default, other.why) for other in load_others()]
    parts += _table(("", "there", "here", "why not"), rows)
    parts += ["", "## Differences without a number", "", *[f"- {words}" for words in WITHOUT_NUMBER]]
    return "\n".join(parts) + "\n"


def _how() -> str:
    registers, _, day = load_effects().about.rpartition(", ")
    return HOW.format(registers=registers, day=day)


def _of(quirk: Quirk) -> list[str]:
    effects = load_effects().of(quirk.id)
    needs = f" Changes something only together with {quirk.needs}." if quirk.needs else ""
    return [
        f"### {quirk.id}",
        "",
        f"Cohorts: {', '.join(quirk.cohorts) or 'all'}.{needs}",
        "",
        f"- There: {quirk.published}",
        f"- Here: {quirk.default}",
        f"- Measured: {in_short(effects)}.{_lacking(quirk, effects)}{f' {quirk.unseen}' if quirk.unseen else ''}",
        "",
        *([*_measured(effects), ""] if any(not effect.nothing for effect in effects) else []),
    ]


def _lacking(quirk: Quirk, effects: tuple[Effect, ...]) -> str:
    lacking = [id for id in quirk.cohorts or child_cohorts() if id not in {effect.cohort for effect in effects}]
    return f" Not measured for {', '.join(lacking)}." if lacking and effects else ""


def _measured(effects: tuple[Effect, ...]) -> list[str]:
    head = ("cohort", "children", "dropped", "added", "regrouped", "shown before", "after", "outcomes changed")
    rows = [
        (
            one.cohort,
            *(f"{n:,}" for n in (one.children, one.dropped, one.added, one.regrouped, *one.shown, one.changed)),
        )
        for one in effects
    ]
    out = _table(head, rows) if rows else ["Not measured."]
    changes = [change for one in effects for change in one.changes]
    if changes:
        out += ["", *_table(("outcome", "the country", "low", "municipality"), [_row(change) for change in changes])]
    return out


def _row(change: Change) -> tuple[str, ...]:
    place = "same"
    if change.municipality is not None:
        area, before, after = change.municipality
        place = f"{area}: {pair_told(before, after)}"
    national, low = (pair_told(*pair) if change.of(pair) else "same" for pair in (change.national, change.low))
    return f"`{change.outcome}`", national, low, place


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


if __name__ == "__main__":
    with atomic_path(Path(sys.argv[1])) as aside:
        aside.write_text(page(), encoding="utf-8")
