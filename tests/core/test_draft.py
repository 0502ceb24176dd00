"""A torrent as it is on its first day."""

from __future__ import annotations

from datetime import UTC, datetime

from qbitproxy.core.draft import Draft, by_tier, torrent_of, trackers_of
from qbitproxy.core.telemetry import NOTHING_SEEN
from qbitproxy.core.torrent import Accepted, Request, Tracker
from tests.support import a_source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_draft(name: str = "") -> Draft:
    return Draft(
        source=a_source(), category="radarr", save_path="/downloads/radarr", request=Request(), name=name
    )


def test_a_new_torrent_is_what_was_asked_for_with_nothing_done_yet() -> None:
    torrent = torrent_of(a_draft(), 7, NOW)

    assert (torrent.id, torrent.infohash, torrent.files) == (7, a_source().infohash, a_source().files)
    assert (torrent.category, torrent.save_path, torrent.added_at) == ("radarr", "/downloads/radarr", NOW)
    assert torrent.phase == Accepted()
    assert (torrent.completed_at, torrent.refusals, torrent.losses, torrent.stumbles) == (None, (), 0, 0)


def test_a_name_that_was_asked_for_goes_before_the_sources_own() -> None:
    assert torrent_of(a_draft("Mine"), 7, NOW).name == "Mine"
    assert torrent_of(a_draft(), 7, NOW).name == a_source().name


def test_a_new_torrent_has_the_trackers_of_its_source_by_tier() -> None:
    source = a_source(trackers=("http://b/", "http://a/", "http://c/"), tiers=(1, 0, 1))

    assert trackers_of(source) == (
        Tracker("http://a/", 0),
        Tracker("http://b/", 1),
        Tracker("http://c/", 1),
    )


def test_trackers_without_tiers_are_asked_one_after_the_other() -> None:
    source = a_source(trackers=("http://b/", "http://a/"))

    assert trackers_of(source) == (Tracker("http://b/", 0), Tracker("http://a/", 1))


def test_a_tracker_that_comes_twice_is_there_once_in_its_first_tier() -> None:
    twice = (Tracker("http://b/", 1), Tracker("http://a/", 0), Tracker("http://a/", 3))

    assert by_tier(twice) == (Tracker("http://a/", 0), Tracker("http://b/", 1))


def test_torrents_of_the_same_tracker_share_its_text() -> None:
    one, two = (trackers_of(a_source(trackers=("http://a/" + digit * 2,))) for digit in "11")

    assert one[0].url is two[0].url


def test_what_nobody_has_seen_is_not_on_its_way() -> None:
    assert (NOTHING_SEEN.item, NOTHING_SEEN.progress, NOTHING_SEEN.speed, NOTHING_SEEN.done) == (
        None,
        0,
        0,
        0,
    )
