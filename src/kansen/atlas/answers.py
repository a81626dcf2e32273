"""Sending stored answers: compressed as they are kept, validated by their tag, refused as problem+json."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from kansen.release.layers import pack, unpack

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True)
class Stored:
    """An answer that is ready to send: its gzip body, a tag that changes with its content, and its media type."""

    body: bytes
    tag: str
    media_type: str = "application/json"
    lasts: bool = False

    @classmethod
    def of(cls, text: bytes, media_type: str = "application/json", lasts: bool = False) -> Stored:
        """Compress a text; the tag is a hash of it."""
        return cls(pack(text), hashlib.sha256(text).hexdigest()[:16], media_type, lasts)

    @classmethod
    def json(cls, content: Any) -> Stored:
        """Any JSON content."""
        return cls.of(orjson.dumps(content))


def send(request: Request, stored: Stored, lasts: bool | None = None) -> Response:
    """The stored answer, or 304 when the client has it. `lasts`: this address will never answer anything else."""
    compressed = accepts_gzip(request.headers.get("accept-encoding", ""))
    headers = {
        "etag": f'"{stored.tag}{"-gz" if compressed else ""}"',
        "cache-control": FOREVER if (stored.lasts if lasts is None else lasts) else ASK_AGAIN,
        "vary": "accept-encoding",
    }
    if is_known(request.headers, headers["etag"]):
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["content-encoding"] = "gzip"
        return Response(stored.body, media_type=stored.media_type, headers=headers)
    return Response(unpack(stored.body), media_type=stored.media_type, headers=headers)


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip, from its Accept-Encoding header.

    >>> accepts_gzip("br, gzip;q=0.8"), accepts_gzip("gzip;q=0"), accepts_gzip("identity"), accepts_gzip("*")
    (True, False, False, True)
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def is_known(headers: Headers, etag: str) -> bool:
    """Whether If-None-Match names the tag."""
    given = headers.get("if-none-match")
    return given is not None and (
        given.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}
    )


def problem(
    request: Request,
    status: int,
    detail: str,
    kind: str | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """An answer of application/problem+json (RFC 9457)."""
    title = HTTPStatus(status).phrase
    content = {
        "type": f"urn:kansen:problem:{kind or title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **more,
    }
    return Response(
        orjson.dumps(content),
        status_code=status,
        media_type="application/problem+json",
        headers={"cache-control": "no-store", **(headers or {})},
    )
