"""Rows of callbacks on their way out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from qbitproxy.store.torrents import move_cursor


class Delivery(Struct, frozen=True, kw_only=True):
    """One callback: what is told to whom, how often that was tried."""

    id: int = 0  # given by the store
    journal_seq: int  # the line it tells of: with the URL its identity
    url: str
    payload: bytes  # JSON
    attempts: int = 0
    due: Annotated[datetime, Meta(tz=True)] | None = None  # None: settled
    outcome: str = "waiting"  # waiting, delivered, given up: why


def queue(db: sqlite3.Connection, deliveries: Sequence[Delivery], reader: str, seq: int) -> None:
    """Keep the deliveries that journal lines up to `seq` called for; the cursor moves with them."""
    for delivery in deliveries:
        db.execute(
            "INSERT OR IGNORE INTO delivery (journal_seq, url, payload, attempts, due, outcome) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                delivery.journal_seq,
                delivery.url,
                delivery.payload,
                delivery.attempts,
                delivery.due.isoformat() if delivery.due else None,
                delivery.outcome,
            ),
        )
    move_cursor(db, reader, seq)


def due(db: sqlite3.Connection, now: datetime, limit: int) -> list[Delivery]:
    """At most `limit` deliveries to be tried by `now`, the longest waiting first."""
    rows = db.execute(
        "SELECT id, journal_seq, url, payload, attempts, due, outcome FROM delivery "
        "WHERE due <= ? ORDER BY due, id LIMIT ?",
        (now.isoformat(), limit),
    )
    return [_delivery(row) for row in rows]


def settle(db: sqlite3.Connection, delivery: Delivery) -> None:
    """Write back what came of a try."""
    db.execute(
        "UPDATE delivery SET attempts = ?, due = ?, outcome = ? WHERE id = ?",
        (
            delivery.attempts,
            delivery.due.isoformat() if delivery.due else None,
            delivery.outcome,
            delivery.id,
        ),
    )


def _delivery(row: tuple[int, int, str, bytes, int, str, str]) -> Delivery:
    number, seq, url, payload, attempts, when, outcome = row
    return Delivery(
        id=number,
        journal_seq=seq,
        url=url,
        payload=payload,
        attempts=attempts,
        due=datetime.fromisoformat(when),
        outcome=outcome,
    )
