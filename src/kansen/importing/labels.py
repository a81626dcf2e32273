"""What published files call things (`labels.toml`), read and checked: their labels to our names, and who uses which."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from kansen.cohorts.declarations import Kind, Label
from kansen.errors import DeclarationError

FILE = Path(__file__).with_name("labels.toml")
AXES = ("income", "wealth", "education")
DIMENSIONS = ("sex", "origin", "household")
BIRTH = "_birth"

_BIN = re.compile(r"(\d{1,3}) ?% ?- ?(\d{1,3}) ?%")


@dataclass(frozen=True)
class Generation:
    """One generation of published files.

    publisher : who must be named. rule : what was withheld. price_year, area_year : of which year the euros and the
    areas are, None where not known.
    n_in : numbers of children are rounded to this. lacks : what its files have no column of. header : columns that only
    its files have. rds : whether it is read from R files.
    """

    id: str
    label: Label
    publisher: Label
    rule: Label
    price_year: int | None = None
    area_year: int | None = None
    n_in: int = 1
    lacks: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rds: bool = False


@dataclass(frozen=True)
class Word:
    """What a label means: a name of ours, and the generations that use the label so."""

    ours: str
    generations: frozenset[str]


@dataclass(frozen=True)
class Bins:
    """Equal bins of the parents' rank of income or wealth (`of`), `width` percent each: an axis of their own.

    type : what the KansenKloof tables call such rows. ladder : what the rank is called.
    """

    of: str
    axis: str
    type: str
    width: int
    label: Label
    ladder: Label

    @property
    def positions(self) -> tuple[tuple[str, str, tuple[float, float]], ...]:
        """Our id, the published label and the bounds of each bin.

        >>> load_labels().bins[0].positions[1]
        ('from_20_to_40', '20% - 40%', (0.2, 0.4))
        """
        return tuple(
            (
                f"from_{low}_to_{low + self.width}",
                f"{low}% - {low + self.width}%",
                (low / 100, (low + self.width) / 100),
            )
            for low in range(0, 100, self.width)
        )


@dataclass(frozen=True)
class PublishedCohort:
    """Whom the outcomes with a prefix are about. years : when they were measured, where the published name says so."""

    prefix: str
    id: str
    label: Label
    generations: tuple[str, ...]
    births: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    home_age: int | None = None
    outcome_age: int | None = None
    years: str = ""
    either: tuple[str, ...] = ()
    like: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelMap:
    """The whole declaration. `words` has per dimension what each label means; `columns` our name of each column."""

    generations: Mapping[str, Generation]
    columns: Mapping[str, str]
    kloof: Mapping[str, Any]
    words: Mapping[str, Mapping[str, Word]]
    legacy: Mapping[str, Any]
    bins: tuple[Bins, ...]
    cohorts: tuple[PublishedCohort, ...]
    kinds: tuple[tuple[re.Pattern[str], Kind], ...]

    def with_region_types(self, types: Mapping[str, str]) -> LabelMap:
        """The same with other region types, in files of any generation. types : the level that each one means."""
        words = {text: Word(level, frozenset(self.generations)) for text, level in types.items()}
        return replace(self, words=MappingProxyType({**self.words, "region_type": MappingProxyType(words)}))

    def position(self, axis: str, label: str) -> tuple[str, Word] | None:
        """The axis and the position that a label of parental position means; None when it means nothing.

        >>> load_labels().position("income", "20% - 40%")[0]
        'income_5'
        """
        word = self.words[axis].get(label)
        if word is not None:
            return axis, word
        bounds = _BIN.fullmatch(label)
        for bins in (one for one in self.bins if bounds and one.of == axis):
            for ours, published, _ in bins.positions:
                if _BIN.fullmatch(published).groups() == bounds.groups():  # type: ignore[union-attr]
                    return bins.axis, Word(ours, frozenset(self.generations))
        return None

    def cohort(self, outcome: str, generation: str) -> PublishedCohort:
        """Whom an outcome is about: the first cohort of its prefix that the generation has, or has at all."""
        fitting = [one for one in self.cohorts if outcome.startswith(one.prefix)]
        named = [one for one in fitting if one.prefix] or fitting
        return next((one for one in named if generation in one.generations), named[0])

    def generations_of(self, outcome: str) -> frozenset[str]:
        """The generations that an outcome id can be of, by its prefix."""
        longest = next(one for one in self.cohorts if outcome.startswith(one.prefix))
        return frozenset(longest.generations)

    def published(self, dimension: str, ours: str, generation: str) -> str | None:
        """What a generation calls something of ours; None when it has no word for it."""
        words = self.words[dimension].items()
        return next((text for text, word in words if word.ours == ours and generation in word.generations), None)


@cache
def load_labels(path: Path = FILE) -> LabelMap:
    """Read and check the declaration. Raises `DeclarationError` when a label means two things."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    generations = {id: _generation(id, item) for id, item in content["generation"].items()}
    columns: dict[str, str] = {}
    for ours, names in content["columns"].items():
        for name in names:
            if columns.setdefault(name, ours) != ours:
                raise DeclarationError("A column has two meanings", where=path, found=name, expected="one")
    words = {
        dimension: MappingProxyType(_words(dimension, table, path)) for dimension, table in content["labels"].items()
    }
    return LabelMap(
        generations=MappingProxyType(generations),
        columns=MappingProxyType(columns),
        kloof=MappingProxyType(content["kloof"]),
        words=MappingProxyType(words),
        legacy=MappingProxyType(content["legacy"]),
        bins=tuple(
            Bins(**item | {name: Label(**item[name]) for name in ("label", "ladder")}) for item in content["bins"]
        ),
        cohorts=tuple(_cohort(item) for item in content["cohort"]),
        kinds=tuple((re.compile(item["pattern"]), cast(Kind, item["kind"])) for item in content["kind"]),
    )


def _generation(id: str, item: dict[str, Any]) -> Generation:
    texts = {name: Label(**item[name]) for name in ("label", "publisher", "rule")}
    lists = {name: tuple(item[name]) for name in ("lacks", "header") if name in item}
    values: dict[str, Any] = {**item, **texts, **lists}
    return Generation(id, **values)


def _words(dimension: str, table: dict[str, dict[str, list[str]]], path: Path) -> dict[str, Word]:
    found: dict[str, Word] = {}
    for ours, label, generation in _each(table):
        before = found.get(label, Word(ours, frozenset()))
        if before.ours != ours:
            raise DeclarationError(
                "A label has two meanings", where=f"{path} labels.{dimension}", found=label, expected="one"
            )
        found[label] = Word(ours, before.generations | {generation})
    return found


def _each(table: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, str, str]]:
    for ours, by_generation in table.items():
        for generation, labels in by_generation.items():
            for label in labels:
                yield ours, label, generation


def _cohort(item: dict[str, Any]) -> PublishedCohort:
    births = {generation: (years[0], years[1]) for generation, years in item.get("births", {}).items()}
    lists = {name: tuple(item[name]) for name in ("generations", "either", "like") if name in item}
    made = {"label": Label(**item["label"]), "births": MappingProxyType(births)}
    values: dict[str, Any] = {**item, **lists, **made}
    return PublishedCohort(**values)
