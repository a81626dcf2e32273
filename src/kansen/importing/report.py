"""What an import did with every row and file that is not simply kept: one line each, counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kansen.files import atomic_path

KINDS = ("read", "dropped", "mapped", "kept", "note")
"""read: a file. dropped: rows that are not in the release. mapped: what is in it under another name. kept: what is in
it though something about it is unusual. note: about figures or files, without rows of its own."""

COLUMNS = ("kind", "what", "count", "file", "line", "example")


@dataclass
class Entry:
    """One line of the report: `count` rows (or files) of one kind in one file, the first of them at `line`."""

    kind: str
    what: str
    file: str
    count: int = 0
    line: int | None = None
    examples: list[str] = field(default_factory=list)


class Report:
    """Collects what happened; the same thing in the same file is one line with a count."""

    examples = 5

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], Entry] = {}

    def add(
        self, kind: str, what: str, count: int = 1, *, file: str = "", line: int | None = None, example: str = ""
    ) -> None:
        """Count `count` more of something. The first line and a few different examples are kept."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind of line {kind}")
        if count <= 0:
            return
        entry = self._entries.setdefault((kind, what, file), Entry(kind, what, file))
        entry.count += count
        entry.line = line if entry.line is None else entry.line
        if example and example not in entry.examples and len(entry.examples) < self.examples:
            entry.examples.append(example)

    def entries(self) -> Iterator[Entry]:
        """All lines, by kind, then in order of what and file."""
        yield from sorted(self._entries.values(), key=lambda entry: (KINDS.index(entry.kind), entry.what, entry.file))

    def total(self, kind: str, what: str | None = None) -> int:
        """How many rows or files there are of a kind (and of one thing)."""
        return sum(e.count for e in self._entries.values() if e.kind == kind and what in (None, e.what))

    def lines(self) -> list[str]:
        """The report for people: the same thing in several files is one line."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries():
            if entry.kind != "read":
                found.setdefault((entry.kind, entry.what), []).append(entry)
        told = []
        for (kind, what), entries in found.items():
            count = sum(entry.count for entry in entries)
            files = [entry.file for entry in entries if entry.file]
            where = f" in {files[0]}" if len(files) == 1 else f" in {len(files)} files" if files else ""
            examples = list(dict.fromkeys(example for entry in entries for example in entry.examples))[: self.examples]
            more = f" ({', '.join(examples)}{', ...' if count > len(examples) else ''})" if examples else ""
            told.append(f"{kind:<8} {f'{count:,}':>12}  {what}{where}{more}")
        return told

    def write(self, path: Path) -> None:
        """Write all lines as csv: kind, what, count, file, line, example. Raises `StorageError`."""
        with atomic_path(path) as aside, aside.open("w", encoding="utf-8", newline="") as handle:
            rows = csv.writer(handle, lineterminator="\n")
            rows.writerow(COLUMNS)
            for entry in self.entries():
                line = "" if entry.line is None else entry.line
                rows.writerow([entry.kind, entry.what, entry.count, entry.file, line, "; ".join(entry.examples)])
