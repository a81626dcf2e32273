"""The shapes of effects in the API: what a year in a place or a policy does, apart from the figures of the map."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from kansen.atlas.national import Text


class Estimated(BaseModel):
    """One estimate with its 95 % interval, in multiples of `step`; null with a `reason` where it is not told.

    Of children who moved, shares of the difference between two places; of a policy, in the unit of the outcome.
    """

    est: float | None
    lwr: float | None
    upr: float | None
    step: float | None = Field(description="At least what 20 people move the estimate, or the one who moves it most")
    people: int | None = Field(description="That it rests on, rounded to tens")
    reason: str | None = Field(description="Why it is not told: too_few_people, too_coarse, too_few_movers, ...")


class Placed(Estimated):
    """An estimate along ages at the move, or years since the start."""

    place: int


class Placebo(Estimated):
    """A test that must show nothing, or the effect itself; null figures where only a p-value is told."""

    name: Literal["late", "siblings", "own_cohort", "other_cohort", "before"]
    expected: Literal["none", "effect"]
    verdict: Literal["as_expected", "fails", "unknown"]
    p: float | None = Field(description="Rounded upwards to hundredths")


class Tests(BaseModel):
    """p-values of no effect at all, rounded upwards to hundredths; to be read where few areas had the policy."""

    wild: float | None
    permutation: float | None


class AreasOf(BaseModel):
    """Areas with the policy and without, and why others were left out."""

    treated: int
    untreated: int
    left_out: dict[str, int]
    merged: int


class Effect(BaseModel):
    """One effect. `movers`: children who moved between regions; `policy`: areas that a policy reached at some date."""

    id: str
    method: Literal["movers", "policy"]
    title: Text
    description: Text
    outcome: Text
    kind: Literal["money", "share", "count"]
    log: bool = Field(description="The logarithm of the outcome was explained")
    until: float | None = Field(description="Age from which years no longer count")
    years: list[int] = Field(description="First and last: of birth, or of the panel")
    effect: Estimated = Field(description="Of a year in a place, or of the policy over the years since it began")
    chosen: Estimated | None = Field(description="The part that does not depend on age: who moves where")
    along: list[Placed]
    placebos: list[Placebo]
    few: bool = Field(description="So few areas had the policy that intervals are too narrow: read `tests`")
    tests: Tests | None
    people: dict[str, int | None] = Field(description="By part, rounded to tens; null below 100")
    clusters: int | None = Field(description="Of errors: pairs of regions (in tens), or areas")
    areas: AreasOf | None


class Effects(BaseModel):
    """The effects that were attached to the release, by id."""

    effects: list[Effect]
