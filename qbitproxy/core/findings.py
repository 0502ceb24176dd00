"""A file that is broken, or of which nothing is known, with what is done about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from qbitproxy.core.library_files import LibraryFile, Monitored
from qbitproxy.core.torrent import Instant, Remote
from qbitproxy.core.verdict import REPLACEABLE, Broken, Rot, Unknown


class Found(Struct, frozen=True, tag_field="treatment", tag="found"):
    """Nothing was done yet."""


class Mending(Struct, frozen=True, tag_field="treatment", tag="mending"):
    """A torrent brings its content back."""

    torrent: int  # its id
    since: Instant
    tried: tuple[str, ...]  # providers that were asked, the last one just now; () by a torrent that was there


class Mended(Struct, frozen=True, tag_field="treatment", tag="mended"):
    """It can be read again."""

    how: str  # for people


class Stuck(Struct, frozen=True, tag_field="treatment", tag="stuck"):
    """It cannot be healed in place; it may be replaced."""

    why: str


class Recorded(Struct, frozen=True, tag_field="treatment", tag="recorded"):
    """It is about to be deleted; what was monitored is kept."""

    monitored: Monitored
    asked_at: Instant | None = None  # since when its Arr may be deleting it, whatever it answered


class Deleted(Struct, frozen=True, tag_field="treatment", tag="deleted"):
    """The Arr has taken it out of its library."""

    monitored: Monitored


class Blocked(Struct, frozen=True, tag_field="treatment", tag="blocked"):
    """The Arr will not grab its release again."""

    monitored: Monitored


class Restored(Struct, frozen=True, tag_field="treatment", tag="restored"):
    """What it held is monitored as before."""


class Replaced(Struct, frozen=True, tag_field="treatment", tag="replaced"):
    """The Arr looks for another release of what it held."""

    at: Instant


class Left(Struct, frozen=True, tag_field="treatment", tag="left"):
    """It is left as it is: a person may look at it."""

    why: str


Treatment = Found | Mending | Mended | Stuck | Recorded | Deleted | Blocked | Restored | Replaced | Left

HEALING = frozenset({"found", "mending"})
REPLACING = frozenset({"stuck", "recorded", "deleted", "blocked", "restored"})
"""Treatments, by tag, that are not at their end."""


class Finding(Struct, frozen=True, kw_only=True):
    """One file that a job found not to be healthy."""

    job: str
    file: LibraryFile
    verdict: Broken | Unknown
    found_at: Instant
    remote: Remote | None = None
    infohash: str = ""  # of the release, "" when nobody knows it
    target: str = ""  # where it led, "" when it was no link, or is not to be seen
    details: tuple[str, ...] = ()  # what those who were asked said
    treatment: Treatment = Found()
    back: Remote | None = None  # what an attempt brought back to its service, without it being shown in time

    @property
    def tag(self) -> str:
        """Its treatment's name."""
        return str(self.treatment.__struct_config__.tag)


def candidates(finding: Finding, providers: Sequence[str], anew: Collection[str]) -> list[str]:
    """Who is asked for a broken file's release, of `providers`, in order: the service that had it goes first.

    One that holds the item yet does not serve its file is left out unless it is among `anew`, those that add
    the release once more; any other would only show the same item again.
    """
    if not isinstance(finding.verdict, Broken):
        return []
    had = finding.remote.provider if finding.remote is not None else ""
    others = [name for name in providers if name != had]
    withheld = finding.verdict.why is Rot.WITHHELD
    stays_dead = finding.verdict.why is Rot.LINK_DEAD and had not in anew
    return others if withheld or stays_dead or had not in providers else [had, *others]


def hopeless(finding: Finding, why: str) -> Stuck | Left:
    """What becomes of a file that cannot be healed; only one whose content is gone may be replaced."""
    if isinstance(finding.verdict, Broken) and finding.verdict.why in REPLACEABLE:
        return Stuck(why)
    return Left(why)
