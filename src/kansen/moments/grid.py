"""The grid of groups: which slices of the parental rank, sexes, origins and households make up each group.

The declaration (`groups.toml`) names overlapping rank bands with inclusive bounds. `Grid` cuts the scale into the
disjoint slices between all those bounds, so that every group is a sum of *atoms* (slice x sex code x origin code x
household code) and every figure follows from moments that merge. Kernels get the plan as arrays and know no group by
name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Label
from kansen.errors import DeclarationError

FILE = Path(__file__).with_name("groups.toml")


@dataclass(frozen=True)
class Position:
    """A band of the parental rank with inclusive bounds, evaluated at rank `at`; no bounds means everybody."""

    id: str
    label: Label
    phrase: Label
    kansenkaart: str
    range: tuple[float, float] | None = None
    at: float | None = None


@dataclass(frozen=True)
class Member:
    """One value of sex, origin or household: the sum of the codes `of`."""

    id: str
    label: Label
    phrase: Label
    kansenkaart: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """Sex, origin or household: the codes of the cohort file and the members that are their sums."""

    id: str
    label: Label
    column: str
    kansenkaart: str
    codes: tuple[str, ...]
    members: tuple[Member, ...]

    @cached_property
    def sums(self) -> NDArray[np.bool_]:
        """Which codes make up which member, bool [members, codes]."""
        return np.array([[code in member.of for code in self.codes] for member in self.members])


@dataclass(frozen=True)
class Grid:
    """All groups of one axis of parental position: position, sex, origin, household (the last runs fastest)."""

    axis: str
    label: Label
    column: str
    kansenkaart: str
    positions: tuple[Position, ...]
    sex: Dimension
    origin: Dimension
    household: Dimension

    @property
    def dimensions(self) -> tuple[Dimension, Dimension, Dimension]:
        """Sex, origin, household."""
        return self.sex, self.origin, self.household

    @cached_property
    def shape(self) -> tuple[int, int, int, int]:
        """Numbers of positions, sexes, origins and households."""
        return (len(self.positions), *(len(d.members) for d in self.dimensions))  # type: ignore[return-value]

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The ids of all groups, `axis=position;sex;origin;household`, in grid order."""
        return tuple(
            f"{self.axis}={p.id};{s.id};{o.id};{h.id}"
            for p in self.positions
            for s in self.sex.members
            for o in self.origin.members
            for h in self.household.members
        )

    @cached_property
    def slices(self) -> tuple[tuple[float, bool, float, bool], ...]:
        """The disjoint slices of the rank scale: (low, low included, high, high included).

        A bound where a band starts belongs to the slice above it, a bound where one ends to the slice below it; a bound
        that is both is a slice of its own (one point).
        """
        starts = {p.range[0] for p in self.positions if p.range}
        ends = {p.range[1] for p in self.positions if p.range}
        out: list[tuple[float, bool, float, bool]] = []
        low, low_in = 0.0, True
        for bound in sorted((starts | ends) - {0.0, 1.0}):
            if bound in starts:
                out.append((low, low_in, bound, False))
                low, low_in = bound, True
            if bound in ends:
                out.append((low, low_in, bound, True))
                low, low_in = bound, False
        out.append((low, low_in, 1.0, True))
        return tuple(out)

    @cached_property
    def position_slices(self) -> NDArray[np.bool_]:
        """Which slices make up which position, bool [positions, slices + 1]; the last column is "no rank"."""
        table = np.zeros((len(self.positions), len(self.slices) + 1), dtype=bool)
        for row, position in enumerate(self.positions):
            if position.range is None:
                table[row] = True
                continue
            start, end = position.range
            for column, (low, _, high, _) in enumerate(self.slices):
                table[row, column] = start <= low and high <= end
        return table

    def slice_of(self, rank: NDArray[np.float64]) -> NDArray[np.int64]:
        """The slice of each rank; a missing rank (NaN) gets the last number, `len(slices)`."""
        out = np.full(rank.shape, len(self.slices), dtype=np.int64)
        for number, (low, low_in, high, high_in) in enumerate(self.slices):
            above = rank >= low if low_in else rank > low
            below = rank <= high if high_in else rank < high
            out[above & below] = number
        return out

    def without(self, positions: Iterable[str]) -> Grid:
        """The grid without some positions.

        >>> [position.id for position in load_grid().without(["very_low", "very_high"]).positions]
        ['all', 'low', 'mid', 'high']
        """
        gone = frozenset(positions)
        return replace(self, positions=tuple(position for position in self.positions if position.id not in gone))

    def public(self) -> dict[str, Any]:
        """The grid as `groups.json` shows it."""

        def members(dimension: Dimension) -> list[dict[str, Any]]:
            return [
                {
                    "id": m.id,
                    "label": m.label.as_dict(),
                    "phrase": m.phrase.as_dict(),
                    "of": list(m.of),
                    "kansenkaart": m.kansenkaart,
                }
                for m in dimension.members
            ]

        return {
            "id_format": "axis=position;sex;origin;household",
            "default": f"{self.axis}=all;all;all;all",
            "axes": [
                {
                    "id": self.axis,
                    "label": self.label.as_dict(),
                    "kansenkaart": self.kansenkaart,
                    "positions": [
                        {
                            "id": p.id,
                            "label": p.label.as_dict(),
                            "phrase": p.phrase.as_dict(),
                            "range": list(p.range) if p.range else None,
                            "at": p.at,
                            "kansenkaart": p.kansenkaart,
                        }
                        for p in self.positions
                    ],
                }
            ],
            **{d.id: members(d) for d in self.dimensions},
            "labels": {d.id: d.label.as_dict() for d in self.dimensions},
            "columns": {d.id: d.kansenkaart for d in self.dimensions},
        }


def load_grid(axis: str = "income", path: Path = FILE) -> Grid:
    """Read and check the declared groups of one axis."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    where = path.name
    if axis not in content.get("axis", {}):
        raise DeclarationError("Unknown axis", where=path, found=axis, expected=", ".join(content.get("axis", {})))
    declared = content["axis"][axis]
    positions = tuple(_position(item, f"{where} {axis}") for item in declared["position"])
    dims = [_dimension(name, content[name], where) for name in ("sex", "origin", "household")]
    return Grid(
        axis,
        Label.read(declared["label"], where),
        declared["column"],
        declared["kansenkaart"],
        positions,
        *dims,
    )


def _position(item: dict[str, Any], where: str) -> Position:
    bounds = tuple(item["range"]) if "range" in item else None
    if bounds is not None and not (0 <= bounds[0] <= item.get("at", -1) <= bounds[1] <= 1):
        raise DeclarationError(
            "A band does not hold its own rank",
            where=f"{where} {item['id']}",
            found=f"{bounds} at {item.get('at')}",
            expected="0 <= low <= at <= high <= 1",
        )
    return Position(
        item["id"],
        Label.read(item["label"], where),
        Label.read(item["phrase"], where),
        item["kansenkaart"],
        bounds,
        item.get("at"),
    )


def _dimension(name: str, item: dict[str, Any], where: str) -> Dimension:
    codes = tuple(item["codes"])
    members = tuple(
        Member(
            m["id"],
            Label.read(m["label"], where),
            Label.read(m["phrase"], where),
            m["kansenkaart"],
            tuple(m["of"]),
        )
        for m in item["member"]
    )
    for member in members:
        unknown = set(member.of) - set(codes)
        if unknown or not member.of:
            raise DeclarationError(
                "A group is a sum of unknown codes",
                where=f"{where} {name} {member.id}",
                found=sorted(unknown),
                expected=", ".join(codes),
            )
    return Dimension(name, Label.read(item["label"], where), item["column"], item["kansenkaart"], codes, members)
