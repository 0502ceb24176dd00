"""What AllDebrid's check of links amounts to."""

from __future__ import annotations

import aiohttp
import pytest

from compat.content import SHOW, SINTEL
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.verdict import Word
from qbitproxy.http import connect
from qbitproxy.providers.alldebrid import PROVIDER
from qbitproxy.providers.alldebrid_checks import check, find
from qbitproxy.settings import Secret
from tests.providers.account import NAME
from tests.providers.alldebrid_account import an_account


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("LINK_DOWN", Word.DEAD),
        ("MAGNET_LINKS_REMOVED", Word.DEAD),
        ("BAD_LINK", Word.DOUBTED),
        ("LINK_HOST_NOT_SUPPORTED", Word.DOUBTED),
        ("LINK_TEMPORARY_UNAVAILABLE", Word.UNSURE),
        ("NO_SERVER", Word.UNSURE),
        ("NEVER_HEARD_OF", Word.UNSURE),
    ],
)
async def test_only_a_link_that_is_said_to_be_down_is_dead(code: str, word: Word) -> None:
    async with an_account() as (ad, _, clock), aiohttp.ClientSession() as session:
        said = [{"link": "one", "error": {"code": code}}, {"link": "two", "filename": "two.mkv"}]
        ad.fault("POST /v4/link/infos", status=200, body={"status": "success", "data": {"infos": said}})
        http = connect(PROVIDER.http, NAME, ad.url, Secret(ad.token), session, clock)

        assert await check(http, NAME, ["one", "two"]) == {"one": word, "two": Word.ALIVE}


async def test_a_link_check_that_leaves_links_out_says_nothing() -> None:
    async with an_account() as (ad, _, clock), aiohttp.ClientSession() as session:
        said = [{"link": "one", "filename": "one.mkv"}, "odd"]
        ad.fault("POST /v4/link/infos", status=200, body={"status": "success", "data": {"infos": said}})
        http = connect(PROVIDER.http, NAME, ad.url, Secret(ad.token), session, clock)

        with pytest.raises(Unreachable, match="1 of 2 links"):
            await check(http, NAME, ["one", "two"])


async def test_one_link_of_each_torrent_is_found_with_one_call() -> None:
    async with an_account() as (ad, _, clock), aiohttp.ClientSession() as session:
        for release in (SINTEL, SHOW):
            ad.knows(release)
        ids = [str(ad.added_elsewhere(release).id) for release in (SINTEL, SHOW)]
        http = connect(PROVIDER.http, NAME, ad.url, Secret(ad.token), session, clock)

        links = await find(http, NAME, [*ids, "999999"])

        assert list(links) == ids
        assert ad.calls() == 1
        assert set((await check(http, NAME, list(links.values()))).values()) == {Word.ALIVE}


async def test_a_torrent_without_a_link_for_each_file_has_none() -> None:
    async with an_account() as (ad, _, clock), aiohttp.ClientSession() as session:
        trees = [
            {"id": 1, "files": [{"n": "one.mkv", "s": 9, "l": "one"}, {"n": "two.mkv", "s": 9}]},
            {"id": 2, "error": {"code": "MAGNET_INVALID_ID"}},
            {
                "id": "3",
                "files": [{"n": "small.mkv", "s": 1, "l": "small"}, {"n": "big", "s": 2, "l": "big"}],
            },
            "odd",
        ]
        body = {"status": "success", "data": {"magnets": trees}}
        ad.fault("POST /v4/magnet/files", status=200, body=body)
        http = connect(PROVIDER.http, NAME, ad.url, Secret(ad.token), session, clock)

        assert await find(http, NAME, ["1", "2", "3"]) == {"3": "big"}
