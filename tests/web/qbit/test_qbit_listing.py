"""What a poll costs, what a reordered queue is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.caller import Caller
from qbitproxy.core.events import Released, RemovalAsked
from qbitproxy.core.torrent import Options, Torrent
from qbitproxy.library import Category, Telemetry
from qbitproxy.settings import ProfileName, Settings
from qbitproxy.settings.sections import QbittorrentSettings
from qbitproxy.turns import breathe
from qbitproxy.web.answers import JOINED_AT_ONCE
from qbitproxy.web.qbit.forms import Form, parse_multipart
from qbitproxy.web.qbit.listing import ENCODED_AT_ONCE, Listing
from qbitproxy.web.qbit.profile import PROFILES
from qbitproxy.web.qbit.query import Query, infohash
from qbitproxy.web.qbit.queue_routes import ranks
from tests.support import ManualClock, a_draft, a_library
from tests.web.qbit.face import Face, happen, make_ready
from tests.web.qbit.test_qbit_view import a_torrent
from tests.web.stand import Stand

HASH = "a" * 40
PERSON = Caller(name="admin")

WITHOUT_QUEUE = Settings(qbittorrent=QbittorrentSettings(queueing=False))


async def test_polls_share_what_was_encoded_until_something_changes(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        torrent = await library.accept(a_draft(HASH))
        listing = Listing(library, PROFILES[ProfileName.V4_6], Settings())

        first = await listing.answer(PERSON, Query(), clock.now())
        assert await listing.answer(PERSON, Query(), clock.now()) is first
        library.observe(torrent.id, Telemetry(seeders=5))
        assert shown(await listing.answer(PERSON, Query(), clock.now()))[0]["num_seeds"] == 5


async def test_a_changed_torrent_is_the_only_one_encoded_again(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        first, second = [await library.accept(a_draft(digit * 40)) for digit in "ab"]
        listing = Listing(library, PROFILES[ProfileName.V4_6], Settings())
        before = (await listing.moment(PERSON, None, clock.now())).rows
        library.observe(first.id, Telemetry(seeders=5))
        after = (await listing.moment(PERSON, None, clock.now())).rows

        assert after[first.id] is not before[first.id]
        assert after[second.id] is before[second.id]
        await make_ready(library, second)
        assert shown(await listing.answer(PERSON, Query(), clock.now()))[1]["state"] == "pausedUP"


async def test_a_row_is_encoded_again_when_its_durations_grow(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        await library.accept(a_draft(HASH))
        listing = Listing(library, PROFILES[ProfileName.V4_6], Settings())
        seconds = []
        for passes in (0, 59, 1, 3600, 60, 3600):
            clock.advance(timedelta(seconds=passes))
            seconds.append(shown(await listing.answer(PERSON, Query(), clock.now()))[0]["time_active"])

        assert seconds == [0, 0, 60, 3600, 3600, 7200]


async def test_rows_of_torrents_that_went_are_forgotten(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        for digit in "ab":
            await library.accept(a_draft(digit * 40))
        listing = Listing(library, PROFILES[ProfileName.V4_6], WITHOUT_QUEUE)
        assert (await listing.totals(PERSON, clock.now())).rows == 2
        await happen(library, library.listed()[0], RemovalAsked(delete_files=True), Released(False))
        clock.advance(timedelta(hours=5))

        (row,) = (await listing.moment(PERSON, None, clock.now())).rows.values()
        assert row.torrent.infohash == "b" * 40
        assert shown([row.json])[0]["priority"] == 0


async def test_others_have_their_turn_while_many_rows_are_encoded(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library, asyncio.TaskGroup() as group:
        for number in range(3 * ENCODED_AT_ONCE):
            await library.accept(a_draft(f"{number:040x}"))
        listing = Listing(library, PROFILES[ProfileName.V4_6], Settings())
        polls = [group.create_task(listing.answer(PERSON, Query(), clock.now())) for _ in range(2)]
        await breathe()

        assert not any(poll.done() for poll in polls)
        late = await library.accept(a_draft("f" * 40))
        library.observe(1, Telemetry(seeders=5))
        rows = shown(await listing.answer(PERSON, Query(sort="hash"), clock.now()))
        assert rows[0]["num_seeds"] == 5
        assert rows[-1]["hash"] == late.infohash
        assert rows == shown(await listing.answer(PERSON, Query(), clock.now()))
        assert [len(await poll) for poll in polls]


async def test_long_answers_arrive_whole(stand: Stand, person: Face) -> None:
    await stand.library.put_category(Category("torrents"))
    for number in range(2 * JOINED_AT_ONCE + 1):
        await stand.library.accept(a_draft(f"{number:040x}"))
    await stand.library.accept(a_draft("0" * 40, category="torrents"))
    rows = await person.listed()

    assert [row["hash"] for row in rows] == [t.infohash for t in stand.library.listed()]
    whole = (await person.get("sync/maindata")).json
    assert list(whole["categories"]) == ["torrents"]
    assert len(whole["torrents"]) == len(rows) - 1
    for row in rows[:-1]:
        assert whole["torrents"][row.pop("hash")] == row
    for path in ("torrents/info", "sync/maindata"):
        assert (await person.ask("HEAD", path)).body == b""


async def test_a_client_that_leaves_amid_a_long_answer_disturbs_nobody(
    stand: Stand, person: Face, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20 * JOINED_AT_ONCE):  # more than the buffers on the way hold
        await stand.library.accept(a_draft(f"{number:040x}"))
    server = stand.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port, limit=1024)
    writer.write(
        b"GET /api/v2/torrents/info HTTP/1.1\r\nHost: %b\r\nCookie: %b\r\n\r\n"
        % (server.host.encode(), person.headers["Cookie"].encode())
    )

    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.transport.abort()

    assert len(await person.listed()) == 20 * JOINED_AT_ONCE
    assert caplog.records == []


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=8).flatmap(
        lambda given: st.tuples(st.just(given), st.permutations(range(len(given))))
    ),
    st.booleans(),
)
def test_ranks_give_the_order_that_was_asked_for(wish: tuple[list[int], list[int]], upwards: bool) -> None:
    given_ranks, order = wish
    torrents = [a_torrent(id=n, options=Options(rank=rank)) for n, rank in enumerate(given_ranks)]
    asked = [torrents[n] for n in order]

    changed = ranks(asked, upwards=upwards)

    def turn(torrent: Torrent) -> tuple[int, int]:
        return -changed.get(torrent.id, torrent.options.rank), torrent.id

    assert sorted(torrents, key=turn) == asked
    assert ranks([replace(t, options=Options(rank=-turn(t)[0])) for t in asked], upwards=upwards) == {}


@given(
    st.dictionaries(st.text("abc_[]", min_size=1), st.binary(max_size=50), min_size=1),
    st.lists(st.tuples(st.text("abc; ü'", min_size=1).map(str.strip).filter(bool), st.binary(max_size=99))),
)
def test_multipart_gives_back_what_was_put_in(
    fields: dict[str, bytes], uploads: list[tuple[str, bytes]]
) -> None:
    boundary = "=_no_such_bytes_in_the_parts_"
    parts = [(f'form-data; name="{name}"', value) for name, value in fields.items()]
    parts += [(f'form-data; name="f"; filename="{name}"', body) for name, body in uploads]
    body = b"".join(
        b"--%s\r\nContent-Disposition: %s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content)
        for head, content in parts
    )

    form = parse_multipart(
        b"--" + boundary.encode() + b"\r\n\r\n\r\n" + body + f"--{boundary}--".encode(), boundary
    )

    assert form.fields == {name: value.decode("utf-8", "replace") for name, value in fields.items()}
    assert [(each.filename, each.body) for each in form.uploads] == uploads


@given(st.text())
def test_numbers_and_hashes_are_read_from_any_text(text: str) -> None:
    form = Form({"x": text})

    assert isinstance(form.whole("x"), int)
    assert abs(form.decimal("x")) < 1e18
    assert isinstance(form.flag("x"), bool)
    assert infohash(text) == "" or len(infohash(text)) == 40


def shown(rows: Sequence[bytes]) -> list[dict[str, Any]]:
    """Encoded rows as a client reads them."""
    return [json.loads(row) for row in rows]
