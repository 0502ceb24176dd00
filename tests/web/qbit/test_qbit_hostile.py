"""Thousands of requests that no honest client sends: none breaks anything, none refused changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from compat.hostile.attacker import Attacker
from compat.hostile.line import Blow, Line
from qbitproxy.core.caller import Caller
from qbitproxy.settings import ProfileName
from qbitproxy.web.qbit.forms import MULTIPART, URLENCODED, Form, parse
from qbitproxy.web.qbit.routes import READS, WRITES
from tests.web.qbit.face import BUNNY, SHOW, Face, a_face, a_person_at, make_ready
from tests.web.stand import Stand, a_stand

REQUESTS = 1000
KINDS = (URLENCODED, f"{MULTIPART}; boundary=x", MULTIPART, "", "\x00")
PIECES = (b"--x", b"\r\n", b"--", b";", b'name="a"', b'filename="', b"content-disposition:")
FORGETFUL = frozenset({"auth/logout", "torrents/delete"})
"""They would leave the attacker with nothing to attack."""


@pytest.mark.parametrize("profile", list(ProfileName))
async def test_no_request_breaks_anything_nor_changes_it_if_it_is_refused(
    tmp_path: Path, profile: ProfileName
) -> None:
    async with a_person_at(tmp_path, profile) as face:
        await face.upload(BUNNY, SHOW)
        await make_ready(face.stand.library, face.stand.library.all()[0])
        cookie = await _cookie(face.stand)
        attacker = Attacker(
            seed=len(profile.value) + int(profile.value[-1]),
            reads=list(READS),
            writes=sorted(WRITES.keys() - FORGETFUL),
            hashes=[BUNNY.infohash, SHOW.infohash],
        )

        line = Line("127.0.0.1", face.stand.client.port or 0)
        for _ in range(REQUESTS):
            blow, before = attacker.blow(), _state(face.stand)
            heard = await line.send(blow, cookie)

            assert heard.status < 500 or heard.status == 501, blow
            assert heard.status or blow.hangs_up, blow
            if heard.status >= 400 and not _may_be_partly_good(blow, heard.status):
                assert _state(face.stand) == before, (heard, blow)
        await line.close()

        await _still_answers(face)


@pytest.mark.parametrize(
    "headers",
    [
        {"Transfer-Encoding": "chunked"},
        {"Content-Encoding": "gzip", "Content-Length": "9"},
        {"Content-Encoding": "deflate", "Content-Length": "9"},
    ],
)
async def test_a_body_that_is_not_what_its_headers_say_is_400(
    stand: Stand, person: Face, headers: dict[str, str]
) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    blow = Blow(b"POST", b"torrents/add", pairs, b"nonsense\n", is_whole=False)
    line = Line("127.0.0.1", stand.client.port or 0)

    heard = await line.send(blow, await _cookie(stand))

    assert heard.status == 400
    await _still_answers(person)


async def test_whoever_hangs_up_in_the_middle_of_a_body_is_no_failure_of_ours(tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with a_stand(tmp_path) as stand:
            runner = web.AppRunner(stand.client.app)  # unlike that of the stand it cancels nobody
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
            writer.write(
                b"POST /api/v2/auth/login HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                b"Content-Length: 100\r\n\r\nusername=x"
            )
            await reader.readuntil(b"100 Continue\r\n\r\n")  # so somebody waits for the rest
            writer.close()
            await writer.wait_closed()
            await runner.cleanup()

            await _still_answers(await a_face(stand))

    assert [line for line in lines if line["log_level"] == "error"] == []


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(KINDS))
def test_a_body_of_any_bytes_is_a_form_or_refused(body: bytes, kind: str) -> None:
    with suppress(web.HTTPBadRequest):
        assert isinstance(parse(body, kind), Form)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES)))
def test_a_multipart_body_of_any_order_is_a_form_or_refused(parts: Sequence[bytes]) -> None:
    with suppress(web.HTTPBadRequest):
        assert isinstance(parse(b"--x" + b"".join(parts), f"{MULTIPART}; boundary=x"), Form)


async def _cookie(stand: Stand) -> bytes:
    token = await stand.accounts.open_session(Caller(name="admin"))
    return f"SID={token}".encode()


def _state(stand: Stand) -> object:
    library = stand.library
    return library.all(), library.preferences, library.categories, library.tags, stand.accounts.epoch


def _may_be_partly_good(blow: Blow, status: int) -> bool:
    """An upload that is no torrent is told of although the others were taken, as in the original."""
    return blow.path.startswith(b"torrents/add") and status == 415


async def _still_answers(face: Face) -> None:
    for path in ("torrents/info", "sync/maindata", "app/preferences", "torrents/categories", "torrents/tags"):
        assert (await face.get(path)).status == 200
