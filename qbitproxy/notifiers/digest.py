"""Several notices as one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from qbitproxy.core.notices import Kind, Notice
from qbitproxy.outbox import Delivery

MOST_LINES = 20

WORDS: Mapping[Kind, str] = {
    Kind.COMPLETED: "Ready:",
    Kind.FAILED: "Failed:",
    Kind.ACCOUNT: "Account:",
    Kind.REPAIR_COMPLETED: "Done:",
    Kind.REPAIR_PENDING: "Waits for you:",
    Kind.REPAIR_HELD: "Held back:",
    Kind.REPAIR_FAILED: "Failed:",
    Kind.ORPHANS_HELD: "Held back:",
}
"""What stands before a notice of each kind."""

PLURAL: Mapping[Kind, str] = {
    Kind.COMPLETED: "ready",
    Kind.FAILED: "failed",
    Kind.ACCOUNT: "about accounts",
    Kind.REPAIR_COMPLETED: "repairs done",
    Kind.REPAIR_PENDING: "repairs that wait for you",
    Kind.REPAIR_HELD: "repairs held back",
    Kind.REPAIR_FAILED: "repairs failed",
    Kind.ORPHANS_HELD: "removals held back",
}


def notices_of(deliveries: Sequence[Delivery]) -> list[Notice]:
    """What the deliveries tell."""
    return [msgspec.json.decode(delivery.payload, type=Notice) for delivery in deliveries]


def digest(notices: Sequence[Notice]) -> tuple[str, str]:
    """A title and a text that tell of all of them, of the first ones in detail."""
    if len(notices) == 1:
        [notice] = notices
        return f"{WORDS[notice.kind]} {notice.title}", notice.text
    counts = Counter(notice.kind for notice in notices)
    title = ", ".join(f"{count} {PLURAL[kind]}" for kind, count in counts.items())
    lines = [f"{WORDS[notice.kind]} {notice.title} ({notice.text})" for notice in notices[:MOST_LINES]]
    if len(notices) > MOST_LINES:
        lines.append(f"and {len(notices) - MOST_LINES} more")
    return title, "\n".join(lines)
