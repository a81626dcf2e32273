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
    "home": Label(
        "Had een adres op de verjaardag die de plek bepaalt", "Had an address on the birthday that sets the place"
    ),
    "parent_resident": Label(
        "Een ouder woonde in de inkomensjaren in Nederland", "A parent lived in the Netherlands in the income years"
    ),
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
    births = declaration.population == "births"
    asked = [outcome.recipe.get("required") for outcome in declaration.outcomes]
    has = {
        "birth_date": not births,
        "birth_measured": births,
        "sex_known": births,
        "mother_known": births,
        "parents_known": not births,
        "parent_resident": declaration.parent_residency is not None,
        "parents_income": declaration.parent_income_required,
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
class Attrition:
    """Children per rule: `table` has fate (null: stayed), municipality (null: none, or not yet known), children.

    `uncoded` has, per level of `CODES`, how many children stayed without a code of today.
    """

    declaration: CohortDeclaration
    table: pa.Table
    uncoded: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def count(cls, engine: Engine, children: nw.LazyFrame, declaration: CohortDeclaration) -> Attrition:
        """Count the last stage of a cohort."""
        counts = children.group_by("fate", "municipality").agg(nw.len().alias("children"))
        stayed = children.filter(nw.col("fate").is_null())
        without = stayed.select(*[nw.col(level).is_null().cast(nw.Int64).sum().alias(level) for level in CODES])
        uncoded = {level: int(count or 0) for level, count in engine.collect(without).to_pylist()[0].items()}
        return cls(declaration, engine.collect(counts.sort("fate", "municipality")), uncoded)

    @property
    def left(self) -> int:
        """Children that passed every rule."""
        return sum(row["children"] for row in self.table.to_pylist() if row["fate"] is None)

    def steps(self) -> list[dict[str, Any]]:
        """Rule by rule: step, level, area, before, dropped, left (true counts: these stay in the vault).

        Municipalities start at the rule that assigns the home; before it nobody has one.
        """
        rows = self.table.to_pylist()
        names = rules(self.declaration)
        areas = sorted({row["municipality"] for row in rows if row["municipality"] is not None})
        out = self._follow(rows, names, "nl", "NL")
        after = names.index(HOME) + 1
        for area in areas:
            own = [row for row in rows if row["municipality"] == area]
            out += self._follow(own, names[after:], "municipality", area, after)
        return out

    def coded(self) -> list[dict[str, Any]]:
        """Level by level, how many of the children that stayed lie in an area: rows as in `steps`, for the country.

        These drop nobody: a child without a code is in the figures of the country and in no area of the level.
        """
        return [
            {
                "step": f"in_{level}",
                "level": "nl",
                "area": "NL",
                "before": self.left,
                "dropped": count,
                "left": self.left - count,
            }
            for level, count in self.uncoded.items()
        ]

    def _follow(
        self, rows: list[dict[str, Any]], names: list[str], level: str, area: str, first: int = 0
    ) -> list[dict[str, Any]]:
        left = sum(row["children"] for row in rows if row["fate"] is None or row["fate"] >= first)
        out: list[dict[str, Any]] = []
        for number, name in enumerate(names, first):
            dropped = sum(row["children"] for row in rows if row["fate"] == number)
            out.append(
                {"step": name, "level": level, "area": area, "before": left, "dropped": dropped, "left": left - dropped}
            )
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
        national = [row for row in self.steps() if row["level"] == "nl"]
        if not national or national[0]["before"] == 0:
            return f"nobody born in {self.declaration.births[0]}-{self.declaration.births[1]}"
        return "; ".join(
            f"{row['step']} dropped {row['dropped']} of {row['before']}" for row in national if row["dropped"]
        )
