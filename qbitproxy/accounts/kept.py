"""What this process knows of the way in, while another may change it on the same disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from qbitproxy.core.clock import Clock
from qbitproxy.store import Store
from qbitproxy.store import accounts as sql
from qbitproxy.store.accounts import Door

LAG = 1.0  # seconds after which what the command line did is noticed


class Kept:
    """The account with its tokens, held in memory so that a request does not wait for the disk."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.door: Door = store.load(sql.door)
        self._changes, self._looked = 0, clock.monotonic()

    async def look(self) -> None:
        """Read again what another process may have changed, unless that was done a second ago."""
        now = self._clock.monotonic()
        if now - self._looked < LAG:
            return
        self._looked, changes = now, self._changes
        found = await self._store.read(sql.door)
        if changes == self._changes:  # else what was read may be older than what was written meanwhile
            self.door = found

    async def change(self, change: Callable[[sqlite3.Connection], bool]) -> bool:
        """Run `change` durably; what it answers. Known from then on is what the disk holds."""

        def changed(db: sqlite3.Connection) -> tuple[bool, Door]:
            return change(db), sql.door(db)

        self._changes += 1
        done, self.door = await self._store.write(changed)
        self._changes += 1
        return done
