"""Whoever connects and does not say what he wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import SINTEL
from tests.stage import Stage
from tests.support import DEADLINE

SHORT = timedelta(milliseconds=200)


@asynccontextmanager
async def a_connection(
    folder: Path,
) -> AsyncIterator[tuple[Stage, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection to a daemon without much patience."""
    async with Stage(folder) as stage:
        usual = stage.settings()
        settings = replace(usual, server=replace(usual.server, read_patience=SHORT))
        async with stage.running(settings), asyncio.timeout(DEADLINE):
            reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
            try:
                yield stage, reader, writer
            finally:
                writer.close()


async def left(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side hangs up."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("head", [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
async def test_a_head_that_does_not_arrive_ends_the_connection(tmp_path: Path, head: bytes) -> None:
    async with a_connection(tmp_path) as (_, reader, writer):
        writer.write(head)

        assert await left(reader) == b""


async def test_a_second_head_has_no_more_time_than_the_first(tmp_path: Path) -> None:
    async with a_connection(tmp_path) as (_, reader, writer):
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"}")
        writer.write(b"GET /health HTTP/1.1\r\n")

        assert await left(reader) == b""


async def test_a_head_in_small_pieces_has_no_more_time_either(tmp_path: Path) -> None:
    async with a_connection(tmp_path) as (_, reader, writer):

        async def trickle() -> None:
            while not writer.is_closing():
                writer.write(b"X: y\r\n")
                await writer.drain()
                await asyncio.wait([ended], timeout=SHORT.total_seconds() / 10)

        ended = asyncio.ensure_future(left(reader))
        writer.write(b"GET / HTTP/1.1\r\n")
        async with asyncio.TaskGroup() as group:
            trickling = group.create_task(trickle())
            await ended
            trickling.cancel()

        assert ended.result() == b""


@pytest.mark.parametrize("path", ["/setup", "/api/v2/auth/login"])
async def test_a_body_that_does_not_arrive_is_refused(tmp_path: Path, path: str) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nusername="
    )
    async with a_connection(tmp_path) as (_, reader, writer):
        writer.write(head.encode())

        assert (await reader.readline()).startswith(b"HTTP/1.1 408")


async def test_a_stream_of_events_outlives_that_patience(tmp_path: Path) -> None:
    async with (
        a_connection(tmp_path) as (stage, reader, _),
        stage.person() as person,
        person.get("/api/events") as events,
    ):
        await left(reader)  # the other connection was hung up on
        late, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        await left(late)  # so was one that came after the stream had begun
        writer.close()

        stage.realdebrid.knows(SINTEL, cached=False)
        await stage.sonarr.grab(SINTEL)

        async for line in events.content:
            if SINTEL.infohash.encode() in line:
                break
        assert not events.content.at_eof()
