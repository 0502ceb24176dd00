"""What a few bytes through a fresh link tell of a remote file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from compat.content import Release
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import Link
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.core.verdict import Word
from qbitproxy.files.sips import Sips
from tests.files.ground import Cdn, answers, silent, whole, zero_bytes
from tests.files.ground import Fault as CdnFault
from tests.support import EagerClock

Serving = Callable[[Release], Awaitable[Cdn]]
FILM = Release("Sintel", {"sintel.mkv": 50_000, "short.mkv": 100})
FILE = RemoteFile(id="1", path="sintel.mkv", size=50_000)


async def sip(cdn: Cdn, file: RemoteFile = FILE, deadline: float = 5) -> Word:
    sips = Sips(EagerClock(), timedelta(seconds=deadline))
    sipped = await sips.sip(file, cdn.link)
    assert cdn.url not in sipped.detail
    return sipped.word


async def test_a_file_that_comes_at_head_and_tail_is_alive(serving: Serving) -> None:
    cdn = await serving(FILM)

    assert await sip(cdn) is Word.ALIVE
    assert cdn.requests == [("sintel.mkv", 0, 1024), ("sintel.mkv", 48_976, 50_000)]


async def test_a_short_file_has_no_tail(serving: Serving) -> None:
    cdn = await serving(FILM)

    assert await sip(cdn, RemoteFile(id="2", path="short.mkv", size=100)) is Word.ALIVE
    assert len(cdn.requests) == 1


async def test_a_link_that_leads_nowhere_is_made_anew_once(serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.expired.add("1")

    assert await sip(cdn) is Word.ALIVE
    assert len(cdn.links) == 2


@pytest.mark.parametrize("status", [404, 410])
async def test_a_file_whose_links_all_lead_nowhere_is_dead(status: int, serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.always = answers(status)

    assert await sip(cdn) is Word.DEAD
    assert len(cdn.links) == 2


@pytest.mark.parametrize(
    "fault",
    [
        zero_bytes,
        *(answers(status) for status in (400, 401, 403, 416, 429, 451, 500, 502, 503)),
        answers(206, b"x", Content_Range="bytes 0-0/999"),
        answers(200, b"an apology"),
    ],
)
async def test_whatever_else_a_link_answers_says_nothing(fault: CdnFault, serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.always = fault

    assert await sip(cdn) is Word.UNSURE
    assert len(cdn.links) == 1


async def test_a_server_that_sends_whole_files_is_read_at_their_head(serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.always = whole(FILM)

    assert await sip(cdn) is Word.ALIVE


async def test_a_tail_that_is_empty_says_nothing(serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.faults.extend([None, zero_bytes])

    assert await sip(cdn) is Word.UNSURE


async def test_a_link_may_take_a_while_to_settle(serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.settling = 5.0
    cdn.faults.extend([answers(400)] * 3)

    assert await sip(cdn) is Word.ALIVE


async def test_a_server_that_says_nothing_says_nothing(serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.always = silent

    assert await sip(cdn, deadline=0.1) is Word.UNSURE


async def test_a_server_that_is_not_there_says_nothing(serving: Serving) -> None:
    cdn = await serving(FILM)
    cdn.url = "http://127.0.0.1:1/"

    assert await sip(cdn) is Word.UNSURE


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Missing("rd", "the file is gone"), Word.DEAD),
        (Refusal("rd", "infringing", reason=Reason.FILTERED_BY_PROVIDER), Word.WITHHELD),
        (Refusal("rd", "packed", reason=Reason.REFUSED_BY_POLICY), Word.UNSURE),
        (Busy("rd", "throttled"), Word.UNSURE),
        (Denied("rd", "no premium"), Word.UNSURE),
        (Unreachable("rd", "HTTP 503"), Word.UNSURE),
    ],
)
async def test_a_service_that_gives_no_link_is_heard(fault: Fault, word: Word) -> None:
    async def ask(file: RemoteFile) -> Link:
        raise fault

    sipped = await Sips(EagerClock()).sip(FILE, ask)

    assert (sipped.word, sipped.detail) == (word, fault.detail)
