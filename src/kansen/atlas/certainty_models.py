"""What the API answers about how sure figures are, as types: ranks, reliability, neighbours, changes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from kansen.atlas.models import SeriesBreak


class Ranks(BaseModel):
    """How sure a layer is: places, shrunk figures and differences from the country; one entry per area in all lists.

    Places after Mogstad, Romano, Shaikh and Wilhelm (2024), at 95 %; the highest figure has rank 1. Shrunk figures are
    for reading one area: never rank them or use them as data. All of it follows from the published figures alone.
    """

    outcome: str = Field(examples=["c35_income"])
    level: str = Field(examples=["municipality"])
    group: str = Field(examples=["income=all;all;all;all"])
    less: str | None = Field(description="The group that was taken off; null for the figures of the group itself")
    areas: list[str] = Field(examples=[["GM0014", "GM0363"]])
    se: list[float | None] = Field(description="Standard error behind the interval, noise included")
    rank: list[int | None] = Field(description="Place by the figure alone; null where an area is not ranked")
    low: list[int | None] = Field(description="Best place, for one area that was chosen beforehand")
    high: list[int | None] = Field(description="Worst place, for one area that was chosen beforehand")
    low_all: list[int | None] = Field(description="Best place, right for all areas together")
    high_all: list[int | None] = Field(description="Worst place, right for all areas together")
    of: list[int | None] = Field(description="Among how many areas with a figure", examples=[[342, 342]])
    tier: list[int | None] = Field(description="Areas of one tier cannot be told from its first, together")
    within: list[str | None] | None = Field(
        description="The area around each that it is ranked in; null when the whole level is ranked together"
    )
    post: list[float | None] = Field(description="Shrunk figure")
    post_lwr: list[float | None]
    post_upr: list[float | None]
    weight: list[float | None] = Field(description="How much the own figure counts in the shrunk one, 0 to 1")
    shrunk_reason: str | None = Field(description="Why nothing was shrunk: too_few_areas; null when it was")
    p_adjusted: list[float | None] = Field(
        description="Difference from the country, among all areas (Benjamini and Hochberg); null where not known, "
        "and of differences between groups"
    )
    differs: list[bool | None] = Field(description="Whether an area differs from the country, at a rate of 5 %")


class Reliable(BaseModel):
    """How much of the differences between the areas of a layer is real. From the published figures alone."""

    outcome: str = Field(examples=["c35_income"])
    level: str = Field(examples=["municipality"])
    group: str = Field(examples=["income=all;all;all;all"])
    less: str | None = Field(description="The group that was taken off; null for the figures of the group itself")
    areas: int = Field(description="Areas with a figure and a standard error", examples=[342])
    reliability: float | None = Field(
        description="The share of the variance between areas that is not chance, 0 to 1", examples=[0.77]
    )
    spread: float | None = Field(description="Standard deviation of areas apart from chance, in the outcome's unit")
    detectable: float | None = Field(
        description="The smallest true difference from a known figure that would be found four times out of five, in "
        "half of the areas; in the outcome's unit"
    )
    reason: str | None = Field(description="Why there is no reliability: too_few_areas, no_variation; null otherwise")


ClusterKind = Literal["high_high", "low_high", "low_low", "high_low"]


class Neighbours(BaseModel):
    """Whether areas that touch on a map are alike: Moran's I, and areas that stand out for it (local Moran's I).

    Areas without a figure take no part. All lists have one entry per area of the layer.
    """

    outcome: str = Field(examples=["c35_income"])
    level: str = Field(examples=["municipality"])
    group: str = Field(examples=["income=all;all;all;all"])
    less: str | None = Field(description="The group that was taken off; null for the figures of the group itself")
    view: str | None = Field(
        description="The map whose borders count: schematic ones are not those of real life", examples=["schematic"]
    )
    moran: float | None = Field(description="0 and a little below: no pattern; 1: neighbours are the same")
    expected: float | None = Field(description="Moran's I without any pattern")
    p: float | None = Field(description="One-sided, from 999 permutations")
    taking_part: int = Field(description="Areas with a figure and a neighbour that has one")
    reason: str | None = Field(
        description="Why nothing is said: too_few_areas, no_variation, no_map, no_library; null otherwise"
    )
    areas: list[str] = Field(examples=[["GM0014", "GM0363"]])
    kind: list[ClusterKind | None] = Field(
        description="An area and its neighbours, above (high) or below (low) the mean, where that stands out among all "
        "areas (Benjamini and Hochberg, 5 %); null elsewhere"
    )
    p_adjusted: list[float | None]
    island: list[bool] = Field(description="Whether an area has no neighbour with a figure")


class ChangedFrom(BaseModel):
    """The same measure of an earlier and a later cohort, and the change; all lists have one entry per area with both.

    With a break between the two, a change is not one of chances alone: `differs` is null everywhere.
    """

    outcome: str = Field(description="Of the later cohort", examples=["c11_b_math"])
    earlier: str = Field(examples=["c11_a_math"])
    level: str = Field(examples=["municipality"])
    group: str = Field(examples=["income=all;all;all;all"])
    areas: list[str] = Field(examples=[["GM0014", "GM0363"]])
    n: list[int | None] = Field(description="Children of both cohorts together; null where not told")
    est_earlier: list[float]
    est_later: list[float]
    change: list[float]
    se: list[float | None] = Field(description="Of the change: of cohorts that share years of birth, jointly")
    lwr: list[float | None] = Field(description="Of the 95 % interval of the change")
    upr: list[float | None]
    noise_sd: list[float] = Field(description="Standard deviation of the noise in the change, 0 where exact")
    p_adjusted: list[float | None] = Field(description="Of no change, among all areas (Benjamini and Hochberg)")
    differs: list[bool | None] = Field(description="Whether an area changed, at a rate of 5 %")
    correlation: float = Field(description="Of both figures of an area, by the years of birth that both cohorts have")
    breaks: list[SeriesBreak] = Field(description="What changed in how it is measured between the two")
