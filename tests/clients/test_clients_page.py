"""What docs/clients.md says of the programs that are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.clients import arrs, environments, proofs
from compat.clients.talks import TALKS

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()


@pytest.mark.parametrize("client", environments.names())
def test_every_real_program_is_named_with_its_version(client: str) -> None:
    assert f" | {environments.version(client)} | " in PAGE


@pytest.mark.parametrize("program", [*TALKS, *sorted({flavour.name for flavour in arrs.FLAVOURS.values()})])
def test_every_program_that_is_played_is_named(program: str) -> None:
    assert program in PAGE


def test_what_is_on_record_is_of_programs_that_are_still_tried() -> None:
    tried = {*environments.names(), *TALKS, *arrs.FLAVOURS}

    assert {program for programs in proofs.proved().values() for program in programs} <= tried


def test_the_endpoints_on_record_tell_who_used_them() -> None:
    assert "homepage" in proofs.programs_by_endpoint("4.6")["torrents/info"]
