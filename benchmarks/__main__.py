"""python -m benchmarks [--quick] [PART ...]: measure, write docs/performance.md (quick: print it)."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import (
    bursts,
    failover,
    hostile,
    journey,
    listing,
    paging,
    repairing,
    spending,
    strain,
    syncing,
    webhooks,
)
from benchmarks.journey import MINIMUM_CALLS, Journeys
from benchmarks.listing import Size
from benchmarks.strain import verdict
from compat.emulators.limits import SERVICES

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"
HEADING = re.compile(r"^(?=## )", re.MULTILINE)

Part = Callable[[Path, bool], Awaitable[Iterable[str]]]
"""(scratch folder, quickly) -> the lines of its sections."""


def main() -> None:
    """Measure, then report. What is not measured this time stays on the page as it is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer torrents; prints instead of writing")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; none means all")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    chosen = options.parts or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="qbitproxy-bench-") as name:
        text = asyncio.run(measured(Path(name), chosen, options.quick))
    if options.quick:
        print(text)
        return
    kept = REPORT.read_text() if REPORT.exists() and chosen != list(PARTS) else header()
    REPORT.write_text(merged(kept, text))
    print(f"written to {REPORT.name}")


async def measured(folder: Path, names: list[str], quick: bool) -> str:
    """The sections of these parts."""
    lines: list[str] = []
    for name in names:
        home = folder / name
        home.mkdir()
        lines += await PARTS[name](home, quick)
    return "\n".join(lines) + "\n"


def merged(page: str, sections: str) -> str:
    """`page` with `sections` in the place of those of the same heading, new ones at its end."""
    top, *old = HEADING.split(page)
    found = {section.partition("\n")[0]: section.strip() for section in old}
    found |= {section.partition("\n")[0]: section.strip() for section in HEADING.split(sections) if section}
    return "\n\n".join([top.strip(), *found.values()]) + "\n"


def header() -> str:
    """What stands above the tables."""
    return (
        f"# Performance\n\nWritten by `make bench`. Measured on {machine()}, with {programs()}.\n"
        "Each table was measured in one go over loopback; compare the ratios, not the milliseconds."
    )


async def journeys(folder: Path, quick: bool) -> Iterable[str]:
    """From add to finished."""
    return journey_table(await journey.measured(folder, 20, 100 if quick else 500))


async def listings(folder: Path, quick: bool) -> Iterable[str]:
    """torrents/info, memory, start."""
    sizes = (100, 1000) if quick else (100, 1000, 10_000)
    idle = await listing.idle(folder)
    results = [await listing.measured(folder, size, 2000 if size < 10_000 else 400) for size in sizes]
    beside = await listing.beside(folder, sizes[-1] * 5)
    return [*listing_table(results), *memory_table(idle, results, beside)]


async def polls(folder: Path, quick: bool) -> Iterable[str]:
    """sync/maindata, torrents/info again and again."""
    sizes = (100, 1000) if quick else (100, 1000, 10_000, 50_000)
    polled = [await syncing.measured(folder, size, _polls(size), beside=size <= 1000) for size in sizes]
    fleets = await syncing.fleets(folder, sizes[-1] if quick else 10_000, 10 if quick else 30)
    return syncing.table(polled, fleets)


async def spendings(folder: Path, quick: bool) -> Iterable[str]:
    """The calls that many torrents cost."""
    counts, finished = ((1, 100), (0, 1000)) if quick else ((1, 100, 1000), (0, 10_000))
    watched = [await spending.watched(folder, count) for count in counts]
    return strain.spending_tables(watched, [await spending.idle(folder, count) for count in finished])


async def failovers(folder: Path, quick: bool) -> Iterable[str]:
    """Another service for one that is down."""
    return strain.failover_table(await failover.measured(folder))


async def many_adds(folder: Path, quick: bool) -> Iterable[str]:
    """Very many adds at once, then a kill."""
    measured = [
        await bursts.burst(folder, kind, *((300, 10.0) if quick else (1000,))) for kind in sorted(SERVICES)
    ]
    return strain.burst_tables(measured, await bursts.kill(folder, 500 if quick else 5000))


async def many_webhooks(folder: Path, quick: bool) -> Iterable[str]:
    """Deliveries across failures and kills."""
    return webhooks.table(await webhooks.measured(folder, 1000 if quick else 10_000))


async def pages(folder: Path, quick: bool) -> Iterable[str]:
    """Pages of the API's list."""
    sizes = (1000,) if quick else (10_000, 50_000)
    return paging.table([await paging.measured(folder, size, 500 if quick else 2000) for size in sizes])


async def repairs(folder: Path, quick: bool) -> Iterable[str]:
    """A look at a large library."""
    files = {"torbox": 2000, "realdebrid": 2000} if quick else repairing.FILES
    return repairing.table([await repairing.measured(folder, kind, count) for kind, count in files.items()])


async def attacks(folder: Path, quick: bool) -> Iterable[str]:
    """Requests that no honest client sends."""
    return hostile.table(await hostile.measured(folder, 10_000 if quick else 100_000))


PARTS: dict[str, Part] = {
    "journey": journeys,
    "listing": listings,
    "sync": polls,
    "spending": spendings,
    "failover": failovers,
    "bursts": many_adds,
    "paging": pages,
    "webhooks": many_webhooks,
    "repair": repairs,
    "hostile": attacks,
}


def memory_table(idle: float, sizes: Sequence[Size], beside: Mapping[str, float]) -> Iterator[str]:
    """Memory, start, what a greedy client does to others; `idle` in MiB."""
    last = sizes[-1]
    yield "## Memory, start, neighbours\n"
    yield "| What | Measured | Goal |\n| --- | --- | --- |"
    yield f"| resident memory, no torrent | {idle:.0f} MiB | under 60 MiB |"
    yield (
        f"| resident memory, {last.torrents:,} torrents, under load | {last.memory:.0f} MiB "
        f"(qBittorrent {last.their_memory:.0f} MiB) | under 120 MiB |"
    )
    yield f"| start until the port answers, {last.torrents:,} torrents | {last.start:.2f} s | under 1 s |"
    yield (
        f"| `/health` beside a client that reads {last.torrents * 5:,} torrents without a pause "
        f"| {beside['p50']:.1f} ms, 99 % within {beside['p99']:.1f} ms | 99 % under 20 ms |"
    )
    yield verdict(
        {
            "memory without a torrent": idle < 60,
            "memory with the most torrents": last.memory < 120,
            "the start with the most torrents": last.start < 1,
            "the wait beside a greedy client": beside["p99"] < 20,
            "100 times qBittorrent's requests at 1,000 torrents": all(
                size.ours["rps"] >= 100 * size.theirs["rps"] for size in sizes if size.torrents == 1000
            ),
            "twice the ready buffer": last.ours["p50"] < 2.5 * last.ready["p50"],
        }
    )


def journey_table(journeys: Journeys) -> Iterator[str]:
    """From add to finished."""
    ratio = journeys.one_by_one / journeys.minimum
    yield "## From add to finished\n"
    yield (
        f"A cached magnet, linked; the emulated Real-Debrid takes {journey.LATENCY * 1000:.0f} ms a call. "
        "The bare minimum is addMagnet, info, selectFiles, info, one after the other.\n"
    )
    yield "| What | Measured | Goal |\n| --- | --- | --- |"
    yield f"| bare minimum of round trips | {journeys.minimum * 1000:.0f} ms | |"
    yield f"| `torrents/add` to `pausedUP`, median of 20 | {journeys.one_by_one * 1000:.0f} ms | |"
    yield f"| ratio | {ratio:.2f} | at most 1.25 |"
    yield f"| twenty at once, until the last | {journeys.together * 1000:.0f} ms | |"
    yield (
        f"| calls for each import, one at a time | {journeys.calls_for_one:.2f} "
        f"| {MINIMUM_CALLS} and shared lists |"
    )
    yield (
        f"| calls for each import, {journeys.many} at once | {journeys.calls_for_many:.2f} "
        f"| {MINIMUM_CALLS} and shared lists |"
    )
    yield (
        f"| `torrents/add`, durable when answered | {journeys.add_p50 * 1000:.1f} ms, "
        f"99 % within {journeys.add_p99 * 1000:.1f} ms | |"
    )
    yield verdict({"the ratio from add to finished": ratio <= 1.25})


def listing_table(sizes: list[Size]) -> Iterator[str]:
    """torrents/info beside the real one."""
    yield "## torrents/info beside qBittorrent\n"
    yield (
        "The same query with a session cookie over four kept connections from one load generator in a "
        "process of its own. Ours holds finished torrents; qBittorrent paused ones without data. The ready "
        "buffer is a bare asyncio server that writes as many bytes in one go, which at this size costs it a "
        "copy of its own. Of ours and the ready buffer, the best of three runs.\n"
    )
    yield (
        "| Torrents | ours/s | ours p50, p99 | `?category=`/s | ready buffer p50 | p50 to it "
        "| qBittorrent/s | its p50, p99 | ratio |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for size in sizes:
        ours, ready, theirs = size.ours, size.ready, size.theirs
        yield (
            f"| {size.torrents:,} | {ours['rps']:.0f} | {ours['p50']:.1f}, {ours['p99']:.1f} ms "
            f"| {size.ours_category['rps']:.0f} "
            f"| {ready['p50']:.1f} ms | {ours['p50'] / ready['p50']:.1f} | {theirs['rps']:.1f} "
            f"| {theirs['p50']:.0f}, {theirs['p99']:.0f} ms | {ours['rps'] / theirs['rps']:.0f} |"
        )
    yield (
        "\nGoals: at least 100 times its requests per second at 1,000 torrents; at 10,000 a median near "
        "twice that of the ready buffer.\n"
    )


def _polls(size: int) -> int:
    """How often is enough."""
    return 1000 if size <= 1000 else 200_000 // size * 10


def machine() -> str:
    """Processor, cores, memory."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    total = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    gib = int(total[1]) / 2**20 if total else 0
    return (
        f"{os.cpu_count()} cores of {model[1] if model else 'an unknown processor'}, {gib:.0f} GiB of memory"
    )


def programs() -> str:
    """Versions of everything that matters."""
    nox = subprocess.run(["qbittorrent-nox", "--version"], capture_output=True, text=True, check=True)
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "msgspec"))
    return f"Python {platform.python_version()}, {packages}, {nox.stdout.strip()}"


if __name__ == "__main__":
    main()
