"""Several accounts at once: one goes on where another does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from compat.content import SHOW, SINTEL, Release
from compat.emulators.arr_torrent import Status
from compat.emulators.bench import Fault
from compat.emulators.premiumize import Premiumize
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.torbox import TorBox
from qbitproxy.core.torrent import Action
from qbitproxy.settings import Settings
from qbitproxy.settings.sections import FetchingSettings, FilesSettings
from tests.daemon.services import DEBRID, MAIN, a_service, alone
from tests.person import Person, a_person
from tests.stage import Stage
from tests.support import DEADLINE, HurriedClock, ManualClock


def two_accounts(folder: Path, *releases: Release, **known: bool) -> tuple[Stage, RealDebrid]:
    """A stage with a second account, which holds `releases`."""
    second = RealDebrid()
    for release in releases:
        second.knows(release, **known)
    return Stage(folder, others={"second": second}), second


async def why(person: Person) -> str:
    """All that was said of why the one torrent is where it is."""
    [torrent] = await person.torrents()
    story = await person.get(f"/api/torrents/{torrent['category']}/{torrent['hash']}")
    return " | ".join(f"{line['event']}: {line['detail']}" for line in story["history"])


async def served_by(stage: Stage, name: str) -> str:
    """Wait until the one torrent is ready at `name`; return why it is there."""
    async with a_person(stage) as person, asyncio.timeout(DEADLINE):
        while True:
            torrents = await person.torrents()
            if torrents and torrents[0]["phase"] == "ready" and torrents[0]["debrid"] == name:
                return await why(person)


async def test_what_the_first_account_refuses_the_second_serves_and_the_history_says_why(
    tmp_path: Path,
) -> None:
    stage, _ = two_accounts(tmp_path, SINTEL)
    async with stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        stage.realdebrid.refuses(SINTEL.infohash, at="add")

        await stage.sonarr.grab(SINTEL)
        story = await served_by(stage, "second")
        await stage.imports(SINTEL)

        assert "realdebrid: infringing_file" in story
        assert "second has it as" in story
        assert "realdebrid: filtered_by_provider" in story
        assert not stage.realdebrid.items()
        assert stage.identical(SINTEL)
        assert not stage.sonarr.blocklist


async def test_what_the_first_account_does_not_hold_the_second_serves_at_once(tmp_path: Path) -> None:
    stage, second = two_accounts(tmp_path, SINTEL)
    async with stage:
        patient = FetchingSettings(uncached=True, probe=timedelta(seconds=2))
        async with stage.running(stage.settings(fetching=patient)):
            stage.realdebrid.knows(SINTEL, profile="stuck")

            await stage.sonarr.grab(SINTEL)
            await stage.imports(SINTEL)

            assert not stage.realdebrid.items()
            assert len(second.items()) == 1


async def test_when_nobody_holds_it_the_first_that_may_fetches_it(tmp_path: Path) -> None:
    stage, second = two_accounts(tmp_path, SINTEL, cached=False)
    async with stage:
        settings = stage.settings(fetching=FetchingSettings(probe=timedelta(seconds=1)))
        allowed = {"second": replace(settings.providers["second"], uncached=True)}
        async with stage.running(replace(settings, providers=settings.providers | allowed)):
            stage.realdebrid.knows(SINTEL, profile="stuck")
            second.torrents.progression = "manual"
            await stage.sonarr.grab(SINTEL)
            async with asyncio.timeout(DEADLINE):
                while not second.items() or stage.realdebrid.items():
                    await stage.sonarr.poll()
            second.torrents.progression = "immediate"

            await stage.imports(SINTEL)

            assert stage.identical(SINTEL)


async def test_an_account_that_is_down_is_passed_over(tmp_path: Path) -> None:
    stage, second = two_accounts(tmp_path, SINTEL)
    async with stage, stage.running():
        stage.realdebrid.fault(status=503, body=b"<html>down</html>", times=None)

        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)

        assert stage.identical(SINTEL)
        assert len(second.items()) == 1


async def test_who_finds_an_account_dead_is_served_by_the_next_without_any_time_passing(
    tmp_path: Path,
) -> None:
    stage, _ = two_accounts(tmp_path, SINTEL)
    async with stage, stage.running(clock=ManualClock()):
        stage.realdebrid.fault(kind="reset", times=None)

        await stage.sonarr.grab(SINTEL)
        story = await served_by(stage, "second")

        assert "realdebrid: rests" in story


def downloading(stage: Stage) -> Settings:
    files = FilesSettings(download_root=str(stage.downloads), keep_free=0, default_action=Action.DOWNLOAD)
    return stage.settings(files=files)


async def test_slow_torrents_fill_no_slot_that_a_cached_one_needs(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings(fetching=FetchingSettings(uncached=True, probe=timedelta(seconds=1)))
        narrow = {"realdebrid": replace(settings.providers["realdebrid"], max_active=3, keep_free=1)}
        async with stage.running(replace(settings, providers=narrow)):
            slow = [Release(f"Slow.{n}", {f"Slow.{n}.mkv": 1000 + n}) for n in range(6)]
            for release in slow:
                stage.realdebrid.knows(release, profile="stuck")
                await stage.sonarr.grab(release)
            stage.realdebrid.knows(SINTEL)
            await stage.sonarr.grab(SINTEL)

            await stage.sonarr.run_until(lambda: stage.imported(SINTEL))

            async with a_person(stage) as person:
                await person.until(lambda torrents: in_line(torrents) == [1, 2, 3, 4])
            assert len(stage.realdebrid.items()) - 1 <= 3


def in_line(torrents: list[dict[str, Any]]) -> list[int]:
    return sorted(torrent["queue"]["position"] for torrent in torrents if torrent["queue"])


async def test_an_outage_of_every_service_for_six_hours_fails_nothing_and_ends_by_itself(
    tmp_path: Path,
) -> None:
    others = {kind: a_service(kind) for kind in DEBRID if kind != "realdebrid"}
    releases = [Release(f"Film.{n}", {f"Film.{n}.mkv": 1000 + n}) for n in range(4)]
    clock = HurriedClock(rate=4800)
    async with Stage(tmp_path, others=others) as stage, stage.running(clock=clock):
        outages = [down(service, releases) for service in (stage.realdebrid, *others.values())]
        for release in releases:
            await stage.sonarr.grab(release)
        await passed(clock, timedelta(hours=6), stage)
        assert all(outage.fired for outage in outages)
        assert all(one.status is not Status.WARNING for one in stage.sonarr.queue)
        assert len(stage.sonarr.queue) == len(releases)
        assert stage.rows() == ["accepted"] * len(releases)

        for outage in outages:
            outage.lift()
        for release in releases:
            await stage.sonarr.run_until(lambda r=release: stage.imported(r))  # type: ignore[misc]

        assert not stage.sonarr.blocklist


@pytest.mark.parametrize("kind", DEBRID)
async def test_each_service_takes_up_by_itself_what_an_hour_of_its_outage_held_up(
    tmp_path: Path, kind: str
) -> None:
    service, clock = a_service(kind), HurriedClock(rate=4800)
    async with Stage(tmp_path, others={MAIN: service}) as stage, stage.running(alone(stage), clock):
        outage = down(service, [SINTEL])
        await stage.sonarr.grab(SINTEL)
        await passed(clock, timedelta(hours=1), stage)
        assert stage.rows() == ["accepted"]

        outage.lift()
        await stage.imports(SINTEL)

        assert not stage.sonarr.blocklist
        assert stage.identical(SINTEL)


def down(service: Any, releases: Sequence[Release]) -> Fault:
    """Make `service` one that holds `releases` but does not work."""
    for release in releases:
        service.knows(release)
    outage: Fault = service.fault(status=503, body=b"<html>down</html>", times=None)
    return outage


async def passed(clock: HurriedClock, time: timedelta, stage: Stage) -> None:
    ends = clock.now() + time
    await stage.sonarr.run_until(lambda: clock.now() >= ends)


async def test_one_infohash_for_two_categories_shares_its_item_at_the_provider_chosen(
    tmp_path: Path,
) -> None:
    stage, second = two_accounts(tmp_path, SHOW)
    async with stage, stage.running():
        stage.realdebrid.refuses(SHOW.infohash, at="add")

        await stage.sonarr.grab(SHOW)
        await stage.imports(SHOW)

        assert len(second.items()) == 1


async def test_who_says_that_it_does_not_hold_a_torrent_is_not_even_asked_to_add_it(tmp_path: Path) -> None:
    torbox, premiumize = TorBox(), Premiumize()
    premiumize.knows(SINTEL)
    async with Stage(tmp_path, others={"torbox": torbox, "premiumize": premiumize}) as stage:
        settings = replace(downloading(stage), provider_order=("torbox", "premiumize", "realdebrid"))
        async with stage.running(settings):
            await stage.sonarr.grab(SINTEL)
            story = await served_by(stage, "premiumize")
            await stage.imports(SINTEL)

        assert "it says that it holds it" in story
        assert "torbox: does not hold it" in story
        assert not torbox.calls("POST /torrents/createtorrent")
        assert not stage.realdebrid.calls("POST /torrents/addMagnet")
        assert stage.identical(SINTEL)
