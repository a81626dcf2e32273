"""Noise on counts: the declared variance and size, no negative counts, zero stays zero."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from kansen.protection.counts import noise_table, with_noise


@pytest.mark.parametrize(("variance", "most"), [(3.0, 6), (1.0, 3), (9.0, 6), (13.9, 6), (0.5, 1), (30.0, 12)])
def test_tables_have_no_bias_and_the_declared_variance(variance: float, most: int) -> None:
    table, z = noise_table(variance, most), np.arange(-most, most + 1)
    assert (table >= 0).all()
    assert table.sum(axis=1) == pytest.approx(1)
    assert table @ z == pytest.approx(0, abs=1e-9)
    for n in range(1, most + 1):
        assert table[n] @ z**2 == pytest.approx(min(variance, n * most / 2), rel=1e-9)
        assert not table[n, z < -n].any()
    assert table[most] == pytest.approx(table[most, ::-1])


def test_rows_are_of_greatest_entropy() -> None:
    """No other distribution nearby with the same mean and variance has more of it."""
    z = np.arange(-6, 7)
    p = noise_table(3.0, 6)[6]
    constraints = np.vstack([np.ones(13), z, z**2])
    free = np.linalg.svd(constraints)[2][3:]
    for direction in free:
        near = p + 1e-5 * direction
        assert -(near @ np.log(near)) < -(p @ np.log(p))


def test_draws_follow_the_table() -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    for n in (1, 3, 6, 500):
        noise = with_noise(np.full(len(u), n), u, 3.0, 6) - n
        assert noise.mean() == pytest.approx(0, abs=1e-3)
        assert noise.var() == pytest.approx(3, abs=1e-2)
        assert noise.min() == -min(n, 6)
        assert noise.max() == 6


def test_no_count_is_negative_and_zero_stays_zero() -> None:
    for n, u in product(range(20), (1e-300, 0.5, 1 - 1e-16)):
        [told] = with_noise(np.array([n]), np.array([u]), 3.0, 6)
        assert told >= 0
        assert (n > 0) or told == 0


def test_a_mean_beside_a_noisy_count_gives_it_away(shared) -> None:  # type: ignore[no-untyped-def]
    """Why no exact mean is told beside a noisy count: the example of the handbook has one solution."""
    import json

    told = json.loads((shared / "vectors" / "statistics.json").read_text())["sdc_ckm_mean_attack"]
    spare = told["max_noise"]

    def near(n: int) -> range:
        return range(n - spare, n + spare + 1)

    total = np.array(told["original"]["sum"]).sum()
    counts = sum(told["original"]["n"])
    found = [
        triple
        for triple in product(*(near(n) for n in told["perturbed_n"]))
        if all(
            abs(round(mean * n) / n - mean) < 5e-5 + 1e-12
            for mean, n in zip(told["published_original_means"], triple, strict=True)
        )
    ]
    assert list(found) == [tuple(told["unique_consistent_triple"])]
    assert (total, counts) == (370, 40)
