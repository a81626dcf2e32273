"""A real atlas in a real, headless Chromium of the system."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from browser.atlas_page import AtlasPage
from kansen import demonstration

SCALE = 0.03
"""Of the country: enough figures to see colours and hatching, little enough to be made in seconds."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]

expect.set_options(timeout=30_000)
"""Tests say what happens, not how fast: beside other programs, drawing in software takes seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that `-m "not browser"` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, drawing in software, fetching nothing of its own."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, f"no browser found ({', '.join(BROWSERS)}): run sh tests/install-browser.sh"
    return {**browser_type_launch_args, "executable_path": found, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic atlas, or the one that KANSEN_RELEASE names; made once for all processes that run tests."""
    if given := os.environ.get("KANSEN_RELEASE"):
        return Path(given)
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "demo"
    with folder.with_name("demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return demonstration.make(folder, scale=SCALE)


@pytest.fixture(scope="session")
def atlas_url(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `kansen serve`."""
    with serving(release, tmp_path_factory.mktemp("serve") / "log") as url:
        yield url


@contextmanager
def serving(release: Path, log: Path) -> Iterator[str]:
    """The address of a `kansen serve` of its own, for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from kansen.cli import main; main()", "serve", str(release), "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as server:
        try:
            _wait(url, server, log)
            yield url
        finally:
            server.terminate()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urlopen(f"{url}/api/v1/manifest", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer from {url}: {log.read_text(encoding='utf-8')}")


@pytest.fixture
def atlas(browser: Browser, atlas_url: str) -> Iterator[AtlasPage]:
    """A page on a laptop. Afterwards: nothing was asked of another origin, and nothing went wrong unseen."""
    yield from page_on(browser, atlas_url, viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone(browser: Browser, atlas_url: str) -> Iterator[AtlasPage]:
    """The same on a phone of 390 pixels wide, with a touch screen."""
    yield from page_on(browser, atlas_url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)


def page_on(browser: Browser, url: str, **options: Any) -> Iterator[AtlasPage]:
    """A page on an atlas, and what every page is held to afterwards."""
    context = browser.new_context(**options)
    atlas = AtlasPage(context.new_page(), url)
    yield atlas
    # What a page asks for ahead may still be on its way through a route of the test.
    atlas.page.unroute_all(behavior="ignoreErrors")
    context.close()
    assert atlas.foreign == []
    assert atlas.complaints == []
