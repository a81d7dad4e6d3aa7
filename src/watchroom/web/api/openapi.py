"""The OpenAPI document, from the routes themselves and the types that decode their bodies.

Called by `operations`. A handler says in its `opt` which types its body and its answer have, and which words its
query takes; the rest is its docstring. Pure. source: OpenAPI Specification 3.1.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec

from watchroom import __version__
from watchroom.incident import commands

ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"}},
            "required": ["code", "message", "hint"],
        }
    },
    "required": ["error"],
}
INGEST_BODY = {"description": "What the sender sends.", "schema": {}}


def document(routes: Iterable[Any], base_url: str) -> dict[str, Any]:
    """All routes of the API as an OpenAPI 3.1 document."""
    types = _types(routes)
    _schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for path, handler in _addresses(routes):
        for method in _methods(handler):
            if method in ("GET", "POST"):
                paths.setdefault(path, {})[method.lower()] = _operation(path, handler)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Watchroom", "version": __version__, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": base_url}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": ERROR},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "Any name; the token as password."},
            },
        },
    }


def _addresses(routes: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """The API's addresses with their handlers; each that takes signals also behind a key in the URL."""
    for route in routes:
        path = _path(route.path)
        if path.startswith(("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")):
            for handler in _handlers(route):
                yield path, handler
                if _is_raw(handler):
                    yield "/in/{key}" + path, handler


def _is_raw(handler: Any) -> bool:
    return "methods" in handler.opt


def _path(path: str) -> str:
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def _handlers(route: Any) -> list[Any]:
    if hasattr(route, "route_handlers"):
        return list(route.route_handlers)
    return [route.route_handler]


def _methods(handler: Any) -> tuple[str, ...]:
    methods = handler.opt.get("methods") or getattr(handler, "http_methods", None) or ("GET",)
    return tuple(sorted(str(getattr(method, "value", method)) for method in methods))


def _types(routes: Iterable[Any]) -> list[Any]:
    found: list[Any] = list(commands.COMMANDS)
    for route in routes:
        for handler in _handlers(route):
            for key in ("body", "answer"):
                kind = handler.opt.get(key)
                if kind is not None and not isinstance(kind, str):
                    found.append(get_args(kind)[0] if get_origin(kind) is list else kind)
    return list(dict.fromkeys(found))


def _operation(path: str, handler: Any) -> dict[str, Any]:
    options: Mapping[str, Any] = handler.opt
    doc = (handler.fn.__doc__ or "").strip()
    operation: dict[str, Any] = {
        "operationId": handler.fn.__name__ + (re.sub(r"\W+", "_", path) if _is_raw(handler) else ""),
        "summary": doc.split("\n", 1)[0],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", path)
        ]
        + [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in options.get("query", ())
        ],
        "responses": {
            str(getattr(handler, "status_code", None) or 200): {
                "description": "Done.",
                **_content(options.get("answer")),
            },
            "default": {
                "description": "Refused; says what to do instead.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if options.get("public") or path.startswith("/in/"):
        operation["security"] = []
    body = options.get("body")
    if body is not None:
        operation["requestBody"] = {"required": True, **_content(body)}
    return operation


def _content(kind: Any) -> dict[str, Any]:
    if kind is None:
        return {}
    if kind == "command":
        refs = [{"$ref": f"#/components/schemas/{command.__name__}"} for command in commands.COMMANDS]
        names = {str(name): f"#/components/schemas/{command.__name__}" for name, command in commands.BY_NAME.items()}
        schema: dict[str, Any] = {"oneOf": refs, "discriminator": {"propertyName": "command", "mapping": names}}
    elif kind == "image":
        return {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
    elif kind == "json":
        schema = {}
    elif get_origin(kind) is list:
        ref = {"$ref": f"#/components/schemas/{get_args(kind)[0].__name__}"}
        schema = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": ref}, "next": {"type": ["string", "null"]}},
            "required": ["items", "next"],
        }
    else:
        schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"content": {"application/json": {"schema": schema}}}
