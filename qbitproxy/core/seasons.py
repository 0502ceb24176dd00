"""How a torrent of several seasons splits into one child per season."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Generic

from msgspec import Struct

from qbitproxy.core.numbering import numbers, season_of
from qbitproxy.core.release import F
from qbitproxy.core.season_names import season_name


class Season(Struct, Generic[F], frozen=True, kw_only=True):
    """One child of a torrent that is split."""

    number: int | None  # 0: specials; None: the files that belong to no season
    name: str
    infohash: str  # 40 hex digits, derived
    files: tuple[F, ...]


def seasons(infohash: str, name: str, files: Sequence[F]) -> list[Season[F]]:
    """The children that a torrent splits into: the seasons in their order, then what belongs to none.

    Empty, as most often: the files are not of two seasons, or they are of the one season that the name
    states with its specials, which an Arr imports as it is. Every file is in exactly one child. For series
    only: whether "Season 2" is a film cannot be told from its name.
    """
    groups: dict[int | None, list[F]] = {}
    for file in files:
        groups.setdefault(season_of(file.path), []).append(file)
    held = groups.keys() - {None}
    stated = numbers(name).seasons
    if len(held) < 2 or (len(stated) == 1 and held - {0} == stated):
        return []
    first = min(file.path for file in files)
    return [
        Season(
            number=number,
            name=season_name(name, number, first),
            infohash=derived_infohash(infohash, number),
            files=tuple(groups[number]),
        )
        for number in sorted(groups, key=lambda number: (number is None, number))
    ]


def derived_infohash(infohash: str, number: int | None) -> str:
    """The infohash of the child for one season: always the same, different for every season.

    It is the first 40 hex digits of the SHA-256 of "<infohash>:<season>": the infohash in lower case, the
    season in decimal or "none".
    """
    season = "none" if number is None else str(number)
    return hashlib.sha256(f"{infohash.lower()}:{season}".encode()).hexdigest()[:40]
