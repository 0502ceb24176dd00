"""What `/api` says of the installation itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from qbitproxy.core.torrent import Action
from qbitproxy.settings import Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.secret import Secret
from qbitproxy.settings.sections import FilesSettings
from tests.web.stand import ARR_KEY, a_stand, usual_settings


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
        problems=lambda: ["realdebrid rests until 12:00"],
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
        "cleanup": False,
        "skip_repair": False,
        "skipRepair": False,
        "download_uncached": True,
        "downloadUncached": True,
        "selected_debrid": "",
        "selectedDebrid": "",
    }
    assert ARR_KEY not in str(sonarr)
