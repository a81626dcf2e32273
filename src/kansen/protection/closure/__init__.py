"""Closing: which figures may be told exactly so that no other follows from them."""

from kansen.protection.closure.close import Closed, close

__all__ = ["Closed", "close"]
