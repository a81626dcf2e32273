"""Compression, tags and problems."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from kansen.atlas.answers import Stored, accepts_gzip, is_known


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP ; q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("deflate, br", False),
        ("", False),
        ("gzip;q=x", False),
    ],
)
def test_who_takes_gzip(given: str, accepted: bool) -> None:
    assert accepts_gzip(given) is accepted


@pytest.mark.parametrize(
    ("given", "known"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), (None, False)],
)
def test_which_tags_are_known(given: str | None, known: bool) -> None:
    headers = Headers({} if given is None else {"if-none-match": given})
    assert is_known(headers, '"a"') is known


def test_a_tag_follows_the_content() -> None:
    assert Stored.json({"a": 1}) == Stored.json({"a": 1})
    assert Stored.json({"a": 1}).tag != Stored.json({"a": 2}).tag
