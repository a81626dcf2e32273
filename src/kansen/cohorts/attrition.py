"""How many children each rule dropped, overall and per municipality of the childhood home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import pyarrow as pa

from kansen.cohorts.declarations import CohortDeclaration, Label
from kansen.engine import Engine

RULES: dict[str, Label] = {
    "birth_date": Label("Heeft een geldige geboortedatum", "Has a valid date of birth"),
    "birth_measured": Label(
        "Zwangerschapsduur en geboortegewicht zijn bekend", "Length of pregnancy and weight at birth are known"
    ),
    "sex_known": Label("Het geslacht is bekend", "The sex is known"),
    "mother_known": Label("De moeder is bekend", "The mother is known"),
    "parents_known": Label("Staat met ouders in het register", "Is in the register with parents"),
    "home": Label("Had een adres op de dag die de plek bepaalt", "Had an address on the day that sets the place"),
    "parent_resident": Label(
        "Een ouder woonde in de inkomensjaren in Nederland", "A parent lived in the Netherlands in the income years"
    ),
    "own_income": Label("Het eigen inkomen aan het begin is bekend", "The own income at the start is known"),
    "parents_income": Label("Het inkomen van een ouder is bekend", "A parent's income is known"),
    "household_type": Label("Het soort gezin is bekend", "The type of household is known"),
    "in_grade": Label("Zat in deze jaren in groep 8", "Was in group 8 in these years"),
    "resident": Label("Woonde op de uitkomstleeftijd in Nederland", "Lived in the Netherlands at the outcome ages"),
    "results": Label("Minstens een toets of advies is bekend", "At least one test or advice is known"),
}
"""Rules in the order in which they drop children; a cohort has some of them (`rules`).

Rules of single outcomes (`required`) come after them.
"""

HOME = "home"

CODES: dict[str, Label] = {
    "municipality": Label("De woning ligt in een gemeente van nu", "The home lies in a municipality of today"),
    "wijk": Label("De woning ligt in een wijk van nu", "The home lies in a wijk of today"),
    "pc4": Label("De woning heeft nu een postcode", "The home has a postcode today"),
}
"""Levels at which a home may lack a code (demolished, renumbered): such a child stays, but in no area of that level."""


def fate_of(rule: str, declaration: CohortDeclaration) -> int:
    """The number of a rule in the column `fate`."""
    return rules(declaration).index(rule)


def rules(declaration: CohortDeclaration) -> list[str]:
    """All rules of a cohort, in the order in which they drop children."""
    births, residents = (declaration.population == kind for kind in ("births", "residents"))
    asked = [outcome.recipe.get("required") for outcome in declaration.outcomes]
    has = {
        "birth_date": not births,
        "birth_measured": births,
        "sex_known": births,
        "mother_known": births,
        "parents_known": not births and not residents,
        "own_income": residents,
        "parent_resident": declaration.parent_residency is not None,
        "parents_income": declaration.parent_income_required and not residents,
        "household_type": declaration.household_rule,
        "in_grade": declaration.school_years is not None,
        "resident": declaration.residency_ages is not None,
        "results": "one" in asked,
    }
    single = [outcome.id for outcome in declaration.outcomes if outcome.recipe.get("required") is True]
    return [*[rule for rule in RULES if has.get(rule, True)], *single]


def drop_where(frame: nw.LazyFrame, rule: int, test: nw.Expr) -> nw.LazyFrame:
    """Give the children that pass `test` and were not dropped before the fate `rule`."""
    hit = nw.col("fate").is_null() & test
    return frame.with_columns(fate=nw.when(hit).then(nw.lit(rule)).otherwise(nw.col("fate")).cast(nw.Int64))


@dataclass(frozen=True)
class Breakdown:
    """Children per rule and category: `table` has fate (null: stayed), category (null: unknown), children.

    after : the rule from whose next one on the category is known; None: it is known of everybody.
    """

    table: pa.Table
    after: str | None = None


INCOME_PARTS = 5

KNOWN_AFTER = {"municipality": HOME, "sex": None, "origin": None, "income": "parents_income"}
"""By what the counts are broken down, and the rule after which that is known."""


@dataclass(frozen=True)
class Attrition:
    """Children per rule (`national`: fate, children), broken down by `KNOWN_AFTER`.

    `uncoded` has, per level of `CODES`, how many children stayed without a code of today.
    """

    declaration: CohortDeclaration
    national: pa.Table
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)
    uncoded: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def count(cls, engine: Engine, children: nw.LazyFrame, declaration: CohortDeclaration) -> Attrition:
        """Count the last stage of a cohort: fate, municipality, sex, origin, income_rank and the levels of `CODES`."""
        fifth = (nw.col("income_rank") * INCOME_PARTS).floor().cast(nw.Int64) + 1
        capped = nw.min_horizontal(fifth, nw.lit(INCOME_PARTS)).cast(nw.String)
        of = {
            "municipality": nw.col("municipality"),
            "sex": nw.col("sex"),
            "origin": nw.col("origin"),
            "income": nw.when(~nw.col("income_rank").is_null()).then(capped),
        }
        children_in = nw.len().alias("children")
        known = rules(declaration)
        breakdowns: dict[str, Breakdown] = {}
        for name, category in of.items():
            counted = children.select("fate", category=category).group_by("fate", "category").agg(children_in)
            table = engine.collect(counted.sort("fate", "category"))
            after = KNOWN_AFTER[name]
            if after is not None and after not in known:  # nobody leaves for it: known after the rule before it
                before = [rule for rule in RULES if rule in known and [*RULES].index(rule) < [*RULES].index(after)]
                after = before[-1]
            breakdowns[name] = Breakdown(table, after)
        national = engine.collect(children.group_by("fate").agg(children_in).sort("fate"))
        stayed = children.filter(nw.col("fate").is_null())
        without = stayed.select(*[nw.col(level).is_null().cast(nw.Int64).sum().alias(level) for level in CODES])
        uncoded = {level: int(count or 0) for level, count in engine.collect(without).to_pylist()[0].items()}
        return cls(declaration, national, breakdowns, uncoded)

    @property
    def left(self) -> int:
        """Children that passed every rule."""
        return sum(row["children"] for row in self.national.to_pylist() if row["fate"] is None)

    def steps(self) -> list[dict[str, Any]]:
        """Rule by rule: step, level, area, dimension, category, before, dropped, left (true counts, for the vault).

        First the country, then the municipalities (`level` and `area`), then sex, origin and fifth of parental income
        (`dimension` and `category`; `all` in the other rows). A breakdown starts at the rule after which it is known.
        """
        names = rules(self.declaration)
        out = self._follow(self.national.to_pylist(), names, {})
        for name, breakdown in self.breakdowns.items():
            rows = breakdown.table.to_pylist()
            first = 0 if breakdown.after is None else names.index(breakdown.after) + 1
            for category in sorted({row["category"] for row in rows if row["category"] is not None}):
                own = [row for row in rows if row["category"] == category]
                at_area = name == "municipality"
                where = {"level": name, "area": category} if at_area else {"dimension": name, "category": category}
                out += self._follow(own, names[first:], where, first)
        return out

    def coded(self) -> list[dict[str, Any]]:
        """Level by level, how many of the children that stayed lie in an area: rows as in `steps`, for the country.

        These drop nobody: a child without a code is in the figures of the country and in no area of the level.
        """
        return [
            {**_WHOLE, "step": f"in_{level}", "before": self.left, "dropped": count, "left": self.left - count}
            for level, count in self.uncoded.items()
        ]

    def _follow(
        self, rows: list[dict[str, Any]], names: list[str], where: Mapping[str, str], first: int = 0
    ) -> list[dict[str, Any]]:
        left = sum(row["children"] for row in rows if row["fate"] is None or row["fate"] >= first)
        out: list[dict[str, Any]] = []
        for number, name in enumerate(names, first):
            dropped = sum(row["children"] for row in rows if row["fate"] == number)
            out.append({**_WHOLE, **where, "step": name, "before": left, "dropped": dropped, "left": left - dropped})
            left -= dropped
        return out

    def labels(self) -> dict[str, Label]:
        """What each step asks of a child, in words."""
        required = {
            o.id: Label(f"{o.label.nl} is bekend", f"{o.label.en} is known")
            for o in self.declaration.outcomes
            if o.recipe.get("required") is True
        }
        return {**RULES, **required, **{f"in_{level}": label for level, label in CODES.items()}}

    def last_words(self) -> str:
        """The rules that dropped somebody, with true counts, for the message about an empty cohort."""
        national = [row for row in self.steps() if row["level"] == "nl" and row["dimension"] == "all"]
        if not national or national[0]["before"] == 0:
            return f"nobody born in {self.declaration.births[0]}-{self.declaration.births[1]}"
        return "; ".join(
            f"{row['step']} dropped {row['dropped']} of {row['before']}" for row in national if row["dropped"]
        )


_WHOLE = {"level": "nl", "area": "NL", "dimension": "all", "category": "all"}
