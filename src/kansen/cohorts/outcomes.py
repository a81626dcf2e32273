"""The outcomes of a cohort: values of the registers read once per batch, then one expression per outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

import narwhals.stable.v2 as nw

from kansen.cohorts import recipes
from kansen.cohorts.attrition import drop_where
from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration, Outcome
from kansen.cohorts.values import OfChild, Value, in_batches

GRADE = ("inschrwpo", "wpoleerjaar", "8")
"""The table, column and grade that a cohort of primary school is followed to."""


def read_values(c: Context, children: nw.LazyFrame, after: str) -> dict[str, nw.LazyFrame]:
    """The values that the outcomes ask for, per batch; each batch is a stage after the stage `after`.

    So a change of one outcome reads again what that outcome needs and nothing else.
    """
    needed = [value for outcome in c.declaration.outcomes for value in recipes.values(outcome)]
    alive = children.filter(nw.col("fate").is_null())
    out = {after: children}
    for batch in in_batches([value for value in needed if not isinstance(value, OfChild)]):
        name = f"values-{_label(batch)}"
        read = partial(type(batch[0]).read, c, alive, batch)
        out[name] = c.stage(name, read, [after], [value.name for value in batch])
    return out


def outcomes(c: Context, children: nw.LazyFrame, values: Mapping[str, nw.LazyFrame]) -> nw.LazyFrame:
    """Add every outcome; children that lack a required one are dropped."""
    d = c.declaration
    out = children
    for name, frame in values.items():
        if name.startswith("values-"):
            out = out.join(frame, on="person", how="left")
    required = [outcome for outcome in d.outcomes if outcome.recipe.get("required") is True]
    one_of = [outcome for outcome in d.outcomes if outcome.recipe.get("required") == "one"]
    # Those that drop children come first, because ranks are among those who are left after them.
    ordered = in_order(d, [*one_of, *required, *d.outcomes])
    ranked = [outcome for outcome in ordered if _on_ranks(d, outcome)]
    for outcome in ordered:
        if outcome in ranked:
            continue
        out = recipes.add(out, outcome)
        if outcome in required:
            out = drop_where(out, c.rule(outcome.id), nw.col(outcome.id).is_null())
        if one_of and outcome == one_of[-1]:
            none = nw.all_horizontal(*[nw.col(one.id).is_null() for one in one_of], ignore_nulls=True)
            out = drop_where(out, c.rule("results"), none)
    if not ranked:
        return out
    told = [outcome.id for outcome in ordered if outcome not in ranked]
    return _add_ranks(c, out.select(*children.collect_schema().names(), *told), ranked)


def _on_ranks(d: CohortDeclaration, outcome: Outcome) -> bool:
    """Whether an outcome is a rank, or follows from one."""
    return outcome.recipe["take"] == "rank" or any(_on_ranks(d, d.outcome(id)) for id in recipes.built_on(outcome))


def _add_ranks(c: Context, children: nw.LazyFrame, ranked: list[Outcome]) -> nw.LazyFrame:
    """Add the ranks and what follows from them.

    Each is ranked in a frame of a few columns, from a file: an engine sorts whole rows, and the rows are wide here.
    They follow from other outcomes only, so the values of the registers are not in `children` any more.
    """
    recipes_of = [(outcome.id, dict(outcome.recipe)) for outcome in c.declaration.outcomes if outcome not in ranked]
    measured = c.stage("measured", lambda: children, depends=recipes_of)
    there = measured.collect_schema().names()
    out = measured
    for outcome in ranked:
        if outcome.recipe["take"] == "rank" and outcome.recipe["of"] in there:
            narrow = measured.select("person", "birth_year", "fate", outcome.recipe["of"])
            own = recipes.add(narrow, outcome).select("person", outcome.id)
            out = out.join(own, on="person", how="left")
        else:
            out = recipes.add(out, outcome)
    return out


def _label(batch: list[Value]) -> str:
    """A short file name that says what is inside and differs between batches."""
    first = batch[0]
    digest = hashlib.sha256(f"{type(first).__name__}{first.batch!r}".encode()).hexdigest()[:8]
    return "-".join(part for part in (type(first).__name__.lower(), getattr(first, "table", ""), digest) if part)


def in_order(declaration: CohortDeclaration, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes, each once, after those that it follows from."""
    out: list[Outcome] = []
    for outcome in outcomes:
        for id in recipes.built_on(outcome):
            out += [one for one in in_order(declaration, [declaration.outcome(id)]) if one not in out]
        if outcome not in out:
            out.append(outcome)
    return out
