"""What a client sends, read as leniently as qBittorrent does.

A GET speaks through its query, a POST through its body alone. Any part of a multipart body that has a
file name is an upload, whatever its field is called.
Source: qBittorrent 4.6.7, base/http/requestparser.cpp, webui/webapplication.cpp.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote_plus

from aiohttp import web
from aiohttp.helpers import parse_mimetype
from msgspec import Struct

from qbitproxy.web.qbit.bounds import LONGEST_PART_HEADERS, MOST_FIELDS, MOST_PARTS, MOST_TEXT, parts

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

READ_AT_ONCE = 1 << 15
"""Bytes of a body that are read on the loop; more of them would keep everybody else waiting."""

DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{0,18})?|\.\d{1,18}", re.ASCII)
NAME = re.compile(r';\s*name\s*=\s*(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
FILENAME = re.compile(r';\s*filename\s*=\s*(?:"(.*)"|([^;]*))', re.IGNORECASE)
"""Greedy up to the last quote: Arrs put release titles there with semicolons and quotes unescaped.

Source: Sonarr 4.0.18, NzbDrone.Common/Http/HttpRequestBuilder.cs.
"""


class Upload(Struct, frozen=True):
    """One uploaded file."""

    filename: str
    body: bytes


class MissingParameters(web.HTTPBadRequest):
    """A request lacks what it needs; the text for it depends on the profile."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(text="Bad Request")
        self.names = names


class Form(Struct, frozen=True):
    """The parameters of one request."""

    fields: Mapping[str, str] = {}
    uploads: tuple[Upload, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str, default: str = "") -> str:
        """The parameter as it was sent."""
        return self.fields.get(name, default)

    def need(self, *names: str) -> None:
        """Raise MissingParameters unless every one of `names` was sent."""
        missing = [name for name in names if name not in self.fields]
        if missing:
            raise MissingParameters(missing)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean; anything but true or false, in any case, counts as not sent."""
        return {"true": True, "false": False}.get(self.text(name).strip().lower(), default)

    def whole(self, name: str, default: int = 0) -> int:
        """An integer; `default` when it is none."""
        text = self.text(name).strip()
        return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) else default

    def decimal(self, name: str, default: float = 0) -> float:
        """A number; `default` when it is none."""
        text = self.text(name).strip()
        return (
            float(text) if re.fullmatch(r"[+-]?\d{1,18}(\.\d{0,18})?|\.\d{1,18}", text, re.ASCII) else default
        )

    def listed(self, name: str, separator: str) -> list[str]:
        """The parts of a list, trimmed, without the empty ones. Raises HTTPBadRequest for too many."""
        return [part.strip() for part in parts(self.text(name), separator) if part.strip()]


async def read_form(request: web.Request) -> Form:
    """The parameters of `request`. Raises HTTPBadRequest, HTTPRequestEntityTooLarge."""
    if request.method != "POST":
        return Form(_pairs(request.rel_url.raw_query_string))
    body, kind = await request.read(), request.headers.get("Content-Type", "")
    return parse(body, kind) if len(body) <= READ_AT_ONCE else await asyncio.to_thread(parse, body, kind)


def parse(body: bytes, content_type: str) -> Form:
    """A body as a form. Raises HTTPBadRequest for one that is something else, or too much of it."""
    kind = parse_mimetype(content_type)
    match f"{kind.type}/{kind.subtype}" if body else "":
        case "application/x-www-form-urlencoded":
            _count(len(body), MOST_TEXT, "bytes of parameters")
            return Form(_pairs(body.decode("utf-8", "replace")))
        case "multipart/form-data":
            return parse_multipart(body, kind.parameters.get("boundary", ""))
        case "" | "/" | "text/plain":
            return Form()
    raise web.HTTPBadRequest(text=f"the body must be {URLENCODED} or {MULTIPART}")


def parse_multipart(body: bytes, boundary: str) -> Form:
    """A multipart body as a form. Raises HTTPBadRequest when it does not hold together."""
    fields: dict[str, str] = {}
    uploads: list[Upload] = []
    size = 0
    for headers, content in _parts(body, boundary):
        disposition = _disposition(headers)
        name, filename = NAME.search(disposition), FILENAME.search(disposition)
        if filename is not None:
            uploads.append(Upload(_matched(filename), content))
        elif name is not None:
            size += len(content)
            _count(size, MOST_TEXT, "bytes of parameters")
            fields[_matched(name)] = content.decode("utf-8", "replace")
    return Form(fields, tuple(uploads))


def _parts(body: bytes, boundary: str) -> Iterator[tuple[str, bytes]]:
    mark = b"--" + boundary.encode("utf-8", "replace")
    if not boundary or not body.lstrip(b"\r\n").startswith(mark):
        raise web.HTTPBadRequest(text="the multipart body does not start with its boundary")
    _count(body.count(mark), MOST_PARTS, "parts of a multipart body")
    pieces = (b"\r\n" + body.lstrip(b"\r\n")).split(b"\r\n" + mark)
    if not pieces[-1].startswith(b"--"):
        raise web.HTTPBadRequest(text="the multipart body ends before its last boundary")
    for piece in pieces[1:-1]:
        headers, blank, content = piece.partition(b"\r\n\r\n")
        if not blank:
            raise web.HTTPBadRequest(text="a part of the multipart body has no end of its headers")
        _count(len(headers), LONGEST_PART_HEADERS, "bytes of headers in a part of the multipart body")
        yield headers.decode("utf-8", "replace"), content


def _disposition(headers: str) -> str:
    for line in headers.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return value
    return ""


def _matched(found: re.Match[str]) -> str:
    quoted, bare = found.groups()
    return (quoted if quoted is not None else bare).strip()


def _pairs(text: str) -> dict[str, str]:
    """The named parameters; of a repeated one the last counts, one without "=" does not."""
    _count(text.count("&"), MOST_FIELDS, "parameters")
    pairs = (pair.partition("=") for pair in text.split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, equals, value in pairs if name and equals}


def _count(count: int, most: int, what: str) -> None:
    if count > most:
        raise web.HTTPBadRequest(text=f"more than {most:,} {what}")
