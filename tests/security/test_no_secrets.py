"""Secrets after a whole journey: where they may be, and nowhere else."""

from __future__ import annotations

import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from qbitproxy.settings import Secret
from qbitproxy.settings.sections import AccountSettings, LogLevel
from tests.stage import PASSWORD, Stage

OWN_FILES = {"arrs.key", "cookie.key", "webhook.key"}
"""What holds nothing but a secret, readable by its owner alone."""

READS = (
    *(
        "/",
        "/repair",
        "/settings",
        "/setup",
        "/login",
        "/version",
        "/health",
        "/ready",
        "/static/settings.js",
    ),
    *("/api/arrs", "/api/config", "/api/status", "/api/stats", "/api/torrents", "/api/sessions"),
    *("/api/tokens", "/api/notifications", "/api/webhooks/deliveries"),
    *("/api/v2/app/preferences", "/api/v2/torrents/info", "/api/v2/sync/maindata", "/api/v2/log/main"),
    *("/api/v2/app/buildInfo", "/api/v2/torrents/categories", "/api/v2/transfer/info"),
)


class Overheard:
    """Everything that the daemon answered to whoever asked through `session`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.said = b""

    async def ask(self, method: str, path: str, **sent: Any) -> Any:
        """The JSON of an answer, None when it is none; headers and body are remembered."""
        async with self._session.request(method, path, allow_redirects=False, **sent) as answer:
            body = await answer.read()
            self.said += repr(sorted(answer.headers.items())).encode() + body
            return await answer.json() if answer.content_type == "application/json" else None


@asynccontextmanager
async def a_journey(folder: Path) -> AsyncIterator[tuple[Stage, int, Overheard, dict[str, str]]]:
    """A daemon that logs all it can and has imported two releases; its id, what it said, every secret."""
    async with Stage(folder) as stage:
        usual = stage.settings()
        settings = replace(
            usual,
            account=AccountSettings(password=Secret(PASSWORD)),
            log=replace(usual.log, level=LogLevel.DEBUG),
        )
        stage.save_settings(settings)
        async with stage.process() as process:
            assert await stage.answering(process)
            async with stage.person() as person:
                overheard, secrets = Overheard(person), secrets_of(stage)
                await be_told_new_ones(overheard, secrets)
                await be_refused(overheard, secrets)
                for release in (SINTEL, SHOW):
                    stage.realdebrid.knows(release)
                    await stage.sonarr.grab(release)
                    await stage.imports(release)
                for path in READS:
                    await overheard.ask("GET", path)
                await stage.heard("(arr_told)")
                secrets["webhook"] = json.loads((stage.state / "arrs.key").read_bytes())["sonarr"]
                cookies = [cookie.value for cookie in person.cookie_jar]
                secrets |= {f"cookie {number}": value for number, value in enumerate(cookies)}
                yield stage, process.pid, overheard, secrets


def secrets_of(stage: Stage) -> dict[str, str]:
    """What the settings hold."""
    return {"provider": stage.realdebrid.token, "arr": stage.sonarr.api_key, "password": PASSWORD}


async def be_told_new_ones(overheard: Overheard, secrets: dict[str, str]) -> None:
    """Have secrets made; to tell them once is no leak, so those answers are not kept."""
    secrets["token"] = (await overheard.ask("POST", "/api/refresh-token"))["token"]
    for scope in ("read", "add", "admin"):
        made = await overheard.ask("POST", "/api/tokens", json={"name": scope, "scope": scope})
        secrets[f"token {scope}"] = made["token"]
    secrets["signing key"] = (await overheard.ask("GET", "/api/webhooks"))["signing_key"]
    overheard.said = b""


async def be_refused(overheard: Overheard, secrets: dict[str, str]) -> None:
    """Make mistakes with secrets in them: what was meant for somebody else must not be kept either."""
    secrets["mistake"] = mistake = "fake-password-of-another-place"
    await overheard.ask("POST", "/login", json={"username": "admin", "password": mistake})
    await overheard.ask("POST", "/api/v2/auth/login", data={"username": mistake, "password": mistake})
    await overheard.ask("GET", "/api/torrents", headers={"Authorization": f"Bearer {mistake}"})
    await overheard.ask("POST", "/api/update-auth", json={"username": "x", "current_password": mistake})
    await overheard.ask("POST", "/api/tokens", json={"name": "x", "token": mistake})
    for token in ("token", "token read"):
        headers = {"Authorization": f"Bearer {secrets[token]}"}
        await overheard.ask("DELETE", "/api/arrs/nobody", headers=headers)
    # what was shown of the settings comes back, with one change
    shown = await overheard.ask("GET", "/api/config")
    shown["fetching"]["uncached"] = True
    await overheard.ask("PUT", "/api/config", json=shown)


def holders(secrets: dict[str, str], places: dict[str, bytes]) -> set[tuple[str, str]]:
    """Which secret is found where."""
    return {
        (what, where)
        for what, secret in secrets.items()
        for where, held in places.items()
        if secret.encode() in held
    }


def places_of(stage: Stage, pid: int, overheard: Overheard) -> dict[str, bytes]:
    """Every place in which a secret might lie."""
    kept = {
        str(path.relative_to(stage.state)): path.read_bytes()
        for path in stage.state.rglob("*")
        if path.is_file() and path.name not in OWN_FILES
    }
    return {
        "log": stage.said.encode(),
        "answers": overheard.said,
        "process": Path(f"/proc/{pid}/cmdline").read_bytes(),
        **kept,
    }


def modes_of(folder: Path) -> dict[str, int]:
    """What others than the owner may do with files that hold secrets or hashes of them."""
    patterns = ("state/*.key", "state/qbitproxy.db*", "qbitproxy.toml*")
    found = [path for pattern in patterns for path in folder.glob(pattern)]
    return {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found}


async def test_no_secret_is_where_it_should_not_be(tmp_path: Path) -> None:
    async with a_journey(tmp_path) as (stage, pid, overheard, secrets):
        places = places_of(stage, pid, overheard)
        settings = (stage.folder / "qbitproxy.toml").read_bytes()

    assert len(secrets) >= 10
    assert places.keys() > {"log", "answers", "process", "qbitproxy.db"}
    assert len(overheard.said) > 10_000
    assert {what for what, _ in holders(secrets, {"settings": settings})} == {"provider", "arr", "password"}
    assert holders(secrets, places) == set()


async def test_what_holds_secrets_is_its_owners_alone(tmp_path: Path) -> None:
    async with a_journey(tmp_path):
        modes = modes_of(tmp_path)

    assert modes.keys() >= OWN_FILES | {"qbitproxy.toml", "qbitproxy.toml.bak", "qbitproxy.db"}
    assert set(modes.values()) == {0}
