"""What a .torrent file says that a torrent of ours does not keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec import Struct

from qbitproxy.bencode import NotBencoded, raw_items, raw_values
from qbitproxy.web.qbit.bounds import LONGEST_URL, MOST_WEB_SEEDS

SHA1 = 20  # bytes
LONGEST_TEXT = 1 << 14  # bytes that are shown of a comment
V2 = 2
"""Source: BEP 52, "meta version"."""


class Metainfo(Struct, frozen=True, kw_only=True):
    """The parts that details show; unknown numbers are -1."""

    comment: str = ""
    created_by: str = ""
    creation_date: int = -1  # epoch seconds
    piece_size: int = -1  # bytes
    piece_hashes: tuple[str, ...] = ()  # hex
    web_seeds: tuple[str, ...] = ()
    aligned: bool = False  # every file begins with a piece, as in all torrents with a v2 part


def read_metainfo(metainfo: bytes) -> Metainfo:
    """The details in `metainfo`; what is missing or odd counts as unknown."""
    try:
        torrent = raw_values(metainfo)
        info = raw_values(torrent.get(b"info", b""))
    except NotBencoded:
        return Metainfo()
    pieces = _string(info, b"pieces")
    return Metainfo(
        comment=_string(torrent, b"comment")[:LONGEST_TEXT].decode("utf-8", "replace"),
        created_by=_string(torrent, b"created by")[:LONGEST_TEXT].decode("utf-8", "replace"),
        creation_date=_number(torrent, b"creation date"),
        piece_size=_number(info, b"piece length"),
        piece_hashes=tuple(pieces[at : at + SHA1].hex() for at in range(0, len(pieces), SHA1)),
        web_seeds=_web_seeds(torrent.get(b"url-list", b"")),
        aligned=_number(info, b"meta version") == V2,
    )


def _web_seeds(raw: bytes) -> tuple[str, ...]:
    """BEP 19: one address, or a list of them."""
    each: Iterable[bytes] = [raw] if raw[:1].isdigit() else raw_items(raw) if raw[:1] == b"l" else []
    texts = (one.partition(b":")[2].decode("utf-8", "replace") for one in each if one[:1].isdigit())
    return tuple(
        islice(dict.fromkeys(text for text in texts if 0 < len(text) <= LONGEST_URL), MOST_WEB_SEEDS)
    )


def _string(values: Mapping[bytes, bytes], key: bytes) -> bytes:
    raw = values.get(key, b"")
    return raw.partition(b":")[2] if raw[:1].isdigit() else b""


def _number(values: Mapping[bytes, bytes], key: bytes) -> int:
    digits = values.get(key, b"").removeprefix(b"i").removesuffix(b"e")
    return int(digits) if digits.isdigit() and len(digits) < 16 else -1
