"""How much of an area's difference from the country goes with who grew up there: what the API answers, and its type."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from kansen.release import Release
from kansen.release.composed import composed

_DIGITS = 6


class Piece(BaseModel):
    """A part of a difference with its 95 % interval, in the outcome's unit."""

    est: float
    lwr: float
    upr: float


class Kind(BaseModel):
    """A group that people of a place are in one of; null where it has no figure there."""

    id: str = Field(examples=["turkey"])
    share: float | None = Field(description="Of the people of the area, 0 to 1")
    est: float | None
    country_share: float | None
    country_est: float | None


class ComposedArea(BaseModel):
    """The difference of an area from the country, split by groups (Kitagawa 1955): its two parts add up to it.

    From published figures alone. `composition`: what the difference would be if groups differed only in how large they
    are. `rates`: how much the same groups differ. What goes with who grew up somewhere is no cause, and what is left is
    not what the place does.
    """

    outcome: str = Field(examples=["c35_income"])
    area: str = Field(examples=["GM0599"])
    group: str = Field(examples=["income=all;all;all;all"])
    by: str = Field(examples=["origin"])
    difference: float | None
    composition: Piece | None
    rates: Piece | None
    hidden: float | None = Field(description="The share of people in groups without a figure: they get the country's")
    reason: str | None = Field(
        description="Why there are no parts: not_told (a figure that it takes), too_many_hidden, too_few_groups"
    )
    kinds: list[Kind]


def composition_of(release: Release, outcome: str, area: str, group: str | None, by: str) -> dict[str, Any]:
    """What `ComposedArea` describes. `UsageError` or `AreaError` for what cannot be split."""
    found = composed(release, outcome, area, group, by)
    parts = found.parts
    pieces = {name: _piece(*ends) for name, ends in parts.intervals().items()}
    columns = (found.kinds, found.share, found.est, found.country_share, found.country_est)
    return {
        "outcome": outcome,
        "area": area,
        "group": group or release.groups["default"],
        "by": by,
        "difference": _number(parts.difference, _DIGITS),
        "composition": pieces.get("composition"),
        "rates": pieces.get("rates"),
        "hidden": _number(parts.hidden, 4),
        "reason": parts.reason,
        "kinds": [
            {
                "id": id,
                "share": _number(share, 4),
                "est": _number(est, _DIGITS),
                "country_share": _number(country_share, 4),
                "country_est": _number(country_est, _DIGITS),
            }
            for id, share, est, country_share, country_est in zip(*columns, strict=True)
        ],
    }


def _number(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)


def _piece(*ends: float) -> dict[str, float]:
    return {name: round(one, _DIGITS) for name, one in zip(("est", "lwr", "upr"), ends, strict=True)}
