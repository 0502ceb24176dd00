"""What our own torrents tell of remote items."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qbitproxy.core.records import Records, file_at
from qbitproxy.core.torrent import Accepted, Phase, Placing, Ready, Remote, RemoteFile, Request, Torrent
from qbitproxy.core.trail import Trail, places, trail

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = places([("/mnt/rd", "rd")])
ITEM = Remote("rd", "1")


def a_file(path: str, size: int = 1000) -> RemoteFile:
    return RemoteFile(id=path, path=path, size=size)


def a_torrent(name: str, phase: Phase, infohash: str = "a" * 40, part_of: str = "") -> Torrent:
    return Torrent(
        id=1,
        infohash=infohash,
        category="radarr",
        name=name,
        save_path="/downloads",
        request=Request(),
        added_at=NOW,
        part_of=part_of,
        phase=phase,
    )


def ready(remote: Remote, *paths: str) -> Ready:
    return Ready(remote, tuple(map(a_file, paths)), "/downloads/x")


def leads(path: str) -> Trail:
    found = trail(f"/mnt/rd/{path}", PLACES)
    assert found is not None
    return found


def test_an_item_is_known_by_the_torrent_that_holds_it() -> None:
    records = Records([a_torrent("Sintel.mkv", ready(ITEM, "sintel.mkv"))])

    assert records.ids("rd") == {"1"}
    assert records.infohash(ITEM) == "a" * 40
    assert records.files(ITEM) == (a_file("sintel.mkv"),)
    for folder in ("Sintel.mkv", "Sintel", "a" * 40):
        assert records.led_to("rd", leads(f"__all__/{folder}/sintel.mkv")) == ITEM
    assert records.led_to("rd", leads("movies/Sintel.mkv")) == ITEM


def test_what_no_torrent_holds_is_not_known() -> None:
    records = Records([a_torrent("Sintel", Accepted())])

    assert records.ids("rd") == ()
    assert (records.infohash(ITEM), records.files(ITEM)) == ("", ())
    assert records.led_to("rd", leads("Sintel/sintel.mkv")) is None


def test_a_name_of_several_items_leads_nowhere() -> None:
    torrents = [a_torrent("Sintel", ready(Remote("rd", str(number)))) for number in (1, 2, 1)]

    assert Records(torrents).led_to("rd", leads("Sintel/sintel.mkv")) is None


def test_seasons_of_a_pack_share_their_item() -> None:
    placing = Placing(ITEM, NOW, "Show", (a_file("S02E01.mkv"), a_file("S01E01.mkv")))
    parts = [
        a_torrent("Show S01", ready(ITEM, "S01E01.mkv"), "b" * 40, "a" * 40),
        a_torrent("Show S02", placing, "c" * 40, "a" * 40),
    ]

    records = Records(parts)

    assert records.infohash(ITEM) == "a" * 40
    assert [file.path for file in records.files(ITEM)] == ["S01E01.mkv", "S02E01.mkv"]


@pytest.mark.parametrize(
    ("path", "size", "found"),
    [
        ("Sintel/S01/a.mkv", 0, "S01/a.mkv"),
        ("S01/a.mkv", 0, "S01/a.mkv"),
        ("Sintel/b.mkv", 0, "extras/b.mkv"),
        ("Sintel/a.mkv", 0, None),
        ("Sintel/renamed.mkv", 3000, "extras/b.mkv"),
        ("Sintel/renamed.mkv", 1000, None),
        ("Sintel/renamed.mkv", 0, None),
    ],
)
def test_a_file_is_found_by_the_end_of_its_path_its_name_or_its_size(
    path: str, size: int, found: str | None
) -> None:
    files = [a_file("S01/a.mkv"), a_file("S02/a.mkv"), a_file("extras/b.mkv", 3000)]

    at = file_at(files, path, size)

    assert (at.path if at else None) == found
