"""The OpenAPI 3.1 document of the routes, made of the types that decode and encode."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from qbitproxy.web.answers import Problem
from qbitproxy.web.api.route import JSON, Route
from qbitproxy.web.api.settings_schema import section_schemas

Document = dict[str, Any]

TEMPLATE = "#/components/schemas/{name}"
LINK = re.compile(r"\[([^]]+)\]\([^)]*\)")
NAME = re.compile(r"{(\w+)}")

SCOPES = {"": "none", "arr": "its secret"}
"""How the table calls what is no scope."""

SCHEMES: Document = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token; `Token` stands for `Bearer`.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "auth-session", "description": "Set by a login."},
    "arr": {
        "type": "http",
        "scheme": "basic",
        "description": "What the Arr was given for its webhook; it opens nothing else.",
    },
}
DESCRIPTION = (
    "What scripts may ask of qbitproxy. An error is a Problem, whatever asked; the header X-Request-ID of an "
    "answer names the request in the log."
)


def document(routes: Sequence[Route], version: str, url_base: str = "") -> Document:
    """The document of `routes`, which are served below `url_base`."""
    schemas, components = _schemas(routes)
    paths: Document = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, components)
    queries = {_name(route.query_type) for route in routes}
    return {
        "openapi": "3.1.0",
        "info": {"title": "qbitproxy", "version": version, "description": DESCRIPTION},
        "servers": [{"url": url_base or "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": SCHEMES,
            "schemas": {name: schema for name, schema in components.items() if name not in queries}
            | section_schemas(),
        },
    }


def table(routes: Sequence[Route]) -> str:
    """The routes as the table of docs/api.md."""
    rows = [
        f"| `{route.name}` | {route.says}{''.join(f'; also `{path}`' for path in route.also)} "
        f"| {SCOPES.get(route.scope, route.scope)} |"
        for route in routes
    ]
    return "\n".join(["| Route | What it does | Scope |", "| --- | --- | --- |", *rows])


def _schemas(routes: Sequence[Route]) -> tuple[Mapping[Any, Document], dict[str, Document]]:
    """The schema of each type, by the type; what they refer to, by name."""
    types: dict[Any, None] = {Problem: None}
    for route in routes:
        types |= dict.fromkeys((route.query_type, route.body_type, route.content_type))
    types.pop(None, None)
    made, components = msgspec.json.schema_components(list(types), ref_template=TEMPLATE)
    return dict(zip(types, made, strict=True)), components


def _operation(route: Route, schemas: Mapping[Any, Document], components: Mapping[str, Document]) -> Document:
    """One route; its parameters are the fields of its query's type."""
    told = LINK.sub(r"\1", route.says).replace("\\|", "|").replace("`", "")
    operation: Document = {
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-zA-Z]+', '_', route.path)}".strip("_"),
        "summary": told[0].upper() + told[1:],
        "tags": [_tag(route)],
        "parameters": [*_in_path(route), *_in_query(components[_name(route.query_type)])],
        "responses": _responses(route, schemas),
    }
    if route.scope == "arr":
        operation["security"] = [{"arr": []}]
    elif route.scope:
        operation["description"] = f"Needs the scope `{route.scope}`."
    else:
        operation["security"] = []
    if route.body_type is not None:
        operation["requestBody"] = {"required": True, "content": _body(route, schemas, components)}
    return operation


def _tag(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    return parts[1] if parts[0] == "api" else parts[0]


def _in_path(route: Route) -> list[Document]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _text(route.patterns.get(name, "[^/]+"))}
        for name in NAME.findall(route.path)
    ]


def _text(pattern: str) -> Document:
    """Text as aiohttp's router takes it; what it takes anyway is not worth a pattern."""
    return {"type": "string"} if "/" in pattern else {"type": "string", "pattern": f"^{pattern}$"}


def _in_query(shape: Document) -> list[Document]:
    required = shape.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def _as_text(schema: Document) -> Document:
    """What can be written in a form: neither null nor a list."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind["type"] not in ("null", "array")]
    rest = {name: value for name, value in schema.items() if name != "anyOf" and value is not None}
    return rest | kinds[0] if kinds else rest


def _responses(route: Route, schemas: Mapping[Any, Document]) -> Document:
    done: Document = {"description": "Done."}
    if route.content_type is not None:
        done["content"] = {route.media: {"schema": route.content_schema or schemas[route.content_type]}}
    problem = {"content": {JSON: {"schema": schemas[Problem]}}}
    refusals = {400, *route.errors}
    if route.scope:
        refusals |= {401, 403, 429}
    if route.body_type is not None:
        refusals |= {413, 415}
    return {str(route.status): done} | {
        str(status): {"description": f"{HTTPStatus(status).phrase}."} | problem for status in sorted(refusals)
    }


def _body(route: Route, schemas: Mapping[Any, Document], components: Mapping[str, Document]) -> Document:
    """As JSON, and where it may be a form as a form, whose files may have any name."""
    content: Document = {JSON: {"schema": route.body_schema or schemas[route.body_type]}}
    if route.forms:
        fields = components[_name(route.body_type)]
        properties = {name: _as_text(schema) for name, schema in fields["properties"].items()}
        uploads = {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}}
        content["application/x-www-form-urlencoded"] = {"schema": fields | {"properties": properties}}
        content["multipart/form-data"] = {"schema": fields | {"properties": properties | uploads}}
    return content


def _name(shape: Any) -> str:
    return str(shape.__name__)
