"""What was handed in, understood: magnet links, .torrent files, addresses of either.

Source: BEP 3, 9, 47, 52, 53 (bittorrent.org).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import unicodedata
from base64 import b32decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp
import torf
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.bencode import NotBencoded, raw_values
from qbitproxy.core.draft import MOST_TRACKERS
from qbitproxy.core.ports import Source
from qbitproxy.core.release import UnsafePath, safe_parts
from qbitproxy.core.torrent import TorrentFile, Tracker

LARGEST_METAINFO = 10_000_000  # bytes; torf reads no more
LONGEST_MAGNET = 1 << 16  # characters
MOST_PARAMETERS = 1000
MOST_FILES = 50_000
LONGEST_NAME = 1000  # characters
LONGEST_PATH = 4000  # bytes; source: PATH_MAX of Linux, limits.h, less room for where it is placed
LONGEST_TRACKER = 2048  # characters
LARGEST_TORRENT = 1 << 62  # bytes
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRACKER_SCHEMES = frozenset({"http", "https", "udp", "ws", "wss"})

_PARAMETER = re.compile(r"(xt|dn|tr)(?:\.\d+)?", re.IGNORECASE)
_V1_TOPIC = re.compile(r"urn:btih:([0-9a-f]{40}|[a-z2-7]{32})", re.IGNORECASE)
_V2_TOPIC = re.compile(r"urn:btmh:1220([0-9a-f]{64})", re.IGNORECASE)
_PADDING = re.compile(r"\.pad|_____padding_file_.*", re.IGNORECASE | re.DOTALL)

V2_ONLY = "this torrent is v2 only (BitTorrent v2); the services know torrents by their v1 hash"


class BadSource(Exception):
    """What was handed in is no torrent we can fetch. `detail` is one line a client may show."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class FetchLimits(Struct, frozen=True, kw_only=True):
    """What fetching a source may cost."""

    deadline: timedelta = timedelta(seconds=30)  # for everything, redirects included
    size: int = LARGEST_METAINFO  # bytes
    redirects: int = 5


USUAL_LIMITS = FetchLimits()


def from_magnet(text: str) -> Source:
    """The source a magnet link names. Trackers and name are kept, whatever else it holds is not.

    A link without a name is called by its infohash. Raises BadSource.
    """
    text = text.strip()
    scheme, _, query = text.partition("?")
    if scheme.lower() != "magnet:":
        raise BadSource("not a magnet link")
    if len(text) > LONGEST_MAGNET:
        raise BadSource(f"{len(text):,} characters are too many for a magnet link")
    topics, names, trackers = _magnet_parts(query)
    v1 = {_hex(match[1]) for topic in topics if (match := _V1_TOPIC.fullmatch(topic))}
    v2 = {match[1].lower() for topic in topics if (match := _V2_TOPIC.fullmatch(topic))}
    if not v1:
        raise BadSource(V2_ONLY if v2 else "the magnet link holds no valid infohash (xt=urn:btih:…)")
    if len(v1) > 1 or len(v2) > 1:
        raise BadSource("the magnet link names more than one torrent")
    infohash = v1.pop()
    name = next(filter(None, map(_shown, names)), infohash)
    return Source(
        infohash=infohash,
        infohash_v2=v2.pop() if v2 else "",
        name=name,
        magnet=_magnet(infohash, name, trackers),
        trackers=trackers,
    )


async def read_metainfo(data: bytes) -> Source:
    """Like `from_metainfo`, without holding up the event loop."""
    return await asyncio.to_thread(from_metainfo, data)


def from_metainfo(data: bytes) -> Source:
    """The source a .torrent file describes, hybrids included. Raises BadSource.

    The infohash is that of the bytes as they are: decoding them and encoding again changes it wherever
    keys are unsorted or a number is written as text.
    """
    if len(data) > LARGEST_METAINFO:
        raise BadSource(f"{len(data):,} bytes are too many for a .torrent file")
    parts = _top_level(data)
    metainfo = _decoded(parts)
    info = metainfo["info"]
    if info.get("meta version") == 2 and "pieces" not in info:
        raise BadSource(V2_ONLY)
    if not isinstance(info.get("pieces"), bytes) or len(info["pieces"]) % 20:
        raise BadSource("the torrent has no valid piece hashes")
    infohash = hashlib.sha1(parts[b"info"]).hexdigest()  # noqa: S324  what BitTorrent v1 is made of
    name = _shown(_text(info, "name")) or infohash
    files = _files(info, name)
    size = sum(file.size for file in files)
    if size > LARGEST_TORRENT:
        raise BadSource("the torrent's files are larger than anything")
    tiers = _announced(metainfo)
    trackers = tuple(_trackers(tiers))
    return Source(
        infohash=infohash,
        infohash_v2=hashlib.sha256(parts[b"info"]).hexdigest() if info.get("meta version") == 2 else "",
        name=name,
        magnet=_magnet(infohash, name, trackers),
        metainfo=data,
        private=bool(info.get("private")),
        size=size,
        files=files,
        trackers=trackers,
        tiers=tuple(tiers[url] for url in trackers),
    )


def without_trackers(source: Source) -> Source:
    """The source without anything that leads to its tracker, under the same infohash.

    Of a .torrent only `info` stays, byte for byte: announce URLs, web seeds, comments and the like hold
    passkeys.
    """
    bare = b"d4:info" + _top_level(source.metainfo)[b"info"] + b"e" if source.metainfo else b""
    return replace(
        source, magnet=_magnet(source.infohash, source.name, ()), metainfo=bare, trackers=(), tiers=()
    )


def with_trackers(source: Source, trackers: Sequence[Tracker]) -> Source:
    """The source with `trackers` in the place of its own, under the same infohash; odd ones are left out."""
    by_url = {tracker.url: tracker.tier for tracker in trackers}
    urls = tuple(_trackers(by_url))
    tiers = tuple(by_url[url] for url in urls)
    metainfo = _announcing(source.metainfo, urls, tiers) if source.metainfo else b""
    magnet = _magnet(source.infohash, source.name, urls)
    return replace(source, magnet=magnet, metainfo=metainfo, trackers=urls, tiers=tiers)


async def fetch(
    url: str, session: aiohttp.ClientSession, limits: FetchLimits = USUAL_LIMITS, *, cookie: str = ""
) -> Source:
    """The source found at an http(s) URL; a redirect to a magnet link is followed as one.

    `cookie` is a header's value, sent to the host of `url` alone.
    `session` decides which addresses may be reached. Raises BadSource, which never shows more of the URL
    than its host: the rest holds keys.
    """
    host = _host(url)
    try:
        async with asyncio.timeout(limits.deadline.total_seconds()):
            found = await _followed(url, session, limits, cookie)
    except TimeoutError:
        raise BadSource(f"{host} did not answer within {limits.deadline.total_seconds():g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise BadSource(f"{host} cannot be reached: {_why(error)}") from None
    try:
        return from_magnet(found) if isinstance(found, str) else await read_metainfo(found)
    except BadSource as bad:
        raise BadSource(f"{host} answered with no torrent: {bad.detail}") from None


def _magnet_parts(query: str) -> tuple[list[str], list[str], tuple[str, ...]]:
    try:
        pairs = parse_qsl(query, max_num_fields=MOST_PARAMETERS, errors="replace")
    except ValueError:
        raise BadSource(f"the magnet link has more than {MOST_PARAMETERS} parameters") from None
    values: dict[str, list[str]] = {"xt": [], "dn": [], "tr": []}
    for key, value in pairs:
        if match := _PARAMETER.fullmatch(key):
            values[match[1].lower()].append(value.strip())
    return values["xt"], values["dn"], tuple(_trackers(values["tr"]))


def _hex(infohash: str) -> str:
    return infohash.lower() if len(infohash) == 40 else b32decode(infohash.upper()).hex()


def _magnet(infohash: str, name: str, trackers: Iterable[str]) -> str:
    link = torf.Magnet(infohash, dn=None if name == infohash else name, tr=tuple(trackers))
    return str(link).replace("+", "%20")  # a space means the same to everybody only in this spelling


def _trackers(urls: Iterable[str]) -> Iterator[str]:
    """The first of `urls` that can be trackers, each once."""
    return islice(_likely(urls), MOST_TRACKERS)


def _likely(urls: Iterable[str]) -> Iterator[str]:
    for url in dict.fromkeys(urls):
        if len(url) > LONGEST_TRACKER:
            continue
        try:
            parts = urlsplit(url)
            torf.Magnet("0" * 40, tr=(url,))
        except (ValueError, torf.TorfError):
            continue
        if parts.scheme in TRACKER_SCHEMES and parts.hostname:
            yield url


def _shown(name: str) -> str:
    """A name fit for one line, cut where it is longer than anybody reads."""
    name = name[:LONGEST_NAME]
    return "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cs"}).strip()


def _top_level(data: bytes) -> dict[bytes, bytes]:
    """The raw values of a .torrent's dictionary by their keys; `info` is among them. Raises BadSource."""
    beginning = data[:1024].lstrip()
    if not beginning:
        raise BadSource("the file is empty")
    if beginning[:1] == b"<":
        raise BadSource("a web page instead of a .torrent file: a login or another address may be needed")
    try:
        values = raw_values(data)
    except NotBencoded as damage:
        raise BadSource(str(damage)) from None
    if values.get(b"info", b"")[:1] != b"d":
        raise BadSource("the .torrent file has no info dictionary")
    return values


def _decoded(parts: Mapping[bytes, bytes]) -> dict[str, Any]:
    """What the parts we read mean; whatever else is odd in the file does not matter to us."""
    read = (b"announce", b"announce-list", b"info")
    raw = b"".join(b"%d:%s%s" % (len(key), key, parts[key]) for key in read if key in parts)
    try:
        return dict(torf.Torrent.read_stream(b"d" + raw + b"e", validate=False).metainfo)
    except Exception as error:  # torf lets whatever its decoder meets through
        raise BadSource(f"the .torrent file is damaged ({type(error).__name__})") from None


def _announced(metainfo: Mapping[str, Any]) -> dict[str, int]:
    """Every address with its tier; the one that stands alone comes first, in the tier that lists it."""
    tiers, alone = metainfo.get("announce-list"), metainfo.get("announce")
    listed = [
        (url, number)
        for number, tier in enumerate(tiers if isinstance(tiers, list) else ())
        if isinstance(tier, list)
        for url in tier
        if isinstance(url, str)
    ]
    found = {alone: dict(reversed(listed)).get(alone, 0)} if isinstance(alone, str) else {}
    for url, number in listed:
        found.setdefault(url, number)
    return found


def _announcing(metainfo: bytes, urls: Sequence[str], tiers: Sequence[int]) -> bytes:
    """A .torrent with other trackers, everything else in it as it was."""
    values = _top_level(metainfo)
    values.pop(b"announce", None)
    values.pop(b"announce-list", None)
    if urls:
        rows = [
            [url for url, tier in zip(urls, tiers, strict=True) if tier == own] for own in sorted(set(tiers))
        ]
        values[b"announce"] = _encoded(urls[0])
        values[b"announce-list"] = b"l%be" % b"".join(b"l%be" % b"".join(map(_encoded, row)) for row in rows)
    return b"d%be" % b"".join(b"%d:%b%b" % (len(key), key, values[key]) for key in sorted(values))


def _encoded(text: str) -> bytes:
    raw = text.encode()
    return b"%d:%b" % (len(raw), raw)


def _text(holder: Mapping[str, Any], key: str) -> str:
    """A string of the metainfo, which is bytes where it is not UTF-8."""
    value = holder.get(f"{key}.utf-8", holder.get(key, ""))
    return (
        value.decode(errors="replace")
        if isinstance(value, bytes)
        else value
        if isinstance(value, str)
        else ""
    )


def _files(info: Mapping[str, Any], name: str) -> tuple[TorrentFile, ...]:
    """The files as they lie below the torrent's root, without padding. Raises BadSource."""
    listed = info.get("files")
    if listed is None:
        return (_file([name], info.get("length")),)
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise BadSource("the torrent's list of files is damaged")
    if len(listed) > MOST_FILES:
        raise BadSource(f"{len(listed):,} files are too many for a torrent")
    real = [(entry, _path(entry)) for entry in listed if "p" not in str(entry.get("attr", ""))]
    files = tuple(_file(path, entry.get("length")) for entry, path in real if not _PADDING.fullmatch(path[0]))
    if not files:
        raise BadSource("the torrent holds no files")
    return files


def _path(entry: Mapping[str, Any]) -> list[str]:
    parts = entry.get("path.utf-8", entry.get("path"))
    if not isinstance(parts, list) or not parts:
        raise BadSource("a file of the torrent has no name")
    return [_text({"part": part}, "part") for part in parts]


def _file(parts: list[str], length: object) -> TorrentFile:
    if not isinstance(length, int) or not 0 <= length < 1 << 63:
        raise BadSource("a file of the torrent has no valid size")
    try:
        path = str(safe_parts(parts))
    except UnsafePath as unsafe:
        raise BadSource(f"a file of the torrent has an unsafe name: {unsafe}") from None
    if len(path.encode()) > LONGEST_PATH:
        raise BadSource(f"a file of the torrent has a name of more than {LONGEST_PATH:,} bytes")
    return TorrentFile(path, length)


async def _followed(
    url: str, session: aiohttp.ClientSession, limits: FetchLimits, cookie: str
) -> str | bytes:
    """The magnet link or the bytes at the end of the redirects."""
    home = _site(url)
    for _ in range(limits.redirects + 1):
        if urlsplit(url).scheme.lower() not in {"http", "https"}:
            raise BadSource(f"{urlsplit(url).scheme or 'this'} is no address of a .torrent file")
        headers = {"Cookie": cookie} if cookie and _site(url) == home else None
        async with session.get(url, allow_redirects=False, headers=headers) as response:
            if response.status not in REDIRECTS:
                return await _body(response, limits.size)
            url = urljoin(url, _as_text(response.headers.get("Location", "")))
        if url.lower().startswith("magnet:"):
            return url
    raise BadSource(f"{_host(url)} redirects in circles")


def _as_text(header: str) -> str:
    """A header without what is no UTF-8 in it."""
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def _body(response: aiohttp.ClientResponse, largest: int) -> str | bytes:
    if response.status != 200:
        raise BadSource(f"{response.url.host} answered {response.status} instead of a .torrent file")
    body = bytearray()
    async for block in response.content.iter_any():
        body += block
        if len(body) > largest:
            raise BadSource(f"{response.url.host} sends more than {largest:,} bytes, too many for a .torrent")
    if body[:8].lower() == b"magnet:?":
        return body.decode(errors="replace")
    return bytes(body)


def _site(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or str(error.os_error)
    return type(error).__name__
