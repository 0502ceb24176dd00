"""Remote files brought to our disk: in parallel ranges, resumable, within bounds."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
from aiofiles.threadpool import wrap
from aiofiles.threadpool.binary import AsyncBufferedIOBase
from aiolimiter import AsyncLimiter
from msgspec import Struct
from yarl import URL

from qbitproxy.clock import SystemClock
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Busy, Fault, Missing, Unreachable
from qbitproxy.core.ports import Link
from qbitproxy.core.speed import lower
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.files.blocking import to_its_end
from qbitproxy.files.parallel import in_parallel
from qbitproxy.files.partial import Partial
from qbitproxy.files.throttle import AskLimit, Throttle, unlimited

BLOCK = 1 << 20  # bytes held in memory for each connection
CONNECT = 30.0  # seconds
SETTLE = 0.25  # seconds between looks at a link that has to settle

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

AskLink = Callable[[RemoteFile], Awaitable[Link]]
"""Gives a fresh link to a file; raises a Fault."""


class DownloadRules(Struct, frozen=True, kw_only=True):
    """What downloads may use."""

    files_at_once: int = 3  # of all torrents together
    connections: int = 4  # per file
    speed_limit: int = 0  # bytes per second of all downloads together; 0: none
    speed_limit_per_file: int = 0  # bytes per second; 0: none
    stall: timedelta = timedelta(seconds=60)  # a connection this quiet is dead
    segment: int = 16 << 20  # bytes; what a crash may cost each connection
    attempts: int = 5  # in a row without a byte


class Downloads:
    """All downloads of one installation: they share connections and speed."""

    def __init__(
        self, rules: DownloadRules, clock: Clock | None = None, wished: AskLimit = unlimited
    ) -> None:
        """`wished` is what clients ask for besides the rules; of several limits the lowest is kept."""
        self.rules = rules
        self._files = asyncio.Semaphore(rules.files_at_once)
        self._clock = clock or SystemClock()
        self._all = Throttle(self._clock, lambda: lower(rules.speed_limit, wished()))

    async def bring(
        self,
        wanted: Sequence[tuple[RemoteFile, Partial]],
        owner: str,
        ask: AskLink,
        on_progress: Callable[[int], None],
        limit: AskLimit = unlimited,
    ) -> None:
        """Fetch what each partial file misses; tell the bytes of all of them that are there.

        `limit` is the limit of these files together, looked at again and again.

        Raises Missing when a file is not what was promised, Unreachable or Busy when it cannot be had
        now, whatever `ask` raises, OSError when the disk refuses.
        """
        progress = _Progress(on_progress, wanted)
        together = Throttle(self._clock, limit)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT)
        async with aiohttp.ClientSession(
            timeout=timeout, auto_decompress=False, read_bufsize=BLOCK, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:

            async def bring_one(file: RemoteFile, kept: Partial) -> None:
                throttles = (self._throttle_of_one_file(), together, self._all)
                async with self._files:
                    await _Pull(self.rules, session, file, kept, owner, ask, progress, throttles).run()

            jobs = [partial(bring_one, file, kept) for file, kept in wanted if kept.done < kept.size]
            await in_parallel(self.rules.files_at_once, jobs)

    def _throttle_of_one_file(self) -> Throttle:
        return Throttle(self._clock, lambda: self.rules.speed_limit_per_file)


class _Unusable(Exception):
    """The link does not lead to the file it should: ask for another one, once."""

    def __init__(self, fault: type[Fault], detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


class _RangeIgnored(Exception):
    """The server sends whole files only."""


class _Progress:
    """Counts the bytes of several files, tells them a thousand times at most."""

    def __init__(self, tell: Callable[[int], None], wanted: Sequence[tuple[RemoteFile, Partial]]) -> None:
        self._tell = tell
        self._done = self._told = sum(kept.done for _, kept in wanted)
        self._total = sum(kept.size for _, kept in wanted)
        self._step = max(BLOCK, self._total // 1000)
        tell(self._done)

    def add(self, amount: int) -> None:
        self._done += amount
        if abs(self._done - self._told) >= self._step or self._done == self._total:
            self._told = self._done
            self._tell(self._done)


class _Pull:
    """One file being fetched."""

    def __init__(
        self,
        rules: DownloadRules,
        session: aiohttp.ClientSession,
        file: RemoteFile,
        kept: Partial,
        owner: str,
        ask: AskLink,
        progress: _Progress,
        throttles: Sequence[Throttle],
    ) -> None:
        self._rules, self._session, self._throttles = rules, session, throttles
        self._file, self._kept, self._owner, self._progress = file, kept, owner, progress
        self._ask, self._asking = ask, asyncio.Lock()
        self._link: Link | None = None
        self._renewed = False  # since the last byte arrived

    async def run(self) -> None:
        """Fetch everything that is missing."""
        link = await self._current_link()
        pieces = deque(self._kept.missing(self._rules.segment))
        connections = max(1, min(self._rules.connections, link.connections, len(pieces)))

        async def work() -> None:
            with _writable(self._kept.path) as out:
                while pieces:
                    await self._fetch(*pieces.popleft(), out)

        try:
            await in_parallel(connections, [work] * connections)
        except _RangeIgnored:
            await self._fetch_whole()

    async def _fetch(self, start: int, end: int, out: AsyncBufferedIOBase) -> None:
        """Fetch one piece, connecting again wherever the connection breaks."""
        at, failures = start, 0
        while at < end:
            before = at
            at, why = await self._receive(at, end, out)
            failures = 0 if at > before else failures + 1
            self._renewed = self._renewed and at == before
            if at > before:
                await self._keep(start, at, out)
            if failures >= self._rules.attempts:
                raise Unreachable(self._owner, f"{self._file.path}: {why}")

    async def _fetch_whole(self) -> None:
        """Fetch the file from its first byte to its last over one connection."""
        size = self._kept.size
        with _writable(self._kept.path) as out:
            for _ in range(self._rules.attempts):
                self._progress.add(-self._kept.done)
                at, why = await self._receive(0, size, out)
                await self._keep(0, at, out)
                self._progress.add(self._kept.done - at)
                if at == size:
                    return
        raise Unreachable(self._owner, f"{self._file.path}: {why}")

    async def _receive(self, start: int, end: int, out: AsyncBufferedIOBase) -> tuple[int, str]:
        """Write what one connection brings; return how far it came, why not further.

        An answer of untold length that ends early may be a page in place of the file, so it brings nothing.
        """
        at, why, told, quiet = start, "", True, self._rules.stall.total_seconds()
        link = await self._current_link()
        try:
            await out.seek(start)
            async with self._opened(link, start, end) as response:
                told = response.status == 206 or response.content_length is not None
                while at < end:
                    async with asyncio.timeout(quiet):
                        block = await response.content.read(min(self._block(), end - at))
                    if not block:
                        why = "the connection ended early"
                        break
                    for throttle in self._throttles:
                        await throttle.take(len(block))
                    await out.write(block)
                    at += len(block)
                    self._progress.add(len(block))
                if response.status == 200 and at == end:
                    async with asyncio.timeout(quiet):
                        if await response.content.read(1):
                            raise _Unusable(Missing, f"the link leads to more than {end} bytes")
        except _Unusable as unusable:
            self._renew(link, unusable)
            self._progress.add(start - at)
            return start, str(unusable)
        except TimeoutError:
            why = f"nothing came for {quiet:g} s"
        except (aiohttp.ClientError, ConnectionError) as error:
            why = type(error).__name__
        except asyncio.CancelledError:  # one file too many ends the others, which are to get further
            if at > start and told:
                await self._keep(start, at, out)
            raise
        if at < end and not told:
            self._progress.add(start - at)
            at = start
        return at, why

    async def _keep(self, start: int, at: int, out: AsyncBufferedIOBase) -> None:
        """Write down that the bytes from `start` up to `at` are there."""
        await out.flush()
        await to_its_end(self._kept.note, start, at)

    @asynccontextmanager
    async def _opened(self, link: Link, start: int, end: int) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={start}-{end - 1}"}
        async with asyncio.timeout(self._rules.stall.total_seconds()):
            response = await self._settled(link, headers)
        try:
            self._check(response, start, end)
            yield response
        finally:
            response.close()

    async def _settled(self, link: Link, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """The answer of a link, once the server behind it has heard of it."""
        address, looks = as_it_is(link.url), AsyncLimiter(1, SETTLE)
        for _ in range(round(link.settling / SETTLE)):
            await looks.acquire()
            response = await self._session.get(address, headers=headers)
            if response.status != 400:
                return response
            response.close()
        return await self._session.get(address, headers=headers)

    def _check(self, response: aiohttp.ClientResponse, start: int, end: int) -> None:
        """Raise unless the answer is what was asked for."""
        size, status = self._kept.size, response.status
        if status == 206:
            self._check_range(response.headers.get("Content-Range", ""), start)
        elif status == 200 and (start, end) != (0, size):
            raise _RangeIgnored
        elif status == 200:
            length = response.content_length
            if length not in (None, size):
                raise _Unusable(Missing, f"the link leads to {length} bytes instead of {size}")
        elif status == 429:
            wait = response.headers.get("Retry-After", "")
            raise Busy(
                self._owner,
                "too many downloads at once",
                retry_after=float(wait) if wait.isdecimal() else None,
            )
        elif status in (404, 410, 416):
            raise _Unusable(Missing, f"the link answers {status}")
        else:
            raise _Unusable(Unreachable, f"the link answers {status}")

    def _check_range(self, content_range: str, start: int) -> None:
        given = _CONTENT_RANGE.fullmatch(content_range)
        if given is None or int(given[1]) != start:
            raise _Unusable(Unreachable, "the link answers with another range")
        if given[2] not in ("*", str(self._kept.size)):
            raise _Unusable(Missing, f"the link leads to {given[2]} bytes instead of {self._kept.size}")

    def _block(self) -> int:
        """Bytes to read at once: never more than a limit lets through in a second."""
        return lower(BLOCK, *(throttle.limit() for throttle in self._throttles))

    async def _current_link(self) -> Link:
        async with self._asking:
            if self._link is None:
                self._link = await self._ask(self._file)
            return self._link

    def _renew(self, used: Link, unusable: _Unusable) -> None:
        """Make the next look ask for another link; raise when that was tried already."""
        if self._link is not used:
            return
        if self._renewed:
            raise unusable.fault(self._owner, f"{self._file.path}: {unusable}")
        self._link, self._renewed = None, True


@contextmanager
def _writable(path: Path) -> Iterator[AsyncBufferedIOBase]:
    """The file at `path`, open for writing and surely closed again, also when we are cancelled."""
    with path.open("r+b") as file:
        yield wrap(file)


def as_it_is(address: str) -> URL:
    """The address byte for byte, unless it holds what cannot be sent so.

    Source: rdt-client #238: Premiumize's servers know `%28` alone, which would be sent as `(`.
    """
    sendable = address.isascii() and address.isprintable() and " " not in address
    return URL(address, encoded=sendable)
