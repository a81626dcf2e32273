"""The machinery of the audit against slow, plain references: spans, bounds, posteriors, programmes."""

from __future__ import annotations

import numpy as np
import pytest

from kansen.protection.audit.averages import Observed, composition, guess, most_likely
from kansen.protection.audit.bounds import Bounds
from kansen.protection.audit.lattice import Lattice, read_lattice
from kansen.protection.audit.programmes import Tables, Unit, interval, must_be_empty, programme, target_of
from kansen.protection.audit.spans import follows, rows_of, spans
from kansen.protection.utility import attributes_of
from protection.little import own_groups
from protection.worlds import GRID

LATTICE = read_lattice(GRID.public())
RNG = np.random.default_rng


def in_span(rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Which targets are a combination of rows, by singular values."""
    _, sizes, vectors = np.linalg.svd(rows, full_matrices=False)
    basis = vectors[sizes > 1e-9]
    return np.linalg.norm(targets - (targets @ basis.T) @ basis, axis=1) < 1e-7


@pytest.mark.parametrize("seed", range(8))
def test_what_follows_in_a_tree_is_what_follows_from_all_equations_at_once(seed: int) -> None:
    rng = RNG(seed)
    sums, unknowns = LATTICE.functionals, LATTICE.unknowns
    parts = [1, 2, 3]
    counts = {part: rng.poisson(0.3, unknowns) for part in parts}
    counts[0] = np.sum([counts[part] for part in parts], axis=0)
    told = {area: rng.choice(LATTICE.size, rng.integers(3, 50), replace=False) for area in range(4)}
    if seed % 2:
        told[2] = told[3] = told[1]
    if seed > 5:
        told[0] = told[1][:3]
    known = spans([3, 2, 1, 0], {0: [parts]}, lambda a: rows_of(LATTICE, told[a], sums[told[a]] @ counts[a]), unknowns)
    everything = []
    for area, groups in told.items():
        for group in groups:
            row = np.zeros((3, unknowns))
            row[[area - 1] if area else [0, 1, 2]] = sums[group]
            everything.append(row.ravel())
    for area in range(4):
        targets = np.zeros((LATTICE.size, 3, unknowns))
        targets[:, [area - 1] if area else [0, 1, 2]] = sums[:, None, :]
        expected = in_span(np.array(everything), targets.reshape(LATTICE.size, -1))
        found = follows(known[area], LATTICE, rng).value
        assert np.array_equal(found >= 0, expected)
        assert np.array_equal(found[expected], (sums @ counts[area])[expected])


def test_bounds_hold_the_truth_and_differencing_is_among_what_they_find() -> None:
    rng = RNG(3)
    true = LATTICE.functionals @ rng.poisson(0.4, LATTICE.unknowns)
    told = rng.choice(LATTICE.size, 150, replace=False)
    bounds = Bounds.of(1, LATTICE.size, np.zeros(150, np.int64), told, true[told])
    bounds.settle(LATTICE.equations, [])
    assert not bounds.broken.any()
    assert (bounds.lo[0] <= true).all()
    assert (bounds.hi[0] >= true).all()
    assert bounds.certain.sum() > 150


def test_contradicting_figures_are_left() -> None:
    groups = [LATTICE.cubes[0].members[1].index(word) * 24 for word in ("all", "men", "women")]
    bounds = Bounds.of(1, LATTICE.size, np.zeros(3, np.int64), np.array(groups), np.array([10, 8, 8]))
    bounds.settle(LATTICE.equations, [])
    assert bounds.broken.tolist() == [True]
    assert not bounds.certain.any()


def simulated(lattice: Lattice, rng: np.random.Generator, size: float) -> np.ndarray:
    """Counts of groups in a place like the country, but as different from it as places are."""
    shares = np.full(lattice.unknowns, 1 / lattice.unknowns)
    slices = rng.poisson(size * shares * rng.gamma(2.0, 0.5, lattice.unknowns))
    return lattice.functionals @ slices


def test_a_posterior_of_nine_tenths_is_right_nine_times_in_ten() -> None:
    letters = "abcdefgh"
    lattice = read_lattice(
        own_groups({"all": letters, "x": "abcd", "y": "efgh", "z": "aceg"} | {letter: letter for letter in letters})
    )
    rng = RNG(4)
    country = lattice.functionals @ np.full(lattice.unknowns, 1_000.0)
    of = composition(lattice, country)
    promised, kept, sure = 0.0, 0, 0
    for _ in range(400):
        true = simulated(lattice, rng, 60.0)
        noisy = true + np.round(rng.normal(0, np.sqrt(0.4), lattice.size))
        value, variance = noisy.astype(float), np.full(lattice.size, 0.4 + 1 / 12)
        value[0], variance[0] = true[0], 0.0
        made = guess(Unit((0,)), Observed(value[None], variance[None]), of, 6)
        promised += made.probability[0, 1:].sum()
        kept += int((made.value[0, 1:] == true[1:]).sum())
        sure += int((made.probability[0, 1:] >= 0.9).sum())
    assert sure > 10
    assert kept == pytest.approx(promised, rel=0.1)


def test_nobody_is_the_best_guess_far_below_zero() -> None:
    value, probability = most_likely(np.array([-400.0]), np.array([3.0]), np.array([np.nan]), 6)
    assert (value[0], probability[0]) == (0, pytest.approx(1.0))


def test_programmes_give_the_limits_of_a_cell() -> None:
    lattice = read_lattice(own_groups({"all": "abc", "ab": "ab", "bc": "bc", "a": "a", "b": "b", "c": "c"}))
    tables = Tables.of(lattice)
    told = np.full((1, lattice.size), -1, dtype=np.int32)
    told[0, :3] = (20, 14, 13)
    problem = programme(Unit((0,)), told, tables)
    empty = must_be_empty(problem)
    assert empty is not None
    assert not empty.any()
    limits = [interval(problem, target_of(Unit((0,)), 0, group, tables), ~empty) for group in (3, 4, 5)]
    assert np.allclose(np.array(limits, dtype=float), [(7, 7), (7, 7), (6, 6)])
    told[0, 2] = -1
    open_still = interval(programme(Unit((0,)), told, tables), target_of(Unit((0,)), 0, 4, tables), ~empty)
    assert np.allclose(np.array(open_still, dtype=float), (0, 14))
    told[0, 1] = 20
    nobody = must_be_empty(programme(Unit((0,)), told, tables))
    assert nobody is not None
    assert nobody.reshape(-1, 3).all(axis=0).tolist() == [False, False, True], "of any rank"


def test_attributes_are_counted() -> None:
    names = list(GRID.groups)
    found = attributes_of(LATTICE)
    for name, count in (("all;all;all;all", 0), ("low;all;all;all", 1), ("low;women;any;single", 4)):
        assert found[names.index(f"income={name}")] == count
