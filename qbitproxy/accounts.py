"""Who may come in: the account with its password, sessions, the API token."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from functools import partial

import msgspec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.caller import Caller
from qbitproxy.core.clock import Clock
from qbitproxy.store import Store
from qbitproxy.store import accounts as sql
from qbitproxy.store.accounts import AccountRow, SessionRow

__all__ = ["Accounts", "Banned", "Cost", "Rules"]

FIRST_USERNAME = "admin"
LEGIBLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for one another."""
MOST_ADDRESSES = 10_000

TOKEN, KEY = "api", "qbit"
"""The names under which the API token is stored, and the API key of the qBittorrent face."""
KEY_PREFIX = "qbt_"
"""Source: qBittorrent 5.3.0, base/utils/apikey.h."""


class Banned(Exception):
    """Too many failed logins came from this address."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"too many failed logins; try again after {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


class Rules(Struct, frozen=True, kw_only=True):
    """How long a login lasts, how often one may fail."""

    idle: timedelta = timedelta(days=1)
    absolute: timedelta = timedelta(days=30)
    failures: int = 5  # in a row from one address
    ban: timedelta = timedelta(hours=1)
    sessions: int = 1000  # open at once


class Cost(Struct, frozen=True):
    """What one guess at a password costs: the parameters of scrypt, about 64 MiB by default."""

    n: int = 2**16
    r: int = 8
    p: int = 2


USUAL_RULES = Rules()
FULL_COST = Cost()


class Accounts:
    """The account of this installation; only hashes of its secrets are kept."""

    def __init__(
        self, store: Store, clock: Clock, rules: Rules = USUAL_RULES, cost: Cost = FULL_COST
    ) -> None:
        """Load what `store` holds. `first_start` must have been awaited before anybody can log in."""
        self._store, self._clock = store, clock
        self._rules, self._cost = rules, cost
        self._account: AccountRow | None = store.load(sql.account)
        self._sessions = {row.token_hash: row for row in store.load(sql.sessions)}
        self._token: bytes | None = store.load(partial(sql.token, name=TOKEN))
        self._key: bytes | None = store.load(partial(sql.token, name=KEY))
        self._failures: dict[str, tuple[int, datetime]] = {}  # address -> how many, the last
        self._one_guess = asyncio.Semaphore(1)  # each takes much memory

    @property
    def username(self) -> str:
        """The name of the account, "" before the first start."""
        return self._account.username if self._account else ""

    @property
    def epoch(self) -> int:
        """Grows with every password, so that whoever remembers a verdict knows when to forget it."""
        return self._account.epoch if self._account else 0

    # -- the account

    async def first_start(self) -> str | None:
        """Create the account `admin` when there is none; return its password, which nobody sees again."""
        if self._account is not None:
            return None
        _, password = await self.reset_password()
        return password

    async def reset_password(self) -> tuple[str, str]:
        """Give the account a random password: (user name, password). Every session ends."""
        username = self.username or FIRST_USERNAME
        password = "".join(secrets.choice(LEGIBLE) for _ in range(16))
        await self.change_password(username, password)
        return username, password

    async def change_password(self, username: str, password: str) -> None:
        """Give the account a name and a password. Every session ends; the API token stays."""
        async with self._one_guess:
            verifier = await asyncio.to_thread(_verifier, password, self._cost)
        created = self._account.created if self._account else self._clock.now()
        row = AccountRow(username=username, verifier=verifier, epoch=self.epoch + 1, created=created)
        await self._store.write(partial(sql.put_account, row=row))
        self._account = row
        self._sessions.clear()

    async def rename(self, username: str) -> None:
        """Give the account another name. Every session ends; password and API token stay."""
        if self._account is not None:
            row = replace(self._account, username=username, epoch=self.epoch + 1)
            await self._store.write(partial(sql.put_account, row=row))
            self._account = row
            self._sessions.clear()

    async def login(self, username: str, password: str, address: str) -> Caller | None:
        """Who this is, None when the credentials are wrong. Raises Banned."""
        self._refuse_banned(address)
        async with self._one_guess:
            self._refuse_banned(address)  # others of this address may have failed while this one waited
            account = self._account
            if account is None:
                return None
            proved = await asyncio.to_thread(_proves, password, account.verifier)
        named = hmac.compare_digest(_bytes(username), _bytes(account.username))
        if not (proved and named and account is self._account):
            self.failed(address)
            return None
        self.succeeded(address)
        return Caller(name=account.username)

    # -- addresses that fail

    def banned(self, address: str) -> bool:
        """Whether logins from `address` are refused unread."""
        return self._banned_until(address) is not None

    def failed(self, address: str) -> None:
        """A login from `address` failed."""
        now = self._clock.now()
        count, last = self._failures.pop(address, (0, now))
        self._failures[address] = (count + 1 if last + self._rules.ban > now else 1, now)
        if len(self._failures) > MOST_ADDRESSES:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, address: str) -> None:
        """A login from `address` succeeded."""
        self._failures.pop(address, None)

    def _banned_until(self, address: str) -> datetime | None:
        count, last = self._failures.get(address, (0, self._clock.now()))
        until = last + self._rules.ban
        return until if count >= self._rules.failures and until > self._clock.now() else None

    def _refuse_banned(self, address: str) -> None:
        until = self._banned_until(address)
        if until is not None:
            raise Banned(until)

    # -- sessions

    async def open_session(self, caller: Caller, kind: str = "qbit") -> str:
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
        )
        await self._drop(self._worn_out(now))
        await self._store.write(partial(sql.put_session, row=row))
        self._sessions[row.token_hash] = row
        return token

    async def session(self, token: str, kind: str = "qbit") -> Caller | None:
        """Whose session this is, None when it is unknown, expired, revoked or of another kind.

        Being asked renews the session's idle life.
        """
        row = self._sessions.get(_hash(token))
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

    # -- the API token

    async def rotate_token(self) -> str:
        """A new API token, which nobody sees again; the one before it ends."""
        token = secrets.token_urlsafe(32)
        await self._store.write(
            partial(sql.put_token, token_hash=_hash(token), name=TOKEN, created=self._clock.now())
        )
        self._token = _hash(token)
        return token

    def bearer(self, token: str) -> Caller | None:
        """Who calls with this API token."""
        if self._token is None or not hmac.compare_digest(_hash(token), self._token):
            return None
        return Caller(name="api token", token=True)

    # -- the key of the qBittorrent face

    async def rotate_key(self) -> str:
        """A new API key of the qBittorrent face, which nobody sees again; the one before it ends."""
        key = KEY_PREFIX + "".join(secrets.choice(LEGIBLE) for _ in range(28))
        await self._store.write(
            partial(sql.put_token, token_hash=_hash(key), name=KEY, created=self._clock.now())
        )
        self._key = _hash(key)
        return key

    async def drop_key(self) -> None:
        """Let no key of the qBittorrent face be good any more."""
        await self._store.write(partial(sql.drop_token, name=KEY))
        self._key = None

    def key_holder(self, key: str) -> Caller | None:
        """Who calls with this API key of the qBittorrent face."""
        if self._key is None or not hmac.compare_digest(_hash(key), self._key):
            return None
        return Caller(name="API key", token=True)


def _verifier(password: str, cost: Cost) -> str:
    salt = secrets.token_bytes(16)
    key = _scrypt(salt, cost).derive(_bytes(password))
    return "$".join(("scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(key)))


def _proves(password: str, verifier: str) -> bool:
    _, n, r, p, salt, key = verifier.split("$")
    guess = _scrypt(b64decode(salt), Cost(int(n), int(r), int(p))).derive(_bytes(password))
    return hmac.compare_digest(guess, b64decode(key))


def _scrypt(salt: bytes, cost: Cost) -> Scrypt:
    return Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p)


def _hash(token: str) -> bytes:
    return hashlib.sha256(_bytes(token)).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
