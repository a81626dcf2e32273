"""docs/importing.md shows the label map as it is declared."""

from __future__ import annotations

from pathlib import Path

from kansen.importing.labels import load_labels
from kansen.importing.tables import label_tables

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"


def test_the_tables_of_labels_are_those_of_the_declaration() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page.split("<!-- labels -->\n")[1].split("<!-- /labels -->")[0]
    assert shown == label_tables(load_labels()), "run `make docs`"


def test_every_generation_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for generation in load_labels().generations.values():
        assert f"| {generation.id}, {generation.label.en.replace('-', '–')} |" in page
