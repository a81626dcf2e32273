"""The groups of an imported release: our grids, with bins of income and old groups of origin where they occur."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from kansen.cohorts.declarations import Label
from kansen.importing.labels import AXES, Bins, LabelMap
from kansen.moments.grid import Dimension, Grid, Member, Position, load_grid


def grids(labels: LabelMap, positions: Mapping[str, Collection[str]], origins: Collection[str]) -> list[Grid]:
    """One grid per axis that occurs, income first, each followed by its bins; positions that never occur are left out.

    positions : per axis those that occur; an axis of which nobody but everybody occurs is left out where bins of it do
    occur. origins : all members of origin that occur.
    """
    found: list[Grid] = []
    for axis in AXES:
        bins = [one for one in labels.bins if one.of == axis and one.axis in positions]
        if axis in positions and not (bins and set(positions[axis]) == {"all"}):
            found.append(_occurring(load_grid(axis), positions[axis]))
        found += [_occurring(_binned(load_grid(axis), one), positions[one.axis]) for one in bins]
    old = [id for id in labels.legacy["member"] if id in origins]
    return [replace(grid, origin=_with_legacy(grid.origin, labels)) for grid in found] if old else found


def _occurring(grid: Grid, positions: Collection[str]) -> Grid:
    return grid.without({one.id for one in grid.positions} - {*positions, "all"})


def _binned(ranked: Grid, bins: Bins) -> Grid:
    everybody = ranked.positions[0]
    positions = tuple(
        Position(
            id=id,
            label=Label(published.replace(" - ", "–"), published.replace(" - ", "–")),
            phrase=Label(
                f"met ouders tussen {published.replace(' - ', ' en ')} van de {bins.ladder.nl}",
                f"with parents between {published.replace(' - ', ' and ')} of the {bins.ladder.en}",
            ),
            kansenkaart=published,
            range=bounds,
            at=None,
        )
        for id, published, bounds in bins.positions
    )
    return replace(ranked, axis=bins.axis, label=bins.label, positions=(everybody, *positions))


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
