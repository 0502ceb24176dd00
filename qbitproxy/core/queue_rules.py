"""What is done about a download that its Arr does not import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

LONGEST_PAUSE = timedelta(hours=6)
"""Between two tries to help the same download."""

WAITS_AT_ARR = frozenset({"importBlocked", "importPending", "importFailed"})
"""States of a download that is complete, but not imported."""


class QueueItem(Struct, frozen=True, kw_only=True):
    """One download in an Arr's queue, whichever Arr it is, however many records it has there."""

    ids: tuple[int, ...]  # of its records: one for each episode at some Arrs
    infohash: str  # 40 hex digits, lower case; "" for a release that waits for a client
    title: str
    client: str = ""  # the download client, as the Arr calls it
    category: str = ""  # what that client is set to there, "" when it has none
    status: str = ""  # the client's state in the Arr's words: "downloading", "completed", "warning", …
    health: str = ""  # "ok", "warning", "error"
    state: str = ""  # how far the Arr has got with it: "downloading", "importBlocked", "importPending", …
    messages: tuple[str, ...] = ()  # what the Arr says is wrong, each once
    known: bool = True  # the Arr knows what media it is for
    path: str = ""  # where it lies, as the Arr spells it
    size: int = 0  # bytes
    added: datetime | None = None  # when it came into the queue, where the Arr says so


class Remedy(StrEnum):
    """What is done about a message."""

    IGNORE = "ignore"  # only a person can mend it
    ANNOUNCE = "announce"  # have the Arr look at it again
    BLOCK = "block"  # take it out of the queue, block the release, search for another


class QueueRule(Struct, frozen=True):
    """What is done about messages that a pattern is found in."""

    pattern: str  # a regular expression, in any case
    remedy: Remedy


RULES = (
    QueueRule("not a valid (local )?path|remote path mapping|intermediate path", Remedy.IGNORE),
    QueueRule("matched to (series|movie|artist|album|author|book) by id|title mismatch", Remedy.IGNORE),
    QueueRule("unknown (series|movie|artist|album|author|book)", Remedy.IGNORE),
    QueueRule("unable to determine if file is a sample", Remedy.ANNOUNCE),
    QueueRule("no files found are eligible|import failed", Remedy.ANNOUNCE),
    QueueRule("not an? (custom format |quality )?upgrade", Remedy.BLOCK),
    QueueRule("potentially dangerous file|executable file|archive file|no audio tracks", Remedy.BLOCK),
    QueueRule("^sample$|invalid season or episode|unexpected considering the", Remedy.BLOCK),
)
"""What usually helps. A message that no rule knows counts for nothing."""


class Plight(Struct, frozen=True):
    """How long a download has been waiting at its Arr, as far as we have seen."""

    since: datetime
    tried: int = 0  # times that anything was done
    tried_at: datetime | None = None


def is_stuck(item: QueueItem) -> bool:
    """Whether it is complete, and the Arr says why it is not imported."""
    return item.status == "completed" and item.state in WAITS_AT_ARR and bool(item.messages)


def remedy(item: QueueItem, rules: Sequence[QueueRule]) -> Remedy:
    """What helps: of several messages the one that calls for the most care decides."""
    found = {_first(message, rules) for message in item.messages}
    return next((each for each in Remedy if each in found), Remedy.IGNORE)


def due(
    item: QueueItem, plight: Plight, rules: Sequence[QueueRule], now: datetime, patience: timedelta
) -> Remedy:
    """What is to be done now; IGNORE while it may still mend itself."""
    if not is_stuck(item) or now < plight.since + patience:
        return Remedy.IGNORE
    if plight.tried_at is not None:
        pause = min(patience * 2 ** min(plight.tried, 10), LONGEST_PAUSE)
        if now < plight.tried_at + pause:
            return Remedy.IGNORE
    return remedy(item, rules)


def ours(items: Iterable[QueueItem], infohash: str, category: str) -> list[QueueItem]:
    """What is surely our own torrent: known by its infohash, of a client with its category, once there."""
    same = [item for item in items if item.infohash == infohash]
    return same if len(same) == 1 and category and same[0].category == category else []


def _first(message: str, rules: Iterable[QueueRule]) -> Remedy | None:
    """The remedy of the first rule that knows a message."""
    return next((rule.remedy for rule in rules if re.search(rule.pattern, message, re.IGNORECASE)), None)
