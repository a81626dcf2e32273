"""`kansen demo`: a synthetic Netherlands, its release and its audit in one folder, made once and reused."""

from __future__ import annotations

import json
from pathlib import Path

from kansen import auditing, pipeline, synthetic
from kansen.files import code_digest, write_json
from kansen.progress import Progress, Quiet


def make(folder: Path, *, scale: float = 1.0, seed: int = 1, progress: Progress | None = None) -> Path:
    """Make (or find) the demonstration release below `folder` and return its path."""
    progress = progress or Quiet()
    registers, release, note = folder / "registers", folder / "release", folder / "demo.json"
    country = {"scale": scale, "seed": seed, "synthetic": code_digest("synthetic")}
    wanted = {**country, "code": code_digest()}
    if _read(note) != wanted:
        if not registers.is_dir() or not country.items() <= _read(note).items():
            note.unlink(missing_ok=True)
            synthetic.write(registers, scale=scale, seed=seed, cohorts=("age35",), progress=progress)
            write_json(note, country)
        pipeline.build(registers, release, replace=True, progress=progress)
        report = auditing.audit_release(release, progress=progress)
        auditing.attach(release, report)
        progress.say(report.line())
        write_json(note, wanted)
    else:
        progress.say(f"Using the release of an earlier run in {release}.")
    return release


def _read(note: Path) -> dict[str, object]:
    return json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
