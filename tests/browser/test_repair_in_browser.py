"""Repair and orphans, as a person sees to them in a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from qbitproxy.core.clock import Clock
from qbitproxy.settings import Secret
from qbitproxy.settings.sections import AccountSettings
from tests.browser.chromium import Browser, a_browser
from tests.daemon.test_references import LaterClock
from tests.stage import PASSWORD, Stage


@asynccontextmanager
async def a_page(folder: Path, clock: Clock | None = None) -> AsyncIterator[tuple[Stage, Browser]]:
    """A library of two releases, and a person before the page about repair."""
    async with Stage(folder) as stage, a_browser(folder) as browser:
        for release in (SHOW, SINTEL):
            stage.realdebrid.knows(release)
        usual = stage.settings()
        settings = replace(
            usual,
            account=AccountSettings(password=Secret(PASSWORD)),
            repair=replace(usual.repair, second_look=timedelta()),
        )
        async with stage.running(settings, clock):
            for release in (SHOW, SINTEL):
                await stage.sonarr.grab(release)
                await stage.imports(release)
            await stage.sonarr.run_until(lambda: not any((stage.downloads / "tv-sonarr").iterdir()))
            await browser.open(f"{stage.url}/login")
            await browser.write("[name=username]", "admin")
            await browser.write("[name=password]", PASSWORD)
            await browser.click(".login button")
            await browser.until("document.querySelector('nav [href=repair]')")
            await browser.click("nav [href=repair]")
            await browser.until("document.querySelectorAll('#look [name=arr] option').length == 2")
            await look(browser)
            await job_is(browser, "done")  # what holds each file is known from then on
            yield stage, browser
            complaints = await browser.complaints()
            await browser.open("about:blank")
        assert complaints == []


async def look(browser: Browser) -> None:
    await browser.click("#look button")


async def job_is(browser: Browser, state: str) -> None:
    """Wait until the latest job is there and in that state."""
    await browser.until(f"document.querySelector('#jobs .what')?.textContent == 'sonarr: {state}'")


async def said_of_job(browser: Browser) -> str:
    return str(await browser.look("document.querySelector('#jobs small').textContent"))


def deed(words: str) -> str:
    return f"[aria-label^='{words} ']"


async def test_what_cannot_be_healed_is_replaced_at_a_click(tmp_path: Path) -> None:
    async with a_page(tmp_path) as (stage, browser):
        stage.realdebrid.deletes(SINTEL.infohash)
        stage.realdebrid.refuses(SINTEL.infohash, at="add")
        [gone] = stage.imported(SINTEL)

        await look(browser)
        await job_is(browser, "waits for your word")
        assert "1 broken" in await said_of_job(browser)
        await browser.click(deed("Show"))
        await browser.until(f"document.querySelector('#found[open] small')?.textContent.includes('{gone}')")
        await browser.click("#found menu button:last-child")
        await browser.click(deed("Replace"))
        await browser.click("#sure [value='']")
        assert gone.is_symlink()

        await browser.click(deed("Replace"))
        await browser.click("#sure [value=yes]")
        await job_is(browser, "done")

        assert not gone.is_symlink()
        assert stage.identical(SHOW)
        await browser.click(deed("Forget"))
        await browser.until("document.querySelectorAll('#jobs li').length == 1")


async def test_a_held_job_says_why_and_goes_on_at_a_click(tmp_path: Path) -> None:
    async with a_page(tmp_path) as (stage, browser):
        half_an_answer = stage.realdebrid.fault("GET /torrents", status=200, body=b"[]", times=None)

        await look(browser)
        await job_is(browser, "held")
        why = await said_of_job(browser)
        half_an_answer.lift()
        await browser.open(f"{stage.url}/")
        await browser.until(
            "document.querySelector('#lacks')?.textContent == 'A repair job of sonarr waits for your word.'"
        )
        await browser.open(f"{stage.url}/repair")
        await job_is(browser, "held")
        await browser.click(deed("Go on"))
        await job_is(browser, "done")

        assert "realdebrid lists nothing any more" in why
        assert stage.identical(SHOW)
        assert stage.identical(SINTEL)


async def test_an_orphan_is_found_by_a_survey_and_removed_at_a_click(tmp_path: Path) -> None:
    async with a_page(tmp_path, LaterClock()) as (stage, browser):
        for file in [file for file in stage.sonarr.shelf.files.values() if SINTEL.name in file.path.parts]:
            stage.sonarr.shelf.delete(file)

        await browser.click("#walk")
        await browser.until(f"document.querySelector('#orphans .what')?.textContent == '{SINTEL.name}'")
        await browser.click("#orphans button")
        await browser.click("#sure [value=yes]")
        await browser.until("document.querySelector('#said').textContent.includes('another survey')")
        await stage.sonarr.run_until(lambda: len(stage.realdebrid.items()) == 1)

        assert stage.identical(SHOW)
