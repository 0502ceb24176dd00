"""Tokens: named, limited in what they may and for how long, kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from qbitproxy.accounts.kept import Kept
from qbitproxy.accounts.passwords import LEGIBLE, as_bytes
from qbitproxy.core.caller import Caller, Scope
from qbitproxy.core.clock import Clock
from qbitproxy.store import accounts as sql
from qbitproxy.store.accounts import TokenKind, TokenRow

KEY_PREFIX = "qbt_"
"""Source: qBittorrent 5.3.0, base/utils/apikey.h: 32 characters in all."""

USES_NOTED_EVERY = timedelta(minutes=1)


RESERVED = frozenset(kind.value for kind in TokenKind)
"""The names of the tokens that are rotated instead of made."""


class TokenExists(Exception):
    """There is a token of this name, or it is reserved."""


class Tokens:
    """Every token; whoever makes one sees it this once."""

    def __init__(self, kept: Kept, clock: Clock) -> None:
        self._kept, self._clock = kept, clock
        self._noted: dict[bytes, datetime] = {}  # hash -> when its last use was written

    def listed(self) -> Sequence[TokenRow]:
        """Every token, by name."""
        return self._kept.door.tokens

    async def create(
        self,
        name: str,
        scope: Scope = Scope.ADMIN,
        expires: datetime | None = None,
        kind: TokenKind = TokenKind.API,
    ) -> str:
        """A new token. Raises TokenExists."""
        if name in RESERVED:
            raise TokenExists(name)
        token, row = self._new(name, scope, expires, kind)
        if not await self._kept.change(partial(sql.add_token, row=row)):
            raise TokenExists(name)
        return token

    async def rotate(self, kind: TokenKind = TokenKind.API) -> str:
        """A new token in place of the one named like its kind, for everything and for good."""
        token, row = self._new(kind.value, Scope.ADMIN, None, kind)
        await self._kept.change(partial(sql.replace_token, row=row))
        return token

    async def revoke(self, name: str) -> bool:
        """End a token; False when there is none of this name."""
        return await self._kept.change(partial(sql.drop_token, name=name))

    async def holder(self, token: str, kinds: Sequence[TokenKind]) -> Caller | None:
        """Who calls with `token`, None unless it is a good one of these kinds. Its use is noted."""
        given, now = _hash(token), self._clock.now()
        for row in self._kept.door.tokens:
            if hmac.compare_digest(given, row.token_hash) and row.kind in kinds and not row.expired(now):
                await self._note(row, now)
                return Caller(name=row.name, token=True, scope=row.scope)
        return None

    async def _note(self, row: TokenRow, now: datetime) -> None:
        last = self._noted.get(row.token_hash, row.used)
        if last is None or now - last >= USES_NOTED_EVERY:
            self._noted[row.token_hash] = now  # before the write: those who come meanwhile do not repeat it
            await self._kept.change(partial(sql.use_token, token_hash=row.token_hash, used=now))

    def _new(
        self, name: str, scope: Scope, expires: datetime | None, kind: TokenKind
    ) -> tuple[str, TokenRow]:
        token = secrets.token_urlsafe(32)
        if kind is TokenKind.QBIT:
            token = KEY_PREFIX + "".join(secrets.choice(LEGIBLE) for _ in range(28))
        now = self._clock.now()
        row = TokenRow(
            token_hash=_hash(token),
            name=name,
            kind=kind,
            scope=scope,
            created=now,
            expires=expires,
            used=None,
        )
        return token, row


def _hash(token: str) -> bytes:
    return hashlib.sha256(as_bytes(token)).digest()
