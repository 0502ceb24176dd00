"""What AllDebrid's check of links amounts to."""

from __future__ import annotations

import aiohttp
import pytest

from qbitproxy.core.faults import Unreachable
from qbitproxy.core.verdict import Word
from qbitproxy.http import connect
from qbitproxy.providers.alldebrid import PROVIDER
from qbitproxy.providers.alldebrid_checks import check
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
