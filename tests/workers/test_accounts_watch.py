"""The accounts are looked at now and then; a person is told in time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qbitproxy.core.notices import Kind
from qbitproxy.outbox import Outbox
from qbitproxy.store import Store
from qbitproxy.workers.accounts import WatchAccounts
from qbitproxy.workers.insight import WorkersInsight
from qbitproxy.workers.notices import Notices
from tests.workers.desk import PROVIDER, Desk, a_desk, at_work


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as made:
        yield made


@asynccontextmanager
async def watching(desk: Desk, folder: Path) -> AsyncIterator[Outbox]:
    """The worker at work, with an outbox for a target that wants to know everything."""
    (folder / "outbox").mkdir()
    with closing(Store(folder / "outbox" / "qbitproxy.db")) as store:
        outbox = Outbox(store)
        async with at_work(WatchAccounts(desk.hands, desk.pulse, Notices(outbox, {"phone": set(Kind)})).run):
            yield outbox


async def test_the_end_of_premium_is_told_a_week_ahead_and_once_in_the_log(
    desk: Desk, tmp_path: Path
) -> None:
    until = (await desk.hands.connected(PROVIDER).provider.account()).premium_until
    assert until is not None
    desk.clock.advance(until - desk.clock.now() - timedelta(days=6, hours=12))

    with capture_logs() as logs:
        async with watching(desk, tmp_path) as outbox:
            await desk.clock.pass_by(timedelta(seconds=5))
            await desk.clock.pass_by(timedelta(hours=1))
            [told] = await outbox.listed(None, 2**62, 10)

    assert [line["days"] for line in logs if line["event"] == "premium_expires"] == [6]
    [problem] = WorkersInsight(desk.hands, {}).problems()
    assert "loses its premium" in problem
    assert (told.kind, told.receiver) == ("account.problem", "notification:phone")
    assert b"premium ends on" in told.payload


async def test_an_account_with_time_left_is_no_problem(desk: Desk, tmp_path: Path) -> None:
    async with watching(desk, tmp_path):
        await desk.clock.pass_by(timedelta(seconds=5))

    [state] = WorkersInsight(desk.hands, {}).providers()
    assert state.account is not None
    assert state.account.premium_until is not None
    assert WorkersInsight(desk.hands, {}).problems() == []
    assert desk.service.token not in repr(state)


async def test_an_account_that_is_refused_rests_and_is_asked_again(desk: Desk, tmp_path: Path) -> None:
    desk.service.denies("bad_token")

    async with watching(desk, tmp_path) as outbox:
        await desk.clock.pass_by(timedelta(seconds=5))
        [problem] = WorkersInsight(desk.hands, {}).problems()
        assert "refuses the account" in problem

        desk.service.denies(None)
        await desk.clock.pass_by(timedelta(minutes=11))
        [told] = await outbox.listed(None, 2**62, 10)

    assert WorkersInsight(desk.hands, {}).problems() == []
    assert desk.hands.accounts[PROVIDER].user
    assert b"refuses the account" in told.payload
