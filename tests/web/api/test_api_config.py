"""The settings through `/api/config`."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.config_desk import a_desk
from tests.web.stand import ARR_KEY, PROVIDER_KEY, USERNAME, a_stand


async def test_the_settings_are_shown_without_their_secrets(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        status, shown = await desk.ask("GET")

    assert status == 200
    assert shown["providers"]["realdebrid"]["api_key"] == "***"
    assert shown["auth_username"] == USERNAME
    assert PROVIDER_KEY not in str(shown)
    assert ARR_KEY not in str(shown)


async def test_a_patch_is_kept_and_applied(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        status, told = await desk.ask("PATCH", {"log": {"level": "debug"}})

        assert (status, told["status"], told["restart_needed"]) == (200, "success", [])
        assert desk.saved().log.level == "debug"
        assert len(desk.reloads) == 1


async def test_a_post_is_a_patch_as_decypharr_documents_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        status, _ = await desk.ask("POST", {"log": {"level": "warning"}})

        assert status == 200
        assert desk.saved().log.level == "warning"
        assert desk.saved().providers["realdebrid"].api_key.reveal() == PROVIDER_KEY


async def test_what_was_read_can_be_put_back_as_it_is(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        before = desk.saved()
        _, shown = await desk.ask("GET")

        status, _ = await desk.ask("PUT", shown)

        assert status == 200
        assert desk.saved() == before


async def test_a_mistake_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        before = desk.path.read_text()

        for method in ("PATCH", "PUT"):
            status, told = await desk.ask(method, {"log": {"level": "loud"}, "colour": "red"})

            assert (status, told["error"]) == (400, "the settings do not fit")
            assert "log.level" in told["detail"]
            assert "colour" in told["detail"]
        assert desk.path.read_text() == before
        assert desk.reloads == []


async def test_what_only_a_restart_changes_is_said(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        _, told = await desk.ask("PATCH", {"server": {"port": 9999, "host": "127.0.0.1"}})

        assert told["restart_needed"] == ["server.port"]


async def test_a_body_that_is_no_table_is_refused(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        assert (await desk.ask("PATCH", [1, 2]))[0] == 400


async def test_settings_that_are_in_no_file_cannot_be_changed(tmp_path: Path) -> None:
    async with (
        a_stand(tmp_path) as stand,
        stand.client.patch("/api/config", json={}, headers=stand.bearer) as answer,
    ):
        assert answer.status == 409


async def test_nobody_sees_or_changes_them_without_credentials(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        for method in ("GET", "PATCH", "POST", "PUT"):
            async with desk.stand.client.request(method, "/api/config", json={}) as answer:
                assert answer.status == 401


async def test_a_number_is_no_switch_even_where_it_equals_what_is_set(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        status, said = await desk.ask("PATCH", {"fetching": {"uncached": 0}})

    assert status == 400
    assert "fetching.uncached" in said["detail"]
