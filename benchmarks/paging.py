"""A page of `GET /api/torrents` among many, asked for with the API token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import rig
from benchmarks.listing import fill, settings
from benchmarks.strain import verdict

PAGE = "/api/torrents?limit=50"
DEEP = "/api/torrents?limit=50&page=100"
CHOSEN = "/api/torrents?limit=50&phase=ready"
SORTED = "/api/torrents?limit=50&sort=name"


@dataclass(frozen=True, kw_only=True)
class Paging:
    """What was measured with so many torrents, by what was asked."""

    torrents: int
    loads: dict[str, dict[str, float]]


async def measured(folder: Path, count: int, requests: int) -> Paging:
    """Fill a daemon with `count` torrents, ask it for pages over four kept connections."""
    home = folder / f"paging-{count}"
    home.mkdir()
    await fill(home, count)
    async with rig.qbitproxy(home, settings(home)) as program:
        await program.take_token()
        loads = {PAGE: await rig.best(program, PAGE, requests), DEEP: await rig.best(program, DEEP, requests)}
        for path in (CHOSEN, SORTED):
            loads[path] = await rig.best(program, path, requests // 20)
    return Paging(torrents=count, loads=loads)


def table(sizes: Sequence[Paging]) -> Iterator[str]:
    """Pages of the API's list."""
    yield "## Pages of /api/torrents\n"
    yield (
        "With the API token, over four kept connections; the best of three runs. A filter, or another order, "
        "looks at every torrent.\n"
    )
    yield "| Torrents | Asked for | requests/s | p50 | p99 |\n| --- | --- | --- | --- | --- |"
    for size in sizes:
        for path, load in size.loads.items():
            shown = f"{load['rps']:.0f} | {load['p50']:.1f} ms | {load['p99']:.1f} ms |"
            yield f"| {size.torrents:,} | `GET {path}` | {shown}"
    first, last = (size.loads[PAGE]["p50"] for size in (sizes[0], sizes[-1]))
    yield verdict({"a page costs the same among five times as many": last < 1.5 * first})
