"""Closing: nothing that is hidden follows from what is told exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from kansen.protection.closure import close
from protection.closed_worlds import Attacker, World, small_world

BINARY = ("havo", "vwo", "rare", "work")


class Seen:
    """A world as its attacker sees it, and what is true in it."""

    def __init__(self, world: World) -> None:
        self.world, self.attacker = world, Attacker(world)
        frame = world.table.to_pandas()
        self.ones = {name: frame[name].to_numpy() == 1 for name in BINARY}
        self.there = self.attacker.true(np.ones(len(frame), bool))
        self.n = self.attacker.sums(self.there)
        self.silent = world.closed.people.spine.silent

    def having(self, name: str) -> np.ndarray:
        """Children with an outcome, in every cell."""
        return self.attacker.sums(self.attacker.true(self.ones[name]))

    def fails(self, name: str | None) -> np.ndarray:
        """Cells with fewer than ten children, ones or zeros, empty ones too."""
        if name is None:
            return self.n < 10
        ones = self.having(name)
        return (ones < 10) | (self.n - ones < 10)

    def told(self, name: str | None) -> np.ndarray:
        """What is told exactly, [regions, groups]."""
        closed = self.world.closed
        return self.attacker.flags(closed.counted if name is None else lambda *at: closed.exact(name, *at))

    def rows(self, name: str | None) -> list[np.ndarray]:
        """The sums that are told exactly."""
        return list(self.attacker.rows(self.told(name)))


def told_passes_the_rule(seen: Seen) -> None:
    for name in (None, *BINARY):
        assert not (seen.told(name) & seen.fails(name)).any()


def nothing_small_follows(seen: Seen) -> None:
    everything = np.ones(seen.there.size, bool)
    for name in (None, *BINARY):
        [follows] = seen.attacker.in_span(seen.rows(name), everything)
        assert not (follows & seen.fails(name)).any()


def nothing_small_follows_for_who_knows_all_empty_atoms(seen: Seen) -> None:
    possible = seen.attacker.possible(seen.there)
    for name in (None, *BINARY):
        [follows] = seen.attacker.in_span(seen.rows(name), possible)
        assert not (follows & seen.fails(name) & (seen.n > 0)).any()


def no_small_difference_of_nested_outcomes_follows(seen: Seen) -> None:
    """havo or higher minus vwo: those who have exactly havo."""
    nothing = np.zeros(seen.there.size, int)
    # The unknowns are those with exactly havo, and after them those with vwo.
    rows = [np.concatenate([row, row]) for row in seen.rows("havo")]
    rows += [np.concatenate([nothing, row]) for row in seen.rows("vwo")]
    between = seen.attacker.sums(seen.attacker.true(seen.ones["havo"] & ~seen.ones["vwo"]))
    possible = np.tile(seen.attacker.possible(seen.there), 2)
    follows, _ = seen.attacker.in_span(rows, possible, blocks=2)
    assert not (follows & (between < 10) & (seen.n > 0)).any()


def no_zero_is_implied(seen: Seen, name: str) -> None:
    """There are tables with somebody, with and without it, in every kind of every wijk, and the same figures."""
    parts = [seen.attacker.true(~seen.ones[name]), seen.attacker.true(seen.ones[name])]
    nothing = np.zeros(parts[0].size, int)
    rows = [np.concatenate([row, row]) for row in seen.rows(None)]
    rows += [np.concatenate([nothing, row]) for row in seen.rows(name)]
    assert smallest_unknown(parts, rows) > 1e-9


def smallest_unknown(parts: list[np.ndarray], rows: list[np.ndarray]) -> float:
    """The largest t for which there are other numbers, none below t, that make all the published sums; at most one."""
    matrix, true = np.array(rows), np.concatenate([part.reshape(-1) for part in parts])
    # Unknowns that are always told together are one, which is at least as many times t.
    merged, inverse = np.unique(matrix, axis=1, return_inverse=True)
    sizes, unknowns = np.bincount(inverse.reshape(-1)), merged.shape[1]
    answer = linprog(
        np.append(np.zeros(unknowns), -1.0),
        A_ub=np.hstack([-np.eye(unknowns), sizes[:, None]]),
        b_ub=np.zeros(unknowns),
        A_eq=np.hstack([merged, np.zeros((len(rows), 1))]),
        b_eq=matrix @ true,
        bounds=[(None, None)] * unknowns + [(None, 1.0)],
        method="highs",
    )
    assert answer.status == 0, answer.message
    return -answer.fun


@pytest.fixture(scope="module", params=[(1, False), (2, True)], ids=["mild", "segregated"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    seed, segregated = request.param
    return Seen(small_world(tmp_path_factory.mktemp("world"), seed, segregated=segregated))


def test_something_is_told_of_every_region_that_is_not_silent(seen: Seen) -> None:
    assert (seen.told(None)[~seen.silent, 0] == (seen.n[~seen.silent, 0] >= 10)).mean() > 0.7
    assert seen.told("havo").sum() > 50


@pytest.mark.parametrize(
    "check",
    [
        told_passes_the_rule,
        nothing_small_follows,
        nothing_small_follows_for_who_knows_all_empty_atoms,
        no_small_difference_of_nested_outcomes_follows,
    ],
)
def test_what_is_told_is_closed(seen: Seen, check: Callable[[Seen], None]) -> None:
    check(seen)


@pytest.mark.parametrize("name", ["havo", "rare"])
def test_no_zero_is_implied(seen: Seen, name: str) -> None:
    no_zero_is_implied(seen, name)


def test_wages_are_told_where_it_is_told_how_many_have_any(seen: Seen) -> None:
    """The number of children behind a wage is the number of those who work: one statistic, told in the same cells."""
    assert np.array_equal(seen.told("wage"), seen.told("work"))


def test_the_rule_alone_is_not_enough(seen: Seen) -> None:
    """The same attacker gets at small cells when everything is told that passes the rule."""
    rows = list(seen.attacker.rows(seen.n >= 10))
    [follows] = seen.attacker.in_span(rows, np.ones(seen.there.size, bool))
    assert (follows & (seen.n < 10) & (seen.n > 0)).sum() > 20


def told_together(world: World, told: Sequence[str], derived: np.ndarray) -> np.ndarray:
    """How many children of a group there are in the cells in which all of some outcomes are told."""
    attacker = Attacker(world)
    flags = [attacker.flags(lambda *at, name=name: world.closed.exact(name, *at)) for name in told]
    return attacker.sums(attacker.true(derived))[np.logical_and.reduce(flags)]


def test_what_three_outcomes_leave_over_is_enough(tmp_path: Path) -> None:
    """Three of four kinds of schools: the fourth is everybody minus the three."""

    def schools(rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
        school = rng.choice(4, size, p=[0.45, 0.3, 0.19, 0.06])
        return {f"school{number}": (school == number).astype(float) for number in range(3)}

    world = small_world(tmp_path, 3, more=schools)
    frame = world.table.to_pandas()
    fourth = (frame[["school0", "school1", "school2"]].sum(axis=1) == 0).to_numpy()
    left = told_together(world, ("school0", "school1", "school2"), fourth)
    assert left.min() >= 10
    assert len(left) > 5


def test_outcomes_that_are_known_of_different_children_leave_enough_between_them(tmp_path: Path) -> None:
    """A fixed contract, known of those who work; a fixed contract or a business of one's own, known of everybody."""

    def contracts(rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
        work, fixed, own = (rng.random(size) < share for share in (0.7, 0.6, 0.05))
        return {
            "fixed": np.where(work, fixed, np.nan),
            "either": ((work & fixed) | (~(work & fixed) & own)).astype(float),
        }

    world = small_world(tmp_path, 3, more=contracts)
    frame = world.table.to_pandas()
    between = told_together(world, ("fixed", "either"), ((frame["either"] == 1) & (frame["fixed"] != 1)).to_numpy())
    assert (between >= 10).all()
    assert world.closed.exact("either", "municipality", 0).any()


def test_an_amount_is_told_where_enough_have_any(tmp_path: Path) -> None:
    """The mean of an amount that few have gives away how many; one of two values is a binary outcome in other words."""

    def amounts(rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
        few = rng.random(size) < 0.08
        return {"costs": few * rng.random(size), "twice": 1000.0 * few, "has": few.astype(float)}

    world = small_world(tmp_path, 3, more=amounts, kinds={"costs": "money", "twice": "money"})
    has = world.table.to_pandas()["has"].to_numpy() == 1
    assert told_together(world, ("costs",), has).min() >= 10
    assert all(np.array_equal(world.closed.outcomes["twice"], world.closed.outcomes[name]) for name in ("has",))


def test_numbers_that_add_up_are_told_together(tmp_path: Path) -> None:
    """How many of three things somebody has, minus two of them, is the third."""

    def things(rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
        one, two, three = (rng.random(size) < share for share in (0.5, 0.4, 0.05))
        number = one.astype(float) + two + three
        return {"one": one.astype(float), "two": two.astype(float), "three": three.astype(float), "number": number}

    world = small_world(tmp_path, 3, more=things, kinds={"number": "count"})
    third = told_together(world, ("number", "one", "two"), world.table.to_pandas()["three"].to_numpy() == 1)
    assert (third >= 10).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_fifty_worlds_are_closed(tmp_path: Path, seed: int) -> None:
    seen = Seen(small_world(tmp_path, seed, segregated=seed % 2 == 1))
    told_passes_the_rule(seen)
    nothing_small_follows(seen)
    nothing_small_follows_for_who_knows_all_empty_atoms(seen)
    no_small_difference_of_nested_outcomes_follows(seen)
    for name in ("havo", "rare"):
        no_zero_is_implied(seen, name)


def test_the_same_areas_stay_silent_in_the_next_release(seen: Seen) -> None:
    world = seen.world
    silent = world.closed.silent(world.areas)
    other = {**silent, "M0": ["M0W0", "M0W1"], "gone": ["M9W0", "M9W1"]}
    again = close(world.prepared, world.outcomes, silent=other, threads=1)
    assert again.silent(world.areas)["M0"] == ["M0W0", "M0W1"]
    assert {**again.silent(world.areas), "M0": silent["M0"]} == silent
    assert silent["NL"]
    assert silent["M0"] != ["M0W0", "M0W1"] or seen.silent.any()


def test_the_number_of_threads_does_not_matter(seen: Seen) -> None:
    world = seen.world
    again = close(world.prepared, world.outcomes, threads=3)
    assert all(np.array_equal(again.outcomes[id], bits) for id, bits in world.closed.outcomes.items())
