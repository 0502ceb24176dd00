"""Speed limits as clients set and read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from qbitproxy.core.insight import Nothing, ProviderState
from qbitproxy.core.ports import ItemState
from qbitproxy.core.speed import limits
from qbitproxy.core.torrent import Options
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import FilesSettings
from tests.support import ManualClock
from tests.web.qbit.face import BUNNY, PERSON, SHOW, Face, a_face, happen, placing, show
from tests.web.qbit.test_qbit_preferences import known, prefer
from tests.web.qbit.test_qbit_profiles import a_person_at
from tests.web.stand import Stand, a_stand, usual_settings

LATER = datetime(2026, 1, 2, tzinfo=UTC)
OF_EVERYBODY = (
    "banPeers",
    "setDownloadLimit",
    "setSpeedLimitsMode",
    "setUploadLimit",
    "toggleSpeedLimitsMode",
)


async def text(face: Face, path: str) -> str:
    return (await face.get(path)).text


@pytest.mark.parametrize("kind", ["Download", "Upload"])
async def test_a_limit_is_kept_in_whole_kib(person: Face, kind: str) -> None:
    getter = f"transfer/{kind.lower()}Limit"
    for given, kept in {"1000000": "999424", "-1": "0", "2048": "2048", "abc": "0"}.items():
        assert (await person.post(f"transfer/set{kind}Limit", limit=given)).status == 200
        assert await text(person, getter) == kept

    assert (await person.post(f"transfer/set{kind}Limit")).status == 400


async def test_the_alternative_mode_has_limits_of_its_own(person: Face) -> None:
    assert await text(person, "transfer/speedLimitsMode") == "0"

    await person.post("transfer/toggleSpeedLimitsMode")
    await person.post("transfer/setDownloadLimit", limit="4096")

    assert await text(person, "transfer/speedLimitsMode") == "1"
    assert await text(person, "transfer/downloadLimit") == "4096"
    assert await text(person, "transfer/uploadLimit") == "10240"
    info = (await person.get("transfer/info")).json
    assert (info["dl_rate_limit"], info["up_rate_limit"]) == (4096, 10240)
    state = (await person.get("sync/maindata")).json["server_state"]
    assert (state["dl_rate_limit"], state["use_alt_speed_limits"]) == (4096, True)
    assert await known(person, "dl_limit", "alt_dl_limit") == {"dl_limit": 0, "alt_dl_limit": 4096}


@pytest.mark.parametrize(("mode", "shown"), [("1", "1"), ("2", "1"), ("0", "0"), ("-1", "1")])
async def test_a_mode_is_chosen_by_number(person: Face, mode: str, shown: str) -> None:
    assert (await person.post("transfer/setSpeedLimitsMode", mode=mode)).status == 200
    assert await text(person, "transfer/speedLimitsMode") == shown


async def test_a_mode_is_chosen_among_the_preferences(person: Face) -> None:
    await prefer(person, use_alt_speed_limits=True)

    assert await text(person, "transfer/speedLimitsMode") == "1"
    assert "use_alt_speed_limits" not in await known(person)


@pytest.mark.parametrize("mode", ["abc", "", "1.5", "99999999999999"])
async def test_a_mode_that_is_no_number_is_400(person: Face, mode: str) -> None:
    answer = await person.post("transfer/setSpeedLimitsMode", mode=mode)

    assert (answer.status, answer.text) == (400, "'mode': invalid argument")


async def test_a_schedule_takes_over_when_it_is_switched_on_and_from_a_choice_later(
    person: Face, clock: ManualClock
) -> None:
    local = clock.now().astimezone()
    hour = local.hour
    await person.post("transfer/setSpeedLimitsMode", mode="0")

    await prefer(
        person,
        scheduler_enabled=True,
        schedule_from_hour=hour,
        schedule_from_min=0,
        schedule_to_hour=hour,
        schedule_to_min=59,
    )
    assert await text(person, "transfer/speedLimitsMode") == "1"

    await person.post("transfer/toggleSpeedLimitsMode")
    assert await text(person, "transfer/speedLimitsMode") == "0"

    clock.advance(timedelta(days=1))
    await person.log_in(**PERSON)
    assert await text(person, "transfer/speedLimitsMode") == "1"


async def test_the_limit_of_the_settings_is_never_exceeded(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path)
    files = FilesSettings(download_root=settings.files.download_root, speed_limit=5000)
    async with a_stand(tmp_path, settings=replace(settings, files=files)) as stand:
        person = await a_face(stand)
        shown = {}
        for limit in ("0", "1024", "1048576"):
            await person.post("transfer/setDownloadLimit", limit=limit)
            shown[limit] = await text(person, "transfer/downloadLimit")

        assert shown == {"0": "5000", "1024": "1024", "1048576": "5000"}
        assert (await known(person, "dl_limit"))["dl_limit"] == 5000


async def test_all_four_limits_are_read_and_set_at_once_in_5_3(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        lacking = await person.post("transfer/setSpeedLimits", up_limit="0")
        wish = {"up_limit": "1024", "dl_limit": "2049", "alt_up_limit": "0", "alt_dl_limit": "4096"}
        answer = await person.post("transfer/setSpeedLimits", **wish)
        shown = (await person.get("transfer/getSpeedLimits")).json

    assert lacking.text == "Missing required parameters: dl_limit, alt_up_limit, alt_dl_limit"
    assert (answer.status, answer.body) == (204, b"")
    assert shown == {"alt_dl_limit": 4096, "alt_up_limit": 0, "dl_limit": 2048, "up_limit": 1024}


async def test_what_clients_choose_is_what_bounds_downloads(stand: Stand, person: Face) -> None:
    await prefer(person, dl_limit=4096)
    await person.post("transfer/setSpeedLimitsMode", mode="1")
    await person.post("transfer/setDownloadLimit", limit="2048")

    assert limits(stand.library.preferences, ManualClock().now()).download == 2048


async def test_an_arr_sets_no_limits_of_everybody(stand: Stand, sonarr: Face) -> None:
    statuses = {
        path: (await sonarr.post(f"transfer/{path}", limit="1024", mode="1", peers="192.0.2.1:1")).status
        for path in OF_EVERYBODY
    }

    assert set(statuses.values()) == {403}
    assert stand.library.preferences == {}


async def test_a_torrent_has_limits_of_its_own(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)
    known_hash, unknown = BUNNY.infohash.upper(), "f" * 40
    for kind, limit in {"download": "123456", "upload": "-7"}.items():
        answer = await person.post(f"torrents/set{kind.title()}Limit", hashes=known_hash, limit=limit)
        assert (answer.status, answer.text) == (200, "")

    row, hashes = await person.row(), f"{known_hash}|{unknown}"
    assert (row["dl_limit"], row["up_limit"]) == (123456, 0)
    assert (await person.get("torrents/downloadLimit", hashes=hashes)).json == {
        known_hash: 123456,
        unknown: -1,
    }
    assert (await person.get("torrents/uploadLimit", hashes=hashes)).json == {known_hash: 0, unknown: -1}
    assert (await person.get("torrents/downloadLimit", hashes="all")).json == {"all": -1}
    properties = (await person.get("torrents/properties", hash=known_hash)).json
    assert (properties["dl_limit"], properties["up_limit"]) == (123456, -1)
    assert stand.library.listed()[0].options == Options(download_limit=123456)
    for path in "torrents/setDownloadLimit", "torrents/setUploadLimit":
        assert (await person.post(path, hashes=known_hash)).status == 400


async def test_an_arr_limits_its_own_torrents_only(stand: Stand, person: Face, sonarr: Face) -> None:
    await person.add(BUNNY)
    await sonarr.add(SHOW, category="tv-sonarr")

    await sonarr.post("torrents/setDownloadLimit", hashes="all", limit="1000")

    assert [torrent.options.download_limit for torrent in stand.library.listed()] == [0, 1000]


async def test_speed_is_the_sum_of_what_the_caller_sees(stand: Stand, person: Face, sonarr: Face) -> None:
    await person.add(BUNNY)
    await sonarr.add(SHOW, category="tv-sonarr")
    for number, torrent in enumerate(stand.library.listed(), 1):
        await happen(stand.library, torrent, *placing(torrent)[:1])
        show(stand.library, torrent, ItemState.FETCHING, speed=100 * number, progress=0.5)

    assert (await person.get("transfer/info")).json["dl_info_speed"] == 300
    assert (await sonarr.get("transfer/info")).json["dl_info_speed"] == 200


@pytest.mark.parametrize(("profile", "told"), [("4.6", False), ("5.1", True), ("5.3", True)])
async def test_outside_addresses_are_told_since_5(tmp_path: Path, profile: ProfileName, told: bool) -> None:
    async with a_person_at(tmp_path, profile) as person:
        info = (await person.get("transfer/info")).json

    assert ("last_external_address_v4" in info) is told
    assert info.get("last_external_address_v6", "") == ""


async def test_banned_peers_are_kept(person: Face) -> None:
    assert (await person.post("transfer/banPeers")).status == 400

    for peers in ("203.0.113.9:6881|nonsense", "203.0.113.9:1|[2001:db8::1]:6881|1.2.3.4"):
        assert (await person.post("transfer/banPeers", peers=peers)).status == 200

    assert (await known(person, "banned_IPs"))["banned_IPs"] == "203.0.113.9\n2001:db8::1"


class Seen(Nothing):
    """Knows two accounts, one of which may rest."""

    def __init__(self, *resting: datetime | None) -> None:
        self._resting = resting

    def providers(self) -> Sequence[ProviderState]:
        return [
            ProviderState(
                name=f"account {number}",
                account=None,
                problem="",
                resting_until=until,
                active=0,
                slots=0,
                waiting=0,
                calls={},
            )
            for number, until in enumerate(self._resting)
        ]


@pytest.mark.parametrize(
    ("resting", "status"),
    [
        ((), "connected"),
        ((None, LATER), "connected"),
        ((LATER, LATER), "disconnected"),
    ],
)
async def test_connected_means_that_a_provider_is_at_hand(
    tmp_path: Path, resting: tuple[datetime | None, ...], status: str
) -> None:
    async with a_stand(tmp_path, insight=Seen(*resting)) as stand:
        person = await a_face(stand)

        assert (await person.get("transfer/info")).json["connection_status"] == status
        assert (await person.get("sync/maindata")).json["server_state"]["connection_status"] == status
