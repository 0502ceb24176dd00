"""Answers with the content types that qBittorrent gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from aiohttp import web

from qbitproxy.web.answers import pieces
from qbitproxy.web.qbit.wire import encode

TEXT = {"Content-Type": "text/plain; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}


def plain(text: str = "", status: int = 200) -> web.Response:
    """A line of text, mostly none."""
    return web.Response(body=text.encode("utf-8", "replace"), status=status, headers=TEXT)


def without_content(response: web.StreamResponse) -> web.StreamResponse:
    """204 in the place of an empty 200; any other answer as it is."""
    is_empty = isinstance(response, web.Response) and response.status == 200 and not response.body
    return web.Response(status=204) if is_empty else response


def as_json(value: object, status: int = 200) -> web.Response:
    """`value` as JSON."""
    return web.Response(body=encode(value), status=status, headers=JSON)


def as_file(body: bytes, kind: str, name: str = "") -> web.Response:
    """A file, to be kept under `name` where there is one."""
    headers = {"Content-Type": kind} | ({"Content-Disposition": attachment(name)} if name else {})
    return web.Response(body=body, headers=headers)


def attachment(name: str) -> str:
    """The header that has a browser keep a file under `name`; whoever knows no UTF-8 sees underscores."""
    plain_name = "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in name)
    exact = "" if plain_name == name else f"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
    return f'attachment; filename="{plain_name}"{exact}'


def as_array(elements: Sequence[bytes]) -> web.Response:
    """Encoded elements as a JSON array."""
    commas = max(len(elements) - 1, 0)
    return around(b"[", elements, b"]", sum(map(len, elements)) + commas)


def around(before: bytes, elements: Iterable[bytes], after: bytes, size: int) -> web.Response:
    """JSON around encoded elements, which take `size` bytes with the commas between them."""
    length = str(len(before) + size + len(after))
    return web.Response(body=pieces(before, elements, after), headers={**JSON, "Content-Length": length})
