"""What programs say that cannot be installed here, to the daemon and to the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.clients import arrs
from compat.clients.allowed import ALLOWED
from compat.clients.comparison import differences, unexplained
from compat.clients.conversation import hold
from compat.clients.talks import TALKS
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
