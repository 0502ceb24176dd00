"""What is left that nobody refers to any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from qbitproxy.core.torrent import Instant


class Kind(StrEnum):
    """What it is."""

    ITEM = "item"  # a remote item that no torrent and no library's file refers to
    FOLDER = "folder"  # a folder that no torrent placed, or in which no Arr keeps anything
    LINK = "link"  # a link of a library that no Arr lists, to an item that is gone


class Orphan(Struct, frozen=True, kw_only=True):
    """One thing that nobody refers to."""

    kind: Kind
    provider: str = ""  # of an item, by configured name; "" for what lies on disk
    key: str  # the item's id, or an absolute path
    name: str
    size: int  # bytes; 0 for a link, and where it is not known
    added_at: Instant | None = None  # when it came to be, where that is known
    ours: bool = False  # we made it, or had the service fetch it
    why_not: str = ""  # why we would not remove it, "" when we would
    found_at: Instant  # by the first survey that found it, and each one since
    seen_at: Instant  # by the last one
    asked_at: Instant | None = None  # when a person wanted it gone
    despite: bool = False  # ... whatever surveys doubt
    outcome: str = ""  # what came of that so far
    number: int = 0  # once it is kept


class Graces(Struct, frozen=True):
    """For how long an orphan stays before it goes by itself; None: for ever."""

    item: timedelta | None = None
    link: timedelta | None = None
    folder: timedelta | None = None

    def of(self, kind: Kind) -> timedelta | None:
        """That of one kind."""
        return {Kind.ITEM: self.item, Kind.LINK: self.link, Kind.FOLDER: self.folder}[kind]


class Survey(Struct, frozen=True, kw_only=True):
    """One look at who refers to what."""

    began_at: Instant
    ended_at: Instant
    files: int
    doubts: tuple[str, ...] = ()  # why it may have missed somebody who refers to something


def is_wished(orphan: Orphan, survey: Survey, now: datetime) -> bool:
    """Whether a person wants it gone, and `survey`, which began after that, still found it.

    A wish from after `now` was made before the clock was set back.
    """
    asked_at = orphan.asked_at
    return asked_at is not None and _found(orphan, survey) and not survey.began_at < asked_at <= now


def is_over(orphan: Orphan, survey: Survey, graces: Graces) -> bool:
    """Whether it goes by itself: what is ours, once its grace is over, while nothing is in doubt."""
    grace = graces.of(orphan.kind)
    if grace is None or survey.doubts or not orphan.ours or not _found(orphan, survey):
        return False
    return orphan.found_at < survey.began_at and survey.ended_at - orphan.found_at >= grace


def _found(orphan: Orphan, survey: Survey) -> bool:
    return not orphan.why_not and orphan.seen_at == survey.began_at
