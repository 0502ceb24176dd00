"""Two accounts at any two services: the second goes on while the first cannot, the first comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from compat.content import SHOW, SINTEL, Release
from compat.emulators.bench import Fault
from qbitproxy.core.torrent import Action
from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.sections import FetchingSettings, FilesSettings, QbittorrentSettings
from qbitproxy.workers.poll import OUTAGE
from qbitproxy.workers.steps import USED_UP
from tests.person import Person, a_person
from tests.providers.emulated import emulator_of
from tests.stage import Stage
from tests.support import DEADLINE, ManualClock

MOMENT = timedelta(milliseconds=100)
NEXT_DAY = timedelta(hours=25)
WRONG_KEY = "NOT-A-REAL-KEY-AND-A-WRONG-ONE"


def nothing() -> None:
    """Lets what was used up be refilled by the emulated service itself, when its day ends."""


def _link_fails(route: str, code: str) -> Callable[[Any], Callable[[], None]]:
    return lambda service: service.fails(route, code, times=None).lift


def _spend_the_days_torrents(debridlink: Any) -> Callable[[], None]:
    today = int(debridlink.clock.now() // timedelta(days=1).total_seconds())
    debridlink.torrents.added_on[today] = debridlink.torrents.per_day
    return nothing


def _spend_all_points(premiumize: Any) -> Callable[[], None]:
    premiumize.exhausts()
    return nothing


EXHAUST: dict[str, Callable[[Any], Callable[[], None]]] = {
    "realdebrid": _link_fails("POST /unrestrict/link", "traffic_exhausted"),
    "alldebrid": _link_fails("POST /v4/link/unlock", "LINK_HOST_LIMIT_REACHED"),
    "debridlink": _spend_the_days_torrents,
    "torbox": _link_fails("POST /torrents/createtorrent", "MONTHLY_LIMIT"),
    "premiumize": _spend_all_points,
}
"""What each service lets run out -> exhausts it, returns what refills it."""

NEXT = dict(zip(EXHAUST, [*list(EXHAUST)[1:], "realdebrid"], strict=True))
each_first = pytest.mark.parametrize("first", EXHAUST)


class ServiceTime:
    """The daemon's time as the emulated services read it."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


class Pair:
    """A stage with an account at `kind`, then one at another service; both know what is played with."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.clock = ManualClock()
        self.first, self.second = self._account(kind, "first"), self._account(NEXT[kind], "second")
        self.stage = Stage(folder, others={"first": self.first, "second": self.second})
        self.first.knows(SINTEL)
        self.first.knows(SHOW)
        self.second.knows(SINTEL)

    def _account(self, kind: str, name: str) -> Any:
        token = f"NOT-A-REAL-KEY-OF-THE-{name.upper()}"
        return emulator_of(PROVIDERS[kind], clock=ServiceTime(self.clock), token=token)

    def settings(self, first_key: str = "", *, uncached: bool = False) -> Settings:
        """Settings with these two accounts only, which download."""
        settings = self.stage.settings(
            files=FilesSettings(
                download_root=str(self.stage.downloads), keep_free=0, default_action=Action.DOWNLOAD
            ),
            fetching=FetchingSettings(
                probe=timedelta(minutes=5),  # time passes faster than calls do
                uncached=uncached,
            ),
        )
        first, second = (settings.providers[name] for name in ("first", "second"))
        if first_key:
            first = replace(first, api_key=Secret(first_key))
        quiet = QbittorrentSettings(refresh_arr=False)  # the Arr imports nothing meanwhile
        return replace(settings, providers={"first": first, "second": second}, qbittorrent=quiet)

    async def served(
        self, person: Person, release: Release, phase: str = "ready", step: timedelta = MOMENT
    ) -> str:
        """Let time pass, step by step, until `release` is in a phase; return at which account."""
        async with asyncio.timeout(DEADLINE):
            while True:
                for torrent in await person.torrents():
                    if torrent["hash"] == release.infohash and torrent["phase"] == phase:
                        return str(torrent["debrid"])
                self.clock.advance(step)


@each_first
async def test_when_a_key_is_refused_the_second_account_serves_and_a_person_is_told_but_no_key(
    tmp_path: Path, first: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    pair = Pair(tmp_path, first)
    with capture_logs() as logs:
        async with pair.stage, pair.stage.running(pair.settings(WRONG_KEY), pair.clock):
            await pair.stage.sonarr.grab(SINTEL)
            async with a_person(pair.stage) as person:
                assert await pair.served(person, SINTEL) == "second"

                status, stats = await person.get("/api/status"), await person.get("/api/stats")
                torrents = await person.torrents()

    assert any("first refuses the account" in problem for problem in status["problems"])
    said = f"{status} {stats} {torrents} {logs} {caplog.text}"
    assert not [key for key in (WRONG_KEY, pair.first.token, pair.second.token) if key in said]


@each_first
async def test_when_something_is_used_up_the_second_account_goes_on_until_the_first_is_refilled(
    tmp_path: Path, first: str
) -> None:
    pair = Pair(tmp_path, first)
    async with pair.stage, pair.stage.running(pair.settings(), pair.clock):
        refill, began = EXHAUST[first](pair.first), pair.clock.now()
        await pair.stage.sonarr.grab(SINTEL)
        async with a_person(pair.stage) as person:
            assert await pair.served(person, SINTEL) == "second"
            exhausted, waited = await person.get("/api/status"), pair.clock.now() - began

            refill()
            pair.clock.advance(NEXT_DAY)
            await pair.stage.sonarr.grab(SHOW)
            assert await pair.served(person, SHOW) == "first"
            refilled = await person.get("/api/status")

    assert any("first asks us to wait" in problem for problem in exhausted["problems"])
    assert waited < USED_UP
    assert not refilled["problems"]
    assert not [item for item in pair.first.items() if item.infohash == SINTEL.infohash]


@pytest.mark.parametrize(
    ("how", "at_least"), [("down", OUTAGE), ("refused", timedelta())], ids=["down", "refused"]
)
@each_first
async def test_what_is_under_way_at_an_account_that_stays_shut_goes_on_at_the_second(
    tmp_path: Path, first: str, how: str, at_least: timedelta
) -> None:
    pair = Pair(tmp_path, first)
    pair.first.knows(SINTEL, profile="uncached")
    pair.first.course.progression = "manual"
    async with pair.stage, pair.stage.running(pair.settings(uncached=True), pair.clock):
        open_second = _shut(pair.second, "down")
        await pair.stage.sonarr.grab(SINTEL)
        async with a_person(pair.stage) as person:
            assert await pair.served(person, SINTEL, "fetching") == "first"

            began = pair.clock.now()
            open_second()
            open_first = _shut(pair.first, how)
            assert await pair.served(person, SINTEL, step=timedelta(seconds=5)) == "second"
            assert pair.clock.now() - began >= at_least
            assert len(pair.first.items()) == 1

            open_first()
            async with asyncio.timeout(DEADLINE):
                while "freed" not in await story(person, SINTEL):
                    pair.clock.advance(timedelta(seconds=5))

    assert not pair.first.items()
    assert len(pair.second.items()) == 1


def _shut(service: Any, how: str) -> Callable[[], None]:
    """Let nothing be had from an account; return what opens it again."""
    if how == "down":
        outage: Fault = service.fault(status=503, body="<html>down</html>", times=None)
        return outage.lift
    key, service.token = service.token, "NOT-A-REAL-KEY-BUT-A-NEW-ONE"
    return lambda: setattr(service, "token", key)


async def story(person: Person, release: Release) -> list[str]:
    """What has happened to `release` so far."""
    torrent = await person.get(f"/api/torrents/tv-sonarr/{release.infohash}")
    return [line["event"] for line in torrent["history"]]
