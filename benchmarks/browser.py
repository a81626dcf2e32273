"""How fast the atlas appears and recolours in a headless Chromium, and what it keeps: `browser.py [RELEASE]`.

There is no GPU. Without RELEASE a small synthetic one is made first; it has all 3,340 wijken, only fewer with a colour.
"""

from __future__ import annotations

import gzip
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from kansen import demonstration
from kansen.atlas.application import STATIC

ROUNDS = 7
DRAGGED = 120
ACTIONS = 3600
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
GROUPS = [f"group-income-{position}" for position in ("low", "mid", "high", "very_high", "very_low", "all")]


def main() -> None:
    """Print the sizes and the medians."""
    script = sum(len(gzip.compress(path.read_bytes())) for path in STATIC.rglob("*.js"))
    print(f"JavaScript in all: {script / 1000:.0f} kB compressed")
    with tempfile.TemporaryDirectory() as folder:
        release = Path(sys.argv[1]) if len(sys.argv) > 1 else demonstration.make(Path(folder), scale=0.1)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        code = f"from kansen.atlas import serve; from pathlib import Path; serve(Path({str(release)!r}), port={port})"
        with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as server:
            try:
                measure(f"http://127.0.0.1:{port}")
            finally:
                server.terminate()


def measure(url: str) -> None:
    """Open the atlas several times, then go through the groups of the wijken."""
    _wait(url)
    path = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for level in ("municipality", "wijk"):
            first = [_first_map(browser, f"{url}/kaart/c35_income/{level}") for _ in range(ROUNDS)]
            print(f"first coloured map, {level}: {statistics.median(first):.0f} ms after the start of the navigation")
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        _open(page, f"{url}/kaart/c35_income/wijk")
        print(f"JavaScript before the first map: {page.evaluate(SCRIPTS) / 1000:.0f} kB compressed")
        print(f"dragging a range over 3,340 wijken: {_brush(page):.0f} frames per second")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        whole: list[float] = []
        for group in GROUPS * ROUNDS:
            before = _busy(session)
            page.evaluate("(id) => document.querySelector(`[data-testid=${id}]`).click()", group)
            page.wait_for_timeout(400)
            whole.append(1000 * (_busy(session) - before))
        drawing = page.evaluate("() => performance.getEntriesByName('kansen:recolour').map((entry) => entry.duration)")
        print(f"recolouring 3,340 wijken: {statistics.median(drawing):.1f} ms, at most {max(drawing):.1f} ms")
        print(f"from click to rest, all of the main thread: {statistics.median(whole):.0f} ms")
        clicks = [page.evaluate(CLICK_TO_PAINTED, group) for group in GROUPS * ROUNDS]
        ready = statistics.median(clicks)
        print(f"from click to painted, wijken: {ready:.0f} ms at the median, at most {max(clicks):.0f} ms")
        page.close()
        print(f"JavaScript heap after garbage collection: {_heap(browser, url)}")
        browser.close()


def _busy(session: CDPSession) -> float:
    """Seconds of processor time that the main thread has used."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


SCRIPTS = """() => {
  const first = performance.getEntriesByName('kansen:first-map')[0].startTime;
  return performance.getEntriesByType('resource')
    .filter(({ name, startTime }) => name.endsWith('.js') && startTime < first)
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
}"""


CLICK_TO_PAINTED = """(id) => new Promise((resolve) => {
  const map = document.querySelector('[data-testid=map]');
  const start = performance.now();
  const before = map.dataset.layer;
  document.querySelector(`[data-testid=${id}]`).click();
  // The frame after the one in which the layer was drawn: by then it is on the screen.
  const look = () => map.dataset.layer === before && performance.now() - start < 5000
    ? requestAnimationFrame(look)
    : requestAnimationFrame(() => resolve(performance.now() - start));
  look();
})"""
"""Milliseconds from a click on a group to the frame that shows it; in the first round the layer is fetched as well."""

SCRIPTED = """async (count) => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const one = (id) => document.querySelector(`[data-testid=${id}]`);
  const click = (id) => one(id)?.click();
  const pick = (id, value) => {
    const list = one(id);
    if (list === null) return;
    const options = [...list.options].filter((option) => !option.disabled);
    list.value = options[value % options.length].value;
    list.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const key = (name) => one('map')?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
  const positions = ['low', 'mid', 'high', 'very_high', 'very_low', 'all'];
  const levels = ['wijk', 'municipality', 'pc4', 'province'];
  const rooms = [...document.querySelectorAll('header nav a, nav a')].length;
  const actions = [
    (i) => click(`group-income-${positions[i % positions.length]}`),
    (i) => click(`group-sex-${['women', 'men', 'all'][i % 3]}`),
    (i) => key(['ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown'][i % 4]),
    (i) => pick('outcome-select', i),
    () => key('+'),
    (i) => pick('reference-select', i),
    () => key('-'),
    (i) => click(i % 3 === 0 ? 'show-table' : i % 3 === 1 ? 'show-words' : 'picture-schematic'),
    (i) => click(`level-${levels[i % levels.length]}`),
    (i) => pick('measure-select', i),
    () => click('picture-schematic'),
    (i) => document.querySelectorAll('nav a')[i % Math.max(1, rooms)]?.click(),
  ];
  for (let i = 0; i < count; i += 1) {
    actions[i % actions.length](Math.floor(i / actions.length));
    await frame();
    if (i % 24 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
  }
}"""


def _heap(browser: Browser, url: str) -> str:
    """What JavaScript holds before and after many actions through all pages, in megabytes."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    _open(page, f"{url}/kaart/c35_income/municipality?gebied=GM0363")
    session = page.context.new_cdp_session(page)
    held = [_held(session)]
    for _ in range(4):
        page.evaluate(SCRIPTED, ACTIONS // 4)
        held.append(_held(session))
    page.close()
    steps = ", ".join(f"{value:.0f}" for value in held[1:])
    return f"{held[0]:.0f} MB at first, {steps} MB after each quarter of {ACTIONS:,} scripted actions"


def _held(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    return used / 1e6


def _brush(page: Page) -> float:
    """Frames per second while a range is dragged over the histogram, back and forth, as fast as the mouse reports."""
    box = page.get_by_test_id("histogram").locator("svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.evaluate(
        """() => {
          window.frames_ = 0;
          const count = () => { window.frames_ += 1; requestAnimationFrame(count); };
          requestAnimationFrame(count);
        }"""
    )
    start = time.perf_counter()
    for step in range(DRAGGED):
        page.mouse.move(box["x"] + 30 + (step * 3) % (box["width"] - 60), box["y"] + 20)
    frames: float = page.evaluate("() => window.frames_") / (time.perf_counter() - start)
    page.mouse.up()
    page.get_by_test_id("range-clear").click()
    return frames


def _first_map(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    _open(page, url)
    found: float = page.evaluate("() => performance.getEntriesByName('kansen:first-map')[0].startTime")
    context.close()
    return found


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("[data-painted]").wait_for()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urlopen(f"{url}/api/v1/manifest", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"no answer from {url}")


if __name__ == "__main__":
    main()
