"""Releases made by compat.content are real ones."""

import hashlib
import io
from base64 import b32decode
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import torf
from hypothesis import given
from hypothesis import strategies as st

from compat import bencode
from compat.bencode import NotBencoded
from compat.content import KIB, READY_MADE, SHOW, SINTEL, Release

ODD = Release("Odd", {"b/second.mkv": 40 * KIB + 1, "a.mkv": 70 * KIB, "empty.txt": 0}, piece_length=32 * KIB)


def info_of(release: Release) -> dict[bytes, object]:
    metainfo, _ = bencode.decode_torrent(release.torrent)
    info = metainfo[b"info"]
    assert isinstance(info, dict)
    return info


@pytest.mark.parametrize("release", READY_MADE.values(), ids=READY_MADE)
def test_another_reader_finds_the_same_torrent(release: Release) -> None:
    read = torf.Torrent.read_stream(io.BytesIO(release.torrent))

    assert (read.infohash, read.name, read.size) == (release.infohash, release.name, release.size)
    assert read.mode == ("singlefile" if release.single_file else "multifile")


def test_piece_hashes_are_those_of_the_written_files(tmp_path: Path) -> None:
    SHOW.write(tmp_path / SHOW.name)

    torrent = torf.Torrent.read_stream(io.BytesIO(SHOW.torrent))

    assert torrent.verify(tmp_path / SHOW.name)


def test_the_infohash_is_the_hash_of_the_info_bytes() -> None:
    _, info = bencode.decode_torrent(SINTEL.torrent)

    assert hashlib.sha1(info, usedforsecurity=False).hexdigest() == SINTEL.infohash


@given(st.integers(0, 80 * KIB), st.integers(0, 80 * KIB))
def test_a_range_is_that_part_of_the_whole(start: int, end: int) -> None:
    whole = ODD.read("a.mkv")

    assert len(whole) == 70 * KIB
    assert ODD.read("a.mkv", start, end) == whole[start:end]


def test_the_same_arguments_make_the_same_bytes_while_another_seed_makes_others() -> None:
    again = Release(ODD.name, ODD.files, piece_length=ODD.piece_length)
    other = Release(ODD.name, ODD.files, piece_length=ODD.piece_length, seed=1)

    assert again.infohash == ODD.infohash
    assert other.infohash != ODD.infohash
    assert other.read("a.mkv") != ODD.read("a.mkv")


def test_a_magnet_names_hash_name_trackers() -> None:
    query = parse_qs(SHOW.magnet().removeprefix("magnet:?"))

    assert query == {
        "xt": [f"urn:btih:{SHOW.infohash}"],
        "dn": [SHOW.name],
        "tr": list(SHOW.trackers),
    }
    assert (
        SHOW.magnet(name=False, trackers=False, upper=True) == f"magnet:?xt=urn:btih:{SHOW.infohash.upper()}"
    )


def test_a_base32_magnet_holds_the_same_hash() -> None:
    written = SHOW.magnet(base32=True, name=False, trackers=False).removeprefix("magnet:?xt=urn:btih:")

    assert b32decode(written).hex() == SHOW.infohash


def test_a_private_torrent_says_so() -> None:
    assert info_of(Release("P", {"P": 1}, private=True))[b"private"] == 1
    assert b"private" not in info_of(SINTEL)


def test_a_hybrid_torrent_aligns_its_files_with_padding() -> None:
    hybrid = Release(ODD.name, ODD.files, piece_length=ODD.piece_length, version="hybrid")

    info = info_of(hybrid)

    assert [path for path in hybrid.files] == ["a.mkv", "b/second.mkv", "empty.txt"]
    assert [file[b"path"] for file in info[b"files"]] == [
        [b"a.mkv"],
        [b".pad", b"26624"],
        [b"b", b"second.mkv"],
        [b".pad", b"24575"],
        [b"empty.txt"],
    ]
    assert len(info[b"pieces"]) == 20 * 5
    assert hybrid.magnet().count("xt=") == 2


def test_a_v2_torrent_has_file_tree_with_roots_that_follow_from_its_piece_layers() -> None:
    v2 = Release(ODD.name, ODD.files, piece_length=ODD.piece_length, version="2")
    metainfo, _ = bencode.decode_torrent(v2.torrent)
    info = info_of(v2)

    entry = info[b"file tree"][b"a.mkv"][b""]
    layer = metainfo[b"piece layers"][entry[b"pieces root"]]

    assert b"pieces" not in info
    assert info[b"meta version"] == 2
    assert info[b"file tree"][b"empty.txt"][b""] == {b"length": 0}
    assert len(layer) == 32 * 3
    assert _root([layer[at : at + 32] for at in (0, 32, 64)] + [_sha(bytes(64))]) == entry[b"pieces root"]
    assert (len(v2.infohash), v2.infohash) == (40, v2.infohash_v2[:40])
    assert v2.magnet(name=False) == f"magnet:?xt=urn:btmh:1220{v2.infohash_v2}"


def test_a_path_that_leads_out_of_the_release_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out"):
        Release("Evil", {"../outside.mkv": 1, "b": 1}).write(tmp_path / "inside")

    assert list(tmp_path.rglob("*.mkv")) == []


@pytest.mark.parametrize("piece_length", [KIB, 48 * KIB])
def test_a_piece_length_that_no_torrent_may_have_is_refused(piece_length: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Release("P", {"P": 1}, piece_length=piece_length)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"d",
        b"d4:infode",
        b"i1e",
        b"d4:infoi1ee",
        b"d4:infodeex",
        b"d9:inf",
        b"<html>",
        b"d4:info" + b"l" * 5000,
    ],
)
def test_what_is_no_torrent_is_told_from_one(raw: bytes) -> None:
    with pytest.raises(NotBencoded):
        bencode.decode_torrent(raw)


def _sha(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def _root(layer: list[bytes]) -> bytes:
    left, right = _sha(layer[0] + layer[1]), _sha(layer[2] + layer[3])
    return _sha(left + right)
