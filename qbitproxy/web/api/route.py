"""What a route promises: declared once, for the router, the specification and the page about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, get_type_hints

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import UNSET, Struct, field

from qbitproxy.core.caller import Scope
from qbitproxy.web.answers import answer, read_json, read_query
from qbitproxy.web.needs import NEEDS, Need, Open, Own

LeastScope = Literal["", "arr", "read", "add", "admin"]
"""The least that credentials have to be good for; "" for what nobody has to prove anything for.

"arr" are those of the Arr that the path names, and no others.
"""
JSON = "application/json"


class NoParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """A query string that has to be empty."""


class Route(Struct, frozen=True, kw_only=True):
    """One method of one path.

    `handler` takes the request, then what its parameters `query` and `body` are annotated with, decoded. What
    it returns is encoded as JSON; None is an empty answer. One that reads or answers by itself is described
    by `body` and `content`.
    """

    method: str
    path: str  # below the URL base, names in braces
    handler: Callable[..., Awaitable[Any]]
    scope: LeastScope
    says: str  # what it does, half a sentence
    errors: tuple[int, ...] = ()  # besides those that any route may answer
    status: int = 200
    body: Any = None
    content: Any = UNSET
    body_schema: dict[str, Any] | None = None  # where the type says too little
    content_schema: dict[str, Any] | None = None
    media: str = JSON  # of the answer
    forms: bool = False  # the body may be a form as well
    patterns: Mapping[str, str] = field(default_factory=dict)  # of names in the path that are not any text
    also: tuple[str, ...] = ()  # other paths that do the same

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def query_type(self) -> type[Struct]:
        """What the query string is decoded as."""
        found: type[Struct] = self._hints.get("query", NoParameters)
        return found

    @property
    def body_type(self) -> Any:
        """What the body is decoded as, None when none is read."""
        return self._hints.get("body", self.body)

    @property
    def content_type(self) -> Any:
        """What the answer is encoded from, None when it is empty."""
        hint = self._hints["return"] if self.content is UNSET else self.content
        return None if hint is type(None) else hint

    @property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.handler, include_extras=True)


API_ROUTES: web.AppKey[Sequence[Route]] = web.AppKey("api_routes")
"""What `/api` says of itself."""


def mount_routes(app: web.Application, routes: Iterable[Route]) -> None:
    """Have `app` answer `routes` for those who may; GET answers HEAD as well, unless it is a stream."""
    for route in routes:
        for path in (route.path, *route.also):
            app[NEEDS][f"{route.method} {path}"] = _need(route.scope)
            for name, pattern in route.patterns.items():
                path = path.replace(f"{{{name}}}", f"{{{name}:{pattern}}}")
            if route.method == "GET":
                app.router.add_get(path, _served(route), allow_head=route.media != "text/event-stream")
            else:
                app.router.add_route(route.method, path, _served(route))


def _need(scope: LeastScope) -> Need:
    match scope:
        case "":
            return Open.ALWAYS
        case "arr":
            return Own.ARR
    return Scope(scope)


def _served(route: Route) -> Handler:
    query, hints = route.query_type, get_type_hints(route.handler)
    takes_query, body = "query" in hints, hints.get("body")

    async def serve(request: web.Request) -> web.StreamResponse:
        asked = read_query(request, query)
        given: dict[str, Any] = {"query": asked} if takes_query else {}
        if body is not None:
            given["body"] = await read_json(request, body)
        made = await route.handler(request, **given)
        if isinstance(made, web.StreamResponse):
            return made
        return web.Response(status=route.status) if made is None else answer(made, route.status)

    return serve
