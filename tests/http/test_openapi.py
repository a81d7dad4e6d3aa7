"""`/openapi.json` is sound OpenAPI 3.1, names every address of the API, and has every command's schema.

The check is modest and stands here: structure, references, unique names, parameters that match the path.
source: OpenAPI Specification 3.1.1.
"""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.server import Server
from watchroom.incident import commands
from watchroom.people.source import KINDS

ABOUT_ONE = re.compile(r"\{id\}/(triage|withdraw)|/invitations/\{id\}|/images/\{image\}")
"""Addresses of one thing of which the test has none."""
METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}
TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}


@pytest.fixture(scope="module")
def document(api: httpx.Client) -> dict[str, Any]:
    answer = api.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_its_frame(document: dict[str, Any], server: Server) -> None:
    assert set(document) <= {"openapi", "info", "servers", "security", "paths", "components", "tags", "externalDocs"}
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(document["info"])
    assert document["servers"] == [{"url": server.url}]
    schemes = document["components"]["securitySchemes"]
    assert {name for each in document["security"] for name in each} <= set(schemes)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    assert references
    for reference in references:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


def test_every_operation_is_whole(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert path.startswith("/")
        assert method in METHODS
        assert operation["summary"], path
        parameters = [(each["name"], each["in"]) for each in operation["parameters"]]
        assert len(parameters) == len(set(parameters))
        in_path = {name for name, where in parameters if where == "path"}
        assert in_path == {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        assert all(each["required"] for each in operation["parameters"] if each["in"] == "path")
        assert any(code.startswith("2") for code in operation["responses"])
        assert all(answer["description"] for answer in operation["responses"].values())
        assert ("requestBody" in operation) == (method == "post")


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for node in nodes(schema):
            kind = node.get("type")
            if isinstance(kind, str) and "properties" in node:
                assert kind == "object", name
            if isinstance(kind, list | str) and set(node) & {"properties", "items", "anyOf", "description", "default"}:
                assert {kind} if isinstance(kind, str) else set(kind) <= TYPES
            assert set(node.get("required", [])) <= set(node.get("properties", node.get("required", [])))


def test_every_address_of_the_api_is_named(
    document: dict[str, Any], api: httpx.Client, room: str, server: Server
) -> None:
    wanted = {
        *(f"/api/v1/signals/{kind}" for kind in KINDS), "/api/v2/alerts", "/api/v1/signals", "/api/v1/signals/kept",
        "/api/v1/signals/{id}/triage", "/api/v1/incidents", "/api/v1/incidents/{id}", "/api/v1/incidents/{id}/events",
        "/api/v1/incidents/{id}/commands", "/api/v1/incidents/{id}/flow", "/api/v1/incidents/{id}/stream", "/api/v1/commands",
        "/healthz", "/readyz", "/metrics", "/openapi.json", "/api/v1/sources", "/api/v1/sources/{name}",
        *(f"/api/v1/sources/{{name}}/{what}" for what in (
            "rotate", "end-previous-key", "disable", "enable", "remove", "expect", "test", "clear-test", "mapping",
            "mapping/try", "mappings",
        )),
    }  # fmt: skip
    assert wanted <= set(document["paths"])
    assert {"/in/{key}" + path for path in wanted if path == "/api/v2/alerts" or path.endswith(KINDS)} <= set(
        document["paths"]
    )
    for path, method, _operation in operations(document):
        if not path.endswith("/stream"):
            name = server.source("generic").name if "{name}" in path else ""
            address = path.replace("{id}", room).replace("{key}", "x").replace("{name}", name)
            assert api.request(method, address, content=b"").status_code not in {404, 405, 500} or ABOUT_ONE.search(
                path
            )


def test_every_command_is_described(document: dict[str, Any], api: httpx.Client) -> None:
    body = document["paths"]["/api/v1/incidents/{id}/commands"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    mapping = body["discriminator"]["mapping"]
    assert set(mapping) == set(commands.BY_NAME)
    assert {each["$ref"] for each in body["oneOf"]} == set(mapping.values())
    for name, reference in mapping.items():
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["properties"]["command"]["enum"] == [name]
        assert schema["description"]
    assert {each["command"] for each in api.get("/api/v1/commands").json()["items"]} == set(mapping)


def test_what_needs_no_token_says_so(document: dict[str, Any], server: Server) -> None:
    with server.client() as nobody:
        for path, method, operation in operations(document):
            if operation.get("security") == [] and not path.startswith("/in/"):
                assert nobody.request(method, path).status_code == 200
            elif "{id}" not in path and method == "get":
                assert nobody.request(method, path).status_code == 401
