"""sync/maindata and torrents/info as one client after the other polls them, beside the real qBittorrent."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import listing, rig
from benchmarks.strain import verdict

WAYS = {
    "full": "sync/maindata, everything",
    "idle": "sync/maindata, nothing changed",
    "changed": "sync/maindata, 1 % changed",
    "info": "torrents/info",
}
Measured = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What polls cost with so many torrents."""

    torrents: int
    ours: dict[str, Measured]
    theirs: dict[str, Measured] | None  # None: it was not asked
    health: Measured  # /health beside one who asks for everything again and again


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """What fifty clients that poll every five seconds cost."""

    torrents: int
    changing: bool
    load: float  # of one core
    p50: float  # milliseconds
    p99: float


async def measured(folder: Path, count: int, polls: int, *, beside: bool) -> Polled:
    """Poll `count` torrents in every way, with `beside` those of qBittorrent as well."""
    ours, theirs = folder / f"ours-{count}", folder / f"theirs-{count}"
    ours.mkdir()
    await listing.fill(ours, count)
    async with rig.qbitproxy(ours, listing.settings(ours)) as program:
        polled = {way: await _polled(program, way, polls) for way in WAYS}
        async with asyncio.TaskGroup() as group:
            group.create_task(_polled(program, "full", polls))
            health = await rig.loaded(program, "/health", 3000, connections=1)
    if not beside:
        return Polled(torrents=count, ours=polled, theirs=None, health=health)
    theirs.mkdir()
    async with rig.qbittorrent(theirs) as program:
        await listing.upload(program, count)
        answers = {way: await _polled(program, way, max(polls // 20, 10)) for way in WAYS}
    return Polled(torrents=count, ours=polled, theirs=answers, health=health)


async def fleets(folder: Path, count: int, seconds: float) -> list[Fleet]:
    """Fifty clients of what was measured, while nothing changes and while something does."""
    home = folder / f"ours-{count}"
    async with rig.qbitproxy(home, listing.settings(home)) as program:
        return [await _fleet(program, count, seconds, changing) for changing in (False, True)]


def table(polled: Sequence[Polled], fleet: Sequence[Fleet]) -> Iterator[str]:
    """Polls."""
    yield "## sync/maindata and torrents/info as they are polled\n"
    yield (
        "One client in a process of its own, one request after the other over a kept connection. Ours holds "
        "finished torrents, qBittorrent paused ones without data. Changed are the limits of one torrent in a "
        "hundred, others before each poll. qBittorrent is not asked beyond 1,000 torrents: it would take "
        "minutes for a few polls.\n"
    )
    yield (
        "| Torrents | What | p50, p99 | polls/s | KiB "
        "| qBittorrent p50, p99 | its polls/s | its KiB | ratio |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for size in polled:
        for way, name in WAYS.items():
            ours, theirs = size.ours[way], size.theirs[way] if size.theirs else None
            line = f"| {size.torrents:,} | {name} | {_times(ours)} | {ours['rps']:.0f} | {_kib(ours)} "
            if theirs is None:
                yield f"{line}| | | | |"
                continue
            ratio = ours["rps"] / theirs["rps"]
            yield f"{line}| {_times(theirs)} | {theirs['rps']:.1f} | {_kib(theirs)} | {ratio:.0f} |"
    last, health = polled[-1], polled[-1].health
    yield "\n| What | Measured | Goal |\n| --- | --- | --- |"
    for one in fleet:
        what = "1 % changing in that time" if one.changing else "nothing changing"
        yield (
            f"| 50 clients every 5 s, {one.torrents:,} torrents, {what} | {one.load:.1%} of a core, "
            f"{one.p50:.1f} ms, 99 % within {one.p99:.1f} ms | |"
        )
    yield (
        f"| `/health` beside a client that asks for all of {last.torrents:,} torrents without a pause "
        f"| {health['p50']:.1f} ms, 99 % within {health['p99']:.1f} ms | 99 % under 20 ms |"
    )
    yield verdict(
        {
            **{
                f"an idle poll of {size.torrents:,} torrents under 2 ms": size.ours["idle"]["p50"] < 2
                for size in polled
            },
            "the wait beside a greedy client": health["p99"] < 20,
        }
    )


async def _polled(program: rig.Program, way: str, polls: int) -> Measured:
    process = await asyncio.create_subprocess_exec(
        *_poller(program), way, str(polls), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    answer: Measured = json.loads(printed)
    return answer


async def _fleet(program: rig.Program, count: int, seconds: float, changing: bool) -> Fleet:
    process = await asyncio.create_subprocess_exec(
        *_poller(program), "fleet", str(seconds), str(int(changing)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    spent, began = _processor(program), time.perf_counter()
    printed = await process.stdout.read()
    await process.wait()
    load = (_processor(program) - spent) / (time.perf_counter() - began)
    answer: Measured = json.loads(printed)
    return Fleet(torrents=count, changing=changing, load=load, p50=answer["p50"], p99=answer["p99"])


def _poller(program: rig.Program) -> tuple[str, ...]:
    return (sys.executable, "-m", "benchmarks.poller", str(program.port), program.cookie)


def _processor(program: rig.Program) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _times(measured: Measured) -> str:
    return f"{measured['p50']:.1f}, {measured['p99']:.1f} ms"


def _kib(measured: Measured) -> str:
    return f"{measured['bytes'] / 1024:,.1f}"
