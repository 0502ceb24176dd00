"""python -m benchmarks [--quick]: measure everything, write docs/performance.md (quick: print it)."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks import journey, listing
from benchmarks.journey import MINIMUM_CALLS, Journeys
from benchmarks.listing import Size

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> None:
    """Measure, then report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer torrents; prints instead of writing")
    quick = parser.parse_args().quick
    sizes = (100, 1000) if quick else (100, 1000, 10_000)
    with tempfile.TemporaryDirectory(prefix="qbitproxy-bench-") as name:
        text = asyncio.run(measured(Path(name), sizes, 100 if quick else 500))
    if quick:
        print(text)
    else:
        REPORT.write_text(text)
        print(f"written to {REPORT.name}")


async def measured(folder: Path, sizes: tuple[int, ...], many: int) -> str:
    """The whole report."""
    load = os.getloadavg()[0]
    (folder / "journey").mkdir()
    journeys = await journey.measured(folder / "journey", 20, many)
    idle = await listing.idle(folder)
    results = [await listing.measured(folder, size, 2000 if size < 10_000 else 400) for size in sizes]
    beside = await listing.beside(folder, sizes[-1] * 5)
    return "\n".join(report(load, journeys, idle, results, beside)) + "\n"


def report(
    load: float, journeys: Journeys, idle: float, sizes: list[Size], beside: dict[str, float]
) -> Iterator[str]:
    """The tables."""
    yield "# Performance\n"
    yield f"Written by `make bench`. Measured on {machine()}, with {programs()}."
    yield "Everything ran in one go over loopback; compare the ratios, not the milliseconds."
    yield f"Load of the machine before the run: {load:.1f}{' (not quiet)' if load > 0.5 else ''}.\n"
    yield from journey_table(journeys)
    yield from listing_table(sizes)
    yield "## Memory, start, neighbours\n"
    yield "| What | Measured | Goal |\n| --- | --- | --- |"
    yield f"| resident memory, no torrent | {idle:.0f} MiB | under 60 MiB |"
    last = sizes[-1]
    yield (
        f"| resident memory, {last.torrents:,} torrents, under load | {last.memory:.0f} MiB "
        f"(qBittorrent {last.their_memory:.0f} MiB) | under 120 MiB |"
    )
    yield f"| start until the port answers, {last.torrents:,} torrents | {last.start:.2f} s | under 1 s |"
    yield (
        f"| `/health` beside a client that reads {last.torrents * 5:,} torrents without a pause "
        f"| {beside['p50']:.1f} ms, 99 % within {beside['p99']:.1f} ms | 99 % under 20 ms |"
    )
    missed = [
        what
        for what, reached in {
            "the ratio from add to finished": journeys.one_by_one / journeys.minimum <= 1.25,
            "memory without a torrent": idle < 60,
            "memory with the most torrents": last.memory < 120,
            "the start with the most torrents": last.start < 1,
            "the wait beside a greedy client": beside["p99"] < 20,
            "100 times qBittorrent's requests at 1,000 torrents": all(
                size.ours["rps"] >= 100 * size.theirs["rps"] for size in sizes if size.torrents == 1000
            ),
            "twice the ready buffer": last.ours["p50"] < 2.5 * last.ready["p50"],
        }.items()
        if not reached
    ]
    yield f"\nGoals missed in this run: {', '.join(missed) or 'none'}."


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
        f"99 % within {journeys.add_p99 * 1000:.1f} ms | |\n"
    )


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
