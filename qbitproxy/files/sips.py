"""A few bytes of a remote file, through a fresh link: whether a service still serves it."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import aiohttp
from msgspec import Struct

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Fault, Missing, Reason, Refusal
from qbitproxy.core.ports import Link
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.core.verdict import Word
from qbitproxy.files.download import AskLink, as_it_is

TASTE = 1024  # bytes read at head and tail
GONE = frozenset({404, 410})
SETTLE = timedelta(seconds=1)  # between looks at a link that has to settle
DEADLINE = timedelta(seconds=30)

_TOTAL = re.compile(r"bytes \d+-\d+/(\d+|\*)")


class Sipped(Struct, frozen=True):
    """What reading a file has shown."""

    word: Word
    detail: str = ""  # for people; holds no link


class Sips:
    """Reads files of services. Only an answer about the very file is more than UNSURE."""

    def __init__(self, clock: Clock, deadline: timedelta = DEADLINE) -> None:
        self._clock, self._deadline = clock, deadline.total_seconds()

    async def sip(self, file: RemoteFile, ask: AskLink) -> Sipped:
        """What a fresh link to `file` gives at head and tail. One that leads nowhere is made anew, once."""
        try:
            sipped = await self._sipped(await ask(file), file.size)
            if sipped.word is Word.DEAD:
                sipped = await self._sipped(await ask(file), file.size)
        except Missing as missing:
            return Sipped(Word.DEAD, missing.detail)
        except Refusal as refusal:
            withheld = refusal.reason is Reason.FILTERED_BY_PROVIDER
            return Sipped(Word.WITHHELD if withheld else Word.UNSURE, refusal.detail)
        except Fault as fault:
            return Sipped(Word.UNSURE, fault.detail)
        return sipped

    async def read(self, address: str, size: int) -> Sipped:
        """What an address gives at head and tail, of a file of `size` bytes (0: any, its head alone)."""
        return await self._sipped(Link(url=address, size=size), size)

    async def _sipped(self, link: Link, size: int) -> Sipped:
        ranges = [(0, TASTE - 1)]
        if size > TASTE:
            ranges.append((size - TASTE, size - 1))
        try:
            async with aiohttp.ClientSession(
                auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            ) as session:
                for start, end in ranges:
                    async with asyncio.timeout(self._deadline):
                        sipped = await self._one(session, link, size, start, end)
                    if sipped.word is not Word.ALIVE:
                        return sipped
        except TimeoutError:
            return Sipped(Word.UNSURE, f"the link gave nothing for {self._deadline:g} s")
        except (aiohttp.ClientError, ConnectionError) as error:
            return Sipped(Word.UNSURE, f"the link cannot be read ({type(error).__name__})")
        return sipped

    async def _one(
        self, session: aiohttp.ClientSession, link: Link, size: int, start: int, end: int
    ) -> Sipped:
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={start}-{end}"}
        patience = link.settling
        while True:
            async with session.get(as_it_is(link.url), headers=headers) as response:
                if response.status != 400 or patience <= 0:
                    return await _judged(response, size)
            patience -= SETTLE.total_seconds()
            await self._clock.sleep(SETTLE)


async def _judged(response: aiohttp.ClientResponse, size: int) -> Sipped:
    if response.status in GONE:
        return Sipped(Word.DEAD, f"the link answers {response.status}")
    if response.status not in (200, 206):
        return Sipped(Word.UNSURE, f"the link answers {response.status}")
    ranged = _TOTAL.fullmatch(response.headers.get("Content-Range", ""))
    total = ranged[1] if ranged else str(response.content_length or "*")
    if size and total not in ("*", str(size)) and (ranged or response.status == 200):
        return Sipped(Word.UNSURE, f"the link leads to {total} bytes instead of {size}")
    if not await response.content.read(1):
        return Sipped(Word.UNSURE, "the link gives no bytes")
    return Sipped(Word.ALIVE)
