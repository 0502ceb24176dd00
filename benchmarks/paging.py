"""A page of `GET /api/torrents` among many, asked for with the API token."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks import rig
from benchmarks.listing import fill, settings

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
        await _exchange(program)
        loads = {PAGE: await rig.best(program, PAGE, requests), DEEP: await rig.best(program, DEEP, requests)}
        for path in (CHOSEN, SORTED):
            loads[path] = await rig.best(program, path, requests // 10)
    return Paging(torrents=count, loads=loads)


async def _exchange(program: rig.Program) -> None:
    """Have what is sent with every request be an API token instead of the cookie."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        login = {"username": "admin", "password": program.password}
        async with session.post(f"{program.url}/login", json=login, allow_redirects=False) as answer:
            if answer.status != 303:
                raise RuntimeError("login refused")
        async with session.post(f"{program.url}/api/refresh-token") as answer:
            program.token = (await answer.json())["token"]
