"""The label map as tables, for docs/importing.md.

python -m kansen.importing.tables docs/importing.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from kansen.importing.labels import LabelMap, load_labels

START, END = "<!-- labels -->\n", "<!-- /labels -->"
TITLES = {
    "income": "income_group",
    "wealth": "wealth_group",
    "education": "education_group",
    "sex": "gender_group",
    "origin": "migration_group",
    "household": "household_group",
    "region_type": "region_type",
}


def label_tables(labels: LabelMap) -> str:
    """One table: per column and name of ours, what each generation calls it."""
    generations = list(labels.generations)
    lines = [f"| column | ours | {' | '.join(generations)} |", "|---|---|" + "---|" * len(generations)]
    for dimension, title in TITLES.items():
        words = labels.words[dimension]
        for ours in dict.fromkeys(word.ours for word in words.values()):
            cells = [
                ", ".join(f"`{text}`" for text, word in words.items() if word.ours == ours and id in word.generations)
                for id in generations
            ]
            lines.append(f"| {title} | `{ours}` | {' | '.join(cell or '–' for cell in cells)} |")
    for bins in labels.bins:
        shown = f"`{bins.positions[0][1]}` ... `{bins.positions[-1][1]}`"
        lines.append(f"| income_group | axis `{bins.axis}` | {'– | ' * (len(generations) - 1)}{shown} |")
    return "\n".join(["", *lines, "", ""])


def main(page: Path) -> None:
    """Renew the tables in the page."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    page.write_text(before + START + label_tables(load_labels()) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
