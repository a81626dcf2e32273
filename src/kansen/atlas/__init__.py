"""The API server and the browser application. Both serve a release and nothing else."""

from kansen.atlas.server import create_app, serve

__all__ = ["create_app", "serve"]
