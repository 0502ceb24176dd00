"""`POST /api/add`: what is taken in, what is refused, what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from compat.content import SHOW, SINTEL, Release
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action
from qbitproxy.settings import Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.secret import Secret
from qbitproxy.settings.sections import FilesSettings, StripTrackers
from qbitproxy.sources import BadSource, from_magnet
from tests.web.stand import ARR_KEY, PROVIDER_KEY, Stand, a_stand, usual_settings

MAGNET = SINTEL.magnet()
IMPORT_NAMES = (
    "id downloadFolder debrid debridName magnet arr action downloadUncached callBackUrl callbackUrl "
    "skip_multi_season status completedAt type importType async"
)
PRIVATE = Release("Private.Film.2024", {"film.mkv": 1000}, private=True)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, fetch=served) as stand:
        yield stand


async def served(url: str) -> Source:
    """What the addresses of these tests hold."""
    if url.startswith("https://indexer.example/sintel"):
        return from_magnet(MAGNET)
    if url.startswith("https://down.example/"):
        raise Unreachable("down.example", "no answer within 30 s")
    raise BadSource("that is a web page, not a .torrent file")


async def post(stand: Stand, **fields: Any) -> tuple[int, Any]:
    form = FormData(default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    answer = await stand.client.post("/api/add", data=form, headers=stand.bearer)
    return answer.status, await answer.json()


def upload(content: bytes, filename: str, field: str = "files") -> FormData:
    form = FormData()
    form.add_field(field, BytesIO(content), filename=filename)
    return form


async def test_magnet_becomes_a_torrent_that_can_be_followed(stand: Stand) -> None:
    status, said = await post(stand, arr="sonarr", urls=MAGNET)

    assert status == 200
    assert "errors" not in said
    (result,) = said["results"]
    (torrent,) = stand.library.listed()
    assert result["id"] == str(torrent.id)
    assert torrent.infohash == SINTEL.infohash
    assert torrent.category == "tv-sonarr"
    assert torrent.request.arr == "sonarr"
    assert torrent.request.origin == "api"
    assert "tv-sonarr" in stand.library.categories
    followed = await stand.client.get(
        f"/api/torrents/{result['category']}/{SINTEL.infohash}", headers=stand.bearer
    )
    assert (await followed.json())["torrent"]["id"] == result["id"]


async def test_result_has_every_name_decypharr_gave_it(stand: Stand) -> None:
    _, said = await post(
        stand, arr="sonarr", urls=MAGNET, callbackUrl="https://hook.example/x", debrid="realdebrid"
    )

    (result,) = said["results"]
    assert result.keys() >= set(IMPORT_NAMES.split())
    assert result["magnet"].keys() == {"name", "infoHash", "size", "link"}
    assert result["magnet"]["infoHash"] == SINTEL.infohash
    assert result["arr"]["token"] == "***"
    assert result["completedAt"] == "0001-01-01T00:00:00Z"
    assert result["status"] == "started"
    assert result["type"] == "api"
    assert result["async"] is False


async def test_every_field_reaches_the_torrent(stand: Stand, tmp_path: Path) -> None:
    folder = tmp_path / "downloads" / "by-hand"

    await post(
        stand,
        arr="films",
        action="none",
        debrid="realdebrid",
        urls=MAGNET,
        downloadFolder=str(folder),
        downloadUncached="true",
        callbackUrl="http://hook.example:8080/done",
        rmTrackerUrls="true",
        skipMultiSeason="true",
    )

    (torrent,) = stand.library.listed()
    asked = torrent.request
    assert torrent.category == "films"
    assert torrent.save_path == str(folder / "films")
    assert asked.action is Action.NONE
    assert asked.provider == "realdebrid"
    assert asked.uncached is True
    assert asked.callback_url == "http://hook.example:8080/done"
    assert asked.strip_trackers
    assert asked.skip_multi_season
    assert asked.arr == ""


async def test_json_says_the_same_as_a_form(stand: Stand) -> None:
    body = {"arr": "sonarr", "urls": [MAGNET, SHOW.magnet()], "downloadUncached": False}

    answer = await stand.client.post("/api/add", json=body, headers=stand.bearer)

    assert answer.status == 200
    assert [t.infohash for t in stand.library.listed()] == [SINTEL.infohash, SHOW.infohash]
    assert stand.library.listed()[0].request.uncached is False


async def test_what_is_not_said_is_left_to_the_settings(stand: Stand) -> None:
    await post(stand, urls=MAGNET)

    (torrent,) = stand.library.listed()
    assert torrent.category == ""
    assert torrent.save_path == stand.library.save_path("")
    assert torrent.request.action is Action.DOWNLOAD
    assert torrent.request.uncached is None
    assert torrent.request.provider == ""


async def test_default_action_is_symlink_once_there_is_a_mount(tmp_path: Path) -> None:
    mounted = ProviderSettings(kind="realdebrid", api_key=Secret(PROVIDER_KEY), mount=str(tmp_path / "mount"))
    settings = usual_settings(tmp_path, providers={"realdebrid": mounted})
    async with a_stand(tmp_path, settings=settings) as stand:
        await post(stand, urls=MAGNET)

        assert stand.library.listed()[0].request.action is Action.SYMLINK


@pytest.mark.parametrize("field", ["files", "file", "torrents", "whatever"])
async def test_upload_is_taken_under_any_field_name(stand: Stand, field: str) -> None:
    form = upload(SINTEL.torrent, "sintel.torrent", field)

    answer = await stand.client.post("/api/add", data=form, headers=stand.bearer)

    assert answer.status == 200
    (torrent,) = stand.library.listed()
    assert torrent.infohash == SINTEL.infohash
    assert (await stand.library.source(SINTEL.infohash)).metainfo == SINTEL.torrent


async def test_text_file_with_a_magnet_is_a_source(stand: Stand) -> None:
    form = upload(f"\n{MAGNET}\n".encode(), "sintel.magnet")

    await stand.client.post("/api/add", data=form, headers=stand.bearer)

    assert [t.infohash for t in stand.library.listed()] == [SINTEL.infohash]


async def test_urls_come_in_lines_or_in_fields(stand: Stand) -> None:
    form = FormData()
    form.add_field("urls", f"  {MAGNET}\r\n\r\n")
    form.add_field("urls", SHOW.magnet())
    form.add_field("files", PRIVATE.torrent, filename="private.torrent")

    answer = await stand.client.post("/api/add", data=form, headers=stand.bearer)

    hashes = [result["magnet"]["infoHash"] for result in (await answer.json())["results"]]
    assert hashes == [SINTEL.infohash, SHOW.infohash, PRIVATE.infohash]


async def test_address_of_a_torrent_file_is_fetched(stand: Stand) -> None:
    _, said = await post(stand, urls="https://indexer.example/sintel?apikey=fake-indexer-key")

    assert len(said["results"]) == 1


async def test_one_bad_source_does_not_spoil_the_others(stand: Stand) -> None:
    urls = f"magnet:?xt=urn:btih:zzz\n{MAGNET}\nhttps://down.example/x?apikey=fake-indexer-key\nftp://x.example/y"

    status, said = await post(stand, urls=urls)

    assert status == 200
    assert len(said["results"]) == 1
    assert len(said["errors"]) == 3
    assert said["errors"][0].startswith("URL magnet:?xt=urn:btih:zzz: ")
    assert "no answer within 30 s" in said["errors"][1]
    assert "fake-indexer-key" not in str(said)


@pytest.mark.parametrize("body", [{}, {"urls": ""}, {"urls": " \n "}, {"arr": "sonarr"}])
async def test_nothing_to_add_is_an_empty_result(stand: Stand, body: dict[str, str]) -> None:
    answer = await stand.client.post("/api/add", json=body, headers=stand.bearer)

    assert answer.status == 200
    assert await answer.json() == {"results": []}


async def test_two_names_for_the_arr_must_agree(stand: Stand) -> None:
    status, _ = await post(stand, urls=MAGNET, arr="sonarr", arrName="radarr")
    agreed, _ = await post(stand, urls=MAGNET, arrName="sonarr")

    assert (status, agreed) == (400, 200)
    assert stand.library.listed()[0].category == "tv-sonarr"


async def test_same_torrent_twice_is_one_torrent(stand: Stand) -> None:
    _, first = await post(stand, arr="films", urls=MAGNET)
    _, second = await post(stand, arr="films", urls=f"{MAGNET}\n{SINTEL.magnet(upper=True)}")

    ids = {result["id"] for result in first["results"] + second["results"]}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("policy", "release", "strips"),
    [
        (StripTrackers.NEVER, PRIVATE, False),
        (StripTrackers.PRIVATE, PRIVATE, True),
        (StripTrackers.PRIVATE, SINTEL, False),
        (StripTrackers.ALWAYS, SINTEL, True),
    ],
)
async def test_policy_decides_whose_trackers_stay_here(
    tmp_path: Path, policy: StripTrackers, release: Release, strips: bool
) -> None:
    async with a_stand(tmp_path, settings=stripping(tmp_path, policy)) as stand:
        await stand.client.post("/api/add", data=upload(release.torrent, "a.torrent"), headers=stand.bearer)

        assert stand.library.listed()[0].request.strip_trackers is strips


def stripping(folder: Path, policy: StripTrackers) -> Settings:
    files = FilesSettings(download_root=str(folder / "downloads"), strip_trackers=policy)
    return usual_settings(folder, files=files)


async def test_no_answer_holds_a_secret(stand: Stand) -> None:
    _, said = await post(stand, arr="sonarr", urls=SINTEL.magnet())
    answers = [str(said)]
    for path in ("/api/arrs", "/api/torrents", "/api/status", f"/api/torrents/tv-sonarr/{SINTEL.infohash}"):
        answers.append(await (await stand.client.get(path, headers=stand.bearer)).text())

    for secret in (ARR_KEY, PROVIDER_KEY, stand.token):
        assert not any(secret in answer for answer in answers)
