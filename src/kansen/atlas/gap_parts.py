"""What gaps between groups go with: the parts of one area, and their types in the API."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow.compute as pc
from pydantic import BaseModel, Field

from kansen.release import Release

Text = dict[Literal["nl", "en"], str]
_FIGURE = ("est", "lwr", "upr", "step")
_TWOFOLD = ("gap", "explained", "unexplained")
_THREEFOLD = ("endowments", "coefficients", "interaction")


class Pair(BaseModel):
    """Two groups of one dimension; a gap is the mean of a less that of b."""

    dimension: str = Field(examples=["origin"])
    a: str = Field(examples=["none"])
    b: str = Field(examples=["any"])


class Block(BaseModel):
    """Covariates that are told together."""

    id: str = Field(examples=["parents_income"])
    columns: list[str]
    label: Text


class Decomposition(BaseModel):
    """How gaps in an outcome are decomposed: which pairs of groups, by what, at which levels.

    `least` : so many people of either group have to have the outcome. `survey` : only those who answered one are in it,
    with weights. `of` : all outcomes that this is done for.
    """

    id: str = Field(examples=["background"])
    label: Text
    description: Text
    of: list[str]
    between: list[Pair]
    levels: list[str]
    least: int
    survey: bool = Field(default=False, description="Whether answers to a survey are among the covariates")
    blocks: list[Block]


class PartFigure(BaseModel):
    """A part of a gap with its 95 % interval, in the unit of the outcome: multiples of `step`, which 20 people fill."""

    est: float
    lwr: float
    upr: float
    step: float


class BlockFigure(PartFigure):
    """The part of a gap that goes with a block of covariates."""

    id: str


class Threefold(BaseModel):
    """The same gap in three parts, seen from group b: other characteristics, another pay-off of them, and both."""

    endowments: PartFigure
    coefficients: PartFigure
    interaction: PartFigure


class Gap(Pair):
    """One gap: raw, the part that goes with the blocks, and what is left: not the same as discrimination.

    Every part is rounded by itself: parts need not add up to the gap precisely.
    """

    decomposition: str = Field(examples=["background"])
    gap: PartFigure
    explained: PartFigure
    unexplained: PartFigure
    blocks: list[BlockFigure]
    threefold: Threefold | None = Field(default=None, description="Of the country only, where it may be told")


class AreaGaps(BaseModel):
    """What gaps in an outcome go with in one area; no gaps where there are too few people of either group."""

    outcome: str
    area: str
    name: str
    level: str
    gaps: list[Gap]


def area_gaps(release: Release, outcome: str, area: str) -> dict[str, Any]:
    """The content of `AreaGaps`; `UsageError` or `AreaError` for ids that this release lacks."""
    table = release.decompositions(outcome)
    own = release.areas.area(area)
    rows = table.filter(pc.field("area") == own.id).filter(pc.field("level") == own.level).to_pylist()
    gaps: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        pair = {name: row[name] for name in ("decomposition", "dimension", "a", "b")}
        gap = gaps.setdefault(tuple(pair.values()), {**pair, "blocks": [], "threefold": {}})
        figure = {name: row[name] for name in _FIGURE}
        if row["block"] is not None:
            gap["blocks"].append({"id": row["block"], **figure})
        elif row["part"] in _TWOFOLD:
            gap[row["part"]] = figure
        elif row["part"] in _THREEFOLD:
            gap["threefold"][row["part"]] = figure
    told = [{**gap, "threefold": gap["threefold"] or None} for gap in gaps.values()]
    return {"outcome": outcome, "area": own.id, "name": own.name, "level": own.level, "gaps": told}
