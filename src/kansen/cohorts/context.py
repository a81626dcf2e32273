"""What every step of a cohort works with: the declaration, the tables, the engine, and the folder for what is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from kansen.cohorts.attrition import fate_of, rules
from kansen.cohorts.compat import Switches
from kansen.cohorts.declarations import CohortDeclaration
from kansen.cohorts.tables import Tables
from kansen.engine import Engine
from kansen.files import code_digest, read_json, write_json
from kansen.geography import Areas
from kansen.progress import Progress


@dataclass(frozen=True)
class Context:
    """A cohort under construction."""

    declaration: CohortDeclaration
    tables: Tables
    engine: Engine
    areas: Areas
    folder: Path
    progress: Progress
    quirks: Switches
    keys: dict[str, str] = field(default_factory=dict)
    upstream: list[list[str]] = field(default_factory=list)

    def rule(self, name: str) -> int:
        """The number of a rule in `fate`."""
        return fate_of(name, self.declaration)

    def stage(
        self,
        name: str,
        make: Callable[[], nw.LazyFrame],
        after: Sequence[str] = (),
        depends: object = None,
        order: Sequence[str] = ("person",),
    ) -> nw.LazyFrame:
        """Run a stage, or take its file when it is there, made of the same input, code and declaration.

        after : the stages whose files it is made of; the tables that `make` scans and the quirks that it asks for are
            noted by themselves. A stage that is made inside another also follows from what that one follows from.
        depends : what else it depends on besides the rules of the cohort.
        order : columns that tell its rows apart, by which they are sorted; so every run writes the same file.
        """
        outer, asked = set(self.tables.touched), set(self.quirks.asked)
        self.tables.touched.clear()
        self.quirks.asked.clear()
        self.upstream.append([*(self.upstream[-1] if self.upstream else ()), *after])
        frame = make()  # lazy: reads and converts tables, computes nothing yet
        after = self.upstream.pop()
        path = self.folder / f"{name}.parquet"
        note = path.with_suffix(".json")
        key = self.keys[name] = self._key(name, after, depends)
        # The length, too, so that a file that a power cut left incomplete is made again.
        if not path.is_file() or read_json(note) != {"key": key, "bytes": path.stat().st_size}:
            with self.progress.task(f"{self.declaration.id}: {name}", unit="children") as task:
                note.unlink(missing_ok=True)
                rows = self.engine.write(frame, path, sort_by=order)
                task.advance(rows)
            write_json(note, {"key": key, "bytes": path.stat().st_size})
        self.tables.touched |= outer
        self.quirks.asked |= asked
        return self.engine.scan(path)

    def _key(self, stage: str, after: Sequence[str], depends: object) -> str:
        """What the content of a stage follows from, as 64 hexadecimal digits."""
        content: list[Any] = [
            code_digest("cohorts", "engine"),
            stage,
            [self.keys[one] for one in after],
            self._rules(),
            repr(depends),
            {name: self.tables.inputs[name] for name in sorted(self.tables.touched)},
            {id: id in self.quirks.on for id in sorted(self.quirks.asked)},
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def _rules(self) -> dict[str, str]:
        """The declaration without its outcomes, words and quirks, so that only what matters makes a stage again."""
        skip = {"outcomes", "label", "description", "people", "prefix", "quirks"}
        own = {name: repr(value) for name, value in vars(self.declaration).items() if name not in skip}
        return {**own, "rules": repr(rules(self.declaration))}
