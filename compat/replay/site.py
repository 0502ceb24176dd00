"""The web site that recorded servers fetched .torrent files from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from compat.replay.content import torrent_file

REDIRECTED = "magnet:?xt=urn:btih:00000000000000000000000000000000000000aa&dn=Redirected.Magnet"


@asynccontextmanager
async def a_site() -> AsyncIterator[str]:
    """Where it is, on a free port of loopback, until the block ends."""
    app = web.Application()
    app.router.add_get("/url.torrent", _torrent)
    app.router.add_get("/notatorrent", _page)
    app.router.add_get("/redirect-magnet", _redirect)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _torrent(_: web.Request) -> web.Response:
    return web.Response(body=torrent_file("url"), content_type="application/x-bittorrent")


async def _page(_: web.Request) -> web.Response:
    return web.Response(text="<html>no torrent</html>", content_type="text/html")


async def _redirect(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": REDIRECTED})
