"""Who sees which torrents."""

from __future__ import annotations

from datetime import UTC, datetime

from qbitproxy.core.caller import Caller, Scope
from qbitproxy.core.torrent import Request, Torrent

SONARR = Caller(name="sonarr", arr="sonarr", category="tv-sonarr")


def a_torrent(category: str, arr: str = "") -> Torrent:
    return Torrent(
        id=1,
        infohash="a" * 40,
        category=category,
        name="Sintel",
        save_path="/downloads",
        request=Request(arr=arr),
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_an_arr_sees_what_it_asked_for_wherever_it_has_moved_it() -> None:
    assert SONARR.sees(a_torrent("imported", arr="sonarr"))


def test_an_arr_sees_its_category_whoever_asked() -> None:
    assert SONARR.sees(a_torrent("tv-sonarr"))


def test_an_arr_does_not_see_what_is_another_ones() -> None:
    assert not SONARR.sees(a_torrent("radarr", arr="radarr"))
    assert not SONARR.sees(a_torrent(""))


def test_a_person_sees_everything() -> None:
    person = Caller(name="admin")

    assert person.sees(a_torrent("radarr", arr="radarr"))
    assert person.sees(a_torrent(""))


def test_each_scope_covers_those_before_it() -> None:
    covered = {scope: [each for each in Scope if scope.covers(each)] for scope in Scope}

    assert covered == {
        Scope.READ: [Scope.READ],
        Scope.ADD: [Scope.READ, Scope.ADD],
        Scope.ADMIN: [Scope.READ, Scope.ADD, Scope.ADMIN],
    }
