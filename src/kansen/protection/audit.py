"""The audit: attack a release as an outsider would, with nothing but what it publishes, and report what gave way.

The report counts cells. It names none: a list of what can be worked out would do an attacker's work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.geography import Areas
from kansen.measures import load_measure
from kansen.measures.vault import REGION_TYPES, region_id
from kansen.progress import Progress, Quiet
from kansen.protection import attacks
from kansen.protection.knowledge import (
    DIMENSIONS,
    UNKNOWN,
    GroupCube,
    Ints,
    Nesting,
    Published,
    decimals_of,
    equations,
    nestings,
    read_cube,
    read_published,
)

SMALL = 10
"""A figure rests on few when fewer than this many children, ones or zeros are behind it."""

ATTACKS = {
    "groups": "Differencing groups within an area: all = men + women, all = none + any, any = five origins",
    "levels": "The same, and differencing levels: an area = the areas it consists of",
    "intervals": "Solving the number of children and successes from a printed share and its interval",
}


@dataclass(frozen=True)
class AttackResult:
    """What one attack reached: cells that are not shown, how many of them rest on few, and how many are empty.

    `small` counts cells with 1 to 9 children, or with children of whom fewer than ten have a binary outcome, or have it
    not. `right` is the share of reached cells whose number of children (and ones) is true; None without the truth.
    """

    id: str
    what: str
    reached: int
    small: int
    empty: int
    right: float | None


@dataclass(frozen=True)
class AuditReport:
    """What the attacks on a release found."""

    profile: str
    outcomes: tuple[str, ...]
    shown: int
    attacks: tuple[AttackResult, ...]
    closed: Mapping[str, float]
    assumptions: tuple[str, ...] = field(default=())

    @property
    def reached(self) -> int:
        """Hidden cells whose numbers can be worked out (the attack on levels includes the one on groups)."""
        return sum(attack.reached for attack in self.attacks if attack.id != "groups")

    @property
    def small(self) -> int:
        """Those of them that rest on few."""
        return sum(attack.small for attack in self.attacks if attack.id != "groups")

    @property
    def passed(self) -> bool:
        """Whether nothing that rests on few can be worked out."""
        return self.small == 0

    def line(self) -> str:
        """The result in one line."""
        where = f"{len(self.outcomes)} outcomes, {self.shown:,} shown figures"
        if self.reached == 0:
            return f"audit: profile {self.profile} leaves no hidden cell whose numbers these attacks work out ({where})"
        return (
            f"audit: profile {self.profile} leaves {self.reached:,} hidden cells whose numbers can be worked out, "
            f"{self.small:,} of them with fewer than ten children, ones or zeros ({where})"
        )

    def text(self) -> str:
        """The result and every attack, as lines."""
        lines = [self.line()]
        for attack in self.attacks:
            right = "" if attack.right is None else f", {100 * attack.right:.1f} % of them right"
            lines.append(f"  {attack.what}: {attack.reached:,} reached ({attack.small:,} small){right}")
        for pair, share in self.closed.items():
            lines.append(f"  {pair}: sums taken as complete in {100 * share:.0f} % of the areas")
        return "\n".join([*lines, *(f"  assumption: {text}" for text in self.assumptions)])

    def public(self) -> dict[str, Any]:
        """What `audit.json` holds: all that follows from the release alone, without the scores against the truth."""
        return replace(self, attacks=tuple(replace(attack, right=None) for attack in self.attacks)).as_dict()

    def as_dict(self) -> dict[str, Any]:
        """The whole report. With scores (`right` is not None) it is confidential: see `public`."""
        totals = {"passed": self.passed, "reached": self.reached, "small": self.small, "line": self.line()}
        return {**totals, **asdict(self)}

    def as_json(self) -> str:
        """`as_dict` as JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1)


ASSUMPTIONS = (
    "the attacker has this release only, and reads n and shares as exact counts",
    "an area is taken to consist of its smaller areas where the published totals agree, or where all totals of that "
    "pair of levels that can be compared agree",
    "outcomes are attacked one by one; linear programmes, other releases and personal knowledge are not tried",
)


def audit(
    *,
    outcomes: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Any],
    areas: Areas,
    levels: Sequence[str],
    estimates: Callable[[str], pa.Table],
    profile: Mapping[str, Any],
    truth: Callable[[str, str], pa.Table | None] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Attack every outcome of a release.

    outcomes : id and kind of each, as in `outcomes.json`. groups : the content of `groups.json`. areas, levels : the
    areas of the release and the levels that have figures. estimates : gives the published table of an outcome.
    profile : the member `profile` of the manifest; its digits are used where it tells them, otherwise those seen.
    truth : gives the vault's table of an outcome and an axis (the columns of `write_vault`), to score what was reached;
    None where it has none of that axis.
    threads : outcomes at a time, all cores by default; the report does not depend on it.
    """
    nests = nestings(areas, levels)
    cubes = [read_cube(groups, axis["id"]) for axis in groups["axes"]]
    found = _Findings()

    def attack(outcome: Mapping[str, Any]) -> _Findings:
        table = estimates(outcome["id"])
        binary = outcome["kind"] == "binary"
        decimals = _decimals(profile, outcome["kind"], table)
        own = _Findings(shown=table.num_rows)
        for number, cube in enumerate(cubes):
            published = read_published(table, cube, areas, binary, decimals)
            true = truth(outcome["id"], cube.axis) if truth else None
            answer = _read_truth(true, groups, cube, areas, published) if true is not None else None
            # The position that holds everybody is one cell of all axes: counted under the first.
            counted = ~cube.everybody() if number else np.ones(cube.size, dtype=bool)
            _difference(published, cube, nests, own, answer, counted)
        if binary:
            own.scores["intervals"].add_counts(*_invert(table, cubes[0], decimals))
        return own

    with (
        (progress or Quiet()).task("Attacking the release", len(outcomes), "outcomes") as task,
        ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool,
    ):
        for own in pool.map(attack, outcomes):
            found.merge(own)
            task.advance()
    return AuditReport(
        profile=str(profile["id"]),
        outcomes=tuple(outcome["id"] for outcome in outcomes),
        shown=found.shown,
        attacks=tuple(score.result(name) for name, score in found.scores.items()),
        closed={pair: round(float(np.mean(shares)), 4) for pair, shares in found.closed.items()},
        assumptions=ASSUMPTIONS,
    )


@dataclass
class _Score:
    reached: int = 0
    small: int = 0
    empty: int = 0
    right: int = 0
    scored: int = 0

    def add(
        self,
        published: Published,
        n: Mapping[str, Ints],
        ones: Mapping[str, Ints],
        truth: _Truth | None,
        counted: NDArray[np.bool_],
    ) -> None:
        for level, count in n.items():
            withheld = ~published.shown[level] & counted
            hidden = withheld & (count > 0)
            self.reached += int(hidden.sum())
            self.empty += int((withheld & (count == 0)).sum())
            success = ones[level]
            known = success >= 0
            few = (count < SMALL) | (known & (np.minimum(success, count - success) < SMALL))
            self.small += int((hidden & few).sum())
            if truth is not None:
                same = truth.n[level] == count
                same &= ~known | (truth.ones[level] == success)
                self.right += int((hidden & same).sum())
                self.scored += int(hidden.sum())

    def add_counts(self, reached: int, small: int) -> None:
        self.reached += reached
        self.small += small

    def merge(self, other: _Score) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    def result(self, name: str) -> AttackResult:
        right = round(self.right / self.scored, 6) if self.scored else None
        return AttackResult(name, ATTACKS[name], self.reached, self.small, self.empty, right)


@dataclass
class _Findings:
    shown: int = 0
    scores: dict[str, _Score] = field(default_factory=lambda: {name: _Score() for name in ATTACKS})
    closed: dict[str, list[float]] = field(default_factory=dict)

    def merge(self, other: _Findings) -> None:
        self.shown += other.shown
        for name, score in other.scores.items():
            self.scores[name].merge(score)
        for pair, shares in other.closed.items():
            self.closed.setdefault(pair, []).extend(shares)


@dataclass(frozen=True)
class _Truth:
    n: dict[str, Ints]
    ones: dict[str, Ints]


def _difference(
    published: Published,
    cube: GroupCube,
    nests: Sequence[Nesting],
    found: _Findings,
    truth: _Truth | None,
    counted: NDArray[np.bool_],
) -> None:
    rules = equations(cube)
    inside = [nest for nest in nests if nest.child in published.n and nest.parent in published.n]
    shut = [attacks.closed_parents(published.n, nest) for nest in inside]
    for nest, parents in zip(inside, shut, strict=True):
        found.closed.setdefault(f"{nest.parent} = its {nest.child}", []).append(float(parents.mean()))
    n = {level: of.copy() for level, of in published.n.items()}
    ones = {level: of.copy() for level, of in published.ones.items()}
    for known in (n, ones):
        attacks.difference_groups(known, rules)
    found.scores["groups"].add(published, n, ones, truth, counted)
    for known in (n, ones):
        attacks.difference_levels(known, rules, inside, shut)
    found.scores["levels"].add(published, n, ones, truth, counted)


def _decimals(profile: Mapping[str, Any], kind: str, table: pa.Table) -> int:
    """Digits after the point of the printed figures, as the release tells, or as they look."""
    told = profile.get("parameters", {}).get("decimals", {}).get(kind)
    return decimals_of(table.column("est").to_numpy(zero_copy_only=False)) if told is None else int(told)


def _invert(table: pa.Table, cube: GroupCube, decimals: int) -> tuple[int, int]:
    """Shown shares whose number of children is withheld: how many give it away, and how many of those rest on few."""
    means = {word for word, whole in zip(cube.members[0], cube.whole, strict=True) if whole}
    withheld = table.filter(table.column("n").is_null())
    columns = [withheld.column(name).to_numpy(zero_copy_only=False) for name in ("est", "lwr", "upr")]
    mean = np.array([word in means for word in withheld.column("position").to_pylist()], dtype=bool)
    est, lwr, upr = (column[mean & np.isfinite(columns[1])] for column in columns)
    n, ones = attacks.invert_intervals(est, lwr, upr, decimals, load_measure("expectation").confidence)
    small = (n >= 0) & ((n < SMALL) | (np.minimum(ones, n - ones) < SMALL))
    return int((n >= 0).sum()), int(small.sum())


def _read_truth(
    table: pa.Table, groups: Mapping[str, Any], cube: GroupCube, areas: Areas, published: Published
) -> _Truth:
    """Arrange the vault's figures of one axis like the published ones."""
    axis = next(item for item in groups["axes"] if item["id"] == cube.axis)
    listed = [axis["positions"], *(groups[name] for name in DIMENSIONS)]
    columns = [axis["kansenkaart"], *(groups["columns"][name] for name in DIMENSIONS)]
    number = np.zeros(table.num_rows, dtype=np.int64)
    for name, members in zip(columns, listed, strict=True):
        words = [member["kansenkaart"] for member in members]
        number = number * len(words) + _codes(table.column(name), words)
    n = table.column("n").to_numpy()
    est = np.nan_to_num(table.column("est").to_numpy(zero_copy_only=False))
    region_type = table.column("region_type")
    out = _Truth({}, {})
    for level in published.n:
        size = published.n[level].shape
        rows = _codes(region_type, [REGION_TYPES[level][0] if level in REGION_TYPES else level]) == 0
        of = _codes(table.column("region_id").filter(pa.array(rows)), [region_id(level, a) for a in areas.ids(level)])
        count, ones = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        count[of, number[rows]] = n[rows]
        ones[of, number[rows]] = np.round(n[rows] * est[rows])
        out.n[level], out.ones[level] = count, ones
    return out


def _codes(column: pa.ChunkedArray, words: Sequence[str]) -> NDArray[np.int64]:
    """The place of every value among `words`, UNKNOWN where it is none of them."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    place = {word: number for number, word in enumerate(words)}
    parts = [
        np.array([place.get(word, UNKNOWN) for word in chunk.dictionary.to_pylist()] or [UNKNOWN], dtype=np.int64)[
            chunk.indices.to_numpy()
        ]
        for chunk in coded.chunks
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
