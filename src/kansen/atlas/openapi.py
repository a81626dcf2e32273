"""The description of the API at `/openapi.json`, OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from kansen.atlas.models import Problem

PROBLEM_TYPE = "application/problem+json"


def problems(**descriptions: str) -> dict[int | str, dict[str, Any]]:
    """Descriptions of refusals, by status: `problems(s404="...")`."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {int(status[1:]): {"description": text, "content": content} for status, text in descriptions.items()}


def describe(app: FastAPI, *documented: APIRoute) -> None:
    """Make `/openapi.json` describe the application's routes, and those `documented` that FastAPI does not serve."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=[*app.routes, *documented],
                license_info=app.license_info,
            )
            template = "#/components/schemas/{model}"
            schema["components"]["schemas"]["Problem"] = Problem.model_json_schema(ref_template=template)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi
