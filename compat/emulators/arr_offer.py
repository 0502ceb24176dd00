"""A release as an indexer offers it to an Arr."""

from __future__ import annotations

import hashlib
import re
from base64 import b16encode, b32decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from compat.bencode import decode_torrent
from compat.content import Release

_TOPIC = re.compile(r"urn:btih:(?:([0-9a-f]{40})|([a-z2-7]{32}))", re.IGNORECASE)
_CLEANED = str.maketrans(
    {"\\": "+", "/": "+", "<": "", ">": "", "?": "!", "*": "-", ":": "-", "|": "", '"': ""}
)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One release in one form. The Arr works the infohash out by itself and never asks its client for it.

    `files` maps paths to bytes where the offer tells them; a bare magnet does not.
    """

    title: str
    infohash: str  # 40 hex digits, upper case: the Arr's "download id"
    magnet: str = field(default="", repr=False)
    torrent: bytes = field(default=b"", repr=False)
    files: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def cleaned(self) -> str:
        """The title as a file name. Semicolons stay."""
        return self.title.translate(_CLEANED).strip()

    @classmethod
    def of(cls, release: Release, as_: Literal["magnet", "torrent"] = "magnet") -> Offer:
        """Offer a release of ours as a magnet link or a .torrent file."""
        if as_ == "torrent":
            return cls.from_torrent(release.torrent, title=release.name, files=release.files)
        return cls.from_magnet(release.magnet(), title=release.name, files=release.files)

    @classmethod
    def from_magnet(cls, link: str, *, title: str = "", files: Mapping[str, int] | None = None) -> Offer:
        """Offer a magnet link; hex or base32. Raises ValueError for one without a v1 infohash."""
        query = parse_qs(urlsplit(link).query)
        found = next((match for topic in query.get("xt", []) if (match := _TOPIC.fullmatch(topic))), None)
        if found is None:
            raise ValueError("the magnet link names no v1 infohash")
        infohash = found[1].upper() if found[1] else b16encode(b32decode(found[2].upper())).decode()
        title = title or next(iter(query.get("dn", [])), infohash)
        return cls(title=title, infohash=infohash, magnet=link, files=files or {})

    @classmethod
    def from_torrent(cls, raw: bytes, *, title: str = "", files: Mapping[str, int] | None = None) -> Offer:
        """Offer .torrent bytes. Raises ValueError for bytes that are none, and for a v2-only torrent."""
        metainfo, info = decode_torrent(raw)
        content = metainfo[b"info"]
        if not isinstance(content, dict) or b"pieces" not in content:
            raise ValueError("the torrent has no v1 infohash")
        name = content.get(b"name", b"")
        title = title or (name.decode(errors="replace") if isinstance(name, bytes) else "")
        infohash = hashlib.sha1(info).hexdigest().upper()  # noqa: S324 BEP 3
        return cls(title=title, infohash=infohash, torrent=raw, files=files or _listed(content, title))

    @classmethod
    def from_word(cls, word: str) -> Offer:
        """Offer what a command line names: a magnet link, else the path of a .torrent file."""
        if word.startswith("magnet:"):
            return cls.from_magnet(word)
        return cls.from_torrent(Path(word).read_bytes())


def _listed(content: dict[bytes, object], title: str) -> dict[str, int]:
    listed = content.get(b"files")
    if not isinstance(listed, list):
        return {title: _length(content)}
    return {
        "/".join(part.decode(errors="replace") for part in file[b"path"]): _length(file)
        for file in listed
        if b"p" not in file.get(b"attr", b"")
    }


def _length(file: Mapping[bytes, object]) -> int:
    length = file.get(b"length", 0)
    return length if isinstance(length, int) else 0
