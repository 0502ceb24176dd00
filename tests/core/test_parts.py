"""A torrent of several seasons, and what becomes of its seasons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qbitproxy.core.events import Split, StaleEvent, evolve, part_of
from qbitproxy.core.plan import Finish, Wait, World, next_step
from qbitproxy.core.torrent import (
    Divided,
    Fetching,
    Part,
    Phase,
    Placing,
    Remote,
    RemoteFile,
    Request,
    Torrent,
    origin,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REMOTE = Remote("one", "ID")
FIRST = Part(
    infohash="1" * 40,
    name="Show.S01",
    files=(RemoteFile(id="1", path="Season 1/Show.S01E01.mkv", size=10),),
)
SPLIT = Split("Show.S01-S02", (FIRST,))


def a_whole(phase: Phase) -> Torrent:
    return Torrent(
        id=7,
        infohash="b" * 40,
        category="tv-sonarr",
        name="Show.S01-S02",
        save_path="/d",
        request=Request(arr="sonarr"),
        added_at=NOW,
        phase=phase,
    )


def test_a_whole_that_is_split_keeps_its_remote_item_for_its_parts() -> None:
    whole = evolve(a_whole(Fetching(REMOTE, NOW)), SPLIT, NOW)

    assert whole.phase == Divided(REMOTE, NOW)


def test_a_part_begins_with_its_files_ready_to_be_placed_and_knows_where_it_is_from() -> None:
    part = part_of(a_whole(Fetching(REMOTE, NOW)), SPLIT, FIRST, 8, NOW)

    assert (part.id, part.infohash, part.name) == (8, FIRST.infohash, "Show.S01")
    assert part.phase == Placing(REMOTE, NOW, "Show.S01-S02", FIRST.files)
    assert origin(part) == "b" * 40
    assert part.request.arr == "sonarr"


def test_what_is_not_being_fetched_any_more_has_no_parts() -> None:
    with pytest.raises(StaleEvent):
        part_of(a_whole(Divided(REMOTE, NOW)), SPLIT, FIRST, 8, NOW)


def test_a_whole_waits_for_its_parts_then_is_finished() -> None:
    whole = a_whole(Divided(REMOTE, NOW))

    assert isinstance(next_step(whole, World(now=NOW, providers={}, parts=1)), Wait)
    assert isinstance(next_step(whole, World(now=NOW, providers={})), Finish)
