"""Our webhooks at the Arrs: set up where they arrive, kept, taken away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from msgspec.structs import replace

from compat.emulators.bench import Bench
from qbitproxy.core.insight import Hook, HookState
from qbitproxy.core.ports import DownloadClient
from qbitproxy.settings import Settings
from qbitproxy.settings.peers import ArrKind, ArrSettings
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.wiring import hooking
from qbitproxy.workers.hooks import NOWHERE, SILENT, Hooking, RegisterHooks, Wish, addresses
from qbitproxy.workers.insight import WorkersInsight
from tests.web.stand import USERNAME, Stand, a_stand, usual_settings
from tests.workers.desk import Desk, a_desk, at_work

DAY = timedelta(days=1)
REGISTERED = Hook(HookState.REGISTERED)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def us(tmp_path: Path) -> AsyncIterator[Stand]:
    """What answers to the Arr."""
    (tmp_path / "us").mkdir()
    async with a_stand(tmp_path / "us") as us:
        yield us


@pytest.fixture
async def others() -> AsyncIterator[Bench]:
    """Something else that answers whatever is sent."""
    async with Bench() as others:
        others.fault(status=200, times=None)
        yield others


def origin(us: Stand) -> str:
    return str(us.client.make_url("")).rstrip("/")


def worker(desk: Desk, us: Stand, *, wanted: bool = True, address: str = "") -> RegisterHooks:
    wish = Wish(wanted=wanted, url=desk.sonarr.url, category="tv-sonarr")
    chosen = Hooking(arrs={"sonarr": wish}, address=address, base="")
    return RegisterHooks(desk.hands, desk.pulse, chosen, us.hooks, lambda: us.accounts.username)


async def work(desk: Desk, registering: RegisterHooks, *pauses: timedelta) -> Hook:
    """How the webhook stands after a first round and one after each pause."""
    async with at_work(registering.run):
        await desk.clock.pass_by(timedelta())
        for pause in pauses:
            await desk.clock.pass_by(pause)
    return registering.states["sonarr"]


def urls(desk: Desk) -> list[str]:
    """Where the Arr sends what it tells."""
    return [webhook.url for webhook in desk.sonarr.herald.webhooks]


async def test_an_arr_is_told_the_configured_address_and_a_secret_that_opens_it(
    desk: Desk, us: Stand
) -> None:
    hook = await work(desk, worker(desk, us, address=origin(us)))

    [webhook] = desk.sonarr.herald.webhooks
    assert hook == REGISTERED
    assert webhook.url == f"{origin(us)}/api/arrs/sonarr/events"
    assert webhook.password == us.hooks.secret("sonarr")
    assert us.hooks.heard("sonarr") == 1
    assert await us.references.due(10) == []


async def test_without_an_address_it_is_where_the_arr_logs_in_as_itself(
    desk: Desk, us: Stand, others: Bench
) -> None:
    desk.sonarr.uses(origin(us), desk.sonarr.url, desk.sonarr.api_key)

    assert await work(desk, worker(desk, us)) == REGISTERED

    assert urls(desk) == [f"{origin(us)}/api/arrs/sonarr/events"]


@pytest.mark.parametrize("username", [USERNAME, ""])
async def test_without_an_address_it_is_where_the_arr_has_our_account(
    desk: Desk, us: Stand, username: str
) -> None:
    desk.sonarr.uses(origin(us), username, "fake-password" if username else "")

    assert await work(desk, worker(desk, us)) == REGISTERED


@pytest.mark.parametrize("set_up", [False, True])
async def test_an_arr_that_nothing_leads_from_is_a_problem_told(desk: Desk, us: Stand, set_up: bool) -> None:
    if set_up:
        desk.sonarr.uses(origin(us), "somebody", "fake-password")

    registering = worker(desk, us)
    hook = await work(desk, registering)

    assert hook == Hook(HookState.FAILED, NOWHERE)
    assert urls(desk) == []
    insight = WorkersInsight(desk.hands, registering.states)
    assert list(insight.problems()) == [f"sonarr {NOWHERE}"]
    assert insight.hooks() == {"sonarr": hook}


async def test_a_client_that_is_set_up_later_is_found(desk: Desk, us: Stand) -> None:
    registering = worker(desk, us)
    async with at_work(registering.run):
        await desk.clock.pass_by(timedelta())
        desk.sonarr.uses(origin(us), desk.sonarr.url, desk.sonarr.api_key)
        await desk.clock.pass_by(timedelta(minutes=1))

    assert registering.states["sonarr"] == REGISTERED


async def test_what_arrives_elsewhere_is_taken_back_and_a_problem(
    desk: Desk, us: Stand, others: Bench
) -> None:
    hook = await work(desk, worker(desk, us, address=others.origin))

    assert hook == Hook(HookState.FAILED, SILENT)
    assert others.requests
    assert urls(desk) == []


async def test_the_next_place_is_tried_where_the_first_is_not_us(
    desk: Desk, us: Stand, others: Bench
) -> None:
    clients = [a_client(others.origin, desk.sonarr.url), a_client(origin(us), USERNAME)]
    desk.sonarr.fault("GET *downloadclient", status=200, body=clients, times=None)

    assert await work(desk, worker(desk, us)) == REGISTERED

    assert urls(desk) == [f"{origin(us)}/api/arrs/sonarr/events"]
    assert len(others.requests) == 1


async def test_a_webhook_that_was_taken_away_is_back_within_a_day(desk: Desk, us: Stand) -> None:
    registering = worker(desk, us, address=origin(us))
    async with at_work(registering.run):
        await desk.clock.pass_by(timedelta())
        desk.sonarr.herald.webhooks.clear()
        await desk.clock.pass_by(DAY / 2)
        assert urls(desk) == []
        await desk.clock.pass_by(DAY / 2)

    assert urls(desk) == [f"{origin(us)}/api/arrs/sonarr/events"]


async def test_a_webhook_of_another_secret_is_set_right(desk: Desk, us: Stand, tmp_path: Path) -> None:
    await work(desk, worker(desk, us, address=origin(us)))
    (tmp_path / "again").mkdir()
    async with a_stand(tmp_path / "again") as again:
        await work(desk, worker(desk, again, address=origin(again)))

        [webhook] = desk.sonarr.herald.webhooks
        assert webhook.password == again.hooks.secret("sonarr") != us.hooks.secret("sonarr")


async def test_an_arr_that_does_not_answer_is_asked_less_and_less_often(desk: Desk, us: Stand) -> None:
    desk.sonarr.fault("POST *notification", status=500, times=None)
    minutes = [timedelta(minutes=1)] * 60

    hook = await work(desk, worker(desk, us, address=origin(us)), *minutes)

    assert hook.state is HookState.FAILED
    assert "500" in hook.problem
    assert 5 <= desk.sonarr.calls("POST *notification") <= 10


async def test_an_outage_is_told_once_and_its_end_too(desk: Desk, us: Stand) -> None:
    desk.sonarr.fault("POST *notification", status=500, times=3)

    with structlog.testing.capture_logs() as lines:
        hook = await work(desk, worker(desk, us, address=origin(us)), *[timedelta(minutes=5)] * 5)

    assert hook == REGISTERED
    told = [line["event"] for line in lines if line["event"].startswith("webhook_")]
    assert told == ["webhook_not_registered", "webhook_settled"]
    assert us.hooks.secret("sonarr") not in str(lines)


async def test_a_webhook_that_is_not_wanted_any_more_is_taken_away_once(desk: Desk, us: Stand) -> None:
    await work(desk, worker(desk, us, address=origin(us)))
    desk.sonarr.fault("DELETE *", status=500)

    hook = await work(desk, worker(desk, us, wanted=False), timedelta(minutes=1), DAY)

    assert hook == Hook(HookState.OFF)
    assert urls(desk) == []
    assert desk.sonarr.calls("DELETE *") == 2


async def test_an_arr_that_is_not_known_any_more_is_not_asked(desk: Desk, us: Stand) -> None:
    wish = Wish(wanted=True, url="", category="")
    chosen = Hooking(arrs={"nobody": wish}, address="", base="")
    registering = RegisterHooks(desk.hands, desk.pulse, chosen, us.hooks, lambda: "")

    async with at_work(registering.run):
        await desk.clock.pass_by(timedelta())

    assert registering.states == {"nobody": Hook(HookState.PENDING)}
    assert desk.pulse.silent() == []


def a_client(url: str, username: str) -> dict[str, Any]:
    """A download client as Sonarr lists it."""
    host, _, port = url.rpartition("/")[2].partition(":")
    fields = {"host": host, "port": int(port), "username": username, "tvCategory": "tv-sonarr"}
    return {
        "implementation": "QBittorrent",
        "fields": [{"name": name, "value": value} for name, value in fields.items()],
    }


# What the settings say


def test_every_arr_with_an_api_is_to_tell_us_unless_it_is_switched_off() -> None:
    arr = ArrSettings(kind=ArrKind.SONARR, url="http://sonarr:8989")
    settings = Settings(
        server=ServerSettings(address="http://qbitproxy:8282", url_base="/base"),
        arrs={"on": arr, "off": replace(arr, webhook=False), "without": replace(arr, url="")},
    )

    chosen = hooking(settings)

    assert {name: wish.wanted for name, wish in chosen.arrs.items()} == {"on": True, "off": False}
    assert (chosen.address, chosen.base) == ("http://qbitproxy:8282", "/base")


@pytest.mark.parametrize("ending", ["", "/", "/base", "/base/"])
async def test_the_url_base_stands_in_the_address_once(desk: Desk, tmp_path: Path, ending: str) -> None:
    (tmp_path / "us").mkdir()
    settings = usual_settings(tmp_path / "us", server=ServerSettings(url_base="/base"))
    async with a_stand(tmp_path / "us", settings=settings) as us:
        wish = Wish(wanted=True, url=desk.sonarr.url, category="tv-sonarr")
        chosen = Hooking(arrs={"sonarr": wish}, address=f"{origin(us)}{ending}", base="/base")
        registering = RegisterHooks(desk.hands, desk.pulse, chosen, us.hooks, lambda: "")

        assert await work(desk, registering) == REGISTERED
        assert urls(desk) == [f"{origin(us)}/base/api/arrs/sonarr/events"]


def test_who_logs_in_as_itself_goes_before_who_has_our_account() -> None:
    wish = Wish(wanted=True, url="http://sonarr:8989/base", category="tv")
    clients = [
        DownloadClient(url="http://key", username="", category="tv"),
        DownloadClient(url="http://account", username="admin", category="tv"),
        DownloadClient(url="http://itself", username="HTTP://sonarr:8989/base/", category="any"),
        DownloadClient(url="http://account", username="admin", category="tv"),
        DownloadClient(url="http://other-category", username="admin", category="any"),
        DownloadClient(url="http://other-name", username="somebody", category="tv"),
        DownloadClient(url="http://other-arr", username="http://radarr:7878", category="tv"),
    ]

    assert addresses(clients, wish, "admin") == ["http://itself", "http://key", "http://account"]
