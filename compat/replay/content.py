"""What is in the recorded torrents, made again byte by byte."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from compat import bencode
from compat.bencode import Bencoded
from compat.content import BLOCK, MIB, Release
from compat.replay.recording import TORRENTS


@dataclass(frozen=True, eq=False)
class Recorded(Release):
    """A release with the .torrent that was recorded. `seeds` maps its paths to what their bytes grow from."""

    file: str = ""
    seeds: Mapping[str, str] = None  # type: ignore[assignment]  # always given, after fields with defaults

    @cached_property
    def torrent(self) -> bytes:
        return (TORRENTS / f"{self.file}.torrent").read_bytes()

    @cached_property
    def infohash(self) -> str:
        return hashlib.sha1(self._raw_info, usedforsecurity=False).hexdigest()

    @cached_property
    def _raw_info(self) -> bytes:
        return bencode.decode_torrent(self.torrent)[1]

    @cached_property
    def _whole(self) -> dict[str, bytes]:
        return {path: random.Random(seed).randbytes(self.files[path]) for path, seed in self.seeds.items()}

    def _block(self, path: str, index: int) -> bytes:
        return self._whole[path][index * BLOCK : (index + 1) * BLOCK]


def _recorded(file: str, name: str, *files: tuple[str, str, int]) -> Recorded:
    return Recorded(
        name,
        {path: size for path, _, size in files},
        piece_length=BLOCK,
        file=file,
        seeds={path: seed for path, seed, _ in files},
    )


def _single(file: str, name: str, size: int) -> Recorded:
    return _recorded(file, name, (name, file, size))


MOVIE = _single("movie", "Example.Movie.2024.1080p.WEB-DL.mkv", 307200)
SHOW = _recorded(
    "show",
    "Example.Show.S01",
    ("Example.Show.S01E01.mkv", "s1e1", 204800),
    ("Example.Show.S01E02.mkv", "s1e2", 153600),
    ("Subs/Example.Show.S01E01.srt", "srt", 2000),
    ("sample.txt", "sample", 100),
)
MISSING = _single("missing", "Example.Missing.2023.mkv", 122880)
PRIVATE = _single("private", "Example.Private.2022.mkv", 65536)
BYTES = _single("bytes", "Example.Bytes.2019.mkv", 33799)
HYBRID = _recorded("hybrid", "Example.Hybrid", ("part1.bin", "h1", 92160), ("part2.bin", "h2", 51200))
SWARM = _single("swarm", "Example.Swarm.2021.mkv", 4 * MIB)
URL = _single("url", "Example.Url.2020.mkv", 49152)

RELEASES = {each.file: each for each in (MOVIE, SHOW, MISSING, PRIVATE, BYTES, HYBRID, SWARM, URL)}
"""What a service that knows v1 can hold, by the name of its .torrent."""

NOBODY = (
    "magnet:?xt=urn:btih:abababababababababababababababababababab&dn=Example.Nobody.Has.It"
    "&tr=http%3A%2F%2F127.0.0.1%3A9001%2Fannounce"
)


def torrent_file(name: str) -> bytes:
    """The .torrent of that name; "big" was not kept, as it follows from its name."""
    return _big() if name == "big" else (TORRENTS / f"{name}.torrent").read_bytes()


def _big() -> bytes:
    piece = hashlib.sha1(bytes(4 * MIB), usedforsecurity=False).digest()
    info: dict[str, Bencoded] = {
        "name": "Example.Big.bin",
        "length": 1024 * MIB,
        "piece length": 4 * MIB,
        "pieces": piece * 256,
    }
    return bencode.encode({"info": info})
