"""Very many requests that no honest client sends, while somebody else asks how things are."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks import listing, rig
from benchmarks.strain import verdict
from compat.hostile.attacker import Attacker
from compat.hostile.line import Heard, Line
from qbitproxy.web.qbit.routes import READS, WRITES

TORRENTS = 100
LINES = 4
HEALTH_AT_ONCE = 500
FORGETFUL = frozenset({"auth/logout", "torrents/delete"})
"""They would leave the attacker with nothing to attack."""
MOST_GROWTH = 200.0  # MiB
LONGEST_HOLD = 500.0  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Attacked:
    """What became of the requests, and of the daemon."""

    requests: int
    lasted: float  # seconds
    statuses: Counter[int]  # 0: the attacker hung up
    unanswered: int
    before: float  # MiB
    after: float
    torrents: int  # that were accepted in all of this
    hold: float  # milliseconds that /health took at most
    p99: float


async def measured(folder: Path, count: int) -> Attacked:
    """Send `count` requests over LINES connections."""
    await listing.fill(folder, TORRENTS)
    statuses, holds, over = Counter[int](), list[dict[str, float]](), asyncio.Event()
    async with rig.qbitproxy(folder, listing.settings(folder)) as program:
        await _attack(program, LINES, count // 50, Counter())  # every part of it was used once
        before, began = program.resident(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(program, holds, over))
            unanswered = await _attack(program, 0, count, statuses)
            lasted = time.perf_counter() - began
            over.set()
        after, torrents = program.resident(), await _torrents(program)
    return Attacked(
        requests=statuses.total(),
        lasted=lasted,
        statuses=statuses,
        unanswered=unanswered,
        before=before,
        after=after,
        torrents=torrents - TORRENTS,
        hold=max(run["longest"] for run in holds),
        p99=max(run["p99"] for run in holds),
    )


async def _attack(program: rig.Program, seed: int, count: int, statuses: Counter[int]) -> int:
    """Attack with attackers from `seed` on; the number of requests that nobody answered."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_one_line(program, seed + number, count // LINES, statuses))
            for number in range(LINES)
        ]
    return sum(task.result() for task in tasks)


async def _one_line(program: rig.Program, seed: int, count: int, statuses: Counter[int]) -> int:
    attacker = Attacker(
        seed=seed,
        reads=list(READS),
        writes=sorted(WRITES.keys() - FORGETFUL),
        hashes=[f"{number:040x}" for number in range(TORRENTS)],
    )
    line, unanswered = Line("127.0.0.1", program.port), 0
    for _ in range(count):
        blow = attacker.blow()
        try:
            heard = await line.send(blow, program.cookie.encode())
        except TimeoutError:
            await line.close()
            heard = Heard(0)
        statuses[heard.status] += 1
        unanswered += not (heard.status or blow.hangs_up)
    await line.close()
    return unanswered


async def _watch(program: rig.Program, holds: list[dict[str, float]], over: asyncio.Event) -> None:
    """Ask how things are until it is `over`."""
    while not over.is_set():
        holds.append(await rig.loaded(program, "/health", HEALTH_AT_ONCE, connections=1))


async def _torrents(program: rig.Program) -> int:
    async with (
        aiohttp.ClientSession(headers={"Cookie": program.cookie}) as session,
        session.get(f"{program.url}{listing.WHOLE}") as answer,
    ):
        return len(await answer.json(content_type=None))


def table(found: Attacked) -> Iterator[str]:
    """What became of all of them."""
    broken = sum(count for status, count in found.statuses.items() if status >= 500 and status != 501)
    yield "## Hostile requests\n"
    yield (
        f"{found.requests:,} requests that no honest client sends, the same ones each time, with a good "
        f"session over {LINES} connections from one process, which is what bounds their rate: every path of "
        "the qBittorrent face with parameters, bodies, headers and .torrent files of every damaged kind. "
        "501 is the answer to an unknown method.\n"
    )
    yield "| Status | requests |\n| --- | --- |"
    for status, count in sorted(found.statuses.items()):
        yield f"| {status or 'the attacker hung up'} | {count:,} |"
    yield "\n| What | Measured | Goal |\n| --- | --- | --- |"
    yield f"| requests/s | {found.requests / found.lasted:,.0f} | |"
    yield f"| 5xx, without an answer | {broken}, {found.unanswered} | 0, 0 |"
    yield (
        f"| resident memory before, after | {found.before:.0f} MiB, {found.after:.0f} MiB with "
        f"{found.torrents:,} torrents more | at most {MOST_GROWTH:.0f} MiB more |"
    )
    yield (
        f"| `/health` meanwhile | 99 % within {found.p99:.1f} ms, the longest {found.hold:.1f} ms "
        f"| none over {LONGEST_HOLD:.0f} ms |"
    )
    yield verdict(
        {
            "no 5xx": broken == 0,
            "an answer to everything": found.unanswered == 0,
            "bounded memory": found.after - found.before <= MOST_GROWTH,
            "the longest hold": found.hold <= LONGEST_HOLD,
        }
    )
