"""Targets as a person sees and tries them."""

from __future__ import annotations

from pathlib import Path

from qbitproxy.core.faults import Unreachable
from qbitproxy.core.notices import Kind
from qbitproxy.settings import Secret
from qbitproxy.settings.peers import NotificationSettings
from tests.web.stand import Stand, a_stand, usual_settings

URL = "https://discord.com/api/webhooks/1/fake-token"
TARGET = NotificationSettings(url=Secret(URL), events=(Kind.FAILED,))


async def asked(stand: Stand, method: str, path: str) -> tuple[int, str]:
    async with stand.client.request(method, path, headers=stand.bearer) as answer:
        return answer.status, await answer.text()


async def test_targets_are_listed_without_their_urls(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path, notifications={"discord": TARGET})
    async with a_stand(tmp_path, settings=settings) as stand:
        status, text = await asked(stand, "GET", "/api/notifications")

    assert (status, text) == (200, '[{"name":"discord","events":["torrent.failed"],"every":30.0}]')


async def test_a_target_is_tried_by_its_name(tmp_path: Path) -> None:
    tried: list[str] = []

    async def try_it(name: str) -> None:
        tried.append(name)

    settings = usual_settings(tmp_path, notifications={"discord": TARGET})
    async with a_stand(tmp_path, settings=settings, test_target=try_it) as stand:
        assert await asked(stand, "POST", "/api/notifications/discord/test") == (200, '{"sent":true}')
        assert (await asked(stand, "POST", "/api/notifications/phone/test"))[0] == 404

    assert tried == ["discord"]


async def test_a_target_that_cannot_be_reached_says_why(tmp_path: Path) -> None:
    async def fail(name: str) -> None:
        raise Unreachable("discord", "answered 404")

    settings = usual_settings(tmp_path, notifications={"discord": TARGET})
    async with a_stand(tmp_path, settings=settings, test_target=fail) as stand:
        status, text = await asked(stand, "POST", "/api/notifications/discord/test")

    assert status == 502
    assert "answered 404" in text


async def test_nobody_tries_a_target_without_credentials(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        for method, path in (("GET", "/api/notifications"), ("POST", "/api/notifications/discord/test")):
            async with stand.client.request(method, path) as answer:
                assert answer.status == 401
