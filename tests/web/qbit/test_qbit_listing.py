"""What a poll costs, what a reordered queue is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.caller import Caller
from qbitproxy.core.events import Released, RemovalAsked
from qbitproxy.core.torrent import Options, Torrent
from qbitproxy.library import Telemetry
from qbitproxy.web.qbit.forms import Form, parse_multipart
from qbitproxy.web.qbit.listing import Listing
from qbitproxy.web.qbit.query import Query, infohash
from qbitproxy.web.qbit.queue_routes import ranks
from qbitproxy.web.qbit.view import CLAIMS
from tests.support import ManualClock, a_draft, a_library
from tests.web.qbit.face import happen, make_ready
from tests.web.qbit.test_qbit_view import a_torrent

PERSON = Caller(name="admin")


async def test_a_poll_of_1000_torrents_costs_less_than_2_ms(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        for number in range(1000):
            await library.accept(a_draft(f"{number:040x}"))
        listing = Listing(library, CLAIMS["4.6"], queueing=True)
        listing.answer(PERSON, Query(), clock.now())
        costs = []
        for _ in range(50):
            start = perf_counter()
            body = listing.answer(PERSON, Query(), clock.now())
            costs.append(perf_counter() - start)

        assert min(costs) < 0.002
        assert len(json.loads(body)) == 1000


async def test_a_changed_torrent_is_the_only_one_encoded_again(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        first, second = [await library.accept(a_draft(digit * 40)) for digit in "ab"]
        listing = Listing(library, CLAIMS["4.6"], queueing=True)
        before = listing.rows(PERSON, clock.now())
        library.observe(first.id, Telemetry(seeders=5))
        after = listing.rows(PERSON, clock.now())

        assert after[0] is not before[0]
        assert after[1] is before[1]
        await make_ready(library, second)
        assert json.loads(listing.answer(PERSON, Query(), clock.now()))[1]["state"] == "pausedUP"


async def test_rows_of_torrents_that_went_are_forgotten(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        for digit in "ab":
            await library.accept(a_draft(digit * 40))
        listing = Listing(library, CLAIMS["4.6"], queueing=False)
        assert len(listing.rows(PERSON, clock.now())) == 2
        await happen(library, library.listed()[0], RemovalAsked(delete_files=True), Released(False))
        clock.advance(timedelta(hours=5))

        (row,) = listing.rows(PERSON, clock.now())
        assert row.torrent.infohash == "b" * 40
        assert row.position == 0


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
