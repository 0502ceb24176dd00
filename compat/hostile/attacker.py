"""Somebody who thinks up bad requests, the same ones for the same seed."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote_from_bytes

from compat.hostile.line import Blow
from compat.hostile.torrents import bad_torrent
from compat.hostile.words import FIELDS, HEADERS, JSONS, METHODS, PREFERENCES, SORTS, TEXTS, Pair

T = TypeVar("T")

BOUNDARY = b"----hostile"
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data; boundary=" + BOUNDARY


class Attacker:
    """Thinks up one request after the other."""

    def __init__(self, seed: int, reads: Sequence[str], writes: Sequence[str], hashes: Sequence[str]) -> None:
        """`hashes` are of torrents that are there."""
        self._random = random.Random(seed)
        self._reads, self._writes = sorted(reads), sorted(writes)
        self._hashes = [name.encode() for name in hashes]
        self._names: Mapping[str, Callable[[], bytes]] = {
            "hash": self._hash,
            "hashes": self._hash_list,
            "urls": self._links,
            "json": self._preferences,
            "data": self._json,
            "keys": self._json,
            "cookies": self._json,
            "sort": self._sort,
            "tags": self._tags,
            "source": self._links,
            "username": lambda: b"x",
            "password": self._text,
        }

    def blow(self) -> Blow:
        """The next request."""
        is_read = self._chance(0.4)
        name = self._one(self._reads if is_read else self._writes).encode()
        if self._chance(0.03):
            name = self._one(
                (
                    name + b"/",
                    name.upper(),
                    b"%00",
                    b"%2e%2e/x",
                    b"\xff",
                    b"a//b",
                    b"x" * 5000,
                    b"",
                    self._text(),
                )
            )
            name = quote_from_bytes(name, safe="/%").encode()
        headers = [self._one(HEADERS)] if self._chance(0.12) else []
        if self._chance(0.03):
            return Blow(self._one(METHODS), name, [*headers, (b"Content-Length", b"0")], b"")
        pairs = self._pairs()
        if is_read and self._chance(0.7):
            return Blow(
                self._one((b"GET", b"GET", b"HEAD")), name + b"?" + self._encoded(pairs)[:6000], headers, b""
            )
        kind, body = self._body(name, pairs)
        if not any(given == b"Content-Type" for given, _ in headers) and kind:
            headers.append((b"Content-Type", kind))
        if self._chance(0.04):
            return self._misframed(name, headers, body)
        return Blow(b"POST", name, [*headers, (b"Content-Length", b"%d" % len(body))], body)

    # -- bodies

    def _body(self, name: bytes, pairs: Sequence[Pair]) -> Pair:
        if name in (b"torrents/add", b"torrents/parseMetadata") and self._chance(0.6):
            files = [bad_torrent(self._random) for _ in range(self._random.choice((1, 1, 1, 2, 30)))]
            return MULTIPART, self._multipart(pairs if self._chance(0.5) else (), files)
        roll = self._random.random()
        if roll < 0.75:
            return URLENCODED, self._encoded(pairs)
        if roll < 0.85:
            return MULTIPART, self._multipart(pairs, ())
        if roll < 0.93:
            return MULTIPART, self._spoilt(self._multipart(pairs, (b"x",)))
        if roll < 0.96:
            return URLENCODED, self._random.randbytes(self._random.choice((1, 100, 5000)))
        return b"", self._encoded(pairs)

    def _encoded(self, pairs: Sequence[Pair]) -> bytes:
        written = [
            name
            + b"="
            + (
                value.replace(b"&", b"%26").replace(b" ", b"+")
                if self._is_raw(value)
                else quote_from_bytes(value).encode()
            )
            for name, value in pairs
        ]
        return b"&".join(written)

    def _is_raw(self, value: bytes) -> bool:
        return self._chance(0.1) and not any(byte < 33 or byte == 35 for byte in value)

    def _multipart(self, pairs: Sequence[Pair], files: Sequence[bytes]) -> bytes:
        mark = b"--" + BOUNDARY + b"\r\n"
        parts = [mark + b'Content-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % pair for pair in pairs]
        for file in files:
            name = self._one((b"x.torrent", b'a"; filename="b', b"../../x", b"\xff\x00", b"x" * 3000, b""))
            parts.append(
                mark + b'Content-Disposition: form-data; name="torrents"; filename="%b"\r\n'
                b"Content-Type: application/x-bittorrent\r\n\r\n%b\r\n" % (name, file)
            )
        return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"

    def _spoilt(self, body: bytes) -> bytes:
        at = self._random.randrange(len(body))
        return self._one(
            (
                body[:at],
                body[at:],
                body[:at] + self._random.randbytes(9) + body[at:],
                body * 2,
                body.replace(b"\r\n", b"\n"),
                body.replace(b"Disposition", b"Position"),
                b"--" + BOUNDARY,
                (b"--" + BOUNDARY + b"\r\n") * 3000,
            )
        )

    def _misframed(self, name: bytes, headers: Sequence[Pair], body: bytes) -> Blow:
        roll = self._random.randrange(8)
        packed = gzip.compress(body)
        length: Pair = (b"Content-Length", b"%d" % len(body))
        chunked: Pair = (b"Transfer-Encoding", b"chunked")
        whole = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        match roll:
            case 0:  # more is promised than comes
                return Blow(
                    b"POST",
                    name,
                    [*headers, (b"Content-Length", b"%d" % (len(body) + 10))],
                    body,
                    False,
                    True,
                )
            case 1:
                return Blow(b"POST", name, [*headers, chunked], whole)
            case 2:
                return Blow(b"POST", name, [*headers, chunked], b"zz\r\n" + body, False)
            case 3:
                return Blow(b"POST", name, [*headers, chunked, length], whole, False)
            case 4:
                coded = [(b"Content-Encoding", b"gzip"), (b"Content-Length", b"%d" % len(packed))]
                return Blow(b"POST", name, [*headers, *coded], packed)
            case 5:
                return Blow(b"POST", name, [*headers, (b"Content-Encoding", b"gzip"), length], body, False)
            case 6:
                bomb = zlib.compress(b"a=" + b"&" * 2_000_000, 9)
                coded = [(b"Content-Encoding", b"deflate"), (b"Content-Length", b"%d" % len(bomb))]
                return Blow(b"POST", name, [*headers, *coded], bomb)
            case _:
                return Blow(b"POST", name, [*headers, (b"Content-Length", b"-5")], body, False)

    # -- parameters

    def _pairs(self) -> list[Pair]:
        names = self._random.sample(FIELDS, self._random.choice((2, 5, 12, 40)))
        if self._chance(0.6):
            names += ["hashes", "hash"]
        if self._chance(0.03):
            names += [names[0]] * self._random.choice((2, 500, 2500))
        values = {name: self._value(name) for name in names}
        return [(name.encode(), values[name]) for name in names]

    def _value(self, name: str) -> bytes:
        known = self._names.get(name)
        return known() if known is not None and self._chance(0.75) else self._text()

    def _text(self) -> bytes:
        if self._chance(0.002):
            return self._one((b"x", b"\n", b"a,", b"a|", b"%")) * self._random.choice((20_000, 70_000))
        if self._chance(0.1):
            return self._random.randbytes(self._random.randrange(40))
        return self._one(TEXTS)

    def _hash(self) -> bytes:
        if self._hashes and self._chance(0.8):
            return self._one(self._hashes)
        return self._one(
            (b"f" * 40, b"F" * 64, b"a" * 32, self._random.randbytes(20).hex().encode(), self._text())
        )

    def _hash_list(self) -> bytes:
        if self._chance(0.05):
            return b"all"
        if self._chance(0.01):
            return b"|".join([self._hash() for _ in range(50)] * 100)
        return b"|".join(self._hash() for _ in range(self._random.choice((1, 1, 2, 5))))

    def _tags(self) -> bytes:
        if self._chance(0.02):
            return b",".join(b"t%d" % self._random.randrange(10**9) for _ in range(3000))
        return b",".join(self._one((b"a", b"b", b"c", self._text())) for _ in range(3))

    def _links(self) -> bytes:
        magnet = b"magnet:?xt=urn:btih:%b&dn=%b" % (self._hash(), quote_from_bytes(self._text()).encode())
        tracked = (
            magnet
            + b"&tr=http%3A%2F%2Ft.example%2F"
            + b"".join(b"&tr=http%%3A%%2F%%2F%d.example" % n for n in range(self._random.choice((0, 3, 900))))
        )
        return b"\n".join(
            self._one((magnet, tracked, b"http://127.0.0.1:9/x.torrent", self._hash(), self._text()))
            for _ in range(2)
        )

    def _json(self) -> bytes:
        return self._one(JSONS)

    def _preferences(self) -> bytes:
        if self._chance(0.4):
            return self._json()
        values = (
            b"-1",
            b"0",
            b"1",
            b"true",
            b"false",
            b"null",
            b"[]",
            b"{}",
            b'""',
            b'"x"',
            b"1e18",
            b"-9e18",
            b'"nan"',
            b'"/etc"',
            b"9007199254740993",
            b'"' + b"x" * 70_000 + b'"',
            b'"a\\u0000b"',
            b"0.5",
            b'"5"',
        )
        keys = [key for key in self._random.sample(PREFERENCES, 5) if key != "web_ui_username"]
        return b"{%b}" % b",".join(
            b'"%b":%b' % (key.encode(), self._one(values)) for key in keys if key != "web_ui_password"
        )

    def _sort(self) -> bytes:
        return self._one(SORTS).encode()

    def _one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share
