"""Rows of webhooks and notifications on their way out, with what became of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from qbitproxy.store.torrents import move_cursor

Instant = Annotated[datetime, Meta(tz=True)]

COLUMNS = "id, event_id, torrent, kind, receiver, url, payload, created, attempts, tried, due, state, outcome"


class State(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; a person may have it sent again


class Delivery(Struct, frozen=True, kw_only=True):
    """What is told to whom, how often that was tried."""

    id: int = 0  # given by the store
    event_id: str  # with the URL its identity
    torrent: int = 0  # its id, 0 when it is not about one
    kind: str  # of event, such as "torrent.completed"
    receiver: str  # scheme, host and port of the URL, which itself may hold a secret
    url: str
    payload: bytes  # JSON
    created: Instant
    attempts: int = 0
    tried: Instant | None = None  # when it was tried last
    due: Instant | None = None  # when it is tried next; None: settled
    state: State = State.WAITING
    outcome: str = ""  # of the last try, in words


def queue(db: sqlite3.Connection, deliveries: Sequence[Delivery], reader: str, seq: int) -> None:
    """Keep the deliveries that journal lines up to `seq` called for; the cursor moves with them."""
    put(db, deliveries)
    move_cursor(db, reader, seq)


def put(db: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Keep deliveries; the same event for the same URL is one."""
    for delivery in deliveries:
        db.execute(
            "INSERT OR IGNORE INTO delivery (event_id, torrent, kind, receiver, url, payload, created, "
            "attempts, due, state, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                delivery.event_id,
                delivery.torrent,
                delivery.kind,
                delivery.receiver,
                delivery.url,
                delivery.payload,
                delivery.created.isoformat(),
                delivery.attempts,
                _text(delivery.due),
                delivery.state,
                delivery.outcome,
            ),
        )


def receivers_due(db: sqlite3.Connection, now: datetime) -> list[str]:
    """The receivers for whom something is to be tried by `now`."""
    rows = db.execute("SELECT DISTINCT receiver FROM delivery WHERE due <= ?", (now.isoformat(),))
    return [receiver for (receiver,) in rows]


def due(db: sqlite3.Connection, receiver: str, now: datetime, limit: int) -> list[Delivery]:
    """At most `limit` deliveries that `receiver` is to get by `now`, the longest waiting first.

    Of one torrent's events an earlier one that waits goes first, so a later one never overtakes it.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM delivery AS this WHERE receiver = ? AND due <= ? AND NOT EXISTS ("  # noqa: S608
        "SELECT 1 FROM delivery AS earlier WHERE earlier.receiver = this.receiver AND "
        "earlier.torrent = this.torrent AND earlier.url = this.url AND earlier.id < this.id "
        "AND earlier.due IS NOT NULL) ORDER BY due, id LIMIT ?",
        (receiver, now.isoformat(), limit),
    )
    return [_delivery(row) for row in rows]


def settle(db: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Write back what came of a try."""
    db.executemany(
        "UPDATE delivery SET attempts = ?, tried = ?, due = ?, state = ?, outcome = ? WHERE id = ?",
        [(d.attempts, _text(d.tried), _text(d.due), d.state, d.outcome, d.id) for d in deliveries],
    )


def listed(db: sqlite3.Connection, state: State | None, before: int, limit: int) -> list[Delivery]:
    """At most `limit` deliveries with ids below `before`, the newest first; `state` None is any."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM delivery WHERE id < ?1 AND (?2 IS NULL OR state = ?2) "  # noqa: S608
        "ORDER BY id DESC LIMIT ?3",
        (before, state, limit),
    )
    return [_delivery(row) for row in rows]


def counts(db: sqlite3.Connection) -> dict[State, int]:
    """How many deliveries are in each state."""
    found = dict(db.execute("SELECT state, count(*) FROM delivery GROUP BY state"))
    return {state: found.get(state, 0) for state in State}


def replay(db: sqlite3.Connection, number: int | None, now: datetime) -> int:
    """Try a dead delivery again, or every dead one (None), as if it were new; return how many."""
    done = db.execute(
        "UPDATE delivery SET attempts = 0, created = ?1, due = ?1, state = 'waiting' "
        "WHERE state = 'dead' AND (?2 IS NULL OR id = ?2)",
        (now.isoformat(), number),
    )
    return done.rowcount


def trim(db: sqlite3.Connection, before: datetime) -> int:
    """Drop deliveries settled before; return how many."""
    dropped = db.execute("DELETE FROM delivery WHERE due IS NULL AND created < ?", (before.isoformat(),))
    return dropped.rowcount


def _delivery(row: tuple[int, str, int, str, str, str, bytes, str, int, str, str, str, str]) -> Delivery:
    number, event_id, torrent, kind, receiver, url, payload, created, attempts, tried, due, state, outcome = (
        row
    )
    return Delivery(
        id=number,
        event_id=event_id,
        torrent=torrent,
        kind=kind,
        receiver=receiver,
        url=url,
        payload=payload,
        created=datetime.fromisoformat(created),
        attempts=attempts,
        tried=_instant(tried),
        due=_instant(due),
        state=State(state),
        outcome=outcome,
    )


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
