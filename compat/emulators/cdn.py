"""Bytes over HTTP, whole or by the range."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from aiohttp import web

from compat.emulators.bench import FAULT
from compat.emulators.faults import Streamed

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(
    request: web.Request,
    size: int,
    content_type: str,
    chunks: Callable[[int, int], Iterator[bytes]],
    *,
    begun: Callable[[], None] = lambda: None,
    sent: Callable[[], None] = lambda: None,
) -> web.StreamResponse:
    """Answer GET or HEAD with `size` bytes, or with the one range of them that was asked for.

    `chunks` makes the bytes from start up to, not including, end. `begun` is called before there are
    bytes to send, `sent` when that is over.
    """
    unranged = FAULT in request and request[FAULT].kind == "unranged"
    span = None if unranged else _span(request.headers.get("Range", ""), size)
    headers = {"Accept-Ranges": "bytes", "Content-Type": content_type}
    if span and span[0] >= span[1]:
        return web.Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, end = span or (0, size)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    begun()
    status = 206 if span else 200
    return Streamed(chunks(start, end), end - start, status=status, headers=headers, sent=sent)


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Read a Range of one part as (start, end), end excluded; None for anything else, which is ignored."""
    found = RANGE.fullmatch(header)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    return int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
