"""The page as the tests speak of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

EVERYONE = "income=all;all;all;all"
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_NUMBER = re.compile(r"^\d+$")


class AtlasPage:
    """A browser page on the atlas, and what it did: requests to elsewhere, errors in its console."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.requests: list[str] = []
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self._note_request(request.url))
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith((self.url, "data:", "blob:")):
            self.foreign.append(url)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def expect_failed_requests(self) -> None:
        """Forgive what the browser itself reports about requests that this test makes fail, and nothing else."""
        left = [text for text in self.complaints if not text.startswith("Failed to load resource")]
        assert left == []
        self.complaints.clear()

    def open(self, path: str = "/") -> None:
        """Go to an address and wait until the map is painted."""
        self.page.goto(self.url + path)
        expect(self.map).to_have_attribute("data-painted", _NUMBER)

    def get(self, test_id: str) -> Locator:
        """The element with a test id."""
        return self.page.get_by_test_id(test_id)

    def violations(self, within: str | None = None) -> list[tuple[str, list[str]]]:
        """What axe finds, on the page or within a selector: rules, and what breaks them."""
        if not AXE.is_file():
            pytest.skip("axe-core is not installed: run npm ci in web/")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "async (within) => (await (within ? axe.run(within) : axe.run())).violations", within
        )
        return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]

    @property
    def map(self) -> Locator:
        """The map."""
        return self.get("map")

    def expect_layer(self, outcome: str, level: str, group: str = EVERYONE) -> None:
        """Wait until exactly this layer is painted."""
        expect(self.map).to_have_attribute("data-layer", f"{outcome}/{level}/{group}")

    def choose_outcome(self, outcome: str) -> None:
        """Take an outcome from the list, by way of its theme."""
        theme = next(one["theme"] for one in self.api("outcomes")["outcomes"] if one["id"] == outcome)
        self.get("theme-select").select_option(theme)
        self.get("outcome-select").select_option(outcome)

    def figure(self, area: str, outcome: str, group: str = EVERYONE) -> dict[str, Any]:
        """The figure of one area, as the server tells it."""
        page = self.api(f"areas/{area}?group={group}")
        return next(one for one in page["figures"] if one["outcome"] == outcome)

    def layer(self, outcome: str, level: str, group: str = EVERYONE) -> dict[str, dict[str, Any]]:
        """The figures of a layer by area, as the server tells them."""
        body = self.api(f"layers/{outcome}/{level}/{group}?form=full")
        columns = ("n", "est", "lwr", "upr", "reliability")
        return {area: {name: body[name][i] for name in columns} for i, area in enumerate(body["areas"])}

    def api(self, path: str) -> Any:
        """What the server itself says."""
        with urlopen(f"{self.url}/api/v1/{quote(path, safe='/?&=;')}", timeout=20) as answer:
            return json.load(answer)

    def find(self, field: str, text: str, area: str) -> None:
        """Type in a search field and take an area from its list."""
        self.get(f"{field}-input").fill(text)
        self.page.locator(f"[data-testid={field}-option][data-area={area}]").click()

    def spot(self, has_figure: bool = True) -> tuple[float, float]:
        """A point of the screen where the tooltip shows an area with (or without) a figure."""
        box = self.map.bounding_box()
        assert box is not None
        tip = self.get("tooltip")
        for down in range(3, 10):
            for right in range(3, 10):
                x, y = box["x"] + box["width"] * right / 12, box["y"] + box["height"] * down / 12
                self.page.mouse.move(x, y)
                if tip.count() == 1 and (self._area_has_figure(tip) == has_figure):
                    return x, y
        raise AssertionError(f"nowhere on the map an area with has_figure={has_figure}")

    @staticmethod
    def _area_has_figure(tip: Locator) -> bool:
        return tip.locator("b").count() == 1

    def national(self, group: str, outcome: str = "c35_income") -> float:
        """The figure of a group in the whole country."""
        return next(f["est"] for f in self.api(f"areas/NL?group={group}")["figures"] if f["outcome"] == outcome)

    def colours_of_areas(self) -> list[int]:
        """What is painted, pixel by pixel, on a coarse grid over the map."""
        return list(self.page.evaluate(_GRID))

    def colours_on_map(self) -> set[str]:
        """The colours of the fills that cover at least twenty pixels, as #rrggbb."""
        return set(self.page.evaluate(_COLOURS))


_COLOURS = """() => {
  const fills = document.querySelector('[data-testid=map] canvas');
  const copy = new OffscreenCanvas(fills.width, fills.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(fills, 0, 0);
  const { data } = copy.getImageData(0, 0, fills.width, fills.height);
  const counts = new Map();
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] !== 255) continue;
    const colour = '#' + [0, 1, 2].map((c) => data[i + c].toString(16).padStart(2, '0')).join('');
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count >= 20).map(([colour]) => colour);
}"""

_GRID = """() => {
  const fills = document.querySelector('[data-testid=map] canvas');
  const copy = new OffscreenCanvas(64, 64).getContext('2d', { willReadFrequently: true });
  copy.imageSmoothingEnabled = false;
  copy.drawImage(fills, 0, 0, 64, 64);
  return [...copy.getImageData(0, 0, 64, 64).data];
}"""
