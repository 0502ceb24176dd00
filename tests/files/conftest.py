"""Fixtures of the disk's tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpServer

from compat.content import Release
from tests.files.ground import Cdn


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The download root; it does not exist yet."""
    return tmp_path / "downloads"


@pytest.fixture
def serving(aiohttp_server: AiohttpServer) -> Callable[[Release], Awaitable[Cdn]]:
    """Starts a server for a release."""

    async def start(release: Release) -> Cdn:
        cdn = Cdn(release)
        app = web.Application()
        app.router.add_get("/{number}/{path:.*}", cdn.serve)
        server = await aiohttp_server(app, shutdown_timeout=0.1)
        cdn.url = str(server.make_url("/"))
        return cdn

    return start
