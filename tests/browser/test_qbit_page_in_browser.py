"""A page made for qBittorrent, as a person has it beside our own."""

from __future__ import annotations

from pathlib import Path

from compat.content import SINTEL
from qbitproxy.settings.sections import QbittorrentSettings
from tests.browser.chromium import a_browser
from tests.web.stand import PASSWORD, USERNAME, a_stand, usual_settings

INDEX = """<!doctype html><meta charset="utf-8"><title>a page</title>
<style>li { color: green }</style><link rel="icon" href="data:,">
<form><input name="username" autocomplete="username">
<input name="password" type="password" autocomplete="current-password"><button>log in</button></form>
<ul></ul><script>document.title = "broken into"</script><script src="app.js"></script>"""

SCRIPT = """
const show = async () => {
  const answer = await fetch("api/v2/torrents/info");
  if (answer.ok) {
    document.querySelector("form").hidden = true;
    document.querySelector("ul").innerHTML = "";
    for (const row of await answer.json()) {
      document.querySelector("ul").append(
        Object.assign(document.createElement("li"), { textContent: `${row.name}: ${row.state}` })
      );
    }
  }
};
document.querySelector("form").onsubmit = async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  await fetch("api/v2/auth/login", { method: "POST", body });
  await fetch("api/v2/torrents/add", { method: "POST", body: new URLSearchParams({ urls: MAGNET }) });
  await show();
};
"""


async def test_a_person_uses_a_page_made_for_qbittorrent(tmp_path: Path) -> None:
    folder = tmp_path / "page" / "public"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "app.js").write_text(f"const MAGNET = {SINTEL.magnet()!r};{SCRIPT}")
    page = QbittorrentSettings(ui_folder=str(folder.parent))
    settings = usual_settings(tmp_path, qbittorrent=page)
    async with a_stand(tmp_path, settings=settings) as stand, a_browser(tmp_path) as browser:
        await browser.open(str(stand.client.make_url("/qbittorrent")))
        await browser.write("[name=username]", USERNAME)
        await browser.write("[name=password]", PASSWORD)
        await browser.click("button")
        await browser.until(f"document.querySelector('li')?.textContent == '{SINTEL.name}: queuedDL'")

        colour = await browser.look("getComputedStyle(document.querySelector('li')).color")
        assert colour == "rgb(0, 128, 0)"
        assert await browser.look("document.title") == "a page"
        complaints = await browser.complaints()
        assert len(complaints) == 1  # the script inside of the page is refused
        assert "Content Security Policy" in complaints[0]
