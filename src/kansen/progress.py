"""Progress of long steps: what is being done, how fast, and how long it will still take.

Library code reports to a `Progress`; the command line passes one that draws on the terminal, everything else passes
nothing and gets silence. A task counts units (rows, children, cells, layers) so that the rate means something.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TextIO


class Task(Protocol):
    """One running step."""

    def advance(self, units: int = 1) -> None:
        """Report that `units` more have been done."""
        ...


class Progress(Protocol):
    """Receives the steps of a command."""

    def task(self, what: str, total: int | None = None, unit: str = "rows") -> AbstractContextManager[Task]:
        """Open a step named `what` of `total` units (None when unknown)."""
        ...

    def say(self, text: str) -> None:
        """Tell one line."""
        ...


class _Silent:
    def advance(self, units: int = 1) -> None:
        pass


class Quiet:
    """Progress that says nothing."""

    @contextmanager
    def _task(self) -> Iterator[Task]:
        yield _Silent()

    def task(self, what: str, total: int | None = None, unit: str = "rows") -> AbstractContextManager[Task]:
        return self._task()

    def say(self, text: str) -> None:
        pass


def number(value: float) -> str:
    """A count in few characters: 950, 12 k, 3.4 M.

    >>> number(950), number(12_400), number(3_400_000)
    ('950', '12 k', '3.4 M')
    """
    if value >= 1e6:
        return f"{value / 1e6:.1f} M"
    return f"{value / 1e3:.0f} k" if value >= 1e4 else f"{value:.0f}"


def duration(seconds: float) -> str:
    """A span of time in words: 8 s, 3 min 5 s.

    >>> duration(8.2), duration(185)
    ('8 s', '3 min 5 s')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


@dataclass
class _LineTask:
    owner: Lines
    what: str
    total: int | None
    unit: str
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    shown: float = 0.0

    def advance(self, units: int = 1) -> None:
        self.done += units
        now = time.monotonic()
        if now - self.shown >= self.owner.every:
            self.shown = now
            self.owner.draw(self.line(now), final=False)

    def line(self, now: float) -> str:
        spent = max(now - self.started, 1e-9)
        rate = self.done / spent
        text = f"{self.what}: {number(self.done)}"
        if self.total:
            text += f" of {number(self.total)} {self.unit} ({100 * self.done / self.total:.0f} %)"
        else:
            text += f" {self.unit}"
        text += f", {number(rate)} per second"
        if self.total and 0 < self.done < self.total:
            text += f", about {duration((self.total - self.done) / rate)} left"
        return text

    def finish(self) -> None:
        spent = time.monotonic() - self.started
        text = f"{self.what}: {number(self.done)} {self.unit} in {duration(spent)}"
        if self.done and spent > 0.05:
            text += f" ({number(self.done / spent)} per second)"
        self.owner.draw(text, final=True)


class Lines:
    """Progress on a text stream: one live line per step on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.every = 0.2 if self.live else 10.0

    def draw(self, text: str, *, final: bool) -> None:
        if self.live:
            self.stream.write("\r\x1b[2K" + text[:160] + ("\n" if final else ""))
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    @contextmanager
    def _task(self, what: str, total: int | None, unit: str) -> Iterator[Task]:
        task = _LineTask(self, what, total, unit, shown=time.monotonic())
        yield task
        task.finish()

    def task(self, what: str, total: int | None = None, unit: str = "rows") -> AbstractContextManager[Task]:
        return self._task(what, total, unit)

    def say(self, text: str) -> None:
        self.draw(text, final=True)
