"""One HTTP request on a connection of its own, sent as it is, however odd."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PATIENCE = 60.0  # seconds for an answer
NO_CONTENT = 204


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str | None:
        """Content-Type, None when there is none."""
        return self.headers.get("content-type")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The value. Raises ValueError when the body is no JSON."""
        return json.loads(self.body)


async def ask(
    host: str, port: int, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Send one request, return its answer. Raises OSError, EOFError, ValueError, TimeoutError."""
    head = f"{method} {target} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(f"{head}\r\n".encode() + body)
            await writer.drain()
            return await _answer(reader, has_body=method != "HEAD")
        finally:
            writer.close()
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader, *, has_body: bool) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("iso-8859-1").strip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    status = int(first.split(" ")[1])
    body = await _body(reader, headers) if has_body and status != NO_CONTENT else b""
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(status, headers, body)


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") == "chunked":
        return await _chunks(reader)
    length = headers.get("content-length")
    return await reader.readexactly(int(length)) if length is not None else await reader.read()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while size := int((await reader.readline()).partition(b";")[0], 16):
        whole += (await reader.readexactly(size + 2))[:-2]
    return whole
