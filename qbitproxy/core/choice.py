"""Which provider is to serve a torrent: held anywhere goes before fetched anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from qbitproxy.core.faults import Reason
from qbitproxy.core.torrent import Torrent


class Standing(Struct, frozen=True, kw_only=True):
    """What we know of a provider just now, as far as one torrent is concerned."""

    uncached: bool = False  # may fetch what it does not hold yet
    resting_until: datetime | None = None
    asked: bool = True  # it has said what it holds, or cannot be asked
    holds: bool | None = None  # what it said; None when only adding tells
    room: bool = True  # one more torrent may be added
    fetch_room: bool = True  # one more torrent may be worked on for long
    last_resort: bool = False  # holds nothing, fetches only what nobody else serves


class Serve(Struct, frozen=True):
    """This one is next."""

    provider: str
    fetch: bool  # it is known not to hold the torrent
    why: str


class Ask(Struct, frozen=True):
    """These can say whether they hold it."""

    providers: tuple[str, ...]


class Stand(Struct, frozen=True):
    """Any of these would do, but none has a slot free."""

    providers: tuple[str, ...]
    fetch: bool


class Sleep(Struct, frozen=True):
    """Who could serve it rests until then; None: nobody can be asked before something changes."""

    until: datetime | None


class Nobody(Struct, frozen=True):
    """Everybody refused."""

    reason: Reason
    detail: str


Choice = Serve | Ask | Stand | Sleep | Nobody


def choose(
    torrent: Torrent, providers: Mapping[str, Standing], uncached: bool | None, now: datetime
) -> Choice:
    """Who serves `torrent` next. `providers` are in order of preference, `uncached` is the Arr's policy."""
    able = _able(torrent, providers)
    refused = {note.provider for note in torrent.refusals if note.reason is not Reason.NOT_CACHED}
    open_to = {name: standing for name, standing in able.items() if name not in refused}
    awake = {name: standing for name, standing in open_to.items() if not _rests(standing, now)}
    holders = {name: s for name, s in awake.items() if may_hold(name, s, torrent)}
    if unasked := tuple(name for name, standing in holders.items() if not standing.asked):
        return Ask(unasked)
    if holders:
        return _first(holders, torrent, able, now, fetch=False)
    fetchers = {name: s for name, s in awake.items() if allows_uncached(torrent, s, uncached)}
    debrid = {name: standing for name, standing in fetchers.items() if not standing.last_resort}
    if fetchers:
        return _first(debrid or fetchers, torrent, able, now, fetch=True)
    asleep = [
        standing.resting_until
        for name, standing in open_to.items()
        if standing.resting_until is not None
        and name not in awake
        and (may_hold(name, standing, torrent) or allows_uncached(torrent, standing, uncached))
    ]
    if asleep:
        return Sleep(min(asleep))
    if not able:
        return Sleep(None)
    return _nobody(torrent, able)


def may_hold(name: str, standing: Standing, torrent: Torrent) -> bool:
    """Whether a provider holds the torrent, as far as we know; unknown counts as yes."""
    tried = any(note.provider == name for note in torrent.refusals)
    return not tried and standing.holds is not False and not standing.last_resort


def allows_uncached(torrent: Torrent, standing: Standing, uncached: bool | None) -> bool:
    """Whether a provider may fetch what it does not hold: add decides over Arr, Arr over provider.

    A last resort is there for nothing else, so whoever lists it allows it.
    """
    if standing.last_resort:
        return True
    if torrent.request.uncached is not None:
        return torrent.request.uncached
    return standing.uncached if uncached is None else uncached


def others_may_hold(torrent: Torrent, providers: Mapping[str, Standing], name: str, now: datetime) -> bool:
    """Whether somebody other than `name` may hold the torrent and can be tried just now."""
    return any(
        other != name and not _rests(standing, now) and may_hold(other, standing, torrent)
        for other, standing in _able(torrent, providers).items()
    )


def others_serve(
    torrent: Torrent, providers: Mapping[str, Standing], name: str, uncached: bool | None, now: datetime
) -> bool:
    """Whether the torrent would go on somewhere other than at `name` at once."""
    others = {other: standing for other, standing in providers.items() if other != name}
    return isinstance(choose(torrent, others, uncached, now), Serve | Ask)


def _able(torrent: Torrent, providers: Mapping[str, Standing]) -> Mapping[str, Standing]:
    asked = torrent.request.provider
    return {name: standing for name, standing in providers.items() if not asked or name == asked}


def _rests(standing: Standing, now: datetime) -> bool:
    return standing.resting_until is not None and standing.resting_until > now


def _first(
    willing: Mapping[str, Standing],
    torrent: Torrent,
    able: Mapping[str, Standing],
    now: datetime,
    *,
    fetch: bool,
) -> Choice:
    for name, standing in willing.items():
        if standing.fetch_room if fetch else standing.room:
            return Serve(name, fetch, _reasoned(name, torrent, able, now, fetch=fetch))
    return Stand(tuple(willing), fetch)


def _reasoned(
    name: str, torrent: Torrent, able: Mapping[str, Standing], now: datetime, *, fetch: bool
) -> str:
    """Why it is `name`, in words for a person: what speaks for it, what spoke against those before it."""
    standing = able[name]
    if standing.last_resort:
        why = "nobody else serves it"
    elif fetch:
        why = "nobody holds it, it may fetch it"
    else:
        why = "it says that it holds it" if standing.holds else "first in order that may hold it"
    passed = []
    notes = {note.provider: note.reason for note in torrent.refusals}
    for other, seen in able.items():
        if other == name:
            continue
        if other in notes:
            passed.append(f"{other}: {notes[other]}")
        elif _rests(seen, now):
            passed.append(f"{other}: rests")
        elif seen.holds is False:
            passed.append(f"{other}: does not hold it")
    return f"{why} ({', '.join(passed)})" if passed else why


def _nobody(torrent: Torrent, able: Mapping[str, Standing]) -> Nobody:
    """A refusal that speaks of the content goes before one that only says that nobody holds it."""
    for note in reversed(torrent.refusals):
        if note.reason is not Reason.NOT_CACHED:
            return Nobody(note.reason, note.detail)
    if torrent.refusals:
        return Nobody(Reason.NOT_CACHED, torrent.refusals[-1].detail)
    return Nobody(Reason.NOT_CACHED, f"{', '.join(able)} cannot serve it at once")
