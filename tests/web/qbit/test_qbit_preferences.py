"""What clients set, what comes of it, what they may not set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbitproxy.settings import ProfileName, Settings
from qbitproxy.web.qbit.preference_keys import DEFAULTS
from qbitproxy.web.qbit.preferences import is_decided, settled
from tests.web.qbit.face import BUNNY, PERSON, SHOW, Answer, Face, a_face, make_ready
from tests.web.qbit.test_qbit_profiles import a_person_at
from tests.web.stand import USERNAME, Stand, a_stand

SPECIAL = {"save_path", "temp_path", "torrent_content_layout", "max_ratio", "queueing_enabled"}


async def prefer(face: Face, **wishes: Any) -> Answer:
    return await face.post("app/setPreferences", json=msgspec.json.encode(wishes).decode())


async def known(face: Face, *names: str) -> dict[str, Any]:
    preferences: dict[str, Any] = (await face.get("app/preferences")).json
    return {name: preferences[name] for name in names} if names else preferences


def another(value: Any) -> Any:
    """A value of the same type that is another one."""
    match value:
        case bool():
            return not value
        case int():
            return 7
        case str():
            return "something"
    return {"/somewhere": 1}


@pytest.mark.parametrize(("profile", "keys"), [("4.6", 202), ("5.1", 221), ("5.3", 241)])
async def test_preferences_have_the_keys_of_the_release(
    tmp_path: Path, profile: ProfileName, keys: int
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        preferences = await known(person)

    assert len(preferences) == keys
    assert preferences["file_pool_size"] == (5000 if profile == "4.6" else 100)
    assert list(preferences) == sorted(preferences)
    assert ("start_paused_enabled" in preferences) is (profile == "4.6")
    assert ("add_stopped_enabled" in preferences) is (profile != "4.6")


async def test_every_preference_without_another_say_reads_back_as_it_was_set(person: Face) -> None:
    before = await known(person)
    wishes = {key: another(value) for key, value in before.items()}

    assert (await prefer(person, **{k: v for k, v in wishes.items() if k != "web_ui_username"})).status == 200

    after = await known(person)
    free = {k for k in before if not is_decided(k) and k not in SPECIAL and not k.startswith("max_")}
    limits = {"dl_limit", "up_limit", "alt_dl_limit", "alt_up_limit"}
    assert len(free) > 100
    assert {k: after[k] for k in free - limits} == {k: wishes[k] for k in free - limits}
    assert {after[k] for k in limits} == {0}  # 7 bytes per second are no whole KiB
    assert {k: after[k] for k in before if is_decided(k)} == {k: before[k] for k in before if is_decided(k)}


@pytest.mark.parametrize(
    "wish",
    [
        {"bypass_local_auth": True},
        {"bypass_auth_subnet_whitelist_enabled": True, "bypass_auth_subnet_whitelist": "0.0.0.0/0"},
        {"web_ui_csrf_protection_enabled": False},
        {"web_ui_clickjacking_protection_enabled": False},
        {"web_ui_host_header_validation_enabled": False, "web_ui_domain_list": "*"},
        {"web_ui_port": 1, "web_ui_address": "0.0.0.0", "listen_port": 1, "upnp": True},  # noqa: S104
        {"use_https": True, "web_ui_https_cert_path": "/etc/passwd"},
        {"web_ui_max_auth_fail_count": 0, "web_ui_ban_duration": 1, "web_ui_session_timeout": 0},
        {"web_ui_secure_cookie_enabled": False, "web_ui_custom_http_headers": "X: y"},
        {"web_ui_reverse_proxy_enabled": True, "web_ui_reverse_proxies_list": "0.0.0.0/0"},
        {"alternative_webui_enabled": True, "alternative_webui_path": "/etc"},
        {"autorun_enabled": True, "autorun_program": "rm -rf /"},
        {"autorun_on_torrent_added_enabled": True, "autorun_on_torrent_added_program": "rm"},
        {"scan_dirs": {"/etc": 1}, "export_dir": "/etc", "file_log_path": "/etc"},
        {"ssrf_mitigation": False, "validate_https_tracker_certificate": False},
        {"torrent_file_size_limit": 1 << 40},
        {"dht": False, "max_ratio_act": 3, "max_active_downloads": 999},
        {"mail_notification_password": "hush", "proxy_password": "hush", "dyndns_password": "hush"},
        {"save_path": "/etc", "temp_path": "../../etc"},
        {"save_path": "", "torrent_content_layout": "Sideways", "scheduler_days": 10},
        {"max_connec": "+-5", "async_io_threads": "", "hashing_threads": "1.5"},
        {"max_connec": "many", "locale": 5, "max_uploads": 1 << 60, "peer_tos": None, "encryption": []},
        {"locale": "x" * 100_000},
        {"no_such_key": 1, "cookies kept for a client": []},
    ],
)
async def test_a_wish_that_is_not_for_clients_changes_nothing(
    stand: Stand, person: Face, wish: dict[str, Any]
) -> None:
    before = await known(person)

    assert (await prefer(person, **wish)).status == 200

    assert await known(person) == before
    assert stand.library.preferences == {}


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("max_connec", "77", 77),
        ("max_connec", 77.4, 77),
        ("max_connec", True, 1),
        ("pex", "true", True),
        ("pex", 1, True),
        ("anonymous_mode", "false", False),
        ("dl_limit", 1_000_000, 999_424),
        ("dl_limit", "-5", 0),
        ("schedule_from_hour", 23, 23),
    ],
)
async def test_values_are_made_the_type_they_should_be(person: Face, key: str, given: Any, kept: Any) -> None:
    await prefer(person, **{key: given})

    assert (await known(person, key))[key] == kept


async def test_goals_are_switched_with_their_numbers(person: Face) -> None:
    names = ("max_ratio_enabled", "max_ratio", "max_seeding_time_enabled", "max_seeding_time")

    await prefer(
        person,
        max_ratio_enabled=True,
        max_ratio="1.5",
        max_seeding_time_enabled=True,
        max_seeding_time=600,
    )
    assert list((await known(person, *names)).values()) == [True, 1.5, True, 600]

    await prefer(person, max_ratio_enabled=False, max_seeding_time_enabled=False)
    assert list((await known(person, *names)).values()) == [False, -1, False, -1]

    await prefer(person, max_ratio=20_000, max_seeding_time_enabled=True)
    assert list((await known(person, *names)).values()) == [True, 9999, False, -1]


async def test_a_finished_torrent_has_met_the_goals_that_clients_set(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)
    await make_ready(stand.library, stand.library.listed()[0])
    assert (await person.row())["max_ratio"] == 0

    await prefer(
        person, max_ratio_enabled=True, max_ratio=2, max_seeding_time_enabled=True, max_seeding_time=90
    )

    row = await person.row()
    assert (row["max_ratio"], row["ratio"], row["ratio_limit"]) == (2, 2, -2)
    assert (row["max_seeding_time"], row["seeding_time"]) == (90, 90 * 60)
    assert row["state"] == "pausedUP"


async def test_queueing_is_switched_off_and_on(person: Face) -> None:
    await person.add(BUNNY)

    await prefer(person, queueing_enabled=False)
    assert (await person.row())["priority"] == 0
    assert (await person.get("sync/maindata")).json["server_state"]["queueing"] is False
    assert (await person.post("torrents/topPrio", hashes=BUNNY.infohash)).status == 409

    await prefer(person, queueing_enabled=True)
    assert (await person.row())["priority"] == 1


@pytest.mark.parametrize(
    ("profile", "name", "wish"),
    [
        ("4.6", "start_paused_enabled", "start_paused_enabled"),
        ("4.6", "start_paused_enabled", "add_stopped_enabled"),
        ("5.3", "add_stopped_enabled", "add_stopped_enabled"),
        ("5.3", "add_stopped_enabled", "start_paused_enabled"),
    ],
)
async def test_torrents_are_added_paused_where_that_is_preferred(
    tmp_path: Path, profile: ProfileName, name: str, wish: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await prefer(person, **{wish: True})
        await person.add(BUNNY)
        await person.add(SHOW, paused="false", stopped="false")

        assert (await known(person, name))[name] is True
        assert [torrent.paused for torrent in person.stand.library.listed()] == [True, False]


async def test_a_save_path_within_the_download_root_is_where_torrents_go(
    tmp_path: Path, stand: Stand, person: Face
) -> None:
    await person.post("torrents/createCategory", category="tv")
    place = tmp_path / "downloads" / "here"

    await prefer(person, save_path=str(place))
    await person.add(BUNNY)
    await person.add(SHOW, category="tv", savepath="below")

    assert (await person.get("app/defaultSavePath")).text == str(place)
    assert [t.save_path for t in stand.library.listed()] == [str(place), str(place / "below")]
    assert (await person.get("torrents/categories")).json["tv"]["savePath"] == str(place / "tv")
    assert (place / "tv").is_dir()


async def test_preferences_last(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        await prefer(await a_face(stand), locale="de", dl_limit=2048)
    (tmp_path / "accounts").rename(tmp_path / "accounts before")
    (tmp_path / "downloads").rename(tmp_path / "downloads before")

    async with a_stand(tmp_path) as stand:
        assert await known(await a_face(stand), "locale", "dl_limit") == {"locale": "de", "dl_limit": 2048}


async def test_an_arr_has_no_say_and_is_not_told_the_account(stand: Stand, sonarr: Face) -> None:
    for wish in {"locale": "de"}, {"web_ui_password": "stolen-password"}, {}:
        assert (await prefer(sonarr, **wish)).status == 403

    assert stand.library.preferences == {}
    assert (await known(sonarr))["web_ui_username"] == ""
    assert await stand.accounts.login(**PERSON, address="1.2.3.4") is not None


async def test_a_person_changes_the_account_and_every_session_ends(stand: Stand, person: Face) -> None:
    other = await a_face(stand)
    assert (await known(person))["web_ui_username"] == USERNAME

    assert (await prefer(person, web_ui_username="nobody", web_ui_password="another one")).status == 200

    assert (await other.get("app/version")).status == 403
    assert (await person.log_in(**PERSON)).text == "Fails."
    assert (await person.log_in("nobody", "another one")).text == "Ok."
    assert "web_ui_password" not in await known(person)


async def test_a_name_alone_leaves_the_password(stand: Stand, person: Face) -> None:
    await prefer(person, web_ui_username="nobody", locale="de")

    assert (await person.get("app/version")).status == 403
    assert (await person.log_in("nobody", PERSON["password"])).text == "Ok."
    assert (await known(person))["locale"] == "de"


async def test_the_same_name_sent_back_ends_no_session(person: Face) -> None:
    await prefer(person, web_ui_username=USERNAME, web_ui_password="")

    assert (await person.get("app/version")).status == 200


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"web_ui_username": "ab"}, "WebUI username must be at least 3 characters long"),
        ({"web_ui_username": "http://sonarr.example:8989"}, "WebUI username must not hold a colon"),
        ({"web_ui_username": "bell\a"}, "WebUI username must not hold a colon"),
        ({"web_ui_password": "abc"}, "WebUI password must be at least 6 characters long"),
        ({"web_ui_password": "x" * 2000}, "WebUI password must be at most"),
    ],
)
async def test_credentials_that_are_no_good_are_refused(
    stand: Stand, person: Face, wish: dict[str, str], said: str
) -> None:
    answer = await prefer(person, locale="de", **wish)

    assert (answer.status, answer.text.startswith(said)) == (400, True)
    assert stand.library.preferences == {}
    assert (await person.get("app/version")).status == 200


async def test_a_program_with_a_token_sets_preferences_but_not_the_account(stand: Stand) -> None:
    program = Face(stand, dict(stand.bearer))

    assert (await prefer(program, locale="de")).status == 200
    assert (await prefer(program, web_ui_password="stolen-password")).status == 403
    assert await stand.accounts.login(**PERSON, address="1.2.3.4") is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(DEFAULTS)) | st.text(max_size=10), json_values, max_size=8))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_wished_what_is_kept_is_of_the_type_it_should_be(wishes: dict[str, Any]) -> None:
    kept = settled(wishes, Settings(), {})

    for key, value in kept.items():
        if key in DEFAULTS and key != "max_ratio":
            assert type(value) is type(DEFAULTS[key]), key
    assert msgspec.json.decode(msgspec.json.encode(kept)) == kept


async def test_the_category_decides_where_that_is_preferred_and_no_place_is_given(person: Face) -> None:
    await prefer(person, auto_tmm_enabled=True)
    await person.add(BUNNY)
    await person.add(SHOW, savepath="here")

    assert [row["auto_tmm"] for row in await person.listed(sort="added_on")] == [True, False]
