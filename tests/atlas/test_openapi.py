"""The description of the API is true: it lists every route, and random requests get what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings

from release import worlds

ROUTES = {
    "/api/v1/layers/{outcome}/{level}/{group}",
    "/api/v1/ranks/{outcome}/{level}/{group}",
    "/api/v1/decompositions/{outcome}/{area}",
    "/api/v1/composition/{outcome}/{area}",
    "/api/v1/reliability/{outcome}/{level}/{group}",
    "/api/v1/neighbours/{outcome}/{level}/{group}",
    "/api/v1/changes/{outcome}/{level}/{group}",
    "/api/v1/areas",
    "/api/v1/areas/{area}",
    "/api/v1/characteristics",
    "/api/v1/outcomes",
    "/api/v1/groups",
    "/api/v1/search",
    "/api/v1/manifest",
    "/api/v1/audit",
    "/api/v1/effects",
    "/api/v1/attrition/{cohort}",
    "/api/v1/geometry/{level}/{view}",
}


def test_all_routes_are_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == ROUTES
    for path, operations in described["paths"].items():
        assert set(operations) == {"get"}, path
        assert operations["get"]["summary"], path
        for status, answer in operations["get"]["responses"].items():
            if status != "200":
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_all_routes_are_in_the_docs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    assert [route for route in ROUTES if f"`{route}" not in text] == []


def test_examples_of_the_description_fit_the_release(client: TestClient) -> None:
    layer = client.get("/openapi.json").json()["components"]["schemas"]["Layer"]["properties"]
    assert layer["group"]["examples"] == [worlds.ALL]


KNOWN = {
    "outcome": ["c35_income", "c35_hbo_attained"],
    "level": ["nl", "municipality", "wijk", "pc4"],
    "group": [worlds.ALL, worlds.LOW],
    "area": ["NL", "GM0363", "WK036344", "1061"],
    "view": ["schematic", "hexagon"],
    "cohort": ["age35"],
}


@pytest.fixture(scope="session")
def described(app: FastAPI) -> Any:
    schema: Any = schemathesis.openapi.from_asgi("/openapi.json", app)

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        """About half of the ids exist: chosen by what was generated, so that a failure can be repeated."""
        return path_parameters and {
            name: KNOWN[name][len(str(value)) % len(KNOWN[name])] if len(str(value)) % 2 else value
            for name, value in path_parameters.items()
        }

    return schema


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_random_requests_get_what_is_promised(described: Any, path: str) -> None:
    """Every answer has a status, a type and a shape that the description names."""

    @given(case=described[path]["GET"].as_strategy())
    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate()

    check()
