"""The account of an installation, the sessions that were opened with it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.accounts.attempts import Attempts
from qbitproxy.accounts.kept import Kept
from qbitproxy.accounts.passwords import Cost, as_bytes, proves, random_password, verifier_of
from qbitproxy.accounts.tokens import Tokens
from qbitproxy.core.caller import Caller
from qbitproxy.core.clock import Clock
from qbitproxy.store import Store
from qbitproxy.store import accounts as sql
from qbitproxy.store.accounts import AccountRow, SessionRow, TokenKind

FIRST_USERNAME = "admin"


class Rules(Struct, frozen=True, kw_only=True):
    """How long a login lasts, how often one may fail."""

    idle: timedelta = timedelta(days=1)
    absolute: timedelta = timedelta(days=30)
    failures: int = 5  # in a row from one address
    ban: timedelta = timedelta(hours=1)
    sessions: int = 1000  # open at once


class OpenSession(Struct, frozen=True, kw_only=True):
    """A login that is still good, as its owner sees it."""

    id: str  # no secret: it opens nothing
    kind: str  # "web" or "qbit"
    name: str
    address: str  # where it was opened from, "" when that is not known
    opened: datetime
    used: datetime  # about


USUAL_RULES = Rules()
FULL_COST = Cost()


class Accounts:
    """The account of this installation; only hashes of its secrets are kept."""

    def __init__(
        self, store: Store, clock: Clock, rules: Rules = USUAL_RULES, cost: Cost = FULL_COST
    ) -> None:
        """Load what `store` holds. Nobody can log in before there is an account."""
        self._store, self._clock = store, clock
        self._rules, self._cost = rules, cost
        self._kept = Kept(store, clock)
        self._sessions = {row.token_hash: row for row in store.load(sql.sessions)}
        self._one_guess = asyncio.Semaphore(1)  # each takes much memory
        self.tokens = Tokens(self._kept, clock)
        self.attempts = Attempts(clock, rules.failures, rules.ban)

    async def look(self) -> None:
        """Notice what the command line changed since; cheap enough to be asked before every proof."""
        await self._kept.look()

    @property
    def exists(self) -> bool:
        """Whether somebody has set this installation up."""
        return self._account is not None

    @property
    def username(self) -> str:
        """The name of the account, "" when there is none yet."""
        return self._account.username if self._account else ""

    @property
    def epoch(self) -> int:
        """Grows with every password, so that whoever remembers a verdict knows when to forget it."""
        return self._account.epoch if self._account else 0

    @property
    def unlocked(self) -> bool:
        """Whether the owner of the machine lets in everybody who is on it."""
        return self._kept.door.unlocked

    @property
    def _account(self) -> AccountRow | None:
        return self._kept.door.account

    # -- the account

    async def create(self, username: str, password: str) -> bool:
        """Make the account; False when there is one, which stays as it is."""
        row = await self._row(username, password)
        return await self._kept.change(partial(sql.add_account, row=row))

    async def reset_password(self) -> tuple[str, str]:
        """Give the account, made if need be, a random password: (user name, password). Sessions end."""
        username, password = self.username or FIRST_USERNAME, random_password()
        await self.change_password(username, password)
        return username, password

    async def change_password(self, username: str, password: str) -> None:
        """Give the account a name and a password. Every session ends; tokens stay."""
        row = await self._row(username, password)
        await self._kept.change(partial(sql.put_account, row=row))
        self._sessions.clear()

    async def rename(self, username: str) -> None:
        """Give the account another name. Every session ends; password and tokens stay."""
        if self._account is not None:
            row = replace(self._account, username=username, epoch=self.epoch + 1)
            await self._kept.change(partial(sql.put_account, row=row))
            self._sessions.clear()

    async def unlock(self, unlocked: bool) -> None:
        """Let in everybody who is on this machine, or nobody any more without credentials."""
        await self._kept.change(partial(sql.put_unlocked, unlocked=unlocked))

    async def _row(self, username: str, password: str) -> AccountRow:
        async with self._one_guess:
            verifier = await asyncio.to_thread(verifier_of, password, self._cost)
        created = self._account.created if self._account else self._clock.now()
        return AccountRow(username=username, verifier=verifier, epoch=self.epoch + 1, created=created)

    # -- proofs

    async def login(self, username: str, password: str, address: str) -> Caller | None:
        """Who this is, None when the credentials are wrong. Raises Banned."""
        self.attempts.refuse_banned(address)
        await self.look()
        async with self._one_guess:
            self.attempts.refuse_banned(address)  # others of this address may have failed meanwhile
            account = self._account
            if account is None:
                return None
            proved = await asyncio.to_thread(proves, password, account.verifier)
        named = hmac.compare_digest(as_bytes(username), as_bytes(account.username))
        if not (proved and named and account == self._account):
            self.attempts.failed(address)
            return None
        self.attempts.succeeded(address)
        return Caller(name=account.username)

    async def by_token(self, token: str, address: str, *kinds: TokenKind) -> Caller | None:
        """Who calls with a token of one of these kinds, None when it is not good. Raises Banned."""
        self.attempts.refuse_banned(address)
        await self.look()
        caller = await self.tokens.holder(token, kinds)
        if caller is None:
            self.attempts.failed(address, token)
        return caller

    # -- sessions

    async def open_session(self, caller: Caller, kind: str = "qbit", address: str = "") -> str:
        """A token for `caller`: letters and digits, good until it is unused for long, closed or revoked."""
        now = self._clock.now()
        token = secrets.token_hex(32)
        row = SessionRow(
            token_hash=_hash(token),
            caller=msgspec.json.encode(caller),
            kind=kind,
            epoch=self.epoch,
            opened=now,
            used=now,
            address=address,
        )
        await self._drop(self._worn_out(now))
        await self._store.write(partial(sql.put_session, row=row))
        self._sessions[row.token_hash] = row
        return token

    async def session(self, token: str, kind: str = "qbit") -> Caller | None:
        """Whose session this is, None when it is unknown, expired, revoked or of another kind.

        Being asked renews the session's idle life.
        """
        await self.look()
        row = self._sessions.get(_hash(token))  # not before: it may be revoked meanwhile
        if row is None or row.kind != kind:
            return None
        now = self._clock.now()
        if self._expired(row, now):
            await self._drop([row.token_hash])
            return None
        if now - row.used > self._rules.idle / 20:
            self._sessions[row.token_hash] = replace(row, used=now)
            await self._store.write(partial(sql.use_session, token_hash=row.token_hash, used=now))
        return msgspec.json.decode(row.caller, type=Caller)

    def renewed_at(self, token: str) -> datetime | None:
        """When the idle life of a session began anew, None for an unknown one."""
        row = self._sessions.get(_hash(token))
        return row.used if row is not None else None

    async def close_session(self, token: str) -> None:
        """End a session; one that is unknown is fine."""
        await self._drop([_hash(token)])

    def open_sessions(self) -> list[OpenSession]:
        """Every login that is still good, the latest used first."""
        now = self._clock.now()
        rows = [row for row in self._sessions.values() if not self._expired(row, now)]
        return [
            OpenSession(
                id=_id(row),
                kind=row.kind,
                name=msgspec.json.decode(row.caller, type=Caller).name,
                address=row.address,
                opened=row.opened,
                used=row.used,
            )
            for row in sorted(rows, key=lambda row: row.used, reverse=True)
        ]

    def session_id(self, token: str) -> str:
        """By which id the session of `token` is listed, "" when there is none."""
        row = self._sessions.get(_hash(token))
        return _id(row) if row else ""

    async def revoke_session(self, id_: str) -> bool:
        """End the session with this id; False when there is none."""
        found = [row.token_hash for row in self._sessions.values() if _id(row) == id_]
        await self._drop(found)
        return bool(found)

    def _expired(self, row: SessionRow, now: datetime) -> bool:
        idle, absolute = now - row.used, now - row.opened
        return idle > self._rules.idle or absolute > self._rules.absolute or row.epoch != self.epoch

    def _worn_out(self, now: datetime) -> list[bytes]:
        """What goes before another session opens: the expired, then the longest unused of too many."""
        expired = [row.token_hash for row in self._sessions.values() if self._expired(row, now)]
        if len(self._sessions) - len(expired) < self._rules.sessions:
            return expired
        longest_unused = min(self._sessions.values(), key=lambda row: row.used)
        return [*expired, longest_unused.token_hash]

    async def _drop(self, token_hashes: list[bytes]) -> None:
        known = [each for each in token_hashes if self._sessions.pop(each, None)]
        if known:
            await self._store.write(partial(sql.drop_sessions, token_hashes=known))


def _hash(token: str) -> bytes:
    return hashlib.sha256(as_bytes(token)).digest()


def _id(row: SessionRow) -> str:
    return row.token_hash[:8].hex()
