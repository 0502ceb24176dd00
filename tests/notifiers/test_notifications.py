"""Notifications as they arrive: at a channel with Discord's rules, at a receiver that Apprise knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from qbitproxy.core.faults import Busy, Unreachable
from qbitproxy.core.notices import Kind, Notice
from qbitproxy.notifiers.digest import digest
from qbitproxy.notifiers.discord import Discord, is_discord
from qbitproxy.notifiers.everywhere import Everywhere
from qbitproxy.notifiers.ways import TARGET, Ways
from qbitproxy.outbox import Delivery
from tests.support import ManualClock

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
DEADLINE, NO_PAUSE = timedelta(seconds=5), timedelta()
TOKEN = "fake-webhook-token"


class Channel:
    """A Discord channel's webhook: refuses what the real one refuses."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refusal: web.Response | None = None
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        if self.refusal is not None:
            return self.refusal
        message = await request.json()
        embeds = message["embeds"]
        total = sum(len(embed["title"]) + len(embed["description"]) for embed in embeds)
        fits = all(len(e["title"]) <= 256 and len(e["description"]) <= 4096 for e in embeds)
        if not (1 <= len(embeds) <= 10 and total <= 6000 and fits):
            return web.json_response({"code": 50035, "message": "Invalid Form Body"}, status=400)
        self.messages.append(message)
        return web.Response(status=204)


@asynccontextmanager
async def a_channel() -> AsyncIterator[Channel]:
    channel = Channel()
    app = web.Application()
    app.router.add_post("/api/webhooks/1234567890/{token}", channel.hear)
    async with _served(app) as base:
        channel.url = f"{base}/api/webhooks/1234567890/{TOKEN}"
        yield channel


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def notices(*kinds: Kind, text: str = "tv-sonarr, realdebrid") -> list[Notice]:
    return [Notice(kind=kind, title=f"Show.S01E{n:02}", text=text, at=AT) for n, kind in enumerate(kinds)]


def deliveries(found: Sequence[Notice]) -> list[Delivery]:
    return [
        Delivery(
            event_id=str(number),
            kind=notice.kind,
            receiver=f"{TARGET}discord",
            url=f"{TARGET}discord",
            payload=msgspec.json.encode(notice),
            created=AT,
        )
        for number, notice in enumerate(found)
    ]


async def told(channel: Channel, found: Sequence[Notice]) -> None:
    async with aiohttp.ClientSession() as session:
        discord = Discord(session, channel.url, DEADLINE, NO_PAUSE)
        await discord.deliver(deliveries(found), ManualClock())


async def test_discord_shows_each_notice_in_a_colour_of_its_own() -> None:
    async with a_channel() as channel:
        await told(channel, notices(Kind.COMPLETED, Kind.FAILED, Kind.ACCOUNT))

    [message] = channel.messages
    assert [embed["title"] for embed in message["embeds"]] == ["Show.S01E00", "Show.S01E01", "Show.S01E02"]
    assert len({embed["color"] for embed in message["embeds"]}) == 3
    assert message["embeds"][1]["description"] == "Failed: tv-sonarr, realdebrid"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("count", [1, 11])
async def test_every_kind_of_notice_has_words_and_a_colour(kind: Kind, count: int) -> None:
    async with a_channel() as channel:
        await told(channel, notices(*[kind] * count))

    title, _ = digest(notices(*[kind] * count))
    [message] = channel.messages
    assert all(embed["color"] for embed in message["embeds"])
    assert title


async def test_many_notices_are_one_message_that_discord_takes() -> None:
    async with a_channel() as channel:
        await told(channel, notices(*[Kind.COMPLETED] * 60, *[Kind.FAILED] * 40, text="x" * 500))

    [message] = channel.messages
    [embed] = message["embeds"]
    assert embed["title"] == "60 ready, 40 failed"


async def test_ten_long_notices_fit_into_one_message() -> None:
    async with a_channel() as channel:
        await told(channel, [Notice(kind=Kind.FAILED, title="t" * 400, text="x" * 900, at=AT)] * 10)

    assert len(channel.messages) == 1


async def test_discord_says_how_long_to_wait() -> None:
    async with a_channel() as channel:
        channel.refusal = web.json_response({"retry_after": 2.5, "global": False}, status=429)

        with pytest.raises(Busy) as busy:
            await told(channel, notices(Kind.FAILED))

    assert busy.value.retry_after == 2.5


async def test_a_channel_that_is_gone_is_told_without_its_token() -> None:
    async with a_channel() as channel:
        channel.refusal = web.json_response({"message": "Unknown Webhook", "code": 10015}, status=404)

        with pytest.raises(Unreachable) as gone:
            await told(channel, notices(Kind.FAILED))

    assert "404" in gone.value.detail
    assert TOKEN not in str(gone.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://discord.com/api/webhooks/123456789012345678/abc-DEF_123", True),
        ("https://discordapp.com/api/v10/webhooks/1/abc?thread_id=5", True),
        ("discord://123456789/abc", False),
        ("https://discord.com/channels/1/2", False),
        ("ntfys://ntfy.sh/topic", False),
    ],
)
def test_a_discord_webhook_is_known_by_its_address(url: str, expected: bool) -> None:
    assert is_discord(url) is expected


async def test_apprise_carries_a_digest_to_whatever_it_knows() -> None:
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        heard.put_nowait(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/told", hear)
    async with _served(app) as base:
        everywhere = Everywhere(f"{base.replace('http://', 'json://')}/told", DEADLINE, NO_PAUSE)
        await everywhere.deliver(deliveries(notices(Kind.COMPLETED, Kind.FAILED)), ManualClock())

    message = heard.get_nowait()
    assert message["title"] == "1 ready, 1 failed"
    assert "Failed: Show.S01E01 (tv-sonarr, realdebrid)" in message["message"]


@pytest.mark.parametrize("url", ["nonsense://x/y", "json://127.0.0.1:1/nobody"])
async def test_a_target_that_cannot_be_reached_is_a_fault_without_its_url(url: str) -> None:
    with pytest.raises(Unreachable) as fault:
        await Everywhere(url, DEADLINE, NO_PAUSE).deliver(deliveries(notices(Kind.FAILED)), ManualClock())

    assert url not in str(fault.value)


async def test_what_was_for_a_target_that_is_gone_says_so() -> None:
    async with aiohttp.ClientSession() as session:
        ways = Ways(Discord(session, "http://127.0.0.1:1/", DEADLINE, NO_PAUSE), {})

        with pytest.raises(Unreachable, match="no such target"):
            await ways.test("discord", ManualClock())


def test_a_digest_names_the_first_and_counts_the_rest() -> None:
    title, text = digest(notices(*[Kind.FAILED] * 25))

    assert title == "25 failed"
    assert text.splitlines()[-1] == "and 5 more"
