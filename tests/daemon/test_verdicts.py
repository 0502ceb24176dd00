"""The matrix: what a service's error does at the Arr, for every service in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from compat.emulators.arr_torrent import Status
from qbitproxy.core.faults import EFFECTS, Effect, Reason
from tests.daemon.services import DEBRID, MAIN, WIRES, a_service, alone
from tests.person import a_person
from tests.stage import Stage
from tests.support import HurriedClock

RATE = 10
"""How many times faster time passes where a torrent waits for the end of a rest."""

OUTAGES: dict[str, dict[str, Any]] = {
    "a gateway's page": {"kind": "html", "status": 502},
    "a 503 in JSON": {"status": 503, "body": {"error": "nobody knows this one"}},
    "a bare 429": {"status": 429},
    "connections that break off": {"kind": "reset"},
}


def each_of(field: str) -> Iterator[tuple[str, str]]:
    """Every service with each of its errors of one sort."""
    for kind in DEBRID:
        for error in getattr(WIRES[kind], field):
            yield kind, error


def every(cases: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("kind", "error"), list(cases))


def test_every_reason_has_its_effect() -> None:
    assert EFFECTS.keys() == set(Reason)
    assert {reason for reason, effect in EFFECTS.items() if effect is Effect.WAIT} == {
        Reason.QUOTA,
        Reason.OUTAGE,
    }


def test_every_service_has_its_words() -> None:
    assert sorted(WIRES) == DEBRID


@every(each_of("refusals"))
async def test_a_real_refusal_is_blocklisted_once_and_another_release_is_sought(
    tmp_path: Path, kind: str, error: str
) -> None:
    service = a_service(kind)
    async with Stage(tmp_path, others={MAIN: service}) as stage, stage.running(alone(stage)):
        service.knows(SINTEL)
        service.refuses(SINTEL.infohash, error)

        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)
        await stage.sonarr.run_until(lambda: not stage.sonarr.queue and not stage.rows())

        assert len(stage.sonarr.blocklist) == 1
        assert stage.sonarr.ledger.searches == [SINTEL.name]


@every([*each_of("limits"), *each_of("bars"), *each_of("failures")])
async def test_trouble_of_the_service_or_the_account_fails_blocklists_and_deletes_nothing(
    tmp_path: Path, kind: str, error: str
) -> None:
    service = a_service(kind)
    async with Stage(tmp_path, others={MAIN: service}) as stage, stage.running(alone(stage)):
        service.knows(SINTEL)
        service.fails(WIRES[kind].add, error, times=None)

        await stage.sonarr.grab(SINTEL)

        await waits(stage)


@every((kind, outage) for kind in DEBRID for outage in OUTAGES)
async def test_an_outage_fails_blocklists_and_deletes_nothing(tmp_path: Path, kind: str, error: str) -> None:
    service, clock = a_service(kind), HurriedClock(RATE)
    async with Stage(tmp_path, others={MAIN: service}) as stage, stage.running(alone(stage), clock):
        await holds_one(stage, service)
        service.fault(times=None, **OUTAGES[error])

        await stage.sonarr.grab(SINTEL)

        await waits(stage)
        assert SHOW.infohash in [item.infohash for item in service.items()]
        assert stage.identical(SHOW)


@pytest.mark.parametrize("kind", DEBRID)
async def test_premium_that_has_run_out_fails_blocklists_and_deletes_nothing(
    tmp_path: Path, kind: str
) -> None:
    service = a_service(kind)
    async with Stage(tmp_path, others={MAIN: service}) as stage, stage.running(alone(stage)):
        await holds_one(stage, service)
        service.lapses()

        await stage.sonarr.grab(SINTEL)

        await waits(stage)
        assert [item.infohash for item in service.items()] == [SHOW.infohash]


@pytest.mark.parametrize("kind", DEBRID)
async def test_a_key_that_is_refused_fails_blocklists_and_deletes_nothing_and_a_person_is_told(
    tmp_path: Path, kind: str
) -> None:
    service = a_service(kind)
    async with Stage(tmp_path, others={MAIN: service}) as stage, stage.running(alone(stage)):
        await holds_one(stage, service)
        service.denies(WIRES[kind].key)

        await stage.sonarr.grab(SINTEL)

        await waits(stage)
        async with a_person(stage) as person:
            status = await person.get("/api/status")
        assert any(f"{MAIN} refuses the account" in problem for problem in status["problems"])
        assert [item.infohash for item in service.items()] == [SHOW.infohash]
        assert stage.identical(SHOW)


async def holds_one(stage: Stage, service: Any) -> None:
    """Something was imported while all was well; the service holds it for the library."""
    service.knows(SHOW)
    service.knows(SINTEL)
    await stage.sonarr.grab(SHOW)
    await stage.imports(SHOW)


async def waits(stage: Stage) -> None:
    """The torrent is neither failed nor gone, for us and for the Arr."""
    async with a_person(stage) as person:
        [torrent] = await person.until(lambda torrents: bool(torrents and torrents[0]["waiting_for"]))
        await stage.sonarr.poll()

    assert EFFECTS[Reason(torrent["reason"])] is Effect.WAIT
    assert torrent["phase"] == "accepted"
    assert [one.status for one in stage.sonarr.queue] == [Status.QUEUED]
    assert not stage.sonarr.blocklist


async def test_an_arr_is_told_of_no_more_failures_a_day_than_it_allows(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings()
        modest = {"sonarr": replace(settings.arrs["sonarr"], report_limit=0)}
        async with stage.running(replace(settings, arrs=modest)):
            stage.realdebrid.refuses(SINTEL.infohash, at="add")

            await stage.sonarr.grab(SINTEL)
            async with a_person(stage) as person:
                [torrent] = await person.until(
                    lambda torrents: "within a day" in str(torrents[0]["waiting_for"])
                )
            await stage.sonarr.poll()

        assert torrent["state"] == "error"
        assert not stage.sonarr.blocklist


async def test_what_an_arr_was_told_of_counts_although_it_had_the_torrent_removed(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings()
        modest = {"sonarr": replace(settings.arrs["sonarr"], report_limit=1)}
        async with stage.running(replace(settings, arrs=modest)):
            for release in (SINTEL, SHOW):
                stage.realdebrid.refuses(release.infohash, at="add")
            await stage.sonarr.grab(SINTEL)
            await stage.sonarr.run_until(lambda: stage.sonarr.blocklist and not stage.sonarr.queue)
            await stage.sonarr.grab(SHOW)

            async with a_person(stage) as person:
                await person.until(
                    lambda torrents: any("within a day" in str(each["waiting_for"]) for each in torrents)
                )

        assert len(stage.sonarr.blocklist) == 1
