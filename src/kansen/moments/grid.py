"""The grid of groups: which slices of the parental position, sexes, origins and households make up each group.

The declaration (`groups.toml`) names overlapping bands of a rank with inclusive bounds, or sums of the codes of a
category. `Grid` cuts a rank into the disjoint slices between all those bounds (the codes of a category are its slices),
so that every group is a sum of *atoms* (slice x sex code x origin code x household code) and every figure follows from
moments that merge. Kernels get the plan as arrays and know no group by name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Label
from kansen.errors import DeclarationError, MissingInputError

FILE = Path(__file__).with_name("groups.toml")


@dataclass(frozen=True)
class Position:
    """A band of the parental rank with inclusive bounds, or a sum of codes; neither means everybody.

    A band is evaluated at rank `at`; without one, and for codes, a figure is the mean.
    """

    id: str
    label: Label
    phrase: Label
    kansenkaart: str
    range: tuple[float, float] | None = None
    at: float | None = None
    of: tuple[str, ...] = ()

    @property
    def everybody(self) -> bool:
        """Whether nobody is left out, whatever the position of the parents, and also where it is not known."""
        return self.range is None and not self.of


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
    """All groups of one axis of parental position: position, sex, origin, household (the last runs fastest).

    `column` holds the position in the cohort file: a rank, or a category with the codes `codes`.
    """

    axis: str
    label: Label
    column: str
    kansenkaart: str
    positions: tuple[Position, ...]
    sex: Dimension
    origin: Dimension
    household: Dimension
    codes: tuple[str, ...] = ()

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
    def at(self) -> NDArray[np.float64]:
        """The rank at which each group is evaluated, NaN for a mean; shape (groups,)."""
        ranks = [np.nan if p.at is None else p.at for p in self.positions]
        return np.repeat(ranks, int(np.prod(self.shape[1:])))

    @cached_property
    def slices(self) -> tuple[tuple[float, bool, float, bool], ...]:
        """The disjoint slices of the rank scale: (low, low included, high, high included). A category has none.

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
        """Which slices, or codes, make up which position, bool [positions, slices + 1]; the last column is unknown."""
        table = np.zeros((len(self.positions), len(self.codes or self.slices) + 1), dtype=bool)
        for row, position in enumerate(self.positions):
            if position.range is None:
                table[row] = position.everybody
                table[row, [self.codes.index(code) for code in position.of]] = True
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

    def beside(self, first: Grid) -> Grid:
        """What is left to compute of this grid beside another: positions that hold everybody are cells of both."""
        return self if first is self else self.without(p.id for p in self.positions if p.everybody)

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
                            "of": list(p.of),
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


def grid_axes(path: Path = FILE) -> tuple[str, ...]:
    """The declared axes, the one under which everybody is stored first.

    >>> grid_axes()
    ('income', 'wealth', 'education')
    """
    return tuple(_table(_read(path), "axis", path.name))


def load_grid(axis: str = "income", path: Path = FILE) -> Grid:
    """Read and check the declared groups of one axis. Raises `DeclarationError` for a declaration that is wrong."""
    content, where = _read(path), path.name
    axes = _table(content, "axis", where)
    if axis not in axes:
        raise DeclarationError("Unknown axis", where=path, found=axis, expected=", ".join(axes))
    with _complete(f"{where} axis.{axis}"):
        declared = axes[axis]
        codes = tuple(declared.get("codes", ()))
        positions = tuple(_position(item, codes, f"{where} {axis}") for item in declared["position"])
        sex, origin, household = (_dimension(name, content[name], where) for name in ("sex", "origin", "household"))
        label = Label.read(declared["label"], where)
        of = (declared["column"], declared["kansenkaart"])
        grid = Grid(axis, label, *of, positions, sex, origin, household, codes)
    ids = [position.id for position in positions]
    if len(set(ids)) < len(ids) or not ids:
        raise DeclarationError("The positions of an axis do not differ", where=f"{where} {axis}", found=", ".join(ids))
    return grid


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError("The groups are not readable", where=path, found=error, expected="TOML") from error
    except OSError as error:
        raise MissingInputError("The groups cannot be read", where=path, found=error.strerror) from error


def _table(content: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    found = content.get(name)
    if not isinstance(found, dict) or not found:
        raise DeclarationError("The groups lack a table", where=where, found=", ".join(content), expected=f"[{name}]")
    return found


@contextmanager
def _complete(where: str) -> Iterator[None]:
    """Say which key a declaration lacks, or that one is of the wrong type."""
    try:
        yield
    except KeyError as error:
        raise DeclarationError("The groups lack a key", where=where, found=f"no {error.args[0]}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise DeclarationError("A key of the groups has the wrong type", where=where, found=error) from error


def _position(item: dict[str, Any], codes: tuple[str, ...], where: str) -> Position:
    bounds = tuple(item["range"]) if "range" in item else None
    at = item.get("at")
    inside = (*bounds[:1], *([] if at is None else [at]), *bounds[1:]) if bounds else ()
    if list(inside) != sorted(inside) or not all(0 <= bound <= 1 for bound in inside) or len(bounds or (0, 1)) != 2:
        raise DeclarationError(
            "A band does not hold its own rank",
            where=f"{where} {item['id']}",
            found=f"{bounds} at {at}",
            expected="0 <= low <= at <= high <= 1",
        )
    if set(item.get("of", ())) - set(codes) or (codes and bounds):
        raise DeclarationError(
            "A position is a sum of unknown codes",
            where=f"{where} {item['id']}",
            found=", ".join(item.get("of", ())) or f"a band {bounds}",
            expected=", ".join(codes) or "a band (range and at): this axis has no codes",
        )
    return Position(
        item["id"],
        Label.read(item["label"], where),
        Label.read(item["phrase"], where),
        item["kansenkaart"],
        bounds,
        at,
        tuple(item.get("of", ())),
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
