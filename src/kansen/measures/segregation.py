"""Segregation: how differently groups are spread over units, such as schools or wijken.

Mutual information M and Theil's information index H (Theil and Finizza 1971; Mora and Ruiz-Castillo 2011), the index of
dissimilarity D (Duncan and Duncan 1955; for several groups Reardon and Firebaugh 2002), isolation and exposure (Bell
1954). In small units groups differ by chance alone, so that plain figures are too large: the corrected ones are
without what chance adds, by the bootstrap (Elbers 2023, "A method for studying differences in segregation across time
and space").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.measures.decomposition import check_weights
from kansen.measures.frames import Floats, Frame, columns
from kansen.measures.results import Estimate, estimate, nothing

ONE_GROUP = "there is only one group"
ONE_UNIT = "there is only one unit"


@dataclass(frozen=True)
class Segregation:
    """How segregated groups are; every index is 0 where units have the same mix.

    mutual : M in nats: what the unit tells of the group. theil : H, M as a share of its largest value, 0 to 1.
    dissimilarity : D, 0 to 1: of two groups the part of one that would have to move. They are without what chance adds,
    never below zero; `plain` has them as they are by the same names.
    groups : a table of group, share, local (how far its members' units differ from the whole, in nats: shares times
    local add up to plain M) and isolation (the share of its own group in the unit of a member).
    pairs : a table of group, other, dissimilarity of both, exposure (share of the other in the unit of a member).
    units : how many units there are. dropped : rows that lack a value.
    """

    mutual: Estimate
    theil: Estimate
    dissimilarity: Estimate
    plain: dict[str, float]
    groups: pa.Table
    pairs: pa.Table
    units: int
    dropped: int


def segregation(
    frame: Frame,
    *,
    unit: str,
    group: str,
    weight: str | None = None,
    replications: int = 100,
    seed: int = 1,
    confidence: float = 0.95,
) -> Segregation:
    """How differently the groups are spread over the units.

    frame : a row per person, or per unit and group with the number of people as weight. replications : of the
    bootstrap, which draws as many people anew and asks nothing of the units: at least 10.

    With one unit or one group there is no figure, and a reason. Raises `TableError` for weights that are negative or
    add up to zero, `UsageError` for too few replications.
    """
    if replications < 10:
        raise UsageError("Too few replications", found=replications, expected="10 or more")
    of = columns(frame, [weight] if weight else [], [unit, group])
    people = of.numbers[weight] if weight else np.ones(of.n)
    if weight:
        check_weights(people, weight)
    sizes = (len(of.labels[unit]), len(of.labels[group]))
    cell = of.codes[unit] * sizes[1] + of.codes[group]
    counts = np.bincount(cell, people, sizes[0] * sizes[1]).astype(np.float64).reshape(sizes)
    counts = counts[counts.sum(axis=1) > 0]
    n = round(float(counts.sum()))
    present = int((counts.sum(axis=0) > 0).sum())
    if len(counts) < 2 or present < 2:
        none = nothing(ONE_UNIT if present >= 2 else ONE_GROUP, n, confidence)
        groups, pairs = _tables(np.empty((0, 0)), ())
        return Segregation(none, none, none, {}, groups, pairs, len(counts), of.dropped)
    plain = _indices(counts[None])[:, 0]
    drawn = np.random.default_rng(seed).multinomial(n, counts.ravel() / counts.sum(), replications)
    again = _indices(drawn.reshape(replications, *counts.shape).astype(np.float64))
    corrected = np.maximum(2 * plain - again.mean(axis=1), 0.0)
    errors = again.std(axis=1, ddof=1)
    mutual, theil, apart = (
        estimate(float(value), float(se), n, confidence) for value, se in zip(corrected, errors, strict=True)
    )
    named: dict[str, float] = dict(zip(("mutual", "theil", "dissimilarity"), plain.tolist(), strict=True))
    return Segregation(mutual, theil, apart, named, *_tables(counts, of.labels[group]), len(counts), of.dropped)


def _indices(counts: Floats) -> NDArray[np.float64]:
    """M, H and D of tables of people [tables, units, groups]: [3, tables]. Units without people do not count."""
    whole = counts.sum(axis=(1, 2), keepdims=True)
    joint = counts / whole
    of_unit, of_group = joint.sum(axis=2, keepdims=True), joint.sum(axis=1, keepdims=True)
    expected = of_unit * of_group
    mutual = _times_log(joint, expected).sum(axis=(1, 2))
    entropy = -_times_log(of_group, np.ones_like(of_group)).sum(axis=(1, 2))
    interaction = (of_group * (1 - of_group)).sum(axis=(1, 2))
    apart = np.abs(joint - expected).sum(axis=(1, 2)) / 2
    # Of a few people the bootstrap can draw members of one group only, which nothing sets apart.
    several = interaction > 0
    return np.stack([mutual, *(np.divide(of, most, out=np.zeros_like(of), where=several)
                               for of, most in ((mutual, entropy), (apart, interaction)))])  # fmt: skip


def _times_log(p: Floats, q: Floats) -> Floats:
    """p log(p / q), 0 where p is 0."""
    return p * np.log(np.divide(p, q, out=np.ones_like(p), where=p > 0))


def _tables(counts: Floats, labels: tuple[object, ...]) -> tuple[pa.Table, pa.Table]:
    """What is told per group, and per pair of groups; counts [units, groups]."""
    totals, sizes = counts.sum(axis=0), counts.sum(axis=1, keepdims=True)
    own = counts / np.where(totals > 0, totals, 1.0)
    local = _times_log(own, np.broadcast_to(sizes / max(counts.sum(), 1.0), own.shape)).sum(axis=0)
    exposure = own.T @ (counts / np.where(sizes > 0, sizes, 1.0))
    known = [i for i, total in enumerate(totals) if total > 0]
    pairs = [(i, j) for i in known for j in known if i != j]
    return (
        pa.table(
            {
                "group": pa.array([str(labels[i]) for i in known], pa.string()),
                "share": pa.array([totals[i] / totals.sum() for i in known], pa.float64()),
                "local": pa.array([local[i] for i in known], pa.float64()),
                "isolation": pa.array([exposure[i, i] for i in known], pa.float64()),
            }
        ),
        pa.table(
            {
                "group": pa.array([str(labels[i]) for i, _ in pairs], pa.string()),
                "other": pa.array([str(labels[j]) for _, j in pairs], pa.string()),
                "dissimilarity": pa.array([float(np.abs(own[:, i] - own[:, j]).sum() / 2) for i, j in pairs]),
                "exposure": pa.array([exposure[i, j] for i, j in pairs], pa.float64()),
            }
        ),
    )
