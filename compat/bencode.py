"""Bencoding, as .torrent files use it.

Source: BEP 3, "bencoding" (bittorrent.org, version of 2017-02-04).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Bencoded: TypeAlias = (
    "int | bytes | str | Sequence[Bencoded] | Mapping[str, Bencoded] | Mapping[bytes, Bencoded]"
)


class NotBencoded(ValueError):
    """The bytes are not one whole bencoded value."""


def encode(value: Bencoded) -> bytes:
    """Return `value` bencoded; strings become UTF-8, keys are sorted as raw bytes."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, Mapping):
        pairs = sorted((key.encode() if isinstance(key, str) else key, item) for key, item in value.items())
        return b"d" + b"".join(encode(key) + encode(item) for key, item in pairs) + b"e"
    return b"l" + b"".join(map(encode, value)) + b"e"


def decode_torrent(raw: bytes) -> tuple[dict[bytes, object], bytes]:
    """Return a .torrent's dictionary together with the raw bytes of its `info`.

    Raises NotBencoded for anything that is not a bencoded dictionary with an `info` dictionary in it.
    """
    try:
        metainfo, slices, end = _dictionary(raw, 0)
    except (IndexError, ValueError, RecursionError) as error:
        raise NotBencoded("broken off or malformed") from error
    if end != len(raw) or not isinstance(metainfo.get(b"info"), dict):
        raise NotBencoded("not a dictionary with an info dictionary")
    return metainfo, slices[b"info"]


def _dictionary(raw: bytes, at: int) -> tuple[dict[bytes, object], dict[bytes, bytes], int]:
    if raw[at : at + 1] != b"d":
        raise NotBencoded("not a dictionary")
    at += 1
    values: dict[bytes, object] = {}
    slices: dict[bytes, bytes] = {}
    while raw[at : at + 1] != b"e":
        key, start = _string(raw, at)
        values[key], at = _value(raw, start)
        slices[key] = raw[start:at]
    return values, slices, at + 1


def _value(raw: bytes, at: int) -> tuple[object, int]:
    match raw[at : at + 1]:
        case b"i":
            end = raw.index(b"e", at)
            return int(raw[at + 1 : end]), end + 1
        case b"l":
            members: list[object] = []
            at += 1
            while raw[at : at + 1] != b"e":
                member, at = _value(raw, at)
                members.append(member)
            return members, at + 1
        case b"d":
            values, _, end = _dictionary(raw, at)
            return values, end
    return _string(raw, at)


def _string(raw: bytes, at: int) -> tuple[bytes, int]:
    colon = raw.index(b":", at)
    start, end = colon + 1, colon + 1 + int(raw[at:colon])
    if not start <= end <= len(raw):
        raise NotBencoded("a string reaches past the end")
    return raw[start:end], end
