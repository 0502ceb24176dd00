"""What an emulated Premiumize keeps in its drive, how it hands that out."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.content import ALBUM, SAME_NAMES, SHOW, SINTEL
from compat.emulators.bench import ManualClock
from compat.emulators.mount import Mount
from compat.emulators.premiumize import Premiumize
from tests.compat.premiumize_client import account


def shown(mount: Path) -> list[str]:
    return [folder.name for folder in mount.iterdir()]


# The drive


async def test_a_torrent_with_files_becomes_a_folder_as_deep_as_it_is() -> None:
    async with account() as (pm, client):
        pm.knows(SAME_NAMES)
        await client.create(SAME_NAMES)

        [listed] = await client.transfers()
        top = await client.folder(listed["folder_id"])

        assert (top["name"], top["folder_id"]) == (SAME_NAMES.name, listed["folder_id"])
        assert [(node["name"], node["type"]) for node in top["content"]] == [
            ("Part 1", "folder"),
            ("Part 2", "folder"),
        ]
        assert pm.stored() == [f"{SAME_NAMES.name}/{path}" for path in SAME_NAMES.files]


@pytest.mark.parametrize("in_parent", [True, False])
async def test_a_single_file_lies_beside_everything_else(in_parent: bool) -> None:
    async with account() as (pm, client):
        pm.habits.single_in_parent = in_parent
        pm.knows(SINTEL)
        await client.create(SINTEL)

        [listed] = await client.transfers()
        details = (await client.details(listed["file_id"])).json

        assert listed["folder_id"] == (pm.drive.root.id if in_parent else None)
        assert (details["name"], details["size"]) == (SINTEL.name, SINTEL.size)
        assert "status" not in details


@pytest.mark.parametrize("query", [{}, {"id": "unknown"}])
async def test_a_folder_without_id_or_of_an_unknown_one_is_the_root(query: dict[str, str]) -> None:
    async with account() as (pm, client):
        pm.uploads("holiday.mkv")

        shown = (await client.ask("GET /folder/list", **query)).json

        assert (shown["folder_id"], shown["parent_id"]) == (pm.drive.root.id, None)
        assert [node["name"] for node in shown["content"]] == ["holiday.mkv"]


async def test_namesakes_get_a_number() -> None:
    async with account() as (pm, client):
        pm.uploads(SINTEL.name)
        pm.knows(SINTEL)
        await client.create(SINTEL)
        await client.ask("POST /folder/create", {"name": SHOW.name})
        pm.knows(SHOW)
        await client.create(SHOW)

        assert "Sintel.2010.1080p (1).mkv" in pm.stored()
        assert f"{SHOW.name} (1)/Caminandes.S01.nfo" in pm.stored()


async def test_a_folder_of_a_name_that_is_taken_is_not_made() -> None:
    async with account() as (_pm, client):
        await client.ask("POST /folder/create", {"name": "Films"})

        again = await client.ask("POST /folder/create", {"name": "films"})

        assert again.json["message"] == "This folder already exists."


async def test_folders_go_with_all_that_is_in_them() -> None:
    async with account() as (pm, client):
        pm.knows(SAME_NAMES)
        await client.create(SAME_NAMES)
        [listed] = await client.transfers()

        await client.ask("POST /folder/delete", {"id": listed["folder_id"]})
        gone = await client.ask("POST /folder/delete", {"id": listed["folder_id"]})

        assert (pm.stored(), gone.code) == ([], "not_found")


async def test_all_items_are_listed_with_their_paths_without_links() -> None:
    async with account() as (pm, client):
        pm.knows(SAME_NAMES)
        await client.create(SAME_NAMES)

        files = (await client.ask("GET /item/listall")).json["files"]

        assert [file["path"] for file in files] == pm.stored()
        assert all("link" not in file for file in files)


@pytest.mark.parametrize(
    ("profile", "place"),
    [
        ("external", (None, None, "gdrive-1")),
        ("placeless", (None, None, None)),
        ("misplaced", ("root", None, None)),
    ],
)
async def test_finished_content_may_be_out_of_reach(profile: str, place: tuple[str | None, ...]) -> None:
    async with account() as (pm, client):
        pm.knows(SHOW, profile=profile)  # type: ignore[arg-type]
        await client.create(SHOW)

        [listed] = await client.transfers()

        folder = "root" if listed["folder_id"] == pm.drive.root.id else listed["folder_id"]
        assert (folder, listed["file_id"], listed.get("other_cloud_id")) == place


async def test_numbers_come_as_text_where_that_was_seen() -> None:
    async with account() as (pm, client):
        pm.habits.texts = frozenset({"size", "limit_used"})
        pm.knows(SINTEL)
        await client.create(SINTEL)

        [listed] = await client.transfers()

        assert (await client.details(listed["file_id"])).json["size"] == str(SINTEL.size)
        assert (await client.ask("GET /account/info")).json["limit_used"] == "0.0"


# Links, points


async def test_links_are_byte_for_byte_and_serve_ranges() -> None:
    async with account() as (pm, client):
        pm.knows(ALBUM)
        await client.create(ALBUM)
        [listed] = await client.transfers()
        link = (await client.folder(listed["folder_id"]))["content"][0]["link"]

        whole, part = await client.get(link), await client.get(link, Range="bytes=10-19")
        other_spelling = await client.get(link.replace("%20", "+"))

        path = "01 - Dragon Dance.flac"
        assert (whole.status, whole.body) == (200, ALBUM.read(path))
        assert (part.status, part.body) == (206, ALBUM.read(path, 10, 20))
        assert other_spelling.status == 404


async def test_links_die_after_a_day_while_details_mint_new_ones() -> None:
    clock = ManualClock()
    async with account(Premiumize(clock=clock)) as (pm, client):
        pm.knows(SINTEL)
        await client.create(SINTEL)
        [listed] = await client.transfers()
        old = (await client.details(listed["file_id"])).json["link"]
        clock.advance(24 * 3600)
        new = (await client.details(listed["file_id"])).json["link"]

        assert (await client.get(old)).status == 403
        assert (await client.get(new)).status == 200
        pm.loses(SINTEL.infohash)
        assert (await client.get(new)).status == 404


async def test_files_may_have_no_link_at_first() -> None:
    clock = ManualClock()
    async with account(Premiumize(clock=clock, links_lag=20)) as (pm, client):
        pm.knows(SHOW)
        await client.create(SHOW)
        [listed] = await client.transfers()
        early = (await client.folder(listed["folder_id"]))["content"]
        clock.advance(20)
        late = (await client.folder(listed["folder_id"]))["content"]

        assert not any("link" in node for node in early)
        assert all("link" in node for node in late if node["type"] == "file")


async def test_points_are_spent_by_bytes_and_come_back_at_midnight() -> None:
    clock = ManualClock()
    async with account(Premiumize(clock=clock)) as (pm, client):
        pm.knows(SINTEL)
        await client.create(SINTEL)
        [listed] = await client.transfers()
        await client.get((await client.details(listed["file_id"])).json["link"])
        assert pm.points.left == pytest.approx(1000 - SINTEL.size / 1e9)
        pm.exhausts()

        spent = await client.details(listed["file_id"])
        shown = (await client.ask("GET /account/info")).json
        clock.advance(24 * 3600)

        assert (spent.code, shown["limit_used"]) == ("account_limit_reached", 1)
        assert (await client.ask("GET /account/info")).json["limit_used"] == 0.97


async def test_boosters_go_on_where_fair_use_ends() -> None:
    async with account() as (pm, client):
        pm.knows(SINTEL)
        await client.create(SINTEL)
        pm.exhausts()
        pm.points.boosters = 5
        [listed] = await client.transfers()

        assert "link" in (await client.details(listed["file_id"])).json


# What is there at once


async def test_a_cache_check_answers_in_the_order_it_was_asked() -> None:
    async with account() as (pm, client):
        pm.knows(SHOW)
        pm.knows(SINTEL, cached=False)
        asked = [SINTEL.infohash, SHOW.infohash.upper(), SHOW.magnet(base32=True), "rubbish"]

        answer = await client.ask("POST /cache/check", [("items[]", item) for item in asked])

        assert answer.json["response"] == [False, True, True, False]
        assert answer.json["filename"] == [None, SHOW.name, SHOW.name, None]
        assert answer.json["filesize"][1] == str(SHOW.size)
        assert pm.items() == []


async def test_direct_links_need_no_transfer_but_points() -> None:
    async with account() as (pm, client):
        pm.knows(SHOW)

        direct = (await client.ask("POST /transfer/directdl", {"src": SHOW.magnet()})).json
        unknown = await client.ask("POST /transfer/directdl", {"src": SINTEL.magnet()})

        assert [file["path"] for file in direct["content"]] == [f"{SHOW.name}/{path}" for path in SHOW.files]
        assert (await client.get(direct["location"])).body == SHOW.read(next(iter(SHOW.files)))
        assert (unknown.code, unknown.json["message"]) == ("not_found", "Error downloading this file")
        assert (pm.items(), pm.points.left < 1000) == ([], True)


async def test_a_mount_shows_what_the_drive_holds(tmp_path: Path) -> None:
    async with account() as (pm, client):
        Mount(tmp_path).attach(pm)
        pm.knows(SHOW)
        await client.create(SHOW)
        before = shown(tmp_path)
        pm.deletes(SHOW.infohash)

        assert (before, shown(tmp_path)) == ([SHOW.name], [])
