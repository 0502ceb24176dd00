"""Magnet links, .torrent files: what every service reads out of them."""

from __future__ import annotations

import hashlib
import re
from base64 import b32decode
from dataclasses import dataclass
from urllib.parse import parse_qs

from compat.bencode import NotBencoded, decode_torrent
from compat.content import Release

V1_TOPIC = re.compile(r"urn:btih:([0-9a-f]{40}|[a-z2-7]{32})", re.IGNORECASE)


class Unreadable(ValueError):
    """It is no magnet link with a v1 hash, no v1 or hybrid .torrent."""


@dataclass(frozen=True)
class Metadata:
    """What a swarm or a .torrent tells of a torrent; padding files are left out."""

    infohash: str  # 40 lower-case hex digits
    name: str
    files: tuple[tuple[str, int], ...]  # path below the torrent's root folder, bytes

    @property
    def size(self) -> int:
        return sum(size for _, size in self.files)

    @property
    def single_file(self) -> bool:
        """The torrent has no folder of its own."""
        return [path for path, _ in self.files] == [self.name]


def read_magnet(magnet: str) -> tuple[str, str]:
    """Return the infohash of a magnet link (hex or base32) with its name, "" when it has none.

    Raises Unreadable.
    """
    scheme, _, parameters = magnet.partition("?")
    query = parse_qs(parameters)
    topics = [found[1] for topic in query.get("xt", []) if (found := V1_TOPIC.fullmatch(topic))]
    if scheme.lower() != "magnet:" or not topics:
        raise Unreadable
    [topic, *_] = topics
    infohash = topic if len(topic) == 40 else b32decode(topic.upper()).hex()
    return infohash.lower(), query.get("dn", [""])[0]


def read_torrent(raw: bytes) -> Metadata:
    """Return what a .torrent says. Raises Unreadable."""
    try:
        metainfo, info_slice = decode_torrent(raw)
        info = metainfo[b"info"]
        assert isinstance(info, dict)  # noqa: S101  decode_torrent promises it
        name = info[b"name"].decode()
        listed = info.get(b"files") or [{b"length": info[b"length"], b"path": [info[b"name"]]}]
        files = [
            (b"/".join(file[b"path"]).decode(), int(file[b"length"]))
            for file in listed
            if b"p" not in file.get(b"attr", b"")
        ]
    except (NotBencoded, KeyError, TypeError, ValueError, AttributeError):
        raise Unreadable from None
    return Metadata(hashlib.sha1(info_slice, usedforsecurity=False).hexdigest(), name, tuple(files))


def metadata_of(release: Release) -> Metadata:
    """What the release's .torrent would say."""
    return Metadata(release.infohash, release.name, tuple(release.files.items()))
