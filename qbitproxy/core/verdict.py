"""Whether a media file of a library is healthy, broken or neither, by what was seen of it."""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum

from msgspec import Struct

from qbitproxy.core.torrent import Remote


class Listing(StrEnum):
    """What one list of all remote items of a provider says of the file's item."""

    UNASKED = "unasked"  # which item it is, or whose, is not known
    UNSURE = "unsure"  # there was no list, or it lost too much at once to be believed
    UNFINISHED = "unfinished"  # there, being fetched
    HELD = "held"  # there, complete
    FAILED = "failed"  # there, given up by the service
    GONE = "gone"


class Word(StrEnum):
    """What the service says of this very file, or of its item, asked for without any list."""

    UNASKED = "unasked"
    UNSURE = "unsure"  # no usable answer, or one about the account
    DOUBTED = "doubted"  # a no from where a no has been wrong before
    ALIVE = "alive"
    DEAD = "dead"
    WITHHELD = "withheld"  # it will not serve this content any more


class Look(StrEnum):
    """What is seen of the file at its place in the library, links followed."""

    UNASKED = "unasked"  # it is not to be seen from here
    UNSURE = "unsure"  # the mount hangs, or is not proved to be up
    ABSENT = "absent"  # not there, while the mount is proved to be up
    BLANK = "blank"  # there without its bytes, while the mount is proved to give those of others
    SHOWN = "shown"  # there, not read
    READ = "read"  # a few bytes at head and tail came, and the size is right


class Evidence(Struct, frozen=True, kw_only=True):
    """What was seen of one file of a library."""

    listing: Listing = Listing.UNASKED
    word: Word = Word.UNASKED
    look: Look = Look.UNASKED
    remote: Remote | None = None  # the item that is the file's, None when that is not known
    infohash: str = ""  # of that item, where the service says so
    target: str = ""  # what the file leads to, "" when it stands in the library itself
    details: tuple[str, ...] = ()  # for people: what those who were asked said


class Rot(StrEnum):
    """What is wrong with a broken file."""

    ITEM_GONE = "item_gone"  # the service does not hold it any more
    ITEM_FAILED = "item_failed"  # the service gave it up
    LINK_DEAD = "link_dead"  # the service holds the item, yet cannot serve the file
    WITHHELD = "withheld"  # the service will not serve it
    STRAYED = "strayed"  # the service has it, yet not where the library looks
    NOT_SHOWN = "not_shown"  # the mount does not show it, and nobody knows what it was


class Doubt(StrEnum):
    """Why nothing is known."""

    SERVICE = "service"  # it gave no usable answer
    MOUNT = "mount"
    UNFINISHED = "unfinished"  # the service is fetching it
    DOUBTED = "doubted"  # somebody who has been wrong before says that it is gone
    CONTRADICTED = "contradicted"  # one says gone, another one has it
    UNRESOLVED = "unresolved"  # nobody knows whose it is


class Healthy(Struct, frozen=True, tag_field="verdict", tag="healthy"):
    """It can be played, as far as those who were asked know."""


class Broken(Struct, frozen=True, tag_field="verdict", tag="broken"):
    """Whoever owns it says that it is not there."""

    why: Rot


class Unknown(Struct, frozen=True, tag_field="verdict", tag="unknown"):
    """Nothing is done to it."""

    why: Doubt


Verdict = Healthy | Broken | Unknown

REPLACEABLE = frozenset({Rot.ITEM_GONE, Rot.ITEM_FAILED, Rot.LINK_DEAD, Rot.WITHHELD})
"""What may be replaced through the Arr when it cannot be healed in place.

Content that strayed lives; what is only not shown may live under a new name. Those are healed in place, or
left to a person.
"""

_ANY_LISTING, _ANY_WORD, _ANY_LOOK = frozenset(Listing), frozenset(Word), frozenset(Look)
_LOST = frozenset({Listing.GONE, Listing.FAILED})
_NO = frozenset({Word.DEAD, Word.WITHHELD})
_NOT_AGAINST = frozenset({Look.SHOWN, Look.UNASKED})

DECISIONS: tuple[tuple[Set[Listing], Set[Word], Set[Look], Verdict], ...] = (
    # who reads a file has it; who says no meanwhile speaks of something else, or of tomorrow
    (_LOST, _ANY_WORD, {Look.READ}, Unknown(Doubt.CONTRADICTED)),
    (_ANY_LISTING, _NO, {Look.READ}, Unknown(Doubt.CONTRADICTED)),
    (_ANY_LISTING, _ANY_WORD, {Look.READ}, Healthy()),
    # a service that cannot list is failing: it may affirm, a no of it counts for nothing
    ({Listing.UNSURE}, {Word.ALIVE}, _NOT_AGAINST, Healthy()),
    ({Listing.UNSURE}, _ANY_WORD, _ANY_LOOK, Unknown(Doubt.SERVICE)),
    # what keeps a mount from answering may be what makes its service say no
    (_ANY_LISTING, _ANY_WORD, {Look.UNSURE}, Unknown(Doubt.MOUNT)),
    # a list that is complete is the owner's answer
    (_LOST, {Word.ALIVE}, {Look.ABSENT}, Broken(Rot.STRAYED)),
    (_LOST, {Word.ALIVE}, _ANY_LOOK, Unknown(Doubt.CONTRADICTED)),
    (_LOST, {Word.UNSURE}, _ANY_LOOK, Unknown(Doubt.SERVICE)),
    ({Listing.GONE}, _ANY_WORD, _ANY_LOOK, Broken(Rot.ITEM_GONE)),
    ({Listing.FAILED}, _ANY_WORD, _ANY_LOOK, Broken(Rot.ITEM_FAILED)),
    ({Listing.UNFINISHED}, _ANY_WORD, _ANY_LOOK, Unknown(Doubt.UNFINISHED)),
    # the item is held: the file itself decides
    ({Listing.HELD}, {Word.DEAD}, _ANY_LOOK, Broken(Rot.LINK_DEAD)),
    ({Listing.HELD}, {Word.WITHHELD}, _ANY_LOOK, Broken(Rot.WITHHELD)),
    ({Listing.HELD}, _ANY_WORD, {Look.ABSENT}, Broken(Rot.STRAYED)),
    ({Listing.HELD}, {Word.DOUBTED}, _ANY_LOOK, Unknown(Doubt.DOUBTED)),
    ({Listing.HELD}, {Word.UNSURE}, _ANY_LOOK, Unknown(Doubt.SERVICE)),
    ({Listing.HELD}, _ANY_WORD, {Look.BLANK}, Unknown(Doubt.MOUNT)),
    ({Listing.HELD}, _ANY_WORD, _NOT_AGAINST, Healthy()),
    # nobody knows the item: whoever shows the file is all there is to ask
    ({Listing.UNASKED}, {Word.UNASKED}, {Look.ABSENT}, Broken(Rot.NOT_SHOWN)),
    ({Listing.UNASKED}, {Word.UNASKED}, {Look.SHOWN}, Healthy()),
    ({Listing.UNASKED}, {Word.UNASKED}, {Look.BLANK}, Unknown(Doubt.MOUNT)),
    (_ANY_LISTING, _ANY_WORD, _ANY_LOOK, Unknown(Doubt.UNRESOLVED)),
)
"""What was seen -> verdict; the first line that fits decides."""


def judge(evidence: Evidence) -> Verdict:
    """What `evidence` amounts to. Broken needs somebody who owns the file and says no."""
    return next(
        verdict
        for listings, words, looks, verdict in DECISIONS
        if evidence.listing in listings and evidence.word in words and evidence.look in looks
    )
