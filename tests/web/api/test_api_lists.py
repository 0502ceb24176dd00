"""`GET /api/torrents` narrowed down, sorted, in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbitproxy.core.events import Cached, GaveUp, Paused, Placed, RemovalAsked, Seen, Submitted
from qbitproxy.core.faults import Reason
from qbitproxy.core.torrent import Remote, RemoteFile, Request
from qbitproxy.library import Draft
from qbitproxy.web.api import list_routes
from qbitproxy.web.api.shelf import Shelf
from tests.support import ManualClock, a_draft, a_library, a_source
from tests.web.stand import Stand, a_stand

REMOTE = Remote("realdebrid", "RDID")
FILES = (RemoteFile(id="1", path="bunny.mkv", size=1000),)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """Five torrents, each a minute younger than the one before it."""
    clock = ManualClock()
    async with a_stand(tmp_path, clock=clock) as stand:
        for number, (name, category, arr, size) in enumerate(
            [
                ("Zebra", "radarr", "radarr", 50),
                ("apple", "tv-sonarr", "sonarr", 10),
                ("Mango", "", "", 40),
                ("banana", "radarr", "radarr", 20),
                ("Cherry", "radarr", "", 30),
            ]
        ):
            source = a_source(f"{number}" * 40, name=name, size=size)
            await stand.library.accept(
                Draft(source=source, category=category, save_path="/d", request=Request(arr=arr))
            )
            clock.advance(timedelta(minutes=1))
        yield stand


async def ask(stand: Stand, query: str = "") -> Any:
    async with stand.client.get(f"/api/torrents{query}", headers=stand.bearer) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def names(torrents: list[dict[str, Any]]) -> list[str]:
    return [torrent["name"] for torrent in torrents]


async def live(stand: Stand) -> None:
    """Zebra is ready, apple failed, Mango is paused, banana is fetched."""
    ready, failed, paused, fetched, _ = stand.library.listed()
    for event in (Submitted(REMOTE), Cached("Zebra", FILES), Placed("/d/Zebra"), Seen("")):
        await stand.library.record(ready.id, event)
    await stand.library.record(failed.id, GaveUp(Reason.NO_SEEDS, "nobody has it"))
    await stand.library.record(paused.id, Paused())
    await stand.library.record(fetched.id, Submitted(Remote("torbox", "TB")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?phase=ready", ["Zebra"]),
        ("?state=error", ["apple"]),
        ("?state=pausedDL", ["Mango"]),
        ("?phase=accepted", ["Cherry", "Mango"]),
        ("?category=radarr", ["Cherry", "banana", "Zebra"]),
        ("?category=", ["Mango"]),
        ("?arr=sonarr", ["apple"]),
        ("?debrid=torbox", ["banana"]),
        ("?search=AN", ["banana", "Mango"]),
        ("?search=3333", ["banana"]),
        ("?search=an&category=radarr", ["banana"]),
        ("?category=nobodys", []),
    ],
)
async def test_list_holds_what_is_wanted(stand: Stand, query: str, expected: list[str]) -> None:
    await live(stand)

    assert names(await ask(stand, query)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?sort=name&order=asc", ["apple", "banana", "Cherry", "Mango", "Zebra"]),
        ("?sort_by=name&sort_order=desc", ["Zebra", "Mango", "Cherry", "banana", "apple"]),
        ("?sort=size", ["Zebra", "Mango", "Cherry", "banana", "apple"]),
        ("?order=asc", ["Zebra", "apple", "Mango", "banana", "Cherry"]),
        ("?sort=category&order=asc", ["Mango", "Cherry", "banana", "Zebra", "apple"]),
        ("?sort=progress&limit=1", ["Zebra"]),
        ("?sort=state&order=asc&limit=2", ["banana", "apple"]),
    ],
)
async def test_list_stands_in_the_order_that_is_asked_for(
    stand: Stand, query: str, expected: list[str]
) -> None:
    await live(stand)
    said = await ask(stand, query)

    assert names(said["torrents"] if isinstance(said, dict) else said) == expected


async def test_page_says_what_there_is_besides(stand: Stand) -> None:
    said = await ask(stand, "?limit=2&offset=2")

    assert names(said.pop("torrents")) == ["Mango", "apple"]
    assert said == {
        "total": 5,
        "limit": 2,
        "offset": 2,
        "next": 4,
        "page": 2,
        "total_pages": 3,
        "has_prev": True,
        "has_next": True,
        "categories": [],
    }


@pytest.mark.parametrize("wanted", ["", "&search=a", "&sort=size", "&order=asc"])
@pytest.mark.parametrize("by", ["offset", "page"])
async def test_pages_put_together_are_the_list(stand: Stand, wanted: str, by: str) -> None:
    whole, found, step = names(await ask(stand, f"?{wanted[1:]}")), list[str](), 0

    while len(found) < len(whole):
        page = await ask(stand, f"?limit=2&{by}={step * 2 if by == 'offset' else step + 1}{wanted}")
        found, step = [*found, *names(page["torrents"])], step + 1

    assert found == whole
    assert (page["next"], page["total"]) == (None, len(whole))


async def test_page_behind_the_last_is_empty(stand: Stand) -> None:
    said = await ask(stand, "?page=9")

    assert (said["torrents"], said["next"], said["has_next"]) == ([], None, False)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("offset=-1", "offset"),
        ("page=0", "page"),
        ("phase=done", "phase"),
        ("sort=colour", "sort"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
        ("limit=1e1", "limit"),
    ],
)
async def test_parameter_that_does_not_fit_is_named(stand: Stand, query: str, named: str) -> None:
    answer = await stand.client.get(f"/api/torrents?{query}", headers=stand.bearer)

    said = await answer.json()
    assert (answer.status, said["status"]) == (400, 400)
    assert f"`{named}`" in said["detail"] or f"`$.{named}`" in said["detail"]


async def test_list_longer_than_a_stretch_is_in_order(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_routes, "CHOSEN_AT_ONCE", 2)

    for query in ("sort=name&order=asc", "sort=size", "order=asc", "category=radarr"):
        whole = names(await ask(stand, f"?{query}"))
        assert names((await ask(stand, f"?{query}&limit=2&offset=3"))["torrents"]) == whole[3:5]
    assert names(await ask(stand, "?sort=name&order=asc")) == ["apple", "banana", "Cherry", "Mango", "Zebra"]


async def test_torrent_on_its_way_out_is_on_no_page(stand: Stand) -> None:
    assert (await ask(stand, "?limit=5"))["total"] == 5
    newest = stand.library.listed()[-1]
    await stand.library.record(newest.id, RemovalAsked(True))
    await stand.library.accept(a_draft("f" * 40, "radarr"))

    said = await ask(stand, "?limit=1")

    assert (said["total"], said["torrents"][0]["hash"]) == (5, "f" * 40)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_shelf_is_what_the_library_lists(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[bool, int]]
) -> None:
    clock = ManualClock()
    async with a_library(tmp_path_factory.mktemp("shelf"), clock) as library:
        shelf = Shelf(library)
        for adds, number in story:
            if adds:
                await library.accept(a_draft(f"{number}" * 40, "radarr"))
            elif torrent := library.find(f"{number}" * 40, "radarr"):
                await library.record(torrent.id, RemovalAsked(True))
            clock.advance(timedelta(seconds=number - 4))  # clocks are set back at times

            by_age = sorted(library.listed(), key=lambda t: (t.added_at, t.id), reverse=True)
            listed = [torrent.id for torrent in by_age]
            assert shelf.newest() == listed
            assert shelf.newest(2, 1) == listed[1:3]
            assert len(shelf) == len(listed)
