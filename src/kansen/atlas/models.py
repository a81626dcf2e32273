"""What the API answers, as types: the OpenAPI description is made from these."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kansen.atlas.gap_parts import Decomposition
from kansen.atlas.national import Spells, Text, Transitions, Weighted

Reliability = Literal["A", "B", "C"]
Protection = Literal["exact", "noise"]


class _Open(BaseModel):
    """Declarations may carry more members than the ones described."""

    model_config = ConfigDict(extra="allow")


class Problem(_Open):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="What kind of problem, for programs", examples=["urn:kansen:problem:not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["This release has no outcome c35_incom. Perhaps c35_income."])
    instance: str = Field(description="The address that was asked for", examples=["/api/v1/layers/c35_incom/nl/x"])


class Level(_Open):
    """An area level of the release."""

    id: str = Field(examples=["municipality"])
    label: Text = Field(examples=[{"nl": "gemeenten", "en": "municipalities"}])
    singular: Text
    definition: Text
    vintage: str = Field(description="The year whose areas these are", examples=["2023"])
    areas: int = Field(description="How many areas the level has", examples=[342])
    geometry: list[str] = Field(description="Maps that can be asked for", examples=[["schematic", "hexagon"]])


class PositionWords(_Open):
    """What a cohort calls a position."""

    label: Text
    phrase: Text


class AxisWords(_Open):
    """What a cohort calls an axis of positions that is about something else than in other cohorts."""

    label: Text = Field(examples=[{"nl": "Eigen inkomen aan het begin", "en": "Own income at the start"}])
    positions: dict[str, PositionWords]


class Cohort(_Open):
    """Who is followed."""

    id: str = Field(examples=["age35"])
    label: Text
    description: Text
    births: tuple[int, int] | None = Field(
        description="First and last year of birth; null where the release does not tell", examples=[(1981, 1985)]
    )
    home_age: int | None = Field(
        description="Age at which the childhood home counts; null where the release does not tell", examples=[15]
    )
    axes: dict[str, AxisWords] = Field(
        default={}, description="By axis: what this cohort calls it, in the place of the words of the groups"
    )


class Profile(_Open):
    """The rules by which small cells are protected."""

    id: str = Field(examples=["kansenkaart"])
    label: Text
    description: Text
    parameters: dict[str, Any]


class Boundaries(BaseModel):
    """Where the lines on a map come from."""

    kind: Literal["schematic", "imported"]
    attribution: str | None = Field(description="Who must be named; null for schematic maps")


class Counts(BaseModel):
    """Sizes. What is absent is hidden or empty; nothing tells which."""

    published: int = Field(description="Figures in the release", examples=[250000])
    withheld: int = Field(description="Cells without a figure, hidden and empty together", examples=[39750000])
    nominal: int = Field(description="Outcomes x groups x areas", examples=[40000000])


class Attack(_Open):
    """What one attack reached. Cells are counted and never named."""

    id: str = Field(examples=["levels"])
    what: Text
    reached: int = Field(description="Hidden cells whose numbers follow from what is shown")
    small: int = Field(description="Those of them that rest on fewer than ten children, ones or zeros")
    empty: int = Field(description="Absent cells that turn out to hold nobody")


class Audit(_Open):
    """What an attack on this release found, with nothing but what the release publishes."""

    release: str = Field(description="The id of the release that was attacked", examples=["72b5ac6ed65692cc"])
    passed: bool = Field(description="Whether nothing that rests on few can be worked out")
    reached: int
    small: int
    line: str = Field(description="The result in one line")
    profile: str
    outcomes: list[str]
    shown: int
    attacks: list[Attack]
    closed: dict[str, float] = Field(description="Per pair of levels, the share of areas whose sums were complete")
    assumptions: list[str]


class Quirk(BaseModel):
    """One thing that was done as the published KansenKaart does it."""

    id: str = Field(examples=["Q13"])
    cohorts: list[str] = Field(description="The cohorts whose children it changes; none when it is about all figures")
    label: Text


class Compat(BaseModel):
    """Everything that was done as the published KansenKaart does it."""

    name: str | None = Field(description="The name of all of it together", examples=["kansenkaart-2025"])
    quirks: list[Quirk]


class Manifest(_Open):
    """What the release is, what it was made of and how it was protected."""

    id: str = Field(description="16 hexadecimal digits that follow from the content", examples=["72b5ac6ed65692cc"])
    format: str = Field(examples=["kansen-release/2"])
    created: str = Field(examples=["2026-11-21T10:00:00Z"])
    software: dict[str, str]
    title: Text
    synthetic: bool = Field(description="Whether the people are made up")
    profile: Profile
    grid: dict[str, Any]
    levels: list[Level]
    cohorts: list[Cohort]
    counts: Counts
    licence: dict[str, Any]
    attribution: list[Text]
    boundaries: dict[str, Boundaries] = Field(description="Per level, the lines of the default map")
    inputs: list[dict[str, Any]] | None = Field(
        default=None, description="Files with rows, hash and the cohorts they went into; left out with ?inputs=false"
    )
    compat: Compat | None = Field(
        default=None, description="What was done as the published KansenKaart does it; null when nothing was"
    )
    audit: Audit | None = Field(description="What an attack on this release found; null when none is attached")


class Dropped(BaseModel):
    """What one rule did: children before it, dropped by it and left; in tens, null below ten."""

    step: str = Field(examples=["parents_known"])
    label: Text | None
    dimension: str = Field(description="all, sex, origin or income", examples=["all"])
    category: str = Field(examples=["all"])
    before: int | None
    dropped: int | None
    left: int | None


class Attrition(BaseModel):
    """The rules of a cohort in their order, and what each of them left in one area."""

    cohort: str
    area: str
    name: str
    steps: list[Dropped]


class Theme(BaseModel):
    """A heading for outcomes."""

    id: str
    label: Text


class National(BaseModel):
    """The figure of the whole country."""

    n: float | None
    est: float
    lwr: float | None
    upr: float | None


class Breaks(_Open):
    """Seven classes around a reference, the same for all groups and levels."""

    reference: float
    reference_label: Text
    values: list[float] = Field(description="Six ascending limits")


class SeriesBreak(BaseModel):
    """What changed in how an outcome is measured, so that figures before and from that year must not be compared."""

    id: str = Field(examples=["no_end_test_2020"])
    year: int
    label: Text


class Told(BaseModel):
    """Of whom an outcome has any figure, at some level: who is not here has none anywhere."""

    positions: dict[str, list[str]] = Field(
        description="By axis; `all` is under the first axis only", examples=[{"income": ["all", "low"]}]
    )
    sex: list[str]
    origin: list[str]
    household: list[str]


class Outcome(_Open):
    """One outcome: what it measures, how, and its national figure."""

    id: str = Field(examples=["c35_income"])
    cohort: str
    kind: Literal["money", "binary", "share", "rank", "count"]
    basis: str
    unit: str = Field(examples=["EUR 2020"])
    polarity: Literal["higher", "lower", "none"]
    theme: str
    label: Text
    short: Text
    description: Text
    definition: Text
    source: Text
    formula: str
    missing: Text
    years: str
    minimum: float | None = Field(
        default=None,
        description="No amount can lie below it, though a fitted line can; null where there is no such limit",
    )
    measure: str = Field(
        default="expectation", description="The statistic that its figures are: of the outcome itself, or over another"
    )
    of: str | None = Field(default=None, description="The outcome that it is a measure over; null for most")
    national: National | None
    spread: float | None = Field(description="Standard deviation across municipalities")
    breaks: Breaks | None
    series_breaks: list[SeriesBreak] = Field(
        default=[], description="Breaks in the series, in its years or beside them; absent from older releases"
    )
    earlier: list[str] = Field(
        default=[],
        description="Outcomes that are the same measure of earlier cohorts, nearest first; absent from older releases",
        examples=[["c11_a_math"]],
    )
    told: Told | None = Field(default=None, description="Of whom there is any figure; absent from older releases")
    transitions: Transitions | None = Field(default=None, description="Of rank-rank slopes only, where it may be told")
    spells: Spells | None = Field(
        default=None, description="Beside one outcome of a cohort of residents, where it may be told"
    )
    weighted: Weighted | None = Field(default=None, description="Of some outcomes of residents, where it may be told")
    decompositions: list[Decomposition] | None = Field(
        default=None, description="How gaps in it are decomposed, where that is told of any area"
    )


class Outcomes(BaseModel):
    """All outcomes of the release."""

    themes: list[Theme]
    outcomes: list[Outcome]


class Choice(_Open):
    """One value of a dimension."""

    id: str
    label: Text


class Axis(_Open):
    """A measure of parental position and its bands."""

    id: str = Field(examples=["income"])
    label: Text
    positions: list[Choice]


class Groups(_Open):
    """All groups: every combination of a position, a sex, an origin and a household."""

    id_format: str
    default: str
    axes: list[Axis]
    sex: list[Choice]
    origin: list[Choice]
    household: list[Choice]


class Layer(_Open):
    """One map layer, shown areas only; all lists have one entry per area.

    Limits of the 95 % interval: lwr = est - margin; upr = est + margin + skew / 10^digits (no skew: 0), both rounded to
    `digits` decimals. A release of unrounded figures has `digits` null and lists `lwr` and `upr` instead.
    """

    outcome: str = Field(examples=["c35_income"])
    level: str = Field(examples=["municipality"])
    group: str = Field(examples=["income=all;all;all;all"])
    areas: list[str] = Field(examples=[["GM0014", "GM0363"]])
    n: list[int | None] = Field(description="Children; null where not told", examples=[[9000, 41203]])
    est: list[float] = Field(examples=[[29111, 28592]])
    margin: list[float | None] | None = Field(
        default=None, description="Estimate minus lower limit; null where there is no interval", examples=[[311, 192]]
    )
    skew: list[int] | None = Field(
        default=None, description="Steps of the last digit that the upper limit is further away", examples=[[-1, 0]]
    )
    lwr: list[float | None] | None = None
    upr: list[float | None] | None = None
    reliability: str = Field(description="One letter per area", pattern="^[ABC]*$", examples=["AB"])
    digits: int | None = Field(description="Decimals of estimate and limits", examples=[0])
    noise_sd: list[float] | None = Field(
        default=None, description="Standard deviation of the noise, 0 where exact; absent when all are exact"
    )


class AreaList(BaseModel):
    """The areas of a level as columns, sorted by id."""

    level: str
    area: list[str] = Field(examples=[["WK001400"]])
    name: list[str] = Field(examples=[["Centrum"]])
    parent: list[str | None] = Field(examples=[["GM0014"]])
    population: list[int | None] = Field(examples=[[23065]])


class Characteristic(BaseModel):
    """One thing that is known of areas besides outcomes."""

    id: str = Field(examples=["density"])
    label: Text
    source: Text
    kind: Literal["share", "money", "count"]
    log: bool = Field(description="Whether areas are better compared by ratios than by differences")
    values: list[float | None] = Field(description="One per area; null where none is published", examples=[[4800.1]])


class Characteristics(BaseModel):
    """What is known of the areas of a level besides outcomes, of who lives there now; empty for levels without any."""

    level: str
    area: list[str] = Field(examples=[["GM0363"]])
    characteristics: list[Characteristic]


class Parent(BaseModel):
    """An area that another one lies in."""

    area: str
    name: str
    level: str


class Figure(BaseModel):
    """One shown figure."""

    outcome: str
    n: int | None
    est: float
    lwr: float | None
    upr: float | None
    reliability: Reliability
    protection: Protection
    noise_sd: float


class AreaPage(BaseModel):
    """One area: what it lies in, and its shown figures for one group."""

    area: str = Field(examples=["GM0363"])
    name: str = Field(examples=["Amsterdam"])
    level: str
    level_label: Text
    parents: list[Parent]
    population: int | None
    group: str
    figures: list[Figure]


class Hit(BaseModel):
    """One area that was found."""

    area: str
    name: str
    level: str
    level_label: Text
    within: str | None = Field(description="The name of the area that it lies in")
    note: Text | None = Field(description="Why it was found, where the name does not tell")


class Found(BaseModel):
    """Areas found by name, code or postcode, best first."""

    query: str
    results: list[Hit]
