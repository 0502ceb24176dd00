"""A client of its own process that polls as a dashboard does; the time of its own reading is not counted.

python -m benchmarks.poller PORT COOKIE WHAT POLLS, with what it asks for: info (torrents/info), full, idle
or changed (sync/maindata without a rid, with its own, with its own after 1 % of the torrents changed).
python -m benchmarks.poller PORT COOKIE fleet SECONDS CHANGING: fifty clients that poll every five seconds;
with CHANGING 1 while 1 % of the torrents get other limits every five seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from urllib.parse import urlencode

RID = re.compile(rb'"rid": ?(\d+)')
INFO, SYNC = "/api/v2/torrents/info", "/api/v2/sync/maindata?rid={}"
CLIENTS, PERIOD = 50, 5.0  # seconds


class Connection:
    """One kept connection."""

    def __init__(self, port: int, cookie: str, agent: str = "poller") -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nUser-Agent: {agent}\r\n"

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 26)

    async def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[bytes, float]:
        """The body, how long it took in seconds."""
        body = urlencode(form or {}).encode()
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        line = f"{'POST' if form else 'GET'} {path} HTTP/1.1\r\n{self._head}{kind if form else ''}\r\n"
        began = time.perf_counter()
        self._writer.write(line.encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        if " 200 " not in f"{status} ":
            raise RuntimeError(f"answered {status}")
        length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
        answer = await self._reader.readexactly(length)
        return answer, time.perf_counter() - began


class Limits:
    """Gives one torrent in a hundred another ratio limit, each time others."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._round = connection, 0

    async def begin(self) -> None:
        rows = json.loads((await self._connection.ask(INFO))[0])
        self._hashes = [row["hash"] for row in rows]

    async def change(self) -> None:
        count = max(len(self._hashes) // 100, 1)
        begin = self._round * count % len(self._hashes)
        self._round += 1
        form = {
            "hashes": "|".join(self._hashes[begin : begin + count]),
            "ratioLimit": str(self._round),
            "seedingTimeLimit": "-2",
            "inactiveSeedingTimeLimit": "-2",
        }
        await self._connection.ask("/api/v2/torrents/setShareLimits", form)


async def poll(port: int, cookie: str, what: str, polls: int) -> dict[str, float]:
    """Milliseconds at the median and the 99th percentile, polls per second, bytes of the median answer."""
    connection = Connection(port, cookie)
    await connection.open()
    limits = Limits(connection)
    await limits.begin()
    rid, took, sizes = 0, list[float](), list[int]()
    for number in range(polls + 1):
        if what == "changed" and number:
            await limits.change()
        path = INFO if what == "info" else SYNC.format(0 if what == "full" else rid)
        body, seconds = await connection.ask(path)
        if what in ("idle", "changed"):
            found = RID.search(body)
            rid = int(found[1]) if found else 0
        if number:  # the first one is told everything
            took.append(seconds)
            sizes.append(len(body))
    took.sort()
    sizes.sort()
    return {
        "p50": took[len(took) // 2] * 1000,
        "p99": took[min(len(took) * 99 // 100, len(took) - 1)] * 1000,
        "rps": len(took) / sum(took),
        "bytes": sizes[len(sizes) // 2],
    }


async def fleet(port: int, cookie: str, seconds: float, changing: bool) -> dict[str, float]:
    """Many clients at once, the first round of full answers apart: says when that is over, then polls on."""
    took = list[float]()

    async def client(number: int) -> None:
        connection = Connection(port, cookie, f"poller {number}")
        await connection.open()
        body, _ = await connection.ask(SYNC.format(0))
        await told.wait()
        await begun.wait()
        await asyncio.sleep(PERIOD * number / CLIENTS)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            found = RID.search(body)
            body, spent = await connection.ask(SYNC.format(int(found[1]) if found else 0))
            took.append(spent)
            await asyncio.sleep(PERIOD)

    async def change() -> None:
        connection = Connection(port, cookie)
        await connection.open()
        limits = Limits(connection)
        await limits.begin()
        await begun.wait()
        until = time.perf_counter() + seconds
        while changing and time.perf_counter() < until:
            await limits.change()
            await asyncio.sleep(PERIOD)

    told, begun = asyncio.Barrier(CLIENTS + 1), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(client(number))
        group.create_task(change())
        await told.wait()
        print(flush=True)
        begun.set()
    took.sort()
    return {"p50": took[len(took) // 2] * 1000, "p99": took[len(took) * 99 // 100] * 1000}


if __name__ == "__main__":
    _, chosen_port, chosen_cookie, wanted, amount, *rest = sys.argv
    if wanted == "fleet":
        running = fleet(int(chosen_port), chosen_cookie, float(amount), rest == ["1"])
    else:
        running = poll(int(chosen_port), chosen_cookie, wanted, int(amount))
    print(json.dumps(asyncio.run(running)))
