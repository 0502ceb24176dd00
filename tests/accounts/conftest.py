"""Accounts whose hashes are cheap, on a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qbitproxy.accounts import Accounts, Cost, Rules
from qbitproxy.store import Store
from tests.support import ManualClock

CHEAP = Cost(n=2, r=1, p=1)
RULES = Rules(idle=timedelta(hours=1), absolute=timedelta(hours=10), failures=3, ban=timedelta(minutes=10))
HOME = "192.0.2.1"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "qbitproxy.db")
    yield store
    store.close()


@pytest.fixture
def accounts(store: Store, clock: ManualClock) -> Accounts:
    return Accounts(store, clock, RULES, CHEAP)
