"""What differs between the releases that can be imitated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qbitproxy.settings import ProfileName
from qbitproxy.web.qbit.profile import PROFILES
from qbitproxy.web.qbit.routes import READS, WRITES
from tests.web.qbit.face import BUNNY, PERSON, SHOW, a_person_at, an_imitation, make_ready

EVERY = sorted(ProfileName)


@pytest.mark.parametrize(
    ("profile", "version", "web_api"),
    [("4.6", "v4.6.7", "2.9.3"), ("5.1", "v5.1.4", "2.11.4"), ("5.3", "v5.3.0", "2.16.2")],
)
async def test_the_release_is_named_as_it_is(
    tmp_path: Path, profile: ProfileName, version: str, web_api: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        assert (await person.get("app/version")).text == version
        assert (await person.get("app/webapiVersion")).text == web_api


@pytest.mark.parametrize(
    ("profile", "welcome", "refusal"),
    [
        ("4.6", (200, "Ok."), (200, "Fails.")),
        ("5.1", (200, "Ok."), (200, "Fails.")),
        ("5.3", (204, ""), (401, "Unauthorized")),
    ],
)
async def test_a_login_is_answered_as_the_release_does(
    tmp_path: Path, profile: ProfileName, welcome: tuple[int, str], refusal: tuple[int, str]
) -> None:
    async with an_imitation(tmp_path, profile) as face:
        wrong = await face.log_in("admin", "wrong")
        right = await face.log_in(**PERSON)
        inside = await face.get("app/version")

    assert (wrong.status, wrong.text) == refusal
    assert (right.status, right.text) == welcome
    assert inside.status == 200


@pytest.mark.parametrize(
    ("profile", "cookie"),
    [
        ("4.6", r"SID=\w+; HttpOnly; path=/; SameSite=Strict"),
        ("5.1", r"SID=\w+; HttpOnly; SameSite=Strict; path=/"),
        ("5.3", r"QBT_SID_8282=\w+; HttpOnly; SameSite=Lax; path=/; expires=[\w ,:]+ GMT"),
    ],
)
async def test_the_cookie_is_that_of_the_release(tmp_path: Path, profile: ProfileName, cookie: str) -> None:
    async with an_imitation(tmp_path, profile) as face:
        [cookie_line] = (await face.log_in(**PERSON)).cookies
        [ended] = (await face.post("auth/logout")).cookies
        after = await face.get("app/version")

    assert re.fullmatch(cookie, cookie_line), cookie_line
    assert ended.partition("=")[0] == cookie_line.partition("=")[0]
    assert after.status == 403


@pytest.mark.parametrize(
    ("profile", "state"), [("4.6", "pausedUP"), ("5.1", "stoppedUP"), ("5.3", "stoppedUP")]
)
async def test_states_have_the_names_of_the_release_and_filters_know_both(
    tmp_path: Path, profile: ProfileName, state: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.add(BUNNY)
        [torrent] = person.stand.library.listed()
        await make_ready(person.stand.library, torrent)

        assert (await person.row())["state"] == state
        assert len(await person.listed(filter="paused")) == 1
        assert len(await person.listed(filter="stopped")) == 1
        assert len(await person.listed(filter="completed")) == 1
        assert not await person.listed(filter="running")


@pytest.mark.parametrize(("profile", "keys"), [("4.6", 51), ("5.1", 57), ("5.3", 67)])
async def test_a_row_has_as_many_keys_as_in_the_release(
    tmp_path: Path, profile: ProfileName, keys: int
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.add(BUNNY)

        row = await person.row()

    assert len(row) == keys
    assert list(row) == sorted(row)


@pytest.mark.parametrize(
    ("profile", "missing", "unknown"),
    [
        ("4.6", "Bad Request", "Not Found"),
        ("5.1", "Bad Request", "Not Found"),
        ("5.3", "Missing required parameters: hash, name", "Endpoint does not exist"),
    ],
)
async def test_refusals_have_the_words_of_the_release(
    tmp_path: Path, profile: ProfileName, missing: str, unknown: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        lacking = await person.post("torrents/rename")
        no_action = await person.get("torrents/nothing")
        no_scope = await person.get("nothing/nothing")
        no_path = await person.get("torrents/no-thing")

    assert (lacking.status, lacking.text) == (400, missing)
    assert (no_action.status, no_action.text) == (404, unknown)
    assert (no_scope.status, no_scope.text) == (404, "Not Found")
    assert (no_path.status, no_path.text) == (404, "Not Found")


@pytest.mark.parametrize(("profile", "status"), [("4.6", 403), ("5.1", 403), ("5.3", 401)])
async def test_wrong_basic_credentials_are_refused_as_by_the_release(
    tmp_path: Path, profile: ProfileName, status: int
) -> None:
    async with an_imitation(tmp_path, profile) as face:
        answer = await face.ask("GET", "app/version", {"Authorization": "Basic d3Jvbmc6d3Jvbmc="})

    assert answer.status == status


@pytest.mark.parametrize(("profile", "shown"), [("4.6", 1), ("5.1", 1), ("5.3", 0)])
async def test_an_offset_beyond_the_end_is_read_as_by_the_release(
    tmp_path: Path, profile: ProfileName, shown: int
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.add(BUNNY)

        assert len(await person.listed(offset="7")) == shown
        assert len(await person.listed(offset="-7")) == shown


@pytest.mark.parametrize("profile", EVERY)
async def test_what_a_later_release_brought_is_not_there(tmp_path: Path, profile: ProfileName) -> None:
    absent = sorted(PROFILES[profile].absent & (READS.keys() | WRITES.keys()))
    async with a_person_at(tmp_path, profile) as person:
        statuses = {path: (await person.post(path)).status for path in absent}

    assert set(statuses.values()) <= {404}


@pytest.mark.parametrize(
    ("profile", "keys"),
    [("4.6", {"name", "savePath"}), ("5.1", {"name", "savePath"}), ("5.3", None)],
)
async def test_a_category_has_the_keys_of_the_release(
    tmp_path: Path, profile: ProfileName, keys: set[str] | None
) -> None:
    limits = {"inactive_seeding_time_limit", "ratio_limit", "seeding_time_limit"}
    newest = {"name", "savePath", "download_path", "share_limit_action", "share_limits_mode", *limits}
    async with a_person_at(tmp_path, profile) as person:
        await person.post("torrents/createCategory", category="tv")

        row = (await person.get("torrents/categories")).json["tv"]

    assert row.keys() == (keys or newest)
    assert list(row) == sorted(row)


@pytest.mark.parametrize(("profile", "asked"), [("4.6", False), ("5.1", False), ("5.3", True)])
async def test_categories_have_parents_as_by_the_release(
    tmp_path: Path, profile: ProfileName, asked: bool
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.post("torrents/createCategory", category="a/b/c")
        usual = sorted((await person.get("torrents/categories")).json)
        await person.post("app/setPreferences", json='{"use_subcategories": true}')
        await person.add(BUNNY, category="x/y")
        wished = sorted((await person.get("torrents/categories")).json)
        await person.post("torrents/removeCategories", categories="x")
        left = sorted((await person.get("torrents/categories")).json)

    assert left == usual
    assert usual == (["a", "a/b", "a/b/c"] if asked else ["a/b/c"])
    assert wished == [*usual, "x", "x/y"]


@pytest.mark.parametrize(("profile", "asked"), [("4.6", False), ("5.1", False), ("5.3", True)])
async def test_a_category_has_what_lies_in_those_below_it_as_by_the_release(
    tmp_path: Path, profile: ProfileName, asked: bool
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.add(BUNNY, category="tv/anime")
        await person.add(SHOW, category="tvx")
        usual = [row["category"] for row in await person.listed(category="tv")]
        await person.post("app/setPreferences", json='{"use_subcategories": true}')
        wished = [row["category"] for row in await person.listed(category="tv")]

        assert usual == (["tv/anime"] if asked else [])
        assert wished == ["tv/anime"]
        assert await person.listed(category="") == await person.listed(category="tv/an") == []


@pytest.mark.parametrize(("profile", "heir"), [("4.6", ""), ("5.1", ""), ("5.3", "x")])
async def test_torrents_of_a_removed_category_go_where_the_release_puts_them(
    tmp_path: Path, profile: ProfileName, heir: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.post("torrents/createCategory", category="x")
        await person.add(BUNNY, category="x/y")

        await person.post("torrents/removeCategories", categories="x/y")

        assert (await person.row())["category"] == heir


async def test_a_category_is_edited_in_the_words_of_5_3(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        await person.post("torrents/createCategory", category="tv", savePath="shows")
        before = (await person.get("torrents/categories")).json
        kept = await person.post("torrents/editCategory", category="tv")
        unknown = await person.post("torrents/editCategory", category="nope", savePath="x")
        odd = await person.post("torrents/createCategory", category="films", downloadPathEnabled="maybe")
        after = (await person.get("torrents/categories")).json

    assert (kept.status, before) == (200, after)
    assert (unknown.status, unknown.text) == (404, "Category does not exist")
    assert (odd.status, odd.text) == (400, "'downloadPathEnabled' parameter has invalid value")


@pytest.mark.parametrize(
    ("profile", "unset", "kept"),
    [("4.6", {}, {}), ("5.1", {}, {}), ("5.3", {"download_path": None}, {"download_path": "part"})],
)
async def test_a_category_keeps_where_its_unfinished_content_is_said_to_be(
    tmp_path: Path, profile: ProfileName, unset: dict[str, None], kept: dict[str, str]
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.post("torrents/createCategory", category="usual")
        await person.post("torrents/createCategory", category="none", downloadPathEnabled="false")
        path = {"downloadPathEnabled": "true", "downloadPath": "part"}
        await person.post("torrents/createCategory", category="own", **path)
        shown = (await person.get("torrents/categories")).json
        await person.post(
            "torrents/editCategory", category="own", savePath=str(tmp_path / "downloads" / "new")
        )
        edited = (await person.get("torrents/categories")).json["own"]

    assert shown["usual"].items() >= unset.items()
    assert ("download_path" in shown["usual"]) is bool(unset)
    assert (shown["none"]["download_path"], shown["own"]["download_path"]) == (False, "part")
    assert edited.items() >= kept.items()
    assert ("download_path" in edited) is bool(kept)
