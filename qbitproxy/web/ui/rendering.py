"""Pages out of templates, forms out of pages."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import jinja2
import msgspec
from aiohttp import web

HERE = Path(__file__).parent
STATIC = HERE / "static"
T = TypeVar("T")

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **shown: str | bool) -> web.Response:
    """A page."""
    text = _templates.get_template(template).render(shown)
    return web.Response(text=text, status=status, content_type="text/html")


async def filled_in(request: web.Request, shape: type[T]) -> T:
    """The form that was sent, as `shape`. Raises HTTPBadRequest or msgspec.ValidationError."""
    try:
        form = await request.post()
    except ValueError:
        raise web.HTTPBadRequest(text="the form is malformed") from None
    return msgspec.convert(dict(form), shape)
