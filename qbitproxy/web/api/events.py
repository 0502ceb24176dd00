"""`GET /api/events`: every torrent, then each one as it changes, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

from aiohttp import ClientConnectionResetError, web
from msgspec import Struct

from qbitproxy.core.insight import Insight
from qbitproxy.core.torrent import Removing, Torrent
from qbitproxy.library import Library
from qbitproxy.web.answers import encode, pieces
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.wire import TorrentShape, torrent_shape
from qbitproxy.web.auth import caller_of
from qbitproxy.web.keys import CLOCK, INSIGHT, LIBRARY

PACE = timedelta(seconds=0.5)
"""Between two events of one stream."""
MOST_STREAMS = 64


class Changes(Struct, frozen=True):
    """What one event carries."""

    torrents: list[TorrentShape]  # without their files
    gone: list[str]  # ids


class Streams:
    """The open streams: a quiet one wakes for its heartbeat, all of them for the shutdown."""

    def __init__(self, heartbeat: timedelta) -> None:
        self.closing = False
        self._heartbeat = heartbeat.total_seconds()
        self._pauses: set[asyncio.Timeout] = set()
        self.open = 0

    async def pause(self, library: Library, version: int) -> int:
        """Wait for a change after `version`; return the version now, which after a heartbeat is the same."""
        pause = asyncio.timeout(self._heartbeat)
        try:
            async with pause:
                self._pauses.add(pause)
                return await library.changed(version)
        except TimeoutError:
            return version
        finally:
            self._pauses.discard(pause)

    async def close(self, _: web.Application) -> None:
        """Let every stream end now."""
        self.closing = True
        for pause in self._pauses:
            if not pause.expired():
                pause.reschedule(asyncio.get_running_loop().time())


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


def prepare(app: web.Application, heartbeat: timedelta) -> None:
    """Have every stream end when the daemon does."""
    app[STREAMS] = Streams(heartbeat)
    app.on_shutdown.append(app[STREAMS].close)


async def events(request: web.Request) -> web.StreamResponse:
    """A stream that lasts until the client leaves, its session ends, or the daemon stops."""
    streams = request.app[STREAMS]
    if streams.open >= MOST_STREAMS:
        raise web.HTTPServiceUnavailable(text="too many event streams are open")
    response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})  # or a proxy holds events back
    response.content_type = "text/event-stream"
    await response.prepare(request)
    streams.open += 1
    try:
        with suppress(ClientConnectionResetError):  # the client left
            await _tell(request, response, streams)
    finally:
        streams.open -= 1
    return response


async def _tell(request: web.Request, response: web.StreamResponse, streams: Streams) -> None:
    library, clock = request.app[LIBRARY], request.app[CLOCK]
    version = library.version
    insight = request.app[INSIGHT]
    async for piece in _everything(library, insight):
        await response.write(piece)
    while not streams.closing and await caller_of(request) is not None:
        now = await streams.pause(library, version)
        if now == version:
            await response.write(b": heartbeat\n\n")
            continue
        changes = _changes(library, insight, version)
        version = now
        if changes.torrents or changes.gone:
            await response.write(b"event: changed\ndata: %b\n\n" % encode(changes))
            await clock.sleep(PACE)


def _everything(library: Library, insight: Insight) -> AsyncIterator[bytes]:
    """The first event, in pieces."""
    encoded = (encode(_shape(library, insight, torrent)) for torrent in library.listed())
    return pieces(b'event: torrents\ndata: {"torrents":[', encoded, b'],"gone":[]}\n\n')


def _changes(library: Library, insight: Insight, version: int) -> Changes:
    changes = Changes([], [])
    for torrent_id in library.changed_since(version):
        torrent = library.get(torrent_id)
        if torrent is None or isinstance(torrent.phase, Removing):
            changes.gone.append(str(torrent_id))
        else:
            changes.torrents.append(_shape(library, insight, torrent))
    return changes


def _shape(library: Library, insight: Insight, torrent: Torrent) -> TorrentShape:
    seen, place = library.telemetry(torrent.id), insight.queue_place(torrent.id)
    return torrent_shape(torrent, seen, place, with_files=False)


ROUTES = (
    Route(
        method="GET",
        path="/api/events",
        handler=events,
        scope="read",
        says="server-sent events: `torrents` with all of them, then `changed`",
        content=Changes,
        media="text/event-stream",
        errors=(503,),
    ),
)
