"""Torrent files of every damaged kind."""

from __future__ import annotations

import random

from compat import bencode
from compat.bencode import Bencoded
from compat.hostile.words import TEXTS


def bad_torrent(chance: random.Random) -> bytes:
    """A .torrent file, mostly one that nobody should take."""
    roll = chance.randrange(16)
    name: Bencoded = chance.choice(TEXTS)
    info: dict[str, Bencoded] = {"name": name, "piece length": 16384, "pieces": b"x" * 20, "length": 1000}
    top: dict[str, Bencoded] = {"info": info}
    match roll:
        case 0:
            return b"d" * 100_000 + b"e" * 100_000
        case 1:
            return b"d4:info" + b"l" * 60 + b"e" * 60 + b"e"
        case 2:
            return b"d4:infod6:lengthi" + b"9" * 5000 + b"ee"
        case 3:
            info["length"] = chance.choice(((1 << 63) - 1, -1, 1 << 70, 0))
        case 4:
            del info["length"]
            info["files"] = [{"length": (1 << 62), "path": [f"f{n}.mkv"]} for n in range(9)]
        case 5:
            del info["length"]
            info["files"] = [
                {"length": 1, "path": [chance.choice(TEXTS) for _ in range(3)]} for _ in range(4)
            ]
        case 6:
            del info["length"]
            info["files"] = [{"length": 1, "path": ["d"] * 3000}]
        case 7:
            info["pieces"] = b"x" * 20 * chance.choice((1, 20_000))
        case 8:
            del info["length"]
            info["files"] = [{"length": n, "path": [f"{n}.mkv"]} for n in range(chance.choice((3, 3000)))]
        case 9:
            top["announce-list"] = [[f"http://{n}.example/a"] for n in range(chance.choice((3, 900)))]
        case 10:
            top["url-list"] = [f"http://{n}.example/a" for n in range(chance.choice((3, 2000)))]
        case 11:
            top |= {"comment": chance.choice(TEXTS) * 50, "creation date": 1 << 62, "created by": b"\xff"}
        case 12:
            top |= {
                "announce": chance.choice(TEXTS),
                "announce-list": [[chance.choice(TEXTS)], [], [[b"x"]], 5],
            }
        case 13:
            return bencode.encode(top)[: chance.randrange(80)]
        case 14:
            whole = bytearray(bencode.encode(top))
            whole[chance.randrange(len(whole))] = chance.randrange(256)
            return bytes(whole)
        case _:
            info["private"], info["name.utf-8"] = chance.choice(TEXTS), chance.choice(TEXTS)
    return bencode.encode(top)
