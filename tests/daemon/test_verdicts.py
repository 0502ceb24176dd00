"""The matrix: what a service's error does at the Arr."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import SINTEL
from compat.emulators.arr_torrent import Status
from qbitproxy.core.faults import EFFECTS, Effect, Reason
from tests.person import a_person
from tests.stage import Stage

REFUSALS = ["infringing_file", "torrent_too_big", "torrent_file_invalid"]
WAITS = [
    "too_many_active_downloads",
    "traffic_exhausted",
    "fair_usage_limit",
    "too_many_requests",
    "bad_token",
    "permission_denied",
    "ip_not_allowed",
    "service_unavailable",
    "internal_error",
    "disabled_endpoint",
]


def test_every_reason_has_its_effect() -> None:
    assert EFFECTS.keys() == set(Reason)
    assert {reason for reason, effect in EFFECTS.items() if effect is Effect.WAIT} == {
        Reason.QUOTA,
        Reason.OUTAGE,
    }


@pytest.mark.parametrize("error", REFUSALS)
async def test_a_real_refusal_is_blocklisted_once_and_another_release_is_sought(
    tmp_path: Path, error: str
) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.fails("POST /torrents/addMagnet", error, times=None)

        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: stage.sonarr.blocklist, deadline=40)
        await stage.sonarr.run_until(lambda: not stage.sonarr.queue and not stage.rows())

        assert len(stage.sonarr.blocklist) == 1
        assert stage.sonarr.ledger.searches == [SINTEL.name]


@pytest.mark.parametrize("error", WAITS)
async def test_trouble_of_the_service_or_the_account_fails_blocklists_and_deletes_nothing(
    tmp_path: Path, error: str
) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        stage.realdebrid.fails("POST /torrents/addMagnet", error, times=None)

        await stage.sonarr.grab(SINTEL)
        async with a_person(stage) as person:
            [torrent] = await person.until(lambda torrents: bool(torrents[0]["waiting_for"]))
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
