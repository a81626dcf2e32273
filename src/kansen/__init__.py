"""Kansen: an open opportunity atlas. `kansen.pipeline` is the file to read first."""

__version__ = "0.1.0"
