"""Which series or films a request for repair means: of Decypharr's numbers those of the Arr's library.

Source: Decypharr v1.1.6, pkg/arr/content.go, which asks a Sonarr for `series?tvdbId=`, a Radarr for
`movie?tmdbId=`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.repair import Scope
from qbitproxy.roster import KnownArr
from qbitproxy.web.api.wire_repair import Tautulli

MOVIE, SERIES = frozenset({"movie"}), frozenset({"show", "season", "episode"})

_WRITTEN = re.compile(r"(?:(tvdb|tmdb|id):)?([1-9][0-9]{0,14})")


class Wanted(Struct, frozen=True):
    """A series or film by a number."""

    catalogue: str  # "tvdb", "tmdb", "id" for the Arr's own, "" for the one that the Arr goes by
    number: int

    def __str__(self) -> str:
        return f"{self.catalogue}:{self.number}" if self.catalogue else str(self.number)


def wanted(text: str) -> Wanted:
    """What `text` means. Raises HTTPBadRequest."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise web.HTTPBadRequest(text="mediaIds are numbers, or written tvdb:1, tmdb:1, id:1")
    return Wanted(written[1] or "", int(written[2]))


def played(body: Tautulli) -> Wanted:
    """What could not be played. Raises HTTPBadRequest, also where two numbers may mean different things.

    An episode comes with a TMDB number too, which is that of another thing for a Radarr.
    """
    given = {"tmdb": _number(body.tmdb_id), "tvdb": _number(body.tvdb_id)}
    if body.type in MOVIE:
        given["tvdb"] = 0
    elif body.type in SERIES:
        given["tmdb"] = 0
    named = [Wanted(catalogue, number) for catalogue, number in given.items() if number]
    if body.arr and _number(body.media_id):
        return Wanted("", _number(body.media_id))
    if len(named) > 1:
        raise web.HTTPBadRequest(text="tmdb_id and tvdb_id may differ in what they mean: send `type`, too")
    if not named:
        raise web.HTTPBadRequest(text="Invalid ID")
    return named[0]


async def chosen(arrs: Sequence[KnownArr], ids: Sequence[Wanted], *, by_name: bool) -> Scope:
    """What a job is to look at. Raises HTTPNotFound, HTTPBadRequest, HTTPBadGateway.

    `by_name` says that whoever asked has named the one Arr: without that a bare number means many things.
    """
    if not ids:
        return Scope(tuple(known.name for known in arrs))
    unclear = [each for each in ids if each.catalogue not in ("tvdb", "tmdb")]
    if unclear and not by_name:
        raise web.HTTPBadRequest(
            text=f"mediaIds: which Arr's is {unclear[0]}? Send `arr`, or write tvdb:, tmdb:"
        )
    found: dict[str, set[int]] = {}
    for each in ids:
        for arr, media_id in (await holders(arrs, each)).items():
            found.setdefault(arr, set()).add(media_id)
    if len(found) > 1:
        raise web.HTTPBadRequest(
            text=f"{', '.join(sorted(found))} have some of it: ask for one `arr` at a time"
        )
    [(arr, media_ids)] = found.items()
    return Scope((arr,), tuple(sorted(media_ids)))


async def holders(arrs: Sequence[KnownArr], meant: Wanted) -> dict[str, int]:
    """Whose library has what is meant, by the Arr's name with its id there.

    Raises HTTPNotFound when none has; HTTPBadGateway when one that may have it does not answer.
    """
    found: dict[str, int] = {}
    for known in arrs:
        if known.arr is None:
            continue
        try:
            media_id = await known.arr.media_id(meant.catalogue, meant.number)
        except Fault as fault:
            raise web.HTTPBadGateway(text=f"{known.name} could not be asked: {fault.detail}") from None
        if media_id is not None:
            found[known.name] = media_id
    if not found:
        names = ", ".join(known.name for known in arrs)
        raise web.HTTPNotFound(text=f"there is no {meant} in the library of {names}")
    return found


def _number(given: int | str) -> int:
    text = str(given).strip()
    return int(text) if _WRITTEN.fullmatch(text) and text.isdecimal() else 0
