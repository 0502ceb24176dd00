"""What `/api` says of the installation itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from qbitproxy.core.calls import Purpose, Use
from qbitproxy.core.insight import Hook, HookState, Nothing, ProviderState, QueuePlace
from qbitproxy.core.ports import Account
from qbitproxy.core.torrent import Action
from qbitproxy.settings import Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.secret import Secret
from qbitproxy.settings.sections import FilesSettings
from tests.support import a_draft
from tests.web.stand import ARR_KEY, a_stand, usual_settings

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Troubled(Nothing):
    """Workers that have something to tell."""

    def hooks(self) -> Mapping[str, Hook]:
        return {"sonarr": Hook(HookState.FAILED, "does not take it")}

    def problems(self) -> Sequence[str]:
        return ["realdebrid rests until 12:00"]

    def queue_place(self, torrent_id: int) -> QueuePlace | None:
        return QueuePlace("realdebrid", 3, 61.4)

    def providers(self) -> Sequence[ProviderState]:
        account = Account(user="somebody", premium_until=NOON, active=3, slots=25)
        return [
            ProviderState(
                name="realdebrid",
                account=account,
                problem="",
                resting_until=None,
                active=2,
                slots=25,
                waiting=1,
                calls={Purpose.ADD: Use(5, 11_995)},
            )
        ]


async def status(folder: Path, settings: Settings, **given: Any) -> dict[str, Any]:
    async with a_stand(folder, settings=settings, **given) as stand:
        said: dict[str, Any] = await (await stand.client.get("/api/status", headers=stand.bearer)).json()
        return said


async def test_fresh_installation_says_what_is_missing(tmp_path: Path) -> None:
    said = await status(tmp_path, usual_settings(tmp_path, providers={}, arrs={}))

    assert [lack["blocks"] for lack in said["lacks"]] == [True, False]
    assert "No debrid account" in said["lacks"][0]["what"]
    assert "[providers.realdebrid]" in said["lacks"][0]["hint"]
    assert "No Arr" in said["lacks"][1]["what"]


async def test_account_without_a_key_is_named(tmp_path: Path) -> None:
    keyless = ProviderSettings(kind="realdebrid", mount="/mnt/realdebrid")
    said = await status(tmp_path, usual_settings(tmp_path, providers={"main": keyless}))

    assert [lack["what"] for lack in said["lacks"]] == ["The account main has no API key."]


async def test_missing_mount_blocks_links_only(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path)
    files = FilesSettings(download_root=str(tmp_path), default_action=Action.SYMLINK)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    downloads = await status(tmp_path / "one", settings)
    links = await status(tmp_path / "two", replace(settings, files=files))

    assert [lack["blocks"] for lack in downloads["lacks"]] == [False]
    assert [lack["blocks"] for lack in links["lacks"]] == [True]


async def test_whole_installation_lacks_nothing(tmp_path: Path) -> None:
    whole = ProviderSettings(kind="realdebrid", api_key=Secret("fake"), mount="/mnt/realdebrid")
    said = await status(
        tmp_path,
        usual_settings(tmp_path, providers={"realdebrid": whole}),
        insight=Troubled(),
    )

    assert said["lacks"] == []
    assert said["problems"] == ["realdebrid rests until 12:00"]
    assert said["providers"] == ["realdebrid"]
    assert said["arrs"] == ["sonarr"]
    assert said["default_action"] == "symlink"


async def test_arrs_are_listed_under_both_spellings_without_their_keys(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        answer = await stand.client.get("/api/arrs", headers=stand.bearer)

        (sonarr,) = await answer.json()

    assert sonarr == {
        "name": "sonarr",
        "host": "http://sonarr.example:8989",
        "token": "***",
        "type": "sonarr",
        "category": "tv-sonarr",
        "source": "",
        "webhook_state": "",
        "webhook_problem": "",
        "cleanup": False,
        "skip_repair": False,
        "skipRepair": False,
        "download_uncached": True,
        "downloadUncached": True,
        "selected_debrid": "",
        "selectedDebrid": "",
    }
    assert ARR_KEY not in str(sonarr)


async def test_arrs_are_listed_with_how_their_webhooks_stand(tmp_path: Path) -> None:
    async with a_stand(tmp_path, insight=Troubled()) as stand:
        (sonarr,) = await (await stand.client.get("/api/arrs", headers=stand.bearer)).json()

    assert (sonarr["webhook_state"], sonarr["webhook_problem"]) == ("failed", "does not take it")


async def test_stats_name_every_account_with_its_slots_and_what_is_left_of_its_calls(tmp_path: Path) -> None:
    async with a_stand(tmp_path, insight=Troubled()) as stand:
        await stand.library.accept(a_draft())
        said = await (await stand.client.get("/api/stats", headers=stand.bearer)).json()

    assert (said["torrents"], said["phases"]) == (1, {"accepted": 1})
    [account] = said["providers"]
    assert account["account"]["premium_until"] == "2026-06-01T12:00:00Z"
    assert (account["active"], account["slots"], account["waiting"]) == (2, 25, 1)
    assert account["calls"] == {"add": {"calls": 5, "left": 11_995}}


async def test_a_torrent_in_line_shows_its_place(tmp_path: Path) -> None:
    async with a_stand(tmp_path, insight=Troubled()) as stand:
        await stand.library.accept(a_draft())
        [shown] = await (await stand.client.get("/api/torrents", headers=stand.bearer)).json()

    assert shown["queue"] == {"provider": "realdebrid", "position": 3, "seconds": 61}
