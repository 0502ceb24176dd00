"""Debian's Chromium, driven through the WebDriver protocol that its `chromium-driver` speaks.

Source: w3.org/TR/webdriver2, read 2026-08; the paths with `goog` and `se` are ChromeDriver's own.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

PATIENCE = 60  # seconds: a browser that draws without a graphics card is slow on a busy machine
GLANCE = 1  # seconds that the page is watched before the driver is asked which page it is by now
STARTED = re.compile(rb"started successfully on port (\d+)")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key that marks an element in what the driver answers."""

ENTER, ESCAPE, TAB, SPACE = "\ue007", "\ue00c", "\ue004", " "

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class PageLeft(Exception):
    """A script waited for too long, or on a page that is not there any more."""


class Browser:
    """One window with a profile of its own."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def open(self, url: str) -> None:
        """Go to `url`; return when it is loaded."""
        await self._call("POST", "url", url=url)

    async def address(self) -> str:
        """Where the window is."""
        return str(await self._call("GET", "url"))

    async def look(self, expression: str) -> Any:
        """What a JavaScript expression is on the page."""
        return await self._call("POST", "execute/sync", script=f"return {expression};", args=[])

    async def until(self, expression: str) -> None:
        """Wait until a JavaScript expression holds on the page, whichever page that is by then."""
        script = (
            "const done = arguments[0];"
            f"const look = () => ({expression}) ? done() : requestAnimationFrame(look);"
            "look();"
        )
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(PageLeft):
                    return await self._call("POST", "execute/async", script=script, args=[])

    async def click(self, selector: str) -> None:
        """Click on an element; a page that this leads to is loaded when the next call is made."""
        await self._call("POST", f"element/{await self._find(selector)}/click")

    async def write(self, selector: str, text: str) -> None:
        """Type `text` into a field."""
        await self._call("POST", f"element/{await self._find(selector)}/value", text=text)

    async def press(self, keys: str) -> None:
        """Press and release each of `keys`, wherever the focus is."""
        presses = [{"type": what, "value": key} for key in keys for what in ("keyDown", "keyUp")]
        await self._call("POST", "actions", actions=[{"type": "key", "id": "keys", "actions": presses}])

    async def focus(self) -> str:
        """What a screen reader says of the element that has the focus."""
        element = await self._call("GET", "element/active")
        return str(await self._call("GET", f"element/{element[ELEMENT]}/computedlabel"))

    async def resize(self, width: int, height: int) -> None:
        """Make the page as large as the screen of a telephone, say."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self._devtools("Emulation.setDeviceMetricsOverride", **metrics)

    async def complaints(self) -> list[str]:
        """What the console said since the last call: errors, refusals by the content security policy."""
        entries = await self._call("POST", "se/log", type="browser")
        return [entry["message"] for entry in entries]

    async def _devtools(self, command: str, **parameters: Any) -> None:
        await self._call("POST", "goog/cdp/execute", cmd=command, params=parameters)

    async def _find(self, selector: str) -> str:
        found = await self._call("POST", "element", using="css selector", value=selector)
        return str(found[ELEMENT])

    async def _call(self, method: str, path: str, **body: Any) -> Any:
        sent = body if method == "POST" else None
        async with self._session.request(method, f"{self._url}/{path}", json=sent) as answer:
            value = (await answer.json())["value"]
            if not answer.ok and ("script timeout" in value["error"] or "unloaded" in value["message"]):
                raise PageLeft(value["message"])
            assert answer.ok, f"{path}: {value['message']}"
            return value


@asynccontextmanager
async def a_browser(folder: Path) -> AsyncIterator[Browser]:
    """A fresh Chromium. Where none is installed the test is skipped, but fails in CI."""
    program = shutil.which("chromedriver")
    if program is None:
        reason = "needs Debian's packages chromium, chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    driver = await asyncio.create_subprocess_exec(program, "--port=0", stdout=asyncio.subprocess.PIPE)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2 * PATIENCE)) as session:
            url = f"http://127.0.0.1:{await _port(driver)}/session"
            async with session.post(url, json={"capabilities": {"alwaysMatch": _wishes(folder)}}) as answer:
                value = (await answer.json())["value"]
                assert answer.ok, value["message"]
            window = f"{url}/{value['sessionId']}"
            try:
                yield Browser(session, window)
            finally:
                async with session.delete(window):
                    pass
    finally:
        driver.terminate()
        await driver.communicate()


async def _port(driver: asyncio.subprocess.Process) -> int:
    assert driver.stdout is not None
    async with asyncio.timeout(PATIENCE):
        async for line in driver.stdout:
            if started := STARTED.search(line):
                return int(started[1])
    raise AssertionError("chromedriver ended at once")


def _wishes(folder: Path) -> dict[str, Any]:
    return {
        "goog:chromeOptions": {"args": [*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"]},
        "goog:loggingPrefs": {"browser": "ALL"},
        "timeouts": {"script": GLANCE * 1000, "pageLoad": PATIENCE * 1000},
    }
