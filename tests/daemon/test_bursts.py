"""Very many adds at once: all are kept, none of them makes a service turn us away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from compat.content import Release
from compat.emulators.limits import limited
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.settings import Settings
from qbitproxy.settings.sections import LogLevel, LogSettings
from tests.daemon.services import DEBRID, MAIN, alone
from tests.stage import Stage
from tests.support import DEADLINE, ManualClock

MANY = 1000
WATCHED = timedelta(seconds=90)
READY = {"alldebrid": 100, "debridlink": 20, "premiumize": 20, "realdebrid": 20, "torbox": 10}
"""Torrents that are finished in less than that time, at the pace that each service has in life."""

QUEUED = 5000
AT_ONCE = 1000  # magnet links in one request
SLOTS = 2
MOVED_ON = 20
STEP = timedelta(seconds=1)


class ServiceTime:
    """A clock of ours, as emulated services ask for the time."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def some(name: str, count: int) -> list[Release]:
    return [Release(f"{name}.{n:04}.mkv", {f"{name}.{n:04}.mkv": 1000 + n}) for n in range(count)]


class Client:
    """What an Arr does at torrents/add, without the Arr's own pace."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = f"{url}/api/v2/torrents", session

    async def add(self, releases: Sequence[Release]) -> None:
        """All of them in one request."""
        await self.post("add", urls="\n".join(release.magnet() for release in releases))

    async def post(self, name: str, **form: str) -> None:
        async with self._session.post(f"{self._url}/{name}", data=form) as answer:
            assert (answer.status, await answer.text()) in ((200, "Ok."), (200, ""))

    async def listed(self) -> list[dict[str, Any]]:
        async with self._session.get(f"{self._url}/info") as answer:
            listed: list[dict[str, Any]] = await answer.json()
        return listed


@asynccontextmanager
async def a_client(stage: Stage) -> AsyncIterator[Client]:
    """Logged in as Sonarr."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        login = {"username": stage.sonarr.url, "password": stage.sonarr.api_key}
        async with session.post(f"{stage.url}/api/v2/auth/login", data=login) as answer:
            assert await answer.text() == "Ok."
        yield Client(stage.url, session)


@pytest.mark.parametrize("kind", DEBRID)
async def test_a_thousand_adds_at_once_are_all_recorded_and_no_service_ever_says_slow_down(
    tmp_path: Path, kind: str
) -> None:
    clock = ManualClock()
    service, limits = limited(kind, clock=ServiceTime(clock))
    async with Stage(tmp_path, others={MAIN: service}) as stage:
        releases = some("Burst", MANY)
        for release in releases:
            service.knows(release)
        paced = alone(stage, requests_per_minute=0)
        async with stage.running(paced, clock), a_client(stage) as client:
            async with asyncio.TaskGroup() as adding:
                for release in releases:
                    adding.create_task(client.add([release]))
            recorded = [row["hash"] for row in await client.listed()]
            ends = clock.now() + WATCHED

            ready = 0
            async with asyncio.timeout(DEADLINE):
                while clock.now() < ends or ready < READY[kind]:
                    clock.advance(STEP)  # none passes while a busy machine makes calls late
                    await service.pause(0.05)
                    ready = sum(row["state"] == "pausedUP" for row in await client.listed())

    assert sorted(recorded) == sorted(release.infohash for release in releases)
    assert limits.refused == 0


async def test_thousands_of_queued_torrents_survive_a_kill_and_the_queue_goes_on_in_order(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        slow, queued = some("Slow", SLOTS), some("Queued", QUEUED)
        for release in slow:
            stage.realdebrid.knows(release, profile="stuck")
        for release in queued:
            stage.realdebrid.knows(release)
        stage.save_settings(narrow(stage.settings(log=LogSettings(level=LogLevel.ERROR))))

        async with stage.process() as mortal:
            assert await stage.answering(mortal)
            async with a_client(stage) as client:
                await client.add(slow)
                await until_added(stage.realdebrid, SLOTS)
                for begin in range(0, QUEUED, AT_ONCE):
                    await client.add(queued[begin : begin + AT_ONCE])
            mortal.kill()
            await mortal.wait()

        async with stage.process() as survivor:
            assert await stage.answering(survivor)
            async with a_client(stage) as client:
                listed = {row["hash"] for row in await client.listed()}
                await client.post("delete", hashes=slow[0].infohash, deleteFiles="true")
                await until_added(stage.realdebrid, SLOTS + MOVED_ON)

        assert listed == {release.infohash for release in [*slow, *queued]}
        went_on = added(stage.realdebrid)[SLOTS : SLOTS + MOVED_ON]
        assert went_on == [release.magnet() for release in queued[:MOVED_ON]]


def narrow(settings: Settings) -> Settings:
    """The same with few slots, which torrents that nobody holds may fill."""
    few = replace(settings.providers["realdebrid"], max_active=SLOTS, keep_free=0, uncached=True)
    return replace(settings, providers={"realdebrid": few})


def added(realdebrid: RealDebrid) -> list[str]:
    """The magnet links that the service was given, in order."""
    return [call.form["magnet"] for call in realdebrid.requests if call.route == "POST /torrents/addMagnet"]


async def until_added(realdebrid: RealDebrid, count: int) -> None:
    """Wait until the service was given so many."""
    async with asyncio.timeout(DEADLINE):
        while len(added(realdebrid)) < count:
            await realdebrid.pause(0.02)
