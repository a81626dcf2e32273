"""The perturbation key, the keys of children, and the draws that follow from them."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kansen.errors import InputError, MissingInputError
from kansen.moments.source import CohortSource
from kansen.protection.keys import FILE, SIZE, Draws, Secret, read_secret, siphash, vault_secret

SECRET = Secret(bytes(range(SIZE)))


def test_siphash_gives_the_published_numbers() -> None:
    """Row 16 of the test vectors of its authors: the key 00 01 ... 0f, the message 00 01 ... 0f."""
    words = np.frombuffer(bytes(range(16)), "<u8").tolist()
    [found] = siphash((words[0], words[1]), np.array(words[:1], np.uint64), words[1])
    assert int(found).to_bytes(8, "little").hex() == "db9bc2577fcc2a3f"


def test_the_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = vault_secret(tmp_path / "vault")
    path = tmp_path / "vault" / FILE
    assert len(path.read_bytes()) == SIZE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vault_secret(tmp_path / "vault").hashed(b"x") == first.hashed(b"x")
    assert vault_secret(tmp_path / "other").hashed(b"x") != first.hashed(b"x")
    assert vault_secret(None, path).hashed(b"x") == first.hashed(b"x")
    assert vault_secret(None).hashed(b"x") != first.hashed(b"x")
    assert path.read_bytes().hex() not in repr(first) + str(first)


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"secret")
    with pytest.raises(InputError, match="6 bytes"):
        read_secret(tmp_path / "short")
    with pytest.raises(MissingInputError, match="cannot be read"):
        read_secret(tmp_path / "absent")


def test_a_child_has_one_key_wherever_it_stands() -> None:
    people = ["a", "b", "c", None]
    keys = SECRET.record_keys(CohortSource.open(pa.table({"person": people})))
    turned = SECRET.record_keys(CohortSource.open(pa.table({"person": people[::-1]})))
    assert keys.tolist() == turned.tolist()[::-1]
    assert len(set(keys.tolist())) == 4
    numbers = SECRET.record_keys(CohortSource.open(pa.table({"person": [7, 8]})))
    words = SECRET.record_keys(CohortSource.open(pa.table({"person": ["7", "8"]})))
    assert numbers.tolist() == words.tolist()
    assert Secret(bytes(SIZE)).record_keys(CohortSource.open(pa.table({"person": people})))[0] != keys[0]


def test_without_persons_the_row_counts() -> None:
    keys = SECRET.record_keys(CohortSource.open(pa.table({"sex": ["men"] * 3})))
    assert len(set(keys.tolist())) == 3


def test_draws_look_random_and_are_not() -> None:
    cells = np.random.default_rng(1).integers(0, 2**64, 100_000, dtype=np.uint64)
    one, other = (Draws(SECRET).uniform(cells, purpose) for purpose in ("n", "ones"))
    assert (one == Draws(SECRET).uniform(cells, "n")).all()
    assert one.min() > 0
    assert one.max() < 1
    assert abs(one.mean() - 0.5) < 0.005
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.02
    beside = Draws(SECRET).uniform(cells + np.uint64(1), "n")
    assert abs(np.corrcoef(one, beside)[0, 1]) < 0.02
