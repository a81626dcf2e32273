"""Closing: nothing that is hidden follows from what is told exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from protection.closed_worlds import Attacker, World, small_world


def small(*counts: np.ndarray, least: int) -> np.ndarray:
    """Where any of the counts is too small."""
    return np.any([count < least for count in counts], axis=0)


@pytest.fixture(scope="module", params=[(seed, segregated) for seed in range(3) for segregated in (False, True)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    seed, segregated = request.param
    return small_world(tmp_path_factory.mktemp("world"), seed, segregated=segregated)


def test_something_is_published_of_every_municipality_that_is_not_silent(world: World) -> None:
    told = world.closed.counted("municipality", 0)
    assert told[:, 0].sum() >= 2 and world.closed.counted("wijk", 0).sum() > 10
    assert world.closed.exact("havo", "municipality", 0).sum() > 20


def test_what_is_published_passes_the_rule(world: World) -> None:
    attacker, frame = Attacker(world), world.table.to_pandas()
    n = attacker.sums(attacker.true(np.ones(len(frame), bool)))
    assert not (attacker.flags(world.closed.counted) & small(n, least=10)).any()
    for name in ("havo", "vwo", "rare"):
        ones = attacker.sums(attacker.true(frame[name].to_numpy() == 1))
        flags = attacker.flags(lambda level, grid, name=name: world.closed.exact(name, level, grid))
        assert not (flags & small(ones, n - ones, least=10)).any()


def test_no_small_cell_follows_whatever_is_known_to_be_empty(world: World) -> None:
    attacker, frame = Attacker(world), world.table.to_pandas()
    there = attacker.true(np.ones(len(frame), bool))
    n = attacker.sums(there)
    silent = world.closed.people.spine.silent
    for name in (None, "havo", "vwo", "rare"):
        of = (
            world.closed.counted
            if name is None
            else lambda level, grid, name=name: world.closed.exact(name, level, grid)
        )
        rows = list(attacker.rows(attacker.flags(of)))
        fails = n < 10
        if name:
            ones = attacker.sums(attacker.true(frame[name].to_numpy() == 1))
            fails = small(n, ones, n - ones, least=10)
        [follows] = attacker.in_span(rows, np.ones(there.size, bool))
        assert not (follows & fails).any()
        [follows] = attacker.in_span(rows, attacker.possible(there))
        print(name, (follows & fails & (n > 0)).sum(), (follows & fails & (n > 0))[~silent].sum(), len(rows))
        assert not (follows & fails & (n > 0))[~silent].any()
