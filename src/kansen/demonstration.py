"""`kansen demo`: a synthetic Netherlands, its release and its audit in one folder, made once and reused."""

from __future__ import annotations

import json
from pathlib import Path

import kansen
from kansen import auditing, pipeline, synthetic
from kansen.files import write_json
from kansen.progress import Progress, Quiet


def make(folder: Path, *, scale: float = 1.0, seed: int = 1, progress: Progress | None = None) -> Path:
    """Make (or find) the demonstration release below `folder` and return its path."""
    progress = progress or Quiet()
    registers, release, note = folder / "registers", folder / "release", folder / "demo.json"
    wanted = {"scale": scale, "seed": seed, "version": kansen.__version__}
    if _read(note) != wanted:
        note.unlink(missing_ok=True)
        if _read(registers / "synthetic.json", "scale", "seed") != {"scale": scale, "seed": seed}:
            synthetic.write(registers, scale=scale, seed=seed, progress=progress)
        pipeline.build(registers, release, replace=True, progress=progress)
        report = auditing.audit_release(release, progress=progress)
        auditing.attach(release, report)
        progress.say(report.line())
        write_json(note, wanted)
    else:
        progress.say(f"Using the release of an earlier run in {release}.")
    return release


def _read(path: Path, *keys: str) -> dict[str, object] | None:
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    return {key: content.get(key) for key in keys} if keys else content
