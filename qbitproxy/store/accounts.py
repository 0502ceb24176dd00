"""Rows of the account, its sessions, the tokens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qbitproxy.core.caller import Scope


class TokenKind(StrEnum):
    """Where a token is good."""

    API = "api"  # everywhere
    QBIT = "qbit"  # at the qBittorrent Web API: a key as its clients know them


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
    address: str = ""  # where it was opened from


class TokenRow(Struct, frozen=True, kw_only=True):
    """One token; what it is made of is never stored."""

    token_hash: bytes  # SHA-256
    name: str
    kind: TokenKind
    scope: Scope
    created: datetime
    expires: datetime | None
    used: datetime | None  # about

    def expired(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.expires is not None and self.expires <= now


class Door(Struct, frozen=True, kw_only=True):
    """All there is to know about the way in but the sessions."""

    account: AccountRow | None
    tokens: tuple[TokenRow, ...]  # by name
    unlocked: bool  # whoever is on this machine needs no credentials


def door(db: sqlite3.Connection) -> Door:
    """What is known of the way in."""
    unlocked = db.execute("SELECT 1 FROM meta WHERE key = 'unlocked'").fetchone() is not None
    return Door(account=account(db), tokens=tuple(_tokens(db)), unlocked=unlocked)


def put_unlocked(db: sqlite3.Connection, unlocked: bool) -> bool:
    """Keep whether those on this machine need credentials."""
    db.execute("DELETE FROM meta WHERE key = 'unlocked'")
    if unlocked:
        db.execute("INSERT INTO meta (key, value) VALUES ('unlocked', '1')")
    return True


def account(db: sqlite3.Connection) -> AccountRow | None:
    """The account, None before the first start."""
    row = db.execute("SELECT username, verifier, epoch, created FROM account").fetchone()
    if row is None:
        return None
    username, verifier, epoch, created = row
    return AccountRow(
        username=username, verifier=verifier, epoch=epoch, created=datetime.fromisoformat(created)
    )


def add_account(db: sqlite3.Connection, row: AccountRow) -> bool:
    """Keep the first account; False when there is one."""
    return account(db) is None and put_account(db, row)


def put_account(db: sqlite3.Connection, row: AccountRow) -> bool:
    """Replace the account; every session goes with the old one, whoever changed it last."""
    before = account(db)
    epoch = max(row.epoch, before.epoch + 1) if before else row.epoch
    db.execute("DELETE FROM session")
    db.execute("DELETE FROM account")
    db.execute(
        "INSERT INTO account (username, verifier, epoch, created) VALUES (?, ?, ?, ?)",
        (row.username, row.verifier, epoch, row.created.isoformat()),
    )
    return True


def sessions(db: sqlite3.Connection) -> list[SessionRow]:
    """Every session, the longest unused first."""
    rows = db.execute(
        "SELECT token_hash, caller, kind, epoch, opened, used, address FROM session ORDER BY used"
    )
    return [
        SessionRow(
            token_hash=token_hash,
            caller=caller,
            kind=kind,
            epoch=epoch,
            opened=datetime.fromisoformat(opened),
            used=datetime.fromisoformat(used),
            address=address,
        )
        for token_hash, caller, kind, epoch, opened, used, address in rows
    ]


def put_session(db: sqlite3.Connection, row: SessionRow) -> None:
    """Keep a new session."""
    db.execute(
        "INSERT INTO session (token_hash, caller, kind, epoch, opened, used, address) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            row.token_hash,
            row.caller,
            row.kind,
            row.epoch,
            row.opened.isoformat(),
            row.used.isoformat(),
            row.address,
        ),
    )


def use_session(db: sqlite3.Connection, token_hash: bytes, used: datetime) -> None:
    """Renew the idle life of a session; one that is gone is fine."""
    db.execute("UPDATE session SET used = ? WHERE token_hash = ?", (used.isoformat(), token_hash))


def drop_sessions(db: sqlite3.Connection, token_hashes: Iterable[bytes]) -> None:
    """Forget sessions; unknown ones are fine."""
    db.executemany("DELETE FROM session WHERE token_hash = ?", [(each,) for each in token_hashes])


def _tokens(db: sqlite3.Connection) -> Iterator[TokenRow]:
    rows = db.execute("SELECT token_hash, name, kind, scope, created, expires, used FROM token ORDER BY name")
    for token_hash, name, kind, scope, created, expires, used in rows:
        yield TokenRow(
            token_hash=token_hash,
            name=name,
            kind=TokenKind(kind),
            scope=Scope(scope),
            created=datetime.fromisoformat(created),
            expires=datetime.fromisoformat(expires) if expires else None,
            used=datetime.fromisoformat(used) if used else None,
        )


def add_token(db: sqlite3.Connection, row: TokenRow) -> bool:
    """Keep a new token; False when its name is taken."""
    if db.execute("SELECT 1 FROM token WHERE name = ?", (row.name,)).fetchone():
        return False
    return replace_token(db, row)


def replace_token(db: sqlite3.Connection, row: TokenRow) -> bool:
    """Keep a token in place of the one of its name."""
    drop_token(db, row.name)
    db.execute(
        "INSERT INTO token (token_hash, name, kind, scope, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
        (
            row.token_hash,
            row.name,
            row.kind,
            row.scope,
            row.created.isoformat(),
            row.expires.isoformat() if row.expires else None,
        ),
    )
    return True


def use_token(db: sqlite3.Connection, token_hash: bytes, used: datetime) -> bool:
    """Note when a token was used; False when it is gone."""
    changed = db.execute(
        "UPDATE token SET used = ? WHERE token_hash = ?", (used.isoformat(), token_hash)
    ).rowcount
    return changed > 0


def drop_token(db: sqlite3.Connection, name: str) -> bool:
    """Forget the token of this name; False when there is none."""
    return db.execute("DELETE FROM token WHERE name = ?", (name,)).rowcount > 0
