"""`GET /api/events`: the list first, then what changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from qbitproxy.clock import SystemClock
from qbitproxy.core.events import Released, RemovalAsked, Renamed
from qbitproxy.library import Telemetry
from tests.support import DEADLINE, a_draft
from tests.web.stand import Stand, a_stand

HASH, OTHER = "a" * 40, "b" * 40


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=SystemClock()) as stand:
        yield stand


async def block(stream: aiohttp.ClientResponse) -> tuple[str, Any]:
    """The next event of a stream: (name, content); a comment is ("", its text)."""
    async with asyncio.timeout(DEADLINE):
        lines = []
        while (line := (await stream.content.readline()).decode().rstrip("\n")) or not lines:
            lines.append(line)
    if lines[0].startswith(":"):
        return "", lines[0]
    assert lines[0].startswith("event: ")
    assert lines[1].startswith("data: ")
    return lines[0][7:], msgspec.json.decode(lines[1][6:])


async def test_stream_begins_with_every_torrent(stand: Stand) -> None:
    await stand.library.accept(a_draft(HASH))
    async with stand.client.get("/api/events", headers=stand.bearer) as stream:
        name, content = await block(stream)

    assert stream.content_type == "text/event-stream"
    assert name == "torrents"
    assert [torrent["hash"] for torrent in content["torrents"]] == [HASH]
    assert content["torrents"][0]["files"] == []


async def test_only_what_changed_is_sent(stand: Stand) -> None:
    torrent = await stand.library.accept(a_draft(HASH))
    await stand.library.accept(a_draft(OTHER))
    async with stand.client.get("/api/events", headers=stand.bearer) as stream:
        await block(stream)
        stand.library.observe(torrent.id, Telemetry(progress=0.5, speed=10))

        name, content = await block(stream)

    assert name == "changed"
    assert [(t["hash"], t["progress"]) for t in content["torrents"]] == [(HASH, 0.5)]
    assert content["gone"] == []


async def test_burst_of_changes_becomes_few_events(stand: Stand) -> None:
    torrent = await stand.library.accept(a_draft(HASH))
    async with stand.client.get("/api/events", headers=stand.bearer) as stream:
        await block(stream)
        seen = []
        for step in range(1, 101):
            stand.library.observe(torrent.id, Telemetry(progress=step / 100))
            await asyncio.wait_for(stand.library.record(torrent.id, Renamed(f"name {step}")), DEADLINE)
        while not seen or seen[-1] != "name 100":
            _, content = await block(stream)
            seen.append(content["torrents"][0]["name"])

    assert len(seen) <= 5


async def test_torrent_on_its_way_out_is_gone(stand: Stand) -> None:
    torrent = await stand.library.accept(a_draft(HASH))
    async with stand.client.get("/api/events", headers=stand.bearer) as stream:
        await block(stream)
        await stand.library.record(torrent.id, RemovalAsked(True))
        await stand.library.record(torrent.id, Released(False))

        _, content = await block(stream)

    assert content == {"torrents": [], "gone": [str(torrent.id)]}


async def test_quiet_stream_shows_that_it_lives(tmp_path: Path) -> None:
    async with (
        a_stand(tmp_path, clock=SystemClock(), heartbeat=timedelta(milliseconds=20)) as stand,
        stand.client.get("/api/events", headers=stand.bearer) as stream,
    ):
        await block(stream)

        assert await block(stream) == ("", ": heartbeat")
        assert await block(stream) == ("", ": heartbeat")


async def test_stream_ends_with_its_session(tmp_path: Path) -> None:
    async with a_stand(tmp_path, clock=SystemClock(), heartbeat=timedelta(milliseconds=20)) as stand:
        await stand.log_in()
        async with stand.client.get("/api/events") as stream:
            await block(stream)
            await stand.accounts.change_password("admin", "another")

            async with asyncio.timeout(DEADLINE):
                rest = await stream.content.read()

    assert b"event:" not in rest


async def test_stream_ends_at_once_when_the_daemon_stops(tmp_path: Path) -> None:
    async with a_stand(tmp_path, clock=SystemClock(), heartbeat=timedelta(hours=1)) as stand:
        stream = await stand.client.get("/api/events", headers=stand.bearer)
        await block(stream)

        async with asyncio.timeout(DEADLINE / 2):  # the server itself would wait for a minute
            await stand.client.server.close()

        assert b"event:" not in await stream.content.read()
