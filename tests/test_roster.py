"""Who is who among the Arrs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compat.emulators.lidarr import Lidarr
from compat.emulators.radarr import Radarr
from compat.emulators.sonarr import SONARR_V5, Sonarr
from qbitproxy.roster import Roster, kind_of_learned
from qbitproxy.settings import ArrKind, ArrSettings, LearningSettings, Secret
from tests.support import ManualClock

KEY = "0123456789abcdef-not-a-real-key"
OTHER_KEY = "fedcba9876543210-not-a-real-key"
ARRS = {
    "sonarr": ArrSettings(kind=ArrKind.SONARR, url="http://sonarr:8989/tv", api_key=Secret(KEY)),
    "movies": ArrSettings(
        kind=ArrKind.RADARR, url="https://radarr.example", api_key=Secret(OTHER_KEY), category="films"
    ),
    "silent": ArrSettings(kind=ArrKind.LIDARR),
}
OPEN = LearningSettings(enabled=True, networks=(ip_network("127.0.0.0/8"),))


@asynccontextmanager
async def a_roster(
    learning: LearningSettings = OPEN, arrs: dict[str, ArrSettings] | None = None
) -> AsyncIterator[Roster]:
    async with aiohttp.ClientSession() as session:
        roster = Roster(ARRS if arrs is None else arrs, learning, session, ManualClock())
        try:
            yield roster
        finally:
            await roster.close()


async def test_configured_arrs_are_found_by_name_and_category() -> None:
    async with a_roster() as roster:
        assert [known.name for known in roster.all()] == ["sonarr", "movies", "silent"]
        movies = roster.named("movies")
        assert movies is not None
        assert (movies.kind, movies.category, movies.learned) == ("radarr", "films", False)
        assert roster.for_category("films") == movies
        assert roster.named("films") is None
        assert roster.for_category("radarr") is None


async def test_an_arr_without_a_url_is_known_but_cannot_be_asked() -> None:
    async with a_roster() as roster:
        silent = roster.named("silent")

        assert silent is not None
        assert silent.arr is None
        assert roster.recognise("", "") is None


@pytest.mark.parametrize(
    "url",
    ["http://sonarr:8989/tv", "http://sonarr:8989/tv/", "HTTP://Sonarr:8989/tv", " http://sonarr:8989/tv "],
)
async def test_an_arr_is_recognised_however_its_url_is_written(url: str) -> None:
    async with a_roster() as roster:
        known = roster.recognise(url, KEY)

        assert known is not None
        assert known.name == "sonarr"


async def test_the_usual_port_may_be_left_out() -> None:
    async with a_roster() as roster:
        assert roster.recognise("https://radarr.example:443/", OTHER_KEY) is not None


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://sonarr:8989/tv", OTHER_KEY),
        ("http://sonarr:8989/tv", ""),
        ("http://sonarr:8989/tv", KEY + "\n"),
        ("http://sonarr:8989/tv", "ключ"),
        ("http://sonarr:8989/tv", "\udcff"),
        ("http://sonarr:8989", KEY),
        ("http://sonarr:8990/tv", KEY),
        ("https://sonarr:8989/tv", KEY),
        ("http://radarr.example", KEY),
        ("ftp://sonarr:8989/tv", KEY),
        ("http://sonarr:port/tv", KEY),
        ("http://", KEY),
        ("sonarr", KEY),
        ("", ""),
    ],
)
async def test_nobody_else_is_recognised(url: str, key: str) -> None:
    async with a_roster() as roster:
        assert roster.recognise(url, key) is None


@given(url=st.text(), key=st.text(min_size=1))
@example(url="http://[::1", key="x")
@example(url="http://127.0.0.1:1/\udcff", key="\udcff")
@example(url="http://127.0.0.1:1/", key="a\r\nb")
@settings(max_examples=200, deadline=None)
async def test_whatever_is_sent_as_a_login_is_answered(url: str, key: str) -> None:
    closed = LearningSettings(enabled=True, networks=(ip_network("192.0.2.0/24"),))
    async with a_roster(closed) as roster:
        for prefix in ("", "http://127.0.0.1:1/", "http://"):
            assert roster.recognise(prefix + url, key) is None
            assert await roster.learn(prefix + url, key, "127.0.0.1") is None


async def test_a_key_no_header_can_hold_is_never_sent(tmp_path: Path) -> None:
    async with a_roster() as roster, Sonarr(tmp_path) as sonarr:
        for key in ("a\r\nX: y", "ключ", "\udcff"):
            assert await roster.learn(sonarr.url, key, "127.0.0.1") is None

        assert sonarr.requests == []


async def test_keys_are_not_shown() -> None:
    async with a_roster() as roster:
        assert KEY not in repr(roster.all())


async def test_an_arr_that_proves_itself_is_learned(tmp_path: Path) -> None:
    async with a_roster() as roster, Radarr(tmp_path) as radarr:
        known = await roster.learn(radarr.url, radarr.api_key, "127.0.0.1")

        assert known is not None
        assert (known.kind, known.category, known.learned) == ("radarr", "radarr", True)
        assert known.name == f"radarr@{radarr.origin.removeprefix('http://')}"
        assert known.arr is not None
        assert (await known.arr.ping()).app == "Radarr"
        assert roster.recognise(radarr.url, radarr.api_key) == known
        assert roster.named(known.name) == known
        assert roster.for_category("radarr") == known


async def test_arrs_of_every_api_version_are_learned(tmp_path: Path) -> None:
    async with (
        a_roster() as roster,
        Lidarr(tmp_path / "l") as lidarr,
        Sonarr(tmp_path / "s", SONARR_V5) as sonarr,
    ):
        music = await roster.learn(lidarr.url, lidarr.api_key, "127.0.0.1")
        series = await roster.learn(sonarr.url, sonarr.api_key, "127.0.0.1")

        assert [known.kind for known in (music, series) if known] == ["lidarr", "sonarr"]


async def test_a_wrong_key_proves_nothing(tmp_path: Path) -> None:
    async with a_roster() as roster, Sonarr(tmp_path) as sonarr:
        assert await roster.learn(sonarr.url, "wrong-fake-key", "127.0.0.1") is None
        assert len(roster.all()) == len(ARRS)


@pytest.mark.parametrize(
    ("learning", "address"),
    [
        (LearningSettings(), "127.0.0.1"),
        (OPEN, "192.168.1.5"),
        (OPEN, ""),
        (OPEN, "odd"),
    ],
)
async def test_nobody_is_asked_unless_learning_is_allowed(
    tmp_path: Path, learning: LearningSettings, address: str
) -> None:
    async with a_roster(learning) as roster, Sonarr(tmp_path) as sonarr:
        assert await roster.learn(sonarr.url, sonarr.api_key, address) is None
        assert sonarr.requests == []


async def test_an_address_outside_the_allowed_networks_is_not_called(tmp_path: Path) -> None:
    elsewhere = LearningSettings(enabled=True, networks=(ip_network("192.0.2.0/24"),))
    async with a_roster(elsewhere) as roster, Sonarr(tmp_path) as sonarr:
        assert await roster.learn(sonarr.url, sonarr.api_key, "192.0.2.1") is None
        assert sonarr.requests == []


async def test_a_configured_arr_is_never_replaced_by_a_learned_one(tmp_path: Path) -> None:
    async with Sonarr(tmp_path) as sonarr:
        own = {"mine": ArrSettings(kind=ArrKind.SONARR, url=sonarr.url, api_key=Secret("another-fake-key"))}
        async with a_roster(arrs=own) as roster:
            assert await roster.learn(sonarr.origin, sonarr.api_key, "127.0.0.1") is None

        assert sonarr.requests == []


async def test_a_configured_arr_keeps_its_category(tmp_path: Path) -> None:
    own = {"mine": ArrSettings(kind=ArrKind.SONARR, url="http://sonarr:8989", api_key=Secret(KEY))}
    async with a_roster(arrs=own) as roster, Sonarr(tmp_path) as sonarr:
        assert await roster.learn(sonarr.url, sonarr.api_key, "127.0.0.1") is not None

        assert roster.for_category("tv-sonarr") == roster.named("mine")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("sonarr@10.0.0.2:8989", "sonarr"), ("sonarr", ""), ("else@10.0.0.2:1", ""), ("", "")],
)
def test_the_name_of_a_learned_arr_tells_its_kind_before_it_is_known(name: str, kind: str) -> None:
    assert kind_of_learned(name) == kind
