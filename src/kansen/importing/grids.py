"""The groups of an imported release: our grids, with bins of income and old groups of origin where they occur."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from kansen.cohorts.declarations import Label
from kansen.importing.labels import AXES, Bins, LabelMap
from kansen.moments.grid import Dimension, Grid, Member, Position, load_grid


def grids(labels: LabelMap, positions: Mapping[str, Collection[str]], origins: Collection[str]) -> list[Grid]:
    """One grid per axis that occurs, first those of income; positions that never occur are left out.

    positions : per axis those that occur; income is left out where nobody but everybody occurs of it, and bins of
    income do. origins : all members of origin that occur.
    """
    income, *others = AXES
    bins = {one.axis: one for one in labels.bins}
    used = set(positions)
    if set(positions.get(income, ())) == {"all"} and used & set(bins):
        used -= {income}
    found: list[Grid] = []
    for axis in (income, *bins, *others):
        if axis in used:
            grid = _binned(load_grid(income), bins[axis]) if axis in bins else load_grid(axis)
            found.append(grid.without({one.id for one in grid.positions} - set(positions[axis]) - {"all"}))
    old = [id for id in labels.legacy["member"] if id in origins]
    return [replace(grid, origin=_with_legacy(grid.origin, labels)) for grid in found] if old else found


def _binned(income: Grid, bins: Bins) -> Grid:
    everybody = income.positions[0]
    positions = tuple(
        Position(
            id=id,
            label=Label(published.replace(" - ", "–"), published.replace(" - ", "–")),
            phrase=Label(
                f"met ouders met een inkomen tussen {published.replace(' - ', ' en ')}",
                f"with parents with an income between {published.replace(' - ', ' and ')}",
            ),
            kansenkaart=published,
            range=bounds,
            at=None,
        )
        for id, published, bounds in bins.positions
    )
    return replace(income, axis=bins.axis, label=bins.label, positions=(everybody, *positions))


def _with_legacy(origin: Dimension, labels: LabelMap) -> Dimension:
    """Origins with the groups of old: `other` has two parts there."""
    split: list[str] = labels.legacy["other"]["split"]
    codes = tuple(part for code in origin.codes for part in (split if code == "other" else [code]))
    members = [
        replace(member, of=tuple(part for code in member.of for part in (split if code == "other" else [code])))
        for member in origin.members
    ]
    members += [
        Member(id, Label(**item["label"]), Label(**item["phrase"]), item["kansenkaart"], tuple(item["of"]))
        for id, item in labels.legacy["member"].items()
    ]
    return replace(origin, codes=codes, members=tuple(members))
