"""Where the values of a bencoded dictionary lie, byte for byte.

Source: BEP 3, "bencoding" (bittorrent.org, version of 2017-02-04).
"""

from __future__ import annotations

import re

DEEPEST = 64  # lists within lists
MOST_TOKENS = 500_000
"""Lists, dictionaries, their ends, numbers and strings: a torrent of 50,000 files has as many."""

MOST_KEYS = 1000  # of one dictionary whose values are asked for

_TOKEN = re.compile(rb"(?P<number>i-?\d{1,20}e)|(?P<open>[ld])|(?P<close>e)|(?P<length>\d{1,8}):")


class NotBencoded(ValueError):
    """The bytes are no bencoded dictionary, or not a whole one."""


def raw_values(data: bytes) -> dict[bytes, bytes]:
    """The values of a bencoded dictionary by their keys, still encoded; what follows it is ignored.

    Raises NotBencoded, also for a key that comes twice.
    """
    if data[:1] != b"d":
        raise NotBencoded("not a .torrent file")
    values: dict[bytes, bytes] = {}
    at = 1
    while data[at : at + 1] != b"e":
        key_end = _value_end(data, at)
        end = _value_end(data, key_end)
        key = data[at:key_end].partition(b":")[2]
        if key in values:
            raise NotBencoded("the .torrent file says the same thing twice")
        values[key] = data[key_end:end]
        if len(values) > MOST_KEYS:
            raise NotBencoded("the .torrent file holds too much")
        at = end
    return values


def raw_items(data: bytes) -> list[bytes]:
    """The items of a bencoded list, still encoded. Raises NotBencoded."""
    items: list[bytes] = []
    at = 1
    while data[at : at + 1] != b"e":
        end = _value_end(data, at)
        items.append(data[at:end])
        at = end
    return items


def _value_end(data: bytes, at: int) -> int:
    """Where the value that starts at `at` ends."""
    depth = 0
    for _ in range(MOST_TOKENS):
        token = _TOKEN.match(data, at)
        if token is None or depth > DEEPEST:
            raise NotBencoded("the .torrent file is cut short or damaged")
        at = token.end()
        match token.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
            case "length":
                at += int(token["length"])
        if depth < 0 or at > len(data):
            raise NotBencoded("the .torrent file is cut short or damaged")
        if depth == 0:
            return at
    raise NotBencoded("the .torrent file holds too much")
