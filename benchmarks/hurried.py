"""python -m benchmarks.hurried RATE: the daemon by itself, with a time that passes faster than it does."""

from __future__ import annotations

import asyncio
import os
import socket
import sys

from benchmarks.hurry import HurriedClock
from qbitproxy import daemon, logs
from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Settings, config_path, load_or_create, state_directory
from qbitproxy.signals import Ending


def main(rate: float) -> None:
    """Run with the settings that the environment names, until killed."""
    environ = dict(os.environ)
    settings = load_or_create(config_path(environ), environ, known_providers=PROVIDERS).settings
    logs.set_up(settings.log.level, settings.log.format)
    with socket.create_server(("127.0.0.1", settings.server.port)) as listener:
        asyncio.run(_run(settings, environ, listener, rate))


async def _run(settings: Settings, environ: dict[str, str], listener: socket.socket, rate: float) -> None:
    never: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
    await daemon.run(settings, state_directory(environ), listener, environ, print, never, HurriedClock(rate))


if __name__ == "__main__":
    main(float(sys.argv[1]))
