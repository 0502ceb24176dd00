"""Setting up, and deciding who comes in, as a person does it in a real Chromium."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import aiohttp
from msgspec.structs import replace

from qbitproxy.clock import SystemClock
from qbitproxy.core.notices import Kind
from qbitproxy.outbox import Delivery, Outbox, State
from qbitproxy.settings import Secret
from qbitproxy.settings.peers import NotificationSettings
from qbitproxy.store import Store
from tests.browser.chromium import ENTER, TAB, a_browser
from tests.browser.test_page_in_browser import a_desk
from tests.daemon.test_callbacks import a_receiver
from tests.stage import PASSWORD, Stage
from tests.support import DEADLINE

FORBIDDEN = "Failed to load resource: the server responded with a status of 403 (Forbidden)"


async def status_of(url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status


async def a_dead_delivery(stage: Stage, url: str) -> None:
    """Something that nobody took, in the database of a daemon that does not run yet."""
    stage.state.mkdir()
    with closing(Store(stage.state / "qbitproxy.db")) as store:
        delivery = Delivery(
            event_id="event-1",
            kind="torrent.failed",
            receiver=url.rpartition("/")[0],
            url=url,
            payload=b'{"id":"event-1"}',
            created=SystemClock().now(),
            state=State.DEAD,
            outcome="given up: answered 500",
        )
        await Outbox(store).put([delivery])


async def test_the_first_visitor_sets_up_with_the_keyboard_and_sees_the_page(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, a_browser(tmp_path) as browser, stage.running():
        await stage.heard("(setup code)")
        await browser.open(f"{stage.url}/")
        assert await browser.address() == f"{stage.url}/setup"
        assert await browser.focus() == "Password"

        await browser.press(f"correct horse{TAB}correct horse{TAB}")
        assert await browser.focus() == "Create the account"
        await browser.press(ENTER)
        await browser.until("document.querySelector('#nothing:not([hidden])')")

        complaints = await browser.complaints()
        await browser.open("about:blank")
    assert complaints == []


async def test_tokens_are_made_shown_once_and_revoked(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        browser, api = desk.browser, f"{desk.base}/api/torrents"
        await desk.log_in()
        await browser.click("nav [href=settings]")
        await browser.until("document.querySelector('#tokens .what')?.textContent == 'None yet.'")

        await browser.write("#token [name=name]", f"my-script{ENTER}")
        await browser.until("document.querySelector('#fresh:not([hidden])')")
        token = await browser.look("document.querySelector('#fresh code').textContent")
        assert await status_of(api, token) == 200
        await browser.open(f"{desk.base}/settings")
        await browser.until("document.querySelector('#tokens small')?.textContent.startsWith('read')")
        assert token not in await browser.look("document.documentElement.innerHTML")

        await browser.click("#tokens button")
        await browser.until("document.querySelector('#tokens .what')?.textContent == 'None yet.'")
        assert await status_of(api, token) == 401


async def test_another_session_is_ended_and_the_own_one_stays(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.log_in()
        async with aiohttp.ClientSession(desk.base, cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
            login = {"username": "admin", "password": PASSWORD}
            await other.post("/login", json=login)
            await desk.browser.open(f"{desk.base}/settings")
            await desk.browser.until("document.querySelectorAll('#sessions li').length == 2")
            await desk.browser.look(
                "[...document.querySelectorAll('#sessions li')]"
                ".find(line => !line.textContent.includes('(you)')).querySelector('button').click()"
            )
            await desk.browser.until("document.querySelectorAll('#sessions li').length == 1")

            async with other.get("/api/torrents") as answer:
                assert answer.status == 401
        assert (
            await desk.browser.look("document.querySelector('#said').textContent") == "The session has ended."
        )


async def test_the_password_is_changed_by_whoever_knows_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path, [FORBIDDEN]) as desk:
        browser = desk.browser
        await desk.log_in()
        await browser.open(f"{desk.base}/settings")

        await browser.write("#password [name=username]", "anna")
        await browser.write("#password [name=current_password]", "wrong")
        await browser.write("#password [name=password]", "correct horse")
        await browser.write("#password [name=confirm_password]", f"correct horse{ENTER}")
        await browser.until(
            "document.querySelector('#said.refusal')?.textContent.includes('current_password')"
        )

        await browser.look("document.querySelector('#password [name=current_password]').value = ''")
        await browser.write("#password [name=current_password]", f"{PASSWORD}{ENTER}")
        await browser.until("document.querySelector('.login')")
        await browser.write("[name=username]", "anna")
        await browser.write("[name=password]", f"correct horse{ENTER}")
        await browser.until("document.querySelector('#nothing:not([hidden])')")


async def test_what_nobody_took_is_sent_again_and_a_notification_is_tried(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, a_receiver() as receiver, a_browser(tmp_path) as browser:
        await a_dead_delivery(stage, receiver.url)
        target = NotificationSettings(
            url=Secret(receiver.url.replace("http:", "json:")), events=(Kind.FAILED,)
        )
        settings = replace(receiver.settings(stage), notifications={"phone": target})
        async with stage.running(settings):
            async with stage.person():
                pass
            await browser.open(f"{stage.url}/login")
            await browser.write("[name=username]", "admin")
            await browser.write("[name=password]", f"{PASSWORD}{ENTER}")
            await browser.until("document.querySelector('#nothing:not([hidden])')")
            await browser.open(f"{stage.url}/settings")

            await browser.until("document.querySelector('#dead small')?.textContent.includes('answered 500')")
            await browser.click("#replay")
            async with asyncio.timeout(DEADLINE):
                assert (await receiver.told.get())["id"] == "event-1"
            await browser.until("!document.querySelector('#dead li')")

            await browser.click("#targets button")
            await browser.until("document.querySelector('#said').textContent == 'The test was taken.'")
            assert not receiver.told.empty()
            assert await browser.complaints() == []
            assert await browser.look("document.documentElement.scrollWidth") <= 1000
            await browser.resize(360, 740)
            assert await browser.look("document.documentElement.scrollWidth") <= 360
            await browser.open("about:blank")
