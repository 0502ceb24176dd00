"""The page about the API as a person has it: read and tried in a real Chromium, offline, under our CSP."""

from __future__ import annotations

from pathlib import Path

from qbitproxy.web.api.table import ROUTES
from tests.browser.test_page_in_browser import a_desk

SHOWN = "document.querySelectorAll('.opblock').length"
STATUS = "#operations-status-get_api_status"


async def test_every_route_is_shown_and_can_be_tried_with_the_session(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.log_in()

        await desk.browser.open(f"{desk.base}/api/docs")
        await desk.browser.until(f"{SHOWN} == {len(ROUTES)}")
        await desk.browser.click(f"{STATUS} .opblock-summary-control")
        await desk.browser.until(f"document.querySelector('{STATUS} .execute')")
        await desk.browser.click(f"{STATUS} .execute")

        await desk.browser.until(
            f"document.querySelector('{STATUS} .live-responses-table tbody .response-col_status')"
            "?.textContent.startsWith('200')"
        )


async def test_whoever_has_not_logged_in_is_led_there(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.browser.open(f"{desk.base}/api/docs")

        assert await desk.browser.address() == f"{desk.base}/login"
