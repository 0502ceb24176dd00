"""The command line that every emulated debrid service has."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from compat.content import READY_MADE, Release
from compat.emulators.bench import Bench, run_until_stopped
from compat.emulators.mount import Mount

Make = Callable[[argparse.Namespace, dict[str, Any]], Bench]
"""(options, what every service is made with: progression, latency, pace, port, token) -> the service."""


def parser_for(module: str, token: str) -> argparse.ArgumentParser:
    """The options that every service takes; a service may add its own."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description="Serve one account until SIGINT or SIGTERM; address, token, magnet links go to stdout.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=token)
    parser.add_argument("--progression", choices=["immediate", "manual", "timed"], default="immediate")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds that a second of a course takes")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every call")
    parser.add_argument("--rate-limited", action="store_true")
    parser.add_argument("--mount", type=Path, help="folder that plays the mount")
    for name, meaning in (("knows", "cached"), ("uncached", "to be fetched first")):
        parser.add_argument(
            f"--{name}",
            type=_release,
            action="append",
            default=[],
            help=f"{meaning}: NAME:BYTES or one of {', '.join(READY_MADE)}",
        )
    return parser


def serve(parser: argparse.ArgumentParser, arguments: Sequence[str] | None, make: Make) -> None:
    """Serve what `make` makes of the options until SIGINT or SIGTERM."""
    asyncio.run(_serve(parser.parse_args(arguments), make))


async def _serve(options: argparse.Namespace, make: Make) -> None:
    usual = {
        "progression": options.progression,
        "latency": options.latency,
        "pace": options.pace,
        "port": options.port,
        "token": options.token,
    }
    service: Any = make(options, usual)
    for release in options.knows + options.uncached:
        service.knows(release, cached=release in options.knows)
    if options.mount:
        Mount(options.mount).attach(service)
    magnets = {f"magnet[{release.name}]": release.magnet() for release in options.knows + options.uncached}
    await run_until_stopped(service, token=service.token, **magnets)


def _release(text: str) -> Release:
    if text in READY_MADE:
        return READY_MADE[text]
    name, _, size = text.rpartition(":")
    if not name or not size.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is neither NAME:BYTES nor one of {', '.join(READY_MADE)}")
    return Release(name, {name: int(size)})
