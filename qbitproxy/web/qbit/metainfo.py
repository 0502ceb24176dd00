"""What a .torrent file says that a torrent of ours does not keep."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

SHA1 = 20  # bytes


class Metainfo(Struct, frozen=True, kw_only=True):
    """The parts that details show; unknown numbers are -1."""

    comment: str = ""
    created_by: str = ""
    creation_date: int = -1  # epoch seconds
    piece_size: int = -1  # bytes
    piece_hashes: tuple[str, ...] = ()  # hex


def read_metainfo(metainfo: bytes) -> Metainfo:
    """The details in `metainfo`; what is missing or odd counts as unknown."""
    try:
        torrent, _ = _value(metainfo, 0)
        info = torrent[b"info"]
        pieces = info.get(b"pieces", b"")
        return Metainfo(
            comment=_text(torrent.get(b"comment")),
            created_by=_text(torrent.get(b"created by")),
            creation_date=_number(torrent.get(b"creation date")),
            piece_size=_number(info.get(b"piece length")),
            piece_hashes=tuple(pieces[at : at + SHA1].hex() for at in range(0, len(pieces), SHA1)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Metainfo()


def _value(data: bytes, at: int) -> tuple[Any, int]:
    """The bencoded value that starts at `at`, with the place after it."""
    match data[at : at + 1]:
        case b"i":
            end = data.index(b"e", at)
            return int(data[at + 1 : end]), end + 1
        case b"l":
            return _items(data, at + 1)
        case b"d":
            items, end = _items(data, at + 1)
            return dict(zip(items[::2], items[1::2], strict=True)), end
        case _:
            colon = data.index(b":", at, at + 12)
            end = colon + 1 + int(data[at:colon])
            return data[colon + 1 : end], end


def _items(data: bytes, at: int) -> tuple[list[Any], int]:
    items = []
    while data[at : at + 1] != b"e":
        item, at = _value(data, at)
        items.append(item)
    return items, at + 1


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**53 else -1
