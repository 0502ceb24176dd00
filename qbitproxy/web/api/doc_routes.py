"""The API described: for programs, for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from qbitproxy import __version__
from qbitproxy.web.api import openapi
from qbitproxy.web.api.route import API_ROUTES, Route
from qbitproxy.web.middlewares import HEADERS, URL_BASE

PAGE = Path(__file__).parent / "docs_page"
FILES = frozenset({"start.js", "swagger-ui-bundle.js", "swagger-ui.css"})
"""All but the first are what npm's swagger-ui-dist 5.35.0 (Apache-2.0) holds, byte for byte."""

POLICY = HEADERS["Content-Security-Policy"].replace("img-src 'self'", "img-src 'self' data:")
"""Its arrows are images within its style."""


async def specification(request: web.Request) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return openapi.document(request.app[API_ROUTES], __version__, request.app[URL_BASE])


async def page(_: web.Request) -> web.FileResponse:
    """The same to read and to try; nothing of it comes from elsewhere."""
    return web.FileResponse(PAGE / "index.html", headers={"Content-Security-Policy": POLICY})


async def page_file(request: web.Request) -> web.FileResponse:
    """A part of that page."""
    name = request.match_info["file"]
    if name not in FILES:
        raise web.HTTPNotFound
    return web.FileResponse(PAGE / name)


ROUTES = (
    Route(
        method="GET",
        path="/api/openapi.json",
        handler=specification,
        scope="read",
        says="all of this as OpenAPI 3.1; `/api/docs` is the same as a page to read and to try",
    ),
)
PAGE_ROUTES = (
    Route(method="GET", path="/api/docs", handler=page, scope="read", says="the page"),
    Route(method="GET", path="/api/docs/{file}", handler=page_file, scope="read", says="a part of it"),
)
"""What is for a browser alone, so that no specification tells of it."""
