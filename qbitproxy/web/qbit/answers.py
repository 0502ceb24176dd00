"""Answers with the content types that qBittorrent gives them."""

from __future__ import annotations

from aiohttp import web

from qbitproxy.web.qbit.wire import encode

TEXT = {"Content-Type": "text/plain; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}


def plain(text: str = "", status: int = 200) -> web.Response:
    """A line of text, mostly none."""
    return web.Response(body=text.encode("utf-8", "replace"), status=status, headers=TEXT)


def as_json(value: object) -> web.Response:
    """`value` as JSON."""
    return ready_json(encode(value))


def ready_json(body: bytes) -> web.Response:
    """JSON that is encoded already."""
    return web.Response(body=body, headers=JSON)
