"""Figures with noise: drawn once per children, large enough, honest about their noise, and no way back from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom, norm

from kansen import measures, moments, protection
from kansen.cohorts.declarations import Outcome
from kansen.measures import Estimates
from kansen.protection.draws import CohortNoise
from kansen.protection.guard import Guard
from kansen.protection.keys import Secret
from kansen.protection.noise import OBSERVED_STEP
from kansen.protection.profiles import load_profile
from kansen.protection.protected import Protected
from kansen.protection.same_cells import matched
from moments.worlds import outcome
from protection.worlds import AREAS, GRID, cohort

PROFILE = load_profile("perturbed")
SECRET = Secret(bytes(range(32)))
BINARY = outcome("c35_b", "binary")
MONEY = outcome("c35_y", "money")
RULE = PROFILE.noise
assert RULE is not None

Found = dict[str, dict[str, Protected]]


def perturbed(
    table: pa.Table, outcomes: Sequence[Outcome], axis: str = "income", secret: Secret = SECRET
) -> tuple[dict[str, dict[str, Estimates]], Found]:
    """The figures that noise is added to, and those that are told, per outcome and level."""
    prepared = moments.prepare(table, AREAS, moments.load_grid(axis))
    noise = CohortNoise(secret, PROFILE)
    plain: dict[str, dict[str, Estimates]] = {}
    told: Found = {}
    for start in range(0, len(outcomes), 4):
        few = outcomes[start : start + 4]
        steady = protection.steadiness(PROFILE)
        for one, found in measures.expectations(prepared, few, moments.Room(), steadiness=steady, clipped=True):
            drawn = noise.outcome(prepared, one, found)
            _, parts = protection.protect_outcome(found, one, PROFILE, noise=drawn)
            plain[one.id], told[one.id] = found, {part.level: part for part in parts}
    return plain, told


def with_outcome(table: pa.Table, name: str, values: np.ndarray) -> pa.Table:
    return table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))


@pytest.fixture(scope="module")
def world() -> pa.Table:
    rng = np.random.default_rng(1)
    made = cohort(rng, 6_000)
    rank = np.array([0.5 if v is None else v for v in made["income_rank"].to_pylist()])
    for number in range(8):
        made = with_outcome(made, f"c35_full{number}", (rng.random(6_000) < 0.2 + 0.4 * rank).astype(float))
    return with_outcome(made, "c35_share", rng.random(6_000))


FULL = [outcome(f"c35_full{number}", "binary") for number in range(8)]


@pytest.fixture(scope="module")
def both(world: pa.Table) -> tuple[dict[str, dict[str, Estimates]], Found]:
    return perturbed(world, [*FULL, BINARY, MONEY, outcome("c35_share", "share")])


def pairs(plain: Estimates, told: Protected) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the truth and of what is told that are the same cells."""
    return matched(plain.group, plain.area, told.group, told.area)


def test_every_figure_carries_noise_and_says_how_much(both) -> None:  # type: ignore[no-untyped-def]
    plain, told = both
    for one in told:
        assert set(told[one]) == set(plain[one])
        for level, figures in told[one].items():
            assert figures.cells > 0
            assert (figures.noise_sd > 0).all()
            assert (figures.n >= PROFILE.min_n).all()
            mine, theirs = pairs(plain[one][level], figures)
            assert len(mine) == figures.cells
            rows = plain[one][level].rows[mine]
            assert (np.abs(figures.n[theirs] - rows) <= RULE.most).all()


def test_noise_is_as_large_as_told(both) -> None:  # type: ignore[no-untyped-def]
    plain, told = both
    for one in (FULL[0].id, BINARY.id, MONEY.id, "c35_share"):
        off: list[np.ndarray] = []
        for level, figures in told[one].items():
            mine, theirs = pairs(plain[one][level], figures)
            steady = plain[one][level].steady
            assert steady is not None
            large = figures.n[theirs] >= 60
            off.append(((figures.est[theirs] - steady[mine]) / figures.noise_sd[theirs])[large])
        found = np.concatenate(off)
        assert len(found) > 300
        assert abs(found.mean()) < 0.2, one
        assert 0.8 < found.std() < 1.15, one


def test_the_noise_on_a_mean_hides_a_child(both) -> None:  # type: ignore[no-untyped-def]
    """A child moves a mean by its range over n at most: the noise is at least 0.7 of that, for shares 1.7."""
    _, told = both
    for one, least in ((MONEY.id, 0.7), (BINARY.id, 1.73), (FULL[0].id, 1.73), ("c35_share", 1.73)):
        for figures in told[one].values():
            low, high = both[0][one]["nl"].ends[:2]
            everybody = figures.group < int(np.prod(GRID.shape[1:]))
            size = figures.noise_sd[everybody] * figures.n[everybody] / (high - low)
            assert (size >= least * 0.99).all()


def test_the_number_is_drawn_once_for_all_outcomes(both) -> None:  # type: ignore[no-untyped-def]
    _, told = both
    for level in ("nl", "municipality", "wijk", "pc4"):
        numbers: dict[tuple[int, int], set[int]] = {}
        for one in told.values():
            figures = one[level]
            for key, n in zip(
                zip(figures.group.tolist(), figures.area.tolist(), strict=True), figures.n.tolist(), strict=True
            ):
                numbers.setdefault(key, set()).add(n)
        assert all(len(found) == 1 for found in numbers.values())
        assert max(len(of) for of in numbers.values()) == 1


def test_averaging_over_outcomes_gives_no_number_away(both) -> None:  # type: ignore[no-untyped-def]
    """The noisy number is one draw, so its mean over outcomes is as wrong as one of them."""
    plain, told = both
    right = total = 0
    for level in told[FULL[0].id]:
        tables = [
            {
                (g, a): n
                for g, a, n in zip(t[level].group.tolist(), t[level].area.tolist(), t[level].n.tolist(), strict=True)
            }
            for t in (told[f.id] for f in FULL)
        ]
        of = plain[FULL[0].id][level]
        for group, area, rows in zip(of.group.tolist(), of.area.tolist(), of.rows.tolist(), strict=True):
            seen = [table[group, area] for table in tables if (group, area) in table]
            if seen:
                total += 1
                right += round(float(np.mean(seen))) == rows
    assert total > 500
    assert right / total < 0.3


def test_enough_children_with_and_without(both) -> None:  # type: ignore[no-untyped-def]
    _, told = both
    for figures in told[FULL[0].id].values():
        ones = figures.est * figures.n
        assert (ones >= 10 - 0.01 * figures.n).all()
        assert (figures.n - ones >= 10 - 0.01 * figures.n).all()


def test_nobody_without_the_outcome_is_not_told(world: pa.Table) -> None:
    """Where all have it, number and share cannot give one another away: the figure is absent."""
    table = with_outcome(with_outcome(world, "c35_all", np.ones(6_000)), "c35_none", np.zeros(6_000))
    _, told = perturbed(table, [outcome("c35_all", "binary"), outcome("c35_none", "binary")])
    assert all(figures.cells == 0 for one in told.values() for figures in one.values())


def test_the_same_children_have_the_same_figures(world: pa.Table) -> None:
    """In whatever order, on whatever grid, at whatever level, beside whatever outcomes."""
    only = world.filter(pa.array([w == "WK059910" for w in world["wijk"].to_pylist()]))
    only = only.set_column(only.column_names.index("municipality"), "municipality", [["GM0599"] * only.num_rows])
    turned = only.take(np.random.default_rng(2).permutation(only.num_rows))
    asked = [FULL[0], BINARY, MONEY]
    _, one = perturbed(only, asked)
    _, two = perturbed(turned, asked[:1])
    _, other = perturbed(turned, asked[1:])
    two |= other
    for name, levels in one.items():
        for level, figures in levels.items():
            again = two[name][level]
            for column in ("group", "area", "n", "est", "lwr", "upr", "noise_sd"):
                assert np.array_equal(getattr(figures, column), getattr(again, column), equal_nan=True), (name, level)
        alike = [levels[level] for level in ("nl", "province", "corop", "municipality", "wijk")]
        for figures in alike[1:]:
            for column in ("group", "n", "est", "noise_sd"):
                assert (getattr(figures, column) == getattr(alike[0], column)).all(), (name, figures.level)
    _, different = perturbed(only, asked, secret=Secret(bytes(32)))
    mine, theirs = matched(
        *(getattr(of[MONEY.id]["nl"], name) for of in (one, different) for name in ("group", "area"))
    )
    assert (different[MONEY.id]["nl"].est[theirs] != one[MONEY.id]["nl"].est[mine]).mean() > 0.9


def test_the_same_children_on_two_grids(world: pa.Table) -> None:
    """Everybody finished university: that group of one grid is everybody of the other."""
    table = world.set_column(
        world.column_names.index("parent_education"), "parent_education", [["university"] * world.num_rows]
    )
    _, one = perturbed(table, [*FULL[:2], BINARY, MONEY])
    _, two = perturbed(table, [*FULL[:2], BINARY, MONEY], axis="education")
    inner = int(np.prod(GRID.shape[1:]))
    for name in one:
        for level in ("nl", "wijk"):
            everybody, university = one[name][level], two[name][level]
            here, there = everybody.group < inner, (university.group >= inner) & (university.group < 2 * inner)
            assert here.sum() > 20
            for column in ("area", "n", "est", "noise_sd"):
                assert (getattr(everybody, column)[here] == getattr(university, column)[there]).all(), (name, level)


def test_nothing_that_is_told_follows_from_more_than_noisy_numbers(both) -> None:  # type: ignore[no-untyped-def]
    """Interval and noise of a share are worked out here from the share and the number that are told, and from nothing
    else; so whoever inverts them gets those back, and no true number.
    """
    from kansen.measures.expectation import t_quantiles

    _, told = both
    for figures in told[FULL[0].id].values():
        mean = figures.group < int(np.prod(GRID.shape[1:]))
        n = figures.n[mean].astype(float)
        ones = np.round(figures.est[mean] * n)
        share = ones / n
        assert figures.est[mean] == pytest.approx(share, abs=5.1e-5), "a share is of two whole noisy numbers"
        sd = np.sqrt(RULE.variance * (1 + share**2)) / n
        assert figures.noise_sd[mean] == pytest.approx(sd, abs=1.01e-4)
        half = t_quantiles(figures.n[mean] - 1, 0.95) * np.sqrt(share * (1 - share) / n + sd**2)
        assert figures.upr[mean] - figures.lwr[mean] == pytest.approx(2 * half, abs=2.1e-4)


def test_intervals_of_amounts_rest_on_the_national_spread(both) -> None:  # type: ignore[no-untyped-def]
    from kansen.measures.expectation import t_quantiles

    plain, told = both
    nl = plain["c35_share"]["nl"]
    spread = float(f"{(nl.upr[0] - nl.est[0]) / t_quantiles(nl.n[:1] - 1, 0.95)[0] * np.sqrt(nl.n[0]):.2g}")
    for figures in told["c35_share"].values():
        mean = figures.group < int(np.prod(GRID.shape[1:]))
        n, half = figures.n[mean], (figures.upr - figures.lwr)[mean] / 2
        inside = figures.est[mean] > 0
        rebuilt = t_quantiles(n - 1, 0.95) * np.sqrt(spread**2 / n + figures.noise_sd[mean] ** 2)
        assert half[inside] == pytest.approx(rebuilt[inside], rel=0.01)


def test_the_number_with_the_outcome_known_is_told_coarsely(both) -> None:  # type: ignore[no-untyped-def]
    """Of an outcome with gaps, the noise tells how many are known only up to steps of a fifth."""
    plain, told = both
    sizes: set[float] = set()
    for figures in told[MONEY.id].values():
        mean = figures.group < int(np.prod(GRID.shape[1:]))
        low, high = plain[MONEY.id]["nl"].ends[:2]
        known = np.sqrt(2) / RULE.epsilon * (high - low) / figures.noise_sd[mean]
        few = known < 200
        sizes |= set(np.round(np.log(known[few]) / np.log(OBSERVED_STEP), 1).tolist())
    assert all(abs(size - round(size)) <= 0.11 for size in sizes)


def test_intervals_cover() -> None:
    """The truth behind the children lies in 95 % of the intervals, noise and all.

    Cells of one cohort share their children, and so all miss or all cover: several cohorts are taken together.
    """
    covered: dict[str, list[np.bool_]] = {"c35_even": [], "c35_pay": [], "c35_rank": []}
    for seed in range(8, 14):
        rng = np.random.default_rng(seed)
        table = cohort(rng, 12_000, gaps=0.0)
        table = with_outcome(table, "c35_even", (rng.random(12_000) < 0.4).astype(float))
        table = with_outcome(table, "c35_pay", rng.normal(30_000, 8_000, 12_000))
        table = with_outcome(table, "c35_rank", rng.random(12_000))
        _, told = perturbed(
            table, [outcome("c35_even", "binary"), outcome("c35_pay", "money"), outcome("c35_rank", "rank")]
        )
        for name, truth in (("c35_even", 0.4), ("c35_pay", 30_000), ("c35_rank", 0.5)):
            lwr, upr = (
                np.concatenate([getattr(of, side)[of.n >= 50] for of in told[name].values()]) for side in ("lwr", "upr")
            )
            assert len(lwr) > 1_000
            covered[name].append(((lwr <= truth) & (truth <= upr)).mean())
    for name, shares in covered.items():
        assert 0.93 < np.mean(shares) < 0.985, name


def test_an_outcome_that_is_hardly_known_is_not_told_with_the_noise_of_many(world: pa.Table) -> None:
    """One in ten is known: the noise is that of the few, and where fewer than ten are known, nothing is told."""
    rare = np.where(np.random.default_rng(4).random(6_000) < 0.1, 5_000.0, np.nan)
    rare *= np.random.default_rng(5).random(6_000)
    plain, told = perturbed(with_outcome(world, "c35_rare", rare), [outcome("c35_rare")])
    for level, figures in told["c35_rare"].items():
        mine, theirs = pairs(plain["c35_rare"][level], figures)
        of = plain["c35_rare"][level]
        assert (of.n[mine] >= PROFILE.min_n - RULE.most).all()
        few = figures.noise_sd[theirs] * np.minimum(of.n[mine] + RULE.most, of.rows[mine] + RULE.most)
        assert (few >= RULE.epsilon**-1 * np.sqrt(2) * (of.ends.high - of.ends.low) * 0.99).all()


def test_one_outlier_moves_nothing_by_more_than_the_end_of_the_amounts(world: pa.Table) -> None:
    values = np.random.default_rng(6).normal(30_000, 5_000, 6_000)
    rich = values.copy()
    rich[17] = 1e9
    plain, told = perturbed(
        with_outcome(with_outcome(world, "c35_one", values), "c35_two", rich), [outcome("c35_one"), outcome("c35_two")]
    )
    assert plain["c35_two"]["nl"].est[0] == pytest.approx(plain["c35_one"]["nl"].est[0], rel=1e-3)
    assert told["c35_two"]["nl"].noise_sd[0] < 100


def test_noise_is_asked_for_by_name() -> None:
    with pytest.raises(TypeError, match="what it is drawn from"):
        protection.protect_outcome({}, BINARY, PROFILE)


def test_solving_the_groups_of_an_area_leaves_its_small_numbers_uncertain(both) -> None:  # type: ignore[no-untyped-def]
    """An attacker adds everything up: all numbers of an area at once, as sums of its smallest groups, by least squares
    with what is known of the noise. No number below ten comes out with a probability of nine in ten.
    """
    plain, told = both
    of, figures = plain[FULL[0].id]["wijk"], told[FULL[0].id]["wijk"]
    prepared = moments.prepare(cohort(np.random.default_rng(1), 10), AREAS, GRID)
    sums = np.ones((1, 1))
    for table in prepared.structures[0].atoms.sums:
        sums = np.kron(sums, table)
    tried = right = 0
    numbers = np.arange(60)
    for area in np.unique(figures.area):
        own = figures.area == area
        x, n = sums[figures.group[own]], figures.n[own].astype(float)
        start = np.full(sums.shape[1], n.max() / sums.shape[1])
        before = np.full(sums.shape[1], max(1.0, start[0]) ** 2)
        gain = (before[:, None] * x.T) @ np.linalg.inv(x @ (before[:, None] * x.T) + RULE.variance * np.eye(len(n)))
        found, left = start + gain @ (n - x @ start), np.diag(before) - gain @ x @ np.diag(before)
        hidden = (of.area == area) & (of.rows < 10) & ~np.isin(of.group, figures.group[own])
        groups, rows = sums[of.group[hidden]], of.rows[hidden]
        deviation = np.sqrt(np.einsum("ij,jk,ik->i", groups, left, groups))
        chance = np.exp(-0.5 * ((numbers - (groups @ found)[:, None]) / deviation[:, None]) ** 2)
        chance /= chance.sum(axis=1, keepdims=True)
        assert chance.max() < 0.9
        tried += len(rows)
        right += int((chance.argmax(axis=1) == rows).sum())
    assert tried > 200
    assert right / tried < 0.35


def two_values(size: int = 6_000) -> tuple[pa.Table, np.ndarray]:
    """A cohort of whom few get a fixed amount, and who they are."""
    rng = np.random.default_rng(11)
    table = cohort(rng, size)
    gets = rng.random(size) < 0.12
    return with_outcome(table, "c35_fixed", np.where(gets, 1_000.0, 0.0)), gets


def test_an_amount_of_two_values_counts_children_and_is_hidden_like_a_count() -> None:
    """Whoever divides the figure by the amount gets at how many have it: with the noise of a count, and ten or more."""
    table, gets = two_values()
    plain, told = perturbed(table, [outcome("c35_fixed", "money")])
    cells = 0
    for level, figures in told["c35_fixed"].items():
        mine, theirs = pairs(plain["c35_fixed"][level], figures)
        n = figures.n[theirs]
        assert len(mine) == figures.cells
        assert (figures.noise_sd[theirs] * n / 1_000 >= np.sqrt(RULE.variance) - 1e-9).all()
        few = figures.est[theirs] / 1_000 * n
        # The figure is rounded to whole euros.
        assert (few >= PROFILE.min_ones - n / 2_000 - 1e-9).all()
        assert (n - few >= PROFILE.min_zeros - n / 2_000 - 1e-9).all()
        cells += figures.cells
    assert cells > 100
    assert gets.sum() < 1_000


def test_how_many_get_a_fixed_amount_cannot_be_guessed() -> None:
    """The number with the highest probability, from the figure and the national share, is never nearly certain."""
    table, gets = two_values()
    plain, told = perturbed(table, [outcome("c35_fixed", "money")])
    share, sure = gets.mean(), []
    for level, figures in told["c35_fixed"].items():
        mine, theirs = pairs(plain["c35_fixed"][level], figures)
        position = figures.group[theirs] < int(np.prod(GRID.shape[1:]))
        for cell, own in zip(theirs[position], mine[position], strict=True):
            n = int(plain["c35_fixed"][level].rows[own])
            could = np.arange(n + 1)
            prior = binom.pmf(could, n, share)
            likely = prior * norm.pdf(figures.est[cell], 1_000 * could / n, max(figures.noise_sd[cell], 1e-9))
            sure.append(likely.max() / likely.sum())
    assert len(sure) > 30
    assert max(sure) < 0.9


def test_a_corrected_value_draws_all_noise_anew(world: pa.Table) -> None:
    """Two releases with the same key, one value corrected: which figures differ does not tell where the child is."""
    before = np.array(world["c35_full0"].to_pylist(), float)
    after = before.copy()
    after[0] = 1 - after[0]
    column = world.column_names.index("c35_full0")
    _, one = perturbed(world, FULL[:2])
    _, two = perturbed(world.set_column(column, "c35_full0", pa.array(after)), FULL[:2])
    for name, same in ((FULL[0].id, False), (FULL[1].id, True)):
        alike, cells = 0, 0
        for level, first in one[name].items():
            second = two[name][level]
            mine, theirs = matched(first.group, first.area, second.group, second.area)
            assert (first.n[mine] == second.n[theirs]).all(), "the same children, the same number"
            alike, cells = alike + int((first.est[mine] == second.est[theirs]).sum()), cells + len(mine)
        assert cells > 300
        assert alike == cells if same else alike < 0.5 * cells, name


def test_outcomes_of_two_bases_are_not_both_told_exactly() -> None:
    """The country is the same children by home and by birth: exact figures of both would have to be closed together."""
    rng = np.random.default_rng(12)
    table = cohort(rng, 8_000, gaps=0.0)
    table = with_outcome(table, "c35_havo", (rng.random(8_000) < 0.5).astype(float))
    havo = np.array(table["c35_havo"].to_pylist())
    table = with_outcome(table, "c35_vwo", havo * (rng.random(8_000) < 0.97))
    home, birth = outcome("c35_havo", "binary"), replace(outcome("c35_vwo", "binary"), basis="birth")
    other = outcome("c35_full", "binary")
    table = with_outcome(table, "c35_full", (rng.random(8_000) < 0.3).astype(float))
    profile = load_profile("exact-closed")
    asked = [home, other, birth]
    prepared = moments.prepare_cohort(table, AREAS, [moments.load_grid()], asked)
    guard = Guard.of(prepared, asked, profile)
    for one in asked:
        [of] = prepared[one.basis]
        [(_, found)] = measures.expectations(of, [one], moments.Room())
        exact = guard.exact(found, one, of)
        assert exact is not None
        _, parts = protection.protect_outcome(found, one, profile, exact=exact)
        assert (sum(part.cells for part in parts) > 0) is (one.basis == "home"), one.id
