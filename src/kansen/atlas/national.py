"""What some outcomes have of the whole country only, as types of the API: transitions, spells, and who is gone."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Text = dict[Literal["nl", "en"], str]


class Transitions(BaseModel):
    """The transition matrix of the country: rows are classes of parents, from the bottom; columns those of children.

    Shares are rounded to multiples of `step`; rows need not add up to one.
    """

    classes: int = Field(examples=[5])
    step: float
    shares: list[list[float]]


class Chances(BaseModel):
    """Chances to leave (or to come back) within a year; all lists have one entry per place that may be told.

    Figures and the ends of their 95 % intervals are multiples of `step`, of which one stands for at least 20 people.
    """

    place: list[int] = Field(description="Years that it has lasted, from 1; or calendar years", examples=[[1, 2, 3]])
    est: list[float]
    lwr: list[float]
    upr: list[float]
    weighted: list[float] | None = Field(
        default=None, description="The same where people like them stand for those who are not seen in the next year"
    )
    step: list[float]


class YearlyChances(Chances):
    """The same per calendar year, with spells of 1 to `lengths` years in equal parts in every year."""

    lengths: int


class SpellsTrend(BaseModel):
    """The line through the chances of the calendar years `first` to `last`: change per year."""

    first: int
    last: int
    years: int = Field(description="Years with a figure")
    est: float
    lwr: float
    upr: float
    weighted: float
    p: float


class Dependence(BaseModel):
    """Whether leaving gets harder with time: slope of the log hazard on the log of the year of the spell.

    Without `frailty` ("none") it is negative also where those who leave easily leave first; with it ("gamma") that is
    taken out. `variance` : of the factor of their own that people have.
    """

    frailty: Literal["none", "gamma"]
    est: float | None
    lwr: float | None
    upr: float | None
    step: float | None
    p: float | None
    variance: float | None


class Spells(BaseModel):
    """Spells of a low income of all residents of the country: who leaves, who comes back, and how that changes."""

    label: Text
    description: Text
    below: float = Field(description="Incomes below it are low, in euros of the cohort's price year")
    years: list[int] = Field(description="First and last calendar year of the incomes")
    ages: list[int] = Field(description="First and last age")
    leaving: Chances
    again: Chances
    by_year: YearlyChances
    trend: SpellsTrend | None
    dependence: list[Dependence]


class Weighted(BaseModel):
    """The national figure where those who are still seen stand for people like them who are gone.

    In multiples of `step`, of which one stands for at least 20 people. `by` : what people at the start are alike in.
    """

    est: float
    lwr: float
    upr: float
    step: float
    by: list[str]
