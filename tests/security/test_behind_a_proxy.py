"""Below a path, behind a reverse proxy that ends TLS."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import Struct
from yarl import URL

from qbitproxy.settings.sections import ServerSettings
from tests.web.stand import PASSWORD, RULES, USERNAME, Stand, a_stand, usual_settings

PUBLIC = "media.example"
HOPS = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"})
"""Headers that concern one connection. Source: RFC 9110, 7.6.1."""


class Proxied(Struct):
    """An installation that clients know as https://media.example/qbp/."""

    stand: Stand
    proxy: URL
    client: aiohttp.ClientSession
    seen: list[str]  # every path that the proxy was asked for

    async def ask(self, method: str, path: str, *, client: str = "192.0.2.7", **sent: object) -> Answer:
        """What a client at the address `client` gets."""
        headers = {"Host": PUBLIC, "X-Test-Client": client, **(sent.pop("headers", None) or {})}  # type: ignore[dict-item]
        async with self.client.request(
            method,
            self.proxy.with_path(path, encoded=True),
            headers=headers,
            allow_redirects=False,
            **sent,  # type: ignore[arg-type]
        ) as answer:
            return Answer(answer.status, dict(answer.headers), answer.cookies, await answer.text())


class Answer(Struct):
    status: int
    headers: dict[str, str]
    cookies: object
    text: str


@asynccontextmanager
async def a_proxy(inside: URL, seen: list[str]) -> AsyncIterator[URL]:
    """A proxy as the manuals of nginx and Caddy write it: everything is passed on as it came."""

    async def pass_on(request: web.Request) -> web.Response:
        seen.append(request.path)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOPS}
        headers["X-Forwarded-For"] = headers.pop("X-Test-Client", "192.0.2.7")
        headers["X-Forwarded-Proto"], headers["X-Forwarded-Host"] = "https", request.host
        async with session.request(
            request.method,
            inside.join(URL(request.raw_path, encoded=True)),
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            response = web.Response(status=answer.status, body=await answer.read())
            for name, value in answer.headers.items():
                if name.lower() not in HOPS:
                    response.headers.add(name, value)
            return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    async with (
        aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
        TestServer(app) as server,
    ):
        yield server.make_url("/")


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Proxied]:
    server = ServerSettings(url_base="/qbp", trusted_proxies=(ip_network("127.0.0.0/8"),), names=(PUBLIC,))
    seen: list[str] = []
    async with (
        a_stand(tmp_path, settings=usual_settings(tmp_path, server=server)) as stand,
        a_proxy(stand.client.make_url("/"), seen) as proxy,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client,
    ):
        yield Proxied(stand, proxy, client, seen)


async def log_in(proxied: Proxied) -> Answer:
    form = {"username": USERNAME, "password": PASSWORD}
    own = {"Origin": f"https://{PUBLIC}", "Sec-Fetch-Site": "same-origin"}
    return await proxied.ask("POST", "/qbp/login", data=form, headers=own)


def cookie_of(answer: Answer) -> dict[str, str]:
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/qbp", "/qbp/login"),
        ("/qbp/", "/qbp/login"),
        ("/qbp/settings", "/qbp/login"),
        ("/qbp/setup", "/qbp/"),
    ],
)
async def test_redirects_stay_below_the_path(proxied: Proxied, path: str, leads_to: str) -> None:
    answer = await proxied.ask("GET", path)

    assert answer.status == 303
    assert answer.headers["Location"] == leads_to


async def test_the_cookie_is_for_that_path_over_tls_alone(proxied: Proxied) -> None:
    answer = await log_in(proxied)

    assert answer.status == 303
    assert answer.headers["Location"] == "/qbp/"
    flags = {flag.strip().lower() for flag in answer.headers["Set-Cookie"].split(";")[1:]}
    assert {"path=/qbp", "secure", "httponly", "samesite=lax"} <= flags


@pytest.mark.parametrize("page", ["/qbp/", "/qbp/repair", "/qbp/settings", "/qbp/login"])
async def test_every_link_of_a_page_leads_to_something(proxied: Proxied, page: str) -> None:
    cookie = cookie_of(await log_in(proxied))
    answer = await proxied.ask("GET", page, headers={} if page == "/qbp/login" else cookie)
    links = re.findall(r'(?:href|src|action)="([^"]+)"', answer.text)

    statuses = {}
    for link in {urljoin(page, link) for link in links}:
        method = "POST" if link.endswith(("/login", "/logout")) else "GET"
        statuses[link] = (await proxied.ask(method, link, headers=cookie)).status

    assert links
    assert all(link.startswith("/qbp/") for link in statuses)
    assert {link for link, status in statuses.items() if status not in (200, 303, 400, 415)} == set()


async def test_scripts_of_a_page_ask_below_the_path(proxied: Proxied) -> None:
    for script in ("front.js", "settings.js"):
        text = (await proxied.ask("GET", f"/qbp/static/{script}")).text

        assert re.findall(r'(?:fetch|EventSource|assign)\(["`]/', text) == []


async def test_a_session_of_the_page_works_through_the_proxy(proxied: Proxied) -> None:
    cookie = cookie_of(await log_in(proxied))

    listed = await proxied.ask("GET", "/qbp/api/torrents", headers=cookie)
    own = await proxied.ask(
        "POST", "/qbp/api/refresh-token", headers=cookie | {"Origin": f"https://{PUBLIC}"}
    )
    foreign = await proxied.ask(
        "POST", "/qbp/api/refresh-token", headers=cookie | {"Origin": "https://evil.example"}
    )

    assert [listed.status, own.status, foreign.status] == [200, 200, 403]


async def test_the_qbittorrent_web_api_is_below_the_path_too(proxied: Proxied) -> None:
    form = {"username": "http://sonarr.example:8989", "password": "fake-arr-key"}

    answer = await proxied.ask("POST", "/qbp/api/v2/auth/login", data=form)

    assert answer.text == "Ok."
    assert "secure" in answer.headers["Set-Cookie"].lower()


async def test_a_guesser_is_banned_and_the_proxy_is_not(proxied: Proxied) -> None:
    for _ in range(RULES.failures):
        form = {"username": USERNAME, "password": "wrong"}
        assert (await proxied.ask("POST", "/qbp/login", data=form, client="198.51.100.9")).status == 401

    form = {"username": USERNAME, "password": PASSWORD}
    guesser = await proxied.ask("POST", "/qbp/login", data=form, client="198.51.100.9")
    another = await proxied.ask("POST", "/qbp/login", data=form, client="192.0.2.7")

    assert [guesser.status, another.status] == [429, 303]


async def test_a_client_cannot_choose_its_address_by_a_header_of_its_own(proxied: Proxied) -> None:
    for number in range(RULES.failures):
        form = {"username": USERNAME, "password": "wrong"}
        forged = {"X-Real-IP": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        await proxied.ask("POST", "/qbp/login", data=form, headers=forged)

    assert proxied.stand.accounts.attempts.banned("192.0.2.7")


async def test_sessions_say_where_they_come_from(proxied: Proxied) -> None:
    cookie = cookie_of(await log_in(proxied))

    answer = await proxied.ask("GET", "/qbp/api/sessions", headers=cookie)

    assert '"address":"192.0.2.7"' in answer.text
    assert '"current":true' in answer.text
