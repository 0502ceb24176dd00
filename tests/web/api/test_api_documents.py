"""What `/api` says of itself: the router, the specification and the page about it agree."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from qbitproxy.settings.sections import ServerSettings
from qbitproxy.web.api.doc_routes import PAGE, PAGE_ROUTES
from qbitproxy.web.api.openapi import document, table
from qbitproxy.web.api.table import ROUTES
from tests.web.stand import Stand, a_stand, usual_settings

PAGE_ABOUT_IT = Path(__file__).parents[3] / "docs" / "api.md"
NOT_FOR_SCRIPTS = {"/", "/login", "/logout", "/static", "/api/v2/{action}", "/repair", "/settings", "/setup"}
PUBLISHED = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}
"""The SHA-256 of what npm's swagger-ui-dist 5.35.0 holds."""


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


def served(app: web.Application) -> set[str]:
    """Method and path of everything the router answers."""
    return {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


async def test_router_serves_what_is_declared_and_nothing_else(stand: Stand) -> None:
    declared = {f"{r.method} {path}" for r in (*ROUTES, *PAGE_ROUTES) for path in (r.path, *r.also)}

    found = {name for name in served(stand.client.app) if name.split()[1] not in NOT_FOR_SCRIPTS}

    assert found == declared


def test_page_about_it_holds_the_table_of_the_routes() -> None:
    assert table(ROUTES) in PAGE_ABOUT_IT.read_text(), "see: qbitproxy openapi --table"


async def test_specification_holds_every_route_once(stand: Stand) -> None:
    answer = await stand.client.get("/api/openapi.json", headers=stand.bearer)

    said = await answer.json()
    operations = {f"{verb.upper()} {path}" for path, verbs in said["paths"].items() for verb in verbs}
    ids = [operation["operationId"] for verbs in said["paths"].values() for operation in verbs.values()]
    assert said["openapi"] == "3.1.0"
    assert operations == {route.name for route in ROUTES}
    assert len(set(ids)) == len(ids)


async def test_every_reference_of_the_specification_leads_somewhere() -> None:
    said = document(ROUTES, "1")

    missing = set(references(said)) - {
        f"#/components/schemas/{name}" for name in said["components"]["schemas"]
    }

    assert missing == set()


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [each for part in value.values() for each in references(part)]
    return [each for part in value for each in references(part)] if isinstance(value, list) else []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_every_route_refuses_unknown_parameters(stand: Stand, route: Any) -> None:
    path = route.path.replace("{id}", "1").replace("{", "").replace("}", "")
    headers = stand.bearer
    if route.scope == "arr":
        path, headers = route.path.format(name="sonarr"), stand.of_arr()

    answer = await stand.client.request(route.method, f"{path}?colour=red", headers=headers)

    said = await answer.json()
    assert answer.status == 400
    assert "`colour`" in said["detail"]


async def test_specification_is_closed_like_everything_else(stand: Stand) -> None:
    assert (await stand.client.get("/api/openapi.json")).status == 401
    assert (await stand.client.get("/api/docs/start.js")).status == 401
    page = await stand.client.get("/api/docs", allow_redirects=False)
    assert (page.status, page.headers["Location"]) == (303, "/login")


async def test_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path, server=ServerSettings(url_base="/qbp"))
    async with a_stand(tmp_path, settings=settings) as stand:
        page = await stand.client.get("/qbp/api/docs", headers=stand.bearer)
        text = await page.text()

        assert "://" not in text
        for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
            assert f'"docs/{name}"' in text
            answer = await stand.client.get(f"/qbp/api/docs/{name}", headers=stand.bearer)
            assert answer.status == 200
            assert answer.content_type.split("/")[1] in ("css", "javascript")
        told = await (await stand.client.get("/qbp/api/openapi.json", headers=stand.bearer)).json()
        assert told["servers"] == [{"url": "/qbp"}]


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "LICENSE", "..%2Fwire.py"])
async def test_page_has_no_other_parts(stand: Stand, name: str) -> None:
    answer = await stand.client.get(f"/api/docs/{name}", headers=stand.bearer)

    assert answer.status == 404


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_others_wrote_is_as_they_published_it(name: str) -> None:
    assert hashlib.sha256((PAGE / name).read_bytes()).hexdigest() == PUBLISHED[name]


@pytest.mark.parametrize(
    "path", ["/api/torrents", "/api/nothing", "/api/torrents?limit=x", "/version", "/login"]
)
async def test_every_answer_names_its_request(stand: Stand, path: str) -> None:
    first, second = [await stand.client.get(path, headers=stand.bearer) for _ in range(2)]

    assert len(first.headers["X-Request-ID"]) == 16
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


async def test_answer_that_goes_on_and_on_names_its_request(stand: Stand) -> None:
    async with stand.client.get("/api/events", headers=stand.bearer) as answer:
        assert len(answer.headers["X-Request-ID"]) == 16


def test_command_prints_the_specification(capsys: pytest.CaptureFixture[str]) -> None:
    from qbitproxy.__main__ import main

    assert main(["openapi"]) == 0
    assert msgspec.json.decode(capsys.readouterr().out)["openapi"] == "3.1.0"
    assert main(["openapi", "--table"]) == 0
    assert capsys.readouterr().out.strip() == table(ROUTES)
