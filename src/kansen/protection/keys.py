"""Keys that noise is drawn with: a secret of the vault, a key per child, and numbers that look random but are not.

The key of a child is the keyed BLAKE2b hash (RFC 7693) of its id, 64 bits; that of a cell is the sum of the keys of its
children modulo 2**64 (the cell-key method of the Australian Bureau of Statistics). So the same children have the same
key in whatever table, level, grid or run they are found, and from a key, a purpose and the secret follows the same
draw: SipHash-2-4 (Aumasson and Bernstein 2012) of the key and the purpose.
"""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kansen.errors import InputError, MissingInputError
from kansen.files import atomic_path
from kansen.moments.source import CohortSource

FILE = "perturbation.key"
"""The secret in a vault."""

SIZE = 32
"""Bytes of a secret."""

Keys = NDArray[np.uint64]


class Secret:
    """A perturbation key. It shows itself to nobody: not in messages, not in a representation, not in a release."""

    __slots__ = ("_bytes",)

    def __init__(self, content: bytes) -> None:
        if len(content) != SIZE:
            raise InputError(
                "This is not a perturbation key", found=f"{len(content)} bytes", expected=f"a file of {SIZE} bytes"
            )
        self._bytes = content

    def __repr__(self) -> str:
        return "Secret(...)"

    def hashed(self, message: bytes) -> int:
        """64 bits that follow from the message and the secret."""
        return int.from_bytes(blake2b(message, digest_size=8, key=self._bytes).digest(), "little")

    def record_keys(self, source: CohortSource) -> Keys:
        """The key of each child, in file order, from the column `person`; `MissingInputError` without it."""
        make, key = blake2b, self._bytes
        column = source.column("person").cast(pa.string())
        messages = [b"none" if id is None else b"person " + id.encode() for id in column.to_pylist()]
        digests = b"".join([make(message, digest_size=8, key=key).digest() for message in messages])
        return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def new_secret() -> Secret:
    """A secret that was never used before."""
    return Secret(secrets.token_bytes(SIZE))


def read_secret(path: Path) -> Secret:
    """The secret in a file. Raises `InputError` when there is none in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingInputError(
            "The perturbation key cannot be read", where=path, found=error.strerror, expected=f"a file of {SIZE} bytes"
        ) from error
    if len(content) != SIZE:
        raise InputError(
            "This is not a perturbation key",
            where=path,
            found=f"{len(content)} bytes",
            expected=f"a file of {SIZE} bytes that kansen made",
            todo="give the file of the vault that the first release was made in; without it, remove the file and a new "
            "key is made, and the same children get other noise than before",
        )
    return Secret(content)


def vault_secret(vault: Path | None, file: Path | None = None) -> Secret:
    """The secret of a vault, made at the first time, or that in a file of somebody's own.

    vault : None keeps a new one in memory only, and no other release gets the same noise.
    """
    if file is not None:
        return read_secret(file)
    if vault is None:
        return new_secret()
    path = vault / FILE
    if path.exists():
        return read_secret(path)
    content = secrets.token_bytes(SIZE)
    with atomic_path(path) as aside, open(aside, "xb", opener=_for_the_owner) as handle:
        handle.write(content)
    return Secret(content)


def _for_the_owner(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, 0o600)


@njit(nogil=True, cache=True)
def _siphash(k0: int, k1: int, keys: Keys, purpose: int, out: Keys) -> None:
    """SipHash-2-4 of the 16 bytes (key, purpose), little-endian, per key."""
    for i in range(len(keys)):
        v0 = k0 ^ np.uint64(0x736F6D6570736575)
        v1 = k1 ^ np.uint64(0x646F72616E646F6D)
        v2 = k0 ^ np.uint64(0x6C7967656E657261)
        v3 = k1 ^ np.uint64(0x7465646279746573)
        for block in range(4):
            message = keys[i]
            if block == 1:
                message = purpose
            elif block == 2:
                message = np.uint64(16) << np.uint64(56)
            rounds = 2
            if block == 3:
                v2 ^= np.uint64(0xFF)
                rounds = 4
            else:
                v3 ^= message
            for _ in range(rounds):
                v0 += v1
                v1 = (v1 << np.uint64(13)) | (v1 >> np.uint64(51))
                v1 ^= v0
                v0 = (v0 << np.uint64(32)) | (v0 >> np.uint64(32))
                v2 += v3
                v3 = (v3 << np.uint64(16)) | (v3 >> np.uint64(48))
                v3 ^= v2
                v0 += v3
                v3 = (v3 << np.uint64(21)) | (v3 >> np.uint64(43))
                v3 ^= v0
                v2 += v1
                v1 = (v1 << np.uint64(17)) | (v1 >> np.uint64(47))
                v1 ^= v2
                v2 = (v2 << np.uint64(32)) | (v2 >> np.uint64(32))
            if block < 3:
                v0 ^= message
        out[i] = v0 ^ v1 ^ v2 ^ v3


def siphash(key: tuple[int, int], words: Keys, purpose: int) -> Keys:
    """SipHash-2-4 with a key of two words, of messages of two words: one of `words` and the purpose."""
    out = np.empty(len(words), np.uint64)
    _siphash(np.uint64(key[0]), np.uint64(key[1]), np.ascontiguousarray(words), np.uint64(purpose), out)  # pyright: ignore[reportArgumentType]
    return out


class Draws:
    """Numbers between 0 and 1 that follow from a cell's key and a purpose."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._key = secret.hashed(b"draws 0"), secret.hashed(b"draws 1")

    def uniform(self, cells: Keys, purpose: str) -> NDArray[np.float64]:
        """One number per cell, strictly between 0 and 1: the middle of one of 2**52 equal steps."""
        number = self._secret.hashed(b"purpose " + purpose.encode())
        return ((siphash(self._key, cells, number) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
