"""The download root as `/api` shows it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from qbitproxy.core.events import Cached, Placed, Seen, Submitted
from qbitproxy.core.torrent import Remote, RemoteFile
from tests.support import a_draft
from tests.web.stand import Stand, a_stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """The root holds a torrent made of links, a file of somebody's, a link that leads out."""
    root = tmp_path / "downloads"
    (root / "radarr" / "Bunny").mkdir(parents=True)
    (root / "radarr" / "Bunny" / "bunny.mkv").symlink_to("/mnt/realdebrid/bunny.mkv")
    (root / "radarr" / "notes.txt").write_text("hello")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (root / "radarr" / "escape").symlink_to(outside)
    (root / os.fsdecode(b"odd\xff")).mkdir()
    async with a_stand(tmp_path) as stand:
        torrent = await stand.library.accept(a_draft("a" * 40, "radarr"))
        files = (RemoteFile(id="1", path="pack/bunny.mkv", size=1000),)
        for event in (
            Submitted(Remote("realdebrid", "RDID")),
            Cached("Bunny", files),
            Placed(str(root / "radarr" / "Bunny")),
            Seen(""),
        ):
            await stand.library.record(torrent.id, event)
        yield stand


async def ask(stand: Stand, path: str, query: str = "") -> tuple[int, Any]:
    url = f"/api/browse?path={quote(path)}{query}"
    async with stand.client.get(url, headers=stand.bearer) as answer:
        return answer.status, await answer.json()


async def test_folder_shows_what_is_in_it_folders_first(stand: Stand) -> None:
    status, said = await ask(stand, "radarr")

    assert status == 200
    assert (said["current_dir"], said["parent_dir"], said["total"]) == ("radarr", "", 3)
    assert [
        (e["name"], e["path"], e["size"], e["is_dir"], e["is_link"], e["info_hash"][:1])
        for e in said["entries"]
    ] == [
        ("Bunny", "radarr/Bunny", None, True, False, "a"),
        ("escape", "radarr/escape", None, False, True, ""),
        ("notes.txt", "radarr/notes.txt", 5, False, False, ""),
    ]


async def test_link_of_a_torrent_has_the_size_of_its_file(stand: Stand) -> None:
    _, said = await ask(stand, "/radarr/Bunny/")

    (link,) = said["entries"]
    assert (link["name"], link["size"], link["is_link"], link["info_hash"]) == (
        "bunny.mkv",
        1000,
        True,
        "a" * 40,
    )


async def test_folder_is_searched_and_paged(stand: Stand) -> None:
    assert [e["name"] for e in (await ask(stand, "radarr", "&search=NOTES"))[1]["entries"]] == ["notes.txt"]
    assert [e["name"] for e in (await ask(stand, "radarr", "&limit=1&offset=1"))[1]["entries"]] == ["escape"]


async def test_name_that_is_no_text_is_shown_all_the_same(stand: Stand) -> None:
    _, said = await ask(stand, "")

    assert [entry["name"] for entry in said["entries"]] == ["odd?", "radarr"]


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../outside",
        "radarr/../../outside",
        "radarr/escape",
        "radarr/escape/",
        "radarr/notes.txt",
        "radarr/Bunny/bunny.mkv",
        "nowhere",
        "radarr\0",
        "/etc",
        "x" * 4000,
    ],
)
async def test_nothing_leads_out_of_the_root(stand: Stand, path: str) -> None:
    status, said = await ask(stand, path)

    assert (status, said["status"]) == (404, 404)
    assert "secret" not in str(said)
