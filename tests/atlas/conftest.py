"""A small release and a client that asks its server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import kansen
from kansen.atlas import create_app
from kansen.release import Release, open_release
from opened.worlds import release_of_municipalities
from release import worlds


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.small_release(tmp_path_factory.mktemp("atlas") / "release")


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A browser application of three files."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Kansen</title>", encoding="utf-8")
    (folder / "assets/index-abc123.js").write_text("console.log(1);\n" * 100, encoding="utf-8")
    (folder / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def release(folder: Path) -> Iterator[Release]:
    with open_release(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def app(release: Release, static: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    with pytest.MonkeyPatch.context() as patch:
        # Boundaries that were imported on this computer are no part of these tests.
        patch.setenv("KANSEN_DATA", str(tmp_path_factory.mktemp("data")))
        return create_app(release, static)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_of_municipalities(tmp_path_factory.mktemp("municipalities") / "release")


@pytest.fixture(scope="session")
def asked(larger: Path) -> Iterator[TestClient]:
    with kansen.open(larger) as r, TestClient(create_app(r.release, None), raise_server_exceptions=False) as client:
        yield client
