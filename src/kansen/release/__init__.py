"""The public artefact: what leaves, and how to read it.

This exports the reader only. The writer, which is the one part that knows `kansen.protection`, is imported explicitly
as `kansen.release.writer`; exports are in `kansen.release.export`.
"""

from kansen.release.reader import Layer, Release, open_release

__all__ = ["Layer", "Release", "open_release"]
