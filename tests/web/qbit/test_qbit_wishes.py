"""What clients say of torrents that changes nothing but what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbitproxy.settings import ProfileName
from tests.web.qbit.face import BUNNY, SHOW, Face, a_person_at


@pytest.mark.parametrize(("profile", "status"), [("4.6", 404), ("5.1", 200), ("5.3", 204)])
async def test_tags_are_replaced_from_5_1_on(tmp_path: Path, profile: ProfileName, status: int) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.add(BUNNY, tags="old,both")

        answer = await person.post("torrents/setTags", hashes=BUNNY.infohash, tags="both, new,new,")

        expected = "old, both" if status == 404 else "both, new"
        assert (answer.status, (await person.row())["tags"]) == (status, expected)


async def test_setting_no_tags_takes_all_of_them_off_and_an_unknown_torrent_makes_none(
    tmp_path: Path,
) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_1) as person:
        await person.add(BUNNY, tags="a")
        await person.post("torrents/setTags", hashes="f" * 40, tags="never")
        await person.post("torrents/setTags", hashes="all", tags="")

        assert (await person.row())["tags"] == ""
        assert (await person.get("torrents/tags")).json == ["a"]
        assert (await person.post("torrents/setTags", hashes="all")).status == 400


async def test_a_comment_stands_in_the_place_of_that_of_the_file(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        await person.upload(BUNNY)

        answer = await person.post("torrents/setComment", hashes=BUNNY.infohash, comment="hello")

        assert (answer.status, answer.text) == (204, "")
        assert (await person.row())["comment"] == "hello"
        assert (await person.get("torrents/properties", hash=BUNNY.infohash)).json["comment"] == "hello"
        assert (await person.post("torrents/setComment", hashes="all")).status == 400


async def test_super_seeding_is_shown_as_it_was_set(person: Face) -> None:
    await person.add(BUNNY)

    await person.post("torrents/setSuperSeeding", hashes="all", value="true")
    assert (await person.row())["super_seeding"] is True
    await person.post("torrents/setSuperSeeding", hashes="all", value="1")
    assert (await person.row())["super_seeding"] is False


@pytest.mark.parametrize("path", ["setSuperSeeding", "setForceStart"])
async def test_a_flag_without_its_value_is_400(person: Face, path: str) -> None:
    await person.add(BUNNY)

    answer = await person.post(f"torrents/{path}", hashes=BUNNY.infohash)

    assert (answer.status, answer.text) == (400, "Bad Request")


async def test_what_a_met_limit_leads_to_is_shown_as_it_was_set(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        await person.add(BUNNY, shareLimitAction="Remove", shareLimitsMode="MatchAll")
        await person.add(SHOW, shareLimitAction="Explode")

        async def shown(release: str) -> tuple[str, str, float]:
            row = await person.row(hashes=release)
            return row["share_limit_action"], row["share_limits_mode"], row["ratio_limit"]

        assert await shown(BUNNY.infohash) == ("Remove", "MatchAll", -2)
        assert await shown(SHOW.infohash) == ("Default", "Default", -2)
        limits = {"ratioLimit": "123456", "seedingTimeLimit": "-9", "shareLimitAction": "Stop"}
        await person.post("torrents/setShareLimits", hashes=BUNNY.infohash, **limits)
        assert await shown(BUNNY.infohash) == ("Stop", "Default", 123456)
