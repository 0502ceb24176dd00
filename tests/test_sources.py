"""Magnet links, .torrent files, addresses of either."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b32encode
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import msgspec
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pytest_aiohttp.plugin import AiohttpServer

from compat import bencode
from compat.content import SHOW, SINTEL, Release
from qbitproxy.bencode import MOST_KEYS, MOST_TOKENS
from qbitproxy.core.draft import MOST_TRACKERS
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import TorrentFile, Tracker
from qbitproxy.sources import (
    LARGEST_METAINFO,
    LONGEST_NAME,
    LONGEST_TRACKER,
    MOST_FILES,
    V2_ONLY,
    BadSource,
    FetchLimits,
    fetch,
    from_magnet,
    from_metainfo,
    read_metainfo,
    with_trackers,
    without_trackers,
)
from tests.support import DEADLINE

V1 = "0123456789abcdef0123456789abcdef01234567"
V2 = "ab" * 32
PASSKEY = "0badpa55key0"
KIB = 1 << 10


def small(version: str = "1", **more: object) -> Release:
    files = {"Big Buck Bunny.mkv": 40 * KIB, "extras/making of.mkv": 20 * KIB}
    return Release("Big.Buck.Bunny.2008", files, piece_length=16 * KIB, version=version, **more)  # type: ignore[arg-type]


def metainfo(**info: object) -> bytes:
    """A .torrent whose info dictionary is a valid one with `info` laid over it; None takes a key away."""
    whole = {"name": "Sintel.mkv", "piece length": 16384, "pieces": b"x" * 20, "length": 9} | info
    kept = {key: value for key, value in whole.items() if value is not None}
    return bencode.encode({"info": kept})  # type: ignore[arg-type]


def refusal(data: bytes) -> str:
    with pytest.raises(BadSource) as caught:
        from_metainfo(data)
    assert "\n" not in caught.value.detail
    return caught.value.detail


# magnet links


def test_a_magnet_link_gives_infohash_name_and_trackers() -> None:
    source = from_magnet(SHOW.magnet())

    assert source.infohash == SHOW.infohash
    assert source.name == SHOW.name
    assert source.trackers == SHOW.trackers
    assert source.metainfo == b""
    assert source.private is None
    assert source.size is None


@pytest.mark.parametrize(
    "link",
    [
        f"magnet:?xt=urn:btih:{V1}",
        f"magnet:?xt=urn:btih:{V1.upper()}",
        f"MAGNET:?XT=URN:BTIH:{V1}",
        f"magnet:?xt=urn:btih:{b32encode(bytes.fromhex(V1)).decode()}",
        f"magnet:?xt=urn:btih:{b32encode(bytes.fromhex(V1)).decode().lower()}",
        f"  magnet:?dn=&xt.1=urn:btih:{V1}\n",
        f"magnet:?xt=urn%3Abtih%3A{V1}",
    ],
)
def test_the_same_torrent_is_known_in_hex_and_base32_in_any_case(link: str) -> None:
    assert from_magnet(link).infohash == V1


def test_a_hybrid_magnet_gives_both_hashes() -> None:
    source = from_magnet(f"magnet:?xt=urn:btmh:1220{V2.upper()}&xt=urn:btih:{V1}")

    assert (source.infohash, source.infohash_v2) == (V1, V2)


def test_a_nameless_magnet_is_called_by_its_infohash() -> None:
    assert from_magnet(f"magnet:?xt=urn:btih:{V1}&dn=%20%00").name == V1


def test_two_nameless_magnets_stay_two() -> None:
    other = V1[::-1]

    one, two = from_magnet(f"magnet:?xt=urn:btih:{V1}"), from_magnet(f"magnet:?xt=urn:btih:{other}")

    assert one.name != two.name
    assert one.infohash != two.infohash


def test_what_clients_add_to_a_magnet_does_not_spoil_it() -> None:
    source = from_magnet(
        f"magnet:?xt=urn:btih:{V1}&dn=Sintel+2010&xl=0&x.pe=10.0.0.1:6881&so=0-2&ws=http://w.example/"
        "&tr=udp%3A%2F%2Ft.example%3A6969&tr=&tr=not a url&tr.1=http://[bad&tr=udp://t.example:6969"
        "&tr=file:///etc/passwd&xs=http://x.example/"
    )

    assert source.name == "Sintel 2010"
    assert source.trackers == ("udp://t.example:6969",)
    assert source.magnet == f"magnet:?xt=urn:btih:{V1}&dn=Sintel%202010&tr=udp%3A%2F%2Ft.example%3A6969"


def test_a_name_of_several_lines_becomes_one() -> None:
    assert from_magnet(f"magnet:?xt=urn:btih:{V1}&dn=a%0D%0Ab%00").name == "ab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "magnet:",
        "magnet:?",
        "magnet:?dn=Sintel",
        "magnet:?xt=urn:btih:",
        f"magnet:?xt=urn:btih:{V1}zzz",
        f"magnet:?xt=urn:btih:{V1[:-1]}",
        f"magnet:?xt=urn:btih:{V1[:-1]}g",
        f"magnet:?xt=urn:sha1:{V1}",
        f"magnet:?xt=urn:btih:{V1}&xt=urn:btih:{V1[::-1]}",
        f"magnet:?xt=urn:btih:{V1}&" + "&".join(f"x{n}=1" for n in range(2000)),
        f"magnet:?xt=urn:btih:{V1}&dn=" + "x" * 70_000,
        f"http://example.org/?xt=urn:btih:{V1}",
    ],
)
def test_a_malformed_magnet_is_refused_in_one_clear_line(text: str) -> None:
    with pytest.raises(BadSource) as caught:
        from_magnet(text)

    assert "magnet" in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_magnet_of_a_v2_only_torrent_is_refused_by_name() -> None:
    with pytest.raises(BadSource, match="v2 only"):
        from_magnet(f"magnet:?xt=urn:btmh:1220{V2}&dn=Sintel")


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_magnets(text: str) -> None:
    for link in (text, f"magnet:?{text}", f"magnet:?xt=urn:btih:{V1}&{text}"):
        try:
            source = from_magnet(link)
        except BadSource:
            continue
        assert from_magnet(source.magnet) == source


# .torrent files


@pytest.mark.parametrize("release", [SINTEL, SHOW, small()], ids=["single", "folder", "nested"])
def test_a_torrent_file_gives_hash_name_files_and_trackers(release: Release) -> None:
    source = from_metainfo(release.torrent)

    assert source.infohash == release.infohash
    assert source.name == release.name
    assert source.files == tuple(TorrentFile(path, size) for path, size in release.files.items())
    assert source.size == release.size
    assert source.trackers == release.trackers
    assert source.metainfo == release.torrent
    assert source.private is False
    assert from_magnet(source.magnet).infohash == release.infohash


def test_a_hybrid_torrent_goes_by_its_v1_hash_without_its_padding() -> None:
    release = small("hybrid")

    source = from_metainfo(release.torrent)

    assert (source.infohash, source.infohash_v2) == (release.infohash, release.infohash_v2)
    assert [file.path for file in source.files] == list(release.files)


def test_a_v2_only_torrent_is_refused_by_name() -> None:
    assert refusal(small("2").torrent) == V2_ONLY


@pytest.mark.parametrize(
    "odd",
    [
        b"d4:name1:a6:lengthi9e12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"e",
        b"d6:lengthi9e4:name1:a12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"7:privatei2ee",
        b"d6:lengthi9e4:name1:a12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"7:private1:1e",
    ],
    ids=["unsorted keys", "private=2", "private as text"],
)
def test_the_infohash_is_that_of_the_bytes_as_they_are(odd: bytes) -> None:
    source = from_metainfo(b"d4:info" + odd + b"e")

    assert source.infohash == hashlib.sha1(odd).hexdigest()  # noqa: S324


def test_a_private_torrent_is_known_as_one() -> None:
    assert from_metainfo(small(private=True).torrent).private is True


def test_names_that_are_not_utf8_are_shown_as_well_as_can_be() -> None:
    source = from_metainfo(
        metainfo(name=b"caf\xe9", length=None, files=[{"length": 1, "path": [b"\xe9t\xe9.mkv"]}])
    )

    assert source.name == "caf\ufffd"
    assert source.files == (TorrentFile("\ufffdt\ufffd.mkv", 1),)


def test_names_given_in_utf8_besides_are_preferred() -> None:
    listed = {"length": 1, "path": [b"\xe9.mkv"], "path.utf-8": ["é.mkv"]}

    source = from_metainfo(
        metainfo(**{"name": b"\xe9", "name.utf-8": "été", "length": None, "files": [listed]})
    )

    assert source.name == "été"
    assert source.files == (TorrentFile("é.mkv", 1),)


def test_a_torrent_without_a_name_is_called_by_its_infohash() -> None:
    listed = [{"length": 1, "path": ["a.mkv"]}]

    source = from_metainfo(metainfo(name="", length=None, files=listed))

    assert source.name == source.infohash


def test_padding_is_no_file() -> None:
    listed = [
        {"length": 1, "path": ["a.mkv"]},
        {"length": 5, "path": [".pad", "5"]},
        {"length": 5, "path": ["_____padding_file_0_if you see this file____"]},
        {"length": 5, "path": ["b"], "attr": "p"},
    ]

    assert from_metainfo(metainfo(length=None, files=listed)).files == (TorrentFile("a.mkv", 1),)


def test_oddities_outside_of_info_do_not_matter() -> None:
    odd = {
        "announce": 5,
        "announce-list": ["http://a.example/", [["x"], 7, "http://b.example/"]],
        "creation date": "yesterday",
        "info": bencode.decode_torrent(metainfo())[0][b"info"],
    }

    source = from_metainfo(bencode.encode(odd) + b"\n")  # type: ignore[arg-type]

    assert source.trackers == ("http://b.example/",)


@pytest.mark.parametrize(
    "path",
    [["..", "passwd"], ["a", "..", "b"], [".."], ["a", ""], [], ["nul\0"], "a.mkv", None, [7]],
    ids=str,
)
def test_a_file_name_that_leads_out_of_the_torrent_is_refused(path: object) -> None:
    listed = {"length": 1} if path is None else {"length": 1, "path": path}

    assert "file of the torrent" in refusal(metainfo(length=None, files=[listed]))


def test_a_single_file_whose_name_leads_out_is_refused() -> None:
    assert "unsafe" in refusal(metainfo(name=".."))


def test_a_slash_in_a_name_makes_no_folder() -> None:
    listed = [{"length": 1, "path": ["../../etc/passwd"]}]

    source = from_metainfo(metainfo(length=None, files=listed))

    assert source.files == (TorrentFile(".._.._etc_passwd", 1),)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b"\n  <html>", "web page"),
        (b"PK\x03\x04", "not a .torrent"),
        (b"i1e", "not a .torrent"),
        (b"le", "not a .torrent"),
        (b"d", "damaged"),
        (b"de", "no info"),
        (b"d4:infoi1ee", "no info"),
        (b"d4:info", "damaged"),
        (b"d4:infodee", "piece hashes"),
        (b"d4:info" + b"l" * 5000 + b"e" * 5000 + b"e", "damaged"),
        (b"d4:info99999999:", "damaged"),
        (b"d4:infoe", "damaged"),
        (b"d4:infode4:infodee", "twice"),
        (b"d4:infodi1ei2eee", "damaged"),
        (SINTEL.torrent[:-1], "damaged"),
        (SINTEL.torrent[:-300], "damaged"),
        (SINTEL.torrent[:30], "damaged"),
    ],
)
def test_a_file_that_is_no_whole_torrent_is_refused_with_the_reason(data: bytes, why: str) -> None:
    assert why in refusal(data)


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"pieces": None}, "piece hashes"),
        ({"pieces": b"x" * 19}, "piece hashes"),
        ({"pieces": 5}, "piece hashes"),
        ({"length": None}, "size"),
        ({"length": -1}, "size"),
        ({"length": "9"}, "size"),
        ({"length": 1 << 63}, "size"),
        ({"files": []}, "no files"),
        ({"files": 5}, "damaged"),
        ({"files": ["a.mkv"]}, "damaged"),
        ({"files": [{"path": ["a"], "length": -5}]}, "size"),
        ({"files": [{"path": [str(n)], "length": 1 << 62} for n in range(2)]}, "larger"),
        ({"files": [{"path": ["d"] * 3000, "length": 1}]}, "more than"),
        ({"files": [{"path": ["d"], "length": 1}] * (MOST_FILES + 1)}, "too many"),
        ({"odd": [[]] * MOST_TOKENS}, "too much"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_torrent_with_impossible_contents_is_refused_with_the_reason(
    info: dict[str, object], why: str
) -> None:
    assert why in refusal(metainfo(**info))


def test_a_torrent_of_very_many_keys_is_refused() -> None:
    assert "too much" in refusal(b"d" + b"".join(b"5:%05d0:" % n for n in range(MOST_KEYS + 1)) + b"e")


def test_a_name_longer_than_anybody_reads_is_cut() -> None:
    source = from_metainfo(metainfo(name="x" * 5000, files=[{"path": ["a.mkv"], "length": 1}]))

    assert source.name == "x" * LONGEST_NAME


def test_only_so_many_trackers_are_kept_none_of_them_too_long() -> None:
    urls = [f"http://{n}.example/a" for n in range(MOST_TRACKERS + 1)]
    whole = {"info": {"name": "a", "piece length": 16384, "pieces": b"x" * 20, "length": 1}}
    long = f"http://t.example/{'x' * LONGEST_TRACKER}"

    source = from_metainfo(bencode.encode({**whole, "announce-list": [[long], urls]}))  # type: ignore[dict-item]

    assert source.trackers == tuple(urls[:-1])


def test_fifty_mebibytes_are_no_torrent() -> None:
    assert "too many" in refusal(bytes(50 << 20))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_torrents(data: bytes) -> None:
    for torrent in (data, b"d4:info" + data + b"e", b"d4:infod" + data + b"ee"):
        with pytest.raises(BadSource):
            from_metainfo(torrent)


@given(st.data())
def test_no_flipped_byte_breaks_the_reading_of_torrents(data: st.DataObject) -> None:
    torrent = bytearray(small().torrent)
    torrent[data.draw(st.integers(0, len(torrent) - 1))] = data.draw(st.integers(0, 255))

    try:
        source = from_metainfo(bytes(torrent))
    except BadSource:
        return

    assert len(source.infohash) == 40


async def test_a_torrent_of_ten_thousand_files_is_read_in_time() -> None:
    listed = [{"length": n, "path": ["season", f"{n}.mkv"]} for n in range(10_000)]
    data = metainfo(length=None, files=listed)

    async with asyncio.timeout(DEADLINE):
        source = await read_metainfo(data)

    assert len(source.files) == 10_000
    assert len(data) < LARGEST_METAINFO


@pytest.mark.parametrize("release", [SINTEL, SHOW, small("hybrid", private=True)])
def test_a_source_survives_the_store(release: Release) -> None:
    for source in (from_metainfo(release.torrent), from_magnet(release.magnet())):
        assert msgspec.json.decode(msgspec.json.encode(source), type=Source) == source


# without trackers


GOLDEN_INFO = (
    b"d6:lengthi9e4:name10:Sintel.mkv12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxx7:privatei1ee"
)
GOLDEN = (
    b"d8:announce42:http://t.example/0badpa55key0/announce?k=1"
    b"13:announce-listll42:http://t.example/0badpa55key0/announce?k=1ee"
    b"7:comment21:http://t/0badpa55key0"
    b"10:created by12:0badpa55key0"
    b"4:info" + GOLDEN_INFO + b"5:nodesll12:0badpa55key0i1eee"
    b"8:url-list21:http://w/0badpa55key0"
    b"7:x_extra12:0badpa55key0e"
)


def test_an_uploaded_torrent_keeps_nothing_of_its_tracker_but_its_infohash() -> None:
    source = from_metainfo(GOLDEN)
    assert PASSKEY in source.magnet

    bare = without_trackers(source)

    assert bare.metainfo == b"d4:info" + GOLDEN_INFO + b"e"
    assert bare.infohash == source.infohash == hashlib.sha1(GOLDEN_INFO).hexdigest()  # noqa: S324
    assert bare.magnet == f"magnet:?xt=urn:btih:{source.infohash}&dn=Sintel.mkv"
    assert bare.trackers == ()
    assert PASSKEY.encode() not in msgspec.json.encode(bare)
    assert from_metainfo(bare.metainfo).infohash == source.infohash
    assert (bare.files, bare.size, bare.private) == (source.files, source.size, True)


def test_a_magnet_keeps_nothing_of_its_tracker() -> None:
    link = f"magnet:?xt=urn:btih:{V1}&dn=a&tr=http://t.example/{PASSKEY}/announce&ws=http://w/{PASSKEY}"

    bare = without_trackers(from_magnet(link))

    assert bare.magnet == f"magnet:?xt=urn:btih:{V1}&dn=a"
    assert PASSKEY.encode() not in msgspec.json.encode(bare)


@pytest.mark.parametrize("version", ["1", "hybrid"])
def test_the_info_of_a_stripped_torrent_is_the_same_to_the_byte(version: str) -> None:
    source = from_metainfo(small(version, trackers=(f"http://t.example/{PASSKEY}",)).torrent)

    bare = without_trackers(source)

    assert bencode.decode_torrent(bare.metainfo)[1] == bencode.decode_torrent(source.metainfo)[1]
    assert bencode.decode_torrent(bare.metainfo)[0].keys() == {b"info"}
    assert without_trackers(bare) == bare


def test_the_tiers_of_a_torrent_file_are_kept() -> None:
    data = bencode.encode(
        {
            "announce": "http://b.example/",
            "announce-list": [["http://a.example/", "http://c.example/"], ["http://b.example/"]],
            "info": {"name": "a.mkv", "piece length": 16384, "pieces": b"x" * 20, "length": 9},
        }
    )

    source = from_metainfo(data)

    assert dict(zip(source.trackers, source.tiers, strict=True)) == {
        "http://a.example/": 0,
        "http://b.example/": 1,
        "http://c.example/": 0,
    }


def test_other_trackers_take_the_place_of_a_sources_own_under_the_same_infohash() -> None:
    source = from_metainfo(small(trackers=(f"http://t.example/{PASSKEY}",)).torrent)
    others = (
        Tracker("http://new.example/announce", 0),
        Tracker("nonsense", 1),
        Tracker("udp://x.example:1", 2),
    )

    changed = with_trackers(source, others)

    assert from_metainfo(changed.metainfo).infohash == source.infohash == changed.infohash
    assert from_metainfo(changed.metainfo).trackers == changed.trackers
    assert changed.trackers == ("http://new.example/announce", "udp://x.example:1")
    assert from_magnet(changed.magnet).trackers == changed.trackers
    assert PASSKEY.encode() not in msgspec.json.encode(changed)


def test_a_source_may_be_left_without_any_tracker() -> None:
    source = from_metainfo(small(trackers=("http://t.example/announce",)).torrent)

    changed = with_trackers(source, ())

    assert from_metainfo(changed.metainfo).trackers == changed.trackers == ()
    assert with_trackers(from_magnet(source.magnet), ()).metainfo == b""


# addresses


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def indexer(aiohttp_server: AiohttpServer) -> str:
    """A server with a .torrent, redirects and whatever else indexers answer."""

    async def stall(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1 << 16))
        except ConnectionError:
            return response

    def says(body: bytes, status: int = 200) -> object:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(body=body, status=status)

        return answer

    def leads(to: str) -> object:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": to})

        return answer

    async def guarded(request: web.Request) -> web.Response:
        wrong = request.headers.get("Cookie") != "uid=1; pass=x"
        return web.Response(body=b"<html></html>" if wrong else SINTEL.torrent)

    async def abroad(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"http://localhost:{request.url.port}/guarded"})

    app = web.Application()
    for path, handler in {
        "/abroad": abroad,
        "/guarded": guarded,
        "/to-guarded": leads("/guarded"),
        "/file": says(SINTEL.torrent),
        "/text": says(SHOW.magnet().encode()),
        "/html": says(b"<html>Please log in</html>"),
        "/empty": says(b""),
        "/gone": says(b"", 404),
        "/here": leads("file?key=1"),
        "/magnet": leads(SHOW.magnet()),
        "/bad-magnet": leads("magnet:?xt=nothing"),
        "/circle": leads("/circle"),
        "/nowhere": leads("file:///etc/passwd"),
        "/lost": leads(""),
        "/stall": stall,
        "/endless": endless,
    }.items():
        app.router.add_get(path, handler)  # type: ignore[arg-type]
    server = await aiohttp_server(app)
    return str(server.make_url("/"))


@pytest.mark.parametrize(
    ("path", "release"), [("file", SINTEL), ("here", SINTEL), ("magnet", SHOW), ("text", SHOW)]
)
async def test_an_address_leads_to_its_source(
    path: str, release: Release, indexer: str, session: aiohttp.ClientSession
) -> None:
    source = await fetch(f"{indexer}{path}", session)

    assert source.infohash == release.infohash


@pytest.mark.parametrize("path", ["guarded", "to-guarded"])
async def test_a_cookie_opens_the_address_that_it_is_for(
    path: str, indexer: str, session: aiohttp.ClientSession
) -> None:
    source = await fetch(f"{indexer}{path}", session, cookie="uid=1; pass=x")

    assert source.infohash == SINTEL.infohash


async def test_a_cookie_is_not_shown_to_another_host(indexer: str, session: aiohttp.ClientSession) -> None:
    with pytest.raises(BadSource, match="web page instead"):
        await fetch(f"{indexer}abroad", session, cookie="uid=1; pass=x")


async def test_a_cookie_that_is_none_is_refused_without_being_told(
    indexer: str, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(BadSource) as refused:
        await fetch(f"{indexer}guarded", session, cookie="secret\r\nX-Other: 1")

    assert "secret" not in refused.value.detail


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("html", "web page instead"),
        ("empty", "empty"),
        ("gone", "404"),
        ("bad-magnet", "infohash"),
        ("circle", "circles"),
        ("nowhere", "no address"),
        ("lost", "circles"),
        ("stall", "did not answer within 0.2 s"),
        ("endless", "too many"),
    ],
)
async def test_an_address_without_a_torrent_is_refused_with_the_reason(
    path: str, why: str, indexer: str, session: aiohttp.ClientSession
) -> None:
    patience = 0.2 if path == "stall" else 10
    limits = FetchLimits(deadline=timedelta(seconds=patience), size=1 << 20)

    with pytest.raises(BadSource, match=why) as caught:
        await fetch(f"{indexer}{path}?apikey={PASSKEY}", session, limits)

    assert PASSKEY not in caught.value.detail
    assert "\n" not in caught.value.detail


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://[bad/", "http://", "ftp://a.example/x", "x"])
async def test_an_address_that_cannot_be_reached_is_refused(url: str, session: aiohttp.ClientSession) -> None:
    with pytest.raises(BadSource):
        await fetch(url, session)


async def test_a_redirect_of_broken_text_is_read_as_well_as_can_be(session: aiohttp.ClientSession) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = SHOW.magnet().encode() + b"&tr=http://t.example/\xff&dn=\xff"
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % link)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        source = await fetch(f"http://{host}:{port}/", session)

    assert source.infohash == SHOW.infohash
    assert msgspec.json.encode(source)
