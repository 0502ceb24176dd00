"""The owner on the machine decides who comes in, whether the daemon runs or not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.stage import PASSWORD, Stage
from tests.support import DEADLINE


async def command(state: Path, *arguments: str) -> tuple[int, str, str]:
    """What `qbitproxy` does with `arguments`: exit code, output, complaints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "qbitproxy",
        "--state",
        str(state),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(DEADLINE):
        said, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complaint.decode()


async def until_status(url: str, wanted: int, **request: object) -> None:
    """Ask until the answer is `wanted`."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(DEADLINE):
        while True:
            async with session.get(url, allow_redirects=False, **request) as answer:  # type: ignore[arg-type]
                if answer.status == wanted:
                    return


async def test_tokens_are_made_listed_and_revoked_without_a_daemon(tmp_path: Path) -> None:
    wanted = ("script", "--scope", "add", "--expires", "90d")
    code, token, _ = await command(tmp_path, "token", "create", *wanted)
    assert code == 0
    assert len(token.strip()) > 40

    _, listed, _ = await command(tmp_path, "token", "list")
    header, line = listed.splitlines()
    assert header.split() == ["NAME", "SCOPE", "KIND", "CREATED", "EXPIRES", "USED"]
    assert line.split()[:3] == ["script", "add", "api"]
    assert line.endswith("never")
    assert token.strip() not in listed

    assert (await command(tmp_path, "token", "revoke", "script"))[0] == 0
    assert len((await command(tmp_path, "token", "list"))[1].splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("revoke", "nobody"), "there is no token named nobody"),
        (("create", "api"), "reserved"),
        (("create", "two words"), "letters, digits"),
        (("create", "x", "--expires", "soon"), "is not a duration"),
        (("create", "x", "--scope", "root"), "invalid choice"),
    ],
)
async def test_a_mistake_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    code, _, complaint = await command(tmp_path, "token", *arguments)

    assert code != 0
    assert said in complaint
    assert "Traceback" not in complaint


async def test_a_running_daemon_notices_tokens_that_come_and_go(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        _, token, _ = await command(stage.state, "token", "create", "script")
        headers = {"Authorization": f"Bearer {token.strip()}"}
        await until_status(f"{stage.url}/api/torrents", 200, headers=headers)

        await command(stage.state, "token", "revoke", "script")

        await until_status(f"{stage.url}/api/torrents", 503, headers=headers)


async def test_a_running_daemon_notices_a_new_password(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running(), stage.person() as person:
        _, said, _ = await command(stage.state, "password")
        password = said.split()[6]

        async with asyncio.timeout(DEADLINE):
            while (await person.get("/api/torrents")).status != 401:
                pass
        old, new = ({"username": "admin", "password": each} for each in (PASSWORD, password))
        assert (await person.post("/login", json=old)).status == 401
        assert (await person.post("/login", json=new)).status == 200


async def test_login_switched_off_on_the_machine_is_off_on_the_machine_and_shown(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        async with stage.person():
            pass
        code, said, _ = await command(stage.state, "auth", "off")
        assert code == 0
        assert said.startswith("WARNING")

        await until_status(f"{stage.url}/api/torrents", 200)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{stage.url}/api/status") as answer:
                problems = (await answer.json())["problems"]
            async with session.get(f"{stage.url}/api/v2/torrents/info") as answer:
                assert answer.status == 200
        assert any("`qbitproxy auth on`" in problem for problem in problems)
        await until_status(f"{stage.url}/api/torrents", 401, headers={"X-Forwarded-For": "127.0.0.1"})
        await until_status(f"{stage.url}/api/torrents", 401, headers={"Host": "evil.example"})

        await command(stage.state, "auth", "on")

        await until_status(f"{stage.url}/api/torrents", 401)


async def test_login_that_is_off_is_said_at_the_start(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        await command(stage.state, "auth", "off")
        async with stage.process() as process:
            assert await stage.answering(process)

            await stage.heard("(WARNING: nobody has to log in)")
            await stage.heard("(login_is_off)")


async def test_an_installation_that_nobody_watches_gets_its_account_from_outside(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        given = {"QBITPROXY_ACCOUNT__USERNAME": "anna", "QBITPROXY_ACCOUNT__PASSWORD": "fake-given-password"}
        async with stage.process(**given) as process, aiohttp.ClientSession(stage.url) as session:
            assert await stage.answering(process)
            login = {"username": "anna", "password": "fake-given-password"}

            async with session.post("/login", json=login, allow_redirects=False) as answer:
                assert answer.status == 303
            assert "setup code" not in stage.said
            assert "fake-given-password" not in stage.said + (tmp_path / "qbitproxy.toml").read_text()
