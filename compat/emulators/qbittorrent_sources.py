"""What qBittorrent reads out of a magnet link or a .torrent."""

from __future__ import annotations

import hashlib
import re
from base64 import b32decode
from dataclasses import dataclass
from urllib.parse import parse_qs

from compat.bencode import NotBencoded, decode_torrent
from compat.content import Release

V1 = re.compile(r"urn:btih:([0-9a-f]{40}|[a-z2-7]{32})", re.IGNORECASE)
V2 = re.compile(r"urn:btmh:1220([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True)
class Hashes:
    """The two infohashes of a torrent, lower case; "" for one that it has not, or that is not known yet."""

    v1: str
    v2: str = ""

    @property
    def id(self) -> str:
        """What the API calls it."""
        return self.v2[:40] or self.v1

    def meets(self, other: Hashes) -> bool:
        """Whether both are of the same torrent."""
        return bool(self.v1 and self.v1 == other.v1) or bool(self.v2 and self.v2 == other.v2)


@dataclass(frozen=True)
class Metadata:
    """What a swarm or a .torrent tells: files are (path below the root folder, bytes), without padding."""

    hashes: Hashes
    name: str
    files: tuple[tuple[str, int], ...]
    single_file: bool


def read_magnet(link: str) -> tuple[Hashes, str]:
    """Return the hashes with the display name, "" for none. Raises ValueError."""
    if not link.startswith("magnet:?"):
        raise ValueError("no magnet link")
    query = parse_qs(link.removeprefix("magnet:?"))
    topics = query.get("xt", [])
    v1 = [found[1] for topic in topics if (found := V1.fullmatch(topic))]
    v2 = [found[1].lower() for topic in topics if (found := V2.fullmatch(topic))]
    if not v1 and not v2:
        raise ValueError("no infohash")
    given = v1[0] if v1 else ""
    as_hex = given.lower() if len(given) in (0, 40) else b32decode(given.upper()).hex()
    return Hashes(as_hex, v2[0] if v2 else ""), query.get("dn", [""])[0]


def read_torrent(raw: bytes) -> Metadata:
    """Return what a .torrent says. Raises ValueError for bytes that are none."""
    try:
        metainfo, info_slice = decode_torrent(raw)
        info = metainfo[b"info"]
        assert isinstance(info, dict)  # noqa: S101  decode_torrent promises it
        name = info[b"name"].decode()
        is_v2 = info.get(b"meta version") == 2
        hashes = Hashes(
            hashlib.sha1(info_slice, usedforsecurity=False).hexdigest() if b"pieces" in info else "",
            hashlib.sha256(info_slice).hexdigest() if is_v2 else "",
        )
        single = b"length" in info
        listed = [{b"length": info[b"length"], b"path": [info[b"name"]]}] if single else info[b"files"]
        files = tuple(
            (b"/".join(file[b"path"]).decode(), int(file[b"length"]))
            for file in listed
            if b"p" not in file.get(b"attr", b"")
        )
    except (NotBencoded, KeyError, TypeError, AttributeError) as damage:
        raise ValueError("not a torrent") from damage
    return Metadata(hashes, name, files, single)


def metadata_of(release: Release) -> Metadata:
    v2 = release.infohash_v2 if release.version != "1" else ""
    v1 = release.infohash if release.version != "2" else ""
    return Metadata(Hashes(v1, v2), release.name, tuple(release.files.items()), release.single_file)
