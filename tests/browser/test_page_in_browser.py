"""The page as a person has it: a real Chromium on the real daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from compat.content import SHOW, SINTEL, Release
from qbitproxy.settings import Secret
from qbitproxy.settings.sections import AccountSettings
from tests.browser.chromium import ENTER, ESCAPE, SPACE, TAB, Browser, a_browser
from tests.stage import PASSWORD, Stage

LONG = Release("A.Very.Long.Title." + "Without.A.Single.Space." * 6 + "mkv", {"e1.mkv": 300_000})
UNAUTHORIZED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
"""What Chromium says of a page that comes with a refusal."""


class Desk(Struct):
    """A person before the page: the window, whatever is behind it, the password."""

    stage: Stage
    browser: Browser
    base: str
    password: str

    async def log_in(self) -> None:
        await self.browser.open(f"{self.base}/")
        await self.browser.write("[name=username]", "admin")
        await self.browser.write("[name=password]", self.password)
        await self.browser.click(".login button")
        await self.browser.until("document.querySelector('#nothing:not([hidden])')")

    async def grab(self, *releases: Release) -> None:
        """Let Sonarr send releases, wait until each has its card."""
        for release in releases:
            self.stage.realdebrid.knows(release, cached=False)
            await self.stage.sonarr.grab(release)
            await self.browser.until(f"document.querySelector('h2')?.textContent == '{release.name}'")

    async def cards(self) -> list[str]:
        """The names on the page, from its top."""
        names: list[str] = await self.browser.look(
            "[...document.querySelectorAll('.torrent h2')].map(name => name.textContent)"
        )
        return names


@asynccontextmanager
async def a_desk(folder: Path, grumbles: Sequence[str] = (), **server: Any) -> AsyncIterator[Desk]:
    """A daemon whose Real-Debrid moves when it is told, a browser whose console says only `grumbles`."""
    async with Stage(folder, progression="manual") as stage, a_browser(folder) as browser:
        usual = stage.settings()
        slow = replace(usual.providers["realdebrid"], uncached=True)
        settings = replace(usual, providers={"realdebrid": slow}, server=replace(usual.server, **server))
        account = AccountSettings(password=Secret(PASSWORD))
        async with stage.running(replace(settings, account=account)):
            desk = Desk(stage, browser, f"{stage.url}{settings.server.url_base}", PASSWORD)
            stage.sonarr.uses(desk.base, stage.sonarr.url, stage.sonarr.api_key)
            yield desk
            complaints = await browser.complaints()
            await browser.open("about:blank")  # a stream cut off by the end of the daemon is no complaint
        assert [said for said in complaints if not said.endswith(tuple(grumbles))] == []


@pytest.mark.parametrize("url_base", ["", "/behind/proxy"])
async def test_a_torrent_appears_and_moves_until_it_is_ready_without_a_reload(
    tmp_path: Path, url_base: str
) -> None:
    async with a_desk(tmp_path, url_base=url_base) as desk:
        browser, realdebrid = desk.browser, desk.stage.realdebrid
        await desk.log_in()
        await browser.look("window.loaded = 'once'")

        await desk.grab(SINTEL)
        await browser.until("document.querySelector('.fetching .where')?.textContent == 'realdebrid'")
        shares = []
        for percent in (37, 80):
            realdebrid.advance(SINTEL.infohash, "downloading", progress=percent, seeders=4)
            await browser.until(f"document.querySelector('progress')?.value > {percent / 100 - 0.02}")
            shares.append(await browser.look("document.querySelector('.share').textContent"))
        realdebrid.advance(SINTEL.infohash, "downloaded")
        await browser.until("document.querySelector('.ready .phase')?.textContent == 'Ready'")

        assert shares == ["36 %", "79 %"]
        assert "1 torrent · 1 ready" in await browser.look("document.querySelector('#said').textContent")
        await desk.stage.imports(SINTEL)
        await browser.until("document.querySelector('#nothing:not([hidden])')")
        assert await browser.look("window.loaded") == "once"
        assert await browser.address() == f"{desk.base}/"


async def test_a_wrong_password_is_said_clearly_and_can_be_put_right(tmp_path: Path) -> None:
    async with a_desk(tmp_path, [UNAUTHORIZED]) as desk:
        await desk.browser.open(f"{desk.base}/")
        await desk.browser.write("[name=username]", "admin")
        await desk.browser.write("[name=password]", f"wrong{ENTER}")
        await desk.browser.until("document.querySelector('[role=alert]')")

        said = await desk.browser.look("document.querySelector('[role=alert]').textContent.trim()")
        assert said == "Wrong user name or password."
        assert await desk.browser.focus() == "Password"
        await desk.browser.press(desk.password + ENTER)
        await desk.browser.until("document.querySelector('#nothing:not([hidden])')")


async def test_everything_can_be_done_with_the_keyboard(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        browser = desk.browser
        await browser.open(f"{desk.base}/")
        await browser.press(f"admin{TAB}{desk.password}{TAB}")
        assert await browser.focus() == "Log in"
        await browser.press(ENTER)
        await desk.grab(SINTEL, SHOW)

        stops = []
        for _ in range(6):
            await browser.press(TAB)
            stops.append(await browser.focus())
        pages, deletions = stops[:4], stops[4:]
        assert pages == ["Torrents", "Repair", "Settings", "Log out"]
        assert deletions == [f"Delete {SHOW.name}", f"Delete {SINTEL.name}"]

        await browser.press(ENTER)
        assert await browser.focus() == "Also remove it from the debrid account"
        await browser.press(ESCAPE)
        assert await browser.focus() == f"Delete {SINTEL.name}"
        assert len(await desk.cards()) == 2

        await browser.press(f"{ENTER}{SPACE}{TAB}{TAB}")
        assert await browser.focus() == "Delete"
        await browser.press(ENTER)
        await browser.until("document.querySelectorAll('.torrent').length == 1")
        assert await desk.cards() == [SHOW.name]
        assert await browser.focus() == f"Delete {SHOW.name}"


async def test_a_question_that_is_asked_again_at_once_is_still_heard(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.log_in()
        await desk.grab(SINTEL)
        twice = "const ask = document.querySelector('.remove'); ask.click(); removal.close(); ask.click();"

        await desk.browser.look(f"(() => {{ {twice} }})()")
        await desk.browser.click("#removal .danger")

        await desk.browser.until("document.querySelector('#nothing:not([hidden])')")


async def test_nothing_has_to_be_scrolled_sideways_on_a_narrow_screen(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        browser = desk.browser
        await browser.resize(360, 740)
        await browser.open(f"{desk.base}/")
        widths = [await browser.look("document.documentElement.scrollWidth")]
        await desk.log_in()
        await desk.grab(LONG, SINTEL)
        await browser.until("document.querySelectorAll('.fetching').length == 2")
        desk.stage.realdebrid.advance(LONG.infohash, "downloading", progress=50, seeders=4)
        await browser.until("document.querySelector('.torrent .share:not(:empty)')")
        widths.append(await browser.look("document.documentElement.scrollWidth"))
        await browser.click(".torrent:last-child .remove")
        widths += await browser.look("[document.documentElement.scrollWidth, removal.scrollWidth]")
        for page in ("repair", "settings"):
            await browser.open(f"{desk.base}/{page}")
            widths.append(await browser.look("document.documentElement.scrollWidth"))

        assert max(widths) <= 360


async def test_search_narrows_a_long_list(tmp_path: Path) -> None:
    releases = [Release(f"Show.S0{n}E01.1080p", {"e1.mkv": 300_000}, seed=n) for n in range(1, 8)]
    async with a_desk(tmp_path) as desk:
        await desk.log_in()
        await desk.grab(*releases)

        assert await desk.cards() == [release.name for release in reversed(releases)]
        await desk.browser.write("#search", "s03")
        shown = "[...document.querySelectorAll('.torrent:not([hidden]) h2')].map(name => name.textContent)"
        assert await desk.browser.look(shown) == [releases[2].name]
