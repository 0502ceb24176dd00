"""What nobody refers to, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qbitproxy.core.orphans import Kind, Orphan, Survey
from qbitproxy.core.references import Reference, Walk
from qbitproxy.core.torrent import Remote
from tests.web.stand import Stand, a_stand, ask

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


async def surveyed(stand: Stand, *doubts: str) -> None:
    """What a survey would have left: two items that nobody refers to, a folder that we would not remove."""
    orphans = [
        Orphan(
            kind=kind,
            provider=provider,
            key=key,
            name=key,
            size=size,
            why_not=why_not,
            found_at=AT,
            seen_at=AT,
        )
        for kind, provider, key, size, why_not in (
            (Kind.ITEM, "realdebrid", "ONE", 1000, ""),
            (Kind.ITEM, "realdebrid", "TWO", 500, ""),
            (Kind.FOLDER, "", "/downloads/x", 70, "it holds files"),
        )
    ]
    survey = Survey(began_at=AT, ended_at=AT, files=12, doubts=doubts)
    await stand.references.put_orphans(orphans, [], survey)


async def test_nothing_is_known_before_the_first_survey(stand: Stand) -> None:
    status, shown = await ask(stand, "GET", "/api/orphans")

    assert status == 200
    assert shown == {"survey": None, "surveying": None, "totals": {}, "orphans": [], "after": 0}


async def test_orphans_are_listed_by_kind_a_page_at_a_time(stand: Stand) -> None:
    await surveyed(stand, "sonarr could not be asked")

    _, first = await ask(stand, "GET", "/api/orphans?kind=item&limit=1")
    _, second = await ask(stand, "GET", f"/api/orphans?kind=item&limit=1&after={first['after']}")
    _, last = await ask(stand, "GET", f"/api/orphans?kind=item&limit=1&after={second['after']}")

    assert [page["orphans"][0]["key"] for page in (first, second)] == ["ONE", "TWO"]
    assert last["orphans"] == []
    assert first["totals"] == {"item": {"count": 2, "size": 1500}, "folder": {"count": 1, "size": 70}}
    assert first["survey"]["doubts"] == ["sonarr could not be asked"]


async def test_what_is_to_go_is_noted_and_a_survey_is_wanted(stand: Stand) -> None:
    await surveyed(stand)

    status, answer = await ask(stand, "POST", "/api/orphans/remove", {"ids": ["1", "3", "99", "x"]})

    assert (status, answer) == (200, {"asked": ["1"], "left": ["3", "99", "x"]})
    _, shown = await ask(stand, "GET", "/api/orphans")
    assert [orphan["asked_at"] is not None for orphan in shown["orphans"]] == [True, False, False]
    assert stand.references.wishes == 1


async def test_in_doubt_nothing_is_removed_unless_a_person_insists(stand: Stand) -> None:
    await surveyed(stand, "sonarr could not be asked")

    refused = await ask(stand, "POST", "/api/orphans/remove", {"ids": ["1"]})
    taken = await ask(stand, "POST", "/api/orphans/remove", {"ids": ["1"], "despiteDoubts": True})

    assert refused[0] == 409
    assert "sonarr could not be asked" in str(refused[1])
    assert taken == (200, {"asked": ["1"], "left": []})


async def test_a_survey_may_be_asked_for(stand: Stand) -> None:
    assert await ask(stand, "POST", "/api/orphans/survey", {"believe": True}) == (202, None)

    assert (stand.references.wishes, stand.references.believing) == (1, True)


async def test_the_files_that_play_from_an_item_are_shown(stand: Stand) -> None:
    found = [Reference("sonarr", 7, "/tv/Show/1.mkv", Remote("realdebrid", "ONE"))]
    await stand.references.refer(found, AT)

    status, answer = await ask(stand, "GET", "/api/references?provider=realdebrid&item=ONE")

    assert (status, answer) == (200, [{"arr": "sonarr", "media_id": 7, "path": "/tv/Show/1.mkv"}])


async def test_names_that_are_no_utf8_are_shown_as_far_as_they_can_be(stand: Stand) -> None:
    path, one = "/tv/Caf\udce9.mkv", Remote("realdebrid", "ONE")
    await stand.references.refer([Reference("sonarr", 7, path, one)], AT)
    orphan = Orphan(kind=Kind.LINK, key=path, name="Caf", size=0, found_at=AT, seen_at=AT)
    await stand.references.put_orphans([orphan], [], Survey(began_at=AT, ended_at=AT, files=1))

    _, references = await ask(stand, "GET", "/api/references?provider=realdebrid&item=ONE")
    _, orphans = await ask(stand, "GET", "/api/orphans")

    assert [references[0]["path"], orphans["orphans"][0]["key"]] == ["/tv/Caf\ufffd.mkv"] * 2


async def test_an_arr_that_is_gone_is_forgotten_one_that_is_there_is_not(stand: Stand) -> None:
    at = AT
    await stand.references.refer([Reference("old", 7, "/tv/1.mkv", Remote("realdebrid", "ONE"))], at)
    await stand.references.end_walk(Walk(arr="old", at=at, files=1), ["realdebrid"])

    assert await ask(stand, "DELETE", "/api/references?arr=old") == (200, {"files": 1})
    assert await stand.references.walks() == {}
    assert (await ask(stand, "DELETE", "/api/references?arr=sonarr"))[0] == 409
