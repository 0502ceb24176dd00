"""Rows of the account, its sessions, the API token."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class AccountRow(Struct, frozen=True, kw_only=True):
    """The one account that people log in with."""

    username: str
    verifier: str  # what proves a password, with its own parameters
    epoch: int  # grows with every password; sessions of older epochs are void
    created: datetime


class SessionRow(Struct, frozen=True, kw_only=True):
    """One login that is still good; the token itself is never stored."""

    token_hash: bytes  # SHA-256
    caller: bytes  # JSON
    kind: str  # what the token is good for: "qbit" or "web"
    epoch: int
    opened: datetime
    used: datetime


def account(db: sqlite3.Connection) -> AccountRow | None:
    """The account, None before the first start."""
    row = db.execute("SELECT username, verifier, epoch, created FROM account").fetchone()
    if row is None:
        return None
    username, verifier, epoch, created = row
    return AccountRow(
        username=username, verifier=verifier, epoch=epoch, created=datetime.fromisoformat(created)
    )


def put_account(db: sqlite3.Connection, row: AccountRow) -> None:
    """Replace the account; every session goes with the old one."""
    db.execute("DELETE FROM session")
    db.execute("DELETE FROM account")
    db.execute(
        "INSERT INTO account (username, verifier, epoch, created) VALUES (?, ?, ?, ?)",
        (row.username, row.verifier, row.epoch, row.created.isoformat()),
    )


def sessions(db: sqlite3.Connection) -> list[SessionRow]:
    """Every session, the longest unused first."""
    rows = db.execute("SELECT token_hash, caller, kind, epoch, opened, used FROM session ORDER BY used")
    return [
        SessionRow(
            token_hash=token_hash,
            caller=caller,
            kind=kind,
            epoch=epoch,
            opened=datetime.fromisoformat(opened),
            used=datetime.fromisoformat(used),
        )
        for token_hash, caller, kind, epoch, opened, used in rows
    ]


def put_session(db: sqlite3.Connection, row: SessionRow) -> None:
    """Keep a new session."""
    db.execute(
        "INSERT INTO session (token_hash, caller, kind, epoch, opened, used) VALUES (?, ?, ?, ?, ?, ?)",
        (row.token_hash, row.caller, row.kind, row.epoch, row.opened.isoformat(), row.used.isoformat()),
    )


def use_session(db: sqlite3.Connection, token_hash: bytes, used: datetime) -> None:
    """Renew the idle life of a session; one that is gone is fine."""
    db.execute("UPDATE session SET used = ? WHERE token_hash = ?", (used.isoformat(), token_hash))


def drop_sessions(db: sqlite3.Connection, token_hashes: Iterable[bytes]) -> None:
    """Forget sessions; unknown ones are fine."""
    db.executemany("DELETE FROM session WHERE token_hash = ?", [(each,) for each in token_hashes])


def token(db: sqlite3.Connection, name: str) -> bytes | None:
    """The SHA-256 of the token of this name, None when there is none."""
    row = db.execute("SELECT token_hash FROM token WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def put_token(db: sqlite3.Connection, token_hash: bytes, name: str, created: datetime) -> None:
    """Replace the token of this name."""
    drop_token(db, name)
    db.execute(
        "INSERT INTO token (token_hash, name, created) VALUES (?, ?, ?)",
        (token_hash, name, created.isoformat()),
    )


def drop_token(db: sqlite3.Connection, name: str) -> None:
    """Forget the token of this name; none is fine."""
    db.execute("DELETE FROM token WHERE name = ?", (name,))
