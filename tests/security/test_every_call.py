"""Every call of the qBittorrent Web API, made with every kind of credential."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qbitproxy.accounts import TokenKind
from qbitproxy.core.caller import Caller, Scope
from qbitproxy.settings.sections import ProfileName, QbittorrentSettings
from qbitproxy.web.qbit.routes import READS, WRITES
from tests.security.credentials import REFUSED, WORTHLESS, Credential
from tests.support import ManualClock
from tests.web.stand import USERNAME, Stand, a_stand, usual_settings

ACTIONS = sorted({*READS, *WRITES} - {"auth/login"})
ADDS = {"torrents/add", "torrents/fetchMetadata", "torrents/parseMetadata"}
HARMLESS = {"auth/logout"}
PEOPLE_ONLY = {
    *("app/cookies", "app/setCookies", "clientdata/load", "clientdata/store"),
    *("app/rotateAPIKey", "app/deleteAPIKey", "app/shutdown", "app/getDirectoryContent"),
}
"""Closed to tokens of every scope."""


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    """An imitation of the release that knows the most calls."""
    settings = usual_settings(tmp_path, qbittorrent=QbittorrentSettings(profile=ProfileName.V5_3))
    async with a_stand(tmp_path, clock=clock, settings=settings) as stand:
        yield stand


async def ask(stand: Stand, action: str, headers: dict[str, str]) -> int:
    async with stand.client.post(f"/api/v2/{action}", headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("credential", WORTHLESS, ids=lambda each: each.__name__)
async def test_every_call_is_closed_to(stand: Stand, clock: ManualClock, credential: Credential) -> None:
    headers = await credential(stand, clock)

    answered = {action: await ask(stand, action, headers) for action in ACTIONS}

    assert {action: status for action, status in answered.items() if status not in REFUSED} == {}


@pytest.mark.parametrize("kind", TokenKind)
@pytest.mark.parametrize("scope", Scope)
async def test_a_token_opens_what_its_scope_covers(stand: Stand, scope: Scope, kind: TokenKind) -> None:
    token = await stand.accounts.tokens.create("mine", scope, kind=kind)
    may = set(READS) | HARMLESS
    if scope is not Scope.READ:
        may |= ADDS
    if scope is Scope.ADMIN:
        may |= set(WRITES)
    if kind is TokenKind.QBIT:
        may -= HARMLESS  # there is no session that a key could end

    answered = {action: await ask(stand, action, {"Authorization": f"Bearer {token}"}) for action in ACTIONS}

    opened = {action for action, status in answered.items() if status not in REFUSED}
    assert opened == may - PEOPLE_ONLY - {"auth/login"}


async def test_another_site_reaches_nothing(stand: Stand) -> None:
    sid = await stand.accounts.open_session(Caller(name=USERNAME))
    foreign = {"Cookie": f"SID={sid}", "Origin": "https://evil.example"}

    answered = {await ask(stand, action, foreign) for action in ACTIONS}

    assert answered == {401}
