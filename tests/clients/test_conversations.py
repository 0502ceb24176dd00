"""What programs say that cannot be installed here, to the daemon and to the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.clients import arrs
from compat.clients.allowed import ALLOWED, NEWEST
from compat.clients.comparison import differences, unexplained
from compat.clients.conversation import hold
from compat.clients.talks import TALKS
from qbitproxy.settings import ProfileName
from tests.clients.proving import prove
from tests.clients.servers import ours, the_original


@pytest.mark.parametrize("program", TALKS)
async def test_a_conversation_gives_a_program_what_it_needs(tmp_path: Path, program: str) -> None:
    async with the_original(tmp_path / "original") as server:
        original = await hold(TALKS[program], server)

    async with ours(tmp_path / "ours") as server:
        run = await hold(TALKS[program], server)

    assert [step for step, outcome in original.outcomes.items() if not isinstance(outcome, int)] == []
    assert unexplained(program, differences(original.outcomes, run.outcomes), ALLOWED) == []
    prove("4.6", program, run)


UP_TO_DATE = [
    name for name, flavour in arrs.FLAVOURS.items() if not flavour.exact_ok and flavour.knows_stopped
]
"""Arrs that understand the login and the states of 5.3."""


@pytest.mark.parametrize("flavour", arrs.FLAVOURS)
async def test_an_arr_thinks_of_the_daemon_what_it_thinks_of_the_original(
    tmp_path: Path, flavour: str
) -> None:
    async with the_original(tmp_path / "original") as server:
        original = await arrs.converse(arrs.FLAVOURS[flavour], server)

    async with ours(tmp_path / "ours") as server:
        run = await arrs.converse(arrs.FLAVOURS[flavour], server)

    assert unexplained(flavour, differences(original.outcomes, run.outcomes), ALLOWED) == []
    prove("4.6", flavour, run)


@pytest.mark.parametrize("flavour", UP_TO_DATE)
async def test_an_arr_thinks_of_the_newest_release_what_it_thinks_of_the_oldest(
    tmp_path: Path, flavour: str
) -> None:
    async with ours(tmp_path / "4.6", ProfileName.V4_6) as server:
        old = await arrs.converse(arrs.FLAVOURS[flavour], server)

    async with ours(tmp_path / "5.3", ProfileName.V5_3) as server:
        new = await arrs.converse(arrs.FLAVOURS[flavour], server)

    assert unexplained(flavour, differences(old.outcomes, new.outcomes), NEWEST) == []
    prove("5.3", flavour, new)
