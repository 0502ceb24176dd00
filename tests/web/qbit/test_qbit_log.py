"""The daemon's own log as clients see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog

from compat.hostile.line import Blow, Line
from qbitproxy import logs
from qbitproxy.recent import LONGEST_LINE, Recent
from tests.web.qbit.face import Face, a_face
from tests.web.stand import Stand, a_stand

SECRET = "hush-hush-hush"


@pytest.fixture
def recent() -> Iterator[Recent]:
    """The ring behind the real log."""
    ring, before = Recent(most=5), structlog.get_config()
    logs.set_up("debug", "json", StringIO(), note=ring.note)
    yield ring
    structlog.configure(**before)


@pytest.fixture
async def stand(tmp_path: Path, recent: Recent) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, recent=recent) as stand:
        yield stand


@pytest.fixture
async def person(stand: Stand) -> Face:
    return await a_face(stand)


async def lines(face: Face, **query: str) -> list[dict[str, Any]]:
    answer = await face.get("log/main", **query)
    assert answer.status == 200
    rows: list[dict[str, Any]] = answer.json
    return rows


async def test_lines_are_numbered_and_typed(person: Face) -> None:
    log = structlog.get_logger()
    log.info("torrent_placed", torrent=3, files=2)
    log.warning("provider_rests", provider="torbox")
    log.error("request_broke")
    log.debug("asked")

    rows = await lines(person)

    assert [(row["id"], row["message"], row["type"]) for row in rows] == [
        (0, "torrent placed: files=2, torrent=3", 1),
        (1, "provider rests: provider=torbox", 4),
        (2, "request broke", 8),
        (3, "asked", 2),
    ]
    assert all(isinstance(row["timestamp"], int) and row["timestamp"] > 1_700_000_000 for row in rows)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [0, 1, 2]),
        ({"last_known_id": "0"}, [1, 2]),
        ({"last_known_id": "2"}, []),
        ({"last_known_id": "99"}, []),
        ({"last_known_id": "abc"}, [0, 1, 2]),
        ({"last_known_id": "-7"}, [0, 1, 2]),
        ({"normal": "false"}, [1, 2]),
        ({"normal": "false", "critical": "False"}, [1]),
        ({"warning": "nonsense"}, [0, 1, 2]),
    ],
)
async def test_lines_are_chosen_by_number_and_type(
    person: Face, query: dict[str, str], ids: list[int]
) -> None:
    log = structlog.get_logger()
    log.info("one")
    log.warning("two")
    log.error("three")

    assert [row["id"] for row in await lines(person, **query)] == ids


async def test_only_the_latest_lines_are_kept_under_their_numbers(person: Face) -> None:
    for number in range(8):
        structlog.get_logger().info("counted", number=number)

    assert [row["id"] for row in await lines(person)] == [3, 4, 5, 6, 7]
    assert [row["id"] for row in await lines(person, last_known_id="5")] == [6, 7]


async def test_a_line_holds_no_secret_and_no_traceback_and_ends(person: Face) -> None:
    log = structlog.get_logger()
    try:
        raise RuntimeError(f"token {SECRET}")
    except RuntimeError:
        log.exception("step_broke", api_key=SECRET, url=f"https://x.example/?apikey={SECRET}&a=1")
    log.info("long", text="x" * 10_000)

    broke, long = await lines(person)

    assert SECRET not in broke["message"]
    assert "Traceback" not in broke["message"]
    assert len(long["message"]) == LONGEST_LINE


async def test_an_arr_is_told_nothing_of_others(stand: Stand) -> None:
    structlog.get_logger().info("torrent_placed", torrent=3)
    sonarr = Face(stand, {})
    await sonarr.log_in("http://sonarr.example:8989", "fake-arr-key")

    assert await lines(sonarr) == []


async def test_there_are_no_peers_to_tell_of(person: Face) -> None:
    assert (await person.get("log/peers", last_known_id="0")).json == []


async def test_a_request_that_is_none_leaves_nothing_in_the_log(recent: Recent, stand: Stand) -> None:
    out = StringIO()
    logs.set_up("debug", "json", out)
    line = Line("127.0.0.1", stand.client.port or 0)

    garbage = await line.send(Blow(b"GET", b"x?key=" + SECRET.encode() + b"\xff", (), b"", False), b"")
    broken = await line.send(
        Blow(b"POST", b"auth/login", [(b"Transfer-Encoding", b"chunked")], b"zz\r\n", False), b""
    )

    assert (garbage.status, broken.status) == (400, 400)
    assert out.getvalue() == ""
