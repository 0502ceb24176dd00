"""A connection that sends whatever it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from compat.hostile.words import Pair

PATIENCE = 30.0  # seconds for one answer


class Blow(Struct, frozen=True):
    """One request, byte for byte."""

    method: bytes
    path: bytes  # below /api/v2/, with its query
    headers: Sequence[Pair]
    body: bytes
    is_whole: bool = True  # framed as it says; after any other its connection is of no use
    hangs_up: bool = False  # before an answer

    def wire(self, cookie: bytes) -> bytes:
        """What goes over the connection; `cookie` goes with it unless it has one of its own."""
        pairs = [(b"Host", b"127.0.0.1"), *self.headers]
        if not any(name in (b"Cookie", b"Authorization") for name, _ in pairs):
            pairs.append((b"Cookie", cookie))
        lines = b"".join(b"%b: %b\r\n" % pair for pair in pairs)
        return b"%b /api/v2/%b HTTP/1.1\r\n%b\r\n%b" % (self.method, self.path, lines, self.body)


class Heard(Struct, frozen=True):
    """What came back; status 0 for a connection that was closed without a word."""

    status: int
    body: bytes = b""


class Line:
    """A connection to whoever is attacked; one that was closed is opened again."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, blow: Blow, cookie: bytes) -> Heard:
        """The answer. Raises TimeoutError when there is none within PATIENCE.

        A server may hang up between two requests, so one that is not answered is sent once more.
        """
        is_fresh = self._streams is None
        heard = await self._try(blow, cookie)
        return heard if heard.status or is_fresh or blow.hangs_up else await self._try(blow, cookie)

    async def _try(self, blow: Blow, cookie: bytes) -> Heard:
        reader, writer = self._streams or await asyncio.open_connection(self._host, self._port)
        self._streams = reader, writer
        heard, is_open = Heard(0), False
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(blow.wire(cookie))
                if blow.hangs_up:
                    await writer.drain()
                else:
                    heard, is_open = await _heard(reader, blow.method)
        except (ConnectionError, asyncio.IncompleteReadError):
            is_open = False
        if not (is_open and blow.is_whole):
            await self.close()
        return heard

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                return


async def _heard(reader: asyncio.StreamReader, method: bytes) -> tuple[Heard, bool]:
    """An answer, and whether its connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split(" ")[1])
    if status < 200:  # only says that it reads on: the answer is yet to come
        return await _heard(reader, method)
    if method == b"HEAD" or status in (204, 304):
        body = b""
    elif headers.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    kept = headers.get("connection", "close" if first.startswith("HTTP/1.0") else "keep-alive")
    return Heard(status, body), kept.lower() != "close"


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
