"""What a cohort is and which outcomes it has: read from the TOML files beside this module and checked on load.

A declaration holds everything that people see or that the pipeline needs to know about an outcome: nothing is listed
twice. The data dictionary, the API and the interface are made from the same objects.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, Literal, cast, get_args

from kansen.cohorts.decompositions import DecompositionDeclaration, check_outcomes, read_decompositions
from kansen.cohorts.labels import Label
from kansen.cohorts.origins import CLASSIFICATIONS
from kansen.cohorts.reading import check_words, read_fields, tuples
from kansen.errors import DeclarationError, UsageError

Kind = Literal["binary", "share", "money", "count", "rank"]
Basis = Literal["home", "birth"]
Polarity = Literal["higher", "lower", "none"]
Population = Literal["persons", "births", "residents"]
IncomeOf = Literal["parents", "household"]

SEXES = ("all", "men", "women")

FOLDER = Path(__file__).parent / "declared"


@dataclass(frozen=True)
class Outcome:
    """One declared outcome of a cohort.

    `kind` decides rounding and disclosure: binary (0 or 1 per child), share and rank (0-1), money (euros), count.
    `polarity` says which direction people usually call favourable; `none` means that no direction is. `recipe` says how
    it is computed (see `kansen.cohorts.recipes`); it is empty for outcomes that come ready-made. `minimum` is the least
    that an amount or a count can be: a fitted line can run on below it, and who shows the figure stops there. An
    `optional` outcome is left out, and said to be, when one of its tables was not delivered at all. An `infinite` one
    may be infinite for a child; a figure that such a child is in cannot be told.

    `measure` is the statistic that its figures are, and `of` the outcome that it is a statistic of, where that is not
    the outcome itself: such outcomes are made by `kansen.measures` and never declared here.
    """

    id: str
    cohort: str
    kind: Kind
    unit: str
    polarity: Polarity
    theme: str
    life_phase: str
    years: str
    label: Label
    short: Label
    description: Label
    definition: Label
    source: Label
    missing: Label
    formula: str
    basis: Basis = "home"
    minimum: float | None = None
    measure: str = "expectation"
    of: str | None = None
    optional: bool = field(default=False, compare=False)
    infinite: bool = field(default=False, compare=False)
    recipe: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def public(self) -> dict[str, Any]:
        """Everything that a release says about the outcome, ready for JSON."""
        out: dict[str, Any] = {}
        for item in fields(self):
            if item.name in ("recipe", "optional", "infinite"):
                continue
            value = getattr(self, item.name)
            out[item.name] = value.as_dict() if isinstance(value, Label) else value
        return out


@dataclass(frozen=True)
class Theme:
    """A heading under which outcomes are listed."""

    id: str
    label: Label


@dataclass(frozen=True)
class PositionWords:
    """What a cohort calls one position of an axis, in the place of the words of the groups."""

    label: Label
    phrase: Label

    def public(self) -> dict[str, Any]:
        """The words, ready for JSON."""
        return {"label": self.label.as_dict(), "phrase": self.phrase.as_dict()}


@dataclass(frozen=True)
class AxisWords:
    """What a cohort calls an axis and its positions, where these are about something else than of other cohorts."""

    label: Label
    positions: Mapping[str, PositionWords]

    def public(self) -> dict[str, Any]:
        """The words, ready for JSON."""
        return {
            "label": self.label.as_dict(),
            "positions": {id: words.public() for id, words in self.positions.items()},
        }


@dataclass(frozen=True)
class SpellsDeclaration:
    """What is told of spells of a low income in the country, beside one outcome of a cohort of residents.

    of : the outcome. below : gross personal incomes below it are low, in euros of the cohort's price year. years,
    ages : the first and last that count, of all residents. trend : the first and last year of the trend.
    """

    of: str
    below: float
    years: tuple[int, int]
    ages: tuple[int, int]
    trend: tuple[int, int]
    label: Label
    description: Label

    @property
    def calendar(self) -> range:
        """The years."""
        return range(self.years[0], self.years[1] + 1)

    def public(self) -> dict[str, Any]:
        """Everything that a release says about it, ready for JSON."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            name: value.as_dict() if isinstance(value, Label) else list(value) if isinstance(value, tuple) else value
            for name, value in told.items()
        }


@dataclass(frozen=True)
class CohortDeclaration:
    """Who is followed, and when things are measured. Years are calendar years, ages completed years.

    births : first and last year of birth of those who are followed.
    people : what those who are followed are called, per sex (`all`, `men`, `women`); left out: as the groups are.
    home_age : the place of a child is its home on this birthday; at 0 the first home that is known, else the mother's.
    home_on : instead of a birthday: the day, the same for everybody, on which the home is the place.
    parent_income_years : the years over which parental income is averaged.
    own_income_years : instead: the years over which the own income is averaged, which stands in the place of theirs.
    axes : the words for an axis and its positions, where they are not those of the groups.
    price_year : the year of the euros.
    areas_on : the day whose codes of dwellings are used.
    slack_days : how many days somebody may be absent from a window and still be resident.
    loaded : years of birth that are read, to describe classmates; `births` where it is left out.
    population : where the children come from: the register of persons, or the register of births; or residents of
        the register of persons who are followed from a year on, whoever their parents are.
    birth_home : whether outcomes may be mapped by the mother's home at birth.
    parent_roles : whose income, wealth, education and origin count.
    parent_residency : the years in which a parent has to have lived here; None: no such rule.
    parent_income_of : the parents' own incomes, or that of the (mother's) household.
    parent_income_required : whether a child without parental income leaves the cohort, or stays without a rank.
    wealth_ages : ages of the child in whose years parental wealth is read; a later one counts where the first lacks it.
    education_age : the age of the child in whose year parental education is read; None: not at all.
    origin : how it is told where a family comes from (`kansen.cohorts.origins`).
    household_rule : whether a child without a household on the birthday that sets the place leaves the cohort.
    outcome_age : the outcome year is the year of birth plus this age.
    start_year : instead of an age: the outcome year is this one for everybody, and outcomes lie so many years after it.
    school_years : instead of an age: the outcome year is the latest of these years in which a child is in group 8.
    residency_ages : ages of the first and last calendar year in which the child has to have lived here; None: no rule.
        With `school_years` the ages count from the outcome year, and are [0, 0].
    quirks : what is done as the published pipeline does it (see `kansen.cohorts.compat`).
    spells : what is told of spells of a low income in the country; None: nothing.
    weighted : outcomes of everybody who is still seen, whose national figure is also told for those who are gone.
    decompositions : what gaps between groups go with.
    """

    id: str
    label: Label
    description: Label
    prefix: str
    births: tuple[int, int]
    price_year: int
    areas_on: str
    home_age: int | None = None
    home_on: str | None = None
    parent_income_years: tuple[int, int] | None = None
    own_income_years: tuple[int, int] | None = None
    axes: Mapping[str, AxisWords] = field(default_factory=dict)
    slack_days: int = 31
    people: Mapping[str, Label] = field(default_factory=dict)
    loaded: tuple[int, int] | None = None
    population: Population = "persons"
    birth_home: bool = False
    parent_roles: tuple[str, ...] = ("mother", "father")
    parent_residency: tuple[int, int] | None = None
    parent_income_of: IncomeOf = "parents"
    parent_income_required: bool = True
    wealth_ages: tuple[int, ...] = ()
    education_age: int | None = None
    origin: str = "migration_background"
    household_rule: bool = True
    outcome_age: int | None = None
    start_year: int | None = None
    school_years: tuple[int, int] | None = None
    residency_ages: tuple[int, int] | None = None
    quirks: tuple[str, ...] = ()
    spells: SpellsDeclaration | None = None
    weighted: tuple[str, ...] = ()
    decompositions: tuple[DecompositionDeclaration, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def spells_told(self) -> SpellsDeclaration | None:
        """What is told of spells, if the outcome that it is told beside is among those of the cohort."""
        return self.spells if self.spells and self.spells.of in self.ids else None

    @property
    def read_births(self) -> tuple[int, int]:
        """The first and last year of birth that are read."""
        return self.loaded or self.births

    @property
    def outcome_years(self) -> range:
        """The calendar years in which outcomes are measured."""
        if self.school_years:
            return range(self.school_years[0], self.school_years[1] + 1)
        if self.start_year is not None:
            return range(self.start_year, self.start_year + 1)
        age = self.outcome_age or 0
        return range(self.births[0] + age, self.births[1] + age + 1)

    @property
    def ids(self) -> list[str]:
        """The ids of its outcomes."""
        return [outcome.id for outcome in self.outcomes]

    def outcome(self, id: str) -> Outcome:
        """The outcome of that id, or an error that lists those there are."""
        for outcome in self.outcomes:
            if outcome.id == id:
                return outcome
        raise UsageError(
            "Unknown outcome",
            found=id,
            expected=", ".join(o.id for o in self.outcomes),
            todo="choose one of these",
        )

    def public(self) -> dict[str, Any]:
        """Everything that a release says about the cohort, ready for JSON."""
        out = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "outcomes"}
        told = {
            name: value.as_dict() if isinstance(value, Label) else list(value) if isinstance(value, tuple) else value
            for name, value in out.items()
        }
        told["people"] = {sex: label.as_dict() for sex, label in self.people.items()}
        told["axes"] = {axis: words.public() for axis, words in self.axes.items()}
        told["decompositions"] = [one.public() for one in self.decompositions]
        told["spells"] = self.spells and self.spells.public()
        return told | {"origin": {"id": self.origin, **CLASSIFICATIONS[self.origin].public()}}


@cache
def load_cohort(id: str) -> CohortDeclaration:
    """The declared cohort of that name, or a `UsageError` that lists those there are."""
    path = _declared().get(id)
    if path is None:
        raise UsageError("Unknown cohort", found=id, expected=", ".join(cohort_ids()), todo="choose one of these")
    return read_cohort(path)


def cohort_ids() -> list[str]:
    """The cohorts that Kansen knows: those of children from the oldest age to the youngest, then those of residents."""
    declared = [load_cohort(id) for id in _declared()]

    def place(one: CohortDeclaration) -> tuple[bool, int, str]:
        return one.population == "residents", one.births[0] - one.outcome_years[0], one.id

    return [cohort.id for cohort in sorted(declared, key=place)]


def child_cohorts() -> list[str]:
    """Those of children, which the published pipeline has, too."""
    return [id for id in cohort_ids() if load_cohort(id).population != "residents"]


def _declared() -> dict[str, Path]:
    return {path.stem: path for path in FOLDER.glob("*.toml") if path.stem != "themes"}


@cache
def load_themes() -> tuple[Theme, ...]:
    """The themes, in the order in which they are shown."""
    path = FOLDER / "themes.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Theme(id, Label.read(label, f"{path.name} {id}")) for id, label in content.items())


def read_cohort(path: Path) -> CohortDeclaration:
    """Read and check one declaration file."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError("Not readable as TOML", where=path, found=error, expected="valid TOML") from error
    outcomes = content.pop("outcome", [])
    content["id"] = path.stem
    told = read_decompositions(content.pop("decomposition", []), path)
    called = content.get("people", {})
    content["people"] = {sex: Label.read(words, f"{path} people.{sex}") for sex, words in called.items()}
    content["axes"] = {axis: _axis(words, f"{path} axes.{axis}") for axis, words in content.get("axes", {}).items()}
    if "spells" in content:
        content["spells"] = read_fields(SpellsDeclaration, tuples(content["spells"]), f"{path} spells")
    cohort: CohortDeclaration = read_fields(
        CohortDeclaration, tuples(content), str(path), skip={"outcomes", "decompositions"}
    )
    check_words(
        str(path),
        population=(cohort.population, get_args(Population)),
        parent_income_of=(cohort.parent_income_of, get_args(IncomeOf)),
        origin=(cohort.origin, CLASSIFICATIONS),
    )
    for sex in cohort.people:
        check_words(str(path), people=(sex, SEXES))
    _check_time(cohort, path)
    read = [
        _outcome(item, cohort, f"{path.name} outcome {number} ({item.get('id', 'no id')})")
        for number, item in enumerate(outcomes, 1)
    ]
    ids = [outcome.id for outcome in read]
    for id in ids:
        if ids.count(id) > 1:
            raise DeclarationError("An outcome is declared twice", where=path, found=id, expected="each id once")
    object.__setattr__(cohort, "outcomes", tuple(read))
    object.__setattr__(cohort, "decompositions", told)
    _check_spells(cohort, path)
    shares = [outcome.id for outcome in cohort.outcomes if outcome.kind in ("binary", "rank", "share")]
    for id in cohort.weighted:
        check_words(f"{path} weighted", outcome=(id, shares))
    check_outcomes(cohort.decompositions, shares, path)
    return cohort


def _check_spells(cohort: CohortDeclaration, path: Path) -> None:
    """`DeclarationError` for spells that cannot be told."""
    told = cohort.spells
    if told is None:
        return
    binary = [outcome.id for outcome in cohort.outcomes if outcome.kind == "binary"]
    spans = (told.years, told.ages, told.trend)
    wrong = {
        "population": (cohort.population == "residents", cohort.population, "residents"),
        "of": (told.of in binary, told.of, ", ".join(binary)),
        "below": (type(told.below) in (int, float) and told.below > 0, told.below, "an amount above zero"),
        "years, ages and trend": (all(map(_is_span, spans)), spans, "two whole numbers each, the first and the last"),
    }
    for name, (good, found, expected) in wrong.items():
        if not good:
            raise DeclarationError(
                f"Spells cannot be told: {name}", where=f"{path} spells", found=found, expected=expected
            )
    if not (told.years[0] <= told.trend[0] and told.trend[1] <= told.years[1]):
        raise DeclarationError(
            "Spells cannot be told: trend", where=f"{path} spells", found=told.trend, expected=f"within {told.years}"
        )


def _is_span(value: Any) -> bool:
    return isinstance(value, tuple) and len(cast("tuple[Any, ...]", value)) == 2 and (
        all(type(one) is int for one in cast("tuple[Any, ...]", value)) and value[0] < value[1]
    )  # fmt: skip


def _axis(words: Any, where: str) -> AxisWords:
    """The words for an axis."""
    if not isinstance(words, dict) or set(cast("dict[str, Any]", words)) != {"label", "positions"}:
        raise DeclarationError(
            "The words for an axis cannot be used", where=where, found=words, expected="label and positions"
        )
    told = cast("dict[str, Any]", words)
    positions = {
        id: read_fields(PositionWords, item, f"{where}.positions.{id}") for id, item in dict(told["positions"]).items()
    }
    return AxisWords(Label.read(told["label"], f"{where} label"), positions)


def _check_time(cohort: CohortDeclaration, path: Path) -> None:
    """`DeclarationError` unless a cohort says in one way where people lived, whose income counts, and when."""
    residents = cohort.population == "residents"
    asked = {
        "home_on": residents,
        "own_income_years": residents,
        "start_year": residents,
        "home_age": not residents,
        "parent_income_years": not residents,
    }
    wrong = [name for name, needed in asked.items() if (getattr(cohort, name) is not None) != needed]
    if wrong:
        raise DeclarationError(
            f"A cohort of {cohort.population} has fields too many or too few",
            where=path,
            found=", ".join(f"{name} = {getattr(cohort, name)}" for name in wrong),
            expected=", ".join(name for name, needed in asked.items() if needed) + ", and none of the others",
        )
    if residents and (cohort.parent_roles or cohort.household_rule):
        raise DeclarationError(
            "Residents are followed whoever their parents are",
            where=path,
            found=f"parent_roles = {list(cohort.parent_roles)}, household_rule = {cohort.household_rule}",
            expected="parent_roles = [] and household_rule = false",
        )


def _outcome(item: dict[str, Any], cohort: CohortDeclaration, where: str) -> Outcome:
    made = sorted({"measure", "of"} & set(item))
    if made:
        raise DeclarationError(
            "An outcome of a cohort is measured on children, not worked out of another",
            where=where,
            found=", ".join(made),
            todo="leave them out; measures over outcomes are declared in measures.toml",
        )
    outcome: Outcome = read_fields(Outcome, {**item, "cohort": cohort.id}, where)
    check_words(
        where,
        kind=(outcome.kind, get_args(Kind)),
        basis=(outcome.basis, get_args(Basis)),
        polarity=(outcome.polarity, get_args(Polarity)),
        theme=(outcome.theme, tuple(theme.id for theme in load_themes())),
    )
    check_minimum(outcome.minimum, outcome.kind, where)
    if not outcome.id.startswith(cohort.prefix):
        raise DeclarationError(
            "An outcome lacks its cohort's prefix", where=where, found=outcome.id, expected=cohort.prefix
        )
    return outcome


def check_minimum(minimum: Any, kind: str, where: str) -> None:
    """`DeclarationError` when a declared minimum is no number, or when the kind of outcome has its own limits."""
    if minimum is not None and (
        kind not in ("money", "count") or type(minimum) not in (int, float) or not isfinite(minimum)
    ):
        raise DeclarationError(
            "A minimum cannot be used",
            where=where,
            found=f"{minimum!r} for an outcome of the kind {kind}",
            expected="a number, and an outcome of the kind money or count: the others lie between 0 and 1",
        )
