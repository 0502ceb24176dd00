"""Repair of single series and films, by the numbers that Decypharr, Tautulli and the Arrs have for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from compat.emulators.arr import Arr
from compat.emulators.arr_shelf import MediaFile
from compat.emulators.radarr import Radarr
from compat.emulators.sonarr import Sonarr
from qbitproxy.core.repair import Scope
from qbitproxy.settings import Secret
from qbitproxy.settings.peers import ArrKind, ArrSettings
from tests.web.stand import Stand, a_stand, usual_settings

KINDS = {"sonarr": ArrKind.SONARR, "sonarr-4k": ArrKind.SONARR, "radarr": ArrKind.RADARR}
FIRST, SECOND = 1, 2  # ids at every Arr; 101, 102 are those of the catalogues
ANY_EPISODE = {"topic": "tautulli", "type": "episode"}


class Libraries(dict[str, Arr]):
    """Two Sonarrs, a Radarr; only the first Sonarr has a second title."""


@pytest.fixture
async def arrs(tmp_path: Path) -> AsyncIterator[Libraries]:
    async with AsyncExitStack() as stack:
        running = Libraries()
        for name, kind in KINDS.items():
            made = (Radarr if kind is ArrKind.RADARR else Sonarr)(tmp_path / name)
            running[name] = await stack.enter_async_context(made)
            shelve(made, "First")
        shelve(running["sonarr"], "Second")
        yield running


@pytest.fixture
async def stand(tmp_path: Path, arrs: Libraries) -> AsyncIterator[Stand]:
    settings = replace(
        usual_settings(tmp_path),
        arrs={
            name: ArrSettings(kind=KINDS[name], url=arr.url, api_key=Secret(arr.api_key), category=name)
            for name, arr in arrs.items()
        },
    )
    async with a_stand(tmp_path, settings=settings) as stand:
        yield stand


def shelve(arr: Arr, title: str) -> MediaFile:
    folder = arr.root / title
    folder.mkdir(parents=True)
    (folder / "file.mkv").write_text("x")
    [file] = arr.holds(title, [folder / "file.mkv"])
    return file


async def post(stand: Stand, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    async with stand.client.post(path, json=body, headers=stand.bearer) as answer:
        return answer.status, await answer.json() if await answer.read() else None


def scopes(stand: Stand) -> list[Scope]:
    return [job.scope for job in stand.repairs.all()]


@pytest.mark.parametrize(
    ("arr", "ids", "scope"),
    [
        ("sonarr", ["102"], Scope(("sonarr",), (SECOND,))),
        ("sonarr", ["102", "tvdb:101"], Scope(("sonarr",), (FIRST, SECOND))),
        ("sonarr", ["id:2"], Scope(("sonarr",), (SECOND,))),
        ("radarr", ["101"], Scope(("radarr",), (FIRST,))),
        ("radarr", ["tmdb:101"], Scope(("radarr",), (FIRST,))),
        ("", ["tvdb:102"], Scope(("sonarr",), (SECOND,))),
        ("", ["tmdb:101"], Scope(("radarr",), (FIRST,))),
    ],
)
async def test_a_number_means_what_it_means_to_decypharr(
    stand: Stand, arr: str, ids: list[str], scope: Scope
) -> None:
    status, said = await post(stand, "/api/repair", {"arr": arr, "mediaIds": ids, "async": True})

    assert (status, scopes(stand)) == (200, [scope])
    assert said["media_ids"] == [f"id:{each}" for each in scope.media_ids]


@pytest.mark.parametrize(
    ("arr", "ids", "status", "said"),
    [
        ("sonarr", ["999"], 404, "there is no 999 in the library of sonarr"),
        ("sonarr", ["1"], 404, "there is no 1 in the library of sonarr"),
        ("sonarr", ["101", "999"], 404, "there is no 999 in the library of sonarr"),
        ("sonarr", ["tmdb:101"], 404, "there is no tmdb:101 in the library of sonarr"),
        ("radarr", ["tvdb:101"], 404, "there is no tvdb:101 in the library of radarr"),
        ("radarr", ["id:2"], 404, "there is no id:2 in the library of radarr"),
        ("", ["tvdb:999"], 404, "there is no tvdb:999 in the library of sonarr, sonarr-4k, radarr"),
        ("sonarr", ["101\n"], 400, "mediaIds are numbers, or written tvdb:1, tmdb:1, id:1"),
        ("", ["102"], 400, "mediaIds: which Arr's is 102? Send `arr`, or write tvdb:, tmdb:"),
        ("", ["id:2"], 400, "mediaIds: which Arr's is id:2? Send `arr`, or write tvdb:, tmdb:"),
        ("", ["tvdb:101"], 400, "sonarr, sonarr-4k have some of it: ask for one `arr` at a time"),
        ("", ["tvdb:102", "tmdb:101"], 400, "radarr, sonarr have some of it: ask for one `arr` at a time"),
        *(
            ("sonarr", [odd], 400, "the request does not fit")
            for odd in ("tt1", "", "0", "-1", "\u0661", "tvdb:", "imdb:1", "1" * 16)
        ),
    ],
)
async def test_what_is_not_there_or_unclear_is_refused(
    stand: Stand, arr: str, ids: list[str], status: int, said: str
) -> None:
    answered, problem = await post(stand, "/api/repair", {"arr": arr, "mediaIds": ids, "async": True})

    assert (answered, problem["error"], scopes(stand)) == (status, said, [])


async def test_an_arr_that_does_not_answer_is_no_arr_without_it(stand: Stand, arrs: Libraries) -> None:
    arrs["sonarr-4k"].fault(status=503, body="down", times=None)

    status, problem = await post(stand, "/api/repair", {"mediaIds": ["tvdb:102"], "async": True})

    assert (status, scopes(stand)) == (502, [])
    assert problem["error"].startswith("sonarr-4k could not be asked")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"tvdb_id": "102"}, [Scope(("sonarr",), (SECOND,))]),
        ({"tvdb_id": 101}, [Scope(("sonarr",), (FIRST,)), Scope(("sonarr-4k",), (FIRST,))]),
        ({"tmdb_id": "101", "tvdb_id": ""}, [Scope(("radarr",), (FIRST,))]),
        ({"type": "episode", "tmdb_id": "101", "tvdb_id": "102"}, [Scope(("sonarr",), (SECOND,))]),
        ({"type": "movie", "tmdb_id": "101", "tvdb_id": "102"}, [Scope(("radarr",), (FIRST,))]),
        ({"arr": "sonarr-4k", "tvdb_id": "101"}, [Scope(("sonarr-4k",), (FIRST,))]),
        ({"arr": "sonarr", "media_id": "102", "fix": True}, [Scope(("sonarr",), (SECOND,))]),
    ],
)
async def test_tautulli_has_looked_for_what_cannot_be_played(
    stand: Stand, body: dict[str, Any], expected: list[Scope]
) -> None:
    assert await post(stand, "/webhooks/tautulli", {"topic": "tautulli"} | body) == (200, None)

    assert scopes(stand) == expected


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tvdb_id": "999"}, 404),
        ({"type": "movie", "tmdb_id": "102"}, 404),
        ({"type": "movie", "tvdb_id": "102"}, 400),
        ({"type": "episode", "tmdb_id": "101"}, 400),
        ({"tmdb_id": "101", "tvdb_id": "102"}, 400),
        ({"media_id": "102"}, 400),
        ({"arr": "nobody", "tvdb_id": "102"}, 404),
    ],
)
async def test_tautulli_is_told_what_cannot_be_looked_for(
    stand: Stand, body: dict[str, Any], status: int
) -> None:
    answered, _ = await post(stand, "/webhooks/tautulli", {"topic": "tautulli"} | body)

    assert (answered, scopes(stand)) == (status, [])


async def test_tautulli_is_told_of_a_job_that_runs_once_the_others_are_asked_for(stand: Stand) -> None:
    running = await stand.repairs.ask(Scope(("sonarr",)))

    status, problem = await post(stand, "/webhooks/tautulli", ANY_EPISODE | {"tvdb_id": "101"})

    assert (status, problem["detail"]) == (409, running.id)
    assert scopes(stand) == [Scope(("sonarr",)), Scope(("sonarr-4k",), (FIRST,))]
