"""TLS of our own."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from tests.certificates import certify
from tests.stage import PASSWORD, Stage


async def test_a_certificate_makes_it_speak_tls_and_nothing_else(tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with Stage(tmp_path) as stage:
        usual = stage.settings()
        server = replace(usual.server, tls_certificate=str(certificate), tls_key=str(key))
        async with (
            stage.running(replace(usual, server=server)),
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            secure = stage.url.replace("http:", "https:")
            chosen = {"username": "anna", "password": PASSWORD, "confirm_password": PASSWORD}

            async with session.post(
                f"{secure}/setup", json=chosen, ssl=trusting, allow_redirects=False
            ) as answer:
                assert answer.status == 303
                assert answer.cookies["auth-session"]["secure"]
            async with session.get(f"{secure}/api/torrents", ssl=trusting) as answer:
                assert answer.status == 200
            assert f"https://127.0.0.1:{stage.port}/" in stage.said
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"{stage.url}/health")
