"""`POST /api/add`: sources in, torrents out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import UNSET, Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.ports import Source
from qbitproxy.library import Category, Library
from qbitproxy.sources import BadSource, from_magnet, read_metainfo
from qbitproxy.web.answers import read_json
from qbitproxy.web.api.orders import Malformed, Order, Unserved, check, order
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.wire_add import AddRequest, ImportShape, Outcome, import_shape
from qbitproxy.web.keys import FETCH, LIBRARY, ROSTER, SETTINGS, FetchSource
from qbitproxy.web.text import read_text

FETCHED_AT_ONCE = 8
FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})


class Item(Struct, frozen=True):
    """One source as it was handed in."""

    label: str  # what its error begins with
    read: Callable[[], Awaitable[Source]]  # raises BadSource or a Fault


async def add(request: web.Request) -> Outcome:
    """Each source becomes a torrent or an error of its own; only a malformed request fails as a whole."""
    asked, uploads = await _asked(request)
    try:
        check(asked)
    except Malformed as wrong:
        raise web.HTTPBadRequest(text=str(wrong)) from None
    items = _items(asked, uploads, request.app[FETCH])
    library = request.app[LIBRARY]
    try:
        ordered = await asyncio.to_thread(order, asked, request.app[SETTINGS], request.app[ROSTER], library)
    except Unserved as refusal:
        return _answered([f"{item.label}: {refusal}" for item in items])
    return _answered([await _accepted(found, ordered, library) for found in await _sources(items)])


async def _asked(request: web.Request) -> tuple[AddRequest, list[tuple[str, bytes]]]:
    """The fields, then the uploads by file name: under whatever field they come."""
    if request.content_type not in FORMS:
        return await read_json(request, AddRequest), []
    try:
        form = await request.post()
    except (ValueError, HttpProcessingError, web.RequestPayloadError) as broken:
        raise web.HTTPBadRequest(text="the form is broken off or malformed") from broken
    fields: dict[str, str] = {}
    uploads: list[tuple[str, bytes]] = []
    for name, value in form.items():
        match value:
            case web.FileField(filename=filename, file=file):
                uploads.append((filename, file.read()))
            case str() if name == "urls" and fields.get("urls"):
                fields["urls"] += f"\n{value}"
            case str() if value:
                fields[name] = value
            case bytes() | bytearray():
                uploads.append((name, bytes(value)))
    return read_text(fields, AddRequest), uploads


def _items(asked: AddRequest, uploads: list[tuple[str, bytes]], fetch: FetchSource) -> list[Item]:
    given = asked.urls if isinstance(asked.urls, list) else asked.urls.splitlines()
    urls = [url.strip() for url in given if url.strip()]
    return [
        *(Item(f"URL {_shown(url)}", partial(_from_url, url, fetch)) for url in urls),
        *(Item(f"File {name}", partial(_from_upload, content)) for name, content in uploads),
    ]


def _shown(url: str) -> str:
    """Enough of a link to know it again; trackers, API keys and passkeys come later in it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return url[:40]
    if parts.scheme == "magnet":
        return url.partition("&")[0][:100]
    return f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") else url[:40]


async def _from_url(url: str, fetch: FetchSource) -> Source:
    if url.lower().startswith("magnet:"):
        return from_magnet(url)
    if url.lower().startswith(("http://", "https://")):
        return await fetch(url)
    raise BadSource("neither a magnet link nor an http(s) address of a .torrent file")


async def _from_upload(content: bytes) -> Source:
    """A .torrent file, or a text file whose first line is a magnet link."""
    if content[:64].lstrip().lower().startswith(b"magnet:"):
        return from_magnet(content.split(maxsplit=1)[0].decode("utf-8", "replace"))
    return await read_metainfo(content)


async def _sources(items: list[Item]) -> list[Source | str]:
    """The source of each item, or why it has none; in order."""
    at_once = asyncio.Semaphore(FETCHED_AT_ONCE)

    async def read(item: Item) -> Source | str:
        try:
            async with at_once:
                return await item.read()
        except BadSource as wrong:
            return f"{item.label}: {wrong}"
        except Fault as fault:
            return f"{item.label}: {fault.detail}"

    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(read(item)) for item in items]
    return [task.result() for task in reading]


async def _accepted(found: Source | str, ordered: Order, library: Library) -> ImportShape | str:
    if isinstance(found, str):
        return found
    if ordered.category and ordered.category not in library.categories:
        await library.put_category(Category(ordered.category))
    return import_shape(await library.accept(ordered.draft(found)), ordered.arr)


def _answered(outcomes: list[ImportShape | str]) -> Outcome:
    """Source: Decypharr v1.1.6: 200 whatever became of the sources; `errors` only when there are any."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, str)]
    results = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    return Outcome(results=results, errors=errors or UNSET)


ROUTES = (
    Route(
        method="POST",
        path="/api/add",
        handler=add,
        scope="add",
        says="[adds](#adding) magnet links, .torrent files or addresses of them",
        body=AddRequest,
        forms=True,
    ),
)
