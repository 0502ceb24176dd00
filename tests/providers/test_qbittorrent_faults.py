"""How a qBittorrent says no, and what that means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compat.content import SHOW, SINTEL
from compat.emulators.qbittorrent import Qbittorrent
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.providers.qbittorrent import PROVIDER
from qbitproxy.providers.qbittorrent_wire import (
    File,
    authorize,
    credentials,
    fault,
    folder_below,
    login_refusal,
    root_of,
)
from qbitproxy.providers.qbittorrent_wire import Torrent as Row
from tests.providers.account import VIDEO, source_of
from tests.providers.qbittorrent_account import a_qbittorrent

BANNED = b"Your IP address has been banned after too many failed authentication attempts."


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"Fails.", Refusal),
        (400, b"Missing required parameters: id", Unreachable),
        (401, b"Unauthorized", Denied),
        (403, b"Forbidden", Denied),
        (403, BANNED, Denied),
        (404, b"Not Found", Missing),
        (404, b"Endpoint does not exist", Missing),
        (404, b"<html>404 Not Found</html>", Unreachable),
        (404, b"404 page not found\n", Unreachable),
        (405, b"Method Not Allowed", Unreachable),
        (409, b"Conflict", Refusal),
        (409, b"<html>Conflict</html>", Unreachable),
        (409, b"File ID is not valid", Unreachable),
        (409, b"Torrent's metadata has not yet downloaded", Busy),
        (413, b"", Refusal),
        (415, b"Error: 'x.torrent' is not a valid torrent file.", Refusal),
        (500, b"Internal Server Error", Unreachable),
        (502, b"<html>Bad Gateway</html>", Unreachable),
    ],
)
def test_every_answer_that_is_no_success_stands_for_one_reaction(
    status: int, body: bytes, expected: type[Fault]
) -> None:
    assert PROVIDER.http.is_fault(status, body)
    found = fault("own", status, body, None)
    assert type(found) is expected
    assert "<" not in found.detail


@pytest.mark.parametrize("body", [b"<html>404 Not Found</html>", b"404 page not found\n"])
async def test_a_proxy_with_nothing_behind_it_does_not_say_that_a_torrent_is_gone(body: bytes) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        qb.fault("GET /api/v2/torrents/info", status=404, body=body)

        with pytest.raises(Unreachable, match="check base_url"):
            await provider.contents(item.id, VIDEO)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"Ok.", None),
        (204, b"", None),
        (200, b"Fails.", Denied),
        (401, b"Unauthorized", Denied),
        (403, BANNED, Denied),
        (403, b"<html>who are you?</html>", Denied),
        (502, b"<html></html>", Unreachable),
    ],
)
def test_a_login_is_judged_by_either_way_of_answering(
    status: int, body: bytes, expected: type[Fault] | None
) -> None:
    refusal = login_refusal("own", status, body)

    assert (type(refusal) if refusal else None) is expected


@pytest.mark.parametrize(
    ("key", "form", "headers"),
    [
        ("admin:secret", {"username": "admin", "password": "secret"}, {}),
        ("admin:with:colons", {"username": "admin", "password": "with:colons"}, {}),
        ("admin:", {"username": "admin", "password": ""}, {}),
        ("qbt_0123456789", {}, {"Authorization": "Bearer qbt_0123456789"}),
        ("something", {}, {"Authorization": "Bearer something"}),
    ],
)
def test_a_key_is_either_user_and_password_or_an_api_key(
    key: str, form: dict[str, str], headers: dict[str, str]
) -> None:
    assert (credentials(key), authorize(key)) == (form, headers)


@pytest.mark.parametrize(
    ("names", "root"),
    [
        (["a.mkv"], ""),
        (["Show/a.mkv"], "Show"),
        (["Show/a.mkv", "Show/Extras/b.mkv"], "Show"),
        (["One/a.mkv", "Two/b.mkv"], ""),
        (["Show/a.mkv", "b.mkv"], ""),
        ([], ""),
    ],
)
def test_the_root_folder_is_the_one_that_holds_every_file(names: list[str], root: str) -> None:
    assert root_of([File(name=name, size=1, index=n) for n, name in enumerate(names)]) == root


@pytest.mark.parametrize(
    ("save_path", "folder"),
    [
        ("/dl", "Show"),
        ("/dl/", "Show"),
        ("/dl/tv", "tv/Show"),
        ("/dlx", None),
        ("/", None),
        ("", None),
        ("/dl/../etc", None),
    ],
)
def test_a_folder_is_named_from_the_default_save_path_or_not_at_all(
    save_path: str, folder: str | None
) -> None:
    row = Row(hash="a" * 40, state="stalledUP", save_path=save_path)

    assert folder_below("/dl", row, [File(name="Show/a.mkv", size=1, index=0)]) == folder


async def test_a_restart_that_logs_everybody_out_is_not_noticed() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        await provider.submit(source_of(SINTEL), VIDEO)
        qb.restarts()

        assert len(await provider.items()) == 1
        assert qb.calls("POST /api/v2/auth/login") == 2


@pytest.mark.parametrize("version", ["4.6.7", "5.2.3"])
async def test_a_wrong_password_never_gets_us_banned(version: str) -> None:
    qb = Qbittorrent(version=version)
    async with a_qbittorrent(qb, key="admin:wrong") as (_, provider, clock):
        for _ in range(20):
            with pytest.raises(Denied, match="password") as caught:
                await provider.items()
            assert "wrong" not in repr(caught.value)
            clock.advance(timedelta(hours=1))

        assert qb.calls("POST /api/v2/auth/login") == 3
        assert qb.gate.banned_until == 0


async def test_a_ban_is_told_in_its_own_words() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.gate.banned_until = qb.clock.now() + 1000

        with pytest.raises(Denied, match="banned"):
            await provider.items()


async def test_an_api_key_that_an_old_release_does_not_know_is_denied_without_a_login() -> None:
    async with a_qbittorrent(key="qbt_" + "x" * 28) as (qb, provider, _):
        with pytest.raises(Denied):
            await provider.items()

        assert qb.calls("POST /api/v2/auth/login") == 0


async def test_no_call_names_an_origin() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        await provider.submit(source_of(SHOW, metainfo=True), VIDEO)

        assert not [r for r in qb.requests if {"Origin", "Referer"} & set(r.headers)]


async def test_one_odd_torrent_spoils_no_list() -> None:
    good = {"hash": "A" * 40, "state": "downloading", "progress": 0.5, "total_size": 9, "size": 9}
    rows = [good, {"hash": "b" * 40, "state": 7, "infohash_v1": "c" * 40}, {"name": "nameless"}, 5]
    async with a_qbittorrent() as (qb, provider, _):
        await provider.items()
        qb.fault("GET /api/v2/torrents/info", status=200, body=rows)

        items = await provider.items()

        assert [(item.id, item.detail) for item in items] == [("a" * 40, "downloading"), ("c" * 40, "odd")]


async def test_files_that_cannot_be_read_say_nothing_about_the_torrent() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        qb.fault("GET /api/v2/torrents/files", status=200, body=[{"name": "x"}])

        with pytest.raises(Unreachable):
            await provider.contents(item.id, VIDEO)


async def test_a_torrent_its_user_removed_is_missing_then_added_anew() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        qb.deletes(SINTEL.infohash)

        assert await provider.items() == []
        with pytest.raises(Missing):
            await provider.contents(item.id, VIDEO)
        assert (await provider.submit(source_of(SINTEL), VIDEO)).files


async def test_a_refusal_that_is_no_verdict_on_the_source_leaves_no_trace() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.fails("POST /api/v2/torrents/add", 413, "too large")

        with pytest.raises(Refusal) as caught:
            await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        assert caught.value.reason is Reason.TOO_LARGE
        assert qb.items() == []
