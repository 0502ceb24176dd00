"""The port on which the web application answers, until everybody has had an answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

from aiohttp import web

from qbitproxy.clock import SystemClock
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.web.keys import PATIENCE
from qbitproxy.web.middlewares import LEAVING

SHUTDOWN = timedelta(seconds=10)
LAST_WORDS = timedelta(milliseconds=100)
BACKLOG = 512
KEEP_ALIVE = timedelta(minutes=5)
"""Longer than a proxy keeps an idle connection, or an Arr waits between two polls."""


@asynccontextmanager
async def serving(
    app: web.Application, listener: socket.socket, server: ServerSettings
) -> AsyncIterator[None]:
    """Answer requests on `listener`; at the end stop accepting, let handlers finish.

    Who was accepted just before is given time to say what he wants: aiohttp 3.14 would hang up on him. Who
    asks on a connection that he kept is told to come back on another.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        max_line_size=1 << 20,
        max_field_size=1 << 16,
        keepalive_timeout=KEEP_ALIVE.total_seconds(),
        shutdown_timeout=SHUTDOWN.total_seconds(),
    )
    await runner.setup()
    try:
        connect = app[PATIENCE].guarding(cast("web.Server", runner.server))  # there is one after setup
        loop = asyncio.get_running_loop()
        port = await loop.create_server(connect, sock=listener.dup(), ssl=_tls(server), backlog=BACKLOG)
        try:
            yield
            app[LEAVING].set()
        finally:
            port.close()
        await SystemClock().sleep(LAST_WORDS)
    finally:
        await runner.cleanup()


def _tls(server: ServerSettings) -> ssl.SSLContext | None:
    if not server.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.tls_certificate, server.tls_key or None)
    return context
