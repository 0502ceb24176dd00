"""An emulated Arr on the command line."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from compat.emulators.arr import Arr, GrabRefused
from compat.emulators.arr_client import ClientFault
from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_offer import Offer


def run(kind: Callable[..., Arr], flavours: Mapping[str, Flavour], usual: str) -> int:
    """Run one Arr until SIGINT or SIGTERM, telling on stdout what it does."""
    asked = _parser(flavours, usual).parse_args()
    arr = kind(asked.library.resolve(), flavours[asked.flavour], port=asked.port, say=_say)
    if asked.client_url:
        arr.uses(asked.client_url, asked.username, asked.password, category=asked.category)
    asyncio.run(_serve(arr, asked.grab, asked.poll_every))
    return 0


async def _serve(arr: Arr, words: Sequence[str], poll_every: float) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with arr:
        _say(f"url={arr.url}")
        _say(f"api_key={arr.api_key}")
        if arr.settings:
            await _begin(arr, words)
        while not stopped.is_set():
            await _poll(arr)
            with suppress(TimeoutError):
                async with asyncio.timeout(poll_every):
                    await stopped.wait()


async def _begin(arr: Arr, words: Sequence[str]) -> None:
    failures = await arr.test_client()
    _say("the download client passed the test" if not failures else f"the test failed: {failures}")
    for word in words:
        with suppress(GrabRefused):  # said already
            await arr.grab(Offer.from_word(word))


async def _poll(arr: Arr) -> None:
    before = {one.download_id: str(one.state) for one in arr.queue}
    if arr.settings:
        try:
            await arr.poll()
        except ClientFault as fault:
            _say(f"the poll failed: {fault}")
    for one in arr.queue:
        if before.get(one.download_id) != one.state:
            _say(
                f"{one.title}: {one.status}, {one.state} {[it.reason for it in one.messages] or ''}".rstrip()
            )


def _parser(flavours: Mapping[str, Flavour], usual: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A strict stand-in for an Arr that uses a qBittorrent.")
    parser.add_argument("--port", type=int, default=0, help="of its own API; 0 takes a free one")
    parser.add_argument("--library", type=Path, required=True, help="folder that imports go to")
    parser.add_argument("--flavour", choices=list(flavours), default=usual)
    parser.add_argument("--client-url", default="", help="the qBittorrent it uses")
    parser.add_argument("--username", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--category", default=None, help="the Arr's usual one unless given")
    parser.add_argument("--grab", nargs="+", default=[], metavar="MAGNET_OR_TORRENT_FILE")
    parser.add_argument("--poll-every", type=float, default=60.0, metavar="SECONDS")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
