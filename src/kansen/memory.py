"""How memory that is freed is kept for the next use."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_NEVER = 2**31 - 1
_LARGEST = 1 << 25
"""The most that the C library accepts: larger pieces are asked for and given back one by one."""


def keep_freed_memory() -> None:
    """Let this process use its memory again instead of giving it back and asking for it anew.

    A grid is computed in steps that each take and free some hundred megabytes. Linux clears memory that it hands out,
    which took a tenth of the time; and every thread, and Arrow, kept what it had freed for itself. Elsewhere, and with
    another C library than GNU's, nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_ARENA_MAX, 1)
    mallopt(_M_TRIM_THRESHOLD, _NEVER)
    mallopt(_M_MMAP_THRESHOLD, _LARGEST)
