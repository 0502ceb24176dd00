"""Arrs added, changed, removed and tried through `/api/arrs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from compat.emulators.sonarr import Sonarr
from qbitproxy.settings import Secret
from tests.web.api.config_desk import a_desk
from tests.web.stand import a_stand, usual_settings


async def test_an_arr_is_added_in_our_words_or_in_decypharrs(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        ours = {"name": "radarr", "url": "http://radarr.example:7878", "api_key": "fake-key-1"}
        theirs = {
            "name": "films",
            "type": "radarr",
            "host": "http://films.example:7878",
            "token": "fake-key-2",
            "category": "films",
            "download_uncached": True,
            "selected_debrid": "realdebrid",
        }

        for body in (ours, theirs):
            status, told = await desk.ask("POST", body, "/api/arrs")
            assert (status, told["status"]) == (200, "success")

        arrs = desk.saved().arrs
    assert (arrs["radarr"].kind, arrs["radarr"].api_key.reveal()) == ("radarr", "fake-key-1")
    assert (arrs["films"].kind, arrs["films"].url) == ("radarr", "http://films.example:7878")
    assert arrs["films"].uncached is True
    assert arrs["films"].providers == ("realdebrid",)
    assert "sonarr" in arrs


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"url": "http://x.example"}, 400, "name"),
        ({"name": 7}, 400, "name"),
        ({"name": "sonarr"}, 409, "already"),
        ({"name": "radarr", "url": "nowhere"}, 400, "arrs.radarr.url"),
        ({"name": "radarr", "colour": "red"}, 400, "arrs.radarr.colour"),
        ({"name": "Not A Name", "type": "radarr"}, 400, "arrs.Not A Name"),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    tmp_path: Path, body: dict[str, Any], status: int, said: str
) -> None:
    async with a_desk(tmp_path) as desk:
        refused, told = await desk.ask("POST", body, "/api/arrs")

        assert refused == status
        assert said in told["error"] + told.get("detail", "")
        assert list(desk.saved().arrs) == ["sonarr"]
        assert desk.reloads == []


async def test_an_arr_is_changed_and_its_key_stays_when_it_is_shown_hidden(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        before = desk.saved().arrs["sonarr"]
        status, _ = await desk.ask("PATCH", {"report_limit": 5, "token": "***"}, "/api/arrs/sonarr")

        assert status == 200
        assert desk.saved().arrs["sonarr"] == replace(before, report_limit=5)
        assert (await desk.ask("PATCH", {}, "/api/arrs/radarr"))[0] == 404


async def test_an_arr_is_removed(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        assert (await desk.ask("DELETE", None, "/api/arrs/sonarr"))[0] == 200
        assert desk.saved().arrs == {}
        assert (await desk.ask("DELETE", None, "/api/arrs/radarr"))[0] == 404


async def test_an_arr_that_is_tried_says_what_it_is_or_why_not(tmp_path: Path) -> None:
    async with Sonarr(tmp_path / "library") as sonarr:
        usual = usual_settings(tmp_path)
        there = replace(usual.arrs["sonarr"], url=sonarr.url, api_key=Secret(sonarr.api_key))
        wrong = replace(there, api_key=Secret("fake-wrong-key"), category="wrong")
        nowhere = replace(there, url="", api_key=Secret(), category="nowhere")
        arrs = {"sonarr": there, "wrong": wrong, "nowhere": nowhere}
        async with a_stand(tmp_path, settings=replace(usual, arrs=arrs)) as stand:

            async def tried(name: str) -> tuple[int, Any]:
                url = f"/api/arrs/{name}/test"
                async with stand.client.post(url, headers=stand.bearer) as answer:
                    return answer.status, await answer.json()

            assert (await tried("sonarr"))[1]["app"] == "Sonarr"
            status, told = await tried("wrong")
            assert (status, "API key" in told["error"]) == (502, True)
            assert "fake-wrong-key" not in str(told)
            assert (await tried("nowhere"))[0] == 409
            assert (await tried("radarr"))[0] == 404
