"""The page for people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from qbitproxy.web.ui.rendering import page
from tests.web.stand import PASSWORD, RULES, USERNAME, Stand, a_stand

UI = Path(__file__).parents[3] / "qbitproxy" / "web" / "ui"


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


async def test_stranger_is_sent_to_the_login(stand: Stand) -> None:
    answer = await stand.client.get("/", allow_redirects=False)

    assert answer.status == 303
    assert answer.headers["Location"] == "/login"


async def test_form_logs_a_person_in(stand: Stand) -> None:
    form = await stand.client.get("/login")
    assert '<form method="post" action="login"' in await form.text()

    answer = await stand.client.post("/login", data={"username": USERNAME, "password": PASSWORD})

    assert answer.url.path == "/"
    assert 'id="torrents"' in await answer.text()


async def test_person_who_is_logged_in_is_not_asked_again(stand: Stand) -> None:
    await stand.log_in()

    answer = await stand.client.get("/login", allow_redirects=False)

    assert answer.status == 303
    assert answer.headers["Location"] == "/"


async def test_wrong_password_shows_the_form_again(stand: Stand) -> None:
    answer = await stand.client.post("/login", data={"username": USERNAME, "password": "wrong-fake"})

    assert answer.status == 401
    text = await answer.text()
    assert "Wrong user name or password." in text
    assert f'value="{USERNAME}"' in text
    assert "wrong-fake" not in text


async def test_banned_person_is_told_how_long_to_wait(stand: Stand) -> None:
    for _ in range(RULES.failures):
        await stand.client.post("/login", data={"username": USERNAME, "password": "wrong"})

    answer = await stand.client.post("/login", data={"username": USERNAME, "password": PASSWORD})

    assert answer.status == 429
    assert "Try again in 10 min." in await answer.text()


@pytest.mark.parametrize("form", [{}, {"username": "x"}, {"username": "x", "password": "y", "more": "z"}])
async def test_odd_form_is_refused(stand: Stand, form: dict[str, str]) -> None:
    answer = await stand.client.post("/login", data=form)

    assert answer.status == 400
    assert "Traceback" not in await answer.text()


async def test_logout_leads_back_to_the_login(stand: Stand) -> None:
    await stand.log_in()

    answer = await stand.client.post("/logout")

    assert answer.url.path == "/login"
    assert (await stand.client.get("/", allow_redirects=False)).status == 303


@pytest.mark.parametrize("name", ["front.js", "settings.js", "style.css", "icon.svg"])
async def test_what_the_login_needs_is_public(stand: Stand, name: str) -> None:
    answer = await stand.client.get(f"/static/{name}")

    assert answer.status == 200
    assert (await answer.read()) == (UI / "static" / name).read_bytes()


@pytest.mark.parametrize(
    "path", ["/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py", "/static/"]
)
async def test_static_folder_has_no_way_out(stand: Stand, path: str) -> None:
    url = URL(str(stand.client.make_url("/")).rstrip("/") + path, encoded=True)

    answer = await stand.client.session.get(url, allow_redirects=False)

    assert answer.status in (303, 403, 404)


def test_page_needs_nothing_from_elsewhere() -> None:
    for file in [*UI.glob("templates/*"), *UI.glob("static/*")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|\bsrc=\"//|@import", text), file


def test_page_fits_its_content_security_policy() -> None:
    for file in UI.glob("templates/*"):
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=", file.read_text()), file


@pytest.mark.parametrize(
    ("path", "script"),
    [
        ("front.html", "front.js"),
        ("repair.html", "repair.js"),
        ("repair.html", "orphans.js"),
        ("settings.html", "settings.js"),
    ],
)
def test_every_name_a_script_looks_up_is_on_its_page(path: str, script: str) -> None:
    shown = str(page(path, user="admin", version="1").text)
    code = (UI / "static" / script).read_text()

    wanted = re.findall(r'(?:byId|show)\("([a-z-]+)"', code)
    if script == "front.js":
        wanted += ["torrents", "torrent", "search", "removal"]
    classes = re.findall(r'part\("\.([a-z]+)"\)', code)

    assert wanted
    assert not [name for name in wanted if f'id="{name}"' not in shown]
    assert not [name for name in classes if not re.search(rf'class="{name}"', shown)]
