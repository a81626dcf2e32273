"""What the gap between two groups goes with, as a cohort declares it: outcomes, groups, blocks of covariates, areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kansen.cohorts.labels import Label
from kansen.cohorts.reading import check_words, read_fields, tuples
from kansen.errors import DeclarationError

DIMENSIONS = ("sex", "origin", "household")
LEVELS = ("nl", "province", "corop", "municipality")
NUMBERS = ("income_rank", "wealth_rank")
CATEGORIES = ("birth_year", "sex", "origin", "household_type", "parent_education")
PLACES = ("province", "corop")
COVARIATES = (*NUMBERS, *CATEGORIES, *PLACES)
"""What a block may hold: columns of the cohort file, and areas that its municipality lies in."""


@dataclass(frozen=True)
class Between:
    """Two groups of one dimension, by their ids: the gap is the mean of a less that of b."""

    dimension: str
    a: str
    b: str

    def public(self) -> dict[str, str]:
        """The three ids, ready for JSON."""
        return {"dimension": self.dimension, "a": self.a, "b": self.b}


@dataclass(frozen=True)
class Block:
    """Covariates that are told together."""

    id: str
    columns: tuple[str, ...]
    label: Label

    def public(self) -> dict[str, Any]:
        """Everything that a release says about it, ready for JSON."""
        return {"id": self.id, "columns": list(self.columns), "label": self.label.as_dict()}


@dataclass(frozen=True)
class Survey:
    """Answers of some of the people of a cohort, a yearly table of the delivery, read in everybody's outcome year.

    weight, cluster : its columns with the number of people whom somebody stands for, and with the first-stage unit of
    the sample. answers : columns that blocks may hold, as categories.
    """

    table: str
    weight: str
    cluster: str
    answers: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return tuple(dict.fromkeys((self.weight, self.cluster, *self.answers)))


@dataclass(frozen=True)
class DecompositionDeclaration:
    """A decomposition (Oaxaca-Blinder) of the gap in some outcomes between pairs of groups.

    of : the outcomes. between : the pairs. blocks : the covariates; one that is what the groups differ in is left out,
    and one that has a single value in an area, too. levels : the levels of areas that it is worked out for. least : so
    many people of either group have to have the outcome, and to have answered. survey : whose answers are covariates,
    too; only those who answered are in it, with their weights.
    """

    id: str
    of: tuple[str, ...]
    between: tuple[Between, ...]
    levels: tuple[str, ...]
    least: int
    label: Label
    description: Label
    blocks: tuple[Block, ...]
    survey: Survey | None = None

    def public(self) -> dict[str, Any]:
        """Everything that a release says about it, ready for JSON."""
        return {
            "id": self.id,
            "label": self.label.as_dict(),
            "description": self.description.as_dict(),
            "of": list(self.of),
            "between": [pair.public() for pair in self.between],
            "levels": list(self.levels),
            "least": self.least,
            "survey": self.survey is not None,
            "blocks": [block.public() for block in self.blocks],
        }


def read_decompositions(items: Sequence[Any], path: Path) -> tuple[DecompositionDeclaration, ...]:
    """The decompositions of a cohort's file; `DeclarationError` for one that cannot be used."""
    read = tuple(_decomposition(item, f"{path} decomposition {number}") for number, item in enumerate(items, 1))
    ids = [one.id for one in read]
    if len(set(ids)) < len(ids):
        raise DeclarationError("A decomposition is declared twice", where=path, found=ids, expected="each id once")
    return read


def check_outcomes(told: Sequence[DecompositionDeclaration], shares: Sequence[str], path: Path) -> None:
    """`DeclarationError` for an outcome that is not there, or whose values do not lie between 0 and 1."""
    for one in told:
        for id in one.of:
            check_words(f"{path} decomposition {one.id}", outcome=(id, shares))


def _decomposition(item: Mapping[str, Any], where: str) -> DecompositionDeclaration:
    content = dict(item)
    between = tuple(_between(pair, where) for pair in content.pop("between", ()))
    blocks = tuple(
        read_fields(Block, tuples(block), f"{where} block {number}")
        for number, block in enumerate(content.pop("block", ()), 1)
    )
    if "survey" in content:
        content["survey"] = read_fields(Survey, tuples(content["survey"]), f"{where} survey")
    one: DecompositionDeclaration = read_fields(
        DecompositionDeclaration, {**tuples(content), "between": between, "blocks": blocks}, where
    )
    known = (*COVARIATES, *(one.survey.answers if one.survey else ()))
    for level in one.levels:
        check_words(where, level=(level, LEVELS))
    for block in blocks:
        for column in block.columns:
            check_words(f"{where} block {block.id}", column=(column, known))
    if not (between and blocks and one.of and one.levels) or type(one.least) is not int or one.least < 2:
        raise DeclarationError(
            "A decomposition lacks something",
            where=where,
            found=f"{len(one.of)} outcomes, {len(between)} pairs, {len(blocks)} blocks, {len(one.levels)} levels, "
            f"least = {one.least}",
            expected="one or more of each, and a whole number of at least 2",
        )
    return one


def _between(pair: Any, where: str) -> Between:
    words = cast("list[Any]", pair) if isinstance(pair, list) else []
    if len(words) != 3 or not all(isinstance(word, str) for word in words):
        raise DeclarationError(
            "The two groups of a decomposition cannot be read",
            where=where,
            found=pair,
            expected='a dimension and two groups, such as ["origin", "none", "any"]',
        )
    dimension, a, b = cast("list[str]", words)
    check_words(where, dimension=(dimension, DIMENSIONS))
    return Between(dimension, a, b)
