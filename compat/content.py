"""Releases made here, with true bytes behind true .torrent files."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from compat import bencode
from compat.bencode import Bencoded

KIB = 1 << 10
MIB = 1 << 20
BLOCK = 16 * KIB  # bytes; also the leaf size of v2 hash trees
CHUNK = 256 * KIB  # bytes; what `chunks` hands out at a time


@dataclass(frozen=True, eq=False)
class Release:
    """A release nobody owns. The same arguments always make the same bytes.

    `files` maps paths to sizes in bytes. One file called like the release makes a single-file torrent;
    anything else makes a folder called `name` with paths relative to it. Torrents with a v2 part keep
    their files sorted, as the file tree does.
    """

    name: str
    files: Mapping[str, int]
    _: KW_ONLY
    seed: int = 0
    trackers: tuple[str, ...] = ()
    private: bool = False
    piece_length: int = 256 * KIB  # bytes, a power of two
    version: Literal["1", "hybrid", "2"] = "1"

    def __post_init__(self) -> None:
        if self.piece_length < BLOCK or self.piece_length & (self.piece_length - 1):
            raise ValueError("piece_length is a power of two of at least 16 KiB")
        in_order = dict(self.files)
        if self.version != "1":
            in_order = {
                path: in_order[path] for path in sorted(in_order, key=lambda p: p.encode().split(b"/"))
            }
        object.__setattr__(self, "files", MappingProxyType(in_order))

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(self.files.values())

    @property
    def single_file(self) -> bool:
        """The torrent has no folder of its own."""
        return list(self.files) == [self.name]

    @cached_property
    def torrent(self) -> bytes:
        """The bencoded .torrent."""
        metainfo: dict[str, Bencoded] = {"info": self._info}
        if self.trackers:
            metainfo |= {"announce": self.trackers[0], "announce-list": [[url] for url in self.trackers]}
        if self.version != "1":
            metainfo["piece layers"] = {
                tree.root: b"".join(tree.layer) for tree in self._hash_trees.values() if tree.layer
            }
        return bencode.encode(metainfo)

    @cached_property
    def infohash(self) -> str:
        """40 lower-case hex digits; for a v2-only torrent its SHA-256 cut to that length."""
        if self.version == "2":
            return self.infohash_v2[:40]
        return hashlib.sha1(bencode.encode(self._info), usedforsecurity=False).hexdigest()

    @cached_property
    def infohash_v2(self) -> str:
        """64 lower-case hex digits: the SHA-256 of the info dictionary."""
        return hashlib.sha256(bencode.encode(self._info)).hexdigest()

    def magnet(
        self, *, base32: bool = False, upper: bool = False, name: bool = True, trackers: bool = True
    ) -> str:
        """Return a magnet link; hybrids carry both hashes, v2-only torrents carry only the long one."""
        topics = []
        if self.version != "2":
            v1 = b32encode(bytes.fromhex(self.infohash)).decode() if base32 else self.infohash
            topics.append("urn:btih:" + (v1.upper() if upper else v1))
        if self.version != "1":
            topics.append("urn:btmh:1220" + self.infohash_v2)
        parts = [f"xt={topic}" for topic in topics]
        parts += [f"dn={quote(self.name, safe='')}"] if name else []
        parts += [f"tr={quote(url, safe='')}" for url in self.trackers] if trackers else []
        return "magnet:?" + "&".join(parts)

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        """Return bytes `start` up to, not including, `end` of one file; past its end there are none."""
        return b"".join(self.chunks(path, start, end))

    def chunks(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield what `read` returns in pieces of at most 256 KiB."""
        size = self.files[path]
        end = size if end is None else min(end, size)
        while start < end:
            stop = min(end, start + CHUNK)
            first, last = start // BLOCK, (stop - 1) // BLOCK
            blocks = b"".join(self._block(path, index) for index in range(first, last + 1))
            yield blocks[start - first * BLOCK : stop - first * BLOCK]
            start = stop

    def write(self, folder: Path) -> list[Path]:
        """Write every file to `folder` / its path; return where they are.

        Raises ValueError for a path that leads out of the folder.
        """
        return [self.write_file(path, folder) for path in self.files]

    def write_file(self, path: str, folder: Path) -> Path:
        """Write one file to `folder` / its path, as `write` does."""
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(f"{path!r} leads out of the release")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            out.writelines(self.chunks(path))
        return target

    def _block(self, path: str, index: int) -> bytes:
        key = f"{self.seed}\0{self.name}\0{path}\0{index}".encode()
        return hashlib.shake_128(key).digest(BLOCK)

    @cached_property
    def _info(self) -> dict[str, Bencoded]:
        info: dict[str, Bencoded] = {"name": self.name, "piece length": self.piece_length}
        if self.private:
            info["private"] = 1
        if self.version != "2":
            info["pieces"] = self._pieces()
            info |= {"length": self.size} if self.single_file else {"files": self._file_list()}
        if self.version != "1":
            info |= {"meta version": 2, "file tree": self._file_tree()}
        return info

    def _file_list(self) -> list[Bencoded]:
        listed: list[Bencoded] = []
        for path, size in self.files.items():
            listed.append({"length": size, "path": path.split("/")})
            if padding := self._padding(path):
                listed.append({"attr": "p", "length": padding, "path": [".pad", str(padding)]})
        return listed

    def _padding(self, path: str) -> int:
        if self.version != "hybrid" or path == list(self.files)[-1]:
            return 0
        return -self.files[path] % self.piece_length

    def _pieces(self) -> bytes:
        hashes: list[bytes] = []
        pending = bytearray()
        for path in self.files:
            for chunk in self.chunks(path):
                pending += chunk
                while len(pending) >= self.piece_length:
                    hashes.append(hashlib.sha1(pending[: self.piece_length], usedforsecurity=False).digest())
                    del pending[: self.piece_length]
            pending += bytes(self._padding(path))
        if pending:
            hashes.append(hashlib.sha1(pending, usedforsecurity=False).digest())
        return b"".join(hashes)

    @cached_property
    def _hash_trees(self) -> dict[str, HashTree]:
        return {path: HashTree.of(self, path) for path, size in self.files.items() if size}

    def _file_tree(self) -> Mapping[str, Bencoded]:
        top: dict[str, dict] = {}  # type: ignore[type-arg]  # as deep as the paths are
        for path, size in self.files.items():
            here = top
            for part in path.split("/"):
                here = here.setdefault(part, {})
            here[""] = {"length": size}
            if size:
                here[""]["pieces root"] = self._hash_trees[path].root
        return top


@dataclass(frozen=True)
class HashTree:
    """The v2 hashes of one file. Source: BEP 52, "file tree" (bittorrent.org, version of 2020-05-18)."""

    root: bytes
    layer: tuple[bytes, ...]  # one hash a piece; () for a file that fits into one piece

    @classmethod
    def of(cls, release: Release, path: str) -> HashTree:
        """Hash one file of a release that is not empty."""
        leaves = [hashlib.sha256(block).digest() for block in _blocks(release, path)]
        if release.files[path] <= release.piece_length:
            return cls(_merkle_root(leaves, bytes(32)), ())
        wide = release.piece_length // BLOCK
        groups = (leaves[at : at + wide] for at in range(0, len(leaves), wide))
        layer = tuple(_merkle_root(group + [bytes(32)] * (wide - len(group)), b"") for group in groups)
        return cls(_merkle_root(list(layer), _merkle_root([bytes(32)] * wide, b"")), layer)


def _blocks(release: Release, path: str) -> Iterator[bytes]:
    for at in range(0, release.files[path], BLOCK):
        yield release.read(path, at, at + BLOCK)


def _merkle_root(nodes: list[bytes], padding: bytes) -> bytes:
    width = 1 << (len(nodes) - 1).bit_length()
    nodes = nodes + [padding] * (width - len(nodes))
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [hashlib.sha256(left + right).digest() for left, right in pairs]
    return nodes[0]


SINTEL = Release(
    name="Sintel.2010.1080p.mkv",
    files={"Sintel.2010.1080p.mkv": 3 * MIB + 4321},
    trackers=("http://tracker.example/announce",),
)
SHOW = Release(
    name="Caminandes.S01.1080p",
    files={
        "Caminandes.S01E01.Llama.Drama.1080p.mkv": MIB + 17,
        "Caminandes.S01E02.Gran.Dillama.1080p.mkv": MIB + 1024,
        "Caminandes.S01E03.Llamigos.1080p.mkv": MIB,
        "Caminandes.S01.nfo": 1843,
        "Sample/caminandes.s01e01.sample.mkv": 64 * KIB,
    },
    trackers=("http://tracker.example/announce", "udp://tracker.example:6969"),
)
NAMELESS = Release(
    name="a1b2c3d4e5f60718293a4b5c6d7e8f90", files={"0f1e2d3c4b5a69788796a5b4c3d2e1f0.mkv": MIB}
)
"""A release whose names say nothing; the magnet without a name says even less."""
SAME_NAMES = Release(
    name="Cosmos.Laundromat.Collection",
    files={"Part 1/Cosmos Laundromat.mkv": 300 * KIB, "Part 2/Cosmos Laundromat.mkv": 200 * KIB},
)
"""Two folders hold a file of the same name."""
ALBUM = Release(
    name="Jan Morgenstern - Sintel Soundtrack (2010) [FLAC]",
    files={"01 - Dragon Dance.flac": 200 * KIB, "02 - Snow Fight.flac": 210 * KIB, "cover.jpg": 20 * KIB},
)
BOOK = Release(
    name="Blender Open Movies - A History.epub", files={"Blender Open Movies - A History.epub": 90 * KIB}
)
FILM = Release(
    name="Elephants.Dream.2006.1080p",
    files={
        "Elephants.Dream.2006.1080p.mkv": 2 * MIB + 33,
        "Elephants.Dream.2006.nfo": 900,
        "Sample/elephants.dream.sample.mkv": 64 * KIB,
    },
)
DISCS = Release(
    name="Jan Morgenstern - Collected Scores (2011) [FLAC]",
    files={
        "CD1/01 - Emo Creates.flac": 150 * KIB,
        "CD1/02 - The Machine.flac": 160 * KIB,
        "CD2/01 - Butterflies.flac": 170 * KIB,
        "CD2/booklet.pdf": 40 * KIB,
    },
)
AUDIOBOOK = Release(
    name="Blender Open Movies - A History [Audiobook]",
    files={
        "Part 1 - Orange.mp3": 120 * KIB,
        "Part 2 - Peach.mp3": 130 * KIB,
        "cover.jpg": 20 * KIB,
    },
)
FILTERED = Release(
    name="Tears.of.Steel.2012.1080p.WEB-DL.mkv", files={"Tears.of.Steel.2012.1080p.WEB-DL.mkv": MIB}
)
"""A release with a name some services refuse."""

READY_MADE = {
    "sintel": SINTEL,
    "show": SHOW,
    "nameless": NAMELESS,
    "same-names": SAME_NAMES,
    "album": ALBUM,
    "book": BOOK,
    "film": FILM,
    "discs": DISCS,
    "audiobook": AUDIOBOOK,
    "filtered": FILTERED,
}
