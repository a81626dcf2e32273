"""Releases that others published: read from their files, checked, and written as a release like our own."""

from kansen.importing.publish import ImportResult, import_files
from kansen.importing.report import Report

__all__ = ["ImportResult", "Report", "import_files"]
