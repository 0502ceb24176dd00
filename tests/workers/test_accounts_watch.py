"""The accounts are looked at now and then; a person is told in time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qbitproxy.workers.accounts import WatchAccounts
from qbitproxy.workers.insight import WorkersInsight
from tests.workers.desk import PROVIDER, Desk, a_desk, at_work


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as made:
        yield made


async def test_the_end_of_premium_is_told_a_week_ahead_and_once_in_the_log(desk: Desk) -> None:
    until = (await desk.hands.connected(PROVIDER).provider.account()).premium_until
    assert until is not None
    desk.clock.advance(until - desk.clock.now() - timedelta(days=6, hours=12))

    with capture_logs() as logs:
        async with at_work(WatchAccounts(desk.hands, desk.pulse).run):
            await desk.clock.pass_by(timedelta(seconds=5))
            await desk.clock.pass_by(timedelta(hours=1))

    assert [line["days"] for line in logs if line["event"] == "premium_expires"] == [6]
    [problem] = WorkersInsight(desk.hands).problems()
    assert "loses its premium" in problem


async def test_an_account_with_time_left_is_no_problem(desk: Desk) -> None:
    async with at_work(WatchAccounts(desk.hands, desk.pulse).run):
        await desk.clock.pass_by(timedelta(seconds=5))

    [state] = WorkersInsight(desk.hands).providers()
    assert state.account is not None
    assert state.account.premium_until is not None
    assert WorkersInsight(desk.hands).problems() == []
    assert desk.service.token not in repr(state)


async def test_an_account_that_is_refused_rests_and_is_asked_again(desk: Desk) -> None:
    desk.service.denies("bad_token")

    async with at_work(WatchAccounts(desk.hands, desk.pulse).run):
        await desk.clock.pass_by(timedelta(seconds=5))
        [problem] = WorkersInsight(desk.hands).problems()
        assert "refuses the account" in problem

        desk.service.denies(None)
        await desk.clock.pass_by(timedelta(minutes=11))

    assert WorkersInsight(desk.hands).problems() == []
    assert desk.hands.accounts[PROVIDER].user
