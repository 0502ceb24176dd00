"""The daemon, killed by SIGKILL around the commit that $DIE_AT names.

`DIE_AT=before:3` dies with the third journal transaction open, `after:3` right after it is durable, before
anybody is told.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from qbitproxy.__main__ import main
from qbitproxy.store import Store
from qbitproxy.store import torrents as sql


def arm(moment: str, count: int) -> None:
    """Let this process die around its `count`-th journal transaction."""
    commit, transact = sql.commit, Store._transact
    seen = 0

    def mortal_commit(db: sqlite3.Connection, changes: Any) -> None:
        nonlocal seen
        seen += 1
        commit(db, changes)
        if moment == "before" and seen == count:
            os.kill(os.getpid(), signal.SIGKILL)

    def mortal_transact(self: Store, change: Callable[[sqlite3.Connection], Any]) -> Any:
        result = transact(self, change)
        if (
            moment == "after"
            and seen == count
            and isinstance(change, partial)
            and change.func is mortal_commit
        ):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    sql.commit = mortal_commit
    Store._transact = mortal_transact  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    chosen, _, number = os.environ["DIE_AT"].partition(":")
    arm(chosen, int(number))
    sys.exit(main())
