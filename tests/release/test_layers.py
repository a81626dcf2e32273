"""Layers: what is encoded comes back, small and the same every time."""

from __future__ import annotations

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kansen.geography import load_areas
from kansen.release.bundles import encode_bundle
from kansen.release.figures import Figures
from kansen.release.layers import Bundle, decode_layer, pack, unpack

IDS = ("GM0001", "GM0002", "GM0003", "GM0004")
GROUPS = ("income=all;all;all;all", "income=low;all;all;all")


def figures(
    est: list[float],
    lwr: list[float],
    upr: list[float],
    *,
    n: list[int] | None = None,
    group: list[int] | None = None,
    noise: float = 0.0,
) -> Figures:
    size = len(est)
    return Figures(
        group=np.array(group or [0] * size, dtype=np.int32),
        area=np.arange(size, dtype=np.int32),
        n=np.array(n or [10] * size),
        est=np.array(est, dtype=float),
        lwr=np.array(lwr, dtype=float),
        upr=np.array(upr, dtype=float),
        noise_sd=np.full(size, noise),
        reliability=(np.arange(size) % 3).astype(np.int8),
    )


def opened(outcome: str, levels: dict[str, Figures]) -> Bundle:
    parts, index = encode_bundle(outcome, levels, len(GROUPS))
    raw = b"".join(parts)
    return Bundle(lambda at, size: raw[at : at + size], orjson.loads(orjson.dumps(index)))


def only_layer(of: Figures) -> dict[str, object]:
    body, cells = opened("c35_x", {"municipality": of}).layer("municipality", 0, GROUPS[0], IDS)
    assert cells == len(of)
    return decode_layer(body)


def test_a_layer_holds_the_figures_as_they_are() -> None:
    layer = only_layer(figures([28592, 30101], [28400, np.nan], [28785, np.nan], n=[41203, -1]))
    assert layer == {
        "outcome": "c35_x",
        "level": "municipality",
        "group": GROUPS[0],
        "areas": ["GM0001", "GM0002"],
        "n": [41203, None],
        "est": [28592, 30101],
        "reliability": "AB",
        "digits": 0,
        "lwr": [28400, None],
        "upr": [28785, None],
    }


def test_whole_numbers_are_written_without_a_point() -> None:
    body, _ = opened("o", {"nl": figures([28592], [28400], [28784])}).layer("nl", 0, GROUPS[0], IDS)
    assert b'"est":[28592],"margin":[192],"reliability"' in unpack(body)


@given(
    st.integers(0, 6),
    st.lists(
        st.tuples(st.integers(-(10**7), 10**7), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=4
    ),
)
def test_rounded_limits_come_back_to_the_last_digit(digits: int, cells: list[tuple[int, int, int]]) -> None:
    def scaled(values: list[int]) -> NDArray[np.float64]:
        return np.round(np.array(values) / 10.0**digits, digits)

    est = scaled([e for e, _, _ in cells])
    lwr = scaled([e - below for e, below, _ in cells])
    upr = scaled([e + above for e, _, above in cells])
    layer = only_layer(figures(list(est), list(lwr), list(upr)))
    assert (layer["est"], layer["lwr"], layer["upr"]) == (est.tolist(), lwr.tolist(), upr.tolist())


def test_figures_with_all_their_digits_keep_their_limits() -> None:
    est, lwr, upr = 28592.123456789, 28400.987654321, 28784.5
    assert encode_bundle("o", {"nl": figures([est], [lwr], [upr])}, 1)[1]["digits"] is None
    layer = only_layer(figures([est], [lwr], [upr]))
    assert (layer["est"], layer["lwr"], layer["upr"]) == ([est], [lwr], [upr])


def test_noise_is_told_where_there_is_any() -> None:
    assert only_layer(figures([1.5], [1.0], [2.0], noise=0.25))["noise_sd"] == [0.25]
    assert "noise_sd" not in only_layer(figures([1.5], [1.0], [2.0]))


def test_noise_takes_the_room_of_its_digits() -> None:
    few, many = (figures([0.1234], [0.1], [0.2], noise=noise) for noise in (0.0113, 0.011313))
    for given, kind in ((few, "|u1"), (many, "<f8")):
        assert encode_bundle("o", {"nl": given}, 1)[1]["levels"]["nl"]["noise_sd"][0] == kind
        assert only_layer(given)["noise_sd"] == given.noise_sd.tolist()


def test_a_bundle_has_the_figures_of_every_group() -> None:
    of = figures([1, 2, 3], [0, 1, 2], [2, 3, 4], group=[0, 1, 1])
    bundle = opened("o", {"nl": of, "wijk": of.rows(slice(0, 0))})
    body, cells = bundle.layer("nl", 1, GROUPS[1], IDS)
    assert cells == 2
    assert decode_layer(body)["areas"] == ["GM0002", "GM0003"]
    assert decode_layer(bundle.layer("nl", 0, GROUPS[0], IDS)[0])["areas"] == ["GM0001"]
    assert bundle.layer("wijk", 1, GROUPS[1], IDS)[1] == 0


@pytest.mark.parametrize("digits", [0, 3, None])
def test_columns_of_a_layer_are_the_figures(digits: int | None) -> None:
    rng = np.random.default_rng(3)
    est, lwr, upr = (values if digits is None else np.round(values, digits) for values in rng.normal(0, 9, (3, 4)))
    lwr, upr = np.minimum(est, lwr), np.maximum(est, upr)
    lwr[1] = upr[1] = np.nan
    of = figures(list(est), list(lwr), list(upr), n=[10, -1, 70_000, 0], noise=0.5)
    found = opened("o", {"nl": of}).figures("nl", 0)
    for name, values in found.items():
        np.testing.assert_allclose(values, getattr(of, name), rtol=0, atol=1e-12, err_msg=name)


def test_an_empty_layer_reads_like_any_other() -> None:
    layer = decode_layer(opened("o", {}).layer("nl", 0, GROUPS[0], IDS)[0])
    assert set(layer) == set(only_layer(figures([1], [0], [2])))
    assert layer["areas"] == layer["est"] == layer["lwr"] == layer["upr"] == []


def test_compression_leaves_no_time_behind() -> None:
    packed = pack(b"figures")
    assert packed[4:8] == bytes(4)
    assert unpack(packed) == b"figures"


@pytest.mark.parametrize("level", ["wijk", "pc4"])
def test_the_largest_layers_stay_below_forty_kilobytes(level: str) -> None:
    """Invented incomes that vary as between real areas; every area shown."""
    ids = load_areas().ids(level)
    rng = np.random.default_rng(1)
    share = rng.gamma(1.0, 1.0, len(ids))
    n = np.maximum(10, np.rint(900_000 * share / share.sum())).astype(np.int32)
    half = 1.96 * 18_000 / np.sqrt(n)
    est = rng.normal(31_000, 3_500, len(ids))
    full = Figures(
        group=np.zeros(len(ids), dtype=np.int32),
        area=np.arange(len(ids), dtype=np.int32),
        n=n,
        est=np.round(est),
        lwr=np.round(est - half),
        upr=np.round(est + half),
        noise_sd=np.zeros(len(ids)),
        reliability=rng.choice(3, len(ids)).astype(np.int8),
    )
    body, _ = opened("c35_income", {level: full}).layer(level, 0, GROUPS[0], ids)
    assert len(body) <= 40_000
